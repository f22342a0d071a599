//! `aws_iam_policy_document`: the JSON text that the AWS provider makes of its blocks. [`json`]
//!
//! Source: the provider's `policy_document_data_source.go` and `policy_model.go`, and measurements of their results.

use std::sync::Arc;

use self::build::Builder;
use super::choice::{Choice, Chosen};
use super::data_source::Kind;
use super::evaluation::{Evaluation, Outcome};
use super::resources::AttributeOf;
use super::scope::unknown_after;
use crate::origin::Origin;
use crate::policy::node::{Data, Member, Node, Text};
use crate::value::{self, OneOf, Value};

mod build;
mod lossy;
mod render;

/// A document in the making.
#[derive(Default)]
struct Policy {
    version: Option<Node>,
    id: Option<Node>,
    statements: Vec<Statement>,
}

/// A statement, or something of which it can't be known which statements it is.
struct Statement {
    /// Its id, if it has one that is known.
    sid: Option<Box<str>>,
    node: Node,
}

/// The value of `json` or `minified_json`. Where the document depends on a condition that can't be known, it is one
/// of the documents that the condition may make.
pub(super) fn json(evaluation: &Evaluation<'_>, of: &AttributeOf<'_>, kind: Kind) -> Outcome {
    let origin = Origin::at(of.header);
    let chosen = Choice::each(&|choice| {
        let policy = Builder { evaluation, of, choice }.policy()?;
        let node = policy.into_node(&origin);
        Ok(Value::rope(render::text(&node, kind, of.header), origin.clone()))
    });
    match chosen {
        Chosen::One(value) => value,
        several => Ok(value_of(several, &origin)),
    }
}

/// One of several documents.
fn value_of(chosen: Chosen<Outcome>, origin: &Origin) -> Value {
    match chosen {
        Chosen::One(value) => value.unwrap_or_else(unknown_after),
        Chosen::OneOf(one_of, arms) => {
            let arms = arms.into_iter().map(|arm| value_of(arm, origin)).collect();
            let one_of = OneOf { arms, ..OneOf::clone(&one_of) };
            Value::new(value::Data::OneOf(Arc::new(one_of)), origin.clone())
        }
        Chosen::TooMany(one_of) => Value::unknown(one_of.why.clone(), origin.clone()),
    }
}

impl Policy {
    /// Merges a newer document over this one: statements with an id replace those with the same id, all others are
    /// added.
    fn merge(&mut self, newer: Self) {
        self.id = newer.id.or(self.id.take());
        self.version = match (self.version.take(), newer.version) {
            (Some(old), Some(new)) if known(&old) >= known(&new) => Some(old),
            (old, new) => new.or(old),
        };
        for statement in newer.statements {
            let same = |old: &&mut Statement| old.sid == statement.sid && old.sid.is_some();
            match self.statements.iter_mut().find(same) {
                Some(old) => *old = statement,
                None => self.statements.push(statement),
            }
        }
    }

    fn into_node(self, origin: &Origin) -> Node {
        let statements: Vec<Node> =
            self.statements.into_iter().map(|statement| statement.node).collect();
        let statements = (!statements.is_empty())
            .then(|| Node { origin: origin.clone(), data: Data::Array(statements) });
        object(origin, [("Version", self.version), ("Id", self.id), ("Statement", statements)])
    }
}

/// An object of the members that are there.
fn object<const N: usize>(origin: &Origin, members: [(&str, Option<Node>); N]) -> Node {
    let members = members.into_iter().filter_map(|(key, value)| {
        let value = value?;
        let key = Text::Known(key.into());
        Some(Member { key, key_origin: value.origin.clone(), value })
    });
    Node { origin: origin.clone(), data: Data::Object(members.collect()) }
}

fn string(text: &str, origin: &Origin) -> Node {
    Node { origin: origin.clone(), data: Data::String(Text::Known(text.into())) }
}

/// The text of a string that is known.
fn known(node: &Node) -> Option<&str> {
    match &node.data {
        Data::String(text) => text.known(),
        Data::Unknown(_)
        | Data::Null
        | Data::Bool(_)
        | Data::Number(_)
        | Data::Array(_)
        | Data::Object(_) => None,
    }
}
