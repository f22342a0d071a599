//! The intrinsic functions (AWS CloudFormation Template Reference, "Intrinsic functions").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::cidr;
use super::conditions::Outcome;
use super::evaluate::{Call, Evaluator};
use super::strings;
use super::template::members;
use super::value::{Data, Value, for_each_arm};
use crate::model::ProblemKind;
use crate::origin::{HopKind, Origin, Why};
use crate::source::Span;
use crate::syntax::tree::{Member, Node};

impl<'a> Evaluator<'a> {
    /// The value of a use of an intrinsic function.
    pub(super) fn call(&mut self, call: Call<'a>) -> Value {
        match call.name {
            "Ref" => match self.argument(call).as_known() {
                Some(name) => self.reference(&name, call.span),
                None => self.misuse(call, "a name"),
            },
            "If" => self.choose_branch(call),
            "Sub" => strings::sub(self, call),
            "Join" => strings::join(self, call),
            "Split" => strings::split(self, call),
            "Select" => self.select(call),
            "FindInMap" => self.find_in_map(call),
            "GetAtt" => self.attribute_of(call),
            "ImportValue" => Value::unknown(
                Why::at("`Fn::ImportValue` takes it from another stack", call.span),
                call.span,
            ),
            "Base64" => self.base64(call),
            "Cidr" => cidr::cidr(self, call),
            "GetAZs" => Value::unknown(
                Why::at("availability zones differ by account and region", call.span),
                call.span,
            ),
            "Length" => self.length(call),
            "ToJsonString" => {
                let value = self.argument(call);
                let origin = value.origin.clone();
                Value::new(Data::Json(Box::new(value)), origin)
            }
            "Transform" => Value::unknown(
                Why::at("`Fn::Transform` puts in what is not in the template", call.span),
                call.span,
            ),
            "And" | "Or" | "Not" | "Equals" | "Condition" => match self.condition_call(call) {
                Outcome::Known(outcome) => Value::new(Data::Bool(outcome), Origin::at(call.span)),
                Outcome::Unknown(why) => Value::unknown(why, call.span),
            },
            other => {
                let message = format!("`{other}` is no intrinsic function that is known here");
                self.problem(ProblemKind::Evaluation, call.span, message.as_str());
                Value::unknown(Why::at(message, call.span), call.span)
            }
        }
    }

    /// A function with the wrong kind of arguments: unknown, and told.
    pub(super) fn misuse(&mut self, call: Call<'a>, takes: &str) -> Value {
        let prefix = if call.name == "Ref" { "" } else { "Fn::" };
        let message = format!("`{prefix}{}` takes {takes}", call.name);
        self.problem(ProblemKind::Evaluation, call.span, message.as_str());
        Value::unknown(Why::at(message, call.span), call.span)
    }

    /// The variable of a `Fn::Sub`: a name for `Ref`, or a resource and its attribute.
    pub(super) fn variable(&mut self, name: &str, place: Span) -> Value {
        match name.split_once('.') {
            Some((resource, attribute)) => self.attribute(resource, attribute, place),
            None => self.reference(name, place),
        }
    }

    /// What a name stands for at `span`: a loop's variable, a pseudo parameter, a parameter or a resource.
    pub(super) fn reference(&mut self, name: &str, span: Span) -> Value {
        if let Some((_, value)) = self.loops.iter().rev().find(|(variable, _)| **variable == *name)
        {
            let mut value = value.clone();
            value.origin =
                value.origin.through(HopKind::Template, format!("loop variable `{name}`"), span);
            return value;
        }
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            return match pseudo {
                "NoValue" => Value::absent(span),
                "NotificationARNs" => {
                    Value::unknown(Why::at("it is known when the stack is deployed", span), span)
                }
                _ => Value::plain(
                    Why::at(format!("`{name}` is known when the stack is deployed"), span),
                    span,
                ),
            };
        }
        if let Some(parameter) = self.parameters.get(name).copied() {
            return self.parameter(parameter, span);
        }
        if self.resources.contains_key(name) {
            let why = Why::at(
                format!("the resource `{name}` gets its id when the stack is deployed"),
                span,
            );
            return self.made_by(name, why, span);
        }
        self.missing(format!("there is no parameter and no resource `{name}`"), span)
    }

    fn attribute_of(&mut self, call: Call<'a>) -> Value {
        let value = self.argument(call);
        let path = match &value.data {
            Data::List(items) => items
                .iter()
                .map(Value::as_known)
                .collect::<Option<Vec<String>>>()
                .map(|parts| parts.join(".")),
            _ => value.as_known(),
        };
        match (path.as_deref().and_then(|path| path.split_once('.')), value.why()) {
            (Some((resource, attribute)), _) => self.attribute(resource, attribute, call.span),
            (None, Some(why)) => Value::unknown(why.clone(), call.span),
            (None, None) => self.misuse(call, "a resource and one of its attributes"),
        }
    }

    fn attribute(&mut self, resource: &str, attribute: &str, span: Span) -> Value {
        if !self.resources.contains_key(resource) {
            return self.missing(format!("there is no resource `{resource}`"), span);
        }
        let why =
            Why::at(format!("`{resource}.{attribute}` is known when the stack is deployed"), span);
        self.made_by(resource, why, span)
    }

    /// What a resource returns. AWS makes ids and ARNs; a custom resource or a nested stack can return anything.
    fn made_by(&self, resource: &str, why: Why, span: Span) -> Value {
        let ty = self
            .resources
            .get(resource)
            .and_then(|member| member.value.get("Type"))
            .and_then(Node::as_str);
        let any = ["AWS::CloudFormation::", "AWS::SSM::", "AWS::Serverless::Application"];
        let foreign = ty.is_none_or(|ty| {
            !ty.starts_with("AWS::") || any.iter().any(|prefix| ty.starts_with(prefix))
        });
        if foreign { Value::unknown(why, span) } else { Value::plain(why, span) }
    }

    /// A name that means nothing. A macro or a loop may still make it mean something.
    fn missing(&mut self, message: String, span: Span) -> Value {
        if !self.has_macros {
            self.problem(ProblemKind::Evaluation, span, message.as_str());
        }
        Value::unknown(Why::at(message, span), span)
    }

    /// `Fn::If`: the branch that the condition takes, or both.
    fn choose_branch(&mut self, call: Call<'a>) -> Value {
        let Some([condition, then, otherwise]) = self.argument_items(call) else {
            return self.misuse(call, "a condition and two values");
        };
        let Some(name) = strings::literal_str(condition) else {
            return self.misuse(call, "the name of a condition and two values");
        };
        let outcome = self.condition(name, self.template.span(condition.range));
        let arm = |evaluator: &mut Self, node: &'a Node, taken: bool| {
            let mut value = evaluator.assuming(name, taken, |evaluator| evaluator.value(node));
            value.origin =
                value.origin.through(HopKind::Template, format!("condition `{name}`"), call.span);
            value
        };
        match outcome {
            Outcome::Known(true) => arm(self, then, true),
            Outcome::Known(false) => arm(self, otherwise, false),
            Outcome::Unknown(why) => {
                let arms = vec![arm(self, then, true), arm(self, otherwise, false)];
                Value::either(why, arms, call.span)
            }
        }
    }

    fn select(&mut self, call: Call<'a>) -> Value {
        let Some([index, list]) = self.argument_items(call) else {
            return self.misuse(call, "an index and a list");
        };
        let arguments = vec![self.value(index), self.value(list)];
        for_each_arm(arguments, call.span, &mut |arguments| {
            let [index, list] = arguments.as_slice() else { return Value::absent(call.span) };
            match (&list.data, index.as_known().and_then(|index| index.parse::<usize>().ok())) {
                (Data::Unknown(unknown), _) => Value::unknown(unknown.why.clone(), call.span),
                (Data::List(items), Some(index)) => match items.get(index) {
                    Some(item) => item.clone(),
                    None => self.misuse(call, "an index that lies in its list"),
                },
                (_, None) if index.why().is_some() => {
                    Value::unknown(index.why().cloned().unwrap_or_else(|| Why::new("")), call.span)
                }
                _ => self.misuse(call, "an index and a list"),
            }
        })
    }

    fn base64(&mut self, call: Call<'a>) -> Value {
        let argument = self.argument(call);
        for_each_arm(vec![argument], call.span, &mut |arguments| {
            let [text] = arguments.as_slice() else { return Value::absent(call.span) };
            match (text.as_known(), text.why()) {
                (Some(text), _) => Value::computed(&STANDARD.encode(text), Origin::at(call.span)),
                (None, Some(why)) => Value::plain(why.clone(), call.span),
                (None, None) => self.misuse(call, "a string"),
            }
        })
    }

    fn length(&mut self, call: Call<'a>) -> Value {
        let argument = self.argument(call);
        for_each_arm(vec![argument], call.span, &mut |arguments| {
            let [list] = arguments.as_slice() else { return Value::absent(call.span) };
            match (&list.data, list.why()) {
                (Data::List(items), _) => {
                    Value::computed(&items.len().to_string(), Origin::at(call.span))
                }
                (_, Some(why)) => Value::plain(why.clone(), call.span),
                (_, None) => self.misuse(call, "a list"),
            }
        })
    }

    /// `Fn::FindInMap` with a mapping and two keys, and perhaps a default (`AWS::LanguageExtensions`).
    fn find_in_map(&mut self, call: Call<'a>) -> Value {
        let (keys, default) = match self.argument_items(call) {
            Some([map, first, second]) => ([map, first, second], None),
            Some([map, first, second, options]) => {
                ([map, first, second], options.get("DefaultValue"))
            }
            Some(_) | None => return self.misuse(call, "a mapping and two keys"),
        };
        let keys = keys.map(|key| self.value(key)).to_vec();
        for_each_arm(keys, call.span, &mut |keys| {
            let [map, first, second] = keys.as_slice() else { return Value::absent(call.span) };
            let Some(map_name) = map.as_known() else {
                return Value::unknown(
                    map.why().cloned().unwrap_or_else(|| Why::new("the mapping")),
                    call.span,
                );
            };
            let Some(mapping) = self.mappings.get(map_name.as_str()).copied() else {
                return match default {
                    Some(default) => self.value(default),
                    None => self.missing(format!("there is no mapping `{map_name}`"), call.span),
                };
            };
            self.look_up(mapping, &map_name, first, second, default, call)
        })
    }

    /// Both keys may be unknown: then it is one of the values that the mapping has under them.
    fn look_up(
        &mut self,
        mapping: &'a Member,
        name: &str,
        first: &Value,
        second: &Value,
        default: Option<&'a Node>,
        call: Call<'a>,
    ) -> Value {
        let rows = matching(members(Some(&mapping.value)), first);
        let cells = rows.iter().flat_map(|row| {
            let cells = matching(members(Some(&row.value)), second);
            cells.into_iter().map(|cell| (&*row.key.value, cell))
        });
        let mut arms: Vec<Value> = Vec::new();
        for (row, cell) in cells.collect::<Vec<_>>() {
            let mut value = self.literal(&cell.value);
            let hop = format!("mapping `{name}.{row}.{}`", cell.key.value);
            value.origin = value.origin.through(HopKind::Template, hop, call.span);
            arms.push(value);
        }
        match first.why().or(second.why()) {
            Some(why) => {
                let reason = format!("the key of the mapping `{name}` is open: {}", why.reason);
                let span = if second.why().is_none() { why.span } else { Some(call.span) };
                let why = Why::with(reason, span);
                if let Some(default) = default {
                    arms.push(self.value(default));
                }
                Value::either(why, arms, call.span)
            }
            None => match (arms.pop(), default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.value(default),
                (None, None) => {
                    let (first, second) = (first.as_known(), second.as_known());
                    let keys =
                        format!("{}.{}", first.unwrap_or_default(), second.unwrap_or_default());
                    self.missing(format!("the mapping `{name}` has no `{keys}`"), call.span)
                }
            },
        }
    }
}

/// The members that a key can mean; of several with one name the last.
fn matching<'n>(members: &'n [Member], key: &Value) -> Vec<&'n Member> {
    match key.as_known() {
        Some(key) => {
            members.iter().rev().find(|member| *member.key.value == *key).into_iter().collect()
        }
        None => members.iter().collect(),
    }
}
