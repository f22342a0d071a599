//! `ecrlint check`.

use std::io;

use rayon::prelude::*;

use super::args::{CheckArgs, FailOn, Format, UnknownPolicy};
use super::output::{Outcome, Status, Usage, colored};
use super::run::Session;
use super::settings;
use crate::checks::{Check, Run};
use crate::config::Config;
use crate::finding::Sink;
use crate::judge::{self, Settings};
use crate::model::Unit;
use crate::report::{Report, UnitFindings, Waived, json, text};
use crate::source::Sources;
use crate::waiver::Waivers;

/// Lints what the arguments name.
pub(super) fn check(args: &CheckArgs) -> Result<Outcome, Usage> {
    let session = Session::new(&args.input, &args.screen)?;
    let config = session.configuration(args.config.as_deref())?;
    let checks = settings::active(args, &config)?;
    let today = settings::today(&args.judging)?;
    let settings = settings::settings(&args.judging, &config);

    let outcomes = session.run(settings.strict, |unit| lint(unit, &checks, &settings, &config));
    let waivers = Waivers::find(&session.sources, today);
    let units = apply(waivers, outcomes.units, &checks, &session.sources);
    let mut report = Report::merge(units, outcomes.files, &session.sources);
    report.add_problems(outcomes.problems, &session.sources);

    let unknown = args.unknown.unwrap_or(UnknownPolicy::Note);
    let options = text::Options {
        colored: colored(args.screen.color, &io::stdout()),
        hide_unknowns: unknown == UnknownPolicy::Ignore,
        verbose: args.screen.verbose,
    };
    let output = match args.format {
        Format::Human => text::render(&report, &session.sources, options),
        Format::Concise => text::render_concise(&report, &session.sources, options),
        Format::Json => json::render(&report, &session.sources),
    };
    let messages = session.messages(&report.problems, &args.screen);
    let status = status(&report, args.fail_on.unwrap_or(FailOn::Medium), unknown);
    Ok(Outcome { output, messages, status })
}

/// Judges a unit and runs the checks over it.
fn lint(unit: &Unit, checks: &[&Check], settings: &Settings, config: &Config) -> UnitFindings {
    let judged = judge::judge(unit, settings);
    let sinks = checks.par_iter().map(|check| {
        let mut sink = Sink::default();
        if let Run::Model(run) = check.run {
            run(&judged, &mut sink);
        }
        sink
    });
    let sinks: Vec<Sink> = sinks.collect();
    let mut all = Sink::default();
    for sink in sinks {
        all.findings.extend(sink.findings);
        all.unknowns.extend(sink.unknowns);
    }
    for finding in &mut all.findings {
        finding.severity = config.severity.get(finding.check).copied().unwrap_or(finding.severity);
    }
    UnitFindings {
        root: unit.root.clone(),
        resources: unit.model.repositories.len() + unit.model.attachments.len(),
        findings: all.findings,
        waived: Vec::new(),
        unknowns: all.unknowns,
        problems: unit.problems.clone(),
    }
}

/// Takes out what waivers cover, and adds what is wrong with the waivers themselves.
fn apply(
    mut waivers: Waivers,
    mut units: Vec<UnitFindings>,
    checks: &[&Check],
    sources: &Sources,
) -> Vec<UnitFindings> {
    for unit in &mut units {
        for finding in std::mem::take(&mut unit.findings) {
            match waivers.cover(&finding, sources) {
                Some(waiver) => unit.waived.push(Waived { finding, waiver }),
                None => unit.findings.push(finding),
            }
        }
        unit.unknowns.retain(|unknown| waivers.cover_unknown(unknown, sources).is_none());
    }
    let about_waivers = waivers.findings(|id| checks.iter().any(|check| check.id == id));
    if !about_waivers.is_empty() {
        units.push(UnitFindings { findings: about_waivers, ..UnitFindings::empty(".") });
    }
    units
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
