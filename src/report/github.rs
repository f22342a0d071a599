//! The report as workflow commands of GitHub Actions, which annotate the lines of a pull request.
//!
//! Source: GitHub Docs, "Workflow commands for GitHub Actions".

use std::io::{self, Write};

use super::text::named;
use super::window::visible;
use super::{Instance, Report, positions};
use crate::finding::Severity;
use crate::model::ProblemKind;
use crate::source::{Sources, Span};

/// Writes the report as one command a line.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    for reported in &report.findings {
        let finding = &reported.finding;
        let level = match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low => "notice",
        };
        let title = format!("{} ({})", finding.check, finding.severity.name());
        let text = format!("{}\n{}{}", finding.message, finding.help, at(&reported.instances));
        let place = place(finding.primary.span, sources);
        out.write_all(command(level, &place, &title, &text).as_bytes())?;
    }
    for reported in report.unknowns.iter() {
        let unknown = &reported.finding;
        let title = format!("{} (unknown)", unknown.check);
        let text = format!("{}{}", unknown.because.reason, at(&reported.instances));
        let place = place(unknown.place, sources);
        out.write_all(command("notice", &place, &title, &text).as_bytes())?;
    }
    for problem in &report.problems {
        let level = if problem.kind == ProblemKind::Note { "notice" } else { "error" };
        let place = problem.span.map_or_else(|| file(&problem.path), |span| place(span, sources));
        let command = command(level, &place, problem.kind.name(), &problem.message);
        out.write_all(command.as_bytes())?;
    }
    Ok(())
}

fn command(level: &str, place: &str, title: &str, text: &str) -> String {
    format!("::{level} {place},title={}::{}\n", property(title), data(text))
}

fn place(span: Span, sources: &Sources) -> String {
    let (path, start, end) = positions(span, sources);
    let file = file(&path);
    if start.line == end.line {
        let columns = format!("col={},endColumn={}", start.column, end.column);
        format!("{file},line={},endLine={},{columns}", start.line, end.line)
    } else {
        format!("{file},line={},endLine={}", start.line, end.line)
    }
}

fn file(path: &str) -> String {
    format!("file={}", property(path))
}

fn at(instances: &[Instance]) -> String {
    let resources = instances.iter().filter(|instance| !instance.address.is_empty());
    resources.map(|instance| format!("\n{}", named(instance))).collect()
}

fn data(text: &str) -> String {
    text.lines().map(|line| visible(line).replace('%', "%25")).collect::<Vec<_>>().join("%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
