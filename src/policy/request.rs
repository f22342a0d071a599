//! Concrete requests, and whether tests are true for them: [`Request`].
//!
//! IAM User Guide, "IAM JSON policy elements: Condition operators" and "Creating a condition with multiple keys or
//! values".

use std::collections::BTreeMap;

use super::condition::Test;
use super::operator::{Base, Comparison, Matching, Operator, Quantifier};
use super::text::{arn_fields, has_variable};
use super::value::{Language, range};
use super::wildcard;
use crate::date::Date;

/// What a request has for condition keys; names in lower case. A key without values is not in the request.
#[derive(Clone, Default)]
pub(super) struct Request {
    facts: BTreeMap<String, Vec<String>>,
}

impl Request {
    /// Sets what the request has for a key.
    pub(super) fn set(&mut self, key: &str, values: Vec<String>) {
        self.facts.insert(key.to_ascii_lowercase(), values);
    }

    /// What the request has for a key.
    pub(super) fn get(&self, key: &str) -> &[String] {
        self.find(key).unwrap_or_default()
    }

    /// The same; `None` where nothing was set.
    pub(super) fn find(&self, key: &str) -> Option<&[String]> {
        self.facts.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }

    /// Is the test true? `None` where parts of it can't be known.
    pub(super) fn passes(&self, test: &Test<'_>, language: Language<'_>) -> Option<bool> {
        let operator = test.operator?;
        let has = self.get(test.key_name);
        if operator.base == Base::Null {
            let wanted = test.known_values()?;
            return Some(
                wanted.iter().any(|value| value.eq_ignore_ascii_case("true") == has.is_empty()),
            );
        }
        if has.is_empty() {
            let true_without = operator.if_exists || operator.quantifier == Quantifier::ForAll;
            let false_without = operator.quantifier == Quantifier::ForAny;
            return Some(true_without || (operator.is_negated() && !false_without));
        }
        let values: Vec<String> = test
            .known_values()?
            .into_iter()
            .map(|value| self.resolve(value, language))
            .collect::<Option<_>>()?;
        let passes = |fact: &String| {
            values.iter().any(|value| matches(operator, value, fact)) != operator.is_negated()
        };
        Some(match operator.quantifier {
            Quantifier::ForAll => has.iter().all(passes),
            Quantifier::Single | Quantifier::ForAny => has.iter().any(passes),
        })
    }

    /// The value with its policy variables replaced; `None` where that is not possible.
    pub(super) fn resolve(&self, value: &str, language: Language<'_>) -> Option<String> {
        match (language, has_variable(value)) {
            (Language::Unknown(_), true) => return None,
            (Language::WithVariables, true) => {}
            (_, false) | (Language::WithoutVariables, _) => return Some(value.to_owned()),
        }
        let mut resolved = String::new();
        let mut rest = value;
        while let Some((literal, tail)) = rest.split_once("${") {
            let (name, tail) = tail.split_once('}')?;
            let [fact] = self.get(name.trim()) else { return None };
            resolved.push_str(literal);
            resolved.push_str(fact);
            rest = tail;
        }
        resolved.push_str(rest);
        Some(resolved)
    }
}

/// Does the request's value match that of the policy?
fn matches(operator: Operator, value: &str, fact: &str) -> bool {
    match operator.base {
        Base::Text { matching, .. } => match matching {
            Matching::Exact => value == fact,
            Matching::ExactIgnoringCase => value.eq_ignore_ascii_case(fact),
            Matching::Like => wildcard::matches(value, fact),
            Matching::Arn => matches_by_field(value, fact),
        },
        Base::Address { .. } => is_within(value, fact),
        Base::Bool => value.eq_ignore_ascii_case(fact),
        Base::Binary => value == fact,
        // "Not equal" is the negation of "equal".
        Base::Number(order) => number(value)
            .zip(number(fact))
            .is_some_and(|(value, fact)| in_order(order, fact, value)),
        Base::Date(order) => moment(value)
            .zip(moment(fact))
            .is_some_and(|(value, fact)| in_order(order, fact, value)),
        Base::Null => false,
    }
}

/// `ArnLike`: the six fields one by one.
fn matches_by_field(pattern: &str, arn: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (Some(patterns), Some(fields)) = (arn_fields(pattern), arn_fields(arn)) else {
        return false;
    };
    patterns.into_iter().zip(fields).all(|(pattern, field)| wildcard::matches(pattern, field))
}

/// Is the address in the range?
pub(super) fn is_within(net: &str, address: &str) -> bool {
    let (Some((net, length)), Some((address, _))) = (range(net), range(address)) else {
        return false;
    };
    match (net, address) {
        (core::net::IpAddr::V4(net), core::net::IpAddr::V4(address)) => {
            (net.to_bits() ^ address.to_bits()).leading_zeros() >= u32::from(length)
        }
        (core::net::IpAddr::V6(net), core::net::IpAddr::V6(address)) => {
            (net.to_bits() ^ address.to_bits()).leading_zeros() >= u32::from(length)
        }
        _ => false,
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// A moment as its day and the second of it.
pub(super) fn moment(text: &str) -> Option<(Date, u32)> {
    if let Ok(seconds) = text.parse::<u64>() {
        let (days, second) =
            (u32::try_from(seconds / 86_400).ok()?, u32::try_from(seconds % 86_400).ok()?);
        return Some((Date::from_days_since_1970(days)?, second));
    }
    let (day, time) = text.split_at_checked(10)?;
    let day = day.parse().ok()?;
    let Some(time) = time.strip_prefix('T').and_then(|time| time.strip_suffix('Z')) else {
        return time.is_empty().then_some((day, 0));
    };
    let second = time.split(':').try_fold(0_u32, |sum, part| {
        let part: u32 = part.split('.').next()?.parse().ok()?;
        sum.checked_mul(60)?.checked_add(part)
    })?;
    Some((day, second))
}

fn in_order<T: PartialOrd>(order: Comparison, fact: T, value: T) -> bool {
    match order {
        Comparison::Equals | Comparison::NotEquals => fact == value,
        Comparison::Less => fact < value,
        Comparison::LessOrEquals => fact <= value,
        Comparison::Greater => fact > value,
        Comparison::GreaterOrEquals => fact >= value,
    }
}
