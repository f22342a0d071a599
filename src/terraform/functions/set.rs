//! The functions over sets: `setintersection`, `setproduct`, `setsubtract`, `setunion`.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::FunctionError;
use super::combine::identity;
use super::invocation::{Invocation, elements, error};
use super::list::count;
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

/// The sets with elements of one type, and that type; no sets where one of them is unknown.
struct Sets {
    element: Type,
    sets: Option<Vec<Vec<Value>>>,
}

fn sets(call: &Invocation<'_>) -> Result<Sets, FunctionError> {
    let types: Vec<Type> = call.arguments.iter().map(Value::ty).collect();
    // An empty set is of any type.
    let typed = types.iter().filter_map(Type::element).filter(|element| **element != Type::Dynamic);
    let typed: Vec<&Type> = typed.collect();
    let element = match typed.as_slice() {
        [] => Type::Dynamic,
        typed => unify(typed.iter().copied())
            .ok_or_else(|| call.failure("the elements of all sets must be of one type"))?,
    };
    if !call.arguments.iter().all(Value::is_known) {
        return Ok(Sets { element, sets: None });
    }
    let mut sets = Vec::with_capacity(call.arguments.len());
    for (index, set) in call.arguments.iter().enumerate() {
        let converted = elements(set).map(|item| convert(item, &element)).collect::<Result<_, _>>();
        sets.push(converted.map_err(|message| error(index, message))?);
    }
    Ok(Sets { element, sets: Some(sets) })
}

fn union(call: &Invocation<'_>) -> Outcome {
    let Sets { element, sets } = sets(call)?;
    if let Some(sets) = sets {
        return Ok(Value::set(element, sets.concat(), call.origin()));
    }
    let elements = Elements::join(call.arguments.iter().map(Value::elements));
    let elements = elements.filter_map(|item| convert(item.clone(), &element).ok());
    let unknown = call.unknown(Type::Set(element.into()), &call.arguments);
    Ok(unknown.with_elements(elements))
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
    let Sets { element, sets } = sets(call)?;
    let known = sets.filter(|_| call.arguments.iter().all(Value::is_wholly_known));
    let Some((first, others)) = known.as_deref().and_then(<[_]>::split_first) else {
        return Ok(call.unknown(Type::Set(element.into()), &call.arguments));
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
    let element_types: Vec<Type> = types
        .iter()
        .enumerate()
        .map(|(index, ty)| element_type(index, ty))
        .collect::<Result<_, _>>()?;
    let ordered = !types.iter().any(|ty| matches!(ty, Type::Set(_)));
    let tuple = Type::Tuple(element_types.clone().into());
    let collection =
        |tuple: Type| if ordered { Type::List(tuple.into()) } else { Type::Set(tuple.into()) };
    let make = if ordered { Value::list } else { Value::set };
    let Some(lengths) = factors.iter().map(count).collect::<Option<Vec<usize>>>() else {
        return Ok(call.unknown(collection(tuple), factors).marked(marks));
    };
    let total = lengths.iter().try_fold(1_usize, |total, length| total.checked_mul(*length));
    if total.is_none_or(|total| total > MAX_PRODUCT) {
        return Err(call.failure(format!("it gives more than {MAX_PRODUCT} combinations")));
    }
    if total != Some(0) && !factors.iter().all(Value::is_known) {
        return Ok(call.unknown(collection(tuple), factors).marked(marks));
    }
    let items: Vec<Vec<Value>> = factors.iter().map(|factor| elements(factor).collect()).collect();
    let combinations = combine(items, &element_types).map_err(|message| call.failure(message))?;
    let tuples = combinations.into_iter().map(|items| Value::tuple(items, call.origin())).collect();
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
fn combine(factors: Vec<Vec<Value>>, elements: &[Type]) -> Result<Vec<Vec<Value>>, String> {
    let mut combinations = vec![Vec::new()];
    for (items, element) in factors.into_iter().zip(elements) {
        let items = items.into_iter().map(|item| convert(item, element));
        let items: Vec<Value> = items.collect::<Result<_, _>>()?;
        let extend = |begun: &Vec<Value>| {
            let with = |item| [begun.as_slice(), std::slice::from_ref(item)].concat();
            items.iter().map(with).collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(extend).collect();
    }
    Ok(combinations)
}
