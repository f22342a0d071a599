//! Reads units in parallel and hands each to a command: [`Session`].

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use super::args::{InputArgs, JudgingArgs, ScreenArgs};
use super::disk::{RealDisk, WithFile, read_all};
use super::inputs::{Inputs, STANDARD_INPUT, Trust};
use super::output::{Usage, colored};
use super::scope::Scope;
use super::sniff::Kind;
use super::walk::{cannot_read, input_problem};
use super::{select, settings};
use crate::config::Config;
use crate::date::Date;
use crate::judge::Settings;
use crate::model::{Model, Problem, ProblemKind, Unit, UnitKind};
use crate::plan::{self, IdentityPolicies};
use crate::report::text;
use crate::source::{Sources, Span};
use crate::terraform::{self, Loader};

/// Stack of a thread, in bytes: readers bound their depth, and this leaves them room.
const STACK: usize = 8 << 20;

/// What the units of a run share.
pub(super) struct Session<'a> {
    pub(super) sources: Sources,
    pub(super) disk: RealDisk,
    pub(super) config: Config,
    pub(super) settings: Settings,
    pub(super) today: Date,
    args: &'a InputArgs,
    scope: Scope,
    /// The root of trust may be widened to the local modules that are called.
    may_widen: bool,
    threads: rayon::ThreadPool,
}

/// One thing to read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Job {
    /// A root module; only what concerns the named files is reported, if there are some.
    Module { root: String, only: BTreeSet<String> },
    /// A plan or a state.
    Plan(String),
    /// A template.
    Template(String),
    /// Whatever came on standard input.
    StandardInput(Kind),
}

/// A unit, and what of it is reported.
pub(super) struct Read<'a> {
    pub(super) unit: &'a Unit,
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
}

impl Read<'_> {
    /// Is one of the places in a file that is reported on?
    pub(super) fn reports(&self, places: impl IntoIterator<Item = Span>) -> bool {
        places.into_iter().any(|span| {
            let file = self.session.sources.get(span.file);
            match self.only.is_empty() {
                true => self.session.scope.holds(file.path()),
                false => self.only.contains(&**file.path()),
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
        let trust = Trust::of(&paths, args.root.as_deref())?;
        let disk = RealDisk::new(trust.root).map_err(Usage::new)?;
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
            config,
            today,
            args,
            may_widen: trust.may_widen,
            threads: threads.stack_size(STACK).build().map_err(Usage::new)?,
        })
    }

    /// Reads all units and calls `each` with every one, in parallel. A panic in one costs only that one.
    pub(super) fn run<T: Send>(&self, each: impl Fn(&Read<'_>) -> T + Sync) -> Outcomes<T> {
        self.threads.install(|| {
            let inputs = Inputs::gather(self.args, &self.disk, &self.scope, self.may_widen);
            let reader = Reader::new(self, &inputs);
            let jobs = reader.jobs();
            let results = jobs.par_iter().map(|job| {
                let path = job.path();
                guarded(path, || {
                    let unit = reader.read(job)?;
                    Ok(each(&Read { unit: &unit, only: job.only(), session: self }))
                })
            });
            let results: Vec<Result<T, Problem>> = results.collect();
            let mut outcomes =
                Outcomes { units: Vec::new(), problems: Vec::new(), files: inputs.files() };
            for result in results {
                match result {
                    Ok(unit) => outcomes.units.push(unit),
                    Err(problem) => outcomes.problems.push(problem),
                }
            }
            outcomes.problems.extend(inputs.problems);
            outcomes.problems.extend(inputs.tree.problems);
            outcomes
        })
    }

    /// Errors and notes for standard error.
    pub(super) fn messages(&self, problems: &[Problem], screen: &ScreenArgs) -> String {
        let shown =
            problems.iter().filter(|problem| problem.kind != ProblemKind::Note || !screen.quiet);
        text::render_problems(shown, &self.sources, colored(screen.color, &io::stderr()))
    }
}

/// Reads jobs.
struct Reader<'a> {
    session: &'a Session<'a>,
    inputs: &'a Inputs,
    loader: Loader<'a>,
    options: terraform::Options,
}

impl<'a> Reader<'a> {
    fn new(session: &'a Session<'a>, inputs: &'a Inputs) -> Self {
        let tofu = session.args.tofu || inputs.has_tofu();
        let loader = Loader::new(&session.disk, &session.sources, tofu);
        let options = terraform::Options {
            all_identity_policies: session.settings.strict,
            ..session.args.terraform_options()
        };
        Self { session, inputs, loader, options }
    }

    fn jobs(&self) -> Vec<Job> {
        let inputs = self.inputs;
        let relevant =
            select::relevant(&inputs.tree, &inputs.directories, self.session.settings.strict);
        let calls: Vec<Vec<String>> =
            relevant.par_iter().map(|module| self.loader.calls(module)).collect();
        let scanned =
            select::roots(&relevant, &calls, |path| inputs.tree.modules.contains_key(path));
        let named =
            inputs.named_modules.iter().filter(|(root, _)| !scanned.contains(&root.as_str()));
        let named =
            named.map(|(root, only)| Job::Module { root: root.clone(), only: only.clone() });
        let scanned = scanned
            .iter()
            .map(|root| Job::Module { root: (*root).to_owned(), only: BTreeSet::new() });
        let templates =
            inputs.templates.iter().chain(&inputs.tree.templates).cloned().map(Job::Template);
        let plans = inputs.plans.iter().cloned().map(Job::Plan);
        let standard_input =
            inputs.standard_input.iter().map(|input| Job::StandardInput(input.kind));
        let mut jobs: Vec<Job> =
            named.chain(scanned).chain(templates).chain(plans).chain(standard_input).collect();
        jobs.sort();
        jobs.dedup();
        jobs
    }

    fn read(&self, job: &Job) -> Result<Unit, Problem> {
        match job {
            Job::Module { root, .. } => Ok(self.loader.evaluate(root, &self.options)),
            Job::Template(path) => Ok(self.later(path, UnitKind::CloudFormation)),
            Job::Plan(path) => {
                let file =
                    self.session.disk.open(path).map_err(|error| cannot_read(path, &error))?;
                self.plan(file, path)
            }
            Job::StandardInput(kind) => self.standard_input(*kind),
        }
    }

    fn standard_input(&self, kind: Kind) -> Result<Unit, Problem> {
        let head = self.inputs.standard_input.as_ref().map_or(&[][..], |input| &input.head);
        let input = head.chain(io::stdin());
        let name = match kind {
            Kind::Plan => return self.plan(input, STANDARD_INPUT),
            Kind::Template => return Ok(self.later(STANDARD_INPUT, UnitKind::CloudFormation)),
            Kind::Hcl => "<stdin>.tf",
            Kind::JsonHcl => "<stdin>.tf.json",
        };
        let text = read_all(input).map_err(|error| cannot_read(STANDARD_INPUT, &error))?;
        let disk = WithFile { disk: &self.session.disk, name, text };
        Ok(Loader::new(&disk, &self.session.sources, false).evaluate(".", &self.options))
    }

    fn plan(&self, input: impl io::Read, path: &str) -> Result<Unit, Problem> {
        let identity_policies = if self.session.settings.strict {
            IdentityPolicies::All
        } else {
            IdentityPolicies::NamingEcr
        };
        plan::read(input, path, &self.session.sources, &plan::Options { identity_policies })
    }

    fn later(&self, root: &str, kind: UnitKind) -> Unit {
        Unit { root: root.to_owned(), kind, model: Model::default(), problems: Vec::new() }
    }
}

impl Job {
    fn path(&self) -> &str {
        match self {
            Self::Module { root, .. } => root,
            Self::Plan(path) | Self::Template(path) => path,
            Self::StandardInput(_) => STANDARD_INPUT,
        }
    }

    fn only(&self) -> &BTreeSet<String> {
        static ALL: BTreeSet<String> = BTreeSet::new();
        match self {
            Self::Module { only, .. } => only,
            Self::Plan(_) | Self::Template(_) | Self::StandardInput(_) => &ALL,
        }
    }
}

/// Runs `work`; a panic becomes a problem of `path`.
fn guarded<T>(path: &str, work: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<&str>().copied();
        let text =
            text.or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
        let message =
            format!("`{path}` could not be analysed because of a defect in ecrlint: {text}");
        Err(input_problem(path, message, Some("please report it with the input that caused it")))
    })
}
