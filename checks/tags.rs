//! What the checks of tag settings share: one verdict, seen by the check that it belongs to.

use super::field::use_of;
use crate::finding::{Arm, Sink, UnknownFinding};
use crate::judge::{Judged, JudgedRepository};
use crate::model::Repository;
use crate::mutability::Mutability;
use crate::origin::{Origin, Why};

/// Which verdicts that can't be given belong to a check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those that hang on the setting.
    Setting,
    /// Those that hang on the exclusion filters of an immutable repository.
    Filters,
}

/// A setting that violates a check.
pub(super) struct Found<'a> {
    pub(super) repository: &'a Repository,
    pub(super) judged: &'a JudgedRepository<'a>,
    pub(super) mutability: Mutability,
    pub(super) origin: &'a Origin,
}

/// Calls `report` for each repository that `violates`, and reports the verdicts of `scope` that can't be given.
pub(super) fn each<'a>(
    judged: &'a Judged<'_>,
    scope: Scope,
    check: &'static str,
    violates: &dyn Fn(Mutability) -> bool,
    sink: &mut Sink,
    report: impl Fn(&Found<'a>, &mut Sink),
) {
    for judged in &judged.repositories {
        let (repository, tags) = (judged.repository, &judged.tags);
        let found = |mutability, origin| Found { repository, judged, mutability, origin };
        if violates(tags.mutability) {
            report(&found(tags.mutability, &tags.origin), sink);
        } else if tags.mutability == Mutability::Unknown {
            match tags.arms.first() {
                Some(first) if tags.arms.iter().all(|arm| violates(arm.mutability)) => {
                    report(&found(first.mutability, &first.origin), sink);
                }
                Some(_)
                    if !tags.arms.iter().any(|arm| violates(arm.mutability))
                        && arms_known(judged) => {}
                Some(_) | None if belongs(repository) == scope => {
                    sink.unknowns.push(unknown(judged, check))
                }
                Some(_) | None => {}
            }
        }
    }
}

fn arms_known(judged: &JudgedRepository<'_>) -> bool {
    judged.tags.arms.iter().all(|arm| arm.mutability != Mutability::Unknown)
}

/// A verdict on an immutable repository can only hang on its filters.
fn belongs(repository: &Repository) -> Scope {
    let setting = repository.tag_mutability.known().map(String::as_str);
    if setting == Some("IMMUTABLE_WITH_EXCLUSION") { Scope::Filters } else { Scope::Setting }
}

fn unknown(judged: &JudgedRepository<'_>, check: &'static str) -> UnknownFinding {
    let tags = &judged.tags;
    let arms = tags.arms.iter().map(|arm| Arm {
        value: arm.value.clone(),
        verdict: arm.mutability.as_str(),
        place: arm.origin.span,
    });
    UnknownFinding {
        check,
        address: judged.repository.place.address.clone(),
        because: tags.because.clone().unwrap_or_else(|| Why::new("the setting can't be known")),
        place: use_of(&tags.origin),
        arms: arms.collect(),
    }
}
