//! What checks report: [`Finding`], [`Label`], [`Severity`], [`Fix`], and the [`Sink`] that collects them.

use std::sync::Arc;

use crate::origin::Why;
use crate::policy::Exposure;
use crate::source::Span;

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Worth a look; fails no gate by default.
    Low,
    /// Should be mended.
    Medium,
    /// Must be mended.
    High,
    /// Must be mended now.
    Critical,
}

/// A violation at one resource.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The check's id.
    pub check: &'static str,
    /// How bad.
    pub severity: Severity,
    /// The resource's address, relative to its unit.
    pub address: Arc<str>,
    /// What is wrong: one line, lower case, no full stop, user text in backticks.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The tightest bytes that are wrong, and why here.
    pub primary: Label,
    /// More places in the order in which they should be read.
    pub related: Vec<Label>,
    /// The policy verdict, for policy checks.
    pub exposure: Option<Exposure>,
    /// Changes that mend it.
    pub fixes: Vec<Fix>,
    /// Where a waiver comment counts, besides the labels: the block, and the module calls around it.
    pub scopes: Vec<Span>,
}

/// A verdict that can't be given.
#[derive(Clone, Debug)]
pub struct UnknownFinding {
    /// The check's id.
    pub check: &'static str,
    /// The resource's address, relative to its unit.
    pub address: Arc<str>,
    /// Why it can't be known.
    pub because: Why,
    /// The place of the value.
    pub place: Span,
    /// Where it is one of several values: each, with the verdict on it.
    pub arms: Vec<Arm>,
}

/// One alternative of a value that depends on something unknown.
#[derive(Clone, Debug)]
pub struct Arm {
    /// The value, in short.
    pub value: String,
    /// The verdict on it in the spelling of the interface.
    pub verdict: &'static str,
    /// Where it was written.
    pub place: Span,
}

/// A place and what it has to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The bytes.
    pub span: Span,
    /// Why here: lower case, no full stop; may be empty.
    pub message: String,
}

/// A change of source text that mends a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// May be applied without asking.
    pub safe: bool,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
}

/// The replacement of some bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The bytes to replace; empty to insert.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// Collects what checks report.
#[derive(Debug, Default)]
pub struct Sink {
    /// The violations.
    pub findings: Vec<Finding>,
    /// The verdicts that can't be given.
    pub unknowns: Vec<UnknownFinding>,
}

impl Severity {
    /// As reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}
