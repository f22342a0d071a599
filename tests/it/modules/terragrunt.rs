//! The `inputs` of `terragrunt.hcl` are values of variables.

use super::{evaluate, field, text};
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
