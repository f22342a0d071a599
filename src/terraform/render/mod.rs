//! Policy documents from the values of arguments: [`policy`].

use crate::model::{Document, Fact, Field};
use crate::origin::{Origin, Why};
use crate::policy::node::Node;
use crate::value::{Data, Type, Value};

mod alternatives;
mod node;
mod text;

use super::convert::convert;

/// The policy document that an argument holds, each leaf with the bytes that it was written with: a literal in a
/// heredoc with its own, an interpolated value with those of the place that it came from.
///
/// What can't be known stays unknown at its place. Where the document depends on conditions that can't be known, it is
/// [`Fact::Either`]. A value that is null or no string can't be a document.
pub fn policy(value: &Value) -> Field<Document> {
    if alternatives::count(value) > alternatives::MAX {
        return document(&alternatives::give_up(value));
    }
    either(value)
}

/// A value as the JSON value that `jsonencode` makes of it.
pub(super) fn node(value: &Value) -> Node {
    node::from_value(value, &Origin::at(value.origin.span))
}

fn either(value: &Value) -> Field<Document> {
    let Some(condition) = alternatives::first(value) else { return document(value) };
    let arms =
        (0..condition.arms.len()).map(|arm| either(&alternatives::assume(value, &condition, arm)));
    let fact = Fact::Either { why: condition.why.clone(), arms: arms.collect() };
    Field { fact, origin: value.origin.clone() }
}

/// The document where nothing in it depends on a condition.
fn document(value: &Value) -> Field<Document> {
    let origin = node::origin_of(value, &Origin::at(value.origin.span));
    let not_json = |reason: String| Document::NotJson(Why::at(reason, value.origin.span));
    let value = match convert(value.clone(), &Type::String) {
        Ok(value) => value,
        Err(why) => {
            return Field::written(not_json(format!("the policy is no string: {why}")), origin);
        }
    };
    match &value.data {
        Data::Unknown(unknown) => Field::unknown(unknown.why.clone(), origin),
        Data::String(rope) => match rope.as_json() {
            Some(argument) => {
                let node = node::from_value(argument, &text::origin_of_json(&value));
                Field::written(Document::Json(Box::new(node)), origin)
            }
            None => match text::parse(rope, &origin) {
                Ok(document) => Field::written(document, origin),
                Err(why) => Field::unknown(why, origin),
            },
        },
        Data::Null(_)
        | Data::Bool(_)
        | Data::Number(_)
        | Data::List(..)
        | Data::Set(..)
        | Data::Tuple(_)
        | Data::Map(..)
        | Data::Object(_)
        | Data::OneOf(_) => Field::written(not_json("the policy is null".to_owned()), origin),
    }
}
