//! Terragrunt: its `inputs` are values of variables, and its source is the module that gets them.

use super::{evaluate, field, files, text};
use ecrlint::model::{ProblemKind, Unit};
use ecrlint::source::Sources;
use ecrlint::terraform::{Loader, Options};
use serde_json::{Value, json};

const MODULE: &str = "variable \"tags\" {\n  default = \"IMMUTABLE\"\n}\nresource \"aws_ecr_repository\" \"r\" {\n  name = \"r\"\n  image_tag_mutability = var.tags\n}\n";

/// The tag setting of a module with these files beside and above it.
fn tags(beside: &str, above: &str, values: &str) -> Value {
    let (unit, _) = evaluate(&[
        ("main.tf", MODULE),
        ("terragrunt.hcl", beside),
        ("../terragrunt.hcl", above),
        ("terraform.tfvars", values),
    ]);
    field(&unit.model.repositories[0].tag_mutability)
}

#[test]
fn the_nearest_file_wins_and_values_of_terraform_over_both() {
    let inputs = |tags: &str| format!("inputs = {{\n  tags = \"{tags}\"\n  other = 1\n}}\n");
    assert_eq!(tags("", &inputs("MUTABLE"), ""), json!("MUTABLE"));
    assert_eq!(tags(&inputs("MUTABLE"), &inputs("IMMUTABLE"), ""), json!("MUTABLE"));
    assert_eq!(tags(&inputs("MUTABLE"), "", "tags = \"IMMUTABLE\""), json!("IMMUTABLE"));
}

#[test]
fn what_is_computed_is_not_known() {
    let unknown = json!({"unknown": true});
    assert_eq!(tags("inputs = { tags = local.tags }", "", ""), unknown);
    assert_eq!(tags("inputs = merge(local.all, { x = 1 })", "", ""), unknown);
    assert_eq!(tags("inputs = local.all", "", ""), unknown);
    assert_eq!(tags("inputs = merge(local.all, { tags = \"MUTABLE\" })", "", ""), json!("MUTABLE"));
    assert_eq!(tags("", "inputs = merge(local.region, local.account)", ""), json!("IMMUTABLE"));
}

#[test]
fn a_finding_points_at_the_input() {
    let (unit, sources) =
        evaluate(&[("main.tf", MODULE), ("terragrunt.hcl", "inputs = { tags = \"MUTABLE\" }\n")]);
    let origin = &unit.model.repositories[0].tag_mutability.origin;
    assert_eq!(text(origin.span, &sources), "\"MUTABLE\"");
    assert_eq!(sources.get(origin.span.file).path().as_ref(), "terragrunt.hcl");
}

/// What the `terragrunt.hcl` in `live/prod/ecr` deploys, with the module [`MODULE`] in `modules/ecr`.
fn deployed(unit: &str, others: &[(&str, &str)]) -> (Vec<Unit>, Sources) {
    let own = [
        ("modules/ecr/main.tf", MODULE),
        ("live/prod/ecr/terragrunt.hcl", unit),
        (".git/HEAD", ""),
    ];
    let disk = files(&[&own, others].concat());
    let sources = Sources::new();
    let loader = Loader::new(&disk, &sources, false);
    let deployments = loader.deployments("live/prod/ecr");
    let units = deployments.iter().map(|it| loader.deploy(it, &Options::default())).collect();
    (units, sources)
}

fn tags_of(unit: &Unit) -> Value {
    field(&unit.model.repositories[0].tag_mutability)
}

#[test]
fn a_local_source_is_evaluated_with_the_inputs() {
    for source in [
        "\"../../../modules/ecr\"",
        "\"../../..//modules/ecr?ref=x\"",
        "\"${get_repo_root()}//modules/ecr\"",
        "\"${get_terragrunt_dir()}/../../../modules/${basename(get_terragrunt_dir())}\"",
        "\"${dirname(find_in_parent_folders(\"modules\"))}/modules/ecr\"",
        "\"${local.modules}/ecr\"",
        "get_env(\"X\") == \"1\" ? \"git::https://github.com/a/b//m\" : \"../../../modules/ecr\"",
    ] {
        let unit = format!(
            "locals {{\n  modules = \"${{get_repo_root()}}/modules\"\n}}\n\
             terraform {{\n  source = {source}\n}}\ninputs = {{ tags = \"MUTABLE\" }}\n"
        );
        let (units, sources) = deployed(&unit, &[]);
        assert_eq!(units.len(), 1, "{source}");
        assert_eq!((&*units[0].root, tags_of(&units[0])), ("modules/ecr", json!("MUTABLE")));
        let repository = &units[0].model.repositories[0];
        assert_eq!(text(repository.tag_mutability.origin.span, &sources), "\"MUTABLE\"");
        let calls: Vec<String> =
            repository.place.calls.iter().map(|it| text(*it, &sources)).collect();
        assert_eq!(calls, [source]);
    }
    let (units, _) = deployed("terraform {\n  source = \".\"\n}\n", &[]);
    assert!(units.is_empty());
}

#[test]
fn a_module_that_is_not_at_hand_is_told() {
    let (note, error) = (ProblemKind::Note, ProblemKind::Evaluation);
    let terraform = |source: &str| format!("terraform {{\n  source = {source}\n}}\n");
    for (unit, place, kind, message) in [
        (
            terraform("\"git::https://x/y//ecr\""),
            "\"git::https://x/y//ecr\"",
            note,
            "the module that Terragrunt deploys is not at hand: `git::https://x/y//ecr`",
        ),
        (
            terraform("\"../../../modules/none\""),
            "\"../../../modules/none\"",
            error,
            "there is no module in `modules/none` for Terragrunt to deploy",
        ),
        (
            terraform("\"${get_repo_root()}/none\""),
            "\"${get_repo_root()}/none\"",
            note,
            "there is no module in `none` for Terragrunt to deploy",
        ),
        (
            terraform("\"../../../modules/${get_env(\"X\")}\""),
            "\"../../../modules/${get_env(\"X\")}\"",
            note,
            "what Terragrunt deploys is not known: `\"../../../modules/${get_env(\"X\")}\"`",
        ),
        (
            "include {\n  path = find_in_parent_folders(\"none.hcl\")\n}\n".to_owned(),
            "find_in_parent_folders(\"none.hcl\")",
            note,
            "what Terragrunt deploys is not known: `find_in_parent_folders(\"none.hcl\")`",
        ),
    ] {
        let (units, sources) = deployed(&unit, &[]);
        assert_eq!(units.len(), 1, "{unit}");
        assert_eq!(units[0].root, "live/prod/ecr");
        let told: Vec<_> = units[0]
            .problems
            .iter()
            .map(|it| (it.kind, &*it.message, text(it.span.unwrap(), &sources)))
            .collect();
        assert_eq!(told, [(kind, message, place.to_owned())]);
    }
}

#[test]
fn includes_bring_sources_and_inputs() {
    let root = "locals {\n  tags = \"MUTABLE\"\n}\ninputs = { tags = local.tags }\n";
    let shared = "terraform {\n  source = \"${path_relative_from_include()}/../modules//${basename(path_relative_to_include())}\"\n}\n";
    let others = [("live/root.hcl", root), ("env/ecr.hcl", shared)];
    let include = |name: &str, path: &str| format!("include \"{name}\" {{\n  path = {path}\n}}\n");
    let env = include("env", "\"${get_repo_root()}/env/ecr.hcl\"");
    let both = include("root", "find_in_parent_folders(\"root.hcl\")");
    for (unit, tags) in [
        (env.clone(), json!("IMMUTABLE")),
        (env.clone() + &both, json!("MUTABLE")),
        (env.clone() + &both + "inputs = { tags = \"IMMUTABLE\" }\n", json!("IMMUTABLE")),
        (env + &both + "inputs = { tags = dependency.x.outputs.tags }\n", json!({"unknown": true})),
    ] {
        let (units, _) = deployed(&unit, &others);
        assert_eq!(units.len(), 1, "{unit}");
        assert_eq!(tags_of(&units[0]), tags, "{unit}");
    }
}

#[test]
fn a_public_module_is_judged_by_its_published_interface() {
    let unit = "terraform {\n  source = \"tfr:///terraform-aws-modules/ecr/aws?version=2.2.0\"\n}\n\
                inputs = {\n  repository_name = \"x\"\n  repository_image_tag_mutability = \"MUTABLE\"\n}\n";
    let (units, sources) = deployed(unit, &[]);
    assert_eq!(tags_of(&units[0]), json!("MUTABLE"));
    let place = &units[0].model.repositories[0].place;
    assert!(text(place.block, &sources).contains("tfr:///"));
}
