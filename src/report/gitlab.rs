//! The report as GitLab's code quality report.
//!
//! Source: GitLab Docs, "Code Quality", section "Implement a custom tool".

use serde_json::{Value, json};

use super::{Report, positions};
use crate::finding::Severity;
use crate::source::{Sources, Span};

/// The report as a JSON array.
pub fn render(report: &Report, sources: &Sources) -> String {
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
    super::json::to_text(&findings.chain(unknowns).collect::<Vec<_>>())
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
