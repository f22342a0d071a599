//! The report as one HTML page that needs nothing else.

use super::junit::escape;
use super::text::{Options, finding_text, summary, unknown_text};
use super::{Report, Reported};
use crate::source::Sources;

const STYLE: &str = "\
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.4; }
section { border-left: .3rem solid gray; margin: 1.5rem 0; padding: .1rem 1rem; }
pre { overflow-x: auto; }
.critical { border-color: #a0f; } .high { border-color: #e22; } .medium { border-color: #e90; }
.low { border-color: #29c; }
";

/// The report as HTML text.
pub fn render(report: &Report, sources: &Sources) -> String {
    let options = Options { colored: false, verbose: true };
    let findings = report.findings.iter().map(|reported| {
        section(
            reported.finding.severity.name(),
            reported,
            &finding_text(reported, sources, options),
        )
    });
    let unknowns = report
        .unknowns
        .iter()
        .map(|reported| section("unknown", reported, &unknown_text(reported, sources, options)));
    let errors = report.errors().map(|problem| format!("<li>{}</li>\n", escape(&problem.message)));
    let errors: String = errors.collect();
    let errors =
        if errors.is_empty() { errors } else { format!("<h2>Errors</h2>\n<ul>\n{errors}</ul>\n") };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>ecrlint</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>ecrlint</h1>\n<p>{}</p>\n{errors}{}\
         </body>\n</html>\n",
        escape(&summary(report)),
        findings.chain(unknowns).collect::<String>(),
    )
}

fn section<T>(class: &str, reported: &Reported<T>, text: &str) -> String {
    let id = escape(&reported.fingerprint);
    format!(
        "<section class=\"{class}\" id=\"{id}\">\n<pre>{}</pre>\n</section>\n",
        escape(text.trim_end())
    )
}
