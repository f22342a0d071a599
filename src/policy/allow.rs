//! What a test does to strangers in an Allow whose principal is everyone: [`Ruling`].

use super::condition::{Conditions, Test};
use super::key::{Class, Openness, Presence};
use super::operator::{Base, Comparison as Order, Operator, Quantifier};
use super::request::moment;
use super::text::{At, Content, Item, items};
use super::value::{Language, Matchers, Opening, Verdict, content};
use super::verdict::{ClosingTest, FailingTest};
use crate::date::Date;
use crate::origin::{Origin, Why};

/// How much a test restricts; a later one more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Strength {
    /// Strangers pass it.
    Weak,
    /// Only AWS services pass it, on behalf of anyone.
    Service,
    /// No stranger passes it.
    Restrict,
}

/// What a test does to strangers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ruling<'a> {
    /// With the completion of unknown parts that lets in most.
    pub(super) least: Strength,
    /// With the completion that lets in least.
    pub(super) most: Strength,
    pub(super) reason: Reason,
    pub(super) why: Option<&'a Why>,
}

/// Why a test does what it does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reason {
    /// Its values are fixed.
    Fixed,
    /// Nobody passes it.
    Dead,
    /// Its key restricts nobody.
    Open(Openness),
    /// Its values let strangers in.
    Values,
    /// It is true when the key is missing.
    MissingKey,
    /// It lets in all that do not match.
    Negated,
    /// It has no value.
    NoValue,
    /// Any customer can cause an AWS service to pass it.
    AnyService,
    /// It asks only whether the key is there.
    Presence,
    /// The operator does not fit the key.
    Operator,
}

impl<'a> Ruling<'a> {
    const fn exactly(strength: Strength, reason: Reason) -> Self {
        Self { least: strength, most: strength, reason, why: None }
    }

    /// Rules on one of the tests of `conditions`. `today` is for dates that have passed.
    pub(super) fn on(
        test: &Test<'a>,
        conditions: &Conditions<'a>,
        language: Language<'a>,
        today: Option<Date>,
    ) -> Self {
        let Some(operator) = test.operator else {
            return Self::exactly(Strength::Weak, Reason::Operator);
        };
        let with_key = match operator.base {
            Base::Null => return on_presence(test),
            _ if operator.is_negated() => return on_negation(test, operator),
            Base::Bool => on_flag(test),
            Base::Date(order) => on_date(test, order, today),
            Base::Number(_) | Base::Binary => {
                Self::exactly(Strength::Weak, open_or(test, Reason::Operator))
            }
            Base::Text { .. } | Base::Address { .. } => on_values(test, language),
        };
        if !test.passes_without_key() || with_key.most == Strength::Weak {
            return with_key;
        }
        let without_key = match test.key.presence {
            Presence::Always => with_key,
            // A service has no ARN, so that it passes.
            Presence::IamCaller => Self {
                least: with_key.least.min(Strength::Service),
                most: with_key.most.min(Strength::Service),
                reason: Reason::MissingKey,
                ..with_key
            },
            Presence::ServiceCall | Presence::Sometimes | Presence::Never => {
                Self::exactly(Strength::Weak, Reason::MissingKey)
            }
        };
        let guard = conditions.guards(test.key_name);
        match (guard.least, guard.most) {
            (true, _) => with_key,
            (false, true) => {
                Self { most: with_key.most, why: guard.why.or(with_key.why), ..without_key }
            }
            (false, false) => without_key,
        }
    }
}

fn open_or(test: &Test<'_>, reason: Reason) -> Reason {
    match test.key.class {
        Class::Open(openness) => Reason::Open(openness),
        _ => reason,
    }
}

/// `Null`: of services alone it is known that they have a source and a name.
fn on_presence<'a>(test: &Test<'a>) -> Ruling<'a> {
    match test.key.presence {
        Presence::ServiceCall => service_if_all(test, "false", Reason::Presence),
        Presence::Always | Presence::IamCaller | Presence::Sometimes | Presence::Never => {
            Ruling::exactly(Strength::Weak, Reason::Presence)
        }
    }
}

/// A negated test lets in all that do not match. `ForAnyValue` needs the key, and only services have a source.
fn on_negation<'a>(test: &Test<'a>, operator: Operator) -> Ruling<'a> {
    let needs_key = operator.quantifier == Quantifier::ForAny && !operator.if_exists;
    match needs_key && test.key.is_source() {
        true => Ruling::exactly(Strength::Service, Reason::AnyService),
        false => Ruling::exactly(Strength::Weak, open_or(test, Reason::Negated)),
    }
}

/// `Bool`
fn on_flag<'a>(test: &Test<'a>) -> Ruling<'a> {
    match test.key.class {
        Class::Service => service_if_all(test, "true", Reason::Negated),
        _ => Ruling::exactly(Strength::Weak, open_or(test, Reason::Operator)),
    }
}

/// Only services pass if all values are `wanted`; otherwise strangers do, for the reason `else_why`.
fn service_if_all<'a>(test: &Test<'a>, wanted: &str, else_why: Reason) -> Ruling<'a> {
    let is_wanted = test.all_values_are(wanted);
    let strength =
        |services_only: bool| if services_only { Strength::Service } else { Strength::Weak };
    Ruling {
        least: strength(is_wanted.least),
        most: strength(is_wanted.most),
        reason: if is_wanted.least { Reason::AnyService } else { else_why },
        why: is_wanted.why,
    }
}

/// A date closes a statement only when it has passed.
fn on_date<'a>(test: &Test<'a>, order: Order, today: Option<Date>) -> Ruling<'a> {
    let is_upper_bound = matches!(order, Order::Less | Order::LessOrEquals | Order::Equals);
    let is_now = test.key.class == Class::Open(Openness::Time);
    let open = Ruling::exactly(Strength::Weak, open_or(test, Reason::Operator));
    let (true, true, Some(today)) = (is_upper_bound, is_now, today) else { return open };
    let (mut count, mut why) = (0, None);
    for item in items(test.values) {
        count += 1;
        match content(item.node) {
            Content::Known(text) if moment(text).is_some_and(|(day, _)| day < today) => {}
            Content::Known(_) | Content::Other => return open,
            Content::Unknown(reason) => why = Some(reason),
            Content::Gapped(gapped) => why = Some(gapped.why),
        }
    }
    match (count, why) {
        (0, _) => open,
        (_, None) => Ruling::exactly(Strength::Restrict, Reason::Dead),
        (_, Some(_)) => Ruling { most: Strength::Restrict, why, ..open },
    }
}

/// A positive test of a text or an address: the values are an OR, so that each has to keep strangers out.
fn on_values<'a>(test: &Test<'a>, language: Language<'a>) -> Ruling<'a> {
    let Some(with) = test.comparison(language) else {
        return Ruling::exactly(Strength::Weak, Reason::Operator);
    };
    let if_open = match (test.key.class, test.key.presence) {
        (Class::Service, Presence::ServiceCall) => {
            Ruling::exactly(Strength::Service, Reason::AnyService)
        }
        (Class::Service, _) => return service_if_all(test, "true", Reason::Negated),
        (Class::Open(openness), _) => Ruling::exactly(Strength::Weak, Reason::Open(openness)),
        _ if test.key.is_source() => Ruling::exactly(Strength::Service, Reason::Values),
        _ => Ruling::exactly(Strength::Weak, Reason::Values),
    };
    let (mut count, mut closed, mut closable, mut dead, mut why) = (0, true, true, true, None);
    for item in items(test.values) {
        count += 1;
        let verdict = Verdict::on(item.node, with);
        closed &= verdict.worst.keep_strangers_out();
        closable &= verdict.may_be_closed;
        dead &= verdict.worst == Matchers::Nobody;
        why = why.or(verdict.why);
    }
    let closing =
        if dead || test.key.presence == Presence::Never { Reason::Dead } else { Reason::Fixed };
    match (count, closed, closable) {
        (0, ..) => Ruling::exactly(Strength::Weak, Reason::NoValue),
        (_, true, _) => Ruling { why, ..Ruling::exactly(Strength::Restrict, closing) },
        (_, false, true) => Ruling { most: Strength::Restrict, why, ..if_open },
        (_, false, false) => if_open,
    }
}

/// The parts of a test that let strangers in, and why: the values that do, if not all of them.
pub(super) fn failures<'a>(
    test: &Test<'a>,
    ruling: &Ruling<'a>,
    language: Language<'a>,
) -> Vec<(At<'a>, FailingTest<'a>)> {
    let (key, operator) = (test.key_name, test.operator_name);
    let (origin, reason) = match ruling.reason {
        Reason::Fixed | Reason::Dead => return Vec::new(),
        Reason::Values => return value_failures(test, language),
        Reason::Open(openness) => (test.key_origin, format!("`{key}` {}", openness.reason())),
        Reason::MissingKey => {
            let prefix = test.operator.map(|operator| operator.quantifier);
            let name = if prefix == Some(Quantifier::ForAll) { "ForAllValues" } else { operator };
            (test.operator_origin, format!("`{name}` is true when the key is missing"))
        }
        Reason::Negated => {
            (test.operator_origin, format!("`{operator}` lets in all that do not match"))
        }
        Reason::NoValue => (test.at.origin, format!("`{key}` is compared with nothing")),
        Reason::AnyService => {
            (test.key_origin, format!("`{key}` lets in AWS services that act for anyone"))
        }
        Reason::Presence => {
            (test.operator_origin, format!("`{operator}` asks only whether the key is there"))
        }
        Reason::Operator => {
            (test.operator_origin, format!("`{operator}` does not restrict `{key}`"))
        }
    };
    vec![(test.at, FailingTest { origin, reason })]
}

fn value_failures<'a>(test: &Test<'a>, language: Language<'a>) -> Vec<(At<'a>, FailingTest<'a>)> {
    let Some(with) = test.comparison(language) else { return Vec::new() };
    let failure = |item: Item<'a>| match Verdict::on(item.node, with).worst {
        Matchers::Fixed | Matchers::Nobody => None,
        Matchers::Anyone(opening) => {
            let reason = opening_reason(item, opening, test);
            Some((test.at.item(item), FailingTest { origin: &item.node.origin, reason }))
        }
    };
    let count = items(test.values).count();
    let mut failures: Vec<(At<'a>, FailingTest<'a>)> =
        items(test.values).filter_map(failure).collect();
    if failures.len() == count {
        failures.truncate(1);
        failures.iter_mut().for_each(|(at, _)| *at = test.at);
    }
    failures
}

/// The first value that lets strangers in, and why.
pub(super) fn opening<'a>(test: &Test<'a>, language: Language<'a>) -> (&'a Origin, String) {
    let with = test.comparison(language);
    let open = items(test.values).find_map(|item| match Verdict::on(item.node, with?).worst {
        Matchers::Fixed | Matchers::Nobody => None,
        Matchers::Anyone(opening) => Some((&item.node.origin, opening_reason(item, opening, test))),
    });
    open.unwrap_or_else(|| {
        (test.at.origin, format!("`{}` is compared with nothing", test.key_name))
    })
}

fn opening_reason(item: Item<'_>, opening: Opening, test: &Test<'_>) -> String {
    let value = match content(item.node) {
        Content::Known(text) => format!("`{text}`"),
        Content::Gapped(_) | Content::Unknown(_) | Content::Other => "this value".to_owned(),
    };
    match opening {
        Opening::Id => format!("{value} matches ids of others too"),
        Opening::Account => format!("{value} leaves the account open"),
        Opening::Organization => format!("{value} leaves the organization open"),
        Opening::UniqueId => format!("{value} leaves the unique id open"),
        Opening::WideRange => format!("{value} is wider than /8 (IPv4) or /32 (IPv6)"),
        Opening::NoAddress => format!("{value} is not an address"),
        Opening::Variable => format!("{value} compares the caller with itself"),
        Opening::Operator => {
            format!("`{}` does not restrict `{}`", test.operator_name, test.key_name)
        }
    }
}

/// How a test that restricts closes its statement.
pub(super) fn closing<'a>(test: &Test<'a>, ruling: &Ruling<'_>) -> ClosingTest<'a> {
    let key = test.key_name;
    let values = test.known_values().unwrap_or_default();
    let list = match values.as_slice() {
        [] => "values that are fixed".to_owned(),
        [one] => format!("`{one}`"),
        [first, rest @ ..] => format!("`{first}` and {} more", rest.len()),
    };
    let reason = match ruling.reason {
        Reason::Dead => format!("`{key}` is never {list}, so that nobody is let in"),
        _ => format!("`{key}` must be {list}"),
    };
    ClosingTest { origin: &test.values.origin, reason }
}
