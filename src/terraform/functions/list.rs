//! The functions over the elements of a list, a set or a tuple. They are moved as they are.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::FunctionError;
use super::invocation::{Invocation, elements, error};
use super::signature::{Function, Kind, Outcome, Parameter, any, number};
use crate::number::Number;
use crate::terraform::convert::convert;
use crate::terraform::unify::unify;
use crate::value::{Data, Elements, Others, Type, Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("alltrue", &[BOOLS], Kind::Bool, all_true),
    Function::new("anytrue", &[BOOLS], Kind::Bool, any_true),
    Function::new("chunklist", &[LIST.marks(), number("size")], Kind::ListOfAny, chunks),
    Function::new("contains", &[any("list").unknown(), any("value")], Kind::Bool, contains),
    Function::new("element", &[SEQUENCE, number("index")], Kind::Any, element).nullable(),
    Function::new("index", &[any("list"), any("value")], Kind::Number, index),
    Function::new("length", &[any("value").unknown().marks()], Kind::Number, length),
    Function::new("matchkeys", &[VALUES, KEYS, SEARCHSET], Kind::ListOfAny, match_keys),
    Function::new("one", &[any("list").unknown()], Kind::Any, one).nullable(),
    Function::new("reverse", &[SEQUENCE], Kind::Any, reverse),
    Function::new(
        "slice",
        &[SEQUENCE, number("start_index").unknown(), number("end_index").unknown()],
        Kind::Any,
        slice,
    ),
    Function::new("sort", &[any("list").unknown()], Kind::ListOfString, sort),
];

const BOOLS: Parameter = Parameter::new("list", Kind::ListOfBool);
const LIST: Parameter = Parameter::new("list", Kind::ListOfAny).unknown();
const SEQUENCE: Parameter = any("list").unknown().marks();
const VALUES: Parameter = Parameter::new("values", Kind::ListOfAny).unknown();
const KEYS: Parameter = Parameter::new("keys", Kind::ListOfAny).unknown();
const SEARCHSET: Parameter = Parameter::new("searchset", Kind::ListOfAny).unknown();

pub(super) fn sequence_required(found: &Type) -> FunctionError {
    error(0, format!("a list, a set or a tuple is required, but this is {found}"))
}

fn all_true(call: &Invocation<'_>) -> Outcome {
    for item in call.items(0)? {
        match item.as_bool() {
            Some(true) => {}
            None if !item.is_known() => return Ok(call.unknown(Type::Bool, [item])),
            Some(false) | None => return call.bool(false),
        }
    }
    call.bool(true)
}

fn any_true(call: &Invocation<'_>) -> Outcome {
    let items = call.items(0)?;
    if items.iter().any(|item| item.as_bool() == Some(true)) {
        return call.bool(true);
    }
    match items.iter().find(|item| !item.is_known()) {
        Some(item) => Ok(call.unknown(Type::Bool, [item])),
        None => call.bool(false),
    }
}

fn length(call: &Invocation<'_>) -> Outcome {
    let value = call.argument(0)?;
    let ty = value.ty();
    if matches!(ty, Type::Bool | Type::Number) {
        let message =
            format!("a string, a collection, a tuple or an object is required, but this is {ty}");
        return Err(error(0, message));
    }
    let result = match count(value) {
        Some(count) => Value::number(Number::from_count(count), call.origin()),
        None => {
            let (least, most) = count_bounds(value);
            call.unknown(Type::Number, [value]).bounded(least, most)
        }
    };
    Ok(result.marked(value.marks))
}

/// How many elements or characters there are at least and at most, where it is not known how many. Elements that are
/// unknown may turn out to be one.
fn count_bounds(value: &Value) -> (Number, Option<Number>) {
    if let Some(bounds) = value.as_unknown().and_then(|unknown| unknown.bounds.clone()) {
        return bounds;
    }
    let certain = value.elements().certain;
    let (least, most) = match (&value.data, value.ty()) {
        (Data::Set(..), _) => {
            let known = certain.iter().filter(|item| item.is_wholly_known()).count();
            (known.max(1), Some(certain.len()))
        }
        (_, Type::String) => (value.text_shape().prefix.graphemes(true).count(), None),
        _ => (certain.len().min(1), None),
    };
    (Number::from_count(least), most.map(Number::from_count))
}

/// How many elements, entries or characters there are, if that is known.
pub(super) fn count(value: &Value) -> Option<usize> {
    match &value.data {
        Data::Set(..) if !is_countable(value) => None,
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => Some(items.len()),
        Data::Map(_, entries) | Data::Object(entries) => Some(entries.len()),
        Data::String(_) => value.as_text().map(|text| text.graphemes(true).count()),
        // The type alone tells how long a tuple or an object is.
        Data::Unknown(_) | Data::OneOf(_) => match value.ty() {
            Type::Tuple(types) => Some(types.len()),
            Type::Object(types) => Some(types.len()),
            _ => value.as_unknown().and_then(Unknown::length),
        },
        Data::Null(_) | Data::Bool(_) | Data::Number(_) => None,
    }
}

/// Is it known how many elements there are? Those of a set that are unknown may turn out to be one.
pub(super) fn is_countable(sequence: &Value) -> bool {
    match &sequence.data {
        Data::Set(_, items) => items.len() < 2 || sequence.is_wholly_known(),
        _ => true,
    }
}

fn contains(call: &Invocation<'_>) -> Outcome {
    let (list, wanted) = (call.argument(0)?, call.argument(1)?);
    // Terraform looks at the type of the list only once it is known.
    if list.is_known() && list.items().is_none() {
        return Err(sequence_required(&list.ty()));
    }
    let Elements { certain, others } = match list.items() {
        Some(items) => return search(call, items, wanted, None),
        None => list.elements(),
    };
    let other = match others {
        Others::None => None,
        Others::Like(like) if wanted.equals(&like) == Some(false) => None,
        Others::Like(_) | Others::Any => Some(list),
    };
    search(call, &certain, wanted, other)
}

/// Is the value among the items? `other` stands for further ones, which may be equal to it.
fn search(
    call: &Invocation<'_>,
    items: &[Value],
    wanted: &Value,
    other: Option<&Value>,
) -> Outcome {
    let mut undecided = other;
    for item in items {
        match wanted.equals(item) {
            Some(true) => return call.bool(true),
            Some(false) => {}
            None => undecided = Some(item),
        }
    }
    match undecided {
        Some(item) => Ok(call.unknown(Type::Bool, [item, wanted])),
        None => call.bool(false),
    }
}

fn index(call: &Invocation<'_>) -> Outcome {
    let (list, wanted) = (call.argument(0)?, call.argument(1)?);
    let (Data::List(_, items) | Data::Tuple(items)) = &list.data else {
        return Err(error(0, format!("a list or a tuple is required, but this is {}", list.ty())));
    };
    for (position, item) in items.iter().enumerate() {
        match wanted.equals(item) {
            Some(true) => return Ok(Value::number(Number::from_count(position), call.origin())),
            Some(false) => {}
            None => return Ok(call.unknown(Type::Number, [item, wanted])),
        }
    }
    Err(error(1, "it is not in the list"))
}

fn element(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let position = call.integer(1)?;
    let position = usize::try_from(position).map_err(|_| error(1, "it must not be negative"))?;
    if let Data::List(_, items) | Data::Tuple(items) = &list.data {
        return match position.checked_rem(items.len()).and_then(|position| items.get(position)) {
            Some(item) => Ok(item.clone().inside(&list.origin).marked(list.marks)),
            None => Err(error(0, "it must not be empty")),
        };
    }
    let ty = match list.ty() {
        Type::Dynamic => Type::Dynamic,
        Type::List(element) => Type::clone(&element),
        Type::Tuple(types) => {
            match position.checked_rem(types.len()).and_then(|position| types.get(position)) {
                Some(ty) => ty.clone(),
                None => return Err(error(0, "it must not be empty")),
            }
        }
        other => {
            return Err(error(0, format!("a list or a tuple is required, but this is {other}")));
        }
    };
    Ok(call.unknown(ty, [list]).marked(list.marks))
}

fn one(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let (length, ty) = match (list.items(), list.ty()) {
        (Some(items), Type::List(element) | Type::Set(element)) => {
            (items.len(), Type::clone(&element))
        }
        (_, Type::Tuple(types)) => (types.len(), types.first().cloned().unwrap_or(Type::Dynamic)),
        (None, Type::List(element) | Type::Set(element)) => (1, Type::clone(&element)),
        (_, Type::Dynamic) => (1, Type::Dynamic),
        (_, other) => {
            return Err(sequence_required(&other));
        }
    };
    match (length, list.items().and_then(<[Value]>::first)) {
        _ if !is_countable(list) => Ok(call.unknown(ty, [list])),
        (0, _) => Ok(Value::null(ty, call.origin())),
        (1, Some(item)) => Ok(item.clone().inside(&list.origin)),
        (1, None) => Ok(call.unknown(ty, [list])),
        _ => Err(error(0, format!("it has {length} elements, but at most one is allowed"))),
    }
}

fn reverse(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let items = elements(list).rev().collect();
    let reversed = match &list.data {
        Data::Tuple(_) => Value::tuple(items, call.origin()),
        Data::List(element, _) | Data::Set(element, _) => {
            Value::list(element.clone(), items, call.origin())
        }
        _ => {
            let ty = match list.ty() {
                Type::Tuple(types) => Type::Tuple(types.iter().rev().cloned().collect()),
                Type::List(element) | Type::Set(element) => Type::List(element),
                Type::Dynamic => Type::Dynamic,
                other => return Err(sequence_required(&other)),
            };
            call.unknown(ty, [list]).with_elements(list.elements())
        }
    };
    Ok(reversed.marked(list.marks))
}

fn slice(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let length = match (list.items(), list.ty()) {
        (_, Type::Set(_)) => return Err(error(0, "a set has no order; convert it to a list")),
        (Some(items), _) => Some(items.len()),
        (None, Type::Tuple(types)) => Some(types.len()),
        (None, Type::List(_) | Type::Dynamic) => None,
        (None, other) => {
            return Err(error(0, format!("a list or a tuple is required, but this is {other}")));
        }
    };
    let (start, end) = (bound(call, 1, length)?, bound(call, 2, length)?);
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(error(1, "it must not be greater than the end"));
    }
    let range = start.unwrap_or(0)..end.unwrap_or(0);
    let part = || elements(list).take(range.end).skip(range.start).collect();
    let known = start.is_some() && end.is_some();
    let sliced = match &list.data {
        Data::List(element, _) if known => Value::list(element.clone(), part(), call.origin()),
        Data::Tuple(_) if known => Value::tuple(part(), call.origin()),
        _ => {
            let ty = match list.ty() {
                Type::Tuple(types) if known => {
                    Type::Tuple(types.get(range).unwrap_or_default().into())
                }
                ty @ Type::List(_) => ty,
                _ => Type::Dynamic,
            };
            call.unknown(ty, &call.arguments)
        }
    };
    Ok(sliced.marked(list.marks))
}

/// An index of `slice`, if it is known.
fn bound(
    call: &Invocation<'_>,
    argument: usize,
    length: Option<usize>,
) -> Result<Option<usize>, FunctionError> {
    if !call.argument(argument)?.is_known() {
        return Ok(None);
    }
    let index = call.integer(argument)?;
    let index = usize::try_from(index).map_err(|_| error(argument, "it must not be negative"))?;
    if length.is_some_and(|length| index > length) {
        return Err(error(argument, "it must not be greater than the length of the list"));
    }
    Ok(Some(index))
}

fn sort(call: &Invocation<'_>) -> Outcome {
    let given = call.argument(0)?;
    let of_strings = Type::List(Type::String.into());
    let list = convert(given.clone(), &of_strings).map_err(|message| error(0, message))?;
    if !list.items().is_some_and(|items| items.iter().all(Value::is_known)) {
        // Which element comes where is not known, but there will be as many.
        return Ok(match count(&list).or_else(|| count(given)) {
            Some(count) => {
                let items = (0..count).map(|_| call.unknown(Type::String, [given])).collect();
                Value::list(Type::String, items, call.origin())
            }
            None => call.unknown(of_strings, [given]),
        });
    }
    let mut sorted: Vec<Value> = elements(&list).collect();
    if let Some(position) = sorted.iter().position(Value::is_null) {
        return Err(error(0, format!("element {position} must not be null")));
    }
    sorted.sort_by_cached_key(|item| item.as_text().map(Cow::into_owned));
    Ok(Value::list(Type::String, sorted, call.origin()))
}

fn chunks(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let ty = list.ty();
    let size =
        usize::try_from(call.integer(1)?).map_err(|_| error(1, "it must not be negative"))?;
    if !list.is_known() {
        return Ok(call.unknown(Type::List(ty.into()), [list]));
    }
    let items: Vec<Value> = elements(list).collect();
    let chunk = |items: &[Value]| list_of(&ty, items.to_vec(), call);
    let chunks: Vec<Value> = match size {
        0 if items.is_empty() => Vec::new(),
        0 => vec![chunk(&items)],
        size => items.chunks(size).map(chunk).collect(),
    };
    Ok(Value::list(ty.clone(), chunks, call.origin()).marked(list.marks))
}

/// A list of type `ty`.
fn list_of(ty: &Type, items: Vec<Value>, call: &Invocation<'_>) -> Value {
    Value::list(ty.element().cloned().unwrap_or(Type::Dynamic), items, call.origin())
}

/// The values whose key is in the search set.
fn match_keys(call: &Invocation<'_>) -> Outcome {
    let (values, keys, searchset) = (call.argument(0)?, call.argument(1)?, call.argument(2)?);
    let key_types = [keys.ty(), searchset.ty()];
    if unify(key_types.iter()).is_none() {
        return Err(error(2, "the keys and the search set must be of the same type"));
    }
    let (Some(items), Some(key_items), Some(searched)) =
        (values.items(), keys.items(), searchset.items())
    else {
        return Ok(call.unknown(values.ty(), [values, keys, searchset]));
    };
    if items.len() != key_items.len() {
        return Err(error(
            1,
            format!("there are {} keys for {} values", key_items.len(), items.len()),
        ));
    }
    let Some(common) = unify(key_types.iter().filter_map(Type::element)) else {
        return Ok(list_of(&values.ty(), Vec::new(), call));
    };
    let searched: Vec<Value> =
        searched.iter().filter_map(|item| convert(item.clone(), &common).ok()).collect();
    let mut kept = Vec::new();
    for (item, key) in items.iter().zip(key_items) {
        let key = convert(key.clone(), &common).map_err(|message| error(1, message))?;
        let equal: Vec<Option<bool>> =
            searched.iter().map(|searched| key.equals(searched)).collect();
        if equal.contains(&Some(true)) {
            kept.push(item.clone().inside(&values.origin));
        } else if equal.contains(&None) {
            return Ok(call.unknown(values.ty(), [keys, searchset]));
        }
    }
    Ok(list_of(&values.ty(), kept, call))
}
