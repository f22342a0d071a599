//! Which of the scanned directories are read, and which of them are root modules: [`relevant`], [`roots`].

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use crate::disk::join;

type Calls<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The directories that can say something about ECR, by themselves or by what they call; sorted. Told by bytes, so
/// it may hold some too many.
pub(super) fn relevant(modules: &BTreeMap<String, Facts>, strict: bool) -> Vec<&str> {
    let known =
        |directory: String| modules.get_key_value(&directory).map(|(path, _)| path.as_str());
    let mut callers: Calls<'_> = BTreeMap::new();
    for (caller, facts) in modules {
        for called in facts.calls.iter().filter_map(|source| known(join(caller, source))) {
            callers.entry(called).or_default().push(caller);
        }
    }
    let says_something = |facts: &Facts| facts.ecr || (strict && facts.identity);
    let seeds = modules
        .iter()
        .filter(|(_, facts)| says_something(facts))
        .map(|(module, _)| module.as_str());
    reach(&callers, seeds).into_iter().collect()
}

/// The root modules among some directories: those that no other one calls. Called modules are evaluated by their
/// callers. `calls` has the directories that each of them calls, in the same order.
pub(super) fn roots<'a>(directories: &[&'a str], calls: &'a [Vec<String>]) -> Vec<&'a str> {
    let calls: Calls<'_> = directories
        .iter()
        .zip(calls)
        .map(|(caller, called)| {
            (*caller, called.iter().map(String::as_str).filter(|called| called != caller).collect())
        })
        .collect();
    let called: BTreeSet<&str> = calls.values().flatten().copied().collect();
    let mut roots: Vec<&str> =
        directories.iter().copied().filter(|directory| !called.contains(directory)).collect();
    // Modules that call each other in a circle have no root of their own: the first by name stands for them.
    let mut reached = reach(&calls, roots.iter().copied());
    for directory in directories {
        if !reached.contains(directory) {
            roots.push(directory);
            reached.extend(reach(&calls, [*directory]));
        }
    }
    roots.sort_unstable();
    roots
}

/// Everything that can be reached, the starts included.
fn reach<'a>(edges: &Calls<'a>, from: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut reached: BTreeSet<&str> = from.into_iter().collect();
    let mut open: Vec<&str> = reached.iter().copied().collect();
    while let Some(next) = open.pop() {
        let targets = edges.get(next).into_iter().flatten().copied();
        open.extend(targets.filter(|target| reached.insert(target)));
    }
    reached
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{relevant, roots};
    use crate::cli::facts::Facts;
    use crate::disk::join;

    fn roots_of(modules: &[(&str, &str)]) -> Vec<String> {
        let facts = modules
            .iter()
            .map(|(path, text)| ((*path).to_owned(), Facts::of(text.as_bytes(), false)));
        let tree: BTreeMap<String, Facts> = facts.collect();
        let relevant = relevant(&tree, false);
        let calls =
            |path: &&str| tree[*path].calls.iter().map(|source| join(path, source)).collect();
        let calls: Vec<Vec<String>> = relevant.iter().map(calls).collect();
        roots(&relevant, &calls).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_module_is_read_through_its_callers() {
        let roots = roots_of(&[
            ("envs/dev", r#"module "m" { source = "../../modules/outer" }"#),
            ("envs/other", r#"module "m" { source = "../../modules/none" }"#),
            ("modules/outer", r#"module "m" { source = "../ecr" }"#),
            ("modules/ecr", r#"resource "aws_ecr_repository" "r" {}"#),
            ("modules/none", ""),
            ("alone", r#"resource "aws_ecr_repository" "r" {}"#),
        ]);
        assert_eq!(roots, ["alone", "envs/dev"]);
    }

    #[test]
    fn a_circle_has_a_root() {
        let roots = roots_of(&[
            ("a", r#"module "m" { source = "../b" }  resource "aws_ecr_repository" "r" {}"#),
            ("b", r#"module "m" { source = "../a" }"#),
            ("self", r#"module "m" { source = "./" }  resource "aws_ecr_repository" "r" {}"#),
        ]);
        assert_eq!(roots, ["a", "self"]);
    }
}
