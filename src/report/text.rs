//! The report for people: annotated source, or one line a finding.

use codespan_reporting::diagnostic::{Diagnostic, Label as CodespanLabel, LabelStyle};
use codespan_reporting::term::{Config, emit_to_write_style};

use super::style::{Painter, Style};
use super::window::{Windows, visible};
use super::{Instance, Report, Reported, positions};
use crate::finding::{Finding, Severity, UnknownFinding};
use crate::model::{Problem, ProblemKind};
use crate::source::{Sources, Span};

/// More instances than this are only counted, unless the reader wants all.
const MAX_INSTANCES: usize = 10;
/// Longest text of one message, in characters.
const MAX_MESSAGE: usize = 600;

/// How to print.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// With ANSI colours.
    pub colored: bool,
    /// Without the verdicts that can't be given.
    pub hide_unknowns: bool,
    /// All instances of every finding.
    pub verbose: bool,
}

/// A diagnostic before it is drawn.
struct Drawing<'a> {
    heading: String,
    tone: Style,
    message: &'a str,
    labels: Vec<(Span, LabelStyle, &'a str)>,
    notes: Vec<String>,
}

/// Findings and unknowns as annotated source, and a summary.
pub fn render(report: &Report, sources: &Sources, options: Options) -> String {
    let mut out = Painter::new(options.colored);
    for reported in &report.findings {
        finding(reported, options).draw(sources, &mut out);
    }
    if !options.hide_unknowns {
        for reported in &report.unknowns {
            unknown(reported, options).draw(sources, &mut out);
        }
    }
    summary(report, &mut out);
    out.finish()
}

/// Findings and unknowns with one line each.
pub fn render_concise(report: &Report, sources: &Sources, options: Options) -> String {
    let mut out = Painter::new(options.colored);
    let mut line = |span: Span,
                    heading: &str,
                    tone: Style,
                    message: &str,
                    instances: &[Instance]| {
        let (path, start, _) = positions(span, sources);
        out.styled(Style::Strong, &format!("{}:{}:{}", visible(&path), start.line, start.column));
        out.text(": ");
        out.styled(tone, heading);
        out.text(&format!(": {}{}\n", clip(message), whose(instances)));
    };
    for Reported { finding, instances, .. } in &report.findings {
        let heading = format!("{}[{}]", finding.severity.name(), finding.check);
        line(finding.primary.span, &heading, tone(finding.severity), &finding.message, instances);
    }
    if !options.hide_unknowns {
        for Reported { finding, instances, .. } in &report.unknowns {
            let heading = format!("unknown[{}]", finding.check);
            line(finding.place, &heading, Style::Unknown, &finding.because.reason, instances);
        }
    }
    out.finish()
}

/// Errors and notes as annotated source.
pub fn render_problems<'a>(
    problems: impl Iterator<Item = &'a Problem>,
    sources: &Sources,
    colored: bool,
) -> String {
    let mut out = Painter::new(colored);
    for problem in problems {
        let tone = if problem.kind == ProblemKind::Note { Style::Note } else { Style::Error };
        let heading = match problem.kind {
            ProblemKind::Note => "note".to_owned(),
            ProblemKind::Input | ProblemKind::Syntax | ProblemKind::Evaluation => {
                format!("error[{}]", problem.kind.name())
            }
        };
        let labels = problem.span.map(|span| (span, LabelStyle::Primary, "")).into_iter().collect();
        let notes = problem.help.iter().map(|help| format!("help: {}", lines(help))).collect();
        Drawing { heading, tone, message: &problem.message, labels, notes }.draw(sources, &mut out);
    }
    out.finish()
}

fn finding(reported: &Reported<Finding>, options: Options) -> Drawing<'_> {
    let Reported { finding, instances, .. } = reported;
    let primary = (finding.primary.span, LabelStyle::Primary, finding.primary.message.as_str());
    let related = finding
        .related
        .iter()
        .map(|label| (label.span, LabelStyle::Secondary, label.message.as_str()));
    let help = (!finding.help.is_empty()).then(|| format!("help: {}", lines(&finding.help)));
    let page = format!("more: `ecrlint explain {}`", finding.check);
    Drawing {
        heading: format!("{}[{}]", finding.severity.name(), finding.check),
        tone: tone(finding.severity),
        message: &finding.message,
        labels: std::iter::once(primary).chain(related).collect(),
        notes: help.into_iter().chain([list(instances, options.verbose), page]).collect(),
    }
}

fn unknown(reported: &Reported<UnknownFinding>, options: Options) -> Drawing<'_> {
    let Reported { finding: unknown, instances, .. } = reported;
    let why = &*unknown.because.reason;
    let stop = unknown.because.span.filter(|span| *span != unknown.place);
    let mut labels = vec![(unknown.place, LabelStyle::Primary, "")];
    labels.extend(stop.map(|span| (span, LabelStyle::Secondary, "known up to here")));
    labels.extend(unknown.arms.iter().map(|arm| (arm.place, LabelStyle::Secondary, arm.verdict)));
    Drawing {
        heading: format!("unknown[{}]", unknown.check),
        tone: Style::Unknown,
        message: why,
        labels,
        notes: vec![list(instances, options.verbose)],
    }
}

impl Drawing<'_> {
    fn draw(self, sources: &Sources, out: &mut Painter) {
        let spans: Vec<Span> = self.labels.iter().map(|(span, ..)| *span).collect();
        let (windows, shown) = Windows::new(&spans, sources);
        let labels = self.labels.iter().zip(shown).map(|((_, style, message), shown)| {
            CodespanLabel::new(*style, shown.window, shown.range).with_message(clip(message))
        });
        let diagnostic = Diagnostic::error().with_message(clip(self.message));
        let diagnostic = diagnostic.with_labels(labels.collect()).with_notes(self.notes);
        out.begin(self.heading, self.tone);
        // The painter writes to memory, and every label lies in its window.
        let _ = emit_to_write_style(out, &Config::default(), &windows, &diagnostic);
    }
}

/// The summary line.
fn summary(report: &Report, out: &mut Painter) {
    let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let counted = severities.into_iter().map(|severity| (severity, report.count(severity)));
    let by_severity: Vec<String> = counted
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {}", severity.name()))
        .collect();
    let style = report
        .findings
        .iter()
        .map(|reported| reported.finding.severity)
        .max()
        .map_or(Style::Good, tone);
    match by_severity.as_slice() {
        [] => out.styled(style, "no findings"),
        some => out.styled(
            style,
            &format!("{}: {}", plural(report.findings.len(), "finding"), some.join(", ")),
        ),
    }
    if !report.unknowns.is_empty() {
        out.styled(Style::Unknown, &format!(", {} unknown", report.unknowns.len()));
    }
    let errors = report.errors().count();
    if errors > 0 {
        out.styled(Style::Error, &format!(", {}", plural(errors, "error")));
    }
    let counts = report.counts;
    out.text(&format!(
        " in {} of ECR ({}, {})\n",
        plural(counts.resources, "resource"),
        plural(counts.units, "unit"),
        plural(counts.files, "file")
    ));
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The resources that a finding concerns, one a line.
fn list(instances: &[Instance], all: bool) -> String {
    let shown = if all { instances.len() } else { MAX_INSTANCES };
    let mut lines: Vec<String> = instances.iter().take(shown).map(named).collect();
    if instances.len() > shown {
        lines.push(format!("and {} more (`-v` lists them)", instances.len() - shown));
    }
    format!("at: {}", lines.join("\n    "))
}

fn named(instance: &Instance) -> String {
    match &*instance.root {
        "." => visible(&instance.address),
        root => format!("{} in {}", visible(&instance.address), visible(root)),
    }
}

fn whose(instances: &[Instance]) -> String {
    match instances {
        [] => String::new(),
        [one] => format!(" ({})", named(one)),
        [first, rest @ ..] => format!(" ({} and {} more)", named(first), rest.len()),
    }
}

pub(super) const fn tone(severity: Severity) -> Style {
    match severity {
        Severity::Critical => Style::Critical,
        Severity::High => Style::High,
        Severity::Medium => Style::Medium,
        Severity::Low => Style::Low,
    }
}

/// A message on one line, safe to print and not endless.
fn clip(message: &str) -> String {
    match message.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}…", visible(message.get(..end).unwrap_or_default())),
        None => visible(message),
    }
}

/// A help text, whose own line breaks count.
fn lines(help: &str) -> String {
    help.lines().map(clip).collect::<Vec<_>>().join("\n      ")
}
