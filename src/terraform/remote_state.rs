//! `terraform_remote_state` of the local backend: outputs in a state file of the scanned tree. [`outputs`]

use super::evaluation::{Evaluation, Outcome};
use super::resources::AttributeOf;
use super::scope::unknown_after;
use crate::disk::join;
use crate::number::Number;
use crate::origin::{Origin, Why};
use crate::source::{FileId, Span};
use crate::syntax::json;
use crate::syntax::tree::{Node, NodeKind};
use crate::value::{Entries, Entry, Marks, Type, Value};

/// The value of `outputs`, where the state is a file that can be read: the defaults with the outputs over them.
pub(super) fn outputs(evaluation: &Evaluation<'_>, of: &AttributeOf<'_>) -> Option<Outcome> {
    let text = |value: &Value, name: &str| {
        let value = value.entries()?.get(name)?.value.as_text()?;
        Some(value.into_owned())
    };
    let backend = evaluation.attribute(of, "backend").ok()?;
    if backend.as_text().as_deref() != Some("local") {
        return None;
    }
    let config = evaluation.attribute(of, "config").ok()?;
    let path = text(&config, "path").unwrap_or_else(|| "terraform.tfstate".to_owned());
    let path = join(&evaluation.directory, &path);
    let bytes = evaluation.modules.disk().read(&path).ok()?;
    let parsed = json::parse(&bytes);
    let file = evaluation.modules.sources().add(&*path, bytes);
    let root = parsed.root.filter(|_| parsed.errors.is_empty())?;
    let defaults = match of.declaration.attribute("defaults") {
        Some(_) => evaluation.attribute(of, "defaults").unwrap_or_else(unknown_after),
        None => Value::object(Entries::new(), Origin::at(of.header)),
    }
    .entries()
    .cloned()
    .unwrap_or_default();
    let mut entries: Vec<_> = defaults.into_iter().collect();
    let NodeKind::Object(members) = &root.get("outputs")?.kind else { return None };
    for member in members {
        let sensitive = matches!(
            member.value.get("sensitive").map(|node| &node.kind),
            Some(NodeKind::Bool(true))
        );
        let Some(node) = member.value.get("value") else { continue };
        let value = value(node, file).marked(Marks { sensitive, ephemeral: false });
        entries.push(((&*member.key.value).into(), Entry::new(None, value)));
    }
    Some(Ok(Value::object(entries.into_iter().collect(), Origin::at(of.header))))
}

/// A JSON value; the text of a string is that of its bytes.
fn value(node: &Node, file: FileId) -> Value {
    let origin = Origin::at(Span { file, range: node.range });
    match &node.kind {
        NodeKind::Null => Value::null(Type::Dynamic, origin),
        NodeKind::Bool(value) => Value::bool(*value, origin),
        NodeKind::Number(digits) => match Number::parse(digits) {
            Some(number) => Value::number(number, origin),
            None => Value::unknown(Why::at("this number is too large", origin.span), origin),
        },
        NodeKind::String(text) => Value::string(&*text.value, origin),
        NodeKind::Array(items) => {
            Value::tuple(items.iter().map(|item| value(item, file)).collect(), origin)
        }
        NodeKind::Object(members) => {
            let entries = members.iter().map(|member| {
                let entry = Entry::new(None, value(&member.value, file));
                ((&*member.key.value).into(), entry)
            });
            Value::object(entries.collect(), origin)
        }
        NodeKind::Hole(_) => Value::null(Type::Dynamic, origin),
    }
}
