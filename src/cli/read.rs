//! From what is to be read to units: [`Reader`].

use std::collections::BTreeSet;
use std::io::{self, Read as _};

use rayon::prelude::*;

use super::args::{InputArgs, PlanScope};
use super::disk::{RealDisk, WithFile, read_all};
use super::facts::Facts;
use super::inputs::{Inputs, STANDARD_INPUT};
use super::sniff::Kind;
use super::walk::{Tree, cannot_read, input_problem};
use super::{select, var_files};
use crate::cloudformation::{self, ParameterValue};
use crate::disk::Disk;
use crate::model::{Problem, ProblemKind, Unit};
use crate::plan::{self, IdentityPolicies};
use crate::source::Sources;
use crate::terraform::{self, Deployment, Given, Loader};

/// One thing to read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Job {
    /// A root module; only what concerns the named files is reported, if there are some.
    Module {
        root: String,
        only: BTreeSet<String>,
        /// One of several files of variables, which it is read with in turn.
        var_file: Option<String>,
    },
    /// A module with the inputs of Terragrunt.
    Deployment { file: String, deployment: Deployment },
    /// A plan or a state.
    Plan(String),
    /// A named template.
    Template(String),
    /// A file that may be a template.
    PerhapsTemplate(String),
    /// Whatever came on standard input.
    StandardInput(Kind),
}

/// The file system, seen from what is named and from the source of plans: each has its root of trust.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disks<'a> {
    pub(super) named: &'a RealDisk,
    pub(super) source: &'a RealDisk,
}

/// Reads jobs.
pub(super) struct Reader<'a> {
    sources: &'a Sources,
    disk: &'a RealDisk,
    inputs: &'a Inputs,
    loader: Loader<'a>,
    /// Reads the root module that plans were made from.
    source_loader: Loader<'a>,
    args: &'a InputArgs,
    terraform: terraform::Options,
    cloudformation: cloudformation::Options,
    plan: plan::Options,
    strict: bool,
    /// What is wrong with the files of parameters.
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// Nothing is read yet but the files of parameters.
    pub(super) fn new(
        inputs: &'a Inputs,
        args: &'a InputArgs,
        strict: bool,
        plan_scope: PlanScope,
        disks: Disks<'a>,
        sources: &'a Sources,
    ) -> Self {
        let tofu = args.module.tofu || inputs.has_tofu();
        let mut reader = Self {
            sources,
            disk: disks.named,
            inputs,
            loader: Loader::new(disks.named, sources, tofu),
            source_loader: Loader::new(disks.source, sources, tofu),
            args,
            terraform: args.module.terraform_options(strict),
            cloudformation: cloudformation::Options::default(),
            plan: plan::Options {
                identity_policies: match strict {
                    true => IdentityPolicies::All,
                    false => IdentityPolicies::NamingEcr,
                },
                before: plan_scope == PlanScope::Worse,
            },
            strict,
            problems: Vec::new(),
        };
        reader.read_parameters(args);
        reader
    }

    fn read_parameters(&mut self, args: &InputArgs) {
        let parameters = &mut self.cloudformation.parameters;
        for path in &args.parameters {
            match self.disk.read(path) {
                Ok(text) => {
                    let file = self.sources.add(path.as_str(), text);
                    let (values, problems) = cloudformation::read_parameters(self.sources, file);
                    parameters.extend(values);
                    self.problems.extend(problems);
                }
                Err(error) => self.problems.push(cannot_read(path, &error)),
            }
        }
        let given = args.module.variables.values();
        parameters.extend(given.map(|(name, value)| {
            (name.to_owned(), ParameterValue { value: value.to_owned(), span: None })
        }));
    }

    /// All that is to be read, in a fixed order.
    pub(super) fn jobs(&self) -> Vec<Job> {
        let inputs = self.inputs;
        let relevant = select::relevant(&inputs.tree, &inputs.directories, self.strict);
        let calls: Vec<Vec<String>> =
            relevant.par_iter().map(|module| self.loader.calls(module, &self.terraform)).collect();
        let scanned =
            select::roots(&relevant, &calls, |path| inputs.tree.modules.contains_key(path));
        let deployments = self.deployments(&relevant);
        let deployed: BTreeSet<String> = deployments
            .iter()
            .filter_map(Deployment::module)
            .filter(|module| !inputs.tree.terragrunt.contains_key(module))
            .collect();
        let is_scanned = |root: &str| scanned.binary_search(&root).is_ok();
        let named = inputs.named_modules.iter().filter(|(root, _)| !is_scanned(root));
        let named = named.flat_map(|(root, only)| self.module(root, only));
        let scanned = scanned.iter().filter(|root| !deployed.contains(**root));
        let scanned = scanned.flat_map(|root| self.module(root, &BTreeSet::new()));
        let found = inputs.tree.templates.iter().filter(|path| !inputs.templates.contains(*path));
        let mut jobs: Vec<Job> = named.chain(scanned).collect();
        let job = |deployment: Deployment| Job::Deployment {
            file: deployment.path().to_owned(),
            deployment,
        };
        jobs.extend(deployments.into_iter().map(job));
        jobs.extend(inputs.plans.iter().cloned().map(Job::Plan));
        jobs.extend(inputs.templates.iter().cloned().map(Job::Template));
        jobs.extend(found.cloned().map(Job::PerhapsTemplate));
        jobs.extend(inputs.standard_input.iter().map(|input| Job::StandardInput(input.kind)));
        jobs.sort();
        jobs
    }

    /// What Terragrunt deploys, as far as it may say something about ECR. `relevant`: the modules that may.
    fn deployments(&self, relevant: &[&str]) -> Vec<Deployment> {
        let Tree { modules, terragrunt, .. } = &self.inputs.tree;
        let units: Vec<(&String, &Facts)> = terragrunt.iter().collect();
        let all = units.par_iter().flat_map_iter(|(directory, facts)| {
            let deployments = self.loader.deployments(directory).into_iter();
            deployments.filter(move |deployment| {
                if !deployment.is_at_hand() {
                    return deployment.may_be_ecr() || self.inputs.directories.contains(directory);
                }
                let module = deployment.module();
                let scanned = module.as_ref().and_then(|module| modules.get_key_value(module));
                scanned.is_none_or(|(path, module)| {
                    relevant.binary_search(&&**path).is_ok() || facts.name && module.identity
                })
            })
        });
        all.collect()
    }

    /// A root module, once or with each file of variables.
    fn module(&self, root: &str, only: &BTreeSet<String>) -> Vec<Job> {
        let job = |var_file| Job::Module { root: root.to_owned(), only: only.clone(), var_file };
        let files = self
            .args
            .each_var_file
            .iter()
            .flat_map(|glob| var_files::matching(root, glob, self.disk));
        let jobs: Vec<Job> = files.map(|path| job(Some(path))).collect();
        if jobs.is_empty() { vec![job(None)] } else { jobs }
    }

    /// What is wrong with what the options name.
    pub(super) fn problems(&self, jobs: &[Job]) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        let has_file =
            |job: &Job| matches!(job, Job::Module { var_file, .. } if var_file.is_some());
        let glob = self.args.each_var_file.as_ref().filter(|_| !jobs.iter().any(has_file));
        problems.extend(glob.map(|glob| {
            let pattern = glob.glob().glob();
            let message = format!("no file of variables matches `{pattern}` below a root module");
            input_problem(pattern, message, None)
        }));
        problems.extend(self.undeclared(jobs));
        problems
    }

    /// `--var` that no module knows, once all were read. (A template may have parameters of that name.)
    fn undeclared(&self, jobs: &[Job]) -> Vec<Problem> {
        let is_module = |job: &Job| matches!(job, Job::Module { .. } | Job::Deployment { .. });
        let all_modules = jobs.iter().all(is_module);
        let names = self.args.module.variables.values().map(|(name, _)| name);
        let unknown = names.filter(|name| all_modules && !self.loader.declares(name));
        let note = |name: &str| Problem {
            kind: ProblemKind::Note,
            ..input_problem(
                name,
                format!("no module declares the variable `{name}` of `--var`"),
                None,
            )
        };
        unknown.map(note).collect()
    }

    /// Reads one; `None` where it turns out to be nothing of ours.
    ///
    /// # Errors
    /// It can't be read at all.
    pub(super) fn read(&self, job: &Job) -> Result<Option<Unit>, Problem> {
        match job {
            Job::Module { root, var_file: None, .. } => {
                Ok(Some(self.loader.evaluate(root, &self.terraform)))
            }
            Job::Module { root, var_file: Some(path), .. } => {
                // What the command line says for all of them comes later, and wins.
                let mut options = self.terraform.clone();
                options.values.insert(0, Given::File(path.clone()));
                Ok(Some(self.loader.evaluate(root, &options)))
            }
            Job::Deployment { deployment, .. } => {
                Ok(Some(self.loader.deploy(deployment, &self.terraform)))
            }
            Job::Plan(path) => {
                let file = self.disk.open(path).map_err(|error| cannot_read(path, &error))?;
                self.plan(file, path).map(Some)
            }
            Job::Template(path) => {
                let text = self.disk.read(path).map_err(|error| cannot_read(path, &error))?;
                let file = self.sources.add(path.as_str(), text);
                Ok(Some(cloudformation::read(self.sources, file, &self.cloudformation)))
            }
            Job::PerhapsTemplate(path) => {
                let text = self.disk.read(path).map_err(|error| cannot_read(path, &error))?;
                let file = self.sources.add(path.as_str(), text);
                Ok(cloudformation::read_if_template(self.sources, file, &self.cloudformation))
            }
            Job::StandardInput(kind) => self.standard_input(*kind).map(Some),
        }
    }

    fn standard_input(&self, kind: Kind) -> Result<Unit, Problem> {
        let head = self.inputs.standard_input.as_ref().map_or(&[][..], |input| &input.head);
        let input = head.chain(io::stdin());
        if kind == Kind::Plan {
            return self.plan(input, STANDARD_INPUT);
        }
        let text = read_all(input).map_err(|error| cannot_read(STANDARD_INPUT, &error))?;
        let name = match kind {
            Kind::JsonHcl => "<stdin>.tf.json",
            Kind::Hcl | Kind::Plan => "<stdin>.tf",
            Kind::Template => {
                let file = self.sources.add(STANDARD_INPUT, text);
                return Ok(cloudformation::read(self.sources, file, &self.cloudformation));
            }
        };
        let disk = WithFile { disk: self.disk, name, text };
        Ok(Loader::new(&disk, self.sources, false).evaluate(".", &self.terraform))
    }

    fn plan(&self, input: impl io::Read, path: &str) -> Result<Unit, Problem> {
        let mut plan = plan::read(input, path, self.sources, &self.plan)?;
        let directory = self.args.source();
        let found = plan.join(&self.source_loader, directory, &self.terraform);
        let mut unit = plan.into_unit();
        if self.args.names_source() && found == Some(0) {
            let message = format!("no resource of the plan is found in `{directory}`");
            unit.problems
                .push(Problem { kind: ProblemKind::Note, ..input_problem(path, message, None) });
        }
        Ok(unit)
    }
}

impl Job {
    /// What the user knows it by.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Module { root, .. } => root,
            Self::Deployment { file, .. } => file,
            Self::Plan(path) | Self::Template(path) | Self::PerhapsTemplate(path) => path,
            Self::StandardInput(_) => STANDARD_INPUT,
        }
    }

    /// The file of variables that it is read with, if there are several, or that of Terragrunt.
    pub(super) fn var_file(&self) -> Option<&str> {
        match self {
            Self::Module { var_file, .. } => var_file.as_deref(),
            Self::Deployment { file, .. } => Some(file),
            Self::Plan(_)
            | Self::Template(_)
            | Self::PerhapsTemplate(_)
            | Self::StandardInput(_) => None,
        }
    }

    /// The files that are reported on; empty for all.
    pub(super) fn only(&self) -> &BTreeSet<String> {
        static ALL: BTreeSet<String> = BTreeSet::new();
        match self {
            Self::Module { only, .. } => only,
            Self::Deployment { .. }
            | Self::Plan(_)
            | Self::Template(_)
            | Self::PerhapsTemplate(_)
            | Self::StandardInput(_) => &ALL,
        }
    }
}
