//! Strings of templates: `Fn::Sub`, `Fn::Join`, `Fn::Split`, dynamic references, loop variables.

use super::evaluate::{Call, Evaluator};
use super::template::members;
use super::value::{Content, Data, Piece, Unknown, Value, for_each_arm};
use crate::model::ProblemKind;
use crate::origin::{Origin, Why};
use crate::source::{Span, TextRange};
use crate::syntax::tree::{Node, NodeKind, Text};

/// A string as it stands. What CloudFormation looks up when it deploys, `{{resolve:…}}`, is unknown (AWS CloudFormation
/// User Guide, "Get values stored in other services using dynamic references").
pub(super) fn literal(text: &Text, span: Span) -> Value {
    if !text.value.contains("{{resolve:") {
        return Value::text(text.clone(), Origin::at(span));
    }
    let mut pieces = Vec::new();
    push_literal(text, 0, text.value.len(), span, &mut pieces);
    Value::assembled(pieces, span)
}

/// Adds the bytes from `start` to `end` of a text.
fn push_literal(text: &Text, start: usize, end: usize, span: Span, pieces: &mut Vec<Piece>) {
    let mut at = start;
    while let Some(found) = text.value.get(at..end).and_then(|rest| rest.find("{{resolve:")) {
        let begin = at + found;
        let length =
            text.value.get(begin..end).and_then(|rest| rest.find("}}")).map(|length| length + 2);
        let behind = length.map_or(end, |length| begin + length);
        push_known(text, at, begin, span, pieces);
        let place = place(text, begin, behind, span);
        let why = Why::at("a dynamic reference is looked up when the stack is deployed", place);
        let content = Content::Unknown(Unknown { why, plain: false });
        pieces.push(Piece { content, origin: Origin::at(place), place: Some(place) });
        at = behind;
    }
    push_known(text, at, end, span, pieces);
}

fn push_known(text: &Text, start: usize, end: usize, span: Span, pieces: &mut Vec<Piece>) {
    if start < end {
        let whole = start == 0 && end == text.value.len();
        let origin = Origin::at(if whole { span } else { place(text, start, end, span) });
        pieces.push(Piece {
            content: Content::Known(text.slice(value_range(start, end))),
            origin,
            place: None,
        });
    }
}

/// The bytes that a part of a text was written with.
fn place(text: &Text, start: usize, end: usize, span: Span) -> Span {
    Span { file: span.file, range: text.source_range(value_range(start, end)) }
}

fn value_range(start: usize, end: usize) -> TextRange {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    TextRange::new(offset(start), offset(end))
}

/// `Fn::Sub` with a text, or with a text and values for some of its variables.
pub(super) fn sub<'a>(evaluator: &mut Evaluator<'a>, call: Call<'a>) -> Value {
    let (text, variables) = match (evaluator.argument_items(call), &call.argument.kind) {
        (Some([text, variables]), _) => (text, members(Some(variables))),
        (_, NodeKind::String(_)) => (call.argument, &[][..]),
        _ => return evaluator.misuse(call, "a text, or a text and a map of values"),
    };
    let NodeKind::String(template) = &text.kind else {
        return evaluator.misuse(call, "a text, or a text and a map of values");
    };
    let span = evaluator.template.span(text.range);
    let mut values = Vec::new();
    for variable in variables {
        values.push((&*variable.key.value, evaluator.value(&variable.value)));
    }
    let mut parts: Vec<Part> = Vec::new();
    split_variables(template, |part| parts.push(part));
    let mut arguments = Vec::new();
    for part in &parts {
        if let Part::Variable { name, start, end } = part {
            let place = place(template, *start, *end, span);
            let own = values.iter().rev().find(|(variable, _)| variable == name);
            let value = own.map(|(_, value)| value.clone());
            arguments.push(value.unwrap_or_else(|| evaluator.variable(name, place)));
        }
    }
    for_each_arm(arguments, call.span, &mut |arguments| {
        let mut arguments = arguments.into_iter();
        let mut pieces = Vec::new();
        for part in &parts {
            match *part {
                Part::Text { start, end } => push_literal(template, start, end, span, &mut pieces),
                Part::Variable { start, end, .. } => {
                    let place = place(template, start, end, span);
                    let Some(value) = arguments.next() else { continue };
                    let kind = value.kind();
                    let Some(inserted) = value.into_pieces() else {
                        let message = format!("`Fn::Sub` takes a string here, not {kind}");
                        evaluator.problem(ProblemKind::Evaluation, place, message.as_str());
                        return Value::unknown(Why::at(message, place), call.span);
                    };
                    pieces.extend(
                        inserted.into_iter().map(|piece| Piece { place: Some(place), ..piece }),
                    );
                }
            }
        }
        Value::assembled(pieces, call.span)
    })
}

/// A part of the text of `Fn::Sub`, in bytes of its value.
enum Part<'t> {
    Text { start: usize, end: usize },
    Variable { name: &'t str, start: usize, end: usize },
}

/// Splits at `${Name}`. `${!Name}` stands for the text `${Name}`.
fn split_variables<'t>(text: &'t Text, mut add: impl FnMut(Part<'t>)) {
    let mut at = 0;
    let mut from = 0;
    while let Some(found) = text.value.get(from..).and_then(|rest| rest.find("${")) {
        let start = from + found;
        let Some(length) = text.value.get(start..).and_then(|rest| rest.find('}')) else { break };
        let name = text.value.get(start + 2..start + length).unwrap_or_default();
        from = start + length + 1;
        if name.starts_with('!') {
            add(Part::Text { start: at, end: start + 2 });
            at = start + 3;
        } else {
            add(Part::Text { start: at, end: start });
            add(Part::Variable { name: name.trim(), start, end: from });
            at = from;
        }
    }
    add(Part::Text { start: at, end: text.value.len() });
}

/// A string inside of `Fn::ForEach`, where `${Variable}` stands for the round's value.
pub(super) fn loop_variables(evaluator: &Evaluator<'_>, text: &Text, span: Span) -> Value {
    let replaced = in_loops(&evaluator.loops, &text.value);
    if *replaced == *text.value {
        literal(text, span)
    } else {
        Value::computed(&replaced, Origin::at(span))
    }
}

/// The text with the variables of the loops around it put in (`&{Variable}` leaves out what no logical id may have).
pub(super) fn in_loops(loops: &[(Box<str>, Value)], text: &str) -> String {
    let mut text = text.to_owned();
    for (variable, value) in loops {
        if let Some(value) = value.as_known() {
            let in_id: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
            text = text
                .replace(&format!("${{{variable}}}"), &value)
                .replace(&format!("&{{{variable}}}"), &in_id);
        }
    }
    text
}

/// `Fn::Join` with a delimiter and a list.
pub(super) fn join<'a>(evaluator: &mut Evaluator<'a>, call: Call<'a>) -> Value {
    let Some([delimiter, list]) = evaluator.argument_items(call) else {
        return evaluator.misuse(call, "a delimiter and a list");
    };
    let arguments = vec![evaluator.value(delimiter), evaluator.value(list)];
    for_each_arm(arguments, call.span, &mut |arguments| {
        let [delimiter, list] = arguments.as_slice() else { return Value::absent(call.span) };
        if let Data::Unknown(unknown) = &list.data {
            return Value::unknown(unknown.why.clone(), call.span);
        }
        let (Some(delimiter), Data::List(items)) = (delimiter.clone().into_pieces(), &list.data)
        else {
            return evaluator.misuse(call, "a delimiter and a list");
        };
        let mut pieces: Vec<Piece> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let place = item.origin.span;
            let Some(item_pieces) = item.clone().into_pieces() else {
                return evaluator.misuse(call, "a list of strings");
            };
            if index > 0 {
                pieces.extend(delimiter.iter().cloned());
            }
            pieces.extend(
                item_pieces
                    .into_iter()
                    .map(|piece| Piece { place: piece.place.or(Some(place)), ..piece }),
            );
        }
        Value::assembled(pieces, call.span)
    })
}

/// `Fn::Split` with a delimiter and a string.
pub(super) fn split<'a>(evaluator: &mut Evaluator<'a>, call: Call<'a>) -> Value {
    let Some([delimiter, text]) = evaluator.argument_items(call) else {
        return evaluator.misuse(call, "a delimiter and a string");
    };
    let arguments = vec![evaluator.value(delimiter), evaluator.value(text)];
    for_each_arm(arguments, call.span, &mut |arguments| {
        let [delimiter, text] = arguments.as_slice() else { return Value::absent(call.span) };
        if let Some(why) = delimiter.why().or(text.why()) {
            return Value::unknown(why.clone(), call.span);
        }
        let (Some(delimiter), Some(pieces)) = (delimiter.as_known(), text.clone().into_pieces())
        else {
            return evaluator.misuse(call, "a delimiter and a string");
        };
        Value::new(Data::List(split_pieces(&pieces, &delimiter, call.span)), text.origin.clone())
    })
}

/// Known pieces split at a delimiter, with an item for each part.
pub(super) fn split_pieces(pieces: &[Piece], delimiter: &str, span: Span) -> Vec<Value> {
    let mut items = Vec::new();
    let mut current: Vec<Piece> = Vec::new();
    for piece in pieces {
        let Content::Known(text) = &piece.content else { continue };
        let mut at = 0;
        while let Some(found) = text
            .value
            .get(at..)
            .and_then(|rest| rest.find(delimiter))
            .filter(|_| !delimiter.is_empty())
        {
            current.push(part_of(piece, text, at, at + found));
            items.push(Value::assembled(std::mem::take(&mut current), span));
            at += found + delimiter.len();
        }
        current.push(part_of(piece, text, at, text.value.len()));
    }
    items.push(Value::assembled(current, span));
    items
}

/// A part of a piece, with its own bytes as origin.
pub(super) fn part_of(piece: &Piece, text: &Text, start: usize, end: usize) -> Piece {
    if start == 0 && end == text.value.len() {
        return piece.clone();
    }
    let span = place(text, start, end, piece.origin.span);
    let origin = Origin { span, ..piece.origin.clone() };
    Piece {
        content: Content::Known(text.slice(value_range(start, end))),
        origin,
        place: piece.place,
    }
}

/// The string of a literal node, if it is one.
pub(super) fn literal_str(node: &Node) -> Option<&str> {
    node.tag.is_none().then(|| node.as_str()).flatten()
}
