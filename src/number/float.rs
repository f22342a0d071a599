//! Binary floating point of any precision: [`Float`].

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};

/// `±mantissa × 2^exponent`.
///
/// INVARIANT: the mantissa is odd, or it is zero and so is the exponent: each value has one form.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Float {
    negative: bool,
    mantissa: BigUint,
    exponent: i64,
}

/// A number from 2 to this power on is infinite, one below its inverse is zero.
const MAX_EXPONENT: i64 = 1 << 16;

impl Float {
    /// The exact value.
    pub(super) fn new(negative: bool, mantissa: BigUint, exponent: i64) -> Self {
        let zeros = mantissa.trailing_zeros().unwrap_or(0);
        let mantissa = mantissa >> zeros;
        let exponent = exponent + signed(zeros);
        let too_small = exponent + signed(mantissa.bits()) < -MAX_EXPONENT;
        if mantissa == BigUint::ZERO || too_small {
            return Self { negative, mantissa: BigUint::ZERO, exponent: 0 };
        }
        Self { negative, mantissa, exponent }
    }

    /// The exact value of a finite `f64`.
    pub(super) fn from_f64(value: f64) -> Self {
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match (bits >> 52) & 0x7FF {
            0 => (fraction, -1074),
            biased => (fraction | 1 << 52, i64::try_from(biased).unwrap_or(0) - 1075),
        };
        Self::new(value.is_sign_negative(), BigUint::from(mantissa), exponent)
    }

    /// `mantissa / divisor × 2^exponent`, rounded to `precision` bits. The divisor is not zero.
    pub(super) fn quotient(
        negative: bool,
        mantissa: &BigUint,
        divisor: &BigUint,
        exponent: i64,
        precision: u32,
    ) -> Self {
        // Two bits more than the precision, and one that tells that something was left.
        let wanted = u64::from(precision) + 2 + divisor.bits();
        let shift = wanted.saturating_sub(mantissa.bits());
        let dividend = mantissa << shift;
        let quotient = &dividend / divisor;
        let exact = &quotient * divisor == dividend;
        let sticky = (quotient << 1_u32) | BigUint::from(u32::from(!exact));
        Self::new(negative, sticky, exponent - signed(shift) - 1).round(precision)
    }

    /// Rounded to the nearest value of `precision` bits, ties to even.
    pub(super) fn round(self, precision: u32) -> Self {
        let Some(excess) =
            self.mantissa.bits().checked_sub(u64::from(precision)).filter(|excess| *excess > 0)
        else {
            return self;
        };
        let mut kept = &self.mantissa >> excess;
        let half = self.mantissa.bit(excess - 1);
        // The mantissa is odd, so it lies exactly half-way only if a single bit is dropped.
        if half && (excess > 1 || kept.bit(0)) {
            kept += 1_u32;
        }
        Self::new(self.negative, kept, self.exponent + signed(excess))
    }

    /// How many bits the mantissa has.
    pub(super) fn bits(&self) -> u32 {
        u32::try_from(self.mantissa.bits()).unwrap_or(u32::MAX)
    }

    /// The mantissa and the exponent.
    pub(super) const fn parts(&self) -> (&BigUint, i64) {
        (&self.mantissa, self.exponent)
    }

    pub(super) const fn is_negative(&self) -> bool {
        self.negative
    }

    pub(super) fn is_zero(&self) -> bool {
        self.mantissa == BigUint::ZERO
    }

    pub(super) const fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.magnitude() > MAX_EXPONENT
    }

    /// The value, if it is a whole number that fits; a negative zero does not.
    pub(super) fn to_i64(&self) -> Option<i64> {
        if self.exponent < 0 || self.magnitude() > 64 || (self.negative && self.is_zero()) {
            return None;
        }
        i64::try_from(self.to_integer()?).ok()
    }

    pub(super) fn to_integer(&self) -> Option<BigInt> {
        let exponent = u64::try_from(self.exponent).ok()?;
        Some(self.signed(&self.mantissa << exponent))
    }

    pub(super) fn to_f64(&self) -> f64 {
        const SMALLEST: i64 = -1074;
        // Below the normal range the last bit stands for 2^-1074, so fewer bits are left.
        let available = (self.magnitude() - SMALLEST).clamp(0, 53);
        let rounded = self.clone().round(u32::try_from(available).unwrap_or(53));
        let mut mantissa = 0.0_f64;
        for digit in rounded.mantissa.iter_u32_digits().collect::<Vec<_>>().into_iter().rev() {
            mantissa = mantissa * 4_294_967_296.0 + f64::from(digit);
        }
        let exponent = i32::try_from(rounded.exponent.clamp(-3000, 3000)).unwrap_or(0);
        // In two steps, as 2^exponent itself may lie outside the range of the result.
        let half = exponent / 2;
        let value = mantissa * 2.0_f64.powi(half) * 2.0_f64.powi(exponent - half);
        if self.negative { -value } else { value }
    }

    pub(super) fn negate(&self) -> Self {
        Self { negative: !self.negative, ..self.clone() }
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        if self.is_zero() && other.is_zero() {
            return Self { negative: self.negative && other.negative, ..Self::default() };
        }
        let (a, b, exponent) = self.align(other);
        let sum = self.signed(a) + other.signed(b);
        Self::new(sum.sign() == Sign::Minus, sum.into_parts().1, exponent)
    }

    pub(super) fn multiply(&self, other: &Self) -> Self {
        Self::new(
            self.negative != other.negative,
            &self.mantissa * &other.mantissa,
            self.exponent + other.exponent,
        )
    }

    pub(super) fn divide(&self, other: &Self, precision: u32) -> Self {
        Self::quotient(
            self.negative != other.negative,
            &self.mantissa,
            &other.mantissa,
            self.exponent - other.exponent,
            precision,
        )
    }

    /// Without the fraction.
    pub(super) fn truncate(&self) -> Self {
        match u64::try_from(-self.exponent) {
            Ok(fraction) => Self::new(self.negative, &self.mantissa >> fraction, 0),
            Err(_) => self.clone(),
        }
    }

    /// The largest whole number that is not larger.
    pub(super) fn floor(&self) -> BigInt {
        let whole = self.truncate().to_integer().unwrap_or_default();
        if self.negative && !self.is_integer() { whole - 1 } else { whole }
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let (a, b, _) = self.align(other);
        self.signed(a).cmp(&other.signed(b))
    }

    /// The exponent of the bit above the highest.
    fn magnitude(&self) -> i64 {
        self.exponent + signed(self.mantissa.bits())
    }

    fn align(&self, other: &Self) -> (BigUint, BigUint, i64) {
        let exponent = self.exponent.min(other.exponent);
        let shift =
            |float: &Self| &float.mantissa << u64::try_from(float.exponent - exponent).unwrap_or(0);
        (shift(self), shift(other), exponent)
    }

    fn signed(&self, magnitude: BigUint) -> BigInt {
        BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, magnitude)
    }
}

impl From<i64> for Float {
    fn from(value: i64) -> Self {
        Self::new(value < 0, BigUint::from(value.unsigned_abs()), 0)
    }
}

fn signed(bits: u64) -> i64 {
    i64::try_from(bits).unwrap_or(i64::MAX)
}
