//! The report as the callback body of an HCP Terraform run task.
//!
//! Source: HashiCorp, "Run Tasks Integration API", section "Run task callback".

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::json::{Lazy, write_value};
use super::text::{named, summary};
use super::{Report, positions};
use crate::finding::Severity;
use crate::source::Sources;

/// Writes the callback body; `stops` tells whether it stops the run.
///
/// # Errors
/// Those of `out`.
pub fn write(
    report: &Report,
    sources: &Sources,
    stops: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let outcomes = report.findings.iter().map(|reported| {
        let finding = &reported.finding;
        let (path, start, _) = positions(finding.primary.span, sources);
        let resources = reported.instances.iter().filter(|i| !i.address.is_empty());
        let resources: String = resources.map(|i| format!("- `{}`\n", named(i))).collect();
        let body = format!(
            "{}\n\n{}\n\n`{path}:{}:{}`\n\n{resources}",
            finding.message, finding.help, start.line, start.column,
        );
        outcome(&reported.fingerprint, finding.check, finding.severity, &finding.message, &body)
    });
    let status = if stops { "failed" } else { "passed" };
    let results = Results {
        type_name: "task-results",
        attributes: json!({"status": status, "message": summary(report)}),
        relationships: Relationships { outcomes: Data { data: Lazy(|| outcomes.clone()) } },
    };
    write_value(&Data { data: results }, out)
}

#[derive(Serialize)]
struct Data<T> {
    data: T,
}

#[derive(Serialize)]
struct Results<O> {
    #[serde(rename = "type")]
    type_name: &'static str,
    attributes: Value,
    relationships: Relationships<O>,
}

#[derive(Serialize)]
struct Relationships<O> {
    outcomes: Data<O>,
}

fn outcome(id: &str, check: &str, severity: Severity, description: &str, body: &str) -> Value {
    let level = match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "info",
    };
    json!({
        "type": "task-result-outcomes",
        "attributes": {
            "outcome-id": format!("{check}-{id}"),
            "description": description,
            "body": body,
            "tags": {
                "Status": [{"label": "Open", "level": level}],
                "Severity": [{"label": severity.name(), "level": level}],
            },
        },
    })
}
