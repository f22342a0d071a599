//! Decimal digits of numbers: reading, exact printing and the shortest printing.

use num_bigint::BigUint;

use super::float::Float;

/// The digits of a number without its sign: `0.d1d2d3… × 10^point`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Decimal {
    /// Digits `0` to `9`, the first and the last of them not zero; none for zero.
    pub digits: Vec<u8>,
    /// Where the decimal point stands, counted from before the first digit.
    pub point: i64,
}

/// More digits, or a larger exponent of ten, are not read.
const MAX_DIGITS: usize = 19_000;

/// Reads digits with an optional fraction and exponent, without a sign.
pub(super) fn parse(negative: bool, text: &str, precision: u32) -> Option<Float> {
    let (mantissa, exponent, base_two) = match text.find(['e', 'E', 'p', 'P']) {
        Some(at) => {
            let (mantissa, rest) = text.split_at_checked(at)?;
            (mantissa, exponent(rest.get(1..)?)?, rest.starts_with(['p', 'P']))
        }
        None => (text, 0, false),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty()
        || digits.len() > MAX_DIGITS
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let mantissa = BigUint::parse_bytes(digits.as_bytes(), 10)?;
    if mantissa == BigUint::ZERO {
        return Some(Float::new(negative, mantissa, 0));
    }
    let places = i64::try_from(fraction.len()).ok()?;
    let (ten, two) = if base_two { (-places, exponent) } else { (exponent - places, 0) };
    let limit = i64::try_from(MAX_DIGITS).ok()?;
    if ten.abs() > limit || two.abs() > limit {
        return None;
    }
    let five = BigUint::from(5_u32).pow(u32::try_from(ten.unsigned_abs()).ok()?);
    Some(if ten < 0 {
        Float::quotient(negative, &mantissa, &five, ten + two, precision)
    } else {
        Float::new(negative, mantissa * five, ten + two).round(precision)
    })
}

/// A decimal exponent with an optional sign.
fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok())?
}

impl Decimal {
    /// All digits of a number.
    pub(super) fn exact(float: &Float) -> Self {
        let (mantissa, exponent) = float.parts();
        Self::of(mantissa, exponent)
    }

    /// The fewest digits that read back as the same number of `precision` bits.
    ///
    /// They are the first digits that lie between the two points half-way to the neighbours of the number.
    pub(super) fn shortest(float: &Float, precision: u32) -> Self {
        let (mantissa, exponent) = float.parts();
        let exact = Self::of(mantissa, exponent);
        if float.is_zero() {
            return exact;
        }
        // One bit more than the precision, so that one unit is half of the distance to a neighbour.
        let Some(shift) = (u64::from(precision) + 1).checked_sub(mantissa.bits()) else {
            return exact;
        };
        let scaled = mantissa << shift;
        let exponent = exponent - i64::try_from(shift).unwrap_or(0);
        let lower = Self::of(&(&scaled - 1_u32), exponent);
        let upper = Self::of(&(&scaled + 1_u32), exponent);
        // Half-way points round to an even mantissa, so they belong to this number if its own is even.
        let inclusive = !scaled.bit(1);
        for (index, digit) in exact.digits.iter().copied().enumerate() {
            let (low, high) = (lower.digit(index), upper.digit(index));
            let down = low != digit || (inclusive && index + 1 == lower.digits.len());
            let up =
                digit != high && (inclusive || digit + 1 < high || index + 1 < upper.digits.len());
            match (down, up) {
                (true, true) => return exact.round(index + 1),
                (true, false) => return exact.cut(index + 1),
                (false, true) => return exact.round_up(index + 1),
                (false, false) => {}
            }
        }
        exact
    }

    /// Rounded to `count` digits, to the nearest, ties to even.
    #[must_use]
    pub fn round(self, count: usize) -> Self {
        let Some(next) = self.digits.get(count).copied() else { return self };
        let odd = count.checked_sub(1).is_some_and(|last| self.digit(last) % 2 == 1);
        let tie = next == b'5' && count + 1 == self.digits.len();
        if next > b'5' || (next == b'5' && (!tie || odd)) {
            self.round_up(count)
        } else {
            self.cut(count)
        }
    }

    /// Without an exponent: `0.001`, `1200`.
    pub fn to_plain(&self) -> String {
        let places = usize::try_from(self.digits.len() as i64 - self.point).unwrap_or(0);
        self.to_fixed(places)
    }

    /// Without an exponent, with exactly `places` digits behind the point. Digits beyond them are dropped: see
    /// [`Self::round`].
    pub fn to_fixed(&self, places: usize) -> String {
        let at = |position: i64| {
            usize::try_from(position).map_or('0', |index| char::from(self.digit(index)))
        };
        let mut text: String =
            if self.point > 0 { (0..self.point).map(at).collect() } else { "0".to_owned() };
        if places > 0 {
            text.push('.');
            text.extend((self.point..).map(at).take(places));
        }
        text
    }

    /// The digit at `index`; `0` behind the last one.
    pub fn digit(&self, index: usize) -> u8 {
        self.digits.get(index).copied().unwrap_or(b'0')
    }

    fn of(mantissa: &BigUint, exponent: i64) -> Self {
        let magnitude = u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX);
        let scaled = if exponent >= 0 {
            mantissa << magnitude
        } else {
            mantissa * BigUint::from(5_u32).pow(magnitude)
        };
        let digits = scaled.to_string().into_bytes();
        let point = digits.len() as i64 + exponent.min(0);
        Self { digits, point }.trim()
    }

    fn cut(mut self, count: usize) -> Self {
        self.digits.truncate(count);
        self.trim()
    }

    fn round_up(mut self, count: usize) -> Self {
        self.digits.truncate(count);
        while let Some(last) = self.digits.pop() {
            if last < b'9' {
                self.digits.push(last + 1);
                return self;
            }
        }
        Self { digits: vec![b'1'], point: self.point + 1 }
    }

    fn trim(mut self) -> Self {
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
        self
    }
}
