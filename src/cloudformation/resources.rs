//! The section `Resources`, and what is worth saying about the template as a whole.

use rustc_hash::FxHashMap;

use super::adapt::{self, Properties, Resource};
use super::conditions::Outcome;
use super::evaluate::{Evaluator, is_merged};
use super::strings::{in_loops, literal_str};
use super::template::{Template, items, members};
use super::{Options, syntax_problem};
use crate::model::{Place, ProblemKind, Unit};
use crate::origin::Why;
use crate::source::Sources;
use crate::syntax::tree::{Member, Node, NodeKind};

/// Loops can make any number of resources. The service takes 500 in a template.
const MAX_RESOURCES: usize = 10_000;

/// Reads a template into `unit`.
pub(super) fn read(template: &Template, sources: &Sources, options: &Options, unit: &mut Unit) {
    let mut evaluator = Evaluator::new(template, sources, &options.parameters);
    unit.problems
        .extend(template.errors.iter().map(|error| syntax_problem(sources, template.file, error)));
    tell_about_the_whole(&mut evaluator);
    let resources = members(template.root.get("Resources"));
    add_all(resources, &mut evaluator, unit);
    unit.problems.append(&mut evaluator.problems);
}

/// A second document, macros, and keys that are written twice.
fn tell_about_the_whole(evaluator: &mut Evaluator<'_>) {
    let template = evaluator.template;
    if let Some(second) = template.second_document {
        let message = "only the first document of a template is read";
        evaluator.problem(ProblemKind::Note, template.span(second), message);
    }
    tell_duplicates(members(Some(&template.root)), evaluator);
    for section in ["Parameters", "Mappings", "Conditions", "Resources"] {
        tell_duplicates(members(template.root.get(section)), evaluator);
    }
    let Some(transform) = template.root.get("Transform") else { return };
    for name in items(transform).unwrap_or(std::slice::from_ref(transform)) {
        let known = match name.as_str() {
            Some("AWS::LanguageExtensions") => continue,
            Some(name) => {
                name.starts_with("AWS::Serverless") || name.starts_with("AWS::SecretsManager")
            }
            None => false,
        };
        evaluator.has_macros = true;
        if !known {
            let message = "a macro may change what stands here when the stack is deployed";
            evaluator.problem(ProblemKind::Note, template.span(name.range), message);
        }
    }
}

fn tell_duplicates(members: &[Member], evaluator: &mut Evaluator<'_>) {
    let mut seen = FxHashMap::default();
    for member in members {
        if seen.insert(&*member.key.value, ()).is_some() {
            let message = format!("`{}` is written twice: the last one counts", member.key.value);
            let span = evaluator.template.span(member.key_range);
            evaluator.problem(ProblemKind::Note, span, message);
        }
    }
}

/// Adds the resources, those that loops make included.
fn add_all<'a>(resources: &'a [Member], evaluator: &mut Evaluator<'a>, unit: &mut Unit) {
    let last: FxHashMap<&str, usize> =
        resources.iter().enumerate().map(|(index, member)| (&*member.key.value, index)).collect();
    for (index, member) in resources.iter().enumerate() {
        let key = &*member.key.value;
        if last.get(key) != Some(&index) {
            continue;
        }
        if key.starts_with("Fn::ForEach::") {
            // Names that loops make can't be looked up in the text.
            evaluator.has_macros = true;
            let rounds =
                evaluator.each_round(member, &mut |evaluator, body| add_all(body, evaluator, unit));
            if let Err(why) = rounds {
                let span = evaluator.template.span(member.key_range);
                evaluator.problem(
                    ProblemKind::Note,
                    span,
                    format!("these resources are not read: {}", why.reason),
                );
            }
        } else if key == "Fn::Transform" {
            evaluator.has_macros = true;
            let span = evaluator.template.span(member.key_range);
            evaluator.problem(
                ProblemKind::Note,
                span,
                "the resources that `Fn::Transform` puts in are not read",
            );
        } else {
            add(member, evaluator, unit);
        }
    }
}

/// Adds one resource, if it says something to the checks and exists.
fn add<'a>(member: &'a Member, evaluator: &mut Evaluator<'a>, unit: &mut Unit) {
    let attributes = &member.value;
    let header = evaluator.template.span(member.key_range);
    let Some(type_name) = attributes.get("Type").and_then(Node::as_str) else {
        if evaluator.template.error_in(member).is_none() {
            let message = format!("`{}` has no `Type`, or one that is no string", member.key.value);
            evaluator.problem(ProblemKind::Evaluation, header, message);
        }
        return;
    };
    if !adapt::matters(type_name) {
        return;
    }
    if unit.model.repositories.len().max(unit.model.attachments.len()) >= MAX_RESOURCES {
        let message = format!("only the first {MAX_RESOURCES} resources are read");
        evaluator.problem(ProblemKind::Evaluation, header, message);
        return;
    }
    let condition = condition(attributes, evaluator);
    let outcome = condition.map(|name| evaluator.condition(name, header));
    if let (Some(name), Some(Outcome::Known(false))) = (condition, outcome) {
        let message =
            format!("`{}` is not made: the condition `{name}` is false", member.key.value);
        evaluator.problem(ProblemKind::Note, header, message);
        return;
    }
    tell_duplicates(members(Some(attributes)), evaluator);
    tell_duplicates(members(attributes.get("Properties")), evaluator);
    // Where it exists, its condition holds.
    evaluator.assuming(condition.unwrap_or_default(), true, |evaluator| {
        let properties = properties(member, evaluator);
        let place = place(member, type_name, evaluator);
        Resource { place, attributes, properties, evaluator }.add_to(&mut unit.model);
    });
}

/// The name of the condition that a resource hangs on.
fn condition<'a>(attributes: &'a Node, evaluator: &mut Evaluator<'a>) -> Option<&'a str> {
    let condition = attributes.get("Condition")?;
    let name = literal_str(condition);
    if name.is_none() {
        let span = evaluator.template.span(condition.range);
        evaluator.problem(ProblemKind::Evaluation, span, "here stands the name of a condition");
    }
    name
}

fn place(member: &Member, type_name: &str, evaluator: &Evaluator<'_>) -> Place {
    let header = evaluator.template.span(member.key_range);
    // The path of the construct, which the CDK writes.
    let path = member
        .value
        .get("Metadata")
        .and_then(|metadata| metadata.get("aws:cdk:path"))
        .and_then(Node::as_str);
    let address = path.map_or_else(|| in_loops(&evaluator.loops, &member.key.value), str::to_owned);
    Place {
        address: address.into(),
        type_name: type_name.into(),
        block: evaluator.template.span(member.value.range),
        header,
        calls: Vec::new(),
    }
}

/// The properties. Where the text is broken inside of the resource, what seems absent may only be unreadable.
fn properties<'a>(member: &'a Member, evaluator: &mut Evaluator<'a>) -> Properties<'a> {
    let broken = evaluator.template.error_in(member);
    let broken = broken.map(|place| Why::at("a syntax error hides it", place));
    let Some(properties) = member.value.get("Properties") else {
        return Properties::Written(&[], broken);
    };
    let written = members(Some(properties));
    let is_expression = evaluator.call_at(properties).is_some();
    if is_expression || written.iter().any(|property| is_merged(&property.key.value)) {
        return Properties::Evaluated(evaluator.value(properties));
    }
    if !matches!(properties.kind, NodeKind::Object(_) | NodeKind::Null) {
        let span = evaluator.template.span(properties.range);
        let message = "the properties of a resource are an object";
        evaluator.problem(ProblemKind::Evaluation, span, message);
        return Properties::Written(&[], Some(Why::at(message, span)));
    }
    Properties::Written(written, broken)
}
