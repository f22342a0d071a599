//! The report of `check` as JSON. The shape is a contract: fields may be added, none changes its name or meaning.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::window::visible;
use super::{Instance, Report, Reported, Waived, positions, written};
use crate::finding::{Arm, Finding, Fix, Label, Severity, UnknownFinding};
use crate::model::{Problem, ProblemKind};
use crate::policy::Exposure;
use crate::source::{Position, Sources, Span};

/// Bytes that are written at a time.
const BUFFER: usize = 64 * 1024;

/// Writes the report as JSON text with a final line break.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let findings =
        Lazy(|| report.findings.iter().map(|reported| FindingJson::new(reported, sources)));
    let unknowns =
        report.unknowns.iter().map(|reported| UnknownJson::new(reported, sources)).collect();
    let problems = |kind: fn(ProblemKind) -> bool| {
        let chosen = report.problems.iter().filter(|problem| kind(problem.kind));
        chosen.map(|problem| ProblemJson::new(problem, sources)).collect::<Vec<_>>()
    };
    let errors = problems(|kind| kind != ProblemKind::Note);
    write_value(
        &ReportJson {
            version: 1,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            summary: Summary {
                files: report.counts.files,
                units: report.counts.units,
                resources: report.counts.resources,
                findings: BySeverity {
                    critical: report.count(Severity::Critical),
                    high: report.count(Severity::High),
                    medium: report.count(Severity::Medium),
                    low: report.count(Severity::Low),
                },
                unknowns: report.unknowns.len(),
                waived: report.waived.len(),
                errors: errors.len(),
            },
            findings,
            unknowns,
            waived: report.waived.iter().map(|waived| WaivedJson::new(waived, sources)).collect(),
            errors,
            notes: problems(|kind| kind == ProblemKind::Note),
        },
        out,
    )
}

/// Any value as indented JSON with a final line break.
pub(super) fn to_text(value: &impl Serialize) -> String {
    written(|out| write_value(value, out))
}

/// Writes any value as indented JSON with a final line break.
pub(super) fn write_value(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER, out);
    serde_json::to_writer_pretty(&mut out, value)?;
    out.write_all(b"\n")?;
    out.flush()
}

#[derive(Serialize)]
struct ReportJson<'a, F> {
    version: u32,
    tool: Tool,
    findings: F,
    unknowns: Vec<UnknownJson<'a>>,
    waived: Vec<WaivedJson<'a>>,
    errors: Vec<ProblemJson<'a>>,
    notes: Vec<ProblemJson<'a>>,
    summary: Summary,
}

/// Items that are made while they are written, one by one: there may be very many.
pub(super) struct Lazy<F>(pub(super) F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for Lazy<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    units: usize,
    resources: usize,
    findings: BySeverity,
    unknowns: usize,
    waived: usize,
    errors: usize,
}

#[derive(Serialize)]
struct BySeverity {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    check: &'static str,
    severity: &'static str,
    address: &'a str,
    root: &'a str,
    instances: Vec<InstanceJson<'a>>,
    message: &'a str,
    help: &'a str,
    location: Location,
    label: &'a str,
    related: Vec<Related<'a>>,
    exposure: Option<&'static str>,
    fingerprint: &'a str,
    fixes: Vec<FixJson<'a>>,
}

#[derive(Serialize)]
struct WaivedJson<'a> {
    #[serde(flatten)]
    finding: FindingJson<'a>,
    waiver: WaiverJson<'a>,
}

#[derive(Serialize)]
struct WaiverJson<'a> {
    reason: &'a str,
    until: Option<String>,
    location: Location,
}

#[derive(Serialize)]
struct InstanceJson<'a> {
    root: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    var_file: Option<&'a str>,
    address: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location,
}

#[derive(Serialize)]
struct FixJson<'a> {
    title: &'a str,
    safe: bool,
    edits: Vec<EditJson<'a>>,
}

#[derive(Serialize)]
struct EditJson<'a> {
    path: Arc<str>,
    start_offset: u64,
    end_offset: u64,
    text: &'a str,
}

#[derive(Serialize)]
struct UnknownJson<'a> {
    check: &'static str,
    address: &'a str,
    root: &'a str,
    instances: Vec<InstanceJson<'a>>,
    because: &'a str,
    location: Location,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    arms: Vec<ArmJson<'a>>,
}

#[derive(Serialize)]
struct ArmJson<'a> {
    value: &'a str,
    verdict: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct ProblemJson<'a> {
    kind: &'static str,
    path: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    location: Option<Location>,
}

/// A place in a file.
#[derive(Debug, Serialize)]
pub(super) struct Location {
    path: Arc<str>,
    start: PositionJson,
    end: PositionJson,
}

#[derive(Debug, Serialize)]
struct PositionJson {
    line: u64,
    column: u64,
    offset: u64,
}

impl<'a> FindingJson<'a> {
    fn new(reported: &'a Reported<Finding>, sources: &Sources) -> Self {
        Self::of(&reported.finding, reported, sources)
    }

    fn of<T>(finding: &'a Finding, reported: &'a Reported<T>, sources: &Sources) -> Self {
        let first = reported.instances.first();
        Self {
            check: finding.check,
            severity: finding.severity.name(),
            address: first.map_or(&finding.address, |instance| &instance.address),
            root: first.map_or("", |instance| &instance.root),
            instances: instances(&reported.instances),
            message: &finding.message,
            help: &finding.help,
            location: Location::new(finding.primary.span, sources),
            label: &finding.primary.message,
            related: finding.related.iter().map(|label| Related::new(label, sources)).collect(),
            exposure: finding.exposure.map(Exposure::as_str),
            fingerprint: &reported.fingerprint,
            fixes: finding.fixes.iter().map(|fix| FixJson::new(fix, sources)).collect(),
        }
    }
}

impl<'a> WaivedJson<'a> {
    fn new(reported: &'a Reported<Waived>, sources: &Sources) -> Self {
        let Waived { finding, waiver } = &reported.finding;
        let until = waiver.until.ok().flatten();
        Self {
            finding: FindingJson::of(finding, reported, sources),
            waiver: WaiverJson {
                reason: &waiver.reason,
                until: until.map(|day| day.to_string()),
                location: Location::new(waiver.span, sources),
            },
        }
    }
}

impl<'a> UnknownJson<'a> {
    fn new(reported: &'a Reported<UnknownFinding>, sources: &Sources) -> Self {
        let unknown = &reported.finding;
        let first = reported.instances.first();
        Self {
            check: unknown.check,
            address: first.map_or(&unknown.address, |instance| &instance.address),
            root: first.map_or("", |instance| &instance.root),
            instances: instances(&reported.instances),
            because: &unknown.because.reason,
            location: Location::new(unknown.place, sources),
            arms: unknown.arms.iter().map(|arm| ArmJson::new(arm, sources)).collect(),
        }
    }
}

impl<'a> ArmJson<'a> {
    fn new(arm: &'a Arm, sources: &Sources) -> Self {
        Self {
            value: &arm.value,
            verdict: arm.verdict,
            location: Location::new(arm.place, sources),
        }
    }
}

impl<'a> Related<'a> {
    fn new(label: &'a Label, sources: &Sources) -> Self {
        Self { message: &label.message, location: Location::new(label.span, sources) }
    }
}

impl<'a> FixJson<'a> {
    fn new(fix: &'a Fix, sources: &Sources) -> Self {
        let edits = fix.edits.iter().map(|edit| {
            let (path, start, end) = positions(edit.span, sources);
            EditJson { path, start_offset: start.offset, end_offset: end.offset, text: &edit.text }
        });
        Self { title: &fix.title, safe: fix.safe, edits: edits.collect() }
    }
}

impl<'a> ProblemJson<'a> {
    fn new(problem: &'a Problem, sources: &Sources) -> Self {
        Self {
            kind: problem.kind.name(),
            path: &problem.path,
            message: &problem.message,
            help: problem.help.as_deref(),
            location: problem.span.map(|span| Location::new(span, sources)),
        }
    }
}

impl Location {
    pub(super) fn new(span: Span, sources: &Sources) -> Self {
        let (path, start, end) = positions(span, sources);
        Self { path, start: start.into(), end: end.into() }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", visible(&self.path), self.start.line, self.start.column)
    }
}

impl From<Position> for PositionJson {
    fn from(position: Position) -> Self {
        Self { line: position.line, column: position.column, offset: position.offset }
    }
}

fn instances(instances: &[Instance]) -> Vec<InstanceJson<'_>> {
    instances
        .iter()
        .map(|instance| InstanceJson {
            root: &instance.root,
            var_file: instance.var_file.as_deref(),
            address: &instance.address,
        })
        .collect()
}
