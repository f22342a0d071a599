//! Terragrunt: which module a `terragrunt.hcl` deploys, and with which inputs. [`Deployment`]
//!
//! Source: the pages on `terraform`, `include`, `locals`, `inputs` and built-in functions of Terragrunt's documentation.
//! What Terragrunt computes is known only as far as literals, locals and the layout of directories tell it.

use std::sync::Arc;

use self::paths::Paths;
use super::calls::Location;
use super::loader::is_local;
use super::module::body::{AttributeRef, BlockRef};
use super::module::files::FileSet;
use super::module::load::{Modules, Parsed};
use super::standins;
use crate::disk::join;
use crate::source::Span;

mod inputs;
mod paths;

/// The name of the file that Terragrunt reads in each directory.
pub(crate) const FILE: &str = "terragrunt.hcl";
/// Levels that are looked at above a directory.
const MAX_LEVELS: usize = 8;

/// A module that a `terragrunt.hcl` deploys and that lies elsewhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Deployment {
    /// The directory of the `terragrunt.hcl`.
    pub(super) directory: String,
    /// The source of the module, as it is after evaluation.
    source: String,
    /// Where the source stands.
    pub(super) span: Span,
}

impl Deployment {
    /// The path of the `terragrunt.hcl`.
    pub fn path(&self) -> String {
        join(&self.directory, FILE)
    }

    /// What the user knows the module by: its directory, or that of the `terragrunt.hcl` if it is not a local one.
    pub fn root(&self) -> String {
        self.module().unwrap_or_else(|| self.directory.clone())
    }

    /// The directory of the module; `None` where it is not a local one.
    pub fn module(&self) -> Option<String> {
        let path = self.source.split('?').next().unwrap_or_default();
        is_local(path).then(|| join(&self.directory, path))
    }

    /// Where the module lies; `None` where it is not at hand.
    pub(super) fn location(&self) -> Option<Location> {
        if let Some(directory) = self.module() {
            return Some(Location::Directory(directory));
        }
        // `tfr://HOST/NAME?version=VERSION`, the host may be left out.
        let registry = self.source.strip_prefix("tfr://").and_then(|it| it.split_once('/'));
        match registry.map(|(_, name)| name.split_once("?version=").unwrap_or((name, ""))) {
            Some((name, "")) => standins::find(name, None),
            Some((name, version)) => standins::find(name, Some(version)),
            None => standins::find(&self.source, None),
        }
        .map(Location::Standin)
    }
}

/// The modules elsewhere that the `terragrunt.hcl` in a directory deploys: none, one, or those that it chooses from.
pub(super) fn deployments(modules: &Modules<'_>, directory: &str) -> Vec<Deployment> {
    let layers = layers(modules, directory);
    let source = layers.iter().rev().find_map(|layer| {
        let source = blocks_of(layer, "terraform").find_map(|block| block.attribute("source"))?;
        Some((layer, source))
    });
    let Some((layer, source)) = source else { return Vec::new() };
    let span = source.span();
    let sources = Paths::new(modules, directory, layer).texts(source.expr());
    sources
        .into_iter()
        .map(|source| Deployment { directory: directory.to_owned(), source, span })
        .filter(|deployment| match deployment.module() {
            Some(module) => module != directory && has_files(modules, &module),
            None => deployment.location().is_some(),
        })
        .collect()
}

/// Is there a module in this directory?
fn has_files(modules: &Modules<'_>, directory: &str) -> bool {
    let names = modules.disk().list(directory);
    names.is_ok_and(|names| !FileSet::of(&names, true).is_empty())
}

/// The files that Terragrunt reads in a directory: those that are included, and its own, the strongest last.
fn layers(modules: &Modules<'_>, directory: &str) -> Vec<Arc<Parsed>> {
    let Some(own) = modules.values(&join(directory, FILE)) else { return Vec::new() };
    let paths = includes(&own).flat_map(|path| {
        let texts = Paths::new(modules, directory, &own).texts(path.expr());
        texts.into_iter().map(|text| join(directory, &text))
    });
    let mut layers: Vec<Arc<Parsed>> = paths.filter_map(|path| modules.values(&path)).collect();
    layers.push(own);
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
