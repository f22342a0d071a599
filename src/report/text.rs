//! The report for people: annotated source, or one line a finding.

use std::io::{self, Write};

use codespan_reporting::diagnostic::{Diagnostic, Label as CodespanLabel, LabelStyle};
use codespan_reporting::term::{Config, emit_to_write_style};

use super::style::{Painter, Style};
use super::window::{Windows, visible};
use super::{Instance, Report, Reported, positions, written};
use crate::finding::{Finding, Severity, UnknownFinding};
use crate::model::{Problem, ProblemKind};
use crate::source::{Sources, Span};

/// More instances than this are only counted, unless the reader wants all.
const MAX_INSTANCES: usize = 10;
/// More notes than this are only counted, unless the reader wants all.
const MAX_NOTES: usize = 5;
/// Longest text of one message, in characters.
const MAX_MESSAGE: usize = 600;

/// How to print.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// With ANSI colours.
    pub colored: bool,
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

/// Writes findings and unknowns as annotated source, and a summary.
///
/// # Errors
/// Those of `out`.
pub fn write(
    report: &Report,
    sources: &Sources,
    options: Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    write_findings(report, sources, options, out)?;
    let mut painter = Painter::new(options.colored);
    for (style, text) in summary_parts(report) {
        painter.styled(style, &text);
    }
    painter.text("\n");
    painter.pour(out)
}

/// Findings and unknowns as annotated source.
pub fn render_findings(report: &Report, sources: &Sources, options: Options) -> String {
    written(|out| write_findings(report, sources, options, out))
}

fn write_findings(
    report: &Report,
    sources: &Sources,
    options: Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut painter = Painter::new(options.colored);
    for reported in &report.findings {
        finding(reported, options).draw(sources, &mut painter);
        painter.pour(out)?;
    }
    for reported in &report.unknowns {
        unknown(reported, options).draw(sources, &mut painter);
        painter.pour(out)?;
    }
    Ok(())
}

/// Writes findings and unknowns with one line each.
///
/// # Errors
/// Those of `out`.
pub fn write_concise(
    report: &Report,
    sources: &Sources,
    colored: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut painter = Painter::new(colored);
    let mut line =
        |span: Span, heading: &str, tone: Style, message: &str, instances: &[Instance]| {
            let (path, start, _) = positions(span, sources);
            let place = format!("{}:{}:{}", visible(&path), start.line, start.column);
            painter.styled(Style::Strong, &place);
            painter.text(": ");
            painter.styled(tone, heading);
            painter.text(&format!(": {}{}\n", clip(message), whose(instances)));
            painter.pour(out)
        };
    for Reported { finding, instances, .. } in &report.findings {
        let heading = format!("{}[{}]", finding.severity.name(), finding.check);
        line(finding.primary.span, &heading, tone(finding.severity), &finding.message, instances)?;
    }
    for Reported { finding, instances, .. } in &report.unknowns {
        let heading = format!("unknown[{}]", finding.check);
        line(finding.place, &heading, Style::Unknown, &finding.because.reason, instances)?;
    }
    Ok(())
}

/// One finding as annotated source.
pub(super) fn finding_text(
    reported: &Reported<Finding>,
    sources: &Sources,
    options: Options,
) -> String {
    let mut out = Painter::new(options.colored);
    finding(reported, options).draw(sources, &mut out);
    out.finish()
}

/// One verdict that can't be given as annotated source.
pub(super) fn unknown_text(
    reported: &Reported<UnknownFinding>,
    sources: &Sources,
    options: Options,
) -> String {
    let mut out = Painter::new(options.colored);
    unknown(reported, options).draw(sources, &mut out);
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
        // What has no place in a text says at least which input it is about.
        let is_named = problem.span.is_some() || problem.message.contains(&problem.path);
        let place = (!is_named).then(|| format!("in: {}", visible(&problem.path)));
        let help = problem.help.iter().map(|help| format!("help: {}", lines(help)));
        let notes = place.into_iter().chain(help).collect();
        Drawing { heading, tone, message: &problem.message, labels, notes }.draw(sources, &mut out);
    }
    out.finish()
}

/// Notes with one line each; of many, the first and how many more there are.
pub fn render_notes<'a>(
    notes: impl Iterator<Item = &'a Problem>,
    sources: &Sources,
    colored: bool,
) -> String {
    let mut out = Painter::new(colored);
    let mut left_out = 0;
    for (number, note) in notes.enumerate() {
        if number >= MAX_NOTES {
            left_out += 1;
            continue;
        }
        out.styled(Style::Note, "note");
        match note.span.map(|span| positions(span, sources)) {
            Some((path, start, _)) => {
                out.text(&format!(": {}:{}:{}", visible(&path), start.line, start.column));
            }
            None => out.text(&format!(": {}", visible(&note.path))),
        }
        out.text(&format!(": {}\n", clip(&note.message)));
    }
    if left_out > 0 {
        out.styled(Style::Note, "note");
        out.text(&format!(": {}, `-v` shows all\n", plural(left_out, "more note")));
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
        notes: help.into_iter().chain(list(instances, options.verbose)).chain([page]).collect(),
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
        notes: list(instances, options.verbose).into_iter().collect(),
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

/// The summary in one line.
pub(super) fn summary(report: &Report) -> String {
    summary_parts(report).into_iter().map(|(_, text)| text).collect()
}

fn summary_parts(report: &Report) -> Vec<(Style, String)> {
    let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let counted = severities.map(|severity| (report.count(severity), severity));
    let counted = counted.into_iter().filter(|(count, _)| *count > 0);
    let by_severity: Vec<String> =
        counted.map(|(count, severity)| format!("{count} {}", severity.name())).collect();
    let worst = report.findings.iter().map(|reported| reported.finding.severity).max();
    let mut parts = vec![match worst {
        None => (Style::Good, "no findings".to_owned()),
        Some(worst) => (
            tone(worst),
            format!("{}: {}", plural(report.findings.len(), "finding"), by_severity.join(", ")),
        ),
    }];
    if !report.waived.is_empty() {
        parts.push((Style::Note, format!(", {} waived", report.waived.len())));
    }
    if !report.unknowns.is_empty() {
        parts.push((Style::Unknown, format!(", {} unknown", report.unknowns.len())));
    }
    let errors = report.errors().count();
    if errors > 0 {
        parts.push((Style::Error, format!(", {}", plural(errors, "error"))));
    }
    let counts = report.counts;
    let looked_at = [plural(counts.units, "unit"), plural(counts.files, "file")].join(", ");
    parts.push((
        Style::Plain,
        format!(" in {} ({looked_at})", plural(counts.resources, "ECR resource")),
    ));
    parts
}

pub(super) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The resources that a finding concerns, one a line; `None` where it concerns none.
fn list(instances: &[Instance], all: bool) -> Option<String> {
    let shown = if all { instances.len() } else { MAX_INSTANCES };
    let resources = instances.iter().filter(|instance| !instance.address.is_empty());
    let mut lines: Vec<String> = resources.take(shown).map(named).collect();
    if instances.len() > shown {
        lines.push(format!("and {} more (`-v` lists them)", instances.len() - shown));
    }
    (!lines.is_empty()).then(|| format!("at: {}", lines.join("\n    ")))
}

/// A resource and its unit.
pub(super) fn named(instance: &Instance) -> String {
    match instance.unit() {
        Some(unit) => format!("{} in {}", visible(&instance.address), visible(&unit)),
        None => visible(&instance.address),
    }
}

fn whose(instances: &[Instance]) -> String {
    match instances {
        [one] if one.address.is_empty() => String::new(),
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
