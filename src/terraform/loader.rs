//! The way in: [`Loader`].

use std::borrow::Cow;
use std::sync::Arc;

use super::adapt;
use super::calls::Location;
use super::eval::Evaluator;
use super::evaluation::Evaluation;
use super::module::Module;
use super::module::load::{Modules, cannot_read};
use super::scope::Names;
use super::terragrunt::{self, Deployment};
use crate::disk::{Disk, DiskError, join};
use crate::model::{Model, Problem, Unit, UnitKind};
use crate::source::Sources;

/// Reads and evaluates root modules. Each file is read once, however many roots call its module; roots may be
/// evaluated in parallel.
pub struct Loader<'a> {
    modules: Modules<'a>,
}

/// What decides about a root module beside its files.
#[derive(Clone, Debug)]
pub struct Options {
    /// `--var` and `--var-file`, in the order of the command line: the last one wins.
    pub values: Vec<Given>,
    /// The values of `TF_VAR_…` variables, by the name behind the prefix.
    pub environment: Vec<(String, String)>,
    /// `terraform.workspace`
    pub workspace: String,
    /// Keep all identity policies, also those that do not name an action of ECR.
    pub all_identity_policies: bool,
}

/// A value or a file of values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Given {
    /// `--var NAME=VALUE`
    Variable {
        /// The name.
        name: String,
        /// The value: a text, or an expression, as the type of the variable has it.
        value: String,
    },
    /// `--var-file PATH`, as the user knows it.
    File(String),
    /// What a plan says of a variable. It counts where the module by itself comes to another value.
    Planned {
        /// The name.
        name: String,
        /// The value: an expression, whatever the type of the variable.
        value: String,
    },
}

impl Default for Options {
    fn default() -> Self {
        let workspace = "default".to_owned();
        Self {
            values: Vec::new(),
            environment: Vec::new(),
            workspace,
            all_identity_policies: false,
        }
    }
}

impl<'a> Loader<'a> {
    /// Nothing is read yet. `tofu`: read `.tofu` files, as OpenTofu does.
    pub fn new(disk: &'a dyn Disk, sources: &'a Sources, tofu: bool) -> Self {
        Self { modules: Modules::new(disk, sources, tofu) }
    }

    /// The local directories that the module in a directory calls, sorted; empty where there is no module. Where a
    /// source is computed, it counts with what the module by itself comes to as a root.
    pub fn calls(&self, directory: &str, options: &Options) -> Vec<String> {
        let Ok(module) = self.modules.load(directory) else { return Vec::new() };
        let mut directories: Vec<String> = module.local_calls.values().cloned().collect();
        let sources = module.calls.values().filter_map(|call| call.attribute("source"));
        let computed: Vec<_> = sources.filter(|source| source.literal_text().is_none()).collect();
        if !computed.is_empty() {
            let module = Arc::clone(&module);
            let evaluation = Evaluation::new(&self.modules, directory, options, module, None);
            let names = Names::of(&evaluation, &evaluation.root);
            let values = computed.into_iter().filter_map(|source| names.eval(source).ok());
            let texts = values.filter_map(|value| value.as_text().map(Cow::into_owned));
            let local = texts.filter(|source| is_local(source));
            directories.extend(local.map(|source| join(directory, &source)));
        }
        directories.sort();
        directories.dedup();
        directories
    }

    /// Does any module that was read declare this variable?
    pub fn declares(&self, variable: &str) -> bool {
        self.modules.any(|module| module.variables.contains_key(variable))
    }

    /// Evaluates the root module in a directory and all that it calls.
    pub fn evaluate(&self, root: &str, options: &Options) -> Unit {
        let (model, problems) = match self.modules.load(root) {
            Ok(module) => self.model(root, options, module, None),
            Err(error) => (Model::default(), vec![cannot_read(root, &error)]),
        };
        terraform_unit(root, model, problems)
    }

    /// The modules elsewhere that the `terragrunt.hcl` in a directory deploys: none, one, or those that it chooses from,
    /// as far as they are at hand; where none is, one that is not.
    pub fn deployments(&self, directory: &str) -> Vec<Deployment> {
        terragrunt::deployments(&self.modules, directory)
    }

    /// Evaluates a module with the inputs that Terragrunt gives it; only tells about one that is not at hand.
    pub fn deploy(&self, deployment: &Deployment, options: &Options) -> Unit {
        let root = deployment.root();
        if !deployment.is_at_hand() {
            let problems = deployment.absence(&self.modules);
            return terraform_unit(&deployment.directory, Model::default(), problems);
        }
        let module = match deployment.location() {
            Some(Location::Directory(directory)) => self.modules.load(&directory),
            Some(Location::Standin(standin)) => Ok(self.modules.standin(standin)),
            None => Err(DiskError::NotFound),
        };
        let (model, problems) = match module {
            Ok(module) => self.model(&root, options, module, Some(deployment)),
            Err(error) => (Model::default(), vec![cannot_read(&root, &error)]),
        };
        terraform_unit(&root, model, problems)
    }

    fn model(
        &self,
        root: &str,
        options: &Options,
        module: Arc<Module>,
        deployment: Option<&Deployment>,
    ) -> (Model, Vec<Problem>) {
        let evaluation = Evaluation::new(&self.modules, root, options, module, deployment);
        let model = adapt::model(&evaluation);
        (model, evaluation.into_problems())
    }

    /// Calls `work` with an evaluator that sees the names of the root module in a directory; where there is none, of a
    /// module without declarations. Answers what `work` does, and what there is to say about the module.
    pub fn with_console<T>(
        &self,
        root: &str,
        options: &Options,
        work: impl FnOnce(&Evaluator<'_>) -> T,
    ) -> (T, Vec<Problem>) {
        let module = self.modules.load(root).unwrap_or_default();
        let mut evaluation = Evaluation::new(&self.modules, root, options, module, None);
        evaluation.lenient = false;
        let answer = work(&Names::of(&evaluation, &evaluation.root).evaluator());
        (answer, evaluation.into_problems())
    }
}

fn terraform_unit(root: &str, model: Model, problems: Vec<Problem>) -> Unit {
    Unit { root: root.to_owned(), kind: UnitKind::Terraform, model, before: None, problems }
}

/// Is this module source a directory beside the caller?
pub(super) fn is_local(source: &str) -> bool {
    ["./", "../", ".\\", "..\\"].iter().any(|start| source.starts_with(start))
        || source == "."
        || source == ".."
}
