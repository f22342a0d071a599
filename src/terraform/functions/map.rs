//! The functions over maps and objects. Values are moved as they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use super::FunctionError;
use super::invocation::{Invocation, elements, entries, entry, error};
use super::signature::{Function, Kind, Outcome, Parameter, any, string};
use crate::terraform::convert::convert;
use crate::value::{Data, Entries, Entry, Marks, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("keys", &[any("inputMap").unknown().marks()], Kind::Any, keys),
    Function::new(
        "lookup",
        &[any("inputMap").unknown().marks(), string("key").unknown().marks()],
        Kind::Any,
        lookup,
    )
    .rest(any("default").null().unknown().marks())
    .nullable(),
    Function::new("merge", &[], Kind::Any, merge).rest(any("maps").null().unknown().marks()),
    Function::new(
        "transpose",
        &[Parameter::new("values", Kind::MapOfListOfString)],
        Kind::MapOfListOfString,
        transpose,
    ),
    Function::new("values", &[any("mapping").unknown().marks()], Kind::Any, values),
    Function::new("zipmap", &[KEYS, any("values").unknown().marks()], Kind::Any, zip_map),
];

const KEYS: Parameter = Parameter::new("keys", Kind::ListOfString).unknown();

fn keys(call: &Invocation<'_>) -> Outcome {
    let map = call.argument(0)?;
    let keys = || entries(map).map(|(key, entry)| key_value(call, key, &entry)).collect();
    let keys = match &map.data {
        Data::Map(..) => Value::list(Type::String, keys(), call.origin()),
        Data::Object(_) => Value::tuple(keys(), call.origin()),
        _ => match map.ty() {
            // The type of an object tells its keys.
            Type::Object(types) => {
                let keys = types.keys().map(|key| Value::string(key.clone(), call.origin()));
                Value::tuple(keys.collect(), call.origin())
            }
            Type::Map(_) => call.unknown(Type::List(Type::String.into()), [map]),
            Type::Dynamic => call.unknown(Type::Dynamic, [map]),
            other => return Err(map_required(0, &other)),
        },
    };
    Ok(keys.marked(map.marks))
}

/// A key as a value of its own.
fn key_value(call: &Invocation<'_>, key: &SmolStr, entry: &Entry) -> Value {
    Value::string(key.clone(), entry.key_origin.clone().unwrap_or_else(|| call.origin()))
}

fn values(call: &Invocation<'_>) -> Outcome {
    let map = call.argument(0)?;
    let values = || entries(map).map(|(_, entry)| entry.value).collect();
    let values = match &map.data {
        Data::Map(element, _) => Value::list(element.clone(), values(), call.origin()),
        Data::Object(_) => Value::tuple(values(), call.origin()),
        _ => match map.ty() {
            Type::Map(element) => call.unknown(Type::List(element), [map]),
            Type::Object(types) => {
                call.unknown(Type::Tuple(types.values().cloned().collect()), [map])
            }
            Type::Dynamic => call.unknown(Type::Dynamic, [map]),
            other => return Err(map_required(0, &other)),
        },
    };
    Ok(values.marked(map.marks))
}

fn map_required(argument: usize, found: &Type) -> FunctionError {
    error(argument, format!("a map or an object is required, but this is {found}"))
}

fn lookup(call: &Invocation<'_>) -> Outcome {
    let (map, key) = (call.argument(0)?, call.argument(1)?);
    let default = match call.rest() {
        [] => None,
        [default] => Some(default),
        _ => return Err(error(3, "it takes at most three arguments")),
    };
    let ty = map.ty();
    if !matches!(ty, Type::Map(_) | Type::Object(_) | Type::Dynamic) {
        return Err(map_required(0, &ty));
    }
    let default = match (default, &ty) {
        (Some(default), Type::Map(element)) => {
            Some(convert(default.clone(), element).map_err(|message| error(2, message))?)
        }
        (default, _) => default.cloned(),
    };
    let marks = map.marks.union(key.marks);
    if let Some(entry) = key.as_text().and_then(|key| entry(map, &key)) {
        return Ok(entry.value.marked(marks));
    }
    let key_text = key.as_text();
    // An object's type tells which attributes it has before its value is known.
    let found = match (&ty, &key_text) {
        (Type::Map(element), _) => Some(Type::clone(element)),
        (Type::Object(types), Some(key)) => types.get(&**key).cloned(),
        _ => Some(Type::Dynamic),
    };
    if let Some(found) = found.filter(|_| key_text.is_none() || !map.is_known()) {
        return Ok(call.unknown(found, [map, key]).marked(marks));
    }
    match default {
        Some(default) => Ok(default.marked(marks)),
        None => Err(error(1, format!("there is no key `{}`", key_text.unwrap_or_default()))),
    }
}

fn merge(call: &Invocation<'_>) -> Outcome {
    let maps = call.rest();
    let marks = maps.iter().fold(Marks::NONE, |marks, map| marks.union(map.marks));
    for (index, map) in maps.iter().enumerate().filter(|(_, map)| map.entries().is_none()) {
        match map.ty() {
            Type::Map(_) | Type::Object(_) => {}
            // Terraform looks no further than to the first of which not even the type is known.
            Type::Dynamic => break,
            ty => return Err(map_required(index, &ty)),
        }
    }
    let one_type = || {
        let first = maps.first()?.ty();
        maps.iter().skip(1).all(|map| map.ty() == first).then_some(first)
    };
    // Later maps win, so what stands behind the last unknown one is certain.
    let certain = maps.iter().rposition(|map| !map.is_known()).map_or(0, |unknown| unknown + 1);
    let merged: Entries = maps
        .iter()
        .skip(certain)
        .flat_map(entries)
        .map(|(key, entry)| (key.clone(), entry))
        .collect();
    let is_object = maps.iter().any(|map| matches!(map.data, Data::Object(_)));
    let result = if certain > 0 {
        let ty = one_type().or_else(|| merged_type(maps)).unwrap_or(Type::Dynamic);
        call.unknown_object(ty, maps, merged)
    } else if let Some(Type::Map(element)) = (!is_object).then(one_type).flatten() {
        Value::map(Type::clone(&element), merged, call.origin())
    } else {
        Value::object(merged, call.origin())
    };
    Ok(result.marked(marks))
}

/// The type of the object that comes of maps and objects; `None` where not all of its attributes are known.
fn merged_type(maps: &[Value]) -> Option<Type> {
    let mut types = BTreeMap::new();
    for map in maps {
        match (map.entries(), map.ty()) {
            (Some(entries), _) => {
                types.extend(entries.iter().map(|(key, entry)| (key.clone(), entry.value.ty())));
            }
            (None, Type::Object(attributes)) => {
                types.extend(attributes.iter().map(|(key, ty)| (key.clone(), ty.clone())));
            }
            (None, _) if map.is_null() => {}
            (None, _) => return None,
        }
    }
    Some(Type::Object(Arc::new(types)))
}

/// From keys and their texts to texts and their keys.
fn transpose(call: &Invocation<'_>) -> Outcome {
    let map = call.argument(0)?;
    let element = Type::List(Type::String.into());
    if !map.is_wholly_known() {
        return Ok(call.unknown(map.ty(), [map]));
    }
    let mut turned: BTreeMap<SmolStr, Vec<Value>> = BTreeMap::new();
    for (key, entry) in entries(map) {
        let items = entry
            .value
            .items()
            .ok_or_else(|| error(0, format!("the list of `{key}` must not be null")))?;
        for item in items {
            let text = item
                .as_text()
                .ok_or_else(|| error(0, format!("the list of `{key}` must not hold null")))?;
            turned.entry(text.into()).or_default().push(key_value(call, key, &entry));
        }
    }
    let turned = turned
        .into_iter()
        .map(|(key, keys)| (key, Entry::new(None, Value::list(Type::String, keys, call.origin()))));
    Ok(Value::map(element, turned.collect(), call.origin()))
}

fn zip_map(call: &Invocation<'_>) -> Outcome {
    let (keys, values) = (call.argument(0)?, call.argument(1)?);
    let ty = values.ty();
    let count = match (values.items(), &ty) {
        (_, Type::Tuple(types)) => Some(types.len()),
        (Some(items), Type::List(_)) => Some(items.len()),
        (None, Type::List(_) | Type::Dynamic) => None,
        (_, other) => {
            return Err(error(1, format!("a list or a tuple is required, but this is {other}")));
        }
    };
    let known_keys = keys.items().filter(|_| keys.is_wholly_known());
    if let (Some(keys), Some(count)) = (known_keys, count) {
        if keys.len() != count {
            return Err(error(1, format!("there are {} keys for {count} values", keys.len())));
        }
        if let Some(position) = keys.iter().position(Value::is_null) {
            return Err(error(0, format!("element {position} must not be null")));
        }
    }
    if known_keys.is_none() || !values.is_known() {
        let result = match ty {
            Type::List(element) => Type::Map(element),
            _ => Type::Dynamic,
        };
        return Ok(call.unknown(result, [keys, values]).marked(values.marks));
    }
    let pairs = elements(keys).zip(elements(values));
    let zipped = pairs.filter_map(|(key, value)| {
        let text: SmolStr = key.as_text()?.into();
        Some((text, Entry::new(Some(key.origin.clone()), value)))
    });
    let zipped: Entries = zipped.collect();
    let zipped = match ty {
        Type::List(element) => Value::map(Type::clone(&element), zipped, call.origin()),
        _ => Value::object(zipped, call.origin()),
    };
    Ok(zipped.marked(values.marks))
}
