//! From the PATHs of the command line to what is to be read: [`Inputs`].

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::PathBuf;

use super::args::InputArgs;
use super::disk::{self, RealDisk};
use super::output::Usage;
use super::scope::Scope;
use super::sniff::{HEAD, Kind, reader_of};
use super::walk::{Search, Tree, cannot_read, input_problem, walk};
use crate::disk::{DiskError, join};
use crate::model::Problem;

/// What stands for standard input on the command line.
pub(super) const STANDARD_INPUT: &str = "-";

/// Everything to read.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Module directories of named Terraform files, and the files: only they are reported on.
    pub(super) named_modules: BTreeMap<String, BTreeSet<String>>,
    /// Named directories.
    pub(super) directories: Vec<String>,
    /// Named plans and states.
    pub(super) plans: BTreeSet<String>,
    /// Named templates.
    pub(super) templates: BTreeSet<String>,
    /// What came on standard input, if it was asked for.
    pub(super) standard_input: Option<StandardInput>,
    /// What lies under the named directories.
    pub(super) tree: Tree,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
}

/// Standard input: what it is, and the bytes that were read to tell. The rest is still to come.
#[derive(Debug)]
pub(super) struct StandardInput {
    pub(super) kind: Kind,
    pub(super) head: Vec<u8>,
}

/// The root of trust: what `--root` says, else the top of the git work tree around the PATHs, else the nearest
/// common ancestor of the PATHs (which the called modules may widen).
#[derive(Debug)]
pub(super) struct Trust {
    pub(super) root: PathBuf,
    /// It may be widened to the local modules that are called.
    pub(super) may_widen: bool,
}

impl Trust {
    /// Finds the root of trust for some PATHs.
    pub(super) fn of(paths: &[String], root: Option<&str>) -> Result<Self, Usage> {
        if let Some(root) = root {
            let real = disk::real_path(root)
                .map_err(|error| Usage::new(format!("cannot read the root `{root}`: {error}")))?;
            return Ok(Self { root: real, may_widen: false });
        }
        let here = disk::working_directory().map_err(Usage::new)?;
        let named = paths
            .iter()
            .filter(|path| *path != STANDARD_INPUT)
            .filter_map(|path| disk::real_path(path).ok());
        let directories = named.map(|path| if path.is_dir() { path } else { disk::parent(&path) });
        let mut may_widen = false;
        let tops = directories.map(|directory| match disk::git_top(&directory) {
            Some(top) => top,
            None => {
                may_widen = true;
                directory
            }
        });
        let root = tops.reduce(|a, b| disk::common_ancestor(&a, &b));
        let root = root.unwrap_or_else(|| disk::git_top(&here).unwrap_or(here));
        Ok(Self { root, may_widen })
    }
}

impl Inputs {
    /// Looks at everything that is named and walks the directories among it.
    pub(super) fn gather(
        args: &InputArgs,
        disk: &RealDisk,
        scope: &Scope,
        strict: bool,
        may_widen: bool,
    ) -> Self {
        let mut inputs = Self::default();
        for path in args.paths() {
            if path == STANDARD_INPUT {
                inputs.add_standard_input(None);
            } else if disk.is_directory(&path) {
                inputs.directories.push(join(".", &path));
            } else {
                inputs.add_file(&path, None, disk);
            }
        }
        for path in &args.plan {
            match path.as_str() {
                STANDARD_INPUT => inputs.add_standard_input(Some(Kind::Plan)),
                path => inputs.add_file(path, Some(Kind::Plan), disk),
            }
        }
        let search = Search { disk, scope, tofu: args.module.tofu, strict };
        inputs.tree = walk(&inputs.directories, search);
        inputs.tree.follow_calls(inputs.named_modules.keys(), search, may_widen);
        for directory in &inputs.directories {
            if !inputs.tree.has_files_under(directory) {
                let message =
                    format!("there is no Terraform file and no template under `{directory}`");
                inputs.problems.push(input_problem(directory, message, None));
            }
        }
        inputs
    }

    /// How many files there are.
    pub(super) fn files(&self) -> usize {
        let named: usize = self.named_modules.values().map(BTreeSet::len).sum();
        let others =
            self.plans.len() + self.templates.len() + usize::from(self.standard_input.is_some());
        named + others + self.tree.files.len()
    }

    /// The files that are reported on, if only files of Terraform and templates are named.
    pub(super) fn only(&self) -> Option<BTreeSet<String>> {
        let all_named =
            self.directories.is_empty() && self.plans.is_empty() && self.standard_input.is_none();
        all_named.then(|| {
            self.named_modules.values().flatten().chain(&self.templates).cloned().collect()
        })
    }

    /// Is a file of OpenTofu named? Then such files count.
    pub(super) fn has_tofu(&self) -> bool {
        let mut named = self.named_modules.values().flatten();
        named.any(|path| path.ends_with(".tofu") || path.ends_with(".tofu.json"))
    }

    fn add_file(&mut self, path: &str, kind: Option<Kind>, disk: &RealDisk) {
        let clean = join(".", path);
        let mut head = Vec::new();
        let read =
            disk.open(&clean).and_then(|file| Ok(file.take(HEAD as u64).read_to_end(&mut head)?));
        match read {
            Err(error) => self.problems.push(cannot_read(path, &error)),
            Ok(_) if head.trim_ascii().is_empty() => self.problems.push(empty(path)),
            Ok(_) => self.add_kind(kind.unwrap_or_else(|| reader_of(&head, path)), clean),
        }
    }

    fn add_kind(&mut self, kind: Kind, path: String) {
        match kind {
            Kind::Hcl | Kind::JsonHcl => {
                let directory =
                    path.rsplit_once('/').map_or(".", |(directory, _)| directory).to_owned();
                self.named_modules.entry(directory).or_default().insert(path);
            }
            Kind::Template => {
                self.templates.insert(path);
            }
            Kind::Plan => {
                self.plans.insert(path);
            }
        }
    }

    fn add_standard_input(&mut self, kind: Option<Kind>) {
        let mut head = Vec::new();
        match io::stdin().lock().take(HEAD as u64).read_to_end(&mut head) {
            Err(error) => self.problems.push(cannot_read(STANDARD_INPUT, &DiskError::from(error))),
            Ok(_) if head.trim_ascii().is_empty() => self.problems.push(empty(STANDARD_INPUT)),
            Ok(_) => {
                let kind = kind.unwrap_or_else(|| reader_of(&head, STANDARD_INPUT));
                self.standard_input = Some(StandardInput { kind, head });
            }
        }
    }
}

fn empty(path: &str) -> Problem {
    match path {
        STANDARD_INPUT => {
            let help =
                "with `set -o pipefail` the shell tells when the command before the pipe broke";
            input_problem(path, "standard input is empty".to_owned(), Some(help))
        }
        _ => input_problem(path, format!("`{path}` is empty"), None),
    }
}
