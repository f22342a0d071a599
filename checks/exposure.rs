//! What the checks of policies share: the statements that a check fires on, and how they are put into words.

use super::field::use_of;
use crate::finding::{Arm, Sink, UnknownFinding};
use crate::judge::{Judged, JudgedAttachment, PolicyVerdict, Ruling};
use crate::model::{Attachment, AttachmentKind};
use crate::origin::{Origin, Why};
use crate::policy::{ActionClass, ActionClasses, Exposure, StatementAnalysis};
use crate::source::Span;

/// What a check looks for.
pub(super) struct Search<'s> {
    /// The check's id.
    pub(super) check: &'static str,
    /// Does it look at policies of this kind?
    pub(super) kinds: fn(AttachmentKind) -> bool,
    /// Does it fire on a statement that opens this far?
    pub(super) fires: &'s dyn Fn(&StatementAnalysis<'_>, Exposure) -> bool,
    /// Could it fire on a document whose worst meaning is this?
    pub(super) might: fn(Exposure) -> bool,
    /// Does a document of which nothing is known count as a verdict that can't be given?
    pub(super) whole: bool,
}

/// A statement that a check fires on.
pub(super) struct Hit<'a> {
    pub(super) attachment: &'a Attachment,
    pub(super) statement: &'a StatementAnalysis<'a>,
    /// How far it opens; of an invalid statement, if it were taken.
    pub(super) exposure: Exposure,
}

/// What is to be said of one document.
enum Outcome<'a> {
    Hits(Vec<Hit<'a>>),
    Unknown(&'a Origin, Why),
    Passes,
}

/// All policies of repositories and the registry, not those of identities.
pub(super) const fn is_resource_policy(kind: AttachmentKind) -> bool {
    match kind {
        AttachmentKind::Repository
        | AttachmentKind::Registry
        | AttachmentKind::CreationTemplate
        | AttachmentKind::PublicRepository => true,
        AttachmentKind::Identity => false,
    }
}

/// Calls `report` for each statement that the check fires on, and reports the verdicts that can't be given.
pub(super) fn each<'a>(
    judged: &'a Judged<'_>,
    search: &Search<'_>,
    sink: &mut Sink,
    report: impl Fn(&Hit<'a>, &mut Sink),
) {
    for judged in judged.attachments.iter().filter(|judged| (search.kinds)(judged.attachment.kind))
    {
        match &judged.verdict {
            PolicyVerdict::Known(ruling) => match outcome(judged, ruling, search) {
                Outcome::Hits(hits) => hits.iter().for_each(|hit| report(hit, sink)),
                Outcome::Unknown(origin, why) => {
                    sink.unknowns.push(unknown(judged, search, use_of(origin), why))
                }
                Outcome::Passes => {}
            },
            PolicyVerdict::Unknown(why) if search.whole => {
                let place = use_of(&judged.attachment.document.origin);
                sink.unknowns.push(unknown(judged, search, place, (*why).clone()));
            }
            PolicyVerdict::Unknown(_) => {}
            PolicyVerdict::Either { why, arms } => either(judged, why, arms, search, sink, &report),
        }
    }
}

fn outcome<'a>(
    judged: &'a JudgedAttachment<'_>,
    ruling: &'a Ruling<'_>,
    search: &Search<'_>,
) -> Outcome<'a> {
    let analysis = &ruling.analysis;
    let hits: Vec<Hit<'a>> = analysis
        .statements
        .iter()
        .map(|statement| Hit {
            attachment: judged.attachment,
            statement,
            exposure: effective(statement),
        })
        .filter(|hit| (search.fires)(hit.statement, hit.exposure))
        .collect();
    if !hits.is_empty() {
        return Outcome::Hits(hits);
    }
    let open =
        analysis.range.mildest != analysis.range.worst || analysis.exposure == Exposure::Unknown;
    if !(open && (search.might)(analysis.range.worst)) {
        return Outcome::Passes;
    }
    let undecided = analysis.decisive().find(|statement| statement.because.is_some());
    let place = undecided
        .map_or(ruling.origin, |statement| statement.principal.unwrap_or(statement.origin));
    let why = undecided.and_then(|statement| statement.because).or(analysis.because).cloned();
    Outcome::Unknown(place, why.unwrap_or_else(|| Why::new("parts of the policy can't be known")))
}

/// How far a statement opens, if it is taken.
fn effective(statement: &StatementAnalysis<'_>) -> Exposure {
    match statement.exposure {
        Exposure::Invalid => statement.if_accepted.unwrap_or(Exposure::Invalid),
        exposure => exposure,
    }
}

/// A document that is one of several: wrong only where each of them is.
fn either<'a>(
    judged: &'a JudgedAttachment<'_>,
    why: &Why,
    arms: &'a [PolicyVerdict<'_>],
    search: &Search<'_>,
    sink: &mut Sink,
    report: &impl Fn(&Hit<'a>, &mut Sink),
) {
    let rulings = flatten(arms);
    let outcomes: Vec<Option<Outcome<'a>>> =
        rulings.iter().map(|ruling| ruling.map(|ruling| outcome(judged, ruling, search))).collect();
    if outcomes.iter().all(|outcome| matches!(outcome, Some(Outcome::Passes))) {
        return;
    }
    if outcomes.iter().all(|outcome| matches!(outcome, Some(Outcome::Hits(_)))) {
        for outcome in outcomes.iter().flatten() {
            if let Outcome::Hits(hits) = outcome {
                hits.iter().for_each(|hit| report(hit, sink));
            }
        }
        return;
    }
    let place = use_of(&judged.attachment.document.origin);
    let total = rulings.len();
    let arms = (1..).zip(&rulings).map(|(n, ruling)| Arm {
        value: format!("policy {n} of {total}"),
        verdict: ruling.map_or(Exposure::Unknown, |ruling| ruling.analysis.exposure).as_str(),
        place: ruling.map_or(place, |ruling| ruling.origin.span),
    });
    let arms = arms.collect();
    sink.unknowns.push(UnknownFinding { arms, ..unknown(judged, search, place, why.clone()) });
}

/// The alternatives of alternatives in one list; `None` for one that can't be known.
fn flatten<'a>(arms: &'a [PolicyVerdict<'_>]) -> Vec<Option<&'a Ruling<'a>>> {
    let mut flat = Vec::new();
    for arm in arms {
        match arm {
            PolicyVerdict::Known(ruling) => flat.push(Some(ruling)),
            PolicyVerdict::Unknown(_) => flat.push(None),
            PolicyVerdict::Either { arms, .. } => flat.extend(flatten(arms)),
        }
    }
    flat
}

fn unknown(
    judged: &JudgedAttachment<'_>,
    search: &Search<'_>,
    place: Span,
    because: Why,
) -> UnknownFinding {
    let address = judged.attachment.place.address.clone();
    UnknownFinding { check: search.check, address, because, place, arms: Vec::new() }
}

/// "pull from and push to this repository"
pub(super) fn may_do(actions: ActionClasses, kind: AttachmentKind) -> String {
    let verbs: Vec<&str> = actions
        .iter()
        .filter_map(|class| match class {
            ActionClass::Pull => Some("pull from"),
            ActionClass::Push => Some("push to"),
            ActionClass::Delete => Some("delete from"),
            ActionClass::Admin => Some("administer"),
            ActionClass::Metadata => None,
        })
        .collect();
    let object = match kind {
        AttachmentKind::Repository => "this repository",
        AttachmentKind::Registry => "every repository of this registry",
        AttachmentKind::CreationTemplate => "every repository made from this template",
        AttachmentKind::PublicRepository => "this public repository",
        AttachmentKind::Identity => "every repository",
    };
    match verbs.as_slice() {
        [] => format!("read about {object}"),
        [verb] => format!("{verb} {object}"),
        [others @ .., last] => format!("{} and {last} {object}", others.join(", ")),
    }
}
