//! The lengths of things at the start of a byte slice: what the lexer is made of.

use std::ops::Range;

/// Bytes that an identifier goes on with, as far as they are ASCII.
const IDENTIFIER: [bool; 256] = table(b"_-", true);
/// Bytes at which the text of a quoted string may end or hold an escape.
const QUOTED_STOP: [bool; 256] = table(b"\"\\$%\n\r", false);

/// `<<NAME` or `<<-NAME` with the line break behind it.
pub(super) struct HeredocStart {
    /// The name.
    pub(super) marker: Range<usize>,
    /// All of it, with the line break.
    pub(super) length: usize,
}

/// The line that ends a heredoc.
pub(super) struct HeredocEnd {
    /// Where the name stands.
    pub(super) marker: usize,
    /// The length of the line without its break.
    pub(super) line: usize,
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which would not let a bad index pass"
)]
const fn table(bytes: &[u8], letters: bool) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = letters && (at as u8).is_ascii_alphanumeric();
        at += 1;
    }
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

fn is(table: &[bool; 256], byte: u8) -> bool {
    table.get(usize::from(byte)).copied().unwrap_or_default()
}

fn count(rest: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    rest.iter().position(|&byte| !wanted(byte)).unwrap_or(rest.len())
}

/// Spaces and tabs.
pub(super) fn blanks(rest: &[u8]) -> usize {
    count(rest, |byte| matches!(byte, b' ' | b'\t'))
}

/// The rest of the line, without its break.
pub(super) fn line(rest: &[u8]) -> usize {
    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    match rest.get(..end) {
        Some([.., b'\r']) if end < rest.len() => end - 1,
        _ => end,
    }
}

/// The line break: 0 where none stands.
pub(super) fn line_break(rest: &[u8]) -> usize {
    match rest {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    }
}

/// A comment; a line comment without its line break. `None` where `/*` is not closed.
pub(super) fn comment(rest: &[u8]) -> Option<usize> {
    match rest.strip_prefix(b"/*") {
        Some(inner) => memchr::memmem::find(inner, b"*/").map(|length| length + 4),
        None => Some(line(rest)),
    }
}

/// An identifier; 0 where none stands.
pub(super) fn identifier(rest: &[u8]) -> usize {
    let mut length = match rest.first() {
        Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => 1,
        Some(128..) => char_length_if(rest, unicode_ident::is_xid_start),
        _ => 0,
    };
    if length == 0 {
        return 0;
    }
    loop {
        let more = rest.get(length..).unwrap_or_default();
        let step = count(more, |byte| is(&IDENTIFIER, byte));
        length += step;
        match more.get(step) {
            Some(128..) => {
                match char_length_if(more.get(step..).unwrap_or_default(), continues_identifier) {
                    0 => return length,
                    char_length => length += char_length,
                }
            }
            _ => return length,
        }
    }
}

/// Terraform's table is older than the version of Unicode that let joiners into identifiers.
fn continues_identifier(char: char) -> bool {
    unicode_ident::is_xid_continue(char) && !matches!(char, '\u{200C}' | '\u{200D}')
}

/// The length of the first character if it is as wanted; 0 otherwise.
fn char_length_if(rest: &[u8], wanted: impl Fn(char) -> bool) -> usize {
    first_char(rest).filter(|&char| wanted(char)).map_or(0, char::len_utf8)
}

/// The first character; `None` at the end and where the bytes are not UTF-8.
pub(super) fn first_char(rest: &[u8]) -> Option<char> {
    let head = rest.get(..4).unwrap_or(rest);
    head.utf8_chunks().next()?.valid().chars().next()
}

/// What begins like a number: digits, dots and exponents up to the last digit. `1.2.3` is one, which is no number.
pub(super) fn number(rest: &[u8]) -> usize {
    let mut length = 0;
    let mut at = 0;
    loop {
        let more = rest.get(at..).unwrap_or_default();
        at += match more {
            [b'0'..=b'9', ..] => 1,
            [b'e' | b'E', b'0'..=b'9', ..] => 2,
            [b'e' | b'E', b'+' | b'-', b'0'..=b'9', ..] => 3,
            [b'.', ..] => {
                at += 1;
                continue;
            }
            _ => return length,
        };
        length = at;
    }
}

/// Bytes that begin no token: at least one character of them.
pub(super) fn invalid(rest: &[u8]) -> usize {
    let mut length = 0;
    loop {
        let more = rest.get(length..).unwrap_or_default();
        length += match more {
            [b'\r', b'\n', ..] => return length.max(1),
            [0..=8 | 11..=31 | 127 | b'\'' | b'`' | b';' | b'@' | b'\\' | b'^' | b'$', ..] => 1,
            [128..=255, ..] => match first_char(more) {
                Some(char) if unicode_ident::is_xid_start(char) => return length.max(1),
                Some(char) => char.len_utf8(),
                None => 1,
            },
            _ => return length.max(1),
        };
    }
}

/// The start of a heredoc, which is the last thing on its line.
pub(super) fn heredoc_start(rest: &[u8]) -> Option<HeredocStart> {
    let start = if rest.starts_with(b"<<-") { 3 } else { 2 };
    let name = rest.get(start..)?;
    let end = start + identifier(name);
    let line_break = line_break(rest.get(end..)?);
    (end > start && line_break > 0)
        .then_some(HeredocStart { marker: start..end, length: end + line_break })
}

/// Does the line hold nothing but the heredoc's name, and does it end in a line break?
pub(super) fn heredoc_end(rest: &[u8], marker: &[u8]) -> Option<HeredocEnd> {
    let before = white_space(rest);
    let behind = before + marker.len();
    if rest.get(before..behind)? != marker {
        return None;
    }
    let after = white_space(rest.get(behind..)?);
    let end = rest.get(behind + after..)?;
    match end {
        [b'\n', ..] => {
            let carriage_return = rest.get(..behind + after)?.ends_with(b"\r");
            Some(HeredocEnd { marker: before, line: behind + after - usize::from(carriage_return) })
        }
        _ => None,
    }
}

/// White space as Unicode has it, up to the end of the line.
fn white_space(rest: &[u8]) -> usize {
    let mut length = 0;
    loop {
        let more = rest.get(length..).unwrap_or_default();
        length += match more.first() {
            Some(b' ' | b'\t' | b'\r' | 0x0B | 0x0C) => 1,
            Some(128..) => match char_length_if(more, char::is_whitespace) {
                0 => return length,
                char_length => char_length,
            },
            _ => return length,
        };
    }
}

/// Text of a quoted string, up to its end, a line break or a template sequence; and whether it is without escapes.
pub(super) fn quoted(rest: &[u8]) -> (usize, bool) {
    let mut length = 0;
    let mut verbatim = true;
    loop {
        let more = rest.get(length..).unwrap_or_default();
        let run = count(more, |byte| !is(&QUOTED_STOP, byte));
        length += run;
        length += match more.get(run..).unwrap_or_default() {
            [b'\\', b'\n' | b'\r', ..] => return (length + 1, false),
            [b'\\', _, ..] => {
                verbatim = false;
                2
            }
            [b'\\'] => 1,
            [first @ (b'$' | b'%'), second, b'{', ..] if first == second => {
                verbatim = false;
                3
            }
            [b'$' | b'%', next, ..] if *next != b'{' => 1,
            [b'$' | b'%'] => 1,
            _ => return (length, verbatim),
        };
    }
}

/// Text of a heredoc or a bare template: up to a template sequence, a carriage return without a line feed, or
/// behind the line break; and whether it is without escapes.
pub(super) fn template_line(rest: &[u8]) -> (usize, bool) {
    let mut length = 0;
    let mut verbatim = true;
    loop {
        let more = rest.get(length..).unwrap_or_default();
        let run = count(more, |byte| !matches!(byte, b'$' | b'%' | b'\n' | b'\r'));
        length += run;
        length += match more.get(run..).unwrap_or_default() {
            [b'\n', ..] => return (length + 1, verbatim),
            [b'\r', b'\n', ..] => return (length + 2, verbatim),
            [first @ (b'$' | b'%'), second, b'{', ..] if first == second => {
                verbatim = false;
                3
            }
            [b'$' | b'%', next, ..] if *next != b'{' => 1,
            [b'$' | b'%'] => 1,
            _ => return (length, verbatim),
        };
    }
}
