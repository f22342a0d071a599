//! Reads units in parallel and hands each to a command: [`Session`].

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use super::args::{InputArgs, ScreenArgs};
use super::disk::RealDisk;
use super::inputs::{Inputs, Trust};
use super::output::{Usage, colored};
use super::{select, settings};
use crate::config::Config;
use crate::model::{Model, Problem, ProblemKind, Unit, UnitKind};
use crate::report::text;
use crate::source::Sources;

/// Stack of a thread, in bytes: readers bound their depth, and this leaves them room.
const STACK: usize = 8 << 20;

/// What the units of a run share.
pub(super) struct Session<'a> {
    pub(super) sources: Sources,
    pub(super) disk: RealDisk,
    args: &'a InputArgs,
    threads: rayon::ThreadPool,
}

/// One thing to read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Job {
    Module(String),
    Plan(String),
    Template(String),
}

/// What a run brought to light.
pub(super) struct Outcomes<T> {
    /// What the command made of each unit.
    pub(super) units: Vec<T>,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
    /// Number of files that were looked at.
    pub(super) files: usize,
}

impl<'a> Session<'a> {
    /// Opens the disk at the root of trust.
    pub(super) fn new(args: &'a InputArgs, screen: &ScreenArgs) -> Result<Self, Usage> {
        let trust = Trust::of(&args.paths, args.root.as_deref())?;
        let disk = RealDisk::new(trust.root).map_err(Usage::new)?;
        let threads = rayon::ThreadPoolBuilder::new().num_threads(screen.jobs.unwrap_or_default());
        let threads = threads.stack_size(STACK).build().map_err(Usage::new)?;
        Ok(Self { sources: Sources::new(), disk, args, threads })
    }

    /// The configuration file that holds for the PATHs.
    pub(super) fn configuration(&self, named: Option<&str>) -> Result<Config, Usage> {
        settings::configuration(named, &self.args.paths, &self.disk, &self.sources)
    }

    /// Reads all units and calls `each` with every one, in parallel. A panic in one costs only that one.
    pub(super) fn run<T: Send>(
        &self,
        strict: bool,
        each: impl Fn(&Unit) -> T + Sync,
    ) -> Outcomes<T> {
        self.threads.install(|| {
            let inputs = Inputs::gather(
                &self.args.paths,
                &self.disk,
                false,
                self.threads.current_num_threads(),
            );
            let jobs = jobs(&inputs, strict);
            let results = jobs.par_iter().map(|job| guarded(job.path(), || each(&self.read(job))));
            let results: Vec<Result<T, Problem>> = results.collect();
            let mut outcomes = Outcomes {
                units: Vec::new(),
                problems: inputs.problems.into_iter().chain(inputs.tree.problems).collect(),
                files: inputs.tree.files.len(),
            };
            for result in results {
                match result {
                    Ok(unit) => outcomes.units.push(unit),
                    Err(problem) => outcomes.problems.push(problem),
                }
            }
            outcomes
        })
    }

    /// Errors and notes for standard error.
    pub(super) fn messages(&self, problems: &[Problem], screen: &ScreenArgs) -> String {
        let shown =
            problems.iter().filter(|problem| problem.kind != ProblemKind::Note || !screen.quiet);
        text::render_problems(shown, &self.sources, colored(screen.color, &io::stderr()))
    }

    fn read(&self, job: &Job) -> Unit {
        match job {
            Job::Module(root) => self.later(root, UnitKind::Terraform),
            Job::Plan(path) => self.later(path, UnitKind::Plan),
            Job::Template(path) => self.later(path, UnitKind::CloudFormation),
        }
    }

    fn later(&self, root: &str, kind: UnitKind) -> Unit {
        Unit { root: root.to_owned(), kind, model: Model::default(), problems: Vec::new() }
    }
}

fn jobs(inputs: &Inputs, strict: bool) -> Vec<Job> {
    let roots = select::roots(&inputs.tree.modules, strict);
    let modules = inputs.named_modules.keys().cloned().chain(roots).map(Job::Module);
    let templates =
        inputs.templates.iter().chain(&inputs.tree.templates).cloned().map(Job::Template);
    let plans = inputs.plans.iter().cloned().map(Job::Plan);
    let mut jobs: Vec<Job> = modules.chain(templates).chain(plans).collect();
    jobs.sort();
    jobs.dedup();
    jobs
}

impl Job {
    fn path(&self) -> &str {
        match self {
            Self::Module(path) | Self::Plan(path) | Self::Template(path) => path,
        }
    }
}

/// Runs `work`; a panic becomes a problem of `path`.
fn guarded<T>(path: &str, work: impl FnOnce() -> T) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or(payload.downcast_ref::<String>().map(String::as_str));
        Problem {
            kind: ProblemKind::Input,
            path: path.to_owned(),
            span: None,
            message: format!(
                "`{path}` could not be analysed because of a defect in ecrlint: {}",
                text.unwrap_or("")
            ),
            help: Some("please report it with the input that caused it".to_owned()),
        }
    })
}
