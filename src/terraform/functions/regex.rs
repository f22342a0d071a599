//! `regex` and `regexall`. What a pattern captures is a part of the text's rope, so that each byte keeps its origin.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::{Captures, Regex};
use smol_str::SmolStr;

use super::FunctionError;
use super::invocation::{Invocation, Parts, error};
use super::pattern;
use super::signature::{Function, Kind, Outcome, string};
use crate::value::{Entry, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("regex", &[string("pattern"), string("string").unknown()], Kind::Any, first),
    Function::new(
        "regexall",
        &[string("pattern"), string("string").unknown()],
        Kind::ListOfAny,
        all,
    ),
];

/// No more matches are kept.
const MAX_MATCHES: usize = 1 << 16;

fn first(call: &Invocation<'_>) -> Outcome {
    let pattern = compile(call)?;
    let string = call.argument(1)?;
    let Some(text) = string.as_text() else {
        return Ok(call.unknown(result_type(&pattern), [string]));
    };
    match pattern.captures(&text) {
        Some(captures) => Ok(result(&call.parts(1)?, &pattern, &captures)),
        None => Err(call.failure("the pattern does not match")),
    }
}

fn all(call: &Invocation<'_>) -> Outcome {
    let pattern = compile(call)?;
    let string = call.argument(1)?;
    let element = result_type(&pattern);
    let Some(text) = string.as_text() else {
        return Ok(call.unknown(Type::List(element.into()), [string]));
    };
    let parts = call.parts(1)?;
    let matches = pattern.captures_iter(&text).take(MAX_MATCHES + 1);
    let matches: Vec<Value> = matches.map(|captures| result(&parts, &pattern, &captures)).collect();
    if matches.len() > MAX_MATCHES {
        return Err(call.failure(format!("the pattern matches more than {MAX_MATCHES} times")));
    }
    Ok(Value::list(element, matches, call.origin_of(string)))
}

/// The pattern, whose groups all have a name, or none has.
fn compile(call: &Invocation<'_>) -> Result<Regex, FunctionError> {
    let compiled = pattern::compile(&call.text(0)?).map_err(|message| error(0, message))?;
    let named = compiled.capture_names().flatten().count();
    if named != 0 && named != groups(&compiled) {
        return Err(error(0, "either all groups have a name or none has"));
    }
    Ok(compiled)
}

fn groups(pattern: &Regex) -> usize {
    pattern.captures_len() - 1
}

/// A string without groups, an object for named groups, otherwise a tuple.
fn result_type(pattern: &Regex) -> Type {
    let names: BTreeMap<SmolStr, Type> =
        pattern.capture_names().flatten().map(|name| (SmolStr::from(name), Type::String)).collect();
    match groups(pattern) {
        0 => Type::String,
        _ if !names.is_empty() => Type::Object(Arc::new(names)),
        count => Type::Tuple(vec![Type::String; count].into()),
    }
}

fn result(parts: &Parts<'_>, pattern: &Regex, captures: &Captures<'_>) -> Value {
    let group = |index: usize| match captures.get(index) {
        Some(group) => parts.value(group.range()),
        None => Value::null(Type::String, parts.origin.clone()),
    };
    if groups(pattern) == 0 {
        return group(0);
    }
    let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
    if names.iter().all(Option::is_none) {
        return Value::tuple((1..=names.len()).map(group).collect(), parts.origin.clone());
    }
    let entries = names.into_iter().enumerate().map(|(index, name)| {
        (SmolStr::from(name.unwrap_or_default()), Entry::new(None, group(index + 1)))
    });
    Value::object(entries.collect(), parts.origin.clone())
}
