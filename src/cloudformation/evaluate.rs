//! From nodes of a template to values: [`Evaluator`].

use std::collections::BTreeMap;

use super::ParameterValue;
use super::strings;
use super::template::{Section, Template, items, members};
use super::value::{Data, Map, Member, Value};
use crate::model::{Problem, ProblemKind};
use crate::origin::{Origin, Why};
use crate::source::{Sources, Span};
use crate::syntax::tree::{self, Node, NodeKind, Text};

/// Evaluates the expressions of one template.
pub(super) struct Evaluator<'a> {
    pub(super) template: &'a Template,
    pub(super) sources: &'a Sources,
    /// Values for parameters from outside.
    pub(super) supplied: &'a BTreeMap<String, ParameterValue>,
    pub(super) parameters: Section<'a>,
    pub(super) conditions: Section<'a>,
    pub(super) mappings: Section<'a>,
    pub(super) resources: Section<'a>,
    /// Macros may add what is not in the text.
    pub(super) has_macros: bool,
    /// The variables of `Fn::ForEach` around the place, outermost first.
    pub(super) loops: Vec<(Box<str>, Value)>,
    /// What conditions are taken to be: in an arm of `Fn::If`, or in a resource that exists under a condition.
    pub(super) assumed: Vec<(&'a str, bool)>,
    /// The conditions that are being evaluated.
    pub(super) open_conditions: Vec<&'a str>,
    pub(super) problems: Vec<Problem>,
    /// How many nodes may still be evaluated.
    steps: usize,
}

/// A template that takes more steps than this is unknown from there on.
const MAX_STEPS: usize = 1_000_000;

/// More problems than this are not told.
const MAX_PROBLEMS: usize = 100;

/// A use of an intrinsic function, in its short (`!Sub`) or long form (`Fn::Sub:`).
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    /// The name without `Fn::`: `Ref`, `Sub`.
    pub(super) name: &'a str,
    pub(super) argument: &'a Node,
    /// The argument carries the tag of the short form.
    is_short: bool,
    pub(super) span: Span,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(
        template: &'a Template,
        sources: &'a Sources,
        supplied: &'a BTreeMap<String, ParameterValue>,
    ) -> Self {
        Self {
            template,
            sources,
            supplied,
            parameters: template.section("Parameters"),
            conditions: template.section("Conditions"),
            mappings: template.section("Mappings"),
            resources: template.section("Resources"),
            has_macros: false,
            loops: Vec::new(),
            assumed: Vec::new(),
            open_conditions: Vec::new(),
            problems: Vec::new(),
            steps: MAX_STEPS,
        }
    }

    /// The value of a node.
    pub(super) fn value(&mut self, node: &'a Node) -> Value {
        match self.call_at(node) {
            Some(call) => self.call(call),
            None => self.plain(node),
        }
    }

    /// The value of a node where CloudFormation takes no functions: a parameter's default, a mapping's value. There
    /// are no loops of references then.
    pub(super) fn literal(&mut self, node: &'a Node) -> Value {
        let is_scalar = |node: &Node| {
            node.tag.is_none() && members(Some(node)).is_empty() && items(node).is_none()
        };
        if is_scalar(node)
            || node.tag.is_none() && items(node).is_some_and(|items| items.iter().all(is_scalar))
        {
            return self.value(node);
        }
        let span = self.template.span(node.range);
        let message = "only a literal value can stand here";
        if self.call_at(node).is_none_or(|call| call.name != "Transform") {
            self.problem(ProblemKind::Evaluation, span, message);
        }
        Value::unknown(Why::at(message, span), span)
    }

    /// The value of a function's argument.
    pub(super) fn argument(&mut self, call: Call<'a>) -> Value {
        if call.is_short { self.plain(call.argument) } else { self.value(call.argument) }
    }

    /// The items of a function's argument, if it is written as a list.
    pub(super) fn argument_items(&self, call: Call<'a>) -> Option<&'a [Node]> {
        if !call.is_short && self.call_at(call.argument).is_some() {
            return None;
        }
        items(call.argument)
    }

    /// The intrinsic function that a node is.
    pub(super) fn call_at(&self, node: &'a Node) -> Option<Call<'a>> {
        if let Some(tag) = &node.tag {
            let span = self.template.span(tag.range.cover(node.range));
            return Some(Call { name: &tag.name, argument: node, is_short: true, span });
        }
        let [member] = members(Some(node)) else { return None };
        let key = &*member.key.value;
        let name = match key.strip_prefix("Fn::") {
            Some(name) if !is_merged(key) => name,
            None if key == "Ref" => key,
            Some(_) | None => return None,
        };
        let span = self.template.span(node.range);
        Some(Call { name, argument: &member.value, is_short: false, span })
    }

    /// The value of a node that is no intrinsic function, or whose tag was seen to.
    fn plain(&mut self, node: &'a Node) -> Value {
        let span = self.template.span(node.range);
        if let Err(why) = self.step(span) {
            return Value::unknown(why, span);
        }
        let data = match &node.kind {
            NodeKind::Null | NodeKind::Hole(_) => Data::Absent,
            NodeKind::Bool(value) => Data::Bool(*value),
            NodeKind::Number(number) => {
                Data::Number(Text::verbatim(number.clone(), node.range.start))
            }
            NodeKind::String(text) => return self.string(text, span),
            NodeKind::Array(items) => {
                let items = items.iter().map(|item| self.value(item));
                Data::List(items.filter(|item| !item.is_absent()).collect())
            }
            NodeKind::Object(members) => Data::Map(self.map(members)),
        };
        Value::new(data, Origin::at(span))
    }

    /// A string as it stands: only dynamic references and loop variables are no text.
    fn string(&mut self, text: &Text, span: Span) -> Value {
        if !self.loops.is_empty() && text.value.contains(['$', '&']) {
            return strings::loop_variables(self, text, span);
        }
        strings::literal(text, span)
    }

    fn map(&mut self, members: &'a [tree::Member]) -> Map {
        let mut map = Map { members: Vec::with_capacity(members.len()), rest: None };
        self.map_into(members, &mut map);
        map
    }

    fn map_into(&mut self, members: &'a [tree::Member], map: &mut Map) {
        for member in members {
            let key = &*member.key.value;
            let key_span = self.template.span(member.key_range);
            if key.starts_with("Fn::ForEach::") {
                let rounds =
                    self.each_round(member, &mut |evaluator, body| evaluator.map_into(body, map));
                map.rest = map.rest.take().or(rounds.err());
            } else if is_merged(key) {
                let why = Why::at("`Fn::Transform` puts in what is not in the template", key_span);
                map.rest.get_or_insert(why);
            } else {
                let value = self.member_value(member);
                let key = strings::in_loops(&self.loops, key).into();
                map.members.push(Member { key, key_span, value });
            }
        }
    }

    /// The value of a member.
    pub(super) fn member_value(&mut self, member: &'a tree::Member) -> Value {
        let mut value = self.value(&member.value);
        if value.is_absent() && value.origin.span.range.is_empty() {
            // A value that is not written at all has no bytes of its own.
            value.origin = Origin::at(self.template.span(member.key_range));
        }
        value
    }

    /// Calls `round` with the body of a `Fn::ForEach` once for each item of its collection.
    pub(super) fn each_round(
        &mut self,
        member: &'a tree::Member,
        round: &mut dyn FnMut(&mut Self, &'a [tree::Member]),
    ) -> Result<(), Why> {
        let span = self.template.span(member.key_range);
        let [variable, collection, body] = items(&member.value).unwrap_or_default() else {
            let message = "`Fn::ForEach` takes a variable, a collection and a body";
            self.problem(ProblemKind::Evaluation, span, message);
            return Err(Why::at(message, span));
        };
        let collection = self.value(collection);
        let (Data::List(rounds), Some(name)) = (collection.data, variable.as_str()) else {
            return Err(Why::at("the collection of `Fn::ForEach` can't be known", span));
        };
        for value in rounds {
            self.step(span)?;
            self.loops.push((name.into(), value));
            round(self, members(Some(body)));
            self.loops.pop();
        }
        Ok(())
    }

    /// Counts one step of work at `span`.
    pub(super) fn step(&mut self, span: Span) -> Result<(), Why> {
        match self.steps.checked_sub(1) {
            Some(steps) => {
                self.steps = steps;
                Ok(())
            }
            None => {
                let message = "the template takes too many steps to evaluate";
                self.problem(
                    ProblemKind::Evaluation,
                    self.template.span(self.template.root.range),
                    message,
                );
                Err(Why::at(message, span))
            }
        }
    }

    /// Adds a problem once.
    pub(super) fn problem(&mut self, kind: ProblemKind, span: Span, message: impl Into<String>) {
        let path = self.sources.get(span.file).path().to_string();
        let problem = Problem { kind, path, span: Some(span), message: message.into(), help: None };
        if self.problems.len() < MAX_PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// `Fn::Transform` and loops may stand beside other members, which they add to.
pub(super) fn is_merged(name: &str) -> bool {
    name == "Fn::Transform" || name.starts_with("Fn::ForEach::")
}
