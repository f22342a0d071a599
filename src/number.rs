//! Numbers of the Terraform language: [`Number`].
//!
//! Terraform computes with binary floating point of up to 512 bits, rounded to the nearest, ties to even, and prints
//! the shortest decimal that reads back as the same number. A number remembers its precision, because the result of
//! an operation is rounded to the larger precision of its operands: 512 bits where a text was read, 64 for whole
//! numbers that functions make, 53 for what they compute in double precision.
//!
//! Differs in one thing: beyond 2^±65536 a number is infinite or zero, so that no text of it runs away.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};

mod decimal;
mod float;

pub use decimal::Decimal;
use float::Float;

/// A number. Two are equal where they have the same value, whatever their precision.
#[derive(Clone, Debug)]
pub struct Number {
    repr: Repr,
    precision: u32,
}

#[derive(Clone, Debug)]
enum Repr {
    /// INVARIANT: every whole number that fits is kept so, except a negative zero.
    Integer(i64),
    /// Any other finite number.
    Float(Arc<Float>),
    Infinite {
        negative: bool,
    },
}

/// The precision of a number that was read from a text, in bits.
const TEXT_PRECISION: u32 = 512;
/// The precision of a whole number that a function made, in bits.
const INTEGER_PRECISION: u32 = 64;
/// The precision of a number computed in double precision, in bits.
const DOUBLE_PRECISION: u32 = 53;

impl Number {
    /// Reads a decimal number as Terraform does: digits with an optional sign, fraction and exponent (`e`, or `p` for
    /// a power of two), or `Inf`. `None` for anything else, and for a number too large or too small to keep.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() <= 18
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(small) = text.parse()
        {
            return Some(Self { repr: Repr::Integer(small), precision: TEXT_PRECISION });
        }
        let (negative, magnitude) = match text.as_bytes().first()? {
            b'-' => (true, text.get(1..)?),
            b'+' => (false, text.get(1..)?),
            _ => (false, text),
        };
        if matches!(magnitude, "Inf" | "inf") {
            return Some(Self::infinite(negative, TEXT_PRECISION));
        }
        let float = decimal::parse(negative, magnitude, TEXT_PRECISION)?;
        Some(Self::new(float, TEXT_PRECISION))
    }

    /// A number of double precision; `None` for NaN.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Self::infinite(value < 0.0, DOUBLE_PRECISION));
        }
        Some(Self::new(Float::from_f64(value), DOUBLE_PRECISION))
    }

    /// A number of things.
    pub fn from_count(count: usize) -> Self {
        Self::from(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// A whole number of any size, with all its bits.
    pub fn from_integer(value: &BigInt) -> Self {
        let bits = u32::try_from(value.bits()).unwrap_or(u32::MAX);
        Self::new(
            Float::new(value.sign() == Sign::Minus, value.magnitude().clone(), 0),
            bits.max(INTEGER_PRECISION),
        )
    }

    /// The number as an `i64`, if it is whole and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.repr {
            Repr::Integer(value) => Some(*value),
            Repr::Float(float) => float.is_zero().then_some(0),
            Repr::Infinite { .. } => None,
        }
    }

    /// The number as an integer of any size, if it is whole.
    pub fn to_integer(&self) -> Option<BigInt> {
        match &self.repr {
            Repr::Integer(value) => Some(BigInt::from(*value)),
            Repr::Float(float) => float.to_integer(),
            Repr::Infinite { .. } => None,
        }
    }

    /// The nearest number of double precision, infinite where it is too large.
    pub fn to_f64(&self) -> f64 {
        match &self.repr {
            #[expect(clippy::cast_precision_loss, reason = "rounding is what is asked for")]
            Repr::Integer(value) => *value as f64,
            Repr::Float(float) => float.to_f64(),
            Repr::Infinite { negative: true } => f64::NEG_INFINITY,
            Repr::Infinite { negative: false } => f64::INFINITY,
        }
    }

    /// Is it a whole number?
    pub fn is_integer(&self) -> bool {
        match &self.repr {
            Repr::Integer(_) => true,
            Repr::Float(float) => float.is_integer(),
            Repr::Infinite { .. } => false,
        }
    }

    /// Is it one of the two infinities?
    pub const fn is_infinite(&self) -> bool {
        matches!(self.repr, Repr::Infinite { .. })
    }

    /// Is it zero, of either sign?
    pub fn is_zero(&self) -> bool {
        match &self.repr {
            Repr::Integer(value) => *value == 0,
            Repr::Float(float) => float.is_zero(),
            Repr::Infinite { .. } => false,
        }
    }

    /// Does it carry a minus sign? A negative zero does.
    pub fn is_negative(&self) -> bool {
        match &self.repr {
            Repr::Integer(value) => *value < 0,
            Repr::Float(float) => float.is_negative(),
            Repr::Infinite { negative } => *negative,
        }
    }

    /// The sum; `None` for the sum of opposite infinities.
    pub fn add(&self, other: &Self) -> Option<Self> {
        let precision = self.precision.max(other.precision);
        if let (Repr::Integer(a), Repr::Integer(b)) = (&self.repr, &other.repr)
            && let Some(sum) = a.checked_add(*b)
            && precision >= INTEGER_PRECISION
        {
            return Some(Self { repr: Repr::Integer(sum), precision });
        }
        match (self.finite(), other.finite()) {
            (Some(a), Some(b)) => Some(Self::new(a.add(&b).round(precision), precision)),
            (None, None) if self.is_negative() != other.is_negative() => None,
            (None, _) => Some(Self::infinite(self.is_negative(), precision)),
            (_, None) => Some(Self::infinite(other.is_negative(), precision)),
        }
    }

    /// The difference; `None` for the difference of equal infinities.
    pub fn subtract(&self, other: &Self) -> Option<Self> {
        self.add(&other.negate())
    }

    /// The product, exact where its bits are more than the precision; `None` for zero times infinity.
    pub fn multiply(&self, other: &Self) -> Option<Self> {
        let precision = self.precision.max(other.precision);
        if let (Repr::Integer(a), Repr::Integer(b)) = (&self.repr, &other.repr)
            && let Some(product) = a.checked_mul(*b)
            && product != 0
            && precision >= INTEGER_PRECISION
        {
            return Some(Self { repr: Repr::Integer(product), precision });
        }
        match (self.finite(), other.finite()) {
            (Some(a), Some(b)) => {
                let product = a.multiply(&b).round(TEXT_PRECISION);
                let precision = precision.max(product.bits());
                Some(Self::new(product, precision))
            }
            _ if self.is_zero() || other.is_zero() => None,
            _ => Some(Self::infinite(self.is_negative() != other.is_negative(), precision)),
        }
    }

    /// The quotient, infinite for a division by zero; `None` for zero by zero and infinity by infinity.
    pub fn divide(&self, other: &Self) -> Option<Self> {
        let precision = self.precision.max(other.precision);
        let negative = self.is_negative() != other.is_negative();
        match (self.finite(), other.finite()) {
            (Some(a), Some(b)) if !b.is_zero() => {
                Some(Self::new(a.divide(&b, precision), precision))
            }
            (Some(a), Some(_)) if a.is_zero() => None,
            (Some(_), None) => Some(Self::new(Float::new(negative, BigUint::ZERO, 0), precision)),
            (_, Some(_)) => Some(Self::infinite(negative, precision)),
            (None, None) => None,
        }
    }

    /// What is left of a division with the quotient rounded towards zero. A division by zero leaves the number itself;
    /// `None` where an infinity is involved.
    pub fn modulo(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return Some(self.clone());
        }
        if let (Repr::Integer(a), Repr::Integer(b)) = (&self.repr, &other.repr)
            && let Some(rest) = a.checked_rem(*b)
        {
            return Some(Self { repr: Repr::Integer(rest), precision: self.precision });
        }
        let quotient = self.divide(other)?.truncate()?;
        let product =
            Self::new(other.finite()?.multiply(&quotient).round(self.precision), self.precision);
        let precision = self.precision;
        let rest = self.finite()?.add(&product.negate().finite()?);
        Some(Self::new(rest.round(precision), precision))
    }

    /// The number with the opposite sign.
    #[must_use]
    pub fn negate(&self) -> Self {
        match &self.repr {
            Repr::Infinite { negative } => Self::infinite(!negative, self.precision),
            Repr::Integer(value) if *value != 0 && *value != i64::MIN => {
                Self { repr: Repr::Integer(-value), precision: self.precision }
            }
            Repr::Integer(_) | Repr::Float(_) => {
                let float = self.finite().unwrap_or_default();
                Self::new(float.negate(), self.precision)
            }
        }
    }

    /// The number without its sign.
    #[must_use]
    pub fn absolute(&self) -> Self {
        if self.is_negative() { self.negate() } else { self.clone() }
    }

    /// The largest whole number that is not larger, in the same precision. An infinity stays.
    #[must_use]
    pub fn floor(&self) -> Self {
        self.round_to_integer(|float| float.floor())
    }

    /// The smallest whole number that is not smaller, in the same precision. An infinity stays.
    #[must_use]
    pub fn ceil(&self) -> Self {
        self.round_to_integer(|float| -float.negate().floor())
    }

    /// Its exact decimal digits; `None` for an infinity.
    pub fn to_decimal(&self) -> Option<Decimal> {
        self.finite().map(|float| Decimal::exact(&float))
    }

    /// The shortest decimal that reads back as the same number; `None` for an infinity.
    pub fn to_shortest_decimal(&self) -> Option<Decimal> {
        self.finite().map(|float| Decimal::shortest(&float, self.precision))
    }

    fn new(float: Float, precision: u32) -> Self {
        if float.is_too_large() {
            return Self::infinite(float.is_negative(), precision);
        }
        let repr = float.to_i64().map_or_else(|| Repr::Float(Arc::new(float)), Repr::Integer);
        Self { repr, precision }
    }

    const fn infinite(negative: bool, precision: u32) -> Self {
        Self { repr: Repr::Infinite { negative }, precision }
    }

    fn finite(&self) -> Option<Float> {
        match &self.repr {
            Repr::Integer(value) => Some(Float::from(*value)),
            Repr::Float(float) => Some(Float::clone(float)),
            Repr::Infinite { .. } => None,
        }
    }

    fn truncate(&self) -> Option<Float> {
        self.finite().map(|float| float.truncate())
    }

    fn round_to_integer(&self, round: impl FnOnce(&Float) -> BigInt) -> Self {
        match self.finite() {
            Some(float) => {
                let rounded = Self::from_integer(&round(&float));
                Self { precision: self.precision, ..rounded }
            }
            None => self.clone(),
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self { repr: Repr::Integer(value), precision: INTEGER_PRECISION }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Repr::Integer(a), Repr::Integer(b)) = (&self.repr, &other.repr) {
            return a.cmp(b);
        }
        let rank = |number: &Self| match number.repr {
            Repr::Infinite { negative: true } => 0,
            Repr::Integer(_) | Repr::Float(_) => 1,
            Repr::Infinite { negative: false } => 2,
        };
        match (self.finite(), other.finite()) {
            (Some(a), Some(b)) => a.compare(&b),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

/// The shortest decimal that reads back as the same number, without an exponent: `0.0000001`, `-3`, `+Inf`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repr {
            Repr::Integer(value)
                if self.precision >= INTEGER_PRECISION || value.unsigned_abs() < 1 << 53 =>
            {
                write!(f, "{value}")
            }
            Repr::Infinite { negative: true } => f.write_str("-Inf"),
            Repr::Infinite { negative: false } => f.write_str("+Inf"),
            Repr::Integer(_) | Repr::Float(_) => {
                let sign = if self.is_negative() { "-" } else { "" };
                let decimal = self.to_shortest_decimal().unwrap_or_default();
                write!(f, "{sign}{}", decimal.to_plain())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn texts_are_read_and_printed_exactly() {
        for text in
            ["0", "1", "-1", "0.1", "12345678901234567891", "0.0000001", "123456.789", "-0.5"]
        {
            assert_eq!(number(text).to_string(), text);
        }
        for (text, printed) in [
            ("1e3", "1000"),
            ("1E-2", "0.01"),
            ("1p3", "8"),
            ("+5", "5"),
            (".5", "0.5"),
            ("5.", "5"),
        ] {
            assert_eq!(number(text).to_string(), printed);
        }
        for wrong in
            ["", "-", ".", "e5", "1e", "0x10", "1_0", " 1", "1 ", "nan", "1e999999999999", "--1"]
        {
            assert_eq!(Number::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sums_and_products_are_rounded_once() {
        assert_eq!(number("0.1").add(&number("0.2")).unwrap().to_string(), "0.3");
        assert_eq!(number("1.5").multiply(&number("3")).unwrap().to_string(), "4.5");
        let product = number("1.1").multiply(&number("3")).unwrap().to_string();
        assert!(product.starts_with("3.3000") && product.ends_with("02"), "{product}");
        assert_eq!(number("0").multiply(&number("-1")).unwrap().to_string(), "-0");
        assert_eq!(
            number("12345678901234567890").add(&number("1")).unwrap().to_string(),
            "12345678901234567891"
        );
        let third = number("1").divide(&number("3")).unwrap().to_string();
        assert_eq!(third.len(), 2 + 155);
        assert!(third.starts_with("0.3333") && third.ends_with("335"), "{third}");
    }

    #[test]
    fn precision_follows_the_operands() {
        let third = Number::from(1).divide(&Number::from(3)).unwrap();
        assert_eq!(third.to_string(), "0.33333333333333333334");
        assert_eq!(Number::from_f64(0.1).unwrap().to_string(), "0.1");
        assert_eq!(
            Number::from_f64((1_i64 << 60) as f64).unwrap().to_string(),
            "1152921504606847000"
        );
    }

    #[test]
    fn remainders_follow_the_dividend() {
        for (a, b, rest) in [
            ("7", "3", "1"),
            ("-7", "3", "-1"),
            ("-7.5", "2", "-1.5"),
            ("5", "0", "5"),
            ("7", "-3", "1"),
        ] {
            assert_eq!(number(a).modulo(&number(b)).unwrap().to_string(), rest, "{a} % {b}");
        }
    }

    #[test]
    fn infinities_and_zeroes() {
        assert_eq!(number("1").divide(&number("0")).unwrap().to_string(), "+Inf");
        assert_eq!(number("-5").divide(&number("0")).unwrap().to_string(), "-Inf");
        assert_eq!(number("0").divide(&number("0")), None);
        assert_eq!(number("0").negate().to_string(), "-0");
        assert_eq!(number("0").negate(), number("0"));
        assert!(number("-Inf") < number("-1e400") && number("1e400") < number("Inf"));
    }

    #[test]
    fn whole_numbers_below_and_above() {
        for (text, floor, ceil) in
            [("1.5", "1", "2"), ("-1.5", "-2", "-1"), ("3", "3", "3"), ("-0.2", "-1", "0")]
        {
            assert_eq!(number(text).floor().to_string(), floor);
            assert_eq!(number(text).ceil().to_string(), ceil);
        }
        assert_eq!(
            number("1e30").to_integer().unwrap().to_string(),
            "1000000000000000000000000000000"
        );
        assert_eq!(number("0.1").to_f64(), 0.1);
        assert_eq!(
            number("123456789012345678901234567890").to_f64(),
            123_456_789_012_345_678_901_234_567_890.0
        );
    }
}
