//! Reads units in parallel and hands each to a command: [`Session`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use super::args::InputArgs;
use super::disk::RealDisk;
use super::inputs::{Inputs, Trust};
use super::select;
use crate::model::{Model, Problem, ProblemKind, Unit, UnitKind};
use crate::source::Sources;

/// What the units of a run share.
pub(super) struct Session<'a> {
    pub(super) sources: Sources,
    pub(super) disk: RealDisk,
    pub(super) args: &'a InputArgs,
    pub(super) strict: bool,
    pub(super) jobs: usize,
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
    pub(super) fn new(args: &'a InputArgs, strict: bool, jobs: usize) -> Result<Self, String> {
        let trust = Trust::of(&args.paths, args.root.as_deref())?;
        let disk = RealDisk::new(trust.root)
            .map_err(|error| format!("there is no working directory: {error}"))?;
        Ok(Self { sources: Sources::new(), disk, args, strict, jobs })
    }

    /// Reads all units and calls `each` with every one, in parallel. A panic in one costs only that one.
    pub(super) fn run<T: Send>(&self, each: impl Fn(&Unit) -> T + Sync) -> Outcomes<T> {
        let inputs = Inputs::gather(&self.args.paths, &self.disk, false, self.jobs);
        let jobs = self.jobs(&inputs);
        let results: Vec<Result<T, Problem>> =
            jobs.par_iter().map(|job| guarded(job.path(), || each(&self.read(job)))).collect();
        let mut problems = inputs.problems;
        problems.extend(inputs.tree.problems);
        let mut units = Vec::new();
        for result in results {
            match result {
                Ok(unit) => units.push(unit),
                Err(problem) => problems.push(problem),
            }
        }
        Outcomes { units, problems, files: inputs.tree.files.len() }
    }

    fn jobs(&self, inputs: &Inputs) -> Vec<Job> {
        let roots = select::roots(&inputs.tree.modules, self.strict);
        let modules = inputs.named_modules.keys().cloned().chain(roots).map(Job::Module);
        let templates =
            inputs.templates.iter().chain(&inputs.tree.templates).cloned().map(Job::Template);
        let plans = inputs.plans.iter().cloned().map(Job::Plan);
        let mut jobs: Vec<Job> = modules.chain(templates).chain(plans).collect();
        jobs.sort();
        jobs.dedup();
        jobs
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
