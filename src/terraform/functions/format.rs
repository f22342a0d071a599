//! `format`, `formatlist` and `join`: the functions that put strings together. The pieces keep their origins, and an
//! unknown piece leaves the others known.

use super::FunctionError;
use super::invocation::{Invocation, error};
use super::signature::{Function, Kind, Outcome, Parameter, any, string};
use super::verb::{self, Part, Verb};
use crate::origin::Why;
use crate::terraform::convert::convert;
use crate::value::{Data, Elements, Others, Piece, Rope, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("format", &[string("format")], Kind::String, format).rest(ARGUMENTS),
    Function::new("formatlist", &[string("format")], Kind::ListOfString, format_list)
        .rest(ARGUMENTS),
    Function::new("join", &[SEPARATOR], Kind::String, join).rest(LISTS),
];

const ARGUMENTS: Parameter = any("args").null().unknown();
const SEPARATOR: Parameter = string("separator").unknown();
const LISTS: Parameter = Parameter::new("lists", Kind::ListOfString).unknown();

fn join(call: &Invocation<'_>) -> Outcome {
    let separator = call.argument(0)?;
    if call.rest().is_empty() {
        return Err(call.failure("at least one list is required"));
    }
    let mut pieces = Vec::new();
    for (index, list) in call.rest().iter().enumerate() {
        let Some(items) = list.items() else {
            return Ok(call.unknown(Type::String, [list]));
        };
        if items.iter().any(Value::is_null) && !list.is_wholly_known() {
            return Ok(call.unknown(Type::String, [list]));
        }
        for (position, item) in items.iter().enumerate() {
            if item.is_null() {
                return Err(error(index + 1, format!("element {position} must not be null")));
            }
            if !pieces.is_empty() {
                pieces.push(Piece::Value(separator.clone()));
            }
            pieces.push(Piece::Value(item.clone()));
        }
    }
    Ok(Value::rope(Rope::concat(pieces, call.call.span), call.origin()))
}

fn format(call: &Invocation<'_>) -> Outcome {
    if let Some(unknown) = unknown_for_null(call) {
        return Ok(unknown);
    }
    let template = verb::parse(&call.text(0)?).map_err(|message| error(0, message))?;
    match render(call, &template, call.rest()) {
        Ok(rope) => Ok(Value::rope(rope, call.origin())),
        Err(error) => unless_unknown(call, call.rest(), error),
    }
}

/// Terraform does not look at a bare `null`, so it does not know what comes of it, nor that it is not null.
fn unknown_for_null(call: &Invocation<'_>) -> Option<Value> {
    let untyped = call.rest().iter().find(|argument| argument.data == Data::Null(Type::Dynamic))?;
    let why = Why::at(format!("the result of `{}`", call.function.name), call.call.span);
    Some(Value::unknown(why, call.origin_of(untyped)))
}

fn format_list(call: &Invocation<'_>) -> Outcome {
    if let Some(unknown) = unknown_for_null(call) {
        return Ok(unknown);
    }
    let template = verb::parse(&call.text(0)?).map_err(|message| error(0, message))?;
    let list = || Type::List(Type::String.into());
    let Some(rounds) = rounds(call)? else {
        // However many there are, each is made in the same way.
        let is_sequence = |ty| matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_));
        let arguments = call.rest().iter();
        let arguments = arguments.map(|argument| match argument.ty() {
            ty if is_sequence(ty.clone()) => argument.any_element(),
            _ => argument.clone(),
        });
        let others = render(call, &template, &arguments.collect::<Vec<_>>())
            .map_or(Others::Any, |rope| Others::Like(Box::new(Value::rope(rope, call.origin()))));
        let unknown = call.unknown(list(), call.rest());
        return Ok(unknown.with_elements(Elements { certain: Vec::new(), others }));
    };
    let mut items = Vec::with_capacity(rounds);
    for round in 0..rounds {
        let arguments: Vec<Value> = call
            .rest()
            .iter()
            .map(|argument| {
                argument.items().and_then(|items| items.get(round)).unwrap_or(argument).clone()
            })
            .collect();
        items.push(match render(call, &template, &arguments) {
            Ok(rope) => Value::rope(rope, call.origin()),
            Err(error) => unless_unknown(call, &arguments, error)?,
        });
    }
    Ok(Value::list(Type::String, items, call.origin()))
}

/// Terraform finds out that arguments don't fit only when all are known.
fn unless_unknown(call: &Invocation<'_>, arguments: &[Value], error: FunctionError) -> Outcome {
    if arguments.iter().all(Value::is_wholly_known) {
        return Err(error);
    }
    Ok(call.unknown(Type::String, arguments))
}

/// How long the lists are, which must be of one length; 1 where there are none, nothing where that is not known.
fn rounds(call: &Invocation<'_>) -> Result<Option<usize>, FunctionError> {
    let mut chosen: Option<(usize, usize)> = None;
    let mut known = true;
    for (index, argument) in call.rest().iter().enumerate() {
        let ty = argument.ty();
        if argument.is_null()
            || !matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Dynamic)
        {
            continue;
        }
        let length = match (argument.items(), &ty) {
            (Some(items), _) => items.len(),
            (None, Type::Tuple(types)) => types.len(),
            (None, _) => {
                known = false;
                continue;
            }
        };
        known &= argument.is_known();
        match chosen {
            None => chosen = Some((index, length)),
            Some((_, other)) if other == length => {}
            Some((first, other)) => {
                let message =
                    format!("it has {length} elements, but argument {} has {other}", first + 2);
                return Err(error(index + 1, message));
            }
        }
    }
    Ok(known.then(|| chosen.map_or(1, |(_, length)| length)))
}

/// Fills the verbs of a format with arguments.
fn render(
    call: &Invocation<'_>,
    template: &[Part],
    arguments: &[Value],
) -> Result<Rope, FunctionError> {
    let format = call.parts(0)?;
    let mut pieces = Vec::new();
    let mut used = 0;
    for part in template {
        match part {
            Part::Text(range) => pieces.extend(format.pieces(range.clone())),
            Part::Verb(verb) => {
                used = used.max(verb.argument + 1);
                let Some(argument) = arguments.get(verb.argument) else {
                    let message = format!(
                        "`{}` wants argument {}, which is missing",
                        verb.raw,
                        verb.argument + 1
                    );
                    return Err(error(0, message));
                };
                pieces.push(fill(call, verb, argument)?);
            }
        }
    }
    if used < arguments.len() {
        return Err(error(used + 1, "the format does not use it"));
    }
    Ok(Rope::concat(pieces, call.call.span))
}

/// The text of one verb.
fn fill(call: &Invocation<'_>, verb: &Verb, argument: &Value) -> Result<Piece, FunctionError> {
    let wrong = |message: String| {
        error(verb.argument + 1, format!("`{}` can't format it: {message}", verb.raw))
    };
    if argument.is_null() && verb.letter != 'v' {
        return Err(wrong("it is null".to_owned()));
    }
    // A string that is written as it stands keeps its origin, known or not.
    let ty = argument.ty();
    let written_alone = ty == Type::String || (verb.letter == 's' && ty.is_primitive());
    if verb.is_plain_string() && written_alone && !argument.is_null() {
        return convert(argument.clone(), &Type::String).map(Piece::Value).map_err(wrong);
    }
    if !argument.is_wholly_known() {
        return Ok(Piece::Value(call.unknown(Type::String, [argument])));
    }
    let text = verb.format(argument).map_err(wrong)?;
    Ok(Piece::Value(Value::string(text, call.origin_of(argument))))
}
