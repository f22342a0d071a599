//! What an expression of the configuration refers to: [`Index`], [`Scope`], [`Found`].

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::address::{Address, Key, Step, module_name};
use super::configuration::{Configuration, FOR_EACH};

/// Longest way that is followed through arguments and outputs of modules.
const MAX_HOPS: usize = 12;

/// Resource instances by module instance and block.
#[derive(Debug)]
pub(super) struct Index<T> {
    /// By module instance and block name.
    blocks: HashMap<(String, String), Instances<T>>,
    /// Module instances by the instance that calls them.
    calls: HashMap<String, Vec<Step>>,
}

/// The instances of one block, by their keys.
type Instances<T> = Vec<(Option<Key>, T)>;

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    /// The module instance.
    pub(super) modules: &'a [Step],
    /// The key of the block or call, where it repeats.
    pub(super) key: Option<&'a Key>,
    /// What its `for_each` refers to.
    pub(super) for_each: &'a [Arc<str>],
}

/// What an expression refers to.
#[derive(Debug)]
pub(super) struct Found<T> {
    /// The instances in the index, in the order of the references.
    pub(super) instances: Vec<T>,
    /// Everything else.
    pub(super) others: Vec<String>,
}

/// Follows references in one configuration.
#[derive(Debug)]
pub(super) struct Resolver<'a, T> {
    /// The configuration.
    pub(super) configuration: &'a Configuration,
    /// The instances that are looked for.
    pub(super) index: &'a Index<T>,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self { blocks: HashMap::new(), calls: HashMap::new() }
    }
}

impl<T: Clone> Index<T> {
    /// Adds an instance.
    pub(super) fn insert(&mut self, address: &Address, instance: T) {
        let place = (path(&address.modules), address.block_name());
        let instances = self.blocks.entry(place).or_insert_with(|| Vec::with_capacity(1));
        instances.push((address.block.key.clone(), instance));
        for (depth, step) in address.modules.iter().enumerate() {
            let caller = path(address.modules.get(..depth).unwrap_or_default());
            let steps = self.calls.entry(caller).or_insert_with(|| Vec::with_capacity(1));
            if !steps.contains(step) {
                steps.push(step.clone());
            }
        }
    }

    /// The instances of a block in one module instance that a reference from a place with the key `own` means.
    fn instances(
        &self,
        modules: &[Step],
        block: &str,
        wanted: Option<&Key>,
        own: Option<&Key>,
    ) -> Option<Vec<T>> {
        let instances = self.blocks.get(&(path(modules), block.to_owned()))?;
        let meant = meant(instances, |(key, _)| key.as_ref(), wanted, own);
        Some(meant.into_iter().map(|(_, instance)| instance.clone()).collect())
    }
}

impl<T: Clone + PartialEq> Resolver<'_, T> {
    /// What the expression with these references, in this scope, refers to.
    pub(super) fn resolve(&self, references: &[Arc<str>], scope: Scope<'_>) -> Found<T> {
        let mut found = Found { instances: Vec::new(), others: Vec::new() };
        self.follow(references, scope, 0, &mut found);
        found
    }

    fn follow(&self, references: &[Arc<str>], scope: Scope<'_>, hops: usize, found: &mut Found<T>) {
        for reference in references {
            if hops > MAX_HOPS || !self.reference(reference, scope, hops + 1, found) {
                found.others.push(reference.to_string());
            }
        }
    }

    /// Follows one reference; `false` if it leads nowhere.
    fn reference(
        &self,
        reference: &str,
        scope: Scope<'_>,
        hops: usize,
        found: &mut Found<T>,
    ) -> bool {
        let (first, rest) = reference.split_once('.').unwrap_or((reference, ""));
        match first {
            "each" if rest.starts_with("value") && !scope.for_each.is_empty() => {
                self.follow(scope.for_each, scope, hops, found);
                true
            }
            // An index; the reference beside it says of what.
            "each" | "count" => true,
            "path" | "terraform" | "self" | "local" => false,
            "var" => self.argument(rest, scope, hops, found),
            "module" => self.output(rest, scope, hops, found),
            _ => self.block(reference, scope, found),
        }
    }

    /// Follows the variable of a module to the argument of its call.
    fn argument(
        &self,
        variable: &str,
        scope: Scope<'_>,
        hops: usize,
        found: &mut Found<T>,
    ) -> bool {
        let variable = variable.split(['.', '[']).next().unwrap_or_default();
        let Some((call, caller)) = scope.modules.split_last() else { return false };
        let Some(module) = self.configuration.get(&module_name(scope.modules)) else {
            return false;
        };
        let Some(references) = module.arguments.references(variable) else { return false };
        let for_each = module.arguments.references(FOR_EACH).unwrap_or_default();
        self.follow(
            references,
            Scope { modules: caller, key: call.key.as_ref(), for_each },
            hops,
            found,
        );
        !references.is_empty()
    }

    /// Follows the output of a called module to the expression behind it.
    fn output(&self, rest: &str, scope: Scope<'_>, hops: usize, found: &mut Found<T>) -> bool {
        let Some((call, wanted, rest)) = indexed(rest) else { return false };
        let steps =
            self.index.calls.get(&path(scope.modules)).map(Vec::as_slice).unwrap_or_default();
        let steps: Vec<_> = steps.iter().filter(|step| step.name == call).collect();
        let before = found.instances.len();
        for step in meant(&steps, |step| step.key.as_ref(), wanted.as_ref(), scope.key) {
            let modules = [scope.modules, &[(*step).clone()]].concat();
            let Some(module) = self.configuration.get(&module_name(&modules)) else { continue };
            let inner = Scope { modules: &modules, key: None, for_each: &[] };
            match rest.strip_prefix('.').and_then(|rest| rest.split(['.', '[']).next()) {
                Some(output) => {
                    if let Some(references) = module.outputs.references(output) {
                        self.follow(references, inner, hops, found);
                    }
                }
                // A dynamic index cut the output's name off: it is one of them.
                None => module
                    .outputs
                    .all()
                    .for_each(|references| self.follow(references, inner, hops, found)),
            }
        }
        found.instances.len() > before
    }

    fn block(&self, reference: &str, scope: Scope<'_>, found: &mut Found<T>) -> bool {
        let (data, rest) =
            reference.strip_prefix("data.").map_or(("", reference), |rest| ("data.", rest));
        let Some((type_name, rest)) = rest.split_once('.') else { return false };
        let Some((name, wanted, _)) = indexed(rest) else { return false };
        let block = format!("{data}{type_name}.{name}");
        let Some(instances) =
            self.index.instances(scope.modules, &block, wanted.as_ref(), scope.key)
        else {
            return false;
        };
        for instance in instances {
            if !found.instances.contains(&instance) {
                found.instances.push(instance);
            }
        }
        true
    }
}

/// Which of the instances of a block or call a reference means: the one with the key that it names, the only one, the
/// one with the same key as the place of the reference, or any.
fn meant<'a, I>(
    instances: &'a [I],
    key: impl Fn(&I) -> Option<&Key>,
    wanted: Option<&Key>,
    own: Option<&Key>,
) -> Vec<&'a I> {
    let by_key = |wanted: &Key| instances.iter().find(|instance| key(instance) == Some(wanted));
    if let Some(wanted) = wanted {
        // Where the keys are not known yet, the one that stands for all of them.
        return by_key(wanted).or_else(|| by_key(&Key::Unknown)).into_iter().collect();
    }
    match own.and_then(by_key) {
        Some(instance) if instances.len() > 1 => vec![instance],
        _ => instances.iter().collect(),
    }
}

/// The name at the beginning of `text`, its key, and what follows.
fn indexed(text: &str) -> Option<(&str, Option<Key>, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    match rest.strip_prefix('[') {
        Some(behind) => Key::parse(behind).map(|(key, rest)| (name, Some(key), rest)),
        None => Some((name, None, rest)),
    }
}

/// A module instance as a text that no other has.
fn path(modules: &[Step]) -> String {
    let mut path = String::new();
    for step in modules {
        // Writing to a string does not fail.
        let _ = write!(path, "{}{:?};", step.name, step.key);
    }
    path
}
