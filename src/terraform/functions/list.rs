//! The functions over lists, sets and tuples, as far as they keep an order. Elements are moved as they are.

use std::borrow::Cow;

use rustc_hash::FxHashSet;
use unicode_segmentation::UnicodeSegmentation;

use super::FunctionError;
use super::invocation::{Invocation, error};
use super::signature::{Function, Kind, Outcome, Parameter, any, number};
use crate::number::Number;
use crate::terraform::convert::convert;
use crate::terraform::unify::unify;
use crate::value::{Data, Elements, Marks, Others, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("alltrue", &[BOOLS], Kind::Bool, all_true),
    Function::new("anytrue", &[BOOLS], Kind::Bool, any_true),
    Function::new("chunklist", &[LIST.marks(), number("size")], Kind::ListOfAny, chunks),
    Function::new("coalesce", &[], Kind::Any, coalesce).rest(any("vals").null().unknown()),
    Function::new("coalescelist", &[], Kind::Any, coalesce_list).rest(any("vals").null().unknown()),
    Function::new(
        "compact",
        &[Parameter::new("list", Kind::ListOfString).unknown()],
        Kind::ListOfString,
        compact,
    ),
    Function::new("concat", &[], Kind::Any, concat).rest(any("seqs").unknown().marks()),
    Function::new("contains", &[any("list"), any("value")], Kind::Bool, contains),
    Function::new("distinct", &[LIST], Kind::ListOfAny, distinct),
    Function::new("element", &[SEQUENCE, number("index")], Kind::Any, element).nullable(),
    Function::new("flatten", &[SEQUENCE], Kind::Any, flatten),
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
    Function::new("sort", &[Parameter::new("list", Kind::ListOfString)], Kind::ListOfString, sort),
];

const BOOLS: Parameter = Parameter::new("list", Kind::ListOfBool);
const LIST: Parameter = Parameter::new("list", Kind::ListOfAny).unknown();
const SEQUENCE: Parameter = any("list").unknown().marks();
const VALUES: Parameter = Parameter::new("values", Kind::ListOfAny).unknown();
const KEYS: Parameter = Parameter::new("keys", Kind::ListOfAny).unknown();
const SEARCHSET: Parameter = Parameter::new("searchset", Kind::ListOfAny).unknown();

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
    let count = match (&value.data, &ty) {
        (Data::Set(..), _) if !is_countable(value) => None,
        (Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items), _) => Some(items.len()),
        (Data::Map(_, entries), _) => Some(entries.len()),
        (Data::Object(entries), _) => Some(entries.len()),
        (Data::String(_), _) => value.as_text().map(|text| text.graphemes(true).count()),
        // The type alone tells how long these are.
        (_, Type::Tuple(types)) => Some(types.len()),
        (_, Type::Object(types)) => Some(types.len()),
        (_, Type::Dynamic | Type::String | Type::List(_) | Type::Set(_) | Type::Map(_)) => None,
        (_, Type::Bool | Type::Number) => {
            return Err(error(
                0,
                format!(
                    "a string, a collection, a tuple or an object is required, but this is {ty}"
                ),
            ));
        }
    };
    let result = match count {
        Some(count) => Value::number(Number::from_count(count), call.origin()),
        None => call.unknown(Type::Number, [value]),
    };
    Ok(result.marked(value.marks))
}

/// Is it known how many elements there are? Those of a set that are unknown may turn out to be one.
pub(super) fn is_countable(sequence: &Value) -> bool {
    match &sequence.data {
        Data::Set(_, items) => items.len() < 2 || sequence.is_wholly_known(),
        _ => true,
    }
}

fn concat(call: &Invocation<'_>) -> Outcome {
    let parts = call.rest();
    if parts.is_empty() {
        return Err(call.failure("at least one list is required"));
    }
    let types: Vec<Type> = parts.iter().map(Value::ty).collect();
    let wrong = |ty: &Type| !matches!(ty, Type::List(_) | Type::Tuple(_) | Type::Dynamic);
    if let Some((index, ty)) = types.iter().enumerate().find(|(_, ty)| wrong(ty)) {
        return Err(error(index, format!("a list or a tuple is required, but this is {ty}")));
    }
    let elements: Vec<&Type> =
        types.iter().filter(|ty| matches!(ty, Type::List(_))).filter_map(Type::element).collect();
    let element =
        (elements.len() == types.len()).then(|| unify(elements.iter().copied())).flatten();
    let marks = parts.iter().fold(Marks::NONE, |marks, part| marks.union(part.marks));
    let items: Option<Vec<&[Value]>> = parts.iter().map(Value::items).collect();
    let joined = match (element, items) {
        (Some(element), None) => {
            let elements = Elements::join(parts.iter().map(Value::elements));
            call.unknown(Type::List(element.into()), parts).with_elements(elements)
        }
        (None, None) => {
            let elements = Elements::join(parts.iter().map(Value::elements));
            call.unknown(Type::Dynamic, parts).with_elements(elements)
        }
        (Some(element), Some(items)) => {
            let items = items.concat().into_iter().map(|item| convert(item, &element));
            let items = items.collect::<Result<_, _>>().map_err(|message| call.failure(message))?;
            Value::list(element, items, call.origin())
        }
        (None, Some(items)) => Value::tuple(items.concat(), call.origin()),
    };
    Ok(joined.marked(marks))
}

fn contains(call: &Invocation<'_>) -> Outcome {
    let (list, wanted) = (call.argument(0)?, call.argument(1)?);
    let Some(items) = list.items() else {
        return Err(error(
            0,
            format!("a list, a set or a tuple is required, but this is {}", list.ty()),
        ));
    };
    let mut undecided = None;
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
            Some(item) => Ok(item.clone().marked(list.marks)),
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
            return Err(error(
                0,
                format!("a list, a set or a tuple is required, but this is {other}"),
            ));
        }
    };
    match (length, list.items().and_then(<[Value]>::first)) {
        _ if !is_countable(list) => Ok(call.unknown(ty, [list])),
        (0, _) => Ok(Value::null(ty, call.origin())),
        (1, Some(item)) => Ok(item.clone()),
        (1, None) => Ok(call.unknown(ty, [list])),
        _ => Err(error(0, format!("it has {length} elements, but at most one is allowed"))),
    }
}

fn flatten(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let ty = list.ty();
    if !matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Dynamic) {
        return Err(error(0, format!("a list, a set or a tuple is required, but this is {ty}")));
    }
    let mut flat = Vec::new();
    let mut marks = Marks::NONE;
    match flatten_into(list, &mut flat, &mut marks) {
        Ok(()) => Ok(Value::tuple(flat, call.origin()).marked(marks)),
        Err(unknown) => {
            let elements = flat_elements(list);
            Ok(call.unknown(Type::Dynamic, [unknown]).with_elements(elements).marked(marks))
        }
    }
}

/// What is known of the elements of a sequence and of the sequences in it.
fn flat_elements(list: &Value) -> Elements {
    let elements = list.elements();
    let inner = elements.certain.iter().map(|item| {
        let is_leaf = matches!(
            item.ty(),
            Type::Bool | Type::Number | Type::String | Type::Map(_) | Type::Object(_)
        );
        match is_leaf {
            true => Elements { certain: vec![item.clone()], others: Others::None },
            false => flat_elements(item),
        }
    });
    let others = Elements { certain: Vec::new(), others: elements.others.clone() };
    Elements::join(inner.chain([others]))
}

/// Appends the elements of a sequence and of the sequences in it.
///
/// # Errors
/// The first value that is or may be a sequence whose elements are not known.
fn flatten_into<'v>(
    list: &'v Value,
    flat: &mut Vec<Value>,
    marks: &mut Marks,
) -> Result<(), &'v Value> {
    let Some(items) = list.items().filter(|_| is_countable(list)) else { return Err(list) };
    *marks = marks.union(list.marks);
    for item in items {
        let may_be_sequence = match &item.data {
            Data::List(..) | Data::Set(..) | Data::Tuple(_) => true,
            Data::Unknown(_) | Data::OneOf(_) => {
                matches!(item.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Dynamic)
            }
            Data::Null(_)
            | Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::Map(..)
            | Data::Object(_) => false,
        };
        if may_be_sequence {
            flatten_into(item, flat, marks)?;
        } else {
            flat.push(item.clone());
        }
    }
    Ok(())
}

fn reverse(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let reversed = match &list.data {
        Data::Tuple(items) => Value::tuple(items.iter().rev().cloned().collect(), call.origin()),
        Data::List(element, items) | Data::Set(element, items) => {
            Value::list(element.clone(), items.iter().rev().cloned().collect(), call.origin())
        }
        _ => {
            let ty = match list.ty() {
                Type::Tuple(types) => Type::Tuple(types.iter().rev().cloned().collect()),
                Type::List(element) | Type::Set(element) => Type::List(element),
                Type::Dynamic => Type::Dynamic,
                other => {
                    return Err(error(
                        0,
                        format!("a list, a set or a tuple is required, but this is {other}"),
                    ));
                }
            };
            call.unknown(ty, [list])
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
    let part = |items: &[Value]| items.get(range.clone()).unwrap_or_default().to_vec();
    let known = start.is_some() && end.is_some();
    let sliced = match &list.data {
        Data::List(element, items) if known => {
            Value::list(element.clone(), part(items), call.origin())
        }
        Data::Tuple(items) if known => Value::tuple(part(items), call.origin()),
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
    let items = call.items(0)?;
    if let Some(unknown) = items.iter().find(|item| !item.is_known()) {
        // Which element comes where is not known, but there will be as many.
        let items = items.iter().map(|_| call.unknown(Type::String, [unknown])).collect();
        return Ok(Value::list(Type::String, items, call.origin()));
    }
    if let Some(position) = items.iter().position(Value::is_null) {
        return Err(error(0, format!("element {position} must not be null")));
    }
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| a.as_text().cmp(&b.as_text()));
    Ok(Value::list(Type::String, sorted, call.origin()))
}

fn compact(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    if !list.is_wholly_known() {
        // An unknown element may be empty, and then it is left out.
        let is_kept = |item: &&Value| item.as_text().is_some_and(|text| !text.is_empty());
        let mut elements = list.elements();
        let has_unknown = elements.certain.iter().any(|item| !item.is_known());
        elements.certain = elements.certain.iter().filter(is_kept).cloned().collect();
        if has_unknown {
            elements.others = Others::Any;
        }
        return Ok(call.unknown(list.ty(), [list]).with_elements(elements));
    }
    let is_empty = |item: &Value| item.as_text().is_none_or(|text| text.is_empty());
    let kept = call.items(0)?.iter().filter(|item| !is_empty(item)).cloned().collect();
    Ok(Value::list(Type::String, kept, call.origin()))
}

fn distinct(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let (true, Data::List(element, items)) = (list.is_wholly_known(), &list.data) else {
        return Ok(call.unknown(list.ty(), [list]).with_elements(list.elements()));
    };
    let mut seen = FxHashSet::default();
    let kept = items.iter().filter(|item| seen.insert(identity(item))).cloned().collect();
    Ok(Value::list(element.clone(), kept, call.origin()))
}

/// What two known values of one type have in common if, and only if, they are equal.
pub(super) fn identity(value: &Value) -> (bool, Option<Cow<'_, str>>) {
    (value.is_null(), value.as_text().or_else(|| value.to_json().map(Cow::Owned)))
}

fn chunks(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let ty = list.ty();
    let size =
        usize::try_from(call.integer(1)?).map_err(|_| error(1, "it must not be negative"))?;
    let Some(items) = list.items() else {
        return Ok(call.unknown(Type::List(ty.into()), [list]));
    };
    let chunk = |items: &[Value]| list_of(&ty, items.to_vec(), call);
    let chunks: Vec<Value> = match size {
        0 if items.is_empty() => Vec::new(),
        0 => vec![chunk(items)],
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
            kept.push(item.clone());
        } else if equal.contains(&None) {
            return Ok(call.unknown(values.ty(), [keys, searchset]));
        }
    }
    Ok(list_of(&values.ty(), kept, call))
}

/// The first argument that is neither null nor an empty string, as the type that all have in common.
fn coalesce(call: &Invocation<'_>) -> Outcome {
    let types: Vec<Type> = call.rest().iter().map(Value::ty).collect();
    let Some(ty) = unify(types.iter()) else {
        return Err(call.failure("all arguments must be of one type"));
    };
    for (index, argument) in call.rest().iter().enumerate() {
        let value = convert(argument.clone(), &ty).map_err(|message| error(index, message))?;
        if value.is_null() || value.as_text().is_some_and(|text| text.is_empty()) {
            continue;
        }
        let text = value.text_shape();
        let not_empty = ty != Type::String || text.plain || !text.prefix.is_empty();
        if value.is_known() || (value.is_not_null() && not_empty) {
            return Ok(value);
        }
        return Ok(call.unknown(ty, [&value]));
    }
    Err(call.failure("every argument is null or an empty string"))
}

/// The first list that is not empty.
fn coalesce_list(call: &Invocation<'_>) -> Outcome {
    if call.rest().is_empty() {
        return Err(call.failure("at least one list is required"));
    }
    // Terraform looks no further than to the first that is not known.
    let known = call.rest().iter().take_while(|argument| argument.is_known());
    for (index, argument) in known.enumerate() {
        if !matches!(argument.data, Data::List(..) | Data::Tuple(_)) {
            let message = format!("a list or a tuple is required, but this is {}", argument.ty());
            return Err(error(index, message));
        }
    }
    for argument in call.rest() {
        match argument.items() {
            Some([]) => {}
            Some(_) => return Ok(argument.clone()),
            None => return Ok(call.unknown(Type::Dynamic, [argument])),
        }
    }
    Err(call.failure("every list is empty"))
}
