//! Plans and states in JSON.

mod broken;
mod identity;
mod join;
mod large;
mod links;
mod places;
mod recorded;
mod scope;
mod spellings;

use std::fs;

use ecrlint::model::{Attachment, Document, Model, Problem, Repository, Unit};
use ecrlint::plan::{Options, Plan, read};
use ecrlint::policy::node::{Data, Node, Text};
use ecrlint::source::Sources;
use serde_json::{Value, json};

use crate::support::testdata;

/// Reads a plan as the default profile does.
fn plan(bytes: &[u8]) -> Result<Unit, Problem> {
    read(bytes, "plan.json", &Sources::new(), &Options::default()).map(Plan::into_unit)
}

/// The bytes of a recorded plan.
fn recorded(path: &str) -> Vec<u8> {
    fs::read(testdata("plans").join(path)).unwrap()
}

#[track_caller]
fn repository<'m>(model: &'m Model, address: &str) -> &'m Repository {
    let found = model.repositories.iter().find(|repository| *repository.place.address == *address);
    found.unwrap_or_else(|| panic!("no repository {address}"))
}

#[track_caller]
fn attachment<'m>(model: &'m Model, address: &str) -> &'m Attachment {
    let found = model.attachments.iter().find(|attachment| *attachment.place.address == *address);
    found.unwrap_or_else(|| panic!("no policy {address}"))
}

/// The policy of an attachment, with `{"$unknown": why}` where it is not known.
#[track_caller]
fn document(attachment: &Attachment) -> Value {
    match attachment.document.known() {
        Some(Document::Json(root)) => json_of(root),
        other => panic!("{}: {other:?}", attachment.place.address),
    }
}

fn json_of(node: &Node) -> Value {
    match &node.data {
        Data::Unknown(why) => json!({"$unknown": why.reason.to_string()}),
        Data::Null => Value::Null,
        Data::Bool(value) => json!(value),
        Data::Number(number) => serde_json::from_str(number).unwrap(),
        Data::String(Text::Known(text)) => json!(text.as_str()),
        Data::String(Text::Partial(_)) => json!({"$unknown": "in part"}),
        Data::Array(items) => items.iter().map(json_of).collect(),
        Data::Object(members) => {
            let member = |member: &ecrlint::policy::node::Member| {
                (member.key.known().unwrap().to_owned(), json_of(&member.value))
            };
            members.iter().map(member).collect()
        }
    }
}
