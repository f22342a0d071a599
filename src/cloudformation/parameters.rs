//! Parameters: what a template declares, and what comes from outside.

use std::collections::BTreeMap;

use super::evaluate::Evaluator;
use super::strings::{part_of, split_pieces};
use super::template::{items, members, parse};
use super::value::{Content, Data, Piece, Value};
use super::{ParameterValue, syntax_problem};
use crate::model::{Problem, ProblemKind};
use crate::origin::{HopKind, Origin, Why};
use crate::source::{FileId, Sources, Span};
use crate::syntax::tree::{Member, Node, NodeKind, Text};

impl<'a> Evaluator<'a> {
    /// The value of a parameter, referred to at `span`.
    pub(super) fn parameter(&mut self, member: &'a Member, span: Span) -> Value {
        let name = &*member.key.value;
        let key = self.template.span(member.key_range);
        let ty = member.value.get("Type").and_then(Node::as_str).unwrap_or("String");
        // The text of such a parameter is only the name of what it is read from.
        let is_looked_up = ty.starts_with("AWS::SSM::Parameter::Value<");
        let hop = format!("parameter `{name}`");
        let mut value = if is_looked_up {
            let reason = format!(
                "parameter `{name}` is read from the SSM Parameter Store when the stack is deployed"
            );
            Value::unknown(Why::at(reason, key), key)
        } else if let Some(supplied) = self.supplied.get(name) {
            let span = supplied.span.unwrap_or(key);
            as_type(Value::computed(&supplied.value, Origin::at(span)), ty)
        } else if let Some(default) =
            member.value.get("Default").filter(|default| default.kind != NodeKind::Null)
        {
            as_type(self.literal(default), ty)
        } else {
            self.undecided(member, ty, &hop)
        };
        let is_secret = member.value.get("NoEcho").is_some_and(is_true);
        pass(&mut value, &|origin| {
            let origin = origin.through(HopKind::Template, hop.as_str(), span);
            if is_secret { origin.sensitive() } else { origin }
        });
        value
    }

    /// A parameter without a value: one of those that are allowed, if they are listed.
    fn undecided(&mut self, member: &'a Member, ty: &str, hop: &str) -> Value {
        let key = self.template.span(member.key_range);
        let why = Why::at(format!("{hop} has no default and no value"), key);
        let allowed = member.value.get("AllowedValues").and_then(items).unwrap_or_default();
        if !allowed.is_empty() && !is_list(ty) {
            let arms = allowed.iter().map(|allowed| as_type(self.literal(allowed), ty)).collect();
            return Value::either(why, arms, key);
        }
        // Ids of things in the account, and numbers.
        let is_plain = (ty.starts_with("AWS::") || ty == "Number") && !is_list(ty);
        if is_plain { Value::plain(why, key) } else { Value::unknown(why, key) }
    }
}

/// Notes on a value and its parts that they passed through a parameter.
fn pass(value: &mut Value, through: &dyn Fn(&Origin) -> Origin) {
    value.origin = through(&value.origin);
    match &mut value.data {
        Data::String(pieces) => {
            for piece in pieces {
                piece.origin = through(&piece.origin);
            }
        }
        Data::List(items) => items.iter_mut().for_each(|item| pass(item, through)),
        Data::Either(either) => either.arms.iter_mut().for_each(|arm| pass(arm, through)),
        Data::Absent
        | Data::Unknown(_)
        | Data::Bool(_)
        | Data::Number(_)
        | Data::Map(_)
        | Data::Json(_) => {}
    }
}

fn is_true(node: &Node) -> bool {
    node.kind == NodeKind::Bool(true)
        || node.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn is_list(ty: &str) -> bool {
    ty == "CommaDelimitedList" || ty.starts_with("List<")
}

/// A text as a value of a parameter's type: lists are written with commas.
fn as_type(value: Value, ty: &str) -> Value {
    match &value.data {
        Data::String(pieces) if is_list(ty) => {
            let items =
                split_pieces(pieces, ",", value.origin.span).into_iter().map(trimmed).collect();
            Value::new(Data::List(items), value.origin)
        }
        Data::Number(text) => Value::text(text.clone(), value.origin),
        _ => value,
    }
}

/// The item of a list without blanks around it.
fn trimmed(item: Value) -> Value {
    let Data::String(pieces) = &item.data else { return item };
    let [piece @ Piece { content: Content::Known(text), .. }] = pieces.as_slice() else {
        return item;
    };
    let blanks = text.value.len() - text.value.trim_start().len();
    let part = part_of(piece, text, blanks, blanks + text.value.trim().len());
    Value::assembled(vec![part], item.origin.span)
}

/// Reads a file of parameter values, in any of the forms that AWS's tools take: the list of `ParameterKey` and
/// `ParameterValue` of `aws cloudformation create-stack`, the list of `Name=value` of `aws cloudformation deploy`, the
/// object with `Parameters` of CodePipeline, and the plain object. JSON or YAML. The second part is what is wrong.
pub fn read_parameters(
    sources: &Sources,
    file: FileId,
) -> (BTreeMap<String, ParameterValue>, Vec<Problem>) {
    let mut values = BTreeMap::new();
    let mut problems: Vec<Problem> = Vec::new();
    let template = match parse(sources, file) {
        Ok(template) => template,
        Err(errors) => {
            problems.extend(errors.iter().map(|error| syntax_problem(sources, file, error)));
            return (values, problems);
        }
    };
    problems.extend(template.errors.iter().map(|error| syntax_problem(sources, file, error)));
    let root = template.root.get("Parameters").unwrap_or(&template.root);
    let mut add = |name: &str, value: &Node| match text_of(value) {
        Some(text) => {
            let span = Some(Span { file, range: value.range });
            values.insert(name.to_owned(), ParameterValue { value: text, span });
        }
        None => problems.push(not_a_value(sources, file, value)),
    };
    match &root.kind {
        NodeKind::Object(_) => {
            members(Some(root)).iter().for_each(|member| add(&member.key.value, &member.value))
        }
        NodeKind::Array(entries) => {
            for entry in entries {
                match (
                    entry.as_str().and_then(|text| text.split_once('=')),
                    entry.get("ParameterKey"),
                ) {
                    (Some((name, value)), _) => {
                        add(name, &Node { kind: string(value), ..entry.clone() })
                    }
                    (None, Some(key)) => {
                        // `UsePreviousValue` stands in place of a value that only the stack knows.
                        if let (Some(name), Some(value)) =
                            (key.as_str(), entry.get("ParameterValue"))
                        {
                            add(name, value);
                        }
                    }
                    (None, None) => add("", &Node { kind: NodeKind::Null, ..entry.clone() }),
                }
            }
        }
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::Number(_)
        | NodeKind::String(_)
        | NodeKind::Hole(_) => {
            add("", root);
        }
    }
    (values, problems)
}

fn string(value: &str) -> NodeKind {
    NodeKind::String(Text::verbatim(value, 0))
}

/// A value as the text that CloudFormation takes; lists are joined with commas.
fn text_of(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::String(text) => Some(text.value.to_string()),
        NodeKind::Number(number) => Some(number.to_string()),
        NodeKind::Bool(value) => Some(value.to_string()),
        NodeKind::Array(items) => {
            items.iter().map(text_of).collect::<Option<Vec<_>>>().map(|items| items.join(","))
        }
        NodeKind::Null | NodeKind::Object(_) | NodeKind::Hole(_) => None,
    }
}

fn not_a_value(sources: &Sources, file: FileId, node: &Node) -> Problem {
    Problem {
        kind: ProblemKind::Input,
        path: sources.get(file).path().to_string(),
        span: Some(Span { file, range: node.range }),
        message: "this is no value of a parameter".to_owned(),
        help: Some(
            "write `{\"Name\": \"value\"}`, or a list of `ParameterKey` and `ParameterValue`"
                .to_owned(),
        ),
    }
}
