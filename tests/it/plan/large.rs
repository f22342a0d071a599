//! Plans with more resources of ours than are kept, or judged, at a time.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::Folder;

const REPOSITORIES: usize = 2_500;
const POLICIES: usize = 1_200;

/// A plan with a line for each resource; each policy hangs on the repository with its number.
fn plan() -> String {
    let pull =
        json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}});
    let mut plan = "{\"format_version\": \"1.2\", \"resource_changes\": [\n".to_owned();
    let mut entry = |type_name: &str, number: usize, after: Value| {
        let comma = if plan.ends_with("[\n") { "" } else { "," };
        let change = json!({"actions": ["create"], "after": after});
        let entry = json!({"address": format!("module.m{number}.{type_name}.r"), "mode": "managed", "type": type_name, "name": "r", "change": change});
        writeln!(plan, "{comma}{entry}").unwrap();
    };
    for number in 0..REPOSITORIES {
        let after = json!({"name": format!("app-{number}"), "image_tag_mutability": "MUTABLE"});
        entry("aws_ecr_repository", number, after);
    }
    for number in 0..POLICIES {
        let after = json!({"repository": format!("app-{number}"), "policy": pull.to_string()});
        entry("aws_ecr_repository_policy", number, after);
    }
    plan + "]}"
}

#[test]
fn each_resource_is_found_once_at_its_line() {
    let folder = Folder::new().with("plan.json", plan());
    let file = folder.run(&["check", "--format", "json", "--plan", "plan.json"]);
    let pipe = folder.pipe(&["check", "--format", "json", "-"], plan());
    for outcome in [file, pipe] {
        let report = outcome.json();
        let found: Vec<(String, u64)> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| {
                let [check, address] =
                    ["check", "address"].map(|key| finding[key].as_str().unwrap());
                (
                    format!("{check} {address}"),
                    finding["location"]["start"]["line"].as_u64().unwrap(),
                )
            })
            .collect();
        let mutable = (0..REPOSITORIES)
            .map(|number| format!("mutable-tags module.m{number}.aws_ecr_repository.r"));
        let open = (0..POLICIES).map(|number| {
            format!("wildcard-principal module.m{number}.aws_ecr_repository_policy.r")
        });
        assert_eq!(found, mutable.chain(open).zip(2..).collect::<Vec<_>>());
    }
}

#[test]
fn excerpts_are_those_of_the_plan() {
    let folder = Folder::new().with("plan.json", plan());
    let outcome = folder.run(&["check", "--plan", "plan.json"]);
    let marked = outcome.stdout.matches("\"image_tag_mutability\":\"MUTABLE\"").count();
    assert_eq!(marked, REPOSITORIES);
}
