//! Scalars of YAML: their type, their bytes, and how each byte of the value maps to the source.
//!
//! `granit-parser` decodes a scalar but does not say which source byte became which. So each style is decoded once
//! more here, with the map; the parser's value is the one that counts, and where the two differ the scalar maps as a
//! whole.

use granit_parser::{ScalarStyle, Span};

use super::{offset, range, span_range};
use crate::source::{Segment, TextRange};
use crate::syntax::tree::{NodeKind, Text, TextDetail};

/// What a plain scalar is by the core schema (YAML 1.2.2, 10.3.2), if it is no string. One without bytes is null.
pub(super) fn resolve(value: &str, range: TextRange) -> Option<NodeKind> {
    match value {
        "~" | "null" | "Null" | "NULL" => Some(NodeKind::Null),
        _ if range.is_empty() => Some(NodeKind::Null),
        "true" | "True" | "TRUE" => Some(NodeKind::Bool(true)),
        "false" | "False" | "FALSE" => Some(NodeKind::Bool(false)),
        _ if is_number(value) => Some(NodeKind::Number(value.into())),
        _ => None,
    }
}

fn is_number(value: &str) -> bool {
    if let Some(digits) = value.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    }
    if let Some(digits) = value.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    }
    let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(value, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    // Rust reads exactly the decimal forms of the schema, and words such as `inf`, which do not begin like a number.
    unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && value.parse::<f64>().is_ok()
}

/// The decoded string and the bytes of the whole scalar. `from` is a place before the scalar, behind its tag if it
/// has one: the header of a block scalar comes next.
pub(super) fn text(
    source: &str,
    value: &str,
    style: ScalarStyle,
    span: &Span,
    from: usize,
) -> (Text, TextRange) {
    let bytes = span_range(span);
    let written = source.get(bytes.as_usize()).unwrap_or_default();
    let (start, map) = match style {
        ScalarStyle::Plain if written == value => {
            return (Text::verbatim(value, bytes.start), bytes);
        }
        // A plain scalar without bytes is read as `~`.
        ScalarStyle::Plain if written.is_empty() => {
            return (Text::verbatim("", bytes.start), bytes);
        }
        ScalarStyle::Plain => (bytes.start, Map::flow(written, bytes.start, style)),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            let content = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
            if content == value {
                return (Text::verbatim(value, bytes.start + 1), bytes);
            }
            (bytes.start + 1, Map::flow(content, bytes.start + 1, style))
        }
        ScalarStyle::Literal | ScalarStyle::Folded => {
            let header = header(source, from, bytes);
            let content = TextRange::new(header.end, bytes.end);
            let written = source.get(content.as_usize()).unwrap_or_default();
            let map = Map::block(written, content.start, span.indent.unwrap_or(usize::MAX), style);
            let map = map.chomp(value, bytes.end);
            let end = written.trim_end().len();
            let whole = TextRange::new(
                header.start,
                if end == 0 { header.end } else { header.end + offset(end) },
            );
            let whole = TextRange::new(whole.start, whole.end - trailing_break(source, whole));
            return (map.finish(value, content), whole);
        }
    };
    (map.finish(value, TextRange::new(start, start + offset(written.len()))), bytes)
}

/// From the indicator `|` or `>` to the start of the next line.
fn header(source: &str, from: usize, content: TextRange) -> TextRange {
    let before = source.get(from..content.end as usize).unwrap_or_default();
    let start = from + before.find(['|', '>']).unwrap_or_default();
    let end = source
        .get(start..)
        .and_then(|rest| rest.find('\n'))
        .map_or(source.len(), |line| start + line + 1);
    range(start, end)
}

/// How many bytes of line break end the range.
fn trailing_break(source: &str, whole: TextRange) -> u32 {
    let text = source.get(whole.as_usize()).unwrap_or_default();
    offset(text.len() - text.trim_end_matches(['\n', '\r']).len())
}

/// A scalar as decoded here, and the map.
struct Map {
    value: String,
    segments: Vec<Segment>,
}

impl Map {
    fn new(capacity: usize) -> Self {
        Self { value: String::with_capacity(capacity), segments: Vec::new() }
    }

    /// A plain or quoted scalar, without its quotes; `base` is the offset of its first byte.
    fn flow(written: &str, base: u32, style: ScalarStyle) -> Self {
        let mut map = Self::new(written.len());
        let mut rest = written;
        let at = |rest: &str| base + offset(written.len() - rest.len());
        while !rest.is_empty() {
            let run = match style {
                ScalarStyle::DoubleQuoted => rest.find(['\n', '\r', '\\']),
                ScalarStyle::SingleQuoted => rest.find(['\n', '\r', '\'']),
                ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => {
                    rest.find(['\n', '\r'])
                }
            };
            let (text, special) =
                rest.split_at_checked(run.unwrap_or(rest.len())).unwrap_or((rest, ""));
            let before_break = special.starts_with(['\n', '\r']);
            let text = if before_break { text.trim_end_matches([' ', '\t']) } else { text };
            map.push(text, at(rest), at(rest) + offset(text.len()));
            let start = at(rest) + offset(text.len());
            let (decoded, behind) = match special.chars().next() {
                Some('\\') => escape(special),
                Some('\'') => ("'".to_owned(), special.get(2..).unwrap_or_default()),
                Some(_) => fold(special),
                None => break,
            };
            rest = behind;
            map.push(&decoded, start, at(rest));
        }
        map
    }

    /// The lines of a block scalar; `base` is the offset of its first byte.
    fn block(written: &str, base: u32, indent: usize, style: ScalarStyle) -> Self {
        let mut map = Self::new(written.len());
        let mut at = base;
        let mut blank = 0;
        let mut previous: Option<bool> = None;
        let mut pending = base;
        for line in written.split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            let spaces = content.bytes().take(indent).take_while(|byte| *byte == b' ').count();
            let text = content.get(spaces..).unwrap_or_default();
            let start = at + offset(spaces);
            at += offset(line.len());
            if text.is_empty() {
                blank += 1;
                continue;
            }
            let spaced = text.starts_with([' ', '\t']);
            let breaks = match (previous, style) {
                (None, _) => "\n".repeat(blank),
                (Some(false), ScalarStyle::Folded) if !spaced && blank == 0 => " ".to_owned(),
                (Some(false), ScalarStyle::Folded) if !spaced => "\n".repeat(blank),
                (Some(_), _) => "\n".repeat(blank + 1),
            };
            map.push(&breaks, pending, start);
            map.push(text, start, start + offset(text.len()));
            pending = start + offset(text.len());
            previous = Some(spaced);
            blank = 0;
        }
        map
    }

    /// Adds the line breaks at the end that the parser kept.
    fn chomp(mut self, value: &str, end: u32) -> Self {
        if let Some(rest) = value.strip_prefix(self.value.as_str())
            && rest.bytes().all(|byte| byte == b'\n')
        {
            let start = self.segments.last().map_or(end, |last| last.source.end);
            self.push(rest, start, end);
        }
        self
    }

    /// Appends what the source bytes from `start` to `end` stand for.
    fn push(&mut self, text: &str, start: u32, end: u32) {
        if text.is_empty() {
            return;
        }
        let value = range(self.value.len(), self.value.len() + text.len());
        self.value.push_str(text);
        self.segments.push(Segment { value, source: TextRange::new(start, end.max(start)) });
    }

    /// The string; `content` is what it maps to as a whole if this decoder and the parser disagree.
    fn finish(self, value: &str, content: TextRange) -> Text {
        let segments = if self.value == value {
            self.segments
        } else {
            vec![Segment { value: range(0, value.len()), source: content }]
        };
        let start = segments.first().map_or(content.start, |first| first.source.start);
        let detail = match segments.as_slice() {
            [] => None,
            [only] if only.is_verbatim() => None,
            [_, ..] => Some(Box::new(TextDetail { segments, holes: Vec::new() })),
        };
        Text { value: value.into(), start, detail }
    }
}

/// One or more line breaks with the blanks around them: a space, or one break less (YAML 1.2.2, 6.5).
fn fold(text: &str) -> (String, &str) {
    let rest = text.trim_start_matches(['\n', '\r', ' ', '\t']);
    let folded = text.strip_suffix(rest).unwrap_or(text);
    let breaks = folded.matches('\n').count().max(folded.matches('\r').count());
    (if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks.saturating_sub(1)) }, rest)
}

/// An escape of a double-quoted scalar (YAML 1.2.2, 5.7), and what stands behind it.
fn escape(text: &str) -> (String, &str) {
    let mut chars = text.chars();
    let simple = match chars.nth(1) {
        Some('0') => '\0',
        Some('a') => '\u{7}',
        Some('b') => '\u{8}',
        Some('t' | '\t') => '\t',
        Some('n') => '\n',
        Some('v') => '\u{B}',
        Some('f') => '\u{C}',
        Some('r') => '\r',
        Some('e') => '\u{1B}',
        Some('N') => '\u{85}',
        Some('_') => '\u{A0}',
        Some('L') => '\u{2028}',
        Some('P') => '\u{2029}',
        Some('x') => return hexadecimal(text, 2),
        Some('u') => return hexadecimal(text, 4),
        Some('U') => return hexadecimal(text, 8),
        Some('\n' | '\r') => {
            let folded = text.get(1..).unwrap_or_default();
            return (fold(folded).0.replace(' ', ""), fold(folded).1);
        }
        Some(itself) => itself,
        None => return (String::new(), ""),
    };
    (simple.to_string(), chars.as_str())
}

/// The character of `\xXX`, `\uXXXX`, `\UXXXXXXXX`, or of a surrogate pair.
fn hexadecimal(text: &str, digits: usize) -> (String, &str) {
    let unit = |text: &str| u32::from_str_radix(text.get(2..2 + digits)?, 16).ok();
    let behind = |length: usize| text.get(length..).unwrap_or_default();
    let first = unit(text).unwrap_or_default();
    let (scalar, rest) = match unit(behind(2 + digits)) {
        Some(low @ 0xDC00..0xE000) if (0xD800..0xDC00).contains(&first) => {
            (0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00), behind(2 * (2 + digits)))
        }
        Some(_) | None => (first, behind(2 + digits)),
    };
    (char::from_u32(scalar).map(String::from).unwrap_or_default(), rest)
}
