//! What of a plan is reported: everything, what the plan changes, or what it makes worse: [`changed`], [`worse`].

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::finding::{Finding, Severity, Sink, UnknownFinding};
use crate::judge::{PolicyVerdict, Settings, judge_in_parts};
use crate::model::{Change, Model, Place, Unit};
use crate::mutability::Mutability;
use crate::policy::Exposure;

/// Takes what concerns no resource that the plan creates or updates out of `sink`, and answers it.
///
/// Resources that come from no change (a state) stay.
pub fn changed(sink: &mut Sink, model: &Model) -> Sink {
    let unchanged = Unchanged::of(model);
    split(
        sink,
        |finding| !unchanged.has(&finding.address),
        |unknown| !unchanged.has(&unknown.address),
    )
}

/// Takes what was as bad before the plan out of `sink`, and answers it. What stays says what was before.
///
/// A finding was there before if the same resource had one of the same kind that was at least as bad. A verdict that
/// can't be given may hide anything: it stays, if the plan changes the resource.
pub fn worse(
    sink: &mut Sink,
    [after, before]: [&Unit; 2],
    found_before: &Sink,
    settings: &Settings,
) -> Sink {
    let unchanged = Unchanged::of(&after.model);
    let [verdicts_after, verdicts_before] =
        [after, before].map(|unit| Verdicts::of(unit, settings));
    let mut bad_before: HashMap<(Kind, &str), Vec<Badness>> = HashMap::new();
    for finding in &found_before.findings {
        let badness = Badness::of(finding, &verdicts_before);
        bad_before.entry((Kind::of(finding), &finding.address)).or_default().push(badness);
    }
    let is_worse = |finding: &Finding| {
        let badness = Badness::of(finding, &verdicts_after);
        let before = bad_before.get(&(Kind::of(finding), finding.address.as_ref()));
        !before.into_iter().flatten().any(|before| before.is_as_bad_as(badness))
    };
    let rest = split(sink, is_worse, |unknown| !unchanged.has(&unknown.address));
    let existed: HashSet<&str> =
        resources(&before.model).map(|(place, _)| place.address.as_ref()).collect();
    for finding in &mut sink.findings {
        let address = finding.address.as_ref();
        let was = verdicts_before.name(Kind::of(finding), address);
        let is = verdicts_after.name(Kind::of(finding), address);
        let note = match (existed.contains(address), was.zip(is)) {
            (false, _) => "created by this plan".to_owned(),
            (true, Some((was, is))) if was != is => format!("before: {was}, after: {is}"),
            (true, _) => "not so before this plan".to_owned(),
        };
        finding.message.push_str(&format!(" ({note})"));
    }
    rest
}

fn split(
    sink: &mut Sink,
    stays: impl Fn(&Finding) -> bool,
    unknown_stays: impl Fn(&UnknownFinding) -> bool,
) -> Sink {
    Sink {
        findings: sink.findings.extract_if(.., |finding| !stays(finding)).collect(),
        unknowns: sink.unknowns.extract_if(.., |unknown| !unknown_stays(unknown)).collect(),
    }
}

/// The resources that findings are about, and what becomes of them.
fn resources(model: &Model) -> impl Iterator<Item = (&Place, Option<&Change>)> {
    let repositories =
        model.repositories.iter().map(|repository| (&repository.place, repository.change.as_ref()));
    let attachments =
        model.attachments.iter().map(|attachment| (&attachment.place, attachment.change.as_ref()));
    repositories.chain(attachments)
}

/// The addresses of resources that the plan leaves as they are.
struct Unchanged<'m>(HashSet<&'m str>);

impl<'m> Unchanged<'m> {
    fn of(model: &'m Model) -> Self {
        let unchanged = resources(model).filter(|(_, change)| *change == Some(&Change::Nothing));
        Self(unchanged.map(|(place, _)| place.address.as_ref()).collect())
    }

    fn has(&self, address: &str) -> bool {
        self.0.contains(address)
    }
}

/// Findings of one kind take each other's place: a mutable repository may become one with a leaky filter.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Tags,
    Policy,
    Other(&'static str),
}

impl Kind {
    fn of(finding: &Finding) -> Self {
        match finding.check {
            "mutable-tags" | "leaky-exclusion-filter" | "invalid-tag-mutability" => Self::Tags,
            _ if finding.exposure.is_some() => Self::Policy,
            check => Self::Other(check),
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy)]
struct Badness {
    exposure: Option<Exposure>,
    tags: Option<Reverse<u8>>,
    severity: Severity,
}

impl Badness {
    fn of(finding: &Finding, verdicts: &Verdicts<'_>) -> Self {
        let tags = verdicts.tags.get(finding.address.as_ref()).copied();
        Self {
            exposure: finding.exposure,
            tags: tags
                .filter(|_| Kind::of(finding) == Kind::Tags)
                .map(|tags| Reverse(safety(tags))),
            severity: finding.severity,
        }
    }

    fn is_as_bad_as(self, other: Self) -> bool {
        self.exposure >= other.exposure
            && self.tags >= other.tags
            && self.severity >= other.severity
    }
}

/// How much of a release is safe from being overwritten, from nothing up.
const fn safety(mutability: Mutability) -> u8 {
    match mutability {
        Mutability::Mutable
        | Mutability::MutableDefault
        | Mutability::ImmutableVoid
        | Mutability::Invalid
        | Mutability::Unknown
        | Mutability::NotApplicable => 0,
        Mutability::MutablePartial => 1,
        Mutability::ImmutableHoled => 2,
        Mutability::ImmutableFloating => 3,
        Mutability::MutableLocked | Mutability::Immutable => 4,
    }
}

/// The verdicts on the resources of a unit, by address.
struct Verdicts<'u> {
    tags: HashMap<&'u str, Mutability>,
    /// The worst of each address: a role may have several policies.
    policies: HashMap<&'u str, Exposure>,
}

impl<'u> Verdicts<'u> {
    fn of(unit: &'u Unit, settings: &'u Settings) -> Self {
        let mut verdicts = Self { tags: HashMap::new(), policies: HashMap::new() };
        for part in judge_in_parts(unit, settings) {
            for judged in &part.repositories {
                let address = &judged.repository.place.address;
                verdicts.tags.insert(address, judged.tags.mutability);
            }
            for judged in &part.attachments {
                let exposure = match &judged.verdict {
                    PolicyVerdict::Known(ruling) => ruling.analysis.exposure,
                    PolicyVerdict::Unknown(_) | PolicyVerdict::Either { .. } => Exposure::Unknown,
                };
                let address = &judged.attachment.place.address;
                let worst = verdicts.policies.entry(address).or_insert(exposure);
                *worst = exposure.max(*worst);
            }
        }
        verdicts
    }

    fn name(&self, kind: Kind, address: &str) -> Option<&'static str> {
        match kind {
            Kind::Tags => self.tags.get(address).map(|tags| tags.as_str()),
            Kind::Policy => self.policies.get(address).map(|exposure| exposure.as_str()),
            Kind::Other(_) => None,
        }
    }
}
