//! The functions that change the type of a value, or its marks.

use super::invocation::Invocation;
use super::signature::{Function, Kind, Outcome, Parameter, any};
use crate::terraform::convert::convert;
use crate::value::{Data, Entry, Marks, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("ephemeralasnull", &[VALUE], Kind::Any, ephemeral_as_null).nullable(),
    Function::new("issensitive", &[VALUE], Kind::Bool, is_sensitive),
    Function::new("list", &[], Kind::Any, |call| gone(call, "tolist([…])")).rest(VALUE),
    Function::new("map", &[], Kind::Any, |call| gone(call, "tomap({…})")).rest(VALUE),
    Function::new("nonsensitive", &[VALUE], Kind::Any, nonsensitive).nullable(),
    Function::new("sensitive", &[VALUE], Kind::Any, sensitive).nullable(),
    Function::new("tobool", &[ANY], Kind::Bool, |call| to(call, Kind::Bool)).nullable(),
    Function::new("tolist", &[ANY], Kind::ListOfAny, |call| to(call, Kind::ListOfAny)).nullable(),
    Function::new("tomap", &[ANY], Kind::MapOfAny, |call| to(call, Kind::MapOfAny)).nullable(),
    Function::new("tonumber", &[ANY], Kind::Number, |call| to(call, Kind::Number)).nullable(),
    Function::new("toset", &[ANY], Kind::SetOfAny, |call| to(call, Kind::SetOfAny)).nullable(),
    Function::new("tostring", &[ANY], Kind::String, |call| to(call, Kind::String)).nullable(),
];

const VALUE: Parameter = any("value").null().unknown().marks();
const ANY: Parameter = any("v").null().unknown().marks();

/// A function that there was before Terraform 0.12.
fn gone(call: &Invocation<'_>, instead: &str) -> Outcome {
    Err(call.failure(format!("it is no longer there; write `{instead}`")))
}

fn to(call: &Invocation<'_>, kind: Kind) -> Outcome {
    let (value, ty) = (call.argument(0)?, kind.to_type());
    let converted =
        convert(value.clone(), &ty).map_err(|message| super::invocation::error(0, message))?;
    match value.as_unknown().map(|unknown| &unknown.ty) {
        // Terraform looks for the type that the elements have in common only once they are known.
        Some(Type::Tuple(_) | Type::Object(_)) => {
            Ok(call.unknown(ty, [value]).with_elements(converted.elements()))
        }
        _ => Ok(converted),
    }
}

fn sensitive(call: &Invocation<'_>) -> Outcome {
    Ok(call.argument(0)?.clone().marked(Marks { sensitive: true, ephemeral: false }))
}

/// Only the mark of the value itself goes; what is in it stays as it is.
fn nonsensitive(call: &Invocation<'_>) -> Outcome {
    let mut value = call.argument(0)?.clone();
    value.marks.sensitive = false;
    Ok(value)
}

fn is_sensitive(call: &Invocation<'_>) -> Outcome {
    let value = call.argument(0)?;
    if value.marks.sensitive {
        return call.bool(true);
    }
    // What becomes known later may be sensitive.
    if value.is_known() { call.bool(false) } else { Ok(call.unknown(Type::Bool, [value])) }
}

fn ephemeral_as_null(call: &Invocation<'_>) -> Outcome {
    Ok(without_ephemeral(call.argument(0)?))
}

fn without_ephemeral(value: &Value) -> Value {
    if value.marks.ephemeral {
        let marks = Marks { ephemeral: false, ..value.marks };
        return Value::null(value.ty(), value.origin.clone()).marked(marks);
    }
    if !value.all_marks().ephemeral {
        return value.clone();
    }
    let origin = value.origin.clone();
    let each = |items: &[Value]| items.iter().map(without_ephemeral).collect();
    let changed = match &value.data {
        Data::List(ty, items) => Value::list(ty.clone(), each(items), origin),
        Data::Tuple(items) => Value::tuple(each(items), origin),
        Data::Map(ty, entries) => {
            let entries = entries.iter().map(|(key, entry)| (key.clone(), entry_without(entry)));
            Value::map(ty.clone(), entries.collect(), origin)
        }
        Data::Object(entries) => Value::object(
            entries.iter().map(|(key, entry)| (key.clone(), entry_without(entry))).collect(),
            origin,
        ),
        // The elements of a set and the pieces of a string are not marked by themselves.
        Data::Set(..) | Data::String(_) | Data::OneOf(_) => return value.clone(),
        Data::Unknown(_) | Data::Null(_) | Data::Bool(_) | Data::Number(_) => return value.clone(),
    };
    changed.marked(value.marks)
}

fn entry_without(entry: &Entry) -> Entry {
    Entry::new(entry.key_origin.clone(), without_ephemeral(&entry.value))
}
