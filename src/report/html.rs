//! The report as one HTML page that needs nothing else.

use std::io::{self, Write};

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

/// Writes the report as HTML text.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let options = Options { colored: false, verbose: true };
    let errors = report.errors().map(|problem| format!("<li>{}</li>\n", escape(&problem.message)));
    let errors: String = errors.collect();
    let errors =
        if errors.is_empty() { errors } else { format!("<h2>Errors</h2>\n<ul>\n{errors}</ul>\n") };
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>ecrlint</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>ecrlint</h1>\n<p>{}</p>\n{errors}",
        escape(&summary(report)),
    )?;
    for reported in &report.findings {
        let text = finding_text(reported, sources, options);
        out.write_all(section(reported.finding.severity.name(), reported, &text).as_bytes())?;
    }
    for reported in &report.unknowns {
        let text = unknown_text(reported, sources, options);
        out.write_all(section("unknown", reported, &text).as_bytes())?;
    }
    out.write_all(b"</body>\n</html>\n")
}

fn section<T>(class: &str, reported: &Reported<T>, text: &str) -> String {
    let id = escape(&reported.fingerprint);
    format!(
        "<section class=\"{class}\" id=\"{id}\">\n<pre>{}</pre>\n</section>\n",
        escape(text.trim_end())
    )
}
