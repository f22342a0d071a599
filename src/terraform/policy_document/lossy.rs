//! Reads a document as the provider reads those that it merges: what it does not know is lost. [`read`]

use super::{Policy, Statement, known, object, string};
use crate::policy::node::{Data, Member, Node, Text};
use crate::source::Span;
use crate::terraform::EvalError;
use crate::terraform::evaluation::Outcome;

/// A place and what was lost there.
type Losses = Vec<(Span, String)>;

/// The names of a statement's elements, in the order in which they are written.
const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
];

/// The document, and what the provider loses of it.
///
/// # Errors
/// Where the provider fails.
pub(super) fn read(node: &Node, span: Span) -> Outcome<(Policy, Losses)> {
    let mut losses = Vec::new();
    let members = members(node)
        .ok_or_else(|| EvalError::new(span, "a policy document must be a JSON object"))?;
    let mut policy = Policy::default();
    for member in members {
        let Some(key) = member.key.known() else { continue };
        if key.eq_ignore_ascii_case("Version") {
            policy.version = Some(member.value.clone());
        } else if key.eq_ignore_ascii_case("Id") {
            policy.id = Some(member.value.clone()).filter(|id| known(id) != Some(""));
        } else if key.eq_ignore_ascii_case("Statement") {
            policy.statements = statements(&member.value, &mut losses)?;
        } else {
            losses.push(dropped(member, key));
        }
    }
    Ok((policy, losses))
}

fn statements(node: &Node, losses: &mut Losses) -> Outcome<Vec<Statement>> {
    match &node.data {
        Data::Array(items) => items.iter().map(|item| statement(item, losses)).collect(),
        Data::Unknown(_) => Ok(vec![Statement { sid: None, node: node.clone() }]),
        Data::Null => Ok(Vec::new()),
        Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Object(_) => {
            let message = "the provider takes no `Statement` here that is not a list";
            Err(EvalError::new(node.origin.span, message))
        }
    }
}

fn statement(node: &Node, losses: &mut Losses) -> Outcome<Statement> {
    if let Data::Unknown(_) = node.data {
        return Ok(Statement { sid: None, node: node.clone() });
    }
    let Some(members) = members(node) else {
        return Err(EvalError::new(node.origin.span, "a statement must be an object"));
    };
    let mut elements = ELEMENTS.map(|name| (name, None));
    for member in members {
        let Some(key) = member.key.known() else { continue };
        let element = elements.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(key));
        let Some((name, element)) = element else {
            losses.push(dropped(member, key));
            continue;
        };
        *element = match *name {
            "Principal" | "NotPrincipal" => principal(member, losses)?,
            "Condition" => condition(member, losses)?,
            _ => Some(member.value.clone()).filter(|value| known(value) != Some("")),
        };
    }
    let sid = elements.iter().find(|(name, _)| *name == "Sid");
    let sid = sid.and_then(|(_, sid)| known(sid.as_ref()?)).map(Into::into);
    Ok(Statement { sid, node: object(&node.origin, elements) })
}

fn principal(member: &Member, losses: &mut Losses) -> Outcome<Option<Node>> {
    let node = &member.value;
    match &node.data {
        Data::Unknown(_) => Ok(Some(node.clone())),
        Data::String(text) => {
            if text.known() != Some("*") {
                let message = "`aws_iam_policy_document` takes a principal that is a bare string \
                               for `\"*\"`: everyone";
                losses.push((node.origin.span, message.to_owned()));
            }
            Ok(Some(string("*", &node.origin)))
        }
        Data::Object(members) if members.is_empty() => {
            losses.push((node.origin.span, "an empty principal is dropped".to_owned()));
            Ok(None)
        }
        Data::Object(members) => {
            let mut members = members.clone();
            members.sort_by(|a, b| a.key.known().cmp(&b.key.known()));
            for member in &mut members {
                if let Data::Array(identifiers) = &mut member.value.data {
                    identifiers.sort_by(|a, b| known(b).cmp(&known(a)));
                }
            }
            Ok(Some(Node { origin: node.origin.clone(), data: Data::Object(members) }))
        }
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::Array(_) => {
            let message = "the provider takes no principal that is neither a string nor an object";
            Err(EvalError::new(node.origin.span, message))
        }
    }
}

fn condition(member: &Member, losses: &mut Losses) -> Outcome<Option<Node>> {
    let node = &member.value;
    if let Data::Unknown(_) = node.data {
        return Ok(Some(node.clone()));
    }
    let Some(tests) = members(node) else {
        return Err(EvalError::new(node.origin.span, "a condition must be an object"));
    };
    let mut kept: Vec<Member> = Vec::new();
    for test in tests {
        let Some(variables) = members(&test.value) else {
            if let Data::Unknown(_) = test.value.data {
                kept.push(test.clone());
            }
            continue;
        };
        let mut values: Vec<Member> = Vec::new();
        for variable in variables {
            let value = match &variable.value.data {
                Data::Bool(value) => {
                    let text = Text::Known(value.to_string().into());
                    Node { origin: variable.value.origin.clone(), data: Data::String(text) }
                }
                Data::String(_) | Data::Array(_) | Data::Unknown(_) => variable.value.clone(),
                Data::Number(_) | Data::Null | Data::Object(_) => {
                    let key = variable.key.known().unwrap_or_default();
                    losses.push((
                        variable.value.origin.span,
                        format!("`aws_iam_policy_document` drops the condition on `{key}`: its value is no string"),
                    ));
                    continue;
                }
            };
            values.push(Member { value, ..variable.clone() });
        }
        values.sort_by(|a, b| a.key.known().cmp(&b.key.known()));
        if !values.is_empty() {
            let origin = test.value.origin.clone();
            let value = Node { origin, data: Data::Object(values) };
            kept.push(Member { value, ..test.clone() });
        }
    }
    kept.sort_by(|a, b| a.key.known().cmp(&b.key.known()));
    Ok((!kept.is_empty()).then(|| Node { origin: node.origin.clone(), data: Data::Object(kept) }))
}

fn dropped(member: &Member, key: &str) -> (Span, String) {
    (member.key_origin.span, format!("`aws_iam_policy_document` drops the unknown element `{key}`"))
}

fn members(node: &Node) -> Option<&[Member]> {
    match &node.data {
        Data::Object(members) => Some(members),
        Data::Unknown(_)
        | Data::Null
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(_)
        | Data::Array(_) => None,
    }
}
