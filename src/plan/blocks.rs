//! Finds the end of a JSON array or object at the speed of memory: 64 bytes at a time, and only quotes, backslashes
//! and brackets are looked at.

use wide::u8x16;

/// Bytes that are looked at in one go.
pub(super) const BLOCK: usize = 64;

/// Deepest nesting that is followed. Terraform writes a few dozen levels; more is a bomb.
const MAX_DEPTH: usize = 10_000;

/// Follows the brackets of one array or object to its end.
#[derive(Debug)]
pub(super) struct Skipper {
    /// The open brackets, outermost first, as their bytes.
    open: Vec<u8>,
    /// All ones while inside a string.
    in_string: u64,
    /// 1 where the first byte of the next block is escaped.
    escaped: u64,
}

/// Why brackets can't be followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BracketError {
    /// A closing bracket of the other kind, this many bytes into the block.
    Mismatch(usize),
    /// Too many open brackets, this many bytes into the block.
    TooDeep(usize),
}

/// Where the bytes that matter are in a block: bit `i` stands for byte `i`.
#[derive(Default)]
struct Marks {
    quotes: u64,
    backslashes: u64,
    opening: u64,
    closing: u64,
}

impl Skipper {
    /// Starts behind the opening bracket `bracket`.
    pub(super) fn behind(bracket: u8) -> Self {
        Self { open: vec![bracket], in_string: 0, escaped: 0 }
    }

    /// Looks at the next block. Answers the number of bytes up to and with the bracket that closes the value, if it
    /// is in this block.
    ///
    /// # Errors
    /// A bracket that does not match, or too many.
    #[inline]
    pub(super) fn block(&mut self, block: &[u8; BLOCK]) -> Result<Option<usize>, BracketError> {
        let marks = Marks::of(block);
        let quotes = marks.quotes & !self.escaped_bytes(marks.backslashes);
        let strings = prefix_xor(quotes) ^ self.in_string;
        self.in_string = if strings >> 63 == 1 { u64::MAX } else { 0 };
        let mut brackets = (marks.opening | marks.closing) & !strings;
        while brackets != 0 {
            let at = brackets.trailing_zeros() as usize;
            brackets &= brackets - 1;
            let bracket = block.get(at).copied().unwrap_or_default();
            if marks.opening >> at & 1 == 1 {
                if self.open.len() == MAX_DEPTH {
                    return Err(BracketError::TooDeep(at));
                }
                self.open.push(bracket);
            } else if self.open.pop() != opening_of(bracket) {
                return Err(BracketError::Mismatch(at));
            } else if self.open.is_empty() {
                return Ok(Some(at + 1));
            }
        }
        Ok(None)
    }

    /// The bytes that a backslash before them takes the meaning from.
    #[inline]
    fn escaped_bytes(&mut self, backslashes: u64) -> u64 {
        let mut escaped = self.escaped;
        self.escaped = 0;
        let mut left = backslashes & !escaped;
        while left != 0 {
            let at = left.trailing_zeros();
            let next = (1_u64 << at) << 1;
            if next == 0 {
                self.escaped = 1;
            }
            escaped |= next;
            left &= !(next | 1 << at);
        }
        escaped
    }
}

impl Marks {
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut marks = Self::default();
        let (lanes, _) = block.as_chunks::<16>();
        for (index, lane) in lanes.iter().enumerate() {
            let bytes = u8x16::new(*lane);
            // `[` and `{`, and `]` and `}`, differ in this bit alone, and no other byte becomes one of them.
            let folded = bytes | u8x16::splat(0x20);
            let bits = |lanes: u8x16, byte: u8| {
                u64::from(lanes.simd_eq(u8x16::splat(byte)).to_bitmask()) << (16 * index)
            };
            marks.quotes |= bits(bytes, b'"');
            marks.backslashes |= bits(bytes, b'\\');
            marks.opening |= bits(folded, b'{');
            marks.closing |= bits(folded, b'}');
        }
        marks
    }
}

/// Bit `i` of the result is the exclusive or of the bits 0 to `i`: ones from each opening quote up to its closing one.
#[inline]
const fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^= bits << 32;
    bits
}

/// The bracket that `closing` closes: two below it in ASCII, for both kinds.
const fn opening_of(closing: u8) -> Option<u8> {
    closing.checked_sub(2)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, BracketError, Skipper};

    /// What [`Skipper`] must answer, byte by byte.
    fn slow(text: &[u8]) -> Result<Option<usize>, ()> {
        let (mut open, mut in_string, mut escaped) = (vec![text[0]], false, false);
        for (at, &byte) in text.iter().enumerate().skip(1) {
            // Outside a string a backslash is wrong anyway; there it has no meaning for brackets in either reading.
            if std::mem::take(&mut escaped) && matches!(byte, b'\\' | b'"') {
                continue;
            }
            match byte {
                b'\\' => escaped = true,
                b'"' => in_string = !in_string,
                b'{' | b'[' if !in_string => open.push(byte),
                b'}' | b']' if !in_string => {
                    if open.pop() != Some(if byte == b'}' { b'{' } else { b'[' }) {
                        return Err(());
                    }
                    if open.is_empty() {
                        return Ok(Some(at + 1));
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn fast(text: &[u8]) -> Result<Option<usize>, ()> {
        let mut skipper = Skipper::behind(text[0]);
        for (index, chunk) in text[1..].chunks(BLOCK).enumerate() {
            let mut block = [b' '; BLOCK];
            block[..chunk.len()].copy_from_slice(chunk);
            if let Some(end) = skipper.block(&block).map_err(|_| ())? {
                return Ok(Some(1 + index * BLOCK + end));
            }
        }
        Ok(None)
    }

    #[test]
    fn agrees_with_the_slow_reading() {
        let alphabet = br#""\{}[],:x "#;
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        for round in 0..20_000 {
            let mut text = vec![if round % 2 == 0 { b'{' } else { b'[' }];
            for _ in 0..round % 300 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                // Fewer quotes and closing brackets than chance, so that texts get long.
                let pick = usize::try_from(state >> 33).unwrap();
                text.push(if pick % 3 == 0 {
                    alphabet[pick / 3 % alphabet.len()]
                } else {
                    br#"\x[{"#[pick % 4]
                });
            }
            assert_eq!(fast(&text), slow(&text), "{}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let mut skipper = Skipper::behind(b'[');
        let error = (0..1_000).find_map(|_| skipper.block(&[b'['; BLOCK]).err());
        assert!(matches!(error, Some(BracketError::TooDeep(_))));
    }
}
