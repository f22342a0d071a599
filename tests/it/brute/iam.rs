//! IAM's rules for one concrete request, written from the documents and without a look at the library.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::net::IpAddr;

/// What a request has for condition keys; names in lower case, no entry where the key is missing.
pub(crate) type Facts = HashMap<String, Vec<String>>;

/// Is a test of a condition true?
pub(crate) fn passes(
    operator: &str,
    key: &str,
    values: &[&str],
    facts: &Facts,
    variables: bool,
) -> bool {
    let (quantifier, rest) = match operator.split_once(':') {
        Some((quantifier, rest)) => (quantifier, rest),
        None => ("", operator),
    };
    let (name, if_exists) = match rest.strip_suffix("IfExists") {
        Some(name) => (name, true),
        None => (rest, false),
    };
    let present = facts.get(&key.to_lowercase());
    if name == "Null" {
        return values.iter().any(|value| (*value == "true") == present.is_none());
    }
    let negated = name.contains("Not");
    let Some(present) = present else {
        return match quantifier {
            _ if if_exists => true,
            "ForAllValues" => true,
            "ForAnyValue" => false,
            _ => negated,
        };
    };
    let name = name.replace("Not", "");
    let matches_any = |fact: &String| {
        values.iter().any(|value| match resolve(value, facts, variables) {
            Some(value) => compare(&name, &value, fact),
            None => false,
        })
    };
    match quantifier {
        "ForAllValues" => present.iter().all(|fact| matches_any(fact) != negated),
        "ForAnyValue" => present.iter().any(|fact| matches_any(fact) != negated),
        _ if negated => !present.iter().any(matches_any),
        _ => present.iter().any(matches_any),
    }
}

fn resolve(value: &str, facts: &Facts, variables: bool) -> Option<String> {
    if !variables || !value.contains("${") {
        return Some(value.to_owned());
    }
    let start = value.find("${")?;
    let end = start + value[start..].find('}')?;
    let fact = facts.get(&value[start + 2..end].to_lowercase())?.first()?;
    resolve(&format!("{}{fact}{}", &value[..start], &value[end + 1..]), facts, variables)
}

fn compare(operator: &str, value: &str, fact: &str) -> bool {
    match operator {
        "StringEquals" => value == fact,
        "StringEqualsIgnoreCase" => value.to_lowercase() == fact.to_lowercase(),
        "StringLike" => glob(value.as_bytes(), fact.as_bytes()),
        "ArnEquals" | "ArnLike" => like_arn(value, fact),
        "IpAddress" => in_range(value, fact),
        "Bool" => value == fact,
        _ if operator.starts_with("Numeric") => number(fact)
            .zip(number(value))
            .is_some_and(|(fact, value)| is_ordered(operator, fact.cmp(&value))),
        // All dates of these tests are in UTC and of one length.
        _ if operator.starts_with("Date") => is_ordered(operator, fact.cmp(value)),
        // What a request has is given in base64 too.
        "BinaryEquals" => value == fact,
        other => panic!("{other} is in no test"),
    }
}

/// Is a fact that compares so with the value one that the operator asks for?
fn is_ordered(operator: &str, order: Ordering) -> bool {
    let asked = operator.trim_start_matches("Numeric").trim_start_matches("Date");
    match asked {
        "Equals" => order.is_eq(),
        "LessThan" => order.is_lt(),
        "LessThanEquals" => order.is_le(),
        "GreaterThan" => order.is_gt(),
        "GreaterThanEquals" => order.is_ge(),
        other => panic!("{other} is in no test"),
    }
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// `*` is any run of characters, `?` is one.
pub(crate) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|skipped| glob(rest, &text[skipped..])),
        [one, rest @ ..] => {
            text.first().is_some_and(|first| *one == b'?' || one == first) && glob(rest, &text[1..])
        }
    }
}

/// Each of the six fields is matched by itself.
fn like_arn(pattern: &str, arn: &str) -> bool {
    let fields = |text: &str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (patterns, fields) = (fields(pattern), fields(arn));
    pattern == "*"
        || (patterns.len() == 6
            && fields.len() == 6
            && patterns
                .iter()
                .zip(&fields)
                .all(|(pattern, field)| glob(pattern.as_bytes(), field.as_bytes())))
}

fn in_range(range: &str, address: &str) -> bool {
    let (net, length) =
        range.split_once('/').map_or((range, None), |(net, length)| (net, Some(length)));
    let bits = |text: &str| match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => Some((32_u32, u128::from(v4.to_bits()))),
        IpAddr::V6(v6) => Some((128, v6.to_bits())),
    };
    let (Some((width, net)), Some((other, address))) = (bits(net), bits(address)) else {
        return false;
    };
    let length: u32 = length.map_or(width, |length| length.parse().unwrap());
    width == other && (length == 0 || (net ^ address) >> (width - length) == 0)
}
