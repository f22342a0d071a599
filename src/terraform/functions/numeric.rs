//! The functions over numbers.

use num_bigint::BigInt;

use super::invocation::{Invocation, error};
use super::signature::{Function, Kind, Outcome, Parameter, any, number};
use super::{FunctionError, double};
use crate::number::Number;
use crate::terraform::convert::convert;
use crate::value::{Data, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("abs", &[number("num")], Kind::Number, |call| rounded(call, Number::absolute)),
    Function::new("ceil", &[number("num")], Kind::Number, |call| rounded(call, Number::ceil)),
    Function::new("floor", &[number("num")], Kind::Number, |call| rounded(call, Number::floor)),
    Function::new("log", &[number("num"), number("base")], Kind::Number, logarithm),
    Function::new("max", &[], Kind::Number, |call| extreme(call, Number::gt))
        .rest(number("numbers")),
    Function::new("min", &[], Kind::Number, |call| extreme(call, Number::lt))
        .rest(number("numbers")),
    Function::new(
        "parseint",
        &[any("number").unknown(), number("base")],
        Kind::Number,
        parse_integer,
    ),
    Function::new("pow", &[number("num"), number("power")], Kind::Number, power),
    Function::new("range", &[], Kind::ListOfNumber, range).rest(number("params")),
    Function::new("signum", &[number("num")], Kind::Number, sign),
    Function::new("sum", &[ADDENDS], Kind::Number, sum),
];

const ADDENDS: Parameter = any("list").unknown();

/// Terraform makes no longer ranges.
const MAX_RANGE: usize = 1024;
/// No longer numbers are read, in digits.
const MAX_DIGITS: usize = 10_000;

fn rounded(call: &Invocation<'_>, change: fn(&Number) -> Number) -> Outcome {
    let argument = call.argument(0)?;
    Ok(Value::number(change(call.number(0)?), call.origin_of(argument)))
}

fn result(call: &Invocation<'_>, number: Number) -> Outcome {
    Ok(Value::number(number, call.origin()))
}

/// Computed in double precision, as Terraform does.
fn logarithm(call: &Invocation<'_>) -> Outcome {
    in_double(call, double::ln(call.number(0)?.to_f64()) / double::ln(call.number(1)?.to_f64()))
}

/// Computed in double precision, as Terraform does.
fn power(call: &Invocation<'_>) -> Outcome {
    in_double(call, double::pow(call.number(0)?.to_f64(), call.number(1)?.to_f64()))
}

fn in_double(call: &Invocation<'_>, value: f64) -> Outcome {
    let number =
        Number::from_f64(value).ok_or_else(|| call.failure("the result is not a number"))?;
    result(call, number)
}

fn sign(call: &Invocation<'_>) -> Outcome {
    result(call, Number::from(call.integer(0)?.signum()))
}

fn extreme(call: &Invocation<'_>, wins: fn(&Number, &Number) -> bool) -> Outcome {
    let mut best: Option<&Number> = None;
    for index in 0..call.arguments.len() {
        let number = call.number(index)?;
        if best.is_none_or(|best| wins(number, best)) {
            best = Some(number);
        }
    }
    let best = best.ok_or_else(|| call.failure("at least one number is required"))?;
    result(call, best.clone())
}

fn parse_integer(call: &Invocation<'_>) -> Outcome {
    let base = call.integer(1)?;
    let Some(base) = u32::try_from(base).ok().filter(|base| (2..=62).contains(base)) else {
        return Err(error(1, "it must be between 2 and 62"));
    };
    let argument = call.argument(0)?;
    let ty = argument.ty();
    if !matches!(ty, Type::String | Type::Dynamic) {
        return Err(error(0, format!("a string is required, but this is {ty}")));
    }
    let Some(text) = argument.as_text() else {
        return Ok(call.unknown(Type::Number, [argument]));
    };
    match parse_digits(&text, base) {
        Some(integer) => result(call, Number::from_integer(&integer)),
        None => Err(error(0, format!("`{text}` is not a whole number in base {base}"))),
    }
}

/// Letters are digits from 10 on; beyond base 36, lower case stands for 10 to 35 and upper case for 36 to 61.
fn parse_digits(text: &str, base: u32) -> Option<BigInt> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    let mut value = BigInt::ZERO;
    for c in digits.chars() {
        let digit = match c {
            'A'..='Z' if base > 36 => c.to_digit(36)? + 26,
            _ => c.to_digit(36)?,
        };
        if digit >= base {
            return None;
        }
        value = value * base + digit;
    }
    Some(if negative { -value } else { value })
}

fn range(call: &Invocation<'_>) -> Outcome {
    let zero = Number::from(0);
    let (start, end) = match call.arguments.len() {
        1 => (&zero, call.number(0)?),
        2 | 3 => (call.number(0)?, call.number(1)?),
        _ => return Err(call.failure("one, two or three numbers are required")),
    };
    let down = end < start;
    let step = match call.arguments.len() {
        3 => call.number(2)?.clone(),
        _ => Number::from(if down { -1 } else { 1 }),
    };
    if start != end && !step.is_zero() && down != step.is_negative() {
        return Err(error(2, "the step leads away from the end"));
    }
    let mut items = Vec::new();
    let mut next = start.clone();
    while if down { next > *end } else { next < *end } {
        if items.len() == MAX_RANGE {
            return Err(call.failure(format!("it gives more than {MAX_RANGE} numbers")));
        }
        items.push(Value::number(next.clone(), call.origin()));
        next = next.add(&step).ok_or_else(|| call.failure("the step must be a number"))?;
    }
    Ok(Value::list(Type::Number, items, call.origin()))
}

fn sum(call: &Invocation<'_>) -> Outcome {
    let argument = call.argument(0)?;
    let Some(items) = argument.items() else {
        return match argument.ty() {
            Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_) => {
                Ok(call.unknown(Type::Number, [argument]))
            }
            other => {
                Err(error(0, format!("a list, a set or a tuple is required, but this is {other}")))
            }
        };
    };
    if items.is_empty() {
        return Err(error(0, "it must not be empty"));
    }
    if !argument.is_wholly_known() {
        return Ok(call.unknown(Type::Number, [argument]));
    }
    let mut total = Number::from(0);
    for (index, item) in items.iter().enumerate() {
        total = total
            .add(&addend(item, index)?)
            .ok_or_else(|| call.failure("the sum is not a number"))?;
    }
    result(call, total)
}

fn addend(item: &Value, index: usize) -> Result<Number, FunctionError> {
    let wrong = || error(0, format!("element {index} is not a number"));
    match convert(item.clone(), &Type::Number).map_err(|_| wrong())?.data {
        Data::Number(number) => Ok(number),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_digits;

    #[test]
    fn digits_are_read_in_any_base() {
        for (text, base, value) in
            [("ff", 16, 255), ("FF", 16, 255), ("-101", 2, -5), ("zZ", 62, 2231), ("+7", 8, 7)]
        {
            assert_eq!(parse_digits(text, base), Some(value.into()), "{text}");
        }
        for (text, base) in
            [("", 10), ("-", 10), ("1_0", 10), (" 1", 10), ("2", 2), ("z", 10), ("é", 36)]
        {
            assert_eq!(parse_digits(text, base), None, "{text}");
        }
    }
}
