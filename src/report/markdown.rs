//! The report as Markdown, for job summaries and comments on pull requests.
//!
//! Atlantis' custom policy check searches the output for "fail": a report that stops a pipeline says it, one that does
//! not never does by itself.

use super::text::{plural, summary};
use super::window::visible;
use super::{Instance, Report, positions};
use crate::source::{Sources, Span};

/// The report as Markdown; `stops` tells whether it stops the pipeline.
pub fn render(report: &Report, sources: &Sources, stops: bool) -> String {
    let mut out = format!(
        "## ecrlint: {}\n\n{}\n",
        if stops { "failed" } else { "passed" },
        code(&summary(report))
    );
    let mut rows = String::new();
    for reported in &report.findings {
        let finding = &reported.finding;
        let text = format!("{}<br>{}", cell(&finding.message), cell(&finding.help));
        rows.push_str(&row(
            finding.severity.name(),
            finding.check,
            finding.primary.span,
            &text,
            &reported.instances,
            sources,
        ));
    }
    for reported in report.unknowns.iter() {
        let unknown = &reported.finding;
        let text = cell(&unknown.because.reason);
        rows.push_str(&row(
            "unknown",
            unknown.check,
            unknown.place,
            &text,
            &reported.instances,
            sources,
        ));
    }
    if !rows.is_empty() {
        out.push_str("\n| severity | check | place | what | resource |\n|---|---|---|---|---|\n");
        out.push_str(&rows);
    }
    let errors: Vec<String> =
        report.errors().map(|e| format!("- {}: {}\n", code(&e.path), cell(&e.message))).collect();
    if !errors.is_empty() {
        out.push_str(&format!("\n### {}\n\n{}", plural(errors.len(), "error"), errors.concat()));
    }
    out
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
