//! The report as JUnit XML, as CI systems read it: a finding is a failure, a verdict that can't be given or a waived
//! finding is skipped, what could not be analysed is an error.

use std::io::{self, Write};

use super::window::visible;
use super::{Instance, Report, Waived, positions};
use crate::source::{Sources, Span};

/// Writes the report as XML text.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let (failures, errors) = (report.findings.len(), report.errors().count());
    let skipped = report.waived.len() + report.unknowns.len();
    let tests = failures + errors + skipped;
    write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"ecrlint\" tests=\"{}\" \
         failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n",
        tests.max(1)
    )?;
    for reported in &report.findings {
        let finding = &reported.finding;
        let message = escape_line(&finding.message);
        let place = at(finding.primary.span, sources);
        let outcome = format!(
            "<failure type=\"{}\" message=\"{message}\">{message}\n{}\n{}</failure>",
            finding.severity.name(),
            escape(&finding.help),
            escape_line(&place)
        );
        let span = finding.primary.span;
        let case = case(finding.check, span, &reported.instances, &outcome, sources);
        out.write_all(case.as_bytes())?;
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
        let outcome = format!("<skipped message=\"{}\"/>", escape_line(&why));
        out.write_all(case(check, span, instances, &outcome, sources).as_bytes())?;
    }
    for problem in report.errors() {
        let outcome = format!(
            "<error type=\"{}\" message=\"{}\"/>",
            problem.kind.name(),
            escape_line(&problem.message)
        );
        let path = escape_line(&problem.path);
        writeln!(out, "    <testcase classname=\"{path}\" name=\"read\">{outcome}</testcase>")?;
    }
    if tests == 0 {
        // Some readers take a file without any test for a broken one.
        out.write_all(b"    <testcase classname=\"ecrlint\" name=\"check\"/>\n")?;
    }
    out.write_all(b"  </testsuite>\n</testsuites>\n")
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
        escape_line(&path),
        escape_line(format!("{check} {address}").trim_end()),
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
    entities(&lines.join("\n"))
}

/// The same on one line, so that nothing in a name can begin a line of a CI system's log.
fn escape_line(text: &str) -> String {
    entities(&visible(text))
}

fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
