//! `jsondecode` and `yamldecode`: from the tree of a text to values, each of which points at its bytes in the text.

use num_bigint::BigInt;
use smol_str::SmolStr;

use super::invocation::{Invocation, error};
use super::signature::Outcome;
use super::{FunctionError, date};
use crate::number::Number;
use crate::origin::{HopKind, Origin};
use crate::source::TextRange;
use crate::syntax::tree::{Node, NodeKind, Text};
use crate::syntax::{json, yaml};
use crate::value::{Data, Entry, Literal, Piece, Rope, Slicer, TextMap, Type, Unknown, Value};

/// Of the result of `jsonencode` it gives the argument.
pub(super) fn json_decode(call: &Invocation<'_>) -> Outcome {
    let argument = call.argument(0)?;
    if let Some(value) = argument.as_rope().and_then(Rope::as_json) {
        return Ok(without_collections(value).inside(&argument.origin));
    }
    let (Some(rope), Some(text)) = (argument.as_rope(), argument.as_text()) else {
        let prefix = argument.text_shape().prefix;
        return match prefix.trim_ascii_start().chars().next() {
            Some(first) if !begins_json(first) => {
                Err(error(0, format!("it is not JSON: it begins with `{first}`")))
            }
            Some(_) | None => Ok(call.unknown(Type::Dynamic, [argument])),
        };
    };
    if text.starts_with('\u{FEFF}') {
        return Err(error(0, "a JSON text does not begin with a byte order mark"));
    }
    let parsed = json::parse(text.as_bytes());
    match (parsed.root, parsed.errors.first()) {
        (Some(root), None) => {
            Decoder { call, argument, rope: rope.slicer(), text: &text, yaml: false }.value(&root)
        }
        (_, Some(wrong)) => Err(error(0, format!("it is not JSON: {}", wrong.message))),
        (None, None) => Err(error(0, "it is not JSON: it is empty")),
    }
}

const fn begins_json(c: char) -> bool {
    matches!(c, '{' | '[' | '"' | '-' | '0'..='9' | 't' | 'f' | 'n')
}

/// YAML as Terraform reads it: by the rules of version 1.2, but with the booleans and the times of version 1.1.
pub(super) fn yaml_decode(call: &Invocation<'_>) -> Outcome {
    let argument = call.argument(0)?;
    let rope = argument.as_rope().cloned().unwrap_or_default();
    let text = call.text(0)?;
    let parsed = yaml::parse(text.as_bytes());
    if let Some(wrong) = parsed.errors.first() {
        return Err(error(0, format!("it is not YAML: {}", wrong.message)));
    }
    if parsed.second_document.is_some() {
        return Err(error(0, "it holds a second document"));
    }
    let before = parsed.root.as_ref().and_then(|root| text.get(..root.range.start as usize));
    if before.and_then(|before| before.lines().last()).is_some_and(|line| line.contains('\t')) {
        return Err(error(0, "it is not YAML: a tab can't indent"));
    }
    let Some(root) = parsed.root else { return Err(error(0, "it is not YAML: it is empty")) };
    Decoder { call, argument, rope: rope.slicer(), text: &text, yaml: true }.value(&root)
}

/// The value that reading its JSON text gives: sequences are tuples, maps are objects.
fn without_collections(value: &Value) -> Value {
    let origin = value.origin.clone();
    let decoded = match &value.data {
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            Value::tuple(items.iter().map(without_collections).collect(), origin)
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            let entries = entries.iter().map(|(key, entry)| {
                (
                    key.clone(),
                    Entry::new(entry.key_origin.clone(), without_collections(&entry.value)),
                )
            });
            Value::object(entries.collect(), origin)
        }
        Data::Null(_) => Value::null(Type::Dynamic, origin),
        Data::Unknown(unknown) if !unknown.ty.is_primitive() => {
            Value::from_unknown(Unknown { ty: Type::Dynamic, ..Unknown::clone(unknown) }, origin)
        }
        Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::OneOf(_) => {
            return value.clone();
        }
    };
    decoded.marked(value.marks)
}

struct Decoder<'a> {
    call: &'a Invocation<'a>,
    argument: &'a Value,
    rope: Slicer<'a>,
    text: &'a str,
    yaml: bool,
}

impl Decoder<'_> {
    fn value(&self, node: &Node) -> Outcome {
        if let Some(tag) = &node.tag
            && !matches!(&*tag.name, "binary" | "timestamp")
        {
            return Err(error(0, format!("the tag `!{}` is not supported", tag.name)));
        }
        let origin = self.origin(node.range);
        Ok(match &node.kind {
            NodeKind::Array(items) => {
                let items = items.iter().map(|item| self.value(item));
                Value::tuple(items.collect::<Result<_, _>>()?, origin)
            }
            NodeKind::Object(members) => {
                let entries = members.iter().map(|member| {
                    let key = self.key(&member.key, member.key_range)?;
                    let value = self.value(&member.value)?;
                    Ok((key, Entry::new(Some(self.origin(member.key_range)), value)))
                });
                Value::object(entries.collect::<Result<_, _>>()?, origin)
            }
            _ if self.yaml && self.is_plain(node.range) => self.plain(node, origin),
            NodeKind::String(text) => Value::rope(self.scalar(text, node.range), origin),
            NodeKind::Null | NodeKind::Hole(_) => Value::null(Type::Dynamic, origin),
            NodeKind::Bool(value) => Value::bool(*value, origin),
            NodeKind::Number(number) => match Number::parse(number) {
                Some(number) => Value::number(number, origin),
                None => return Err(error(0, format!("the number `{number}` is too large"))),
            },
        })
    }

    /// The bytes of a part of the text, and the way that the text took.
    fn origin(&self, range: TextRange) -> Origin {
        let call = self.call;
        let span = self.rope.span_of(range.as_usize()).unwrap_or(self.argument.origin.span);
        let origin = Origin { span, ..self.argument.origin.clone() };
        origin.through(HopKind::Function, call.function.name, call.call.span)
    }

    /// A string. (Terraform's YAML reader adds no line break to a block that ends without one.)
    fn scalar(&self, text: &Text, range: TextRange) -> Rope {
        let rope = self.rope(text);
        let ends_open = !self.text.ends_with('\n') && range.end as usize == self.text.len();
        let block =
            self.text.get(range.as_usize()).is_some_and(|scalar| scalar.starts_with(['|', '>']));
        match text.value.strip_suffix('\n') {
            Some(value) if self.yaml && block && ends_open => rope.slice(0..value.len()),
            Some(_) | None => rope,
        }
    }

    fn rope(&self, text: &Text) -> Rope {
        let segments = text.segments();
        if segments.is_empty() {
            let start = text.start as usize;
            return self.rope.slice(start..start + text.value.len());
        }
        let pieces = segments.iter().flat_map(|segment| {
            if segment.is_verbatim() {
                return self.rope.slice(segment.source.as_usize()).pieces().to_vec();
            }
            let value = text.value.get(segment.value.as_usize()).unwrap_or_default().into();
            let span =
                self.rope.span_of(segment.source.as_usize()).unwrap_or(self.argument.origin.span);
            vec![Piece::Literal(Literal { text: value, span, map: TextMap::Computed })]
        });
        Rope::concat(pieces.collect::<Vec<_>>(), self.argument.origin.span)
    }

    fn key(&self, key: &Text, range: TextRange) -> Result<SmolStr, FunctionError> {
        if !self.yaml || !self.is_plain(range) {
            return Ok(key.value.clone());
        }
        match Plain::resolve(&key.value) {
            Plain::Null => Err(error(0, "a key must not be null")),
            Plain::Bool(value) => Ok(value.to_string().into()),
            Plain::Number(number) => Ok(number.to_string().into()),
            Plain::Time(time) => Ok(time.into()),
            Plain::Text => Ok(key.value.clone()),
        }
    }

    /// Is a YAML scalar written without quotes and not as a block, and not made a string by its tag?
    fn is_plain(&self, range: TextRange) -> bool {
        let (before, scalar) = self.text.split_at_checked(range.start as usize).unwrap_or_default();
        !scalar.starts_with(['"', '\'', '|', '>']) && !before.trim_end().ends_with("!!str")
    }

    fn plain(&self, node: &Node, origin: Origin) -> Value {
        let written = match &node.kind {
            NodeKind::String(text) => &text.value,
            _ => self.text.get(node.range.as_usize()).unwrap_or_default(),
        };
        match Plain::resolve(written) {
            Plain::Null => Value::null(Type::Dynamic, origin),
            Plain::Bool(value) => Value::bool(value, origin),
            Plain::Number(number) => Value::number(number, origin),
            Plain::Time(time) => Value::string(time, origin),
            Plain::Text => match &node.kind {
                NodeKind::String(text) => Value::rope(self.rope(text), origin),
                _ => Value::rope(self.rope.slice(node.range.as_usize()), origin),
            },
        }
    }
}

/// What a plain scalar is, as go-yaml (from which Terraform's reader descends) resolves it.
enum Plain {
    Null,
    Bool(bool),
    Number(Number),
    Time(String),
    Text,
}

impl Plain {
    fn resolve(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                Self::Bool(true)
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
            | "OFF" => Self::Bool(false),
            _ if !text
                .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-')) =>
            {
                Self::Text
            }
            _ => match number(text) {
                Some(number) => Self::Number(number),
                None => date::from_yaml(text).map_or(Self::Text, Self::Time),
            },
        }
    }
}

/// `12`, `-0.5e3`, `0x1F`, `0o17`, `.inf`. A leading zero means nothing.
fn number(text: &str) -> Option<Number> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let digits = Some(digits).filter(|digits| digits.chars().all(|c| c.is_digit(radix)))?;
            return BigInt::parse_bytes(digits.as_bytes(), radix)
                .map(|integer| Number::from_integer(&integer));
        }
    }
    match text.trim_start_matches(['+', '-']) {
        ".inf" | ".Inf" | ".INF" => {
            Number::parse(if text.starts_with('-') { "-Inf" } else { "Inf" })
        }
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte)) => {
            Number::parse(text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Plain, number};

    #[test]
    fn plain_scalars_are_those_of_go_yaml() {
        for (text, value) in
            [("010", 10), ("0x1F", 31), ("0o17", 15), ("+1", 1), ("1e3", 1000), ("5.", 5)]
        {
            assert_eq!(number(text), Some(value.into()), "{text}");
        }
        for text in ["0b11", "1_000", "1:30", "-0x1F", "0x", "1e", "+0o7", "1.2.3", "-", ".", "1p3"]
        {
            assert!(matches!(Plain::resolve(text), Plain::Text), "{text}");
        }
        assert!(
            matches!(Plain::resolve("y"), Plain::Bool(true))
                && matches!(Plain::resolve("tRue"), Plain::Text)
        );
        assert!(number(".inf").is_some_and(|number| number.is_infinite()));
    }
}
