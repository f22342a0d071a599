//! Reads units in parallel and hands each to a command: [`Session`].

use std::collections::BTreeSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use super::args::{InputArgs, JudgingArgs, PlanScope, ScreenArgs};
use super::disk::RealDisk;
use super::inputs::{Inputs, Trust};
use super::output::{Usage, colored};
use super::read::{Disks, Reader};
use super::scope::Scope;
use super::settings;
use super::walk::input_problem;
use crate::config::Config;
use crate::date::Date;
use crate::judge::Settings;
use crate::model::{Problem, ProblemKind, Unit};
use crate::report::sensitive::Sensitive;
use crate::report::text;
use crate::source::{Sources, Span};

/// Stack of a thread, in bytes: readers bound their depth, and this leaves them room.
pub(super) const STACK: usize = 8 << 20;

/// What the units of a run share.
pub(super) struct Session<'a> {
    pub(super) sources: Sources,
    pub(super) disk: RealDisk,
    /// The disk as the source of plans sees it: with a root of trust of its own.
    source_disk: RealDisk,
    pub(super) config: Config,
    pub(super) settings: Settings,
    pub(super) today: Date,
    /// What of a plan is reported.
    pub(super) plan_scope: PlanScope,
    args: &'a InputArgs,
    scope: Scope,
    /// The root of trust may be widened to the local modules that are called.
    may_widen: bool,
    threads: rayon::ThreadPool,
}

/// A unit, and what of it is reported.
pub(super) struct Read<'a> {
    pub(super) unit: &'a Unit,
    /// The one of several files of variables that it was evaluated with.
    pub(super) var_file: Option<&'a str>,
    only: &'a BTreeSet<String>,
    session: &'a Session<'a>,
}

/// What a run brought to light.
pub(super) struct Outcomes<T> {
    /// What the command made of each unit.
    pub(super) units: Vec<T>,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
    /// Number of files that were looked at.
    pub(super) files: usize,
    /// The files that are reported on; `None` for all.
    pub(super) only: Option<BTreeSet<String>>,
}

impl Read<'_> {
    /// Is one of the places in a file that is reported on?
    pub(super) fn reports(&self, places: impl IntoIterator<Item = Span>) -> bool {
        places.into_iter().any(|span| {
            let (path, _) = self.session.sources.place(span.file);
            match self.only.is_empty() {
                true => self.session.scope.holds(&path),
                false => self.only.contains(&*path),
            }
        })
    }

    /// The unit's problems that are reported.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let is_named =
            |problem: &&Problem| self.only.is_empty() || self.only.contains(&problem.path);
        self.unit.problems.iter().filter(is_named).cloned().collect()
    }
}

impl<'a> Session<'a> {
    /// Opens the disk at the root of trust, and settles what holds for the run.
    pub(super) fn new(
        args: &'a InputArgs,
        judging: &JudgingArgs,
        screen: &ScreenArgs,
    ) -> Result<Self, Usage> {
        let paths = args.all_paths();
        let trust = Trust::of(&paths, args.module.root.as_deref())?;
        let disk = RealDisk::new(trust.root).map_err(Usage::new)?;
        let source = Trust::of(&[args.source().to_owned()], args.module.root.as_deref())?;
        let source_disk = RealDisk::new(source.root).map_err(Usage::new)?;
        let sources = Sources::new();
        let (config, directory) =
            settings::configuration(judging.config.as_deref(), &paths, &disk, &sources)?;
        let today = settings::today(judging)?;
        let threads = rayon::ThreadPoolBuilder::new().num_threads(screen.jobs.unwrap_or_default());
        Ok(Self {
            settings: settings::settings(judging, &config, today),
            scope: Scope::of(&config, &directory),
            sources,
            disk,
            source_disk,
            config,
            today,
            plan_scope: PlanScope::All,
            args,
            may_widen: trust.may_widen,
            threads: threads.stack_size(STACK).build().map_err(Usage::new)?,
        })
    }

    /// Does the work on one of the threads that read, where it takes the memory that reading gave back.
    pub(super) fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.threads.install(work)
    }

    /// Reads all units and calls `each` with every one, in parallel. A panic in one costs only that one.
    pub(super) fn run<T: Send>(&self, each: impl Fn(&Read<'_>) -> T + Sync) -> Outcomes<T> {
        self.threads.install(|| {
            let inputs = Inputs::gather(
                self.args,
                &self.disk,
                &self.scope,
                self.settings.strict,
                self.may_widen,
            );
            let disks = Disks { named: &self.disk, source: &self.source_disk };
            let reader = Reader::new(
                &inputs,
                self.args,
                self.settings.strict,
                self.plan_scope,
                disks,
                &self.sources,
            );
            let jobs = reader.jobs();
            let results = jobs.par_iter().map(|job| {
                guarded(job.path(), || {
                    let unit = reader.read(job)?;
                    Ok(unit.map(|unit| {
                        each(&Read {
                            unit: &unit,
                            var_file: job.var_file(),
                            only: job.only(),
                            session: self,
                        })
                    }))
                })
            });
            let results: Vec<Result<Option<T>, Problem>> = results.collect();
            let mut outcomes = Outcomes {
                units: Vec::new(),
                problems: reader.problems(&jobs),
                files: inputs.files(),
                only: inputs.only(),
            };
            // The program ends soon: tidying up the trees would only cost time.
            std::mem::forget(reader);
            for result in results {
                match result {
                    Ok(unit) => outcomes.units.extend(unit),
                    Err(problem) => outcomes.problems.push(problem),
                }
            }
            outcomes.problems.extend(inputs.problems);
            outcomes.problems.extend(inputs.tree.problems);
            outcomes
        })
    }

    /// Finds the sensitive values of a unit, and makes sure that no excerpt of the source shows them.
    pub(super) fn hide_sensitive(&self, unit: &Unit) -> Sensitive {
        let sensitive = Sensitive::of(&unit.model);
        sensitive.spans.iter().for_each(|span| self.sources.hide(*span));
        sensitive
    }

    /// Errors and notes for standard error.
    pub(super) fn messages(&self, problems: &[Problem], screen: &ScreenArgs) -> String {
        let colored = colored(screen.color, &io::stderr());
        let of_kind = |notes: bool| {
            problems.iter().filter(move |problem| (problem.kind == ProblemKind::Note) == notes)
        };
        let errors = text::render_problems(of_kind(false), &self.sources, colored);
        let notes = match (screen.quiet, screen.verbose) {
            (true, _) => String::new(),
            (false, true) => text::render_problems(of_kind(true), &self.sources, colored),
            (false, false) => text::render_notes(of_kind(true), &self.sources, colored),
        };
        notes + &errors
    }
}

/// Runs `work`; a panic becomes a problem of `path`.
pub(super) fn guarded<T>(
    path: &str,
    work: impl FnOnce() -> Result<T, Problem>,
) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<&str>().copied();
        let text =
            text.or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
        let message =
            format!("`{path}` could not be analysed because of a defect in ecrlint: {text}");
        Err(input_problem(path, message, Some("please report it with the input that caused it")))
    })
}
