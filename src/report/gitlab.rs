//! The report as GitLab's code quality report.
//!
//! Source: GitLab Docs, "Code Quality", section "Implement a custom tool".

use std::io::{self, Write};

use serde_json::{Value, json};

use super::json::{Lazy, write_value};
use super::{Report, positions};
use crate::finding::Severity;
use crate::source::{Sources, Span};

/// Writes the report as a JSON array.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let findings = report.findings.iter().map(|reported| {
        let finding = &reported.finding;
        let severity = match finding.severity {
            Severity::Critical => "blocker",
            Severity::High => "critical",
            Severity::Medium => "major",
            Severity::Low => "minor",
        };
        let place = place(finding.primary.span, sources);
        issue(finding.check, severity, &finding.message, &reported.fingerprint, &place)
    });
    let unknowns = report.unknowns.iter().map(|reported| {
        let unknown = &reported.finding;
        let place = place(unknown.place, sources);
        let message = format!("can't be known: {}", unknown.because.reason);
        issue(unknown.check, "info", &message, &format!("unknown-{}", reported.fingerprint), &place)
    });
    write_value(&Lazy(|| findings.clone().chain(unknowns.clone())), out)
}

fn issue(check: &str, severity: &str, message: &str, fingerprint: &str, place: &Value) -> Value {
    json!({
        "description": message,
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": place,
    })
}

fn place(span: Span, sources: &Sources) -> Value {
    let (path, start, end) = positions(span, sources);
    json!({"path": *path, "lines": {"begin": start.line, "end": end.line}})
}
