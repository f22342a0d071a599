//! An input in whatever encoding PowerShell and its kin gave it, as UTF-8: [`Decoder`].

use std::io::{self, Read};

/// The bytes of an input as UTF-8, without a byte order mark.
#[derive(Debug)]
pub(super) struct Decoder<R> {
    input: R,
    encoding: Encoding,
    /// Bytes of the input that are not decoded yet (all of them UTF-16), or not handed out yet (UTF-8).
    pending: Vec<u8>,
    /// Decoded bytes that are not handed out yet.
    decoded: Vec<u8>,
    mark: usize,
}

/// How an input writes its characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Encoding {
    /// UTF-8, or anything else that has ASCII in it.
    Utf8,
    /// UTF-16, least significant byte first.
    Utf16Le,
    /// UTF-16, most significant byte first.
    Utf16Be,
}

impl<R: Read> Decoder<R> {
    /// Looks at the first bytes of `input`.
    ///
    /// # Errors
    /// The input can't be read.
    pub(super) fn new(mut input: R) -> io::Result<Self> {
        let mut pending = Vec::new();
        (&mut input).take(3).read_to_end(&mut pending)?;
        let (encoding, mark) = Encoding::of(&pending);
        pending.drain(..mark);
        Ok(Self { input, encoding, pending, decoded: Vec::new(), mark })
    }

    /// Where the first byte that is handed out stands in the input; in the decoded text, if the input is UTF-16.
    pub(super) fn offset(&self) -> usize {
        if self.encoding == Encoding::Utf8 { self.mark } else { 0 }
    }

    /// Decodes another chunk of UTF-16, if there is one.
    fn decode(&mut self) -> io::Result<()> {
        let count = (&mut self.input).take(16 * 1024).read_to_end(&mut self.pending)?;
        let used = self.encoding.decode(&self.pending, &mut self.decoded);
        self.pending.drain(..used);
        if count == 0 && used == 0 && !self.pending.is_empty() {
            // An odd byte or half a pair of surrogates: the input was cut.
            self.pending.clear();
            self.decoded.extend_from_slice("\u{FFFD}".as_bytes());
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if self.encoding == Encoding::Utf8 {
            return if self.pending.is_empty() {
                self.input.read(space)
            } else {
                hand_out(&mut self.pending, space)
            };
        }
        if self.decoded.is_empty() {
            self.decode()?;
        }
        hand_out(&mut self.decoded, space)
    }
}

impl Encoding {
    /// The encoding of a text that begins with these bytes, and the length of its byte order mark. Our inputs begin
    /// with an ASCII character, so a NUL beside it gives UTF-16 away even where the mark is missing.
    const fn of(head: &[u8]) -> (Self, usize) {
        match head {
            [0xEF, 0xBB, 0xBF, ..] => (Self::Utf8, 3),
            [0xFF, 0xFE, ..] => (Self::Utf16Le, 2),
            [0xFE, 0xFF, ..] => (Self::Utf16Be, 2),
            [0, second, ..] if *second != 0 => (Self::Utf16Be, 0),
            [first, 0, ..] if *first != 0 => (Self::Utf16Le, 0),
            _ => (Self::Utf8, 0),
        }
    }

    /// Appends UTF-16 `bytes` to `text`; answers how many were used.
    fn decode(self, bytes: &[u8], text: &mut Vec<u8>) -> usize {
        let unit = |pair: &[u8; 2]| match self {
            Self::Utf8 | Self::Utf16Le => u16::from_le_bytes(*pair),
            Self::Utf16Be => u16::from_be_bytes(*pair),
        };
        let (mut pairs, _) = bytes.as_chunks::<2>();
        // The first half of a surrogate pair waits for the second.
        if let Some((last, front)) = pairs.split_last()
            && matches!(unit(last), 0xD800..=0xDBFF)
        {
            pairs = front;
        }
        for character in char::decode_utf16(pairs.iter().map(unit)) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        pairs.len() * 2
    }
}

/// Moves as many bytes from `bytes` to `space` as fit.
fn hand_out(bytes: &mut Vec<u8>, space: &mut [u8]) -> io::Result<usize> {
    let count = bytes.as_slice().read(space)?;
    bytes.drain(..count);
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::Decoder;
    use std::io::Read;

    fn decoded(bytes: &[u8]) -> String {
        let mut text = String::new();
        Decoder::new(bytes).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = format!("{{\"a\": \"{}\"}}", "ä𝄞\u{FEFF}x".repeat(9_000));
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [text.as_bytes(), &little, &big] {
            assert!(decoded(bytes) == text);
        }
        assert!(decoded(&[&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat()) == text);
        assert!(decoded(&[&b"\xFF\xFE"[..], &little].concat()) == text);
        assert!(decoded(&[&b"\xFE\xFF"[..], &big].concat()) == text);
    }

    #[test]
    fn halves_at_the_end_are_not_lost() {
        assert_eq!(decoded(b"{\0\x3c\xd8"), "{\u{FFFD}");
        assert_eq!(decoded(b"{\0}"), "{\u{FFFD}");
        assert_eq!(decoded(b""), "");
        assert_eq!(decoded(b"{"), "{");
    }
}
