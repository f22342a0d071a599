//! How a check judges one property that may be unknown, or one of several values.

use crate::finding::{Arm, UnknownFinding};
use crate::model::{Fact, Field, Place};
use crate::origin::{Origin, Why};
use crate::source::Span;

/// What a check says of a property.
pub(super) enum Outcome<'a> {
    /// All is well.
    Passes,
    /// It is wrong, whatever else holds; the origin is that of the (first) wrong value.
    Violates(&'a Origin),
    /// It can't be known.
    Unknown {
        /// Why not.
        why: &'a Why,
        /// The alternatives, where it is one of several values.
        arms: Vec<Arm>,
    },
}

/// Tests a property. An alternative that depends on something unknown is wrong only where all its arms are.
pub(super) fn test<'a, T>(
    field: &'a Field<T>,
    violates: &dyn Fn(&T) -> bool,
    show: &dyn Fn(&T) -> String,
) -> Outcome<'a> {
    match &field.fact {
        Fact::Written(value) | Fact::Default(value) if violates(value) => {
            Outcome::Violates(&field.origin)
        }
        Fact::Written(_) | Fact::Default(_) => Outcome::Passes,
        Fact::Unknown(why) => Outcome::Unknown { why, arms: Vec::new() },
        Fact::Either { why, arms } => either(why, arms, violates, show),
    }
}

fn either<'a, T>(
    why: &'a Why,
    arms: &'a [Field<T>],
    violates: &dyn Fn(&T) -> bool,
    show: &dyn Fn(&T) -> String,
) -> Outcome<'a> {
    let outcomes: Vec<(&Field<T>, Outcome<'a>)> =
        arms.iter().map(|arm| (arm, test(arm, violates, show))).collect();
    if outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Passes)) {
        return Outcome::Passes;
    }
    let all_wrong = outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Violates(_)));
    let first = outcomes.iter().find_map(|(_, outcome)| match outcome {
        Outcome::Violates(origin) => Some(*origin),
        Outcome::Passes | Outcome::Unknown { .. } => None,
    });
    if let (true, Some(origin)) = (all_wrong, first) {
        return Outcome::Violates(origin);
    }
    let arms = outcomes
        .into_iter()
        .map(|(arm, outcome)| Arm {
            value: arm.known().map_or_else(|| "unknown".to_owned(), show),
            verdict: match outcome {
                Outcome::Passes => "pass",
                Outcome::Violates(_) => "fail",
                Outcome::Unknown { .. } => "unknown",
            },
            place: arm.origin.span,
        })
        .collect();
    Outcome::Unknown { why, arms }
}

/// What is reported where no verdict can be given on the value at `origin`.
pub(super) fn unknown(
    check: &'static str,
    place: &Place,
    origin: &Origin,
    why: &Why,
    arms: Vec<Arm>,
) -> UnknownFinding {
    UnknownFinding {
        check,
        address: place.address.clone(),
        because: why.clone(),
        place: use_of(origin),
        arms,
    }
}

/// Where a value is used: the reference nearest to the use, or the place where it was written.
pub(super) fn use_of(origin: &Origin) -> Span {
    origin.via.as_ref().map_or(origin.span, |hop| hop.span)
}
