//! What checks share: the labels along a value's way, and the parts of a finding.

use crate::checks::Check;
use crate::finding::{Finding, Label, Severity};
use crate::model::Place;
use crate::origin::{Hop, HopKind, Origin};
use crate::source::Span;

/// More hops than this are cut out of the middle: a reader follows the two ends.
const MAX_HOPS: usize = 12;

/// A finding of `check` about the value at `origin`: the primary label stands where the value was written and says
/// `here`; the related labels follow its way to the place of use.
pub(super) fn finding(
    check: &Check,
    place: &Place,
    origin: &Origin,
    message: String,
    here: &str,
) -> Finding {
    let related = way(origin);
    let here = if related.is_empty() { here.to_owned() } else { format!("1: {here}") };
    Finding {
        check: check.id,
        severity: check.severity,
        address: place.address.clone(),
        message,
        help: String::new(),
        primary: Label { span: origin.span, message: here },
        related,
        exposure: None,
        fixes: Vec::new(),
        scopes: scopes(place),
    }
}

/// Where a waiver comment counts besides the labels: the header, the block, and the module calls around it.
pub(super) fn scopes(place: &Place) -> Vec<Span> {
    [place.header, place.block].into_iter().chain(place.calls.iter().copied()).collect()
}

impl Finding {
    /// The same finding, as bad as `severity`.
    pub(super) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same finding with what to do.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The same finding with one more place.
    pub(super) fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label { span, message: message.into() });
        self
    }
}

/// The references that a value passed through, from where it was written to where it is used.
fn way(origin: &Origin) -> Vec<Label> {
    let mut hops: Vec<&Hop> = origin.hops().collect();
    hops.reverse();
    hops.dedup_by_key(|hop| hop.span);
    let last = hops.len();
    let numbered = (1..).zip(hops).filter(|(n, _)| *n <= MAX_HOPS / 2 || *n + MAX_HOPS / 2 > last);
    numbered
        .map(|(n, hop)| {
            let used = if n == last && hop.span != origin.span { "used here, " } else { "" };
            Label { span: hop.span, message: format!("{}: {used}{}", n + 1, step(hop)) }
        })
        .collect()
}

/// What a hop does, in words.
fn step(hop: &Hop) -> String {
    let name = &hop.name;
    match hop.kind {
        HopKind::VariableDefault => format!("the default of `{name}`"),
        HopKind::Variable | HopKind::Local | HopKind::Output | HopKind::Attribute => {
            format!("through `{name}`")
        }
        HopKind::ModuleArgument => format!("passed to the module as `{name}`"),
        HopKind::Iteration => format!("as `{name}`"),
        HopKind::Function => format!("by `{name}`"),
        HopKind::Template => format!("through {name}"),
        HopKind::Plan => format!("the value is from the {name}"),
    }
}
