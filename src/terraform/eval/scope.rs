//! The names that an expression sees besides those of its module.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::value::{Entries, Value};

/// A chain of names, the innermost first.
#[derive(Clone, Copy)]
pub(super) enum Scope<'s> {
    /// Only the names of the module.
    Module {
        /// Tells the evaluations of one expression apart.
        instance: u64,
    },
    /// Only these names: the variables of `templatefile` and `templatestring`.
    Template { variables: &'s Entries, instance: u64 },
    /// The variables of one turn of a `for`.
    Turn(&'s Turn<'s>),
}

/// One turn of a `for`.
pub(super) struct Turn<'s> {
    pub(super) key: Option<(&'s str, Value)>,
    pub(super) value: (&'s str, Value),
    pub(super) index: usize,
    pub(super) outer: Scope<'s>,
}

/// What a name stands for.
pub(super) enum Found<'s> {
    Variable(&'s Value),
    /// The module knows.
    Module,
    /// There is no such name.
    Nothing,
}

impl<'s> Scope<'s> {
    pub(super) fn find(self, name: &str) -> Found<'s> {
        let mut scope = self;
        loop {
            match scope {
                Scope::Module { .. } => return Found::Module,
                Scope::Template { variables, .. } => {
                    return variables
                        .get(name)
                        .map_or(Found::Nothing, |entry| Found::Variable(&entry.value));
                }
                Scope::Turn(turn) => {
                    let (value_name, value) = &turn.value;
                    if *value_name == name {
                        return Found::Variable(value);
                    }
                    match &turn.key {
                        Some((key_name, key)) if *key_name == name => return Found::Variable(key),
                        _ => scope = turn.outer,
                    }
                }
            }
        }
    }

    /// Is this inside a template that is being rendered?
    pub(super) fn is_in_template(self) -> bool {
        let mut scope = self;
        while let Scope::Turn(turn) = scope {
            scope = turn.outer;
        }
        matches!(scope, Scope::Template { .. })
    }

    /// A number that differs between the evaluations of one expression in different turns and instances.
    pub(super) fn instance(self) -> u64 {
        let mut hasher = FxHasher::default();
        let mut scope = self;
        while let Scope::Turn(turn) = scope {
            turn.index.hash(&mut hasher);
            scope = turn.outer;
        }
        if let Scope::Module { instance } | Scope::Template { instance, .. } = scope {
            instance.hash(&mut hasher);
        }
        hasher.finish()
    }
}
