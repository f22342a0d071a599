//! What a module and those that it calls may say about ECR, told without evaluating them: [`Contents`].

use std::collections::BTreeSet;

use super::adapt::is_ecr;
use super::identity::PolicySource;
use super::loader::is_local;
use super::module::Module;
use super::module::body::AttributeRef;
use super::module::load::Modules;
use crate::disk::join;

/// What is declared in a module and in the local modules that it calls.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Contents {
    /// A resource of ECR.
    pub(super) ecr: bool,
    /// A policy of a user, group or role.
    pub(super) identity: bool,
    /// A call of a module from elsewhere.
    pub(super) foreign: bool,
}

impl Contents {
    /// The contents of a module.
    pub(super) fn of(module: &Module, modules: &Modules<'_>) -> Self {
        let mut contents = Self::default();
        let mut seen = BTreeSet::new();
        contents.add(module, modules, &mut seen);
        contents
    }

    fn add(&mut self, module: &Module, modules: &Modules<'_>, seen: &mut BTreeSet<String>) {
        for key in module.resources.keys() {
            self.ecr |= is_ecr(&key.type_name);
            self.identity |= PolicySource::of(&key.type_name).is_some();
        }
        for call in module.calls.values() {
            let source = call.attribute("source").and_then(AttributeRef::literal_text);
            let Some(source) = source.filter(|source| is_local(source)) else {
                self.foreign = true;
                continue;
            };
            let directory = join(&module.directory, source);
            if seen.insert(directory.clone())
                && let Ok(called) = modules.load(&directory)
            {
                self.add(&called, modules, seen);
            }
        }
    }
}
