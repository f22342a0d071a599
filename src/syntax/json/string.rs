//! Strings of JSON: escapes, holes, and what is wrong in them.

use super::{Build, Parser, offset, range};
use crate::source::Segment;
use crate::syntax::tree::{HOLE, Text, TextDetail};

/// A string that differs from its source bytes, as far as it is decoded.
struct Decoded {
    value: String,
    detail: TextDetail,
}

impl<B: Build> Parser<'_, B> {
    /// The string whose opening quote stands here. One without a closing quote ends with its line.
    pub(super) fn string(&mut self) -> Text {
        let start = self.at + 1;
        self.at = start + self.run(start);
        if let (Some(b'"'), Some(text)) = (self.peek(), self.text) {
            let value = text.get(start..self.at).unwrap_or_default().into();
            self.at += 1;
            return Text { value, start: offset(start), detail: None };
        }
        self.decode(start)
    }

    /// Passes over a string without reading it.
    pub(super) fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' || byte == b'\n' {
                break;
            }
        }
    }

    /// How many bytes from `at` on stand for themselves.
    fn run(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let (words, tail) = rest.as_chunks();
        let mut before = 0;
        for word in words {
            let ends = ends_of_runs(u64::from_le_bytes(*word));
            if ends != 0 {
                return before + ends.trailing_zeros() as usize / 8;
            }
            before += word.len();
        }
        let in_tail = tail.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
        before + in_tail.unwrap_or(tail.len())
    }

    /// The string whose content begins at `start`, piece by piece.
    fn decode(&mut self, start: usize) -> Text {
        let mut decoded = Decoded { value: String::new(), detail: TextDetail::default() };
        self.at = start;
        loop {
            let run = self.at;
            self.at += self.run(run);
            if let Some(b'\n' | b'\r') = self.peek() {
                self.give_back_comma(run);
            }
            self.push_run(run, &mut decoded);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    break;
                }
                Some(b'\\') => self.escape(&mut decoded),
                Some(b'\n' | b'\r' | b',') | None => {
                    self.error_at(start - 1, self.at, "unclosed string");
                    break;
                }
                Some(control) => self.control(control, &mut decoded),
            }
        }
        decoded.finish(start)
    }

    /// In an unclosed string, the comma at the end of the line was most likely meant to stand behind the string.
    fn give_back_comma(&mut self, run: usize) {
        let line = self.bytes.get(run..self.at).unwrap_or_default().trim_ascii_end();
        if let Some(content) = line.strip_suffix(b",") {
            self.at = run + content.len();
        }
    }

    /// Appends the bytes from `start` to here, which stand for themselves unless they are not UTF-8.
    fn push_run(&mut self, start: usize, decoded: &mut Decoded) {
        if let Some(text) = self.text {
            decoded.push(text.get(start..self.at).unwrap_or_default(), start, self.at);
            return;
        }
        let mut at = start;
        for chunk in self.bytes.get(start..self.at).unwrap_or_default().utf8_chunks() {
            let invalid = at + chunk.valid().len();
            decoded.push(chunk.valid(), at, invalid);
            at = invalid + chunk.invalid().len();
            if invalid < at {
                self.error_at(invalid, at, "these bytes are not UTF-8");
                decoded.push("\u{FFFD}", invalid, at);
            }
        }
    }

    /// A control character: a hole, or one that should have been escaped.
    fn control(&mut self, control: u8, decoded: &mut Decoded) {
        let at = self.at;
        self.at += 1;
        if let Some(hole) = self.hole_at(at) {
            decoded.detail.holes.push((offset(decoded.value.len()), hole));
            decoded.push(HOLE.encode_utf8(&mut [0; 4]), at, self.at);
        } else {
            self.error_at(
                at,
                self.at,
                format_args!("the control character `\\u{control:04x}` must be escaped"),
            );
            decoded.push(char::from(control).encode_utf8(&mut [0; 4]), at, self.at);
        }
    }

    fn escape(&mut self, decoded: &mut Decoded) {
        let start = self.at;
        self.at += 2;
        let char = match self.bytes.get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => self.unicode_escape(start),
            Some(b'\n' | b'\r') | None => {
                self.at = start + 1;
                self.error_at(start, self.at, "a backslash escapes nothing here");
                '\\'
            }
            Some(_) => {
                // The backslash alone is wrong; what follows is read as it stands.
                self.at = start + 1;
                self.error_at(
                    start,
                    start + 2,
                    "no such escape; a backslash itself is written `\\\\`",
                );
                '\\'
            }
        };
        decoded.push(char.encode_utf8(&mut [0; 4]), start, self.at);
    }

    /// The character of `\uXXXX` or of a surrogate pair. Half a pair is read as U+FFFD, as Go and AWS read it.
    fn unicode_escape(&mut self, start: usize) -> char {
        let Some(unit) = self.code_unit(start) else {
            self.error_at(start, start + 2, "`\\u` needs four hexadecimal digits");
            return '\u{FFFD}';
        };
        self.at = start + 6;
        if (0xD800..0xDC00).contains(&unit)
            && self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"\\u"))
            && let Some(low @ 0xDC00..0xE000) = self.code_unit(self.at)
        {
            self.at += 6;
            let scalar = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            return char::from_u32(scalar).unwrap_or('\u{FFFD}');
        }
        char::from_u32(unit).unwrap_or('\u{FFFD}')
    }

    /// The four hexadecimal digits of the `\uXXXX` at `start`.
    fn code_unit(&self, start: usize) -> Option<u32> {
        let digits = self.bytes.get(start + 2..start + 6)?;
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
    }
}

/// The high bit of the first byte, from the lowest on, that does not stand for itself; those above it may be wrong.
/// Eight bytes at once: most of the time that JSON takes goes into its strings.
const fn ends_of_runs(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 0xFF;
    /// Bytes that are less than `limit`, which is at most 128 (Bit Twiddling Hacks, "Determine if a word has a byte
    /// less than n").
    const fn less(word: u64, limit: u64) -> u64 {
        word.wrapping_sub(EACH * limit) & !word & EACH << 7
    }
    let (quote, backslash) = (EACH * b'"' as u64, EACH * b'\\' as u64);
    less(word, 0x20) | less(word ^ quote, 1) | less(word ^ backslash, 1)
}

impl Decoded {
    /// Appends `text`, which the source bytes from `start` to `end` stand for.
    fn push(&mut self, text: &str, start: usize, end: usize) {
        if text.is_empty() {
            return;
        }
        let value = range(self.value.len(), self.value.len() + text.len());
        let source = range(start, end);
        self.value.push_str(text);
        match self.detail.segments.last_mut() {
            // Two runs that both stand for themselves and touch are one.
            Some(last)
                if last.source.end == source.start
                    && last.is_verbatim()
                    && value.len() == source.len() =>
            {
                last.value.end = value.end;
                last.source.end = source.end;
            }
            Some(_) | None => self.detail.segments.push(Segment { value, source }),
        }
    }

    fn finish(mut self, start: usize) -> Text {
        let verbatim = match self.detail.segments.as_slice() {
            [] => true,
            [only] => only.is_verbatim() && only.source.start == offset(start),
            [_, _, ..] => false,
        };
        if verbatim {
            self.detail.segments.clear();
        }
        let plain = verbatim && self.detail.holes.is_empty();
        let detail = (!plain).then(|| Box::new(self.detail));
        Text { value: self.value.into(), start: offset(start), detail }
    }
}

#[cfg(test)]
mod tests {
    use super::ends_of_runs;

    #[test]
    fn the_first_end_of_a_run_is_found() {
        let stands_for_itself = |byte: u8| byte >= 0x20 && !matches!(byte, b'"' | b'\\');
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                for around in [b'a', 0x20, b'!', b'#', b']', 0x7F, 0x80, 0xFF] {
                    let mut word = [around; 8];
                    word[at] = byte;
                    let first = if stands_for_itself(byte) { 8 } else { at as u32 };
                    let found = ends_of_runs(u64::from_le_bytes(word)).trailing_zeros() / 8;
                    assert_eq!(found, first, "{byte:#x} at {at} in {around:#x}");
                }
            }
        }
    }
}
