//! The report as Markdown, for job summaries and comments on pull requests.
//!
//! Atlantis' custom policy check searches the output for "fail": a report that stops a pipeline says it, one that does
//! not never does by itself.

use std::io::{self, Write};

use super::text::{plural, summary};
use super::window::visible;
use super::{Instance, Report, Reported, positions};
use crate::source::{Sources, Span};

/// Writes the report as Markdown; `stops` tells whether it stops the pipeline.
///
/// # Errors
/// Those of `out`.
pub fn write(
    report: &Report,
    sources: &Sources,
    stops: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let outcome = if stops { "failed" } else { "passed" };
    write!(out, "## ecrlint: {outcome}\n\n{}\n", code(&summary(report)))?;
    if !report.findings.is_empty() || !report.unknowns.is_empty() {
        out.write_all(
            b"\n| severity | check | place | what | resource |\n|---|---|---|---|---|\n",
        )?;
    }
    for Reported { finding, instances, .. } in &report.findings {
        let text = format!("{}<br>{}", cell(&finding.message), cell(&finding.help));
        let (severity, span) = (finding.severity.name(), finding.primary.span);
        let row = row(severity, finding.check, span, &text, instances, sources);
        out.write_all(row.as_bytes())?;
    }
    for Reported { finding: unknown, instances, .. } in &report.unknowns {
        let text = cell(&unknown.because.reason);
        let row = row("unknown", unknown.check, unknown.place, &text, instances, sources);
        out.write_all(row.as_bytes())?;
    }
    let errors: Vec<String> =
        report.errors().map(|e| format!("- {}: {}\n", code(&e.path), cell(&e.message))).collect();
    if !errors.is_empty() {
        write!(out, "\n### {}\n\n{}", plural(errors.len(), "error"), errors.concat())?;
    }
    Ok(())
}

fn row(
    severity: &str,
    check: &str,
    span: Span,
    text: &str,
    instances: &[Instance],
    sources: &Sources,
) -> String {
    let (path, start, _) = positions(span, sources);
    let place = code(&format!("{path}:{}:{}", start.line, start.column));
    let resources: Vec<String> =
        instances.iter().filter(|i| !i.address.is_empty()).map(named).collect();
    format!("| {severity} | `{check}` | {place} | {text} | {} |\n", resources.join("<br>"))
}

fn named(instance: &Instance) -> String {
    match instance.unit() {
        Some(unit) => format!("{} in {}", code(&instance.address), code(&unit)),
        None => code(&instance.address),
    }
}

/// Text between backticks, inside a table or outside.
fn code(text: &str) -> String {
    format!("`{}`", visible(text).replace('`', "'").replace('|', "\\|"))
}

/// Text of a table cell: our own backticks stay, what would be HTML or a new cell does not.
fn cell(text: &str) -> String {
    let text = text.lines().map(visible).collect::<Vec<_>>().join(" ");
    text.replace('|', "\\|").replace('&', "&amp;").replace('<', "&lt;")
}
