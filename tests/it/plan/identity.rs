//! Policies of users, groups and roles.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::Folder;

const MANAGED: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess";

/// Resources that give a policy, and the argument where it stands.
fn resources() -> Vec<(&'static str, &'static str, Value)> {
    let policy = r#"{"Statement": {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}}"#;
    vec![
        ("aws_iam_policy", "policy", json!(policy)),
        ("aws_iam_role_policy", "policy", json!(policy)),
        ("aws_iam_user_policy", "policy", json!(policy)),
        ("aws_iam_group_policy", "policy", json!(policy)),
        ("aws_ssoadmin_permission_set_inline_policy", "inline_policy", json!(policy)),
        ("aws_iam_role", "managed_policy_arns", json!([MANAGED])),
        ("aws_iam_policy_attachment", "policy_arn", json!(MANAGED)),
        ("aws_iam_role_policy_attachment", "policy_arn", json!(MANAGED)),
        ("aws_iam_user_policy_attachment", "policy_arn", json!(MANAGED)),
        ("aws_iam_group_policy_attachment", "policy_arn", json!(MANAGED)),
        ("aws_ssoadmin_managed_policy_attachment", "managed_policy_arn", json!(MANAGED)),
        ("aws_iam_role_policy_attachments_exclusive", "policy_arns", json!([MANAGED])),
        ("aws_iam_user_policy_attachments_exclusive", "policy_arns", json!([MANAGED])),
        ("aws_iam_group_policy_attachments_exclusive", "policy_arns", json!([MANAGED])),
    ]
}

/// Source and plan look into the same arguments.
#[test]
fn each_resource_that_gives_a_policy_is_looked_into() {
    let mut main = String::new();
    let mut changes = Vec::new();
    for (kind, argument, value) in resources() {
        writeln!(main, "resource \"{kind}\" \"x\" {{\n  {argument} = {value}\n}}").unwrap();
        changes.push(json!({
            "address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
            "change": {"actions": ["create"], "before": null, "after": {argument: value}},
        }));
    }
    let plan = json!({"format_version": "1.2", "resource_changes": changes});
    let folder = Folder::new().with("source/main.tf", main).with("plan.json", plan.to_string());

    let mut expected: Vec<String> =
        resources().iter().map(|(kind, ..)| format!("{kind}.x")).collect();
    expected.sort();
    for input in ["source", "plan.json"] {
        let outcome = folder.run(&["check", input, "--profile", "strict", "--format", "json"]);
        let report = outcome.json();
        let mut found: Vec<&str> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["check"] == "broad-identity-policy")
            .map(|finding| finding["address"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{input}: {outcome:?}");
    }
}
