//! Finds the files of ours under the directories that the user names: [`walk`].

use std::collections::BTreeMap;
use std::sync::mpsc;

use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;

use super::disk::RealDisk;
use super::facts::{self, Facts};
use crate::disk::{DiskError, join};
use crate::model::{Problem, ProblemKind};

/// What lies under the named directories.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Directories with Terraform files, and what the bytes of these tell.
    pub(super) modules: BTreeMap<String, Facts>,
    /// CloudFormation templates that may say something about ECR, sorted.
    pub(super) templates: Vec<String>,
    /// All files of ours, whether they matter or not, sorted.
    pub(super) files: Vec<String>,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
}

/// What a file may be, by its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Candidate {
    Hcl,
    JsonHcl,
    Template,
}

/// What a file turned out to be.
enum Found {
    Module(Facts),
    Template { matters: bool },
    Problem(Problem),
}

/// Walks the directories as ripgrep does (hidden and git-ignored files are passed over, links to directories are not
/// followed) and reads what may be of ours.
pub(super) fn walk(directories: &[String], disk: &RealDisk, tofu: bool, jobs: usize) -> Tree {
    let (mut candidates, problems) = candidates(directories, tofu, jobs);
    candidates.par_sort();
    candidates.dedup();
    let found: Vec<(String, Found)> = candidates
        .into_par_iter()
        .map_init(Vec::new, |buffer, (path, candidate)| {
            let found = look(&path, candidate, disk, buffer)?;
            Some((path, found))
        })
        .flatten()
        .collect();
    let mut tree = Tree::default();
    for (path, found) in found {
        tree.files.push(path.clone());
        match found {
            Found::Module(facts) => {
                let directory = path.rsplit_once('/').map_or(".", |(directory, _)| directory);
                tree.modules.entry(directory.to_owned()).or_default().add(facts);
            }
            Found::Template { matters: true } => tree.templates.push(path),
            Found::Template { matters: false } => {}
            Found::Problem(problem) => tree.problems.push(problem),
        }
    }
    tree.problems.extend(problems);
    tree
}

impl Tree {
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

fn candidates(
    directories: &[String],
    tofu: bool,
    jobs: usize,
) -> (Vec<(String, Candidate)>, Vec<Problem>) {
    let Some((first, others)) = directories.split_first() else { return (Vec::new(), Vec::new()) };
    let mut builder = WalkBuilder::new(first);
    others.iter().for_each(|directory| {
        builder.add(directory);
    });
    let (sender, receiver) = mpsc::channel();
    builder.threads(jobs).build_parallel().run(|| {
        let sender = sender.clone();
        Box::new(move |entry| {
            if let Some(result) = entry.map_or_else(
                |error| Some(Err(unreadable(&error))),
                |e| Ok(named(&e, tofu)).transpose(),
            ) {
                // The receiver outlives the walk.
                let _ = sender.send(result);
            }
            WalkState::Continue
        })
    });
    drop(sender);
    let (mut candidates, mut problems) = (Vec::new(), Vec::new());
    for result in receiver {
        match result {
            Ok(candidate) => candidates.push(candidate),
            Err(problem) => problems.push(problem),
        }
    }
    (candidates, problems)
}

fn named(entry: &DirEntry, tofu: bool) -> Option<(String, Candidate)> {
    if entry.file_type().is_none_or(|kind| kind.is_dir()) {
        return None;
    }
    let candidate = candidate(entry.file_name().to_str()?, tofu)?;
    Some((join(".", entry.path().to_str()?), candidate))
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
        "tf" => Some(Candidate::Hcl),
        "tofu" if tofu => Some(Candidate::Hcl),
        "json" if stem.ends_with(".tf") || (tofu && stem.ends_with(".tofu")) => {
            Some(Candidate::JsonHcl)
        }
        "json" | "yaml" | "yml" | "template" => Some(Candidate::Template),
        _ => None,
    }
}

fn look(path: &str, candidate: Candidate, disk: &RealDisk, buffer: &mut Vec<u8>) -> Option<Found> {
    let read = disk.read_into(path, buffer);
    if let Err(error) = read {
        // A large `.json` or `.yaml` that happens to lie there is nobody's template.
        let is_ours = candidate != Candidate::Template || error != DiskError::TooLarge;
        return is_ours.then(|| Found::Problem(cannot_read(path, &error)));
    }
    match candidate {
        Candidate::Hcl | Candidate::JsonHcl => {
            Some(Found::Module(Facts::of(buffer, candidate == Candidate::JsonHcl)))
        }
        Candidate::Template => facts::template(buffer).map(|matters| Found::Template { matters }),
    }
}

/// The problem of a file that can't be read.
pub(super) fn cannot_read(path: &str, error: &DiskError) -> Problem {
    let help = match error {
        DiskError::OutsideRoot => Some("`--root` names the directory that may be read"),
        DiskError::NotFound | DiskError::TooLarge | DiskError::Other(_) => None,
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

fn unreadable(error: &ignore::Error) -> Problem {
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
        Some(io) => DiskError::from(std::io::Error::new(io.kind(), io.to_string())),
        None => DiskError::Other(inner.to_string()),
    };
    cannot_read(&path, &reason)
}
