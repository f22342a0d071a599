//! However a plan is written down, it says the same.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read};

use ecrlint::model::{Document, Fact, Model, ProblemKind};
use ecrlint::plan::{Options, read};
use ecrlint::source::Sources;
use serde_json::{Value, json};

use super::{json_of, plan, recorded};
use crate::support::testdata;

/// What a model says, without places.
fn said(model: &Model) -> String {
    let mut said = String::new();
    for repository in &model.repositories {
        let mutability = match &repository.tag_mutability.fact {
            Fact::Written(value) => format!("written {value}"),
            Fact::Default(value) => format!("default {value}"),
            Fact::Unknown(why) => format!("unknown: {}", why.reason),
            Fact::Either { .. } => panic!("a plan knows one value"),
        };
        let filters = repository.exclusion_filters.known().map(Vec::len);
        let name = repository.name.known();
        writeln!(said, "{} {name:?} {mutability} {filters:?}", repository.place.address).unwrap();
    }
    for attachment in &model.attachments {
        let document = match attachment.document.known() {
            Some(Document::Json(root)) => json_of(root).to_string(),
            other => format!("{other:?}"),
        };
        writeln!(said, "{} {:?} {document}", attachment.place.address, attachment.target).unwrap();
    }
    said
}

fn said_by(bytes: &[u8]) -> String {
    said(&plan(bytes).unwrap().model)
}

/// All recorded plans, by name.
fn plans() -> Vec<(String, Vec<u8>)> {
    let folders = fs::read_dir(testdata("plans")).unwrap().map(|entry| entry.unwrap());
    let plans = folders.map(|folder| {
        (
            folder.file_name().into_string().unwrap(),
            fs::read(folder.path().join("plan.json")).unwrap(),
        )
    });
    plans.collect()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            members.into_iter().collect()
        }
        other => other.clone(),
    }
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(reversed).collect(),
        Value::Object(members) => {
            members.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn order_and_white_space_do_not_matter() {
    for (name, bytes) in plans() {
        let wanted = said_by(&bytes);
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        for value in [value.clone(), sorted(&value), reversed(&value)] {
            assert_eq!(said_by(value.to_string().as_bytes()), wanted, "{name}");
            assert_eq!(said_by(&serde_json::to_vec_pretty(&value).unwrap()), wanted, "{name}");
        }
    }
}

#[test]
fn encodings_do_not_matter() {
    for (name, bytes) in plans() {
        let wanted = said_by(&bytes);
        let text = String::from_utf8(bytes).unwrap();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let crlf = text.replace('\n', "\r\n").into_bytes();
        let marked = |mark: &[u8], text: &[u8]| [mark, text].concat();
        for bytes in [
            marked(b"\xEF\xBB\xBF", text.as_bytes()),
            marked(b"\xFF\xFE", &little),
            marked(b"\xFE\xFF", &big),
            little,
            big,
            crlf,
        ] {
            assert_eq!(said_by(&bytes), wanted, "{name}");
        }
    }
}

/// A pipe gives as little as it likes, and is interrupted.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = space.len().min(self.1 % 7 + 1);
        self.0.read(&mut space[..count])
    }
}

#[test]
fn the_pieces_that_it_comes_in_do_not_matter() {
    for (name, bytes) in plans() {
        let unit = read(Trickle(&bytes, 0), "-", &Sources::new(), &Options::default())
            .unwrap()
            .into_unit();
        assert_eq!(said(&unit.model), said_by(&bytes), "{name}");
    }
}

#[test]
fn what_a_wrapper_adds_is_passed_over_with_a_note() {
    let bytes = recorded("31-ecr-policy-by-id/plan.json");
    let wanted = said_by(&bytes);
    let plan_text = String::from_utf8(bytes).unwrap();
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(&plan_text).unwrap()).unwrap();
    let long = "Warning: something { odd }\n".repeat(20_000);
    for text in [
        format!("[command]/bin/terraform show -json p\n{plan_text}::debug::done\n::set-output name=x::{{}}\n"),
        format!("╷\n│ Warning: a { }\n╵\n{pretty}", "{\"x\":1}"),
        format!("{long}{plan_text}"),
        json!({"plan_format_version": "1.0", "plan": serde_json::from_str::<Value>(&plan_text).unwrap()}).to_string(),
    ] {
        let unit = plan(text.as_bytes()).unwrap();
        assert_eq!(said(&unit.model), wanted);
        let kinds: Vec<_> = unit.problems.iter().map(|problem| problem.kind).collect();
        assert_eq!(kinds, [ProblemKind::Note], "{:?}", unit.problems);
    }
}

#[test]
fn a_state_is_checked_as_it_is() {
    let unit = plan(&recorded("50-wrong-inputs/state.json")).unwrap();
    assert_eq!(unit.model.repositories.len(), 1);
    assert!(unit.model.repositories[0].change.is_none());
    assert_eq!(unit.problems.len(), 1, "{:?}", unit.problems);

    let resource = |address: &str| json!({"address": address, "mode": "managed", "type": "aws_ecr_repository", "values": {"name": "x"}});
    let state = json!({"format_version": "1.0", "values": {"root_module": {
        "child_modules": [{"child_modules": [{"resources": [resource("module.a.module.b.aws_ecr_repository.r")]}]}],
        "resources": [resource("aws_ecr_repository.r"), {"deposed_key": "00000000", "address": "aws_ecr_repository.r", "mode": "managed", "type": "aws_ecr_repository", "values": {}}],
    }}});
    let unit = plan(state.to_string().as_bytes()).unwrap();
    let addresses: Vec<_> =
        unit.model.repositories.iter().map(|repository| &*repository.place.address).collect();
    assert_eq!(addresses, ["module.a.module.b.aws_ecr_repository.r", "aws_ecr_repository.r"]);
}

/// Which entries are looked at.
#[test]
fn what_will_not_be_there_is_not_checked() {
    let entry = |mode: &str, actions: Value, more: Value| {
        let mut entry = json!({"address": "aws_ecr_repository.r", "mode": mode, "type": "aws_ecr_repository", "change": {"actions": actions, "before": null, "after": {"name": "x"}}});
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let plan_text = json!({"format_version": "1.2", "resource_changes": [entry]}).to_string();
        plan(plan_text.as_bytes()).unwrap().model.repositories.len()
    };
    for actions in [
        json!(["create"]),
        json!(["update"]),
        json!(["no-op"]),
        json!(["delete", "create"]),
        json!(["create", "forget"]),
        json!(["hibernate"]),
    ] {
        assert_eq!(entry("managed", actions.clone(), json!({})), 1, "{actions}");
    }
    let gone = json!({"actions": ["delete"], "before": {"name": "x"}, "after": null});
    for action in ["delete", "forget"] {
        let mut change = gone.clone();
        change["actions"] = json!([action]);
        assert_eq!(entry("managed", json!([]), json!({"change": change})), 0, "{action}");
        // Terraform does not write it, and so does not say that the resource is gone.
        assert_eq!(entry("managed", json!([action]), json!({})), 1, "{action}");
        assert_eq!(entry("managed", json!([action, 1]), json!({})), 1, "{action}");
    }
    assert_eq!(entry("managed", json!(["create"]), json!({"deposed": ""})), 1);
    assert_eq!(entry("managed", json!(["delete"]), json!({"deposed": "byebye"})), 0);
    assert_eq!(entry("data", json!(["read"]), json!({})), 0);
    assert_eq!(entry("ephemeral", json!(["create"]), json!({})), 0);
}
