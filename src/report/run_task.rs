//! The report as the callback body of an HCP Terraform run task.
//!
//! Source: HashiCorp, "Run Tasks Integration API", section "Run task callback".

use serde_json::{Value, json};

use super::text::{named, summary};
use super::{Report, positions};
use crate::finding::Severity;
use crate::source::Sources;

/// The callback body; `stops` tells whether it stops the run.
pub fn render(report: &Report, sources: &Sources, stops: bool) -> String {
    let outcomes: Vec<Value> = report
        .findings
        .iter()
        .map(|reported| {
            let finding = &reported.finding;
            let (path, start, _) = positions(finding.primary.span, sources);
            let resources = reported.instances.iter().filter(|i| !i.address.is_empty());
            let resources: String = resources.map(|i| format!("- `{}`\n", named(i))).collect();
            let body = format!(
                "{}\n\n{}\n\n`{path}:{}:{}`\n\n{resources}",
                finding.message, finding.help, start.line, start.column,
            );
            outcome(&reported.fingerprint, finding.check, finding.severity, &finding.message, &body)
        })
        .collect();
    let status = if stops { "failed" } else { "passed" };
    let attributes = json!({"status": status, "message": summary(report)});
    super::json::to_text(&json!({"data": {
        "type": "task-results",
        "attributes": attributes,
        "relationships": {"outcomes": {"data": outcomes}},
    }}))
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
