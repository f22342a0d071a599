//! Finds the end of a JSON array or object at the speed of memory: 64 bytes at a time, and only quotes, backslashes
//! and brackets are looked at.

use wide::u8x16;

/// Bytes that are looked at in one go.
pub(super) const BLOCK: usize = 64;

/// Brackets inside each other that are refused, a multiple of 64. Terraform writes a few dozen levels; this is a bomb.
const MAX_DEPTH: usize = 160 * 64;

/// Follows the brackets of one array or object to its end.
#[derive(Debug)]
pub(super) struct Skipper {
    state: State,
    /// The [`kind`]s of the open brackets, 64 in each, as far as they were open last time when 64 were full.
    outer: Vec<u64>,
}

/// Where a [`Skipper`] is: small enough for the registers of the machine.
#[derive(Clone, Copy, Debug)]
struct State {
    /// How many brackets are open.
    depth: usize,
    /// The [`kind`]s of the innermost brackets, the last one lowest; good down to the next multiple of 64.
    inner: u64,
    /// All ones while inside a string.
    in_string: u64,
    /// 1 where the first byte of the next block is escaped.
    escaped: u64,
}

/// Why brackets can't be followed; counts bytes from the first block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BracketError {
    /// A closing bracket of the other kind, behind so many bytes.
    Mismatch(usize),
    /// Too many open brackets, behind so many bytes.
    TooDeep(usize),
}

/// Where the bytes that matter are in a block: bit `i` stands for byte `i`.
#[derive(Default)]
struct Marks {
    quotes: u64,
    backslashes: u64,
    /// Brackets, and bytes that stand nowhere in JSON but in strings.
    brackets: u64,
}

impl Skipper {
    /// Starts behind the opening bracket `bracket`.
    pub(super) fn behind(bracket: u8) -> Self {
        let inner = kind(bracket);
        Self { state: State { depth: 1, inner, in_string: 0, escaped: 0 }, outer: Vec::new() }
    }

    /// Looks at the next blocks. Answers the number of bytes up to and with the bracket that closes the value, if it
    /// is in them.
    ///
    /// # Errors
    /// A bracket that does not match, or too many.
    pub(super) fn follow(&mut self, blocks: &[[u8; BLOCK]]) -> Result<Option<usize>, BracketError> {
        let mut state = self.state;
        for (index, block) in blocks.iter().enumerate() {
            let mut brackets = state.brackets(block);
            while brackets != 0 {
                let at = brackets.trailing_zeros() as usize;
                brackets &= brackets - 1;
                let byte = block.get(at).copied().unwrap_or_default();
                let before = index * BLOCK + at;
                // What kind of bracket comes next, nobody can foresee, the machine included: so no branch on it.
                let (kind, opens, closes) = (kind(byte), byte >> 1 & 1, byte >> 2 & 1);
                if opens == closes {
                    continue;
                }
                if closes == 1 && state.inner & 1 != kind {
                    return Err(BracketError::Mismatch(before));
                }
                state.inner = if opens == 1 { state.inner << 1 | kind } else { state.inner >> 1 };
                state.depth = state.depth + usize::from(opens) - usize::from(closes);
                if !state.depth.is_multiple_of(64) {
                    continue;
                }
                if state.depth == 0 {
                    return Ok(Some(before + 1));
                }
                if opens == 1 && state.depth == MAX_DEPTH {
                    return Err(BracketError::TooDeep(before));
                }
                let full = state.depth / 64 - 1;
                if opens == 1 {
                    self.outer.truncate(full);
                    self.outer.push(state.inner);
                } else {
                    state.inner = self.outer.get(full).copied().unwrap_or_default();
                }
            }
        }
        self.state = state;
        Ok(None)
    }
}

impl State {
    /// The brackets of the next block that are not in strings, and perhaps bytes that can't stand outside of them.
    #[inline]
    fn brackets(&mut self, block: &[u8; BLOCK]) -> u64 {
        let marks = Marks::of(block);
        let quotes = marks.quotes & !self.escaped_bytes(marks.backslashes);
        let strings = prefix_xor(quotes) ^ self.in_string;
        self.in_string = if strings >> 63 == 1 { u64::MAX } else { 0 };
        marks.brackets & !strings
    }

    /// The bytes behind an odd number of backslashes, which take their meaning from them. A sum carries each run of
    /// backslashes to the byte behind it; where this byte is odd and the first backslash even, or the other way round,
    /// the run is odd. (Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019, section 3.1.1.)
    #[inline]
    fn escaped_bytes(&mut self, backslashes: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let first = self.escaped;
        let runs = backslashes & !first;
        let starts = runs & !(runs << 1);
        let behind_even = runs.wrapping_add(starts & EVEN);
        let (behind_odd, odd_at_end) = runs.overflowing_add(starts & !EVEN);
        self.escaped = u64::from(odd_at_end);
        (behind_even & !EVEN | behind_odd & EVEN) & !runs | first
    }
}

impl Marks {
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut marks = Self::default();
        let (lanes, _) = block.as_chunks::<16>();
        for (index, lane) in lanes.iter().enumerate() {
            let bytes = u8x16::new(*lane);
            // The four brackets without the bits that they differ in. `Y`, `y`, `_` and DEL become the same byte.
            let folded = bytes & u8x16::splat(!0x26);
            let bits = |lanes: u8x16, byte: u8| {
                u64::from(lanes.simd_eq(u8x16::splat(byte)).to_bitmask()) << (16 * index)
            };
            marks.quotes |= bits(bytes, b'"');
            marks.backslashes |= bits(bytes, b'\\');
            marks.brackets |= bits(folded, b'{' & !0x26);
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

/// 1 for braces, 0 for square brackets, opening or closing.
#[inline]
const fn kind(bracket: u8) -> u64 {
    (bracket >> 5 & 1) as u64
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, BracketError, MAX_DEPTH, Skipper};

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
            if let Some(end) = skipper.follow(&[block]).map_err(|_| ())? {
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
        let error = skipper.follow(&[[b'['; BLOCK]; 1_000]).unwrap_err();
        assert_eq!(error, BracketError::TooDeep(MAX_DEPTH - 2));
    }
}
