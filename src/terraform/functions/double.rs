//! `log` and `pow` in double precision as Go computes them, and so Terraform: the last digits of a
//! better result differs.

use std::f64::consts::SQRT_2;

/// The natural logarithm by the method of FreeBSD's `e_log.c`: x = 2^k·(1+f), and log(1+f) by a polynomial in
/// f / (2+f).
pub(super) fn ln(x: f64) -> f64 {
    const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const L: [f64; 7] = [
        0.666_666_666_666_673_5,
        0.399_999_999_994_094_2,
        0.285_714_287_436_623_9,
        0.222_221_984_321_497_84,
        0.181_835_721_616_180_5,
        0.153_138_376_992_093_73,
        0.147_981_986_051_165_86,
    ];
    if !x.is_finite() || x <= 0.0 {
        return x.ln();
    }
    let (mut mantissa, mut exponent) = split(x);
    if mantissa < SQRT_2 / 2.0 {
        mantissa *= 2.0;
        exponent -= 1;
    }
    let (f, k) = (mantissa - 1.0, f64::from(exponent));
    let [l1, l2, l3, l4, l5, l6, l7] = L;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (l1 + s4 * (l3 + s4 * (l5 + s4 * l7)));
    let even = s4 * (l2 + s4 * (l4 + s4 * l6));
    let half_square = 0.5 * f * f;
    k * LN2_HIGH - ((half_square - (s * (half_square + (odd + even)) + k * LN2_LOW)) - f)
}

/// A power: the whole part of the exponent by squaring, what is left by way of the logarithm.
pub(super) fn pow(x: f64, y: f64) -> f64 {
    const MAX_WHOLE: f64 = 9_223_372_036_854_775_808.0;
    let (mut whole, mut fraction) = (y.abs().trunc(), y.abs().fract());
    let easy = x == 0.0 || x == 1.0 || x == -1.0 || y == 0.0 || y.abs() == 0.5;
    if easy
        || !x.is_finite()
        || !y.is_finite()
        || whole >= MAX_WHOLE
        || (fraction != 0.0 && x < 0.0)
    {
        return x.powf(y);
    }
    let mut result = 1.0;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        result = (fraction * ln(x)).exp();
    }
    let mut exponent: i32 = 0;
    let (mut square, mut square_exponent) = split(x);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole, positive and below 2^63"
    )]
    let mut left = whole as u64;
    while left != 0 {
        if square_exponent.abs() > 1 << 12 {
            // Far beyond what a double can hold.
            exponent += square_exponent;
            break;
        }
        if left & 1 == 1 {
            result *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent *= 2;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        left >>= 1;
    }
    if y < 0.0 { scale(1.0 / result, -exponent) } else { scale(result, exponent) }
}

/// `x` as a mantissa from 0.5 (inclusive) to 1 and a power of two.
fn split(x: f64) -> (f64, i32) {
    const EXPONENT: u64 = 0x7FF << 52;
    // A subnormal number has no exponent of its own.
    let (x, shift) =
        if x.abs() < f64::MIN_POSITIVE { (x * 4_503_599_627_370_496.0, 52) } else { (x, 0) };
    let biased = i32::try_from((x.to_bits() & EXPONENT) >> 52).unwrap_or(0);
    (f64::from_bits(x.to_bits() & !EXPONENT | 1022 << 52), biased - 1022 - shift)
}

/// `x · 2^exponent`, in steps that stay in range.
fn scale(x: f64, exponent: i32) -> f64 {
    let mut scaled = x;
    let mut left = exponent.clamp(-3000, 3000);
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        scaled *= 2.0_f64.powi(step);
        left -= step;
    }
    scaled
}

#[cfg(test)]
mod tests {
    use super::{ln, pow};

    #[test]
    fn the_last_digit_is_that_of_go() {
        assert_eq!(ln(16.0) / ln(3.0), 2.523_719_014_285_83);
        assert_eq!(ln(27.0) / ln(3.0), 3.000_000_000_000_000_4);
        assert_eq!(pow(1.1, 10.0), 2.593_742_460_100_002);
        assert_eq!((pow(2.0, -1.0), pow(10.0, 20.0), pow(-8.0, 3.0)), (0.5, 1e20, -512.0));
    }

    #[test]
    fn the_ends_of_the_range_are_kept() {
        assert_eq!(pow(10.0, 400.0), f64::INFINITY);
        assert_eq!(pow(10.0, -400.0), 0.0);
        assert_eq!((pow(0.0, 0.0), pow(0.0, -1.0)), (1.0, f64::INFINITY));
        assert!(pow(-8.0, 0.5).is_nan() && ln(-1.0).is_nan());
        assert_eq!((ln(0.0), ln(1.0)), (f64::NEG_INFINITY, 0.0));
        assert!((ln(5e-324) - 5e-324_f64.ln()).abs() < 1e-9);
    }
}
