//! What this change does: `--plan-scope`.

use serde_json::{Value, json};

use crate::support::Folder;

fn entry(address: &str, actions: &[&str], before: Value, after: Value) -> Value {
    let (type_name, name) = address.split_once('.').unwrap();
    let change = json!({"actions": actions, "before": before, "after": after, "after_unknown": {}});
    json!({"address": address, "mode": "managed", "type": type_name, "name": name, "change": change})
}

fn repository(name: &str, mutability: &str, filters: &[&str]) -> Value {
    let filter = |filter: &&str| json!({"filter": filter, "filter_type": "WILDCARD"});
    let filters: Vec<Value> = filters.iter().map(filter).collect();
    json!({"name": name, "image_tag_mutability": mutability, "image_tag_mutability_exclusion_filter": filters})
}

fn policy(principal: &str, actions: &[&str]) -> Value {
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    json!({"repository": "same", "policy": policy.to_string()})
}

/// Each resource says in its name what the plan does to it.
fn plan() -> String {
    let mutable = repository("same", "MUTABLE", &[]);
    let immutable = repository("same", "IMMUTABLE", &[]);
    let leaky = repository("same", "IMMUTABLE_WITH_EXCLUSION", &["*"]);
    let holed = repository("same", "IMMUTABLE_WITH_EXCLUSION", &["v*"]);
    let pull = policy("*", &["ecr:BatchGetImage"]);
    let push = policy("*", &["ecr:BatchGetImage", "ecr:PutImage"]);
    let account = policy("arn:aws:iam::111122223333:root", &["ecr:BatchGetImage"]);
    let repository = |name: &str| format!("aws_ecr_repository.{name}");
    let attachment = |name: &str| format!("aws_ecr_repository_policy.{name}");
    let none = || Value::Null;
    json!({"format_version": "1.2", "resource_changes": [
        entry(&repository("same"), &["no-op"], mutable.clone(), mutable.clone()),
        entry(&repository("created"), &["create"], none(), mutable.clone()),
        entry(&repository("loosened"), &["update"], immutable.clone(), mutable.clone()),
        entry(&repository("holed_more"), &["update"], holed.clone(), leaky),
        entry(&repository("holed_less"), &["update"], mutable.clone(), holed),
        entry(&repository("tightened"), &["update"], mutable.clone(), immutable),
        entry(&repository("renamed"), &["delete", "create"], mutable.clone(), mutable.clone()),
        entry(&repository("deleted"), &["delete"], mutable, none()),
        entry(&attachment("same"), &["no-op"], pull.clone(), pull.clone()),
        entry(&attachment("opened"), &["update"], account, pull.clone()),
        entry(&attachment("opened_more"), &["update"], pull.clone(), push.clone()),
        entry(&attachment("opened_less"), &["update"], push, pull),
    ]})
    .to_string()
}

/// `check resource: message` of what is found with this scope.
fn found(scope: &str) -> Vec<String> {
    let folder = Folder::new().with("plan.json", plan());
    let args = ["check", "--plan-scope", scope, "--format", "json", "--plan", "plan.json"];
    let outcome = folder.run(&args);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    let report = outcome.json();
    let line = |finding: &Value| {
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        let address = text("address");
        let name = address.split_once('.').unwrap().1;
        let message = text("message");
        let note = message.rsplit_once(" (").map_or("", |(_, note)| note.trim_end_matches(')'));
        format!("{} {name}: {note}", text("check"))
    };
    let mut lines: Vec<String> = report["findings"].as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn all_that_is_there_when_it_has_been_applied() {
    let expected = [
        "leaky-exclusion-filter holed_less: ",
        "leaky-exclusion-filter holed_more: ",
        "mutable-tags created: ",
        "mutable-tags loosened: ",
        "mutable-tags renamed: ",
        "mutable-tags same: ",
        "wildcard-principal opened: ",
        "wildcard-principal opened_less: ",
        "wildcard-principal opened_more: ",
        "wildcard-principal same: ",
    ];
    assert_eq!(found("all"), expected);
}

#[test]
fn what_is_created_or_updated() {
    let expected = [
        "leaky-exclusion-filter holed_less: ",
        "leaky-exclusion-filter holed_more: ",
        "mutable-tags created: ",
        "mutable-tags loosened: ",
        "mutable-tags renamed: ",
        "wildcard-principal opened: ",
        "wildcard-principal opened_less: ",
        "wildcard-principal opened_more: ",
    ];
    assert_eq!(found("changed"), expected);
}

#[test]
fn what_is_worse_than_before() {
    let expected = [
        "leaky-exclusion-filter holed_more: before: immutable-holed, after: immutable-void",
        "mutable-tags created: created by this plan",
        "mutable-tags loosened: before: immutable, after: mutable",
        "wildcard-principal opened: before: cross-account-root, after: public",
        "wildcard-principal opened_more: not so before this plan",
    ];
    assert_eq!(found("worse"), expected);
}

/// A waiver in the source counts as used, though what it covers is not asked for.
#[test]
fn waivers_of_what_is_not_asked_for_are_used() {
    let main = "resource \"aws_ecr_repository\" \"same\" {\n  name                 = \"same\"\n  # ecrlint: ignore[mutable-tags] -- moves to tags of commits in spring\n  image_tag_mutability = \"MUTABLE\"\n}\n";
    let folder = Folder::new().with("plan.json", plan()).with("main.tf", main);
    for scope in ["all", "changed", "worse"] {
        let args = ["check", "--plan-scope", scope, "--format", "json", "--plan", "plan.json"];
        let outcome = folder.run(&args);
        assert!(!outcome.stdout.contains("unused-waiver"), "{scope}: {outcome:?}");
        let findings = &outcome.json()["findings"];
        let mut addresses = findings.as_array().unwrap().iter().map(|finding| &finding["address"]);
        assert!(addresses.all(|it| it != "aws_ecr_repository.same"), "{scope}: {findings}");
    }
}

/// A plan that somebody trimmed may not say what it does to a resource: then it may change it.
#[test]
fn a_change_without_actions_may_be_any() {
    for actions in [json!(null), json!([]), json!("no-op")] {
        let mut plan: Value = serde_json::from_str(&plan()).unwrap();
        let entry = json!({"address": "aws_ecr_repository.r", "mode": "managed", "type": "aws_ecr_repository", "name": "r",
            "change": {"actions": actions, "before": repository("r", "IMMUTABLE", &[]), "after": repository("r", "MUTABLE", &[])}});
        plan["resource_changes"] = json!([entry]);
        let folder = Folder::new().with("plan.json", plan.to_string());
        for scope in ["all", "changed", "worse"] {
            let outcome = folder.run(&["check", "--plan-scope", scope, "--plan", "plan.json"]);
            assert_eq!(outcome.status, 1, "{scope} {actions}: {outcome:?}");
        }
    }
}

/// A state changes nothing: all of it stays in scope.
#[test]
fn a_state_is_no_change() {
    let resource = json!({"address": "aws_ecr_repository.r", "mode": "managed", "type": "aws_ecr_repository", "name": "r", "values": repository("r", "MUTABLE", &[])});
    let state = json!({"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {"resources": [resource]}}});
    let folder = Folder::new().with("state.json", state.to_string());
    for scope in ["all", "changed", "worse"] {
        let outcome = folder.run(&["check", "--plan-scope", scope, "state.json"]);
        assert_eq!(outcome.status, 1, "{scope}: {outcome:?}");
    }
}
