//! Answers as `terraform console` would give them: the library part of `ecrlint eval`.

use std::sync::Arc;

use super::EvalError;
use super::eval::{Evaluator, Source};
use crate::syntax::hcl;
use crate::syntax::hcl::ast::Item;
use crate::value::{Data, Value, escape_json};

/// The path by which an expression of the user's is known in [`Sources`](crate::source::Sources).
const PATH: &str = "<expression>";
/// An expression is read as the value of an argument, where a line break ends it.
const ARGUMENT: &str = "value = ";

/// The value of an expression as one line of JSON: `{"value": …}`, `{"unknown": "why"}`, `{"error": "message"}`, or
/// `{"sensitive": true}` where a part of it is sensitive and these are not to be shown. A value that is unknown in
/// places holds `{"$unknown": "why"}` there.
pub fn answer(evaluator: &Evaluator<'_>, expression: &str, show_sensitive: bool) -> String {
    let text: Arc<[u8]> = format!("{ARGUMENT}{expression}\n").into_bytes().into();
    let source = Source { id: evaluator.sources.add(PATH, Arc::clone(&text)), text };
    let mut out = String::new();
    match evaluate(evaluator, &source) {
        Err(message) => field("error", &message, &mut out),
        Ok(value) if value.all_marks().sensitive && !show_sensitive => {
            out.push_str("{\"sensitive\":true}");
        }
        Ok(value) if !value.is_known() => field("unknown", reason(&value), &mut out),
        Ok(value) => {
            out.push_str("{\"value\":");
            if write(&value, &mut out) {
                out.push('}');
            } else {
                out.clear();
                field("error", "infinity has no text", &mut out);
            }
        }
    }
    out
}

fn evaluate(evaluator: &Evaluator<'_>, source: &Source) -> Result<Value, String> {
    let parsed = hcl::parse(&source.text);
    match (parsed.errors.into_iter().next(), parsed.body.items.as_slice()) {
        (Some(error), _) => Err(error.message.into()),
        (None, [Item::Attribute(argument)]) => {
            evaluator.eval(source, &argument.value).map_err(|EvalError { message, .. }| message)
        }
        (None, _) => Err("one expression is needed".to_owned()),
    }
}

fn field(name: &str, text: &str, out: &mut String) {
    out.push_str("{\"");
    out.push_str(name);
    out.push_str("\":");
    escape_json(text, out);
    out.push('}');
}

fn reason(value: &Value) -> &str {
    value.why().map_or("the text is too large", |why| &why.reason)
}

/// Appends the JSON text of a value that may be unknown in places; `false` where a number is infinite.
fn write(value: &Value, out: &mut String) -> bool {
    match &value.data {
        Data::Unknown(_) | Data::OneOf(_) => field("$unknown", reason(value), out),
        Data::String(rope) => match rope.text() {
            Some(text) => escape_json(&text, out),
            None => field("$unknown", reason(value), out),
        },
        Data::Null(_) | Data::Bool(_) | Data::Number(_) => match value.to_json() {
            Some(text) => out.push_str(&text),
            None => return false,
        },
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            return write_items(items.iter().map(|item| (None, item)), ['[', ']'], out);
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            return write_items(
                entries.iter().map(|(key, entry)| (Some(&**key), &entry.value)),
                ['{', '}'],
                out,
            );
        }
    }
    true
}

fn write_items<'v>(
    items: impl Iterator<Item = (Option<&'v str>, &'v Value)>,
    [open, close]: [char; 2],
    out: &mut String,
) -> bool {
    out.push(open);
    for (index, (key, item)) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        if let Some(key) = key {
            escape_json(key, out);
            out.push(':');
        }
        if !write(item, out) {
            return false;
        }
    }
    out.push(close);
    true
}
