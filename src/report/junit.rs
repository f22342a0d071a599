//! The report as JUnit XML, as CI systems read it: a finding is a failure, a verdict that can't be given or a waived
//! finding is skipped, what could not be analysed is an error.

use super::window::visible;
use super::{Instance, Report, Waived, positions};
use crate::source::{Sources, Span};

/// The report as XML text.
pub fn render(report: &Report, sources: &Sources) -> String {
    let mut cases = String::new();
    for reported in &report.findings {
        let finding = &reported.finding;
        let body =
            format!("{}\n{}\n{}", finding.message, finding.help, at(finding.primary.span, sources));
        let outcome = format!(
            "<failure type=\"{}\" message=\"{}\">{}</failure>",
            finding.severity.name(),
            escape(&finding.message),
            escape(&body)
        );
        cases.push_str(&case(
            finding.check,
            finding.primary.span,
            &reported.instances,
            &outcome,
            sources,
        ));
    }
    let waived = report.waived.iter().map(|reported| {
        let Waived { finding, waiver } = &reported.finding;
        (
            finding.check,
            finding.primary.span,
            &reported.instances,
            format!("waived: {}", waiver.reason),
        )
    });
    let unknowns = report.unknowns.iter().map(|reported| {
        let unknown = &reported.finding;
        (
            unknown.check,
            unknown.place,
            &reported.instances,
            format!("can't be known: {}", unknown.because.reason),
        )
    });
    for (check, span, instances, why) in waived.chain(unknowns) {
        let outcome = format!("<skipped message=\"{}\"/>", escape(&why));
        cases.push_str(&case(check, span, instances, &outcome, sources));
    }
    for problem in report.errors() {
        let outcome = format!(
            "<error type=\"{}\" message=\"{}\"/>",
            problem.kind.name(),
            escape(&problem.message)
        );
        let path = escape(&problem.path);
        cases.push_str(&format!(
            "    <testcase classname=\"{path}\" name=\"read\">{outcome}</testcase>\n"
        ));
    }
    let (failures, errors) = (report.findings.len(), report.errors().count());
    let skipped = report.waived.len() + report.unknowns.len();
    if failures + errors + skipped == 0 {
        // Some readers take a file without any test for a broken one.
        cases.push_str("    <testcase classname=\"ecrlint\" name=\"check\"/>\n");
    }
    let tests = (failures + errors + skipped).max(1);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"ecrlint\" tests=\"{tests}\" \
         failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n{cases}  </testsuite>\n</testsuites>\n"
    )
}

fn case(
    check: &str,
    span: Span,
    instances: &[Instance],
    outcome: &str,
    sources: &Sources,
) -> String {
    let (path, start, _) = positions(span, sources);
    let address = instances.first().map_or("", |instance| &instance.address);
    format!(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{0}\" line=\"{}\">{outcome}</testcase>\n",
        escape(&path),
        escape(format!("{check} {address}").trim_end()),
        start.line,
    )
}

fn at(span: Span, sources: &Sources) -> String {
    let (path, start, _) = positions(span, sources);
    format!("{path}:{}:{}", start.line, start.column)
}

/// Text for XML: control characters have no place in it, escaped or not (XML 1.0, section 2.2).
pub(super) fn escape(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(visible).collect();
    let text = lines.join("\n");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
