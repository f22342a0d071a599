//! `ecrlint check`.

use std::collections::BTreeSet;
use std::io::{self, Write};

use rayon::prelude::*;

use super::args::{CheckArgs, FailOn, Format, PlanScope, UnknownPolicy};
use super::output::{Outcome, Status, Usage, colored};
use super::run::{Read, Session};
use super::{disk, settings};
use crate::checks::{Check, Run};
use crate::finding::Sink;
use crate::judge::{self, Settings};
use crate::model::Unit;
use crate::plan_scope;
use crate::report::{
    Counts, Report, UnitFindings, Waived, github, gitlab, html, json, junit, markdown, run_task,
    sarif, text,
};
use crate::source::Sources;
use crate::waiver::Waivers;

/// Lints what the arguments name.
pub(super) fn check(args: &CheckArgs) -> Result<Outcome, Usage> {
    let mut session = Session::new(&args.input, &args.judging, &args.screen)?;
    session.plan_scope = args.plan_scope;
    let checks = settings::active(args, &session.config)?;
    session.on_threads(|| check_with(args, &session, &checks))
}

fn check_with(
    args: &CheckArgs,
    session: &Session<'_>,
    checks: &[&Check],
) -> Result<Outcome, Usage> {
    let outcomes = session.run(|read| {
        let mut linted = lint(read, checks, session);
        if !args.show_sensitive {
            session.hide_sensitive(read.unit).redact(&mut linted.unit);
        }
        linted
    });
    let waivers = Waivers::find(&session.sources, session.today);
    let counts = Counts { files: outcomes.files, units: outcomes.units.len(), resources: 0 };
    let units = apply(waivers, outcomes.units, outcomes.only.as_ref(), checks, &session.sources);
    let mut report = Report::merge(units, counts, &session.sources);
    report.add_problems(outcomes.problems, &session.sources);

    let unknown = args.unknown.unwrap_or(UnknownPolicy::Note);
    if unknown == UnknownPolicy::Ignore {
        report.unknowns.clear();
    }
    let status = status(&report, args.fail_on.unwrap_or(FailOn::Medium), unknown);
    let options = text::Options {
        colored: colored(args.screen.color, &io::stdout()),
        verbose: args.screen.verbose,
    };
    let sources = &session.sources;
    for (format, path) in &args.output {
        let options = text::Options { colored: false, ..options };
        disk::write(path, |file| write(*format, &report, sources, options, status, file))
            .map_err(|error| Usage::new(format!("cannot write `{path}`: {error}")))?;
    }
    let messages = session.messages(&report.problems, &args.screen);
    let status = status
        .print(&messages, |stream| write(args.format, &report, sources, options, status, stream));
    Ok(Outcome { status, ..Outcome::default() })
}

fn write(
    format: Format,
    report: &Report,
    sources: &Sources,
    options: text::Options,
    status: Status,
    out: &mut dyn Write,
) -> io::Result<()> {
    let stops = status != Status::Clean;
    match format {
        Format::Human => text::write(report, sources, options, out),
        Format::Concise => text::write_concise(report, sources, options.colored, out),
        Format::Json => json::write(report, sources, out),
        Format::Sarif => sarif::write(report, sources, out),
        Format::Junit => junit::write(report, sources, out),
        Format::Github => github::write(report, sources, out),
        Format::Gitlab => gitlab::write(report, sources, out),
        Format::Markdown => markdown::write(report, sources, stops, out),
        Format::Html => html::write(report, sources, out),
        Format::TfcRunTask => run_task::write(report, sources, stops, out),
    }
}

/// What was found in a unit.
struct Linted {
    unit: UnitFindings,
    /// What is there, but not asked for: waivers may be meant for it.
    out_of_scope: Sink,
}

/// Judges a unit and runs the checks over it.
fn lint(read: &Read<'_>, checks: &[&Check], session: &Session<'_>) -> Linted {
    let unit = read.unit;
    let settings = &session.settings;
    let mut all = run(checks, unit, settings);
    all.findings.retain(|finding| {
        read.reports(finding.scopes.iter().copied().take(1).chain([finding.primary.span]))
    });
    all.unknowns.retain(|unknown| read.reports([unknown.place]));
    let out_of_scope = match (session.plan_scope, &unit.before) {
        (PlanScope::All, _) | (PlanScope::Worse, None) => Sink::default(),
        (PlanScope::Changed, _) => plan_scope::changed(&mut all, &unit.model),
        (PlanScope::Worse, Some(before)) => {
            let found_before = run(checks, before, settings);
            plan_scope::worse(&mut all, [unit, before], &found_before, settings)
        }
    };
    let severities = &session.config.severity;
    for finding in &mut all.findings {
        finding.severity = severities.get(finding.check).copied().unwrap_or(finding.severity);
    }
    let unit = UnitFindings {
        root: unit.root.clone(),
        var_file: read.var_file.map(str::to_owned),
        resources: unit.model.repositories.len() + unit.model.attachments.len(),
        findings: all.findings,
        waived: Vec::new(),
        unknowns: all.unknowns,
        problems: read.problems(),
    };
    Linted { unit, out_of_scope }
}

/// Runs the checks in parallel.
fn run(checks: &[&Check], unit: &Unit, settings: &Settings) -> Sink {
    let mut all = Sink::default();
    for judged in judge::judge_in_parts(unit, settings) {
        let sinks = checks.par_iter().map(|check| {
            let mut sink = Sink::default();
            if let Run::Model(run) = check.run {
                run(&judged, &mut sink);
            }
            sink
        });
        let sinks: Vec<Sink> = sinks.collect();
        for sink in sinks {
            all.findings.extend(sink.findings);
            all.unknowns.extend(sink.unknowns);
        }
    }
    all
}

/// Takes out what waivers cover, and adds what is wrong with the waivers themselves.
fn apply(
    mut waivers: Waivers,
    linted: Vec<Linted>,
    only: Option<&BTreeSet<String>>,
    checks: &[&Check],
    sources: &Sources,
) -> Vec<UnitFindings> {
    let mut units = Vec::with_capacity(linted.len());
    for Linted { mut unit, out_of_scope } in linted {
        for finding in std::mem::take(&mut unit.findings) {
            match waivers.cover(&finding, sources) {
                Some(waiver) => unit.waived.push(Waived { finding, waiver }),
                None => unit.findings.push(finding),
            }
        }
        unit.unknowns.retain(|unknown| waivers.cover_unknown(unknown, sources).is_none());
        out_of_scope.findings.iter().for_each(|finding| _ = waivers.cover(finding, sources));
        let unknowns = out_of_scope.unknowns.iter();
        unknowns.for_each(|unknown| _ = waivers.cover_unknown(unknown, sources));
        units.push(unit);
    }
    let mut about_waivers = waivers.findings(|id| checks.iter().any(|check| check.id == id));
    about_waivers.retain(|finding| {
        let (path, _) = sources.place(finding.primary.span.file);
        only.is_none_or(|only| only.contains(&*path))
    });
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
