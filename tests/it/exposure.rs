//! Who a policy lets in: the recorded cases, and hostile documents.

use ecrlint::document::in_string;
use ecrlint::model::Document;
use ecrlint::origin::Origin;
use ecrlint::policy::node::Node;
use ecrlint::policy::{Analysis, Context, Pointer, PolicyKind, analyze};
use ecrlint::source::{Sources, Span};
use ecrlint::syntax::tree::Text;
use serde_json::Value;

use crate::support::testdata;

/// The document in a text; `None` if it is not JSON.
pub(crate) fn read(text: &str) -> Option<Node> {
    let file = Sources::new().add("policy.json", text.as_bytes());
    let text = Text { value: text.into(), start: 0, detail: None };
    match in_string(&text, file, &Origin::at(Span::new(file, 0, 0))) {
        Document::Json(node) => Some(*node),
        Document::NotJson(_) => None,
        Document::Managed(_) => unreachable!("a text is no ARN"),
    }
}

/// The verdict on a text, in the spelling of the recorded cases.
fn exposure(
    text: &str,
    kind: PolicyKind,
    context: &Context,
) -> (String, Option<Analysis<'static>>) {
    let Some(document) = read(text) else { return ("INVALID".to_owned(), None) };
    let analysis = analyze(Box::leak(Box::new(document)), kind, context);
    (recorded(analysis.exposure.as_str()), Some(analysis))
}

fn recorded(verdict: &str) -> String {
    verdict.to_uppercase().replace('-', "_")
}

pub(crate) fn rows(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(testdata("policy").join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A world in which the owner is known.
pub(crate) fn owner() -> Context {
    Context { owner_account: Some("111122223333".to_owned()), ..Context::default() }
}

pub(crate) fn kind(name: &str) -> PolicyKind {
    match name {
        "repository" => PolicyKind::Repository,
        "registry" => PolicyKind::Registry,
        "creation_template" => PolicyKind::CreationTemplate,
        "public_repository" => PolicyKind::PublicRepository,
        "identity" => PolicyKind::Identity,
        other => panic!("{other} is no kind of policy"),
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

#[test]
fn recorded_policies() {
    let mut misses = Vec::new();
    for row in rows("policy_truth.jsonl") {
        let id = row["id"].as_str().unwrap();
        let context = Context {
            partition: row["context"]["partition"].as_str().map(str::to_owned),
            ..owner()
        };
        let (got, analysis) = exposure(
            row["policy"].as_str().unwrap(),
            kind(row["kind"].as_str().unwrap()),
            &context,
        );
        if !strings(&row["accept"]).contains(&got) {
            misses.push(format!("{id}: want {}, got {got}", row["accept"]));
        }
        let Some(analysis) = analysis else { continue };
        if let Some(meaning) = row["if_accepted"].as_str()
            && analysis.if_accepted.map(|e| recorded(e.as_str())).as_deref() != Some(meaning)
        {
            misses
                .push(format!("{id}: if accepted, want {meaning}, got {:?}", analysis.if_accepted));
        }
        for statement in row["statements"].as_array().unwrap() {
            let index = usize::try_from(statement["index"].as_u64().unwrap()).unwrap();
            let got = &analysis.statements[index];
            let pointers: Vec<String> = got.pointers.iter().map(Pointer::json_pointer).collect();
            if got.exposure.as_str()
                != statement["verdict"].as_str().unwrap().to_lowercase().replace('_', "-")
            {
                misses.push(format!(
                    "{id}/{index}: want {}, got {}",
                    statement["verdict"],
                    got.exposure.as_str()
                ));
            }
            if pointers != strings(&statement["pointers"]) {
                misses.push(format!(
                    "{id}/{index}: want {}, got {pointers:?}",
                    statement["pointers"]
                ));
            }
            let actions: Vec<&str> = got.actions.iter().map(|class| class.as_str()).collect();
            let has_actions = row["kind"] != "identity" && statement["verdict"] != "INVALID";
            if has_actions && actions != strings(&statement["actions"]) {
                misses
                    .push(format!("{id}/{index}: want {}, got {actions:?}", statement["actions"]));
            }
        }
    }
    assert!(misses.is_empty(), "{} misses:\n{}", misses.len(), misses.join("\n"));
}

#[test]
fn recorded_conditions() {
    let mut misses = Vec::new();
    for row in rows("condition_table.jsonl") {
        let statement = serde_json::json!({
            "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage",
            "Condition": { row["operator"].as_str().unwrap(): { row["key"].as_str().unwrap(): row["values"] } },
        });
        let document = serde_json::json!({ "Version": "2012-10-17", "Statement": [statement] });
        let (got, _) = exposure(&document.to_string(), PolicyKind::Repository, &owner());
        if got != row["verdict"].as_str().unwrap() {
            misses.push(format!("{row}: got {got}"));
        }
    }
    assert!(misses.is_empty(), "{} misses:\n{}", misses.len(), misses.join("\n"));
}

/// Policies that look closed and are open, or more open than they look, each beside one that keeps what it promises.
#[test]
fn look_alikes() {
    let context = Context {
        partition: Some("aws".to_owned()),
        today: Some("2026-01-01".parse().unwrap()),
        ..owner()
    };
    let mut misses = Vec::new();
    for row in rows("look_alikes.jsonl") {
        for (policy, verdict) in [("open", "verdict"), ("closed", "closed_verdict")] {
            let document = read(row[policy].as_str().unwrap()).unwrap();
            let analysis = analyze(&document, kind(row["kind"].as_str().unwrap()), &context);
            let meaning = analysis.if_accepted.map(|meaning| format!(" {}", meaning.as_str()));
            let got = format!("{}{}", analysis.exposure.as_str(), meaning.unwrap_or_default());
            if row[verdict] != got {
                misses.push(format!("{} ({policy}): want {}, got {got}", row["id"], row[verdict]));
            }
        }
    }
    assert!(misses.is_empty(), "{} misses:\n{}", misses.len(), misses.join("\n"));
}

#[test]
fn public_verdicts_have_a_witness() {
    for row in rows("policy_truth.jsonl") {
        let kind = kind(row["kind"].as_str().unwrap());
        let (_, Some(analysis)) = exposure(row["policy"].as_str().unwrap(), kind, &owner()) else {
            continue;
        };
        for statement in analysis.statements.iter().filter(|s| s.range.worst.is_public()) {
            // No request has a misspelt key, so that nobody gets in; and yet it must not count as a restriction.
            let nobody = row["family"] == "unknown-key";
            assert_eq!(statement.witness.is_none(), nobody, "{}", row["id"]);
        }
    }
}
