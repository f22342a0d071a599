//! See `leaky_exclusion_filter.md`.

use super::label::finding;
use super::tags::{self, Found, Scope};
use super::{Check, Control, Profile, Run};
use crate::finding::{Finding, Severity, Sink};
use crate::judge::Judged;
use crate::mutability::{FilterVerdict, Mutability};

pub(super) static CHECK: Check = Check {
    id: "leaky-exclusion-filter",
    title: "an exclusion filter takes immutability back for release tags",
    severity: Severity::Medium,
    profile: Profile::Default,
    controls: &[Control { framework: "AWS Security Hub", id: "ECR.2" }],
    aliases: &[],
    page: include_str!("leaky_exclusion_filter.md"),
    run: Run::Model(run),
};

/// More tags than this are not shown.
const SHOWN_TAGS: usize = 3;

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    let strict = judged.settings.strict;
    tags::each(
        judged,
        Scope::Filters,
        CHECK.id,
        &|verdict| violates(verdict, strict),
        sink,
        |found, sink| {
            let filters = &found.judged.tags.filters;
            let leaky: Vec<&FilterVerdict> =
                filters.iter().filter(|filter| !filter.tags.is_empty()).collect();
            // A filter that matches no release is shown only where nothing worse is to be shown.
            let shown = if leaky.is_empty() { filters.iter().collect() } else { leaky };
            if shown.is_empty() {
                sink.findings.push(report(found, found.origin, ""));
            }
            for filter in shown {
                sink.findings.push(report(found, &filter.origin, &freed(filter)));
            }
        },
    );
}

fn report(found: &Found<'_>, origin: &crate::origin::Origin, freed: &str) -> Finding {
    let (severity, message) = match found.mutability {
        Mutability::ImmutableVoid => {
            (Severity::High, "this filter frees every tag: the repository is in effect mutable")
        }
        Mutability::ImmutableFloating => {
            (Severity::Low, "tags that match this filter can be overwritten")
        }
        Mutability::ImmutableHoled
        | Mutability::Mutable
        | Mutability::MutableDefault
        | Mutability::MutablePartial
        | Mutability::MutableLocked
        | Mutability::Immutable
        | Mutability::Invalid
        | Mutability::Unknown
        | Mutability::NotApplicable => {
            (Severity::Medium, "this filter frees tags that releases are made with")
        }
    };
    finding(&CHECK, &found.repository.place, origin, message.to_owned(), freed)
        .severity(severity)
        .help(
            "name the moving tags one by one, such as `latest`, or set `IMMUTABLE` without filters",
        )
}

/// "`v1.2.3` and `v2` can be overwritten"
fn freed(filter: &FilterVerdict) -> String {
    let tags: Vec<String> =
        filter.tags.iter().take(SHOWN_TAGS).map(|tag| format!("`{tag}`")).collect();
    match tags.as_slice() {
        [] => "matches moving tags".to_owned(),
        [tag] => format!("{tag} can be overwritten"),
        [others @ .., last] => format!("{} and {last} can be overwritten", others.join(", ")),
    }
}

fn violates(mutability: Mutability, strict: bool) -> bool {
    match mutability {
        Mutability::ImmutableVoid | Mutability::ImmutableHoled => true,
        Mutability::ImmutableFloating => strict,
        Mutability::Mutable
        | Mutability::MutableDefault
        | Mutability::MutablePartial
        | Mutability::MutableLocked
        | Mutability::Immutable
        | Mutability::Invalid
        | Mutability::Unknown
        | Mutability::NotApplicable => false,
    }
}
