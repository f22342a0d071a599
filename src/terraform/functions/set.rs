//! The functions over sets: `setintersection`, `setproduct`, `setsubtract`, `setunion`.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::FunctionError;
use super::invocation::{Invocation, error};
use super::list::{identity, is_countable};
use super::signature::{Function, Kind, Outcome, Parameter, any};
use crate::terraform::convert::convert;
use crate::terraform::unify::unify;
use crate::value::{Elements, Marks, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("setintersection", &[set("first_set")], Kind::SetOfAny, intersection)
        .rest(set("other_sets")),
    Function::new("setproduct", &[], Kind::Any, product).rest(any("sets").unknown().marks()),
    Function::new("setsubtract", &[set("a"), set("b")], Kind::SetOfAny, subtract),
    Function::new("setunion", &[set("first_set")], Kind::SetOfAny, union).rest(set("other_sets")),
];

const fn set(name: &'static str) -> Parameter {
    Parameter::new(name, Kind::SetOfAny).unknown()
}

/// No larger product is made.
const MAX_PRODUCT: usize = 1 << 16;

/// The sets with elements of one type, and that type.
struct Sets {
    element: Type,
    sets: Vec<Vec<Value>>,
}

/// Nothing where a set is unknown.
fn sets(call: &Invocation<'_>) -> Result<Result<Sets, Value>, FunctionError> {
    let types: Vec<Type> = call.arguments.iter().map(Value::ty).collect();
    // An empty set is of any type.
    let elements = types.iter().filter_map(Type::element);
    let typed: Vec<&Type> = elements.filter(|element| **element != Type::Dynamic).collect();
    let element = match typed.as_slice() {
        [] => Type::Dynamic,
        typed => unify(typed.iter().copied())
            .ok_or_else(|| call.failure("the elements of all sets must be of one type"))?,
    };
    let items: Option<Vec<&[Value]>> = call.arguments.iter().map(Value::items).collect();
    let Some(items) = items else {
        return Ok(Err(call.unknown(Type::Set(element.into()), &call.arguments)));
    };
    let mut sets = Vec::with_capacity(items.len());
    for (index, items) in items.into_iter().enumerate() {
        let converted =
            items.iter().map(|item| convert(item.clone(), &element)).collect::<Result<_, _>>();
        sets.push(converted.map_err(|message| error(index, message))?);
    }
    Ok(Ok(Sets { element, sets }))
}

fn union(call: &Invocation<'_>) -> Outcome {
    Ok(match sets(call)? {
        Ok(Sets { element, sets }) => Value::set(element, sets.concat(), call.origin()),
        Err(unknown) => {
            unknown.with_elements(Elements::join(call.arguments.iter().map(Value::elements)))
        }
    })
}

fn intersection(call: &Invocation<'_>) -> Outcome {
    filtered(call, |others, item| others.iter().all(|other| other.contains(&identity(item))))
}

fn subtract(call: &Invocation<'_>) -> Outcome {
    filtered(call, |others, item| !others.iter().any(|other| other.contains(&identity(item))))
}

/// What the elements of a set are told apart by.
type Identities<'v> = FxHashSet<(bool, Option<Cow<'v, str>>)>;

/// The elements of the first set that are wanted.
fn filtered(call: &Invocation<'_>, wanted: fn(&[Identities<'_>], &Value) -> bool) -> Outcome {
    let Sets { element, sets } = match sets(call)? {
        Ok(sets) => sets,
        Err(unknown) => return Ok(unknown),
    };
    if call.arguments.iter().any(|set| !set.is_wholly_known()) {
        return Ok(call.unknown(Type::Set(element.into()), &call.arguments));
    }
    let Some((first, others)) = sets.split_first() else {
        return Err(call.failure("a set is required"));
    };
    let others: Vec<Identities<'_>> =
        others.iter().map(|set| set.iter().map(identity).collect()).collect();
    let kept = first.iter().filter(|item| wanted(&others, item)).cloned().collect();
    Ok(Value::set(element, kept, call.origin()))
}

/// All combinations: a list where all arguments are lists, otherwise a set.
fn product(call: &Invocation<'_>) -> Outcome {
    let factors = call.rest();
    if factors.len() < 2 {
        return Err(call.failure("at least two sets are required"));
    }
    let marks = factors.iter().fold(Marks::NONE, |marks, factor| marks.union(factor.marks));
    let types: Vec<Type> = factors.iter().map(Value::ty).collect();
    if types.contains(&Type::Dynamic) {
        return Ok(call.unknown(Type::Dynamic, factors).marked(marks));
    }
    let elements: Vec<Type> = types
        .iter()
        .enumerate()
        .map(|(index, ty)| element_type(index, ty))
        .collect::<Result<_, _>>()?;
    let ordered = !types.iter().any(|ty| matches!(ty, Type::Set(_)));
    let tuple = Type::Tuple(elements.clone().into());
    let collection =
        |tuple: Type| if ordered { Type::List(tuple.into()) } else { Type::Set(tuple.into()) };
    let items: Option<Vec<&[Value]>> =
        factors.iter().map(|factor| factor.items().filter(|_| is_countable(factor))).collect();
    let Some(items) = items else {
        return Ok(call.unknown(collection(tuple), factors).marked(marks));
    };
    let total = items.iter().try_fold(1_usize, |total, items| total.checked_mul(items.len()));
    if total.is_none_or(|total| total > MAX_PRODUCT) {
        return Err(call.failure(format!("it gives more than {MAX_PRODUCT} combinations")));
    }
    let combinations = combine(&items, &elements).map_err(|message| call.failure(message))?;
    let tuples = combinations.into_iter().map(|items| Value::tuple(items, call.origin())).collect();
    let make = if ordered { Value::list } else { Value::set };
    Ok(make(tuple, tuples, call.origin()).marked(marks))
}

fn element_type(argument: usize, ty: &Type) -> Result<Type, FunctionError> {
    match ty {
        Type::Set(element) | Type::List(element) => Ok(Type::clone(element)),
        Type::Tuple(types) if types.is_empty() => Ok(Type::Dynamic),
        Type::Tuple(types) => {
            unify(types.iter()).ok_or_else(|| error(argument, "all elements must be of one type"))
        }
        other => Err(error(argument, format!("a set or a list is required, but this is {other}"))),
    }
}

/// The last factor runs fastest.
fn combine(factors: &[&[Value]], elements: &[Type]) -> Result<Vec<Vec<Value>>, String> {
    let mut combinations = vec![Vec::new()];
    for (items, element) in factors.iter().zip(elements) {
        let items: Vec<Value> =
            items.iter().map(|item| convert(item.clone(), element)).collect::<Result<_, _>>()?;
        combinations = combinations
            .iter()
            .flat_map(|begun| {
                items.iter().map(|item| [begun.as_slice(), std::slice::from_ref(item)].concat())
            })
            .collect();
    }
    Ok(combinations)
}
