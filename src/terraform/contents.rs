//! What a module and those that it calls may say about ECR, told without evaluating them: [`Contents`].

use std::collections::BTreeSet;

use super::adapt::is_ecr;
use super::identity::PolicySource;
use super::module::load::Modules;
use super::module::{Mode, Module, ResourceKey};

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

impl Module {
    /// What it and the modules that it calls may say about ECR: found out once, whichever root asks.
    pub(super) fn contents(&self, modules: &Modules<'_>) -> Contents {
        *self.contents.get_or_init(|| {
            let mut contents = Contents::default();
            contents.add(self, modules, &mut BTreeSet::new());
            contents
        })
    }
}

impl Contents {
    fn add(&mut self, module: &Module, modules: &Modules<'_>, seen: &mut BTreeSet<String>) {
        for key in &module.relevant {
            let of_ecr = is_ecr(&key.type_name);
            self.ecr |= of_ecr;
            self.identity |= !of_ecr;
        }
        self.foreign |= module.local_calls.len() < module.calls.len();
        for directory in module.local_calls.values() {
            if seen.insert(directory.clone())
                && let Ok(called) = modules.load(directory)
            {
                self.add(&called, modules, seen);
            }
        }
    }
}

/// May a resource say something about ECR?
pub(super) fn is_relevant(key: &ResourceKey) -> bool {
    let type_name = &key.type_name;
    key.mode == Mode::Managed && (is_ecr(type_name) || PolicySource::of(type_name).is_some())
}
