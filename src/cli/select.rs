//! Which of the scanned directories are read, and which of them are roots: [`roots`].

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use crate::disk::join;

/// The modules that are evaluated as roots: of the directories that can say something about ECR, by themselves or by
/// what they call, those that no other one calls. Called modules are evaluated by their callers.
pub(super) fn roots(modules: &BTreeMap<String, Facts>, strict: bool) -> Vec<String> {
    let calls = calls(modules);
    let relevant = relevant(modules, &calls, strict);
    let called: BTreeSet<&str> =
        relevant.iter().flat_map(|caller| targets(&calls, caller)).collect();
    let mut roots: Vec<&str> =
        relevant.iter().copied().filter(|module| !called.contains(module)).collect();
    // Modules that call each other in a circle have no root of their own: the first by name stands for them.
    let mut reached = reach(&calls, &roots);
    for module in &relevant {
        if !reached.contains(module) {
            roots.push(module);
            reached.extend(reach(&calls, &[module]));
        }
    }
    roots.sort_unstable();
    roots.into_iter().map(str::to_owned).collect()
}

type Calls<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The scanned directories that each directory calls.
fn calls(modules: &BTreeMap<String, Facts>) -> Calls<'_> {
    let known =
        |directory: String| modules.get_key_value(&directory).map(|(path, _)| path.as_str());
    let callers = modules.iter().map(|(caller, facts)| {
        let called = facts.calls.iter().filter_map(|source| known(join(caller, source)));
        (caller.as_str(), called.filter(|called| *called != caller.as_str()).collect())
    });
    callers.collect()
}

/// Directories that say something about ECR, and all that call them.
fn relevant<'a>(
    modules: &'a BTreeMap<String, Facts>,
    calls: &Calls<'a>,
    strict: bool,
) -> BTreeSet<&'a str> {
    let mut callers: Calls<'a> = BTreeMap::new();
    for (caller, called) in calls {
        called.iter().for_each(|called| callers.entry(called).or_default().push(caller));
    }
    let says_something = |facts: &Facts| facts.ecr || (strict && facts.identity);
    let seeds = modules
        .iter()
        .filter(|(_, facts)| says_something(facts))
        .map(|(module, _)| module.as_str());
    reach(&callers, &seeds.collect::<Vec<_>>())
}

/// Everything that can be reached.
fn reach<'a>(edges: &Calls<'a>, from: &[&'a str]) -> BTreeSet<&'a str> {
    let mut reached: BTreeSet<&str> = from.iter().copied().collect();
    let mut open = from.to_vec();
    while let Some(next) = open.pop() {
        open.extend(targets(edges, next).filter(|target| reached.insert(target)));
    }
    reached
}

fn targets<'a>(edges: &Calls<'a>, from: &str) -> impl Iterator<Item = &'a str> {
    edges.get(from).into_iter().flatten().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::roots;
    use crate::cli::facts::Facts;

    fn tree(modules: &[(&str, &str)]) -> BTreeMap<String, Facts> {
        modules
            .iter()
            .map(|(path, text)| ((*path).to_owned(), Facts::of(text.as_bytes(), false)))
            .collect()
    }

    #[test]
    fn a_module_is_read_through_its_callers() {
        let tree = tree(&[
            ("envs/dev", r#"module "m" { source = "../../modules/outer" }"#),
            ("envs/other", r#"module "m" { source = "../../modules/none" }"#),
            ("modules/outer", r#"module "m" { source = "../ecr" }"#),
            ("modules/ecr", r#"resource "aws_ecr_repository" "r" {}"#),
            ("modules/none", ""),
            ("alone", r#"resource "aws_ecr_repository" "r" {}"#),
        ]);
        assert_eq!(roots(&tree, false), ["alone", "envs/dev"]);
    }

    #[test]
    fn a_circle_has_a_root() {
        let tree = tree(&[
            ("a", r#"module "m" { source = "../b" }  resource "aws_ecr_repository" "r" {}"#),
            ("b", r#"module "m" { source = "../a" }"#),
            ("self", r#"module "m" { source = "./" }  resource "aws_ecr_repository" "r" {}"#),
        ]);
        assert_eq!(roots(&tree, false), ["a", "self"]);
    }
}
