//! The section `Conditions`: what holds in this deployment, as far as it can be known.

use super::evaluate::{Call, Evaluator};
use super::strings;
use super::template::items;
use super::value::{Data, Value, for_each_arm};
use crate::model::ProblemKind;
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::syntax::tree::Node;

/// Whether a condition holds.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Outcome {
    Known(bool),
    /// It depends on something that can't be known. The same condition always gives the same reason.
    Unknown(Why),
}

/// Conditions that refer to each other deeper than this are unknown.
const MAX_CHAIN: usize = 64;

impl<'a> Evaluator<'a> {
    /// Does the condition by this name, used at `span`, hold?
    pub(super) fn condition(&mut self, name: &str, span: Span) -> Outcome {
        if let Some((_, outcome)) = self.assumed.iter().rev().find(|(assumed, _)| *assumed == name)
        {
            return Outcome::Known(*outcome);
        }
        let Some((&name, &definition)) = self.conditions.get_key_value(name) else {
            let message = format!("there is no condition `{name}`");
            if !self.has_macros {
                self.problem(ProblemKind::Evaluation, span, message.as_str());
            }
            return Outcome::Unknown(Why::at(message, span));
        };
        let key = self.template.span(definition.key_range);
        if self.open_conditions.contains(&name) || self.open_conditions.len() >= MAX_CHAIN {
            let message = format!("the condition `{name}` depends on itself");
            self.problem(ProblemKind::Evaluation, key, message.as_str());
            return Outcome::Unknown(Why::at(message, key));
        }
        if let Err(why) = self.step(key) {
            return Outcome::Unknown(why);
        }
        self.open_conditions.push(name);
        let outcome = self.outcome(&definition.value);
        self.open_conditions.pop();
        match outcome {
            Outcome::Unknown(why) => Outcome::Unknown(open(name, &why)),
            Outcome::Known(outcome) => Outcome::Known(outcome),
        }
    }

    /// Calls `then` while the condition is taken to hold or not.
    pub(super) fn assuming<T>(
        &mut self,
        name: &str,
        outcome: bool,
        then: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.assumed.len();
        self.assume(name, outcome, MAX_CHAIN);
        let result = then(self);
        self.assumed.truncate(before);
        result
    }

    /// Notes what follows: all parts of an `Fn::And` that holds, and of an `Fn::Or` that does not.
    fn assume(&mut self, name: &str, outcome: bool, depth: usize) {
        let Some((&name, &definition)) = self.conditions.get_key_value(name) else { return };
        if depth == 0 || self.assumed.contains(&(name, outcome)) {
            return;
        }
        self.assumed.push((name, outcome));
        self.assume_parts(&definition.value, outcome, depth);
    }

    fn assume_parts(&mut self, node: &'a Node, outcome: bool, depth: usize) {
        if let Some(name) = condition_name(node) {
            self.assume(name, outcome, depth - 1);
            return;
        }
        let Some(call) = self.call_at(node) else { return };
        let flips = call.name == "Not";
        if flips || (call.name == "And" && outcome) || (call.name == "Or" && !outcome) {
            for part in items(call.argument).unwrap_or_default() {
                self.assume_parts(part, outcome != flips, depth);
            }
        }
    }

    /// Does the condition that a node spells out hold?
    fn outcome(&mut self, node: &'a Node) -> Outcome {
        if let Some(name) = condition_name(node) {
            return self.condition(name, self.template.span(node.range));
        }
        match self.call_at(node) {
            Some(call) => self.condition_call(call),
            None => {
                let span = self.template.span(node.range);
                let message = "a condition is `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` or the name of another";
                self.problem(ProblemKind::Evaluation, span, message);
                Outcome::Unknown(Why::at(message, span))
            }
        }
    }

    /// `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not`.
    pub(super) fn condition_call(&mut self, call: Call<'a>) -> Outcome {
        let parts = self.argument_items(call).unwrap_or_default();
        match (call.name, parts) {
            ("Equals", [left, right]) => {
                let sides = vec![self.value(left), self.value(right)];
                as_outcome(for_each_arm(sides, call.span, &mut |sides| equals(&sides, call.span)))
            }
            ("Not", [part]) => match self.outcome(part) {
                Outcome::Known(outcome) => Outcome::Known(!outcome),
                unknown @ Outcome::Unknown(_) => unknown,
            },
            ("And", [_, ..]) => self.fold(parts, false),
            ("Or", [_, ..]) => self.fold(parts, true),
            _ => match self.misuse(call, "the parts of a condition").why() {
                Some(why) => Outcome::Unknown(why.clone()),
                None => Outcome::Known(false),
            },
        }
    }

    /// One part with the `decisive` outcome decides; otherwise one that can't be known leaves it open.
    fn fold(&mut self, parts: &'a [Node], decisive: bool) -> Outcome {
        let mut open = None;
        for part in parts {
            match self.outcome(part) {
                Outcome::Known(outcome) if outcome == decisive => return Outcome::Known(decisive),
                Outcome::Known(_) => {}
                Outcome::Unknown(why) => _ = open.get_or_insert(why),
            }
        }
        open.map_or(Outcome::Known(!decisive), Outcome::Unknown)
    }
}

/// The reason with the condition's own name: another condition may depend on the same thing in another way.
fn open(name: &str, why: &Why) -> Why {
    let inner =
        why.reason.strip_prefix("condition `").and_then(|reason| reason.split_once("` is open: "));
    let root = inner.map_or(&*why.reason, |(_, root)| root);
    Why::with(format!("condition `{name}` is open: {root}"), why.span)
}

/// `!Condition Name` or `{"Condition": "Name"}`.
fn condition_name(node: &Node) -> Option<&str> {
    match &node.tag {
        Some(tag) if &*tag.name == "Condition" => node.as_str(),
        Some(_) => None,
        None => match super::template::members(Some(node)) {
            [member] if &*member.key.value == "Condition" => strings::literal_str(&member.value),
            _ => None,
        },
    }
}

/// Strings are equal if they are the same text; numbers and booleans count as text.
fn equals(sides: &[Value], span: Span) -> Value {
    let [left, right] = sides else { return Value::absent(span) };
    let known = |outcome| Value::new(Data::Bool(outcome), Origin::at(span));
    match (left.as_known(), right.as_known()) {
        (Some(left), Some(right)) => known(left == right),
        (Some(text), None) | (None, Some(text))
            if text.is_empty() && (is_plain(left) || is_plain(right)) =>
        {
            known(false)
        }
        _ => match left.why().or(right.why()) {
            Some(why) => Value::unknown(why.clone(), span),
            None => known(false),
        },
    }
}

fn is_plain(value: &Value) -> bool {
    matches!(&value.data, Data::Unknown(unknown) if unknown.plain)
}

/// One outcome if all arms agree.
fn as_outcome(value: Value) -> Outcome {
    match value.data {
        Data::Bool(outcome) => Outcome::Known(outcome),
        Data::Either(either) => {
            let mut outcomes = either.arms.into_iter().map(as_outcome);
            let first = outcomes.next();
            match first {
                Some(first) if outcomes.all(|outcome| outcome == first) => first,
                Some(_) | None => Outcome::Unknown(either.why),
            }
        }
        Data::Unknown(unknown) => Outcome::Unknown(unknown.why),
        Data::Absent
        | Data::Number(_)
        | Data::String(_)
        | Data::List(_)
        | Data::Map(_)
        | Data::Json(_) => Outcome::Known(false),
    }
}
