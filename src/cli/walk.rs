//! Finds the files of ours under the directories that the user names: [`walk`].

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc;

use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;

use super::disk::RealDisk;
use super::facts::{self, Facts};
use super::scope::Scope;
use crate::cloudformation;
use crate::disk::{Disk, DiskError, join};
use crate::model::{Problem, ProblemKind};
use crate::terraform::TERRAGRUNT_FILES;
use crate::terraform::module::manifest::Manifest;

/// What lies under the named directories.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Directories with Terraform files, and what the bytes of these tell.
    pub(super) modules: BTreeMap<String, Facts>,
    /// Directories elsewhere that these call, directly or not.
    pub(super) called: BTreeMap<String, Facts>,
    /// The directories with a `terragrunt.hcl`, and what its bytes tell.
    pub(super) terragrunt: BTreeMap<String, Facts>,
    /// CloudFormation templates that may say something about ECR, sorted.
    pub(super) templates: Vec<String>,
    /// All files of ours, whether they matter or not, sorted.
    pub(super) files: Vec<String>,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
}

/// How to search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search<'a> {
    pub(super) disk: &'a RealDisk,
    pub(super) scope: &'a Scope,
    /// Files of OpenTofu count.
    pub(super) tofu: bool,
    /// Identity policies matter even if they do not name ECR.
    pub(super) strict: bool,
}

/// What a file may be, by its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Candidate {
    /// A file of Terraform.
    Configuration,
    /// Values of variables.
    Values,
    Terragrunt,
    Template,
}

/// What a file turned out to be.
enum Found {
    Module(Facts),
    Values(Facts),
    Terragrunt(Facts),
    Template { is_ours: bool, matters: bool },
    Problem(Problem),
}

/// Walks the directories as ripgrep does (hidden and git-ignored files are passed over, links to directories are not
/// followed) and reads what may be of ours.
pub(super) fn walk(directories: &[String], search: Search<'_>) -> Tree {
    let Some((first, others)) = directories.split_first() else { return Tree::default() };
    let mut builder = WalkBuilder::new(first);
    others.iter().for_each(|directory| {
        builder.add(directory);
    });
    let (sender, receiver) = mpsc::channel();
    builder.threads(rayon::current_num_threads()).build_parallel().run(|| {
        let (sender, mut buffer) = (sender.clone(), Vec::new());
        Box::new(move |entry| {
            let found = match entry {
                Ok(entry) => visit(&entry, search, &mut buffer),
                Err(error) => Some(unreadable(&error)),
            };
            if let Some(found) = found {
                // The receiver outlives the walk.
                let _ = sender.send(found);
            }
            WalkState::Continue
        })
    });
    drop(sender);
    let mut found: Vec<(String, Found)> = receiver.into_iter().collect();
    found.sort_unstable_by(|(path, _), (other, _)| path.cmp(other));
    found.dedup_by(|(path, _), (other, _)| path == other);
    Tree::of(found)
}

impl Tree {
    fn of(found: Vec<(String, Found)>) -> Self {
        let mut tree = Self::default();
        let mut values = Vec::new();
        for (path, found) in found {
            match found {
                Found::Module(facts) => {
                    tree.modules.entry(directory_of(&path).to_owned()).or_default().add(facts);
                }
                Found::Values(facts) => {
                    values.push((path, facts));
                    continue;
                }
                Found::Terragrunt(facts) => {
                    tree.terragrunt.insert(directory_of(&path).to_owned(), facts);
                }
                Found::Template { is_ours, matters } => {
                    if matters {
                        tree.templates.push(path.clone());
                    }
                    if !is_ours {
                        continue;
                    }
                }
                Found::Problem(problem) => tree.problems.push(problem),
            }
            tree.files.push(path);
        }
        for (path, facts) in values {
            let mut around = std::iter::successors(Some(directory_of(&path)), directory_above);
            if let Some(nearest) = around.find(|it| tree.modules.contains_key(*it))
                && let Some(module) = tree.modules.get_mut(nearest)
            {
                module.add(facts);
            }
        }
        tree
    }

    /// Looks at the directories that are called from the scanned ones, or from `others`, and lie elsewhere. `widen`
    /// makes the root of trust hold them.
    pub(super) fn follow_calls<'a>(
        &mut self,
        others: impl Iterator<Item = &'a String>,
        search: Search<'_>,
        widen: bool,
    ) {
        let mut with_installed: Vec<(&String, &mut Facts)> =
            self.modules.iter_mut().filter(|(_, facts)| facts.foreign_module).collect();
        with_installed.par_iter_mut().for_each(|(root, facts)| {
            let manifest = Manifest::read(root, search.disk);
            facts.installed.extend(manifest.directories().map(str::to_owned));
        });
        let mut open: Vec<String> = others.cloned().collect();
        self.modules.iter().for_each(|(caller, facts)| open.extend(facts.targets(caller)));
        while let Some(directory) = open.pop() {
            if self.modules.contains_key(&directory) || self.called.contains_key(&directory) {
                continue;
            }
            if widen {
                search.disk.widen(&directory);
            }
            let facts = facts_of(&directory, search);
            open.extend(facts.targets(&directory));
            self.called.insert(directory, facts);
        }
    }

    /// Is there a file of ours under this directory?
    pub(super) fn has_files_under(&self, directory: &str) -> bool {
        let directory = join(".", directory);
        let is_under = |path: &str| match &*directory {
            "." => !path.starts_with("../") && !path.starts_with('/'),
            above if above.ends_with("..") => true,
            _ => path
                .strip_prefix(&*directory)
                .is_some_and(|rest| rest.starts_with('/') || directory == "/"),
        };
        self.files.iter().any(|path| is_under(path))
    }
}

/// What the bytes of one directory's Terraform files tell. What can't be read may say anything.
fn facts_of(directory: &str, search: Search<'_>) -> Facts {
    let mut facts = Facts::default();
    let mut buffer = Vec::new();
    let Ok(names) = search.disk.list(directory) else { return Facts { ecr: true, ..facts } };
    for name in names {
        if candidate(&name.name, search.tofu) != Some(Candidate::Configuration) {
            continue;
        }
        match search.disk.read_into(&join(directory, &name.name), &mut buffer) {
            Ok(()) => facts.add(Facts::of(&buffer)),
            Err(_) => facts.ecr = true,
        }
    }
    facts
}

fn visit(entry: &DirEntry, search: Search<'_>, buffer: &mut Vec<u8>) -> Option<(String, Found)> {
    let kind = entry.file_type().filter(|kind| !kind.is_dir())?;
    let candidate = candidate(entry.file_name().to_str()?, search.tofu)?;
    let path = join(".", entry.path().to_str()?);
    if !search.scope.holds(&path)
        || matches!(candidate, Candidate::Template) && is_by_product_of_cdk(&path)
    {
        return None;
    }
    // A regular file that the walk came to lies where it seems to lie.
    let read = if kind.is_file() {
        search.disk.read_here(&path, buffer)
    } else {
        search.disk.read_into(&path, buffer)
    };
    let found = match (read, candidate) {
        // A link to nowhere is nobody's template.
        (Err(DiskError::NotFound | DiskError::OutsideRoot), Candidate::Template) => return None,
        // The module that it is read with tells what is wrong with it.
        (Err(_), Candidate::Values | Candidate::Terragrunt) => return None,
        // A large `.json` or `.yaml` hardly is one: CloudFormation takes 1 MB.
        (Err(error @ DiskError::TooLarge), Candidate::Template) => {
            Found::Problem(Problem { kind: ProblemKind::Note, ..cannot_read(&path, &error) })
        }
        (Err(error), _) => Found::Problem(cannot_read(&path, &error)),
        (Ok(()), Candidate::Configuration) => Found::Module(Facts::of(buffer)),
        (Ok(()), Candidate::Values) => Found::Values(Facts::of_values(buffer)),
        (Ok(()), Candidate::Terragrunt) => Found::Terragrunt(Facts::of_values(buffer)),
        (Ok(()), Candidate::Template) => Found::Template {
            is_ours: facts::is_template(buffer),
            matters: cloudformation::may_matter(buffer, search.strict),
        },
    };
    Some((path, found))
}

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(directory, _)| directory)
}

fn directory_above<'p>(directory: &&'p str) -> Option<&'p str> {
    (*directory != ".").then(|| directory_of(directory))
}

fn candidate(name: &str, tofu: bool) -> Option<Candidate> {
    if name.starts_with('.')
        || name.ends_with('~')
        || (name.starts_with('#') && name.ends_with('#'))
    {
        return None;
    }
    let (stem, extension) = name.rsplit_once('.')?;
    match extension {
        _ if TERRAGRUNT_FILES.contains(&name) => Some(Candidate::Terragrunt),
        "tf" => Some(Candidate::Configuration),
        "tofu" if tofu => Some(Candidate::Configuration),
        "json" if stem.ends_with(".tf") || (tofu && stem.ends_with(".tofu")) => {
            Some(Candidate::Configuration)
        }
        "tfvars" => Some(Candidate::Values),
        "json" if stem.ends_with(".tfvars") => Some(Candidate::Values),
        "json" | "yaml" | "yml" | "template" => Some(Candidate::Template),
        _ => None,
    }
}

/// In `cdk.out` only `*.template.json` are templates; beside them lie the CDK's own files and copies of assets.
fn is_by_product_of_cdk(path: &str) -> bool {
    path.split('/').any(|part| part == "cdk.out") && !path.ends_with(".template.json")
}

/// The problem of a file that can't be read.
pub(super) fn cannot_read(path: &str, error: &DiskError) -> Problem {
    let help = match error {
        DiskError::OutsideRoot => Some("`--root` names the directory that may be read"),
        DiskError::TooLarge => Some("at most 64 MiB of a file are read"),
        DiskError::NotFound | DiskError::Other(_) => None,
    };
    input_problem(path, format!("cannot read `{path}`: {error}"), help)
}

/// A problem with an input as a whole.
pub(super) fn input_problem(path: &str, message: String, help: Option<&str>) -> Problem {
    Problem {
        kind: ProblemKind::Input,
        path: path.to_owned(),
        span: None,
        message,
        help: help.map(str::to_owned),
    }
}

fn unreadable(error: &ignore::Error) -> (String, Found) {
    let mut path = String::new();
    let mut inner = error;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = at.to_str().map(|at| join(".", at)).unwrap_or_default();
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
                inner = err
            }
            _ => break,
        }
    }
    let reason = match inner.io_error() {
        Some(error) => DiskError::from(io::Error::from(error.kind())),
        None => DiskError::Other(inner.to_string()),
    };
    let problem = cannot_read(&path, &reason);
    (path, Found::Problem(problem))
}
