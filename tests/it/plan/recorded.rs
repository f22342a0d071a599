//! Recorded plans of terraform hold what their `expected.json` says.

use std::fs;
use std::path::PathBuf;

use ecrlint::model::{Attachment, Change, Fact, Model, Repository, Target};
use serde_json::{Value, json};

use super::{document, plan};
use crate::support::testdata;

#[test]
fn recorded_plans() {
    let mut facts = 0;
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let Ok(expected) = fs::read(case.join("expected.json")) else { continue };
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let unit = plan(&fs::read(case.join("plan.json")).unwrap()).unwrap();
        for fact in expected["facts"].as_array().into_iter().flatten() {
            check(&unit.model, fact, &name);
            facts += 1;
        }
    }
    assert!(facts > 40, "only {facts} facts");
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<_> =
        fs::read_dir(testdata("plans")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn check(model: &Model, fact: &Value, case: &str) {
    let address = fact["address"].as_str().unwrap();
    let at = format!("{case}: {address}");
    match fact["kind"].as_str().unwrap() {
        "ecr_repository" => {
            let repository = model
                .repositories
                .iter()
                .find(|repository| *repository.place.address == *address)
                .expect(&at);
            let name = fact["name"][1].as_str();
            assert_eq!(repository.name.known().map(String::as_str), name, "{at}: name");
            let state = &fact["mutability"];
            assert_eq!(
                repository.tag_mutability.known().map(String::as_str),
                state["value"].as_str(),
                "{at}: mutability"
            );
            assert_eq!(filters(repository), fact["filters"]["value"], "{at}: filters");
            check_change(fact, repository.change, &at);
        }
        "repository_policy" => {
            let attachment = model
                .attachments
                .iter()
                .find(|attachment| *attachment.place.address == *address)
                .expect(&at);
            check_target(attachment, &fact["repository"], &at);
            check_policy(attachment, &fact["policy"], &at);
            check_change(fact, attachment.change, &at);
        }
        other => panic!("{at}: {other}"),
    }
}

fn check_change(fact: &Value, change: Option<Change>, at: &str) {
    let actions = fact["actions"].as_array().unwrap().iter().map(|action| action.as_str().unwrap());
    let mut actions = actions.filter(|action| !action.starts_with("deferred:"));
    let wanted = match actions.all(|action| ["no-op", "read"].contains(&action)) {
        true => Change::Nothing,
        false => Change::Something,
    };
    assert_eq!(change, Some(wanted), "{at}: actions");
}

fn filters(repository: &Repository) -> Value {
    let filters = repository.exclusion_filters.known().unwrap().iter();
    filters.map(|filter| json!({"filter": filter.filter.known(), "filter_type": filter.filter_type.known()})).collect()
}

fn check_target(attachment: &Attachment, wanted: &Value, at: &str) {
    let to: Vec<&str> =
        wanted["to"].as_array().unwrap().iter().map(|to| to.as_str().unwrap()).collect();
    match &attachment.target {
        Target::Address(address) => assert_eq!([&**address], *to, "{at}"),
        Target::Ambiguous(addresses) => {
            assert_eq!(addresses.iter().map(|address| &**address).collect::<Vec<_>>(), to, "{at}");
        }
        Target::External(name) => {
            assert_eq!((Some(&**name), to), (wanted["name"].as_str(), vec![]), "{at}")
        }
        Target::None | Target::Unknown(_) => panic!("{at}: {:?}", attachment.target),
    }
}

fn check_policy(attachment: &Attachment, wanted: &Value, at: &str) {
    match wanted["state"].as_str().unwrap() {
        "known" => assert_eq!(document(attachment), wanted["document"], "{at}"),
        "masked" => assert!(matches!(attachment.document.fact, Fact::Unknown(_)), "{at}"),
        "deferred-document" => {
            let document = document(attachment);
            for (index, statement) in
                wanted["documents"][0]["statements"].as_array().unwrap().iter().enumerate()
            {
                let got = &document["Statement"][index];
                assert_eq!(got["Effect"], statement["effect"], "{at}");
                assert_eq!(json!([got["Action"]]), statement["actions"], "{at}");
                assert_eq!(got["Condition"].is_object(), statement["condition"], "{at}");
                assert_eq!(got["Principal"], "*", "{at}");
            }
        }
        other => panic!("{at}: {other}"),
    }
}
