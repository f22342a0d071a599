//! `ecrlint check`.

use std::io;

use super::args::{CheckArgs, FailOn, Format, Profile, UnknownPolicy};
use super::output::{Outcome, Status, colored};
use super::run::Session;
use crate::report::{Report, UnitFindings, json, text};

/// Lints what the arguments name. An error is bad usage or configuration.
pub(super) fn check(args: &CheckArgs) -> Result<Outcome, String> {
    let strict = args.judging.profile == Some(Profile::Strict);
    let session = Session::new(&args.input, strict, args.screen.jobs.unwrap_or(0))?;
    let outcomes = session.run(|unit| UnitFindings {
        root: unit.root.clone(),
        resources: unit.model.repositories.len() + unit.model.attachments.len(),
        findings: Vec::new(),
        unknowns: Vec::new(),
        problems: unit.problems.clone(),
    });
    let mut report = Report::merge(outcomes.units, outcomes.files, &session.sources);
    report.add_problems(outcomes.problems, &session.sources);
    let unknown = args.unknown.unwrap_or(UnknownPolicy::Note);
    let options = text::Options {
        colored: colored(args.screen.color, &io::stdout()),
        hide_unknowns: unknown == UnknownPolicy::Ignore,
        verbose: false,
    };
    let output = match args.format {
        Format::Human => text::render(&report, &session.sources, options),
        Format::Concise => text::render_concise(&report, &session.sources, options),
        Format::Json => json::render(&report, &session.sources),
    };
    let messages = text::render_problems(
        report.problems.iter(),
        &session.sources,
        super::stderr_colored(args.screen.color),
    );
    let status = status(&report, args.fail_on.unwrap_or(FailOn::Medium), unknown);
    Ok(Outcome { output, messages, status })
}

fn status(report: &Report, fail_on: FailOn, unknown: UnknownPolicy) -> Status {
    let fails = report.findings.iter().any(|reported| fail_on.fails(reported.finding.severity));
    let unknown_fails = unknown == UnknownPolicy::Fail && !report.unknowns.is_empty();
    if report.errors().next().is_some() {
        Status::Incomplete
    } else if fails || unknown_fails {
        Status::Findings
    } else {
        Status::Clean
    }
}
