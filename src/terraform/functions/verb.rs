//! The verbs of `format`: `%s`, `%05d`, `%-8.2f`, `%[2]q`. They follow Go's `fmt` package for numbers; width and
//! precision of texts are counted in characters as people see them.

use std::ops::Range;

use num_bigint::{BigInt, Sign};
use unicode_segmentation::UnicodeSegmentation;

use crate::number::{Decimal, Number};
use crate::terraform::convert::convert;
use crate::value::{Type, Value, escape_json};

/// A part of a format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// Text, as bytes of the format.
    Text(Range<usize>),
    Verb(Verb),
}

/// One verb.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Verb {
    /// As it is written.
    pub(super) raw: String,
    /// Which argument it formats, counted from 0.
    pub(super) argument: usize,
    pub(super) letter: char,
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// No text is padded to more characters, and no number has more digits behind the point.
const MAX_WIDTH: usize = 4096;

/// Reads a format.
pub(super) fn parse(format: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut next_argument = 0;
    let mut start = 0;
    while let Some(offset) = format.get(start..).and_then(|rest| rest.find('%')) {
        let at = start + offset;
        parts.push(Part::Text(start..at));
        let rest = format.get(at + 1..).unwrap_or_default();
        if rest.starts_with('%') {
            parts.push(Part::Text(at..at + 1));
            start = at + 2;
            continue;
        }
        let (mut verb, length) = parse_verb(rest, next_argument)?;
        next_argument = verb.argument + 1;
        start = at + 1 + length;
        verb.raw = format.get(at..start).unwrap_or_default().to_owned();
        parts.push(Part::Verb(verb));
    }
    parts.push(Part::Text(start..format.len()));
    Ok(parts)
}

/// Reads a verb behind its `%`, and tells how many bytes it has.
fn parse_verb(text: &str, argument: usize) -> Result<(Verb, usize), String> {
    let mut verb = Verb { argument, ..Verb::default() };
    let mut rest = text;
    while let Some((flag, after)) = split_first(rest) {
        match flag {
            '0' => verb.zero = true,
            '#' => verb.sharp = true,
            '+' => verb.plus = true,
            '-' => verb.minus = true,
            ' ' => verb.space = true,
            _ => break,
        }
        rest = after;
    }
    (verb.width, rest) = digits(rest)?;
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = digits(after)?;
        verb.precision = Some(precision.unwrap_or(0));
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (index, after) = digits(after)?;
        let closed = after.strip_prefix(']');
        match (index.and_then(|index| index.checked_sub(1)), closed) {
            (Some(index), Some(after)) => (verb.argument, rest) = (index, after),
            _ => {
                return Err(
                    "`[` must be followed by the number of an argument, from 1, and `]`".to_owned()
                );
            }
        }
    }
    match split_first(rest) {
        Some((letter, after)) if letter.is_ascii_alphabetic() => {
            if !"vtbdoxXeEfgGsq".contains(letter) {
                return Err(format!("`%{letter}` is not a verb"));
            }
            verb.letter = letter;
            Ok((verb, text.len() - after.len()))
        }
        Some((other, _)) => Err(format!("`{other}` can't follow `%`")),
        None => Err("it ends within a verb".to_owned()),
    }
}

fn split_first(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    chars.next().map(|first| (first, chars.as_str()))
}

/// A number at the beginning, if there is one.
fn digits(text: &str) -> Result<(Option<usize>, &str), String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    match digits.parse() {
        Ok(number) if number <= MAX_WIDTH => Ok((Some(number), rest)),
        _ => Err(format!("`{digits}` is more than {MAX_WIDTH}")),
    }
}

impl Verb {
    /// Does it write a text as it stands?
    pub(super) const fn is_plain_string(&self) -> bool {
        let plain = self.width.is_none() && !self.sharp;
        matches!((self.letter, self.precision), ('s', None | Some(0)) | ('v', _)) && plain
    }

    /// The text of a value that is wholly known, and null only for `%v`.
    pub(super) fn format(&self, value: &Value) -> Result<String, String> {
        let converted = |ty| convert(value.clone(), &ty);
        match self.letter {
            'v' => self.format_any(value),
            't' => match converted(Type::Bool)?.as_bool() {
                Some(value) => Ok(value.to_string()),
                None => Err("a bool is required".to_owned()),
            },
            's' | 'q' => {
                let converted = converted(Type::String)?;
                let text = converted.as_text().ok_or("a string is required")?;
                let text = self.shorten(&text);
                if self.letter == 's' {
                    return Ok(self.pad(text.to_owned()));
                }
                let mut quoted = String::new();
                escape_json(text, &mut quoted);
                Ok(self.pad(quoted))
            }
            letter => {
                let converted = converted(Type::Number)?;
                let number = converted.as_number().ok_or("a number is required")?;
                match letter {
                    'b' | 'd' | 'o' | 'x' | 'X' => {
                        let integer = number.to_integer().ok_or("a whole number is required")?;
                        Ok(self.format_integer(&integer))
                    }
                    _ => Ok(self.format_float(number)),
                }
            }
        }
    }

    /// `%v`: a text or a number in its own form, anything else as JSON.
    fn format_any(&self, value: &Value) -> Result<String, String> {
        if !self.sharp {
            if let Some(text) = value.as_text() {
                return Ok(self.pad(text.into_owned()));
            }
            if let Some(number) = value.as_number() {
                let text = match number.to_shortest_decimal() {
                    Some(decimal) if number.is_negative() => {
                        format!("-{}", general(&decimal, None, 'e'))
                    }
                    Some(decimal) => general(&decimal, None, 'e'),
                    None => number.to_string(),
                };
                return Ok(self.pad(text));
            }
        }
        let json = value.to_json().ok_or("it has no JSON form")?;
        Ok(self.pad(json))
    }

    /// The first characters, where a precision limits them. A precision of 0 is none.
    fn shorten<'t>(&self, text: &'t str) -> &'t str {
        let Some(limit) = self.precision.filter(|precision| *precision > 0) else { return text };
        match text.grapheme_indices(true).nth(limit) {
            Some((end, _)) => text.get(..end).unwrap_or(text),
            None => text,
        }
    }

    fn pad(&self, text: String) -> String {
        let missing =
            self.width.map_or(0, |width| width.saturating_sub(text.graphemes(true).count()));
        let padding = if self.zero { "0" } else { " " }.repeat(missing);
        if self.minus { text + &padding } else { padding + &text }
    }

    const fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }

    fn format_integer(&self, value: &BigInt) -> String {
        let (radix, prefix) = match self.letter {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let mut digits = value.magnitude().to_str_radix(radix);
        if self.letter == 'X' {
            digits.make_ascii_uppercase();
        }
        if digits == "0" && self.precision == Some(0) {
            return String::new();
        }
        let zeros = self.precision.map_or(0, |precision| precision.saturating_sub(digits.len()));
        let prefix = if self.sharp { prefix } else { "" };
        let sign = format!("{}{prefix}", self.sign(value.sign() == Sign::Minus));
        self.pad_number(&sign, &format!("{}{digits}", "0".repeat(zeros)), self.precision.is_none())
    }

    /// As Go formats a number with an exponent or a fraction; 6 digits behind the point unless told otherwise.
    fn format_float(&self, number: &Number) -> String {
        let sign = self.sign(number.is_negative());
        let Some(exact) = number.to_decimal() else {
            let sign = if sign.is_empty() { "+" } else { sign };
            return self.pad_number(sign, "Inf", false);
        };
        let digits = match self.letter {
            'f' => fixed(&exact, self.precision.unwrap_or(6)),
            'e' | 'E' => scientific(&exact, self.precision.unwrap_or(6), self.letter),
            letter => {
                let exponent = if letter == 'G' { 'E' } else { 'e' };
                match self.precision {
                    Some(precision) => general(&exact, Some(precision.max(1)), exponent),
                    None => {
                        general(&number.to_shortest_decimal().unwrap_or_default(), None, exponent)
                    }
                }
            }
        };
        self.pad_number(sign, &digits, true)
    }

    fn pad_number(&self, sign: &str, digits: &str, zeros_allowed: bool) -> String {
        let missing = self.width.map_or(0, |width| width.saturating_sub(sign.len() + digits.len()));
        if self.minus {
            format!("{sign}{digits}{}", " ".repeat(missing))
        } else if self.zero && zeros_allowed {
            format!("{sign}{}{digits}", "0".repeat(missing))
        } else {
            format!("{}{sign}{digits}", " ".repeat(missing))
        }
    }
}

/// With exactly so many digits behind the point.
fn fixed(decimal: &Decimal, places: usize) -> String {
    let digits = decimal.point + i64::try_from(places).unwrap_or(i64::MAX);
    match usize::try_from(digits) {
        Ok(digits) => decimal.clone().round(digits).to_fixed(places),
        Err(_) => Decimal::default().to_fixed(places),
    }
}

/// `d.ddde±dd`, with so many digits behind the point.
fn scientific(decimal: &Decimal, places: usize, letter: char) -> String {
    let rounded = decimal.clone().round(places + 1);
    let exponent = if rounded.digits.is_empty() { 0 } else { rounded.point - 1 };
    let mantissa =
        Decimal { point: i64::from(!rounded.digits.is_empty()), ..rounded }.to_fixed(places);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}{letter}{sign}{:02}", exponent.unsigned_abs())
}

/// With so many digits in all, or those that are there; with an exponent where that is below -4 or too large.
fn general(decimal: &Decimal, precision: Option<usize>, letter: char) -> String {
    let rounded = match precision {
        Some(precision) => decimal.clone().round(precision),
        None => decimal.clone(),
    };
    let count = i64::try_from(rounded.digits.len()).unwrap_or(i64::MAX);
    let limit = match precision.and_then(|precision| i64::try_from(precision).ok()) {
        None => 6,
        Some(precision) if precision > count && count >= rounded.point => count,
        Some(precision) => precision,
    };
    let exponent = if count == 0 { 0 } else { rounded.point - 1 };
    if exponent < -4 || exponent >= limit.max(1) {
        return scientific(&rounded, rounded.digits.len().saturating_sub(1), letter);
    }
    rounded.to_plain()
}

#[cfg(test)]
mod tests {
    use super::{Part, parse};
    use crate::number::Number;
    use crate::origin::Origin;
    use crate::source::{Sources, Span};
    use crate::value::Value;

    fn format(verb: &str, number: &str) -> String {
        let origin = Origin::at(Span::new(Sources::new().add("x", *b""), 0, 0));
        let value = Value::number(Number::parse(number).unwrap(), origin);
        let parts = parse(verb).unwrap();
        let verb = parts.iter().find_map(|part| match part {
            Part::Verb(verb) => Some(verb),
            Part::Text(_) => None,
        });
        verb.unwrap().format(&value).unwrap()
    }

    #[test]
    fn whole_numbers_are_written_as_go_does() {
        for (verb, number, expected) in [
            ("%05d", "-42", "-0042"),
            ("%-5d", "42", "42   "),
            ("%+d", "5", "+5"),
            ("% d", "5", " 5"),
            ("%+.3d", "5", "+005"),
            ("%#x", "255", "0xff"),
            ("%X", "-255", "-FF"),
            ("%#o", "8", "010"),
            ("%b", "5", "101"),
            ("%.d", "0", ""),
        ] {
            assert_eq!(format(verb, number), expected, "{verb} of {number}");
        }
    }

    #[test]
    fn fractions_are_written_as_go_does() {
        for (verb, number, expected) in [
            ("%f", "1.5", "1.500000"),
            ("%.0f", "0.5", "0"),
            ("%.0f", "1.5", "2"),
            ("%08.3f", "3.14159", "0003.142"),
            ("%.2f", "0.001", "0.00"),
            ("%.2f", "0.005", "0.00"),
            ("%e", "0.00012345", "1.234500e-04"),
            ("%.3e", "0", "0.000e+00"),
            ("%g", "1000000", "1e+06"),
            ("%g", "123456", "123456"),
            ("%g", "0.00001", "1e-05"),
            ("%.3g", "1234567", "1.23e+06"),
            ("%.10g", "1234567", "1234567"),
            ("%G", "1e-10", "1E-10"),
            ("%5v", "1234567", "1.234567e+06"),
            ("%5v", "-1.5", " -1.5"),
            ("%v", "Inf", "+Inf"),
        ] {
            assert_eq!(format(verb, number), expected, "{verb} of {number}");
        }
    }

    #[test]
    fn verbs_may_choose_their_argument() {
        let arguments = |text: &str| -> Vec<usize> {
            let parts = parse(text).unwrap();
            let verbs = parts.iter().filter_map(|part| match part {
                Part::Verb(verb) => Some(verb.argument),
                Part::Text(_) => None,
            });
            verbs.collect()
        };
        assert_eq!(arguments("%[2]s%s%[1]d"), [1, 2, 0]);
        for wrong in ["%", "a%5", "%!", "%[0]s", "%[1s", "%[]s", "%y", "%é", "%5000s"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
