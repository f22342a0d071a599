//! The text of templates: escapes, white space that is removed, and the way back to the source.

use std::fmt::Write as _;

use super::ast::{Decoded, Literal};
use super::scan;
use crate::source::{Segment, TextRange};
use crate::syntax::SyntaxError;

/// Text of a template while the template is put together.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    /// The bytes that it was written with.
    range: TextRange,
    /// The value and its map; `None` where the value is the bytes.
    decoded: Option<Decoding>,
}

#[derive(Clone, Debug, Default)]
struct Decoding {
    text: String,
    segments: Vec<Segment>,
}

impl Chunk {
    /// Bytes that are their own value.
    pub(super) fn verbatim(range: TextRange) -> Self {
        Self { range, decoded: None }
    }

    /// Decodes the escapes of a template, with those of a quoted string or without.
    pub(super) fn decode(
        text: &[u8],
        range: TextRange,
        quoted: bool,
        errors: &mut Vec<SyntaxError>,
    ) -> Self {
        let mut decoding = Decoding::default();
        let mut at = range.start;
        while at < range.end {
            let rest = TextRange::new(at, range.end).of(text);
            let length = match rest {
                [first @ (b'$' | b'%'), second, b'{', ..] if first == second => {
                    let value = if *first == b'$' { "${" } else { "%{" };
                    decoding.escape(value, TextRange::new(at, at + 3));
                    3
                }
                [b'\\', ..] if quoted => decoding.backslash(rest, at, errors),
                _ => decoding.plain(rest, at, quoted, errors),
            };
            at += length;
        }
        Self { range, decoded: Some(decoding) }
    }

    /// The value.
    pub(super) fn value<'a>(&'a self, text: &'a [u8]) -> &'a str {
        match &self.decoded {
            Some(decoding) => &decoding.text,
            None => std::str::from_utf8(self.range.of(text)).unwrap_or_default(),
        }
    }

    /// Removes the white space at the start of the value.
    pub(super) fn trim_start(&mut self, text: &[u8]) {
        let value = self.value(text);
        self.cut_start(value.len() - value.trim_start().len());
    }

    /// Removes the white space at the end of the value.
    pub(super) fn trim_end(&mut self, text: &[u8]) {
        let keep = self.value(text).trim_end().len();
        match &mut self.decoded {
            None => self.range.end = self.range.start + keep as u32,
            Some(decoding) => {
                decoding.text.truncate(keep);
                let keep = keep as u32;
                decoding.segments.retain(|segment| segment.value.start < keep);
                if let Some(last) = decoding.segments.last_mut() {
                    last.cut_end(keep);
                    self.range.end = last.source.end;
                } else {
                    self.range.end = self.range.start;
                }
            }
        }
    }

    /// Removes bytes at the start of the value.
    pub(super) fn cut_start(&mut self, bytes: usize) {
        let cut = bytes as u32;
        match &mut self.decoded {
            None => self.range.start += cut,
            Some(decoding) => {
                decoding.text.drain(..bytes);
                decoding.segments.retain(|segment| segment.value.end > cut);
                for segment in &mut decoding.segments {
                    segment.cut_start(cut);
                }
                self.range.start =
                    decoding.segments.first().map_or(self.range.end, |first| first.source.start);
            }
        }
    }

    /// Puts the text that follows behind this one.
    pub(super) fn append(&mut self, text: &[u8], next: Self) {
        if self.decoded.is_none() && next.decoded.is_none() && self.range.end == next.range.start {
            self.range.end = next.range.end;
            return;
        }
        let range = self.range;
        let decoding = self.decoded.get_or_insert_with(|| Decoding::of_verbatim(text, range));
        decoding.append(next.decoded.unwrap_or_else(|| Decoding::of_verbatim(text, next.range)));
        self.range.end = next.range.end;
    }

    /// The finished literal.
    pub(super) fn into_literal(self) -> Literal {
        let decoded = self.decoded.map(|decoding| {
            let segments = decoding.segments.into_boxed_slice();
            Box::new(Decoded { text: decoding.text.into_boxed_str(), segments })
        });
        Literal { range: self.range, decoded }
    }
}

impl Decoding {
    fn of_verbatim(text: &[u8], range: TextRange) -> Self {
        let mut decoding = Self::default();
        decoding.copy(std::str::from_utf8(range.of(text)).unwrap_or_default(), range.start);
        decoding
    }

    fn append(&mut self, next: Self) {
        let offset = self.text.len() as u32;
        self.text.push_str(&next.text);
        for segment in next.segments {
            let value = TextRange::new(segment.value.start + offset, segment.value.end + offset);
            self.push(Segment { value, source: segment.source });
        }
    }

    /// Adds text that stands in the source as it is.
    fn copy(&mut self, value: &str, at: u32) {
        self.escape(value, TextRange::new(at, at + value.len() as u32));
    }

    /// Adds text that was written as the bytes of `source`.
    fn escape(&mut self, value: &str, source: TextRange) {
        let start = self.text.len() as u32;
        self.text.push_str(value);
        self.push(Segment { value: TextRange::new(start, self.text.len() as u32), source });
    }

    fn push(&mut self, segment: Segment) {
        if segment.value.is_empty() {
            return;
        }
        match self.segments.last_mut() {
            Some(last)
                if last.is_copy()
                    && segment.is_copy()
                    && last.source.end == segment.source.start =>
            {
                last.value.end = segment.value.end;
                last.source.end = segment.source.end;
            }
            _ => self.segments.push(segment),
        }
    }

    /// Adds the escape at the start of `rest`; returns its length.
    fn backslash(&mut self, rest: &[u8], at: u32, errors: &mut Vec<SyntaxError>) -> u32 {
        let mut buffer = [0; 4];
        let (value, length) = match rest.get(1) {
            Some(b'n') => ("\n", 2),
            Some(b'r') => ("\r", 2),
            Some(b't') => ("\t", 2),
            Some(b'"') => ("\"", 2),
            Some(b'\\') => ("\\", 2),
            Some(b'u') => match code_point(rest, 4) {
                Some(char) => (&*char.encode_utf8(&mut buffer), 6),
                None => ("", 2),
            },
            Some(b'U') => match code_point(rest, 8) {
                Some(char) => (&*char.encode_utf8(&mut buffer), 10),
                None => ("", 2),
            },
            _ => (
                "",
                1 + scan::first_char(rest.get(1..).unwrap_or_default()).map_or(0, char::len_utf8)
                    as u32,
            ),
        };
        if value.is_empty() {
            errors.push(bad_escape(rest, at, length));
        } else {
            self.escape(value, TextRange::new(at, at + length));
        }
        length
    }

    /// Adds what stands before the next byte that could begin an escape, at least one byte; returns its length.
    fn plain(&mut self, rest: &[u8], at: u32, quoted: bool, errors: &mut Vec<SyntaxError>) -> u32 {
        let tail = rest.get(1..).unwrap_or_default();
        let stop =
            tail.iter().position(|byte| matches!(byte, b'$' | b'%') || (quoted && *byte == b'\\'));
        let length = 1 + stop.unwrap_or(tail.len());
        let mut at_chunk = at;
        for chunk in rest.get(..length).unwrap_or_default().utf8_chunks() {
            self.copy(chunk.valid(), at_chunk);
            at_chunk += chunk.valid().len() as u32;
            for _ in chunk.invalid() {
                let range = TextRange::new(at_chunk, at_chunk + 1);
                self.escape("\u{FFFD}", range);
                at_chunk += 1;
            }
            if !chunk.invalid().is_empty() {
                let range = TextRange::new(at_chunk - chunk.invalid().len() as u32, at_chunk);
                let error = SyntaxError::new(range, "these bytes are not UTF-8");
                errors.push(error.help("save the file as UTF-8"));
            }
        }
        length as u32
    }
}

impl Segment {
    /// Are its bytes those of the source?
    fn is_copy(&self) -> bool {
        self.value.len() == self.source.len()
    }

    /// Leaves out what lies behind `end` in the value. Only a copy is ever cut in the middle.
    fn cut_end(&mut self, end: u32) {
        if self.value.end > end {
            self.source.end -= self.value.end - end;
            self.value.end = end;
        }
    }

    /// Leaves out what lies before `start` in the value, which begins there from now on. Only a copy is ever cut in
    /// the middle.
    fn cut_start(&mut self, start: u32) {
        self.source.start += start.saturating_sub(self.value.start);
        self.value.start = self.value.start.saturating_sub(start);
        self.value.end -= start;
    }
}

/// The character of `\u` or `\U` with this many hexadecimal digits.
fn code_point(rest: &[u8], digits: usize) -> Option<char> {
    let digits = rest.get(2..2 + digits)?;
    let value = digits
        .iter()
        .try_fold(0, |value: u32, digit| Some((value << 4) | char::from(*digit).to_digit(16)?))?;
    char::from_u32(value)
}

fn bad_escape(rest: &[u8], at: u32, length: u32) -> SyntaxError {
    let text = String::from_utf8_lossy(rest.get(..length as usize).unwrap_or_default());
    let mut help = String::from(
        "the escapes are `\\n`, `\\r`, `\\t`, `\\\"`, `\\\\`, `\\uNNNN` and `\\UNNNNNNNN`",
    );
    match rest.get(1) {
        Some(b'u' | b'U') => help.push_str(", with the digits of a Unicode scalar value"),
        Some(b'$' | b'%') => help.push_str("; a literal `${` is written `$${`, and `%{` is `%%{`"),
        _ => {
            let _ = write!(help, "; a literal backslash is written `\\\\`");
        }
    }
    SyntaxError::new(TextRange::new(at, at + length), format!("`{text}` is no escape")).help(help)
}
