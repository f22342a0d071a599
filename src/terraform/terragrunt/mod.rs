//! Terragrunt: which module a `terragrunt.hcl` deploys, and with which inputs. [`Deployment`]
//!
//! Source: the pages on `terraform`, `include`, `locals`, `inputs` and built-in functions of Terragrunt's documentation.
//! What Terragrunt computes is known only as far as literals, locals and the layout of directories tell it.

use std::sync::Arc;

use self::paths::Paths;
use super::calls::{Location, may_be_ecr};
use super::loader::is_local;
use super::module::body::{AttributeRef, BlockRef};
use super::module::files::FileSet;
use super::module::load::{Modules, Parsed};
use super::standins;
use crate::disk::join;
use crate::model::{Problem, ProblemKind};
use crate::source::Span;

mod inputs;
mod paths;

/// The names of the file that Terragrunt reads in each directory, the first that is there.
pub(crate) const FILES: [&str; 2] = ["terragrunt.hcl", "terragrunt.hcl.json"];
/// Levels that are looked at above a directory.
const MAX_LEVELS: usize = 8;

/// A module that a `terragrunt.hcl` deploys and that lies elsewhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Deployment {
    /// The directory of the `terragrunt.hcl`.
    pub(super) directory: String,
    /// The path of the `terragrunt.hcl`.
    path: String,
    /// The source of the module, as it is after evaluation; `None` where that is not known.
    source: Option<String>,
    /// The source as it is written.
    written: String,
    /// Where the source stands.
    pub(super) span: Span,
    /// The module can be read.
    is_at_hand: bool,
    /// The module may say something about ECR although it can't be read: its source and its directory tell.
    may_be_ecr: bool,
}

impl Deployment {
    /// The path of the `terragrunt.hcl`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What the user knows the module by: its directory, or that of the `terragrunt.hcl` if it is not a local one.
    pub fn root(&self) -> String {
        self.module().unwrap_or_else(|| self.directory.clone())
    }

    /// The directory of the module; `None` where it is not a local one.
    pub fn module(&self) -> Option<String> {
        let path = self.source.as_deref()?.split('?').next().unwrap_or_default();
        is_local(path).then(|| join(&self.directory, path))
    }

    /// Where the module lies; `None` where it is not at hand.
    pub(super) fn location(&self) -> Option<Location> {
        if let Some(directory) = self.module() {
            return Some(Location::Directory(directory));
        }
        let source = self.source.as_deref()?;
        // `tfr://HOST/NAME?version=VERSION`, the host may be left out.
        let registry = source.strip_prefix("tfr://").and_then(|it| it.split_once('/'));
        match registry.map(|(_, name)| name.split_once("?version=").unwrap_or((name, ""))) {
            Some((name, "")) => standins::find(name, None),
            Some((name, version)) => standins::find(name, Some(version)),
            None => standins::find(source, None),
        }
        .map(Location::Standin)
    }

    /// Can the module be read?
    pub const fn is_at_hand(&self) -> bool {
        self.is_at_hand
    }

    /// May the module say something about ECR although it can't be read? Its source and its directory tell.
    pub const fn may_be_ecr(&self) -> bool {
        self.may_be_ecr
    }

    /// What there is to say where the module can't be read.
    pub(super) fn absence(&self, modules: &Modules<'_>) -> Vec<Problem> {
        let broken = modules.terragrunt(&self.directory).map(|own| own.problems.clone());
        let mut problems = broken.unwrap_or_default();
        if problems.is_empty() {
            problems.push(self.not_at_hand());
        }
        problems
    }

    fn not_at_hand(&self) -> Problem {
        let (kind, message) = match (&self.source, self.module()) {
            (None, _) => {
                let written = &self.written;
                (ProblemKind::Note, format!("what Terragrunt deploys is not known: `{written}`"))
            }
            (Some(source), None) => {
                let message =
                    format!("the module that Terragrunt deploys is not at hand: `{source}`");
                (ProblemKind::Note, message)
            }
            (Some(source), Some(module)) => {
                // Where a path is computed, we may have missed the directory.
                let is_written = *source == self.written && self.may_be_ecr;
                let kind = if is_written { ProblemKind::Evaluation } else { ProblemKind::Note };
                (kind, format!("there is no module in `{module}` for Terragrunt to deploy"))
            }
        };
        let (path, span) = (self.path.clone(), Some(self.span));
        Problem { kind, path, span, message, help: None }
    }
}

/// The modules elsewhere that the `terragrunt.hcl` in a directory deploys: none, one, or those that it chooses from, as
/// far as they are at hand; where none is, one that is not.
pub(super) fn deployments(modules: &Modules<'_>, directory: &str) -> Vec<Deployment> {
    let Layers { files, missing } = layers(modules, directory);
    let Some(own) = files.last() else { return Vec::new() };
    let source = files.iter().rev().find_map(|layer| {
        let source = blocks_of(layer, "terraform").find_map(|block| block.attribute("source"))?;
        Some((source, Paths::new(modules, directory, layer).texts(source.expr())))
    });
    let deployment = |source: Option<&String>, written: String, span| {
        let hint = source.unwrap_or(&written);
        let may_be_ecr = may_be_ecr(hint) || may_be_ecr(directory);
        let (directory, path) = (directory.to_owned(), own.file.path.to_string());
        let (source, is_at_hand) = (source.cloned(), false);
        let all = Deployment { directory, path, source, written, span, is_at_hand, may_be_ecr };
        let is_at_hand = match all.module() {
            Some(module) => has_files(modules, &module),
            None => all.location().is_some(),
        };
        Deployment { is_at_hand, ..all }
    };
    let mut all: Vec<Deployment> = match (source, missing, own.problems.first()) {
        (Some((place, sources)), ..) if !sources.is_empty() => {
            let each = |source| deployment(Some(source), written(place), place.span());
            sources.iter().map(each).collect()
        }
        (Some((place, _)), ..) => vec![deployment(None, written(place), place.span())],
        (None, ..) if has_files(modules, directory) => Vec::new(),
        // The source may stand in what can't be read.
        (None, Some(include), None) => {
            let place = includes(own).nth(include);
            place.map(|place| deployment(None, written(place), place.span())).into_iter().collect()
        }
        (None, _, Some(Problem { span: Some(span), .. })) => {
            let text = String::from_utf8_lossy(&own.file.source.text);
            vec![deployment(None, text.into_owned(), *span)]
        }
        (None, ..) => Vec::new(),
    };
    // The module beside the file is read in any case.
    all.retain(|it| it.module().is_none_or(|module| module != directory));
    if all.iter().any(|it| it.is_at_hand) {
        all.retain(|it| it.is_at_hand);
    } else {
        all.truncate(1);
    }
    all
}

/// How a source is written, without the quotes of a literal.
fn written(source: AttributeRef<'_>) -> String {
    match source.literal_text() {
        Some(text) => text.to_owned(),
        None => {
            let range = source.expr().range;
            String::from_utf8_lossy(range.of(&source.file.source.text)).into_owned()
        }
    }
}

/// Is there a module in this directory?
fn has_files(modules: &Modules<'_>, directory: &str) -> bool {
    let names = modules.disk().list(directory);
    names.is_ok_and(|names| !FileSet::of(&names, true).is_empty())
}

/// The files that Terragrunt reads in a directory.
struct Layers {
    /// Those that are included, and its own, the strongest last.
    files: Vec<Arc<Parsed>>,
    /// The position among the includes of the first whose file can't be read.
    missing: Option<usize>,
}

fn layers(modules: &Modules<'_>, directory: &str) -> Layers {
    let mut layers = Layers { files: Vec::new(), missing: None };
    let Some(own) = modules.terragrunt(directory) else { return layers };
    for (at, path) in includes(&own).enumerate() {
        let texts = Paths::new(modules, directory, &own).texts(path.expr());
        let paths = texts.into_iter().map(|text| join(directory, &text));
        let before = layers.files.len();
        layers.files.extend(paths.filter_map(|path| modules.values(&path)));
        if layers.files.len() == before {
            layers.missing.get_or_insert(at);
        }
    }
    layers.files.push(own);
    layers
}

/// The paths that a file includes.
fn includes(parsed: &Parsed) -> impl Iterator<Item = AttributeRef<'_>> {
    blocks_of(parsed, "include").filter_map(|block| block.attribute("path"))
}

/// What a file says of `local.name`.
fn local<'p>(parsed: &'p Parsed, name: &str) -> Option<AttributeRef<'p>> {
    blocks_of(parsed, "locals").find_map(|block| block.attribute(name))
}

fn blocks_of<'p>(parsed: &'p Parsed, kind: &'static str) -> impl Iterator<Item = BlockRef<'p>> {
    let text = &parsed.file.source.text;
    parsed.file.blocks().filter(move |block| block.block.kind.is(kind, text))
}

/// The `inputs` of a file.
fn inputs_of(parsed: &Parsed) -> Option<AttributeRef<'_>> {
    let mut all = parsed.file.attributes();
    all.find(|(name, _)| *name == "inputs").map(|(_, inputs)| inputs)
}

/// The directories above one, the nearest first.
fn above(directory: &str) -> impl Iterator<Item = String> {
    let up = |below: &str| Some(join(below, "..")).filter(|above| above != below);
    std::iter::successors(up(directory), move |below| up(below)).take(MAX_LEVELS)
}
