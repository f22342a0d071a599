//! Conversion of values between types, and the type that several types have in common.
//!
//! Source: "Type Conversion" in Terraform's documentation and the rules of go-cty's `convert` package, whose order of
//! preference decides which type the arms of a conditional take.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::number::Number;
use crate::origin::{Origin, Why};
use crate::terraform::unify::unify;
use crate::value::{Data, Entries, Entry, OneOf, Type, Unknown, Value};

/// The value as one of type `ty`, whose dynamic parts stand for any type. The origin and the marks stay.
///
/// # Errors
/// Says what is required: "string required, but this is tuple".
pub fn convert(value: Value, ty: &Type) -> Result<Value, String> {
    if *ty == Type::Dynamic {
        return Ok(value);
    }
    let marks = value.marks;
    let converted = match &value.data {
        Data::Unknown(unknown) => {
            convert_unknown(unknown, ty).map(|new| of_known_length(new, value.origin.clone()))
        }
        Data::OneOf(one_of) => {
            convert_arms(one_of, ty).map(|new| Value::new(new, value.origin.clone()))
        }
        Data::Null(from) => result_type(from, ty)
            .map(|ty| Value::null(ty, value.origin.clone()))
            .ok_or_else(|| required(ty, from)),
        Data::Bool(_) | Data::Number(_) | Data::String(_) => convert_primitive(value, ty),
        Data::List(from, _) | Data::Set(from, _) => {
            let from = from.clone();
            convert_sequence(value, Some(from), ty)
        }
        Data::Tuple(_) => convert_sequence(value, None, ty),
        Data::Map(from, _) => {
            let from = from.clone();
            convert_entries(value, Some(from), ty)
        }
        Data::Object(_) => convert_entries(value, None, ty),
    };
    converted.map(|new| new.marked(marks))
}

/// The type that a value of type `from` gets when it is converted to `to`; `None` where there is no conversion. Whether
/// one succeeds may depend on the value: not every string is a number.
pub fn result_type(from: &Type, to: &Type) -> Option<Type> {
    match (from, to) {
        (_, Type::Dynamic) => Some(from.clone()),
        (Type::Dynamic, _) => Some(to.clone()),
        (Type::Bool | Type::Number | Type::String, Type::String)
        | (Type::String, Type::Bool | Type::Number) => Some(to.clone()),
        (Type::Bool, Type::Bool) | (Type::Number, Type::Number) => Some(to.clone()),
        (Type::List(from) | Type::Set(from), Type::List(to)) => result_type(from, to).map(list_of),
        (Type::List(from) | Type::Set(from), Type::Set(to)) => result_type(from, to).map(set_of),
        (Type::Map(from), Type::Map(to)) => result_type(from, to).map(map_of),
        (Type::Tuple(items), Type::List(to)) => element_type(items.iter(), to).map(list_of),
        (Type::Tuple(items), Type::Set(to)) => element_type(items.iter(), to).map(set_of),
        (Type::Object(attributes), Type::Map(to)) => {
            element_type(attributes.values(), to).map(map_of)
        }
        (Type::Tuple(from), Type::Tuple(to)) if from.len() == to.len() => {
            let items: Option<Vec<Type>> =
                from.iter().zip(to.iter()).map(|(from, to)| result_type(from, to)).collect();
            items.map(|items| Type::Tuple(items.into()))
        }
        (Type::Object(from), Type::Object(to)) => attribute_types(to, |name| from.get(name)),
        (Type::Map(from), Type::Object(to)) => attribute_types(to, |_| Some(from)),
        _ => None,
    }
}

fn list_of(element: Type) -> Type {
    Type::List(Arc::new(element))
}

fn set_of(element: Type) -> Type {
    Type::Set(Arc::new(element))
}

fn map_of(element: Type) -> Type {
    Type::Map(Arc::new(element))
}

/// The element type of a collection made from values of these types, where `to` is asked for.
fn element_type<'a>(from: impl Iterator<Item = &'a Type> + Clone, to: &Type) -> Option<Type> {
    if from.clone().next().is_none() {
        return Some(to.clone());
    }
    let wanted = if *to == Type::Dynamic { unify(from.clone())? } else { to.clone() };
    let converted: Option<Vec<Type>> = from.map(|from| result_type(from, &wanted)).collect();
    let converted = converted?;
    if wanted.has_dynamic() { unify(converted.iter()) } else { Some(wanted) }
}

fn attribute_types<'a>(
    to: &BTreeMap<SmolStr, Type>,
    from: impl Fn(&str) -> Option<&'a Type>,
) -> Option<Type> {
    let attributes: Option<BTreeMap<_, _>> =
        to.iter().map(|(name, to)| Some((name.clone(), result_type(from(name)?, to)?))).collect();
    attributes.map(|attributes| Type::Object(Arc::new(attributes)))
}

fn convert_unknown(unknown: &Unknown, ty: &Type) -> Result<Unknown, String> {
    let Some(ty) = result_type(&unknown.ty, ty) else { return Err(required(ty, &unknown.ty)) };
    let same = ty == unknown.ty;
    let element = ty.element().unwrap_or(&Type::Dynamic);
    let elements = unknown
        .elements
        .as_ref()
        .filter(|_| matches!(ty, Type::List(_) | Type::Set(_) | Type::Dynamic));
    let elements = elements
        .map(|elements| Arc::new(elements.filter_map(|item| convert(item.clone(), element).ok())));
    Ok(Unknown {
        elements,
        why: unknown.why.clone(),
        not_null: unknown.not_null,
        text: if same { unknown.text.clone() } else { Default::default() },
        bounds: if same { unknown.bounds.clone() } else { converted_lengths(unknown, &ty) },
        attributes: if same { unknown.attributes.clone() } else { None },
        ty,
    })
}

/// How many elements an unknown value has at least and at most once it is converted to `ty`: the type alone tells how
/// long a tuple or an object is. Elements that are unknown may turn out to be one in a set.
fn converted_lengths(unknown: &Unknown, ty: &Type) -> Option<(Number, Option<Number>)> {
    let lengths = match &unknown.ty {
        Type::Tuple(items) => exactly(items.len()),
        Type::Object(attributes) => exactly(attributes.len()),
        _ => unknown.bounds.clone()?,
    };
    match (&unknown.ty, ty) {
        (Type::Tuple(_) | Type::List(_), Type::List(_))
        | (Type::Object(_) | Type::Map(_), Type::Map(_)) => Some(lengths),
        (Type::Tuple(_) | Type::List(_), Type::Set(_)) => {
            Some((lengths.0.min(Number::from_count(1)), lengths.1))
        }
        _ => None,
    }
}

fn exactly(count: usize) -> (Number, Option<Number>) {
    (Number::from_count(count), Some(Number::from_count(count)))
}

/// An unknown list is a list of unknown elements, if it is known how many there are and that it is not null.
fn of_known_length(unknown: Unknown, origin: Origin) -> Value {
    match (&unknown.ty, unknown.length()) {
        (Type::List(element), Some(length)) if unknown.not_null && unknown.elements.is_none() => {
            let item = Value::unknown_of(Type::clone(element), unknown.why.clone(), origin.clone());
            Value::list(Type::clone(element), vec![item; length], origin)
        }
        _ => Value::from_unknown(unknown, origin),
    }
}

/// Each arm for itself. An arm that can't be converted is an error only if its condition holds, so it is unknown.
fn convert_arms(one_of: &OneOf, ty: &Type) -> Result<Data, String> {
    let mut possible = false;
    let arms = one_of.arms.iter().map(|arm| {
        let origin = arm.origin.clone();
        match convert(arm.clone(), ty) {
            Ok(arm) => {
                possible = true;
                arm
            }
            Err(message) => Value::unknown_of(ty.clone(), Why::at(message, origin.span), origin),
        }
    });
    let arms = arms.collect();
    if possible {
        Ok(Data::OneOf(Arc::new(OneOf { arms, ..one_of.clone() })))
    } else {
        Err(required(ty, &one_of.arms.first().map_or(Type::Dynamic, Value::ty)))
    }
}

fn convert_primitive(value: Value, ty: &Type) -> Result<Value, String> {
    let origin = value.origin.clone();
    match (&value.data, ty) {
        (Data::Bool(_), Type::Bool)
        | (Data::Number(_), Type::Number)
        | (Data::String(_), Type::String) => Ok(value),
        (Data::Bool(known), Type::String) => Ok(Value::string(known.to_string(), origin)),
        (Data::Number(number), Type::String) => Ok(Value::string(number.to_string(), origin)),
        (Data::String(_), Type::Number | Type::Bool) => match value.as_text() {
            None => {
                let why = value.why().cloned().unwrap_or_else(|| Why::new("the text is too large"));
                Ok(Value::unknown_not_null(ty.clone(), why, origin))
            }
            Some(text) => parse(&text, ty, origin),
        },
        _ => Err(required(ty, &value.ty())),
    }
}

fn parse(text: &str, ty: &Type, origin: Origin) -> Result<Value, String> {
    if *ty == Type::Number {
        let number = Number::parse(text).ok_or("a number is required")?;
        return Ok(Value::number(number, origin));
    }
    match text {
        "true" | "1" => Ok(Value::bool(true, origin)),
        "false" | "0" => Ok(Value::bool(false, origin)),
        _ => Err("a bool is required: `true` or `false`".to_owned()),
    }
}

/// A list, a set (`element` is their element type) or a tuple.
fn convert_sequence(value: Value, element: Option<Type>, ty: &Type) -> Result<Value, String> {
    let items = value.items().unwrap_or_default();
    let origin = value.origin.clone();
    match (ty, &value.data) {
        (Type::List(to), Data::List(from, _)) | (Type::Set(to), Data::Set(from, _))
            if **to == *from =>
        {
            Ok(value)
        }
        (Type::List(to), Data::Set(from, _)) if items.len() > 1 && !value.is_wholly_known() => {
            // Elements that are unknown may turn out to be one, so not even the length is known.
            let why = value.why().cloned().unwrap_or_else(|| Why::new("the text is too large"));
            let element = result_type(from, to).ok_or_else(|| required(ty, &value.ty()))?;
            let converted = |item: &Value| convert(item.clone(), &element).ok();
            let elements = value.elements().filter_map(converted);
            let unknown = Value::unknown_not_null(list_of(element.clone()), why, origin);
            Ok(unknown.with_elements(elements))
        }
        (Type::List(to) | Type::Set(to), _) => match convert_items(items, element, to) {
            Ok((element, items)) => {
                let make = if matches!(ty, Type::List(_)) { Value::list } else { Value::set };
                Ok(make(element, items, origin))
            }
            // What is of no known type yet may turn out to be of the type of the others.
            Err(_) if to.has_dynamic() && items.iter().any(Value::has_unknown_type) => {
                let why = value.why().cloned().unwrap_or_else(|| Why::new(ONE_TYPE));
                let unknown = Value::unknown_not_null(ty.clone(), why, origin);
                Ok(unknown.with_elements(value.elements()))
            }
            Err(message) => Err(message),
        },
        (Type::Tuple(types), Data::Tuple(_)) if types.len() == items.len() => {
            let items: Result<Vec<Value>, String> = items
                .iter()
                .zip(types.iter())
                .map(|(item, ty)| convert(item.clone(), ty))
                .collect();
            Ok(Value::tuple(items?, origin))
        }
        _ => Err(required(ty, &value.ty())),
    }
}

/// Items of one type, and that type. `from` is the element type of a collection, `None` for a tuple.
fn convert_items(
    items: &[Value],
    from: Option<Type>,
    to: &Type,
) -> Result<(Type, Vec<Value>), String> {
    let wanted = match (to, from) {
        (Type::Dynamic, Some(from)) => return Ok((from, items.to_vec())),
        (_, Some(from)) if result_type(&from, to).is_none() => return Err(required(to, &from)),
        (Type::Dynamic, None) => unify_values(items.iter())?,
        _ => to.clone(),
    };
    let items: Result<Vec<Value>, String> =
        items.iter().map(|item| convert(item.clone(), &wanted)).collect();
    let items = items?;
    if !wanted.has_dynamic() || items.is_empty() {
        return Ok((wanted, items));
    }
    // `list(object({ a = any }))`: what `any` stands for must be the same in all elements.
    let element = unify_values(items.iter())?;
    let items: Result<Vec<Value>, String> =
        items.into_iter().map(|item| convert(item, &element)).collect();
    let items = items?;
    if element.has_dynamic() && items.iter().any(|item| item.ty() != element) {
        return Err(ONE_TYPE.to_owned());
    }
    Ok((element, items))
}

/// A map (`element` is its element type) or an object.
fn convert_entries(value: Value, element: Option<Type>, ty: &Type) -> Result<Value, String> {
    let none = Entries::new();
    let entries = value.entries().unwrap_or(&none);
    let origin = value.origin.clone();
    match (ty, &value.data) {
        (Type::Map(to), Data::Map(from, _)) if **to == *from => Ok(value),
        (Type::Map(to), _) => {
            let values: Vec<Value> = entries.values().map(|entry| entry.value.clone()).collect();
            let only = only_type(&values).filter(|_| **to == Type::Dynamic && element.is_none());
            let (element, values) = convert_items(&values, element, only.as_ref().unwrap_or(to))?;
            let entries = entries.iter().zip(values).map(|((key, entry), value)| {
                (key.clone(), Entry::new(entry.key_origin.clone(), value))
            });
            Ok(Value::map(element, entries.collect(), origin))
        }
        (Type::Object(types), _) => {
            let entries: Result<Entries, String> = types
                .iter()
                .map(|(name, ty)| {
                    let entry = entries
                        .get(name)
                        .ok_or_else(|| format!("attribute `{name}` is required"))?;
                    let value = convert(entry.value.clone(), ty)
                        .map_err(|why| format!("attribute `{name}`: {why}"))?;
                    Ok((name.clone(), Entry::new(entry.key_origin.clone(), value)))
                })
                .collect();
            Ok(Value::object(entries?, origin))
        }
        _ => Err(required(ty, &value.ty())),
    }
}

/// The type of all values but those of which not even that is known (a bare null), if it is one.
fn only_type(values: &[Value]) -> Option<Type> {
    let mut types = values.iter().map(Value::ty).filter(|ty| *ty != Type::Dynamic);
    let first = types.next()?;
    types.all(|ty| ty == first).then_some(first)
}

/// The type that all these values can be converted to.
fn unify_values<'a>(values: impl Iterator<Item = &'a Value>) -> Result<Type, String> {
    let types: Vec<Type> = values.map(Value::ty).collect();
    if types.is_empty() {
        return Ok(Type::Dynamic);
    }
    unify(types.iter()).ok_or_else(|| ONE_TYPE.to_owned())
}

const ONE_TYPE: &str = "all elements must be of one type";

fn required(wanted: &Type, found: &Type) -> String {
    format!("{wanted} required, but this is {found}")
}
