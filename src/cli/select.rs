//! Which of the scanned directories are read, and which of them are root modules: [`relevant`], [`roots`].

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::walk::Tree;

type Calls<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The directories that are read, sorted: those that can say something about ECR, by themselves or by what they call,
/// and those that the user names. What a directory can say is told by bytes, so there may be some too many. An identity
/// policy can say something about ECR if the name stands anywhere in a tree of calls that it belongs to.
pub(super) fn relevant<'a>(tree: &'a Tree, named: &[String], strict: bool) -> Vec<&'a str> {
    let modules = || tree.modules.iter().chain(&tree.called);
    let known = |directory: String| {
        let found = tree
            .modules
            .get_key_value(&directory)
            .or_else(|| tree.called.get_key_value(&directory));
        found.map(|(path, _)| path.as_str())
    };
    let (mut callers, mut callees) = (Calls::new(), Calls::new());
    for (caller, facts) in modules() {
        for called in facts.targets(caller).into_iter().filter_map(known) {
            callers.entry(called).or_default().push(caller);
            callees.entry(caller).or_default().push(called);
        }
    }
    let having = |holds: fn(&Facts) -> bool| {
        modules().filter(move |(_, facts)| holds(facts)).map(|(path, _)| path.as_str())
    };
    let with_name = reach(&callees, reach(&callers, having(|facts| facts.name)));
    let matters = |path: &str, facts: &Facts| {
        facts.ecr
            || facts.identity && (strict || with_name.contains(path))
            || named.iter().any(|named| named == path)
    };
    let seeds =
        modules().filter(|(path, facts)| matters(path, facts)).map(|(path, _)| path.as_str());
    reach(&callers, seeds).into_iter().collect()
}

/// The root modules: those of the scanned directories that no other one calls. Called modules are evaluated by their
/// callers. `calls` has the directories that each of `directories` calls, in the same order.
pub(super) fn roots<'a>(
    directories: &[&'a str],
    calls: &'a [Vec<String>],
    is_scanned: impl Fn(&str) -> bool,
) -> Vec<&'a str> {
    let calls = directories.iter().zip(calls).map(|(caller, called)| {
        (*caller, called.iter().map(String::as_str).filter(|called| called != caller).collect())
    });
    let calls: Calls<'_> = calls.collect();
    let called: BTreeSet<&str> = calls.values().flatten().copied().collect();
    let scanned = || directories.iter().copied().filter(|directory| is_scanned(directory));
    let mut roots: Vec<&str> = scanned().filter(|directory| !called.contains(directory)).collect();
    // Modules that call each other in a circle have no root of their own: the first by name stands for them.
    let mut reached = reach(&calls, roots.iter().copied());
    for directory in scanned() {
        if !reached.contains(directory) {
            roots.push(directory);
            reached.extend(reach(&calls, [directory]));
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
    use super::{relevant, roots};
    use crate::cli::facts::Facts;
    use crate::cli::walk::Tree;
    use crate::disk::join;

    fn roots_of(modules: &[(&str, &str)]) -> Vec<String> {
        let facts =
            modules.iter().map(|(path, text)| ((*path).to_owned(), Facts::of(text.as_bytes())));
        let (called, modules) = facts.partition(|(path, _)| path.starts_with(".."));
        let tree = Tree { modules, called, ..Tree::default() };
        let relevant = relevant(&tree, &["named".to_owned()], false);
        let facts = |path: &str| tree.modules.get(path).or(tree.called.get(path)).unwrap();
        let calls =
            |path: &&str| facts(path).calls.iter().map(|source| join(path, source)).collect();
        let calls: Vec<Vec<String>> = relevant.iter().map(calls).collect();
        let roots = roots(&relevant, &calls, |path| tree.modules.contains_key(path));
        roots.into_iter().map(str::to_owned).collect()
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
            ("named", ""),
        ]);
        assert_eq!(roots, ["alone", "envs/dev", "named"]);
    }

    #[test]
    fn an_identity_policy_may_be_made_of_what_stands_elsewhere() {
        let policy = r#"resource "aws_iam_policy" "p" { policy = var.policy }"#;
        let call = |names: &[&str]| {
            names.iter().map(|it| format!("module \"{it}\" {{ source = \"../{it}\" }}\n")).collect()
        };
        let (yes, no): (String, String) = (call(&["iam", "names"]), call(&["alike", "other"]));
        let roots = roots_of(&[
            ("iam", policy),
            ("alike", policy),
            ("names", r#"output "service" { value = "ecr" }"#),
            ("other", r#"output "service" { value = "secrets" }"#),
            ("yes", &yes),
            ("no", &no),
        ]);
        assert_eq!(roots, ["yes"]);
    }

    #[test]
    fn a_called_module_may_lie_elsewhere() {
        let roots = roots_of(&[
            ("dev", r#"module "m" { source = "../../modules/m" }"#),
            ("../modules/m", r#"resource "aws_ecr_repository" "r" {}"#),
        ]);
        assert_eq!(roots, ["dev"]);
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
