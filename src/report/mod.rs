//! From what the units say to one report, and from the report to text: [`Report`].

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use crate::finding::{Finding, Severity, UnknownFinding};
use crate::model::{Problem, ProblemKind};
use crate::source::{Position, Sources, Span};
use crate::waiver::Waiver;

mod fingerprint;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod inspect;
pub mod inspect_text;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod run_task;
pub mod sarif;
pub mod sensitive;
mod style;
pub mod text;
mod window;

/// What was found in one unit.
#[derive(Debug)]
pub struct UnitFindings {
    /// The unit's root, as the user knows it.
    pub root: String,
    /// The one of several files of variables that it was evaluated with.
    pub var_file: Option<String>,
    /// How many resources of ours it has.
    pub resources: usize,
    /// The violations.
    pub findings: Vec<Finding>,
    /// The violations that a waiver covers.
    pub waived: Vec<Waived>,
    /// The verdicts that can't be given.
    pub unknowns: Vec<UnknownFinding>,
    /// What could not be read or evaluated.
    pub problems: Vec<Problem>,
}

impl UnitFindings {
    /// A unit of which nothing is to be said.
    pub fn empty(root: impl Into<String>) -> Self {
        Self {
            root: root.into(),
            var_file: None,
            resources: 0,
            findings: Vec::new(),
            waived: Vec::new(),
            unknowns: Vec::new(),
            problems: Vec::new(),
        }
    }
}

/// A finding that a waiver covers.
#[derive(Clone, Debug)]
pub struct Waived {
    /// The finding.
    pub finding: Finding,
    /// The waiver.
    pub waiver: Waiver,
}

/// The outcome of a run, in the order in which it is told: path, offset, check.
#[derive(Debug, Default)]
pub struct Report {
    /// The violations, one a source place.
    pub findings: Vec<Reported<Finding>>,
    /// The violations that a waiver covers, one a source place.
    pub waived: Vec<Reported<Waived>>,
    /// The verdicts that can't be given, one a source place.
    pub unknowns: Vec<Reported<UnknownFinding>>,
    /// What could not be read or evaluated, and notes.
    pub problems: Vec<Problem>,
    /// How much was looked at.
    pub counts: Counts,
}

/// A finding at one source place with all the resources that it concerns.
#[derive(Debug)]
pub struct Reported<T> {
    /// The finding of the first instance.
    pub finding: T,
    /// All instances in order, without duplicates; at least one.
    pub instances: Vec<Instance>,
    /// Names the finding across runs, even when lines move.
    pub fingerprint: String,
}

/// One resource that a finding concerns.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Instance {
    /// The unit's root.
    pub root: Arc<str>,
    /// The one of several files of variables that the unit was evaluated with.
    pub var_file: Option<Arc<str>>,
    /// The resource's address, relative to its unit.
    pub address: Arc<str>,
}

/// Which unit a finding comes from: its root and file of variables.
type UnitName = (Arc<str>, Option<Arc<str>>);

impl Instance {
    /// The unit, as messages name it; `None` for the root module in the working directory.
    pub fn unit(&self) -> Option<String> {
        match (&*self.root, &self.var_file) {
            (".", None) => None,
            (root, None) => Some(root.to_owned()),
            (root, Some(var_file)) => Some(format!("{root} with {var_file}")),
        }
    }
}

/// How much was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Files that were read.
    pub files: usize,
    /// Root modules, plans and templates.
    pub units: usize,
    /// Resources of ours.
    pub resources: usize,
}

/// Something that stands at a place of the source.
trait Placed {
    fn check(&self) -> &'static str;
    fn place(&self) -> Span;
    fn address(&self) -> &Arc<str>;
    /// Of several at one place the greatest is told.
    fn weight(&self) -> Option<Severity>;
}

/// Where a span is, for ordering and merging: independent of the order in which texts were loaded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct PlaceKey {
    path: Arc<str>,
    start: u64,
    end: u64,
}

impl Report {
    /// Merges what the units say. The result does not depend on their order. Their resources are added to `counts`.
    pub fn merge(units: Vec<UnitFindings>, counts: Counts, sources: &Sources) -> Self {
        let mut report = Self { counts, ..Self::default() };
        let mut findings = Vec::new();
        let mut waived = Vec::new();
        let mut unknowns = Vec::new();
        for unit in units {
            let name: UnitName = (unit.root.into(), unit.var_file.map(Into::into));
            report.counts.resources += unit.resources;
            findings.extend(unit.findings.into_iter().map(|finding| (name.clone(), finding)));
            waived.extend(unit.waived.into_iter().map(|waived| (name.clone(), waived)));
            unknowns.extend(unit.unknowns.into_iter().map(|unknown| (name.clone(), unknown)));
            report.problems.extend(unit.problems);
        }
        report.findings = one_a_place(findings, sources);
        report.waived = one_a_place(waived, sources);
        report.unknowns = one_a_place(unknowns, sources);
        sort_problems(&mut report.problems, sources);
        report
    }

    /// Adds problems that belong to no unit.
    pub fn add_problems(&mut self, problems: Vec<Problem>, sources: &Sources) {
        self.problems.extend(problems);
        sort_problems(&mut self.problems, sources);
    }

    /// How many findings of a severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|reported| reported.finding.severity == severity).count()
    }

    /// What could not be analysed: all problems but notes.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.kind != ProblemKind::Note)
    }

    /// What is worth knowing and changes no exit status.
    pub fn notes(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.kind == ProblemKind::Note)
    }
}

/// The text that `write` writes.
pub fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = write(&mut text);
    String::from_utf8(text)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The positions of the first byte of a span and of the one behind its last.
pub fn positions(span: Span, sources: &Sources) -> (Arc<str>, Position, Position) {
    let file = sources.get(span.file);
    (Arc::clone(file.path()), file.position(span.range.start), file.position(span.range.end))
}

/// Findings with the names of their units.
type Named<T> = Vec<(UnitName, T)>;

fn one_a_place<T: Placed>(all: Named<T>, sources: &Sources) -> Vec<Reported<T>> {
    let mut places: BTreeMap<(PlaceKey, &'static str), Named<T>> = BTreeMap::new();
    for (unit, finding) in all {
        let key = (PlaceKey::of(finding.place(), sources), finding.check());
        // Most places have one finding only.
        places.entry(key).or_insert_with(|| Vec::with_capacity(1)).push((unit, finding));
    }
    let mut fingerprints = fingerprint::Fingerprints::default();
    let merged = places.into_values().filter_map(|mut same| {
        same.sort_by(|(unit, a), (other_unit, b)| {
            b.weight()
                .cmp(&a.weight())
                .then_with(|| (unit, a.address()).cmp(&(other_unit, b.address())))
        });
        let mut instances: Vec<Instance> = same
            .iter()
            .map(|((root, var_file), finding)| Instance {
                root: Arc::clone(root),
                var_file: var_file.clone(),
                address: Arc::clone(finding.address()),
            })
            .collect();
        instances.sort();
        instances.dedup();
        let (_, finding) = same.into_iter().next()?;
        let fingerprint =
            fingerprints.of(finding.check(), finding.address(), finding.place(), sources);
        Some(Reported { finding, instances, fingerprint })
    });
    merged.collect()
}

/// Puts problems in the order in which they are told, each only once.
pub fn sort_problems(problems: &mut Vec<Problem>, sources: &Sources) {
    problems.sort_by_cached_key(|problem| {
        let place = problem.span.map(|span| PlaceKey::of(span, sources));
        (problem.path.clone(), place, problem.kind, problem.message.clone())
    });
    problems.dedup_by(|a, b| {
        let place = |problem: &Problem| problem.span.map(|span| PlaceKey::of(span, sources));
        a.kind == b.kind && a.path == b.path && a.message == b.message && place(a) == place(b)
    });
}

impl PlaceKey {
    fn of(span: Span, sources: &Sources) -> Self {
        let (path, base) = sources.place(span.file);
        let offset = |at: u32| base.offset + u64::from(at);
        Self { path, start: offset(span.range.start), end: offset(span.range.end) }
    }
}

impl Placed for Finding {
    fn check(&self) -> &'static str {
        self.check
    }
    fn place(&self) -> Span {
        self.primary.span
    }
    fn address(&self) -> &Arc<str> {
        &self.address
    }
    fn weight(&self) -> Option<Severity> {
        Some(self.severity)
    }
}

impl Placed for Waived {
    fn check(&self) -> &'static str {
        self.finding.check
    }
    fn place(&self) -> Span {
        self.finding.primary.span
    }
    fn address(&self) -> &Arc<str> {
        &self.finding.address
    }
    fn weight(&self) -> Option<Severity> {
        Some(self.finding.severity)
    }
}

impl Placed for UnknownFinding {
    fn check(&self) -> &'static str {
        self.check
    }
    fn place(&self) -> Span {
        self.place
    }
    fn address(&self) -> &Arc<str> {
        &self.address
    }
    fn weight(&self) -> Option<Severity> {
        None
    }
}
