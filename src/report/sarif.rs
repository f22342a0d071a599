//! The report as SARIF, for code scanning.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::json::{Lazy, write_value};
use super::text::named;
use super::{Instance, Report, Reported, Waived, positions};
use crate::checks::{self, Check};
use crate::finding::{Finding, Fix, Label, Severity, UnknownFinding};
use crate::model::{Problem, ProblemKind};
use crate::policy::Exposure;
use crate::source::{Sources, Span};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes the report as SARIF text.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let findings =
        report.findings.iter().map(|reported| result(&reported.finding, reported, sources));
    let waived = report.waived.iter().map(|reported| waived_result(reported, sources));
    let unknowns = report.unknowns.iter().map(|reported| unknown_result(reported, sources));
    let results = findings.chain(waived).chain(unknowns);
    let notifications: Vec<Value> =
        report.problems.iter().map(|p| notification(p, sources)).collect();
    let rules: Vec<Value> = checks::ALL.iter().map(|check| rule(check)).collect();
    let run = Run {
        tool: json!({"driver": {
            "name": env!("CARGO_PKG_NAME"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        }}),
        column_kind: "unicodeCodePoints",
        invocations: json!([{
            "executionSuccessful": report.errors().next().is_none(),
            "toolExecutionNotifications": notifications,
        }]),
        results: Lazy(|| results.clone()),
    };
    write_value(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] }, out)
}

#[derive(Serialize)]
struct Log<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<R>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<R> {
    tool: Value,
    column_kind: &'static str,
    invocations: Value,
    results: R,
}

fn rule(check: &Check) -> Value {
    let tags: Vec<String> =
        check.controls.iter().map(|c| format!("{} {}", c.framework, c.id)).collect();
    json!({
        "id": check.id,
        "shortDescription": {"text": check.title},
        "help": {"text": check.page, "markdown": check.page},
        "defaultConfiguration": {"level": level(check.severity)},
        "properties": {
            "precision": "very-high",
            "security-severity": security_severity(check.severity),
            "tags": std::iter::once("security".to_owned()).chain(tags).collect::<Vec<_>>(),
        },
    })
}

/// The place of a check among the rules; SARIF 3.27.6 has -1 for none.
fn rule_index(check: &str) -> i64 {
    checks::ALL
        .iter()
        .position(|rule| rule.id == check)
        .and_then(|at| i64::try_from(at).ok())
        .unwrap_or(-1)
}

fn result<T>(finding: &Finding, reported: &Reported<T>, sources: &Sources) -> Value {
    let mut result = json!({
        "ruleId": finding.check,
        "ruleIndex": rule_index(finding.check),
        "level": level(finding.severity),
        "message": {"text": format!("{}\n{}", finding.message, finding.help)},
        "locations": [location(finding.primary.span, &reported.instances, sources)],
        "relatedLocations": related(&finding.related, sources),
        "partialFingerprints": {"ecrlint/v1": reported.fingerprint},
        "properties": {
            "exposure": finding.exposure.map(Exposure::as_str),
            "security-severity": security_severity(finding.severity),
        },
    });
    if !finding.related.is_empty() {
        add(&mut result, "codeFlows", json!([code_flow(finding, sources)]));
    }
    if !finding.fixes.is_empty() {
        let fixes: Vec<Value> = finding.fixes.iter().map(|f| fix(f, sources)).collect();
        add(&mut result, "fixes", json!(fixes));
    }
    result
}

fn waived_result(reported: &Reported<Waived>, sources: &Sources) -> Value {
    let Waived { finding, waiver } = &reported.finding;
    let mut result = result(finding, reported, sources);
    let place = physical(waiver.span, sources);
    let suppression = json!({"kind": "inSource", "justification": waiver.reason, "location": {"physicalLocation": place}});
    add(&mut result, "suppressions", json!([suppression]));
    result
}

/// SARIF 3.27.9: "open" is a result for which there was not enough information to decide.
fn unknown_result(reported: &Reported<UnknownFinding>, sources: &Sources) -> Value {
    let unknown = &reported.finding;
    json!({
        "ruleId": unknown.check,
        "ruleIndex": rule_index(unknown.check),
        "kind": "open",
        "level": "none",
        "message": {"text": format!("can't be known: {}", unknown.because.reason)},
        "locations": [location(unknown.place, &reported.instances, sources)],
        "partialFingerprints": {"ecrlint/v1": reported.fingerprint},
    })
}

fn notification(problem: &Problem, sources: &Sources) -> Value {
    let place = match problem.span {
        Some(span) => physical(span, sources),
        None => json!({"artifactLocation": {"uri": uri(&problem.path)}}),
    };
    json!({
        "level": if problem.kind == ProblemKind::Note { "note" } else { "error" },
        "descriptor": {"id": problem.kind.name()},
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": place}],
    })
}

fn location(span: Span, instances: &[Instance], sources: &Sources) -> Value {
    let resources = instances
        .iter()
        .filter(|instance| !instance.address.is_empty())
        .map(|instance| json!({"fullyQualifiedName": named(instance), "kind": "resource"}));
    json!({
        "physicalLocation": physical(span, sources),
        "logicalLocations": resources.collect::<Vec<_>>(),
    })
}

fn related(labels: &[Label], sources: &Sources) -> Vec<Value> {
    let numbered = (1..).zip(labels).map(|(id, label)| {
        let place = physical(label.span, sources);
        json!({"id": id, "message": {"text": label.message}, "physicalLocation": place})
    });
    numbered.collect()
}

/// The way of the value from where it was written to where it is used.
fn code_flow(finding: &Finding, sources: &Sources) -> Value {
    let steps = std::iter::once(&finding.primary).chain(&finding.related).map(|label| {
        let place = physical(label.span, sources);
        json!({"location": {"message": {"text": label.message}, "physicalLocation": place}})
    });
    json!({"threadFlows": [{"locations": steps.collect::<Vec<_>>()}]})
}

fn fix(fix: &Fix, sources: &Sources) -> Value {
    let changes = fix.edits.iter().map(|edit| {
        let (path, start, end) = positions(edit.span, sources);
        json!({
            "artifactLocation": {"uri": uri(&path)},
            "replacements": [{
                "deletedRegion": {"byteOffset": start.offset, "byteLength": end.offset - start.offset},
                "insertedContent": {"text": edit.text},
            }],
        })
    });
    json!({"description": {"text": fix.title}, "artifactChanges": changes.collect::<Vec<_>>()})
}

fn physical(span: Span, sources: &Sources) -> Value {
    let (path, start, end) = positions(span, sources);
    json!({
        "artifactLocation": {"uri": uri(&path)},
        "region": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
            "byteOffset": start.offset,
            "byteLength": end.offset - start.offset,
        },
    })
}

/// A path as a URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let mut uri = scheme.to_owned();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn add(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(key.to_owned(), value);
    }
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// What GitHub ranks alerts by: a CVSS score as text.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}
