//! The type that several types have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use super::convert::result_type;
use crate::value::Type;

/// The type that values of all these types can be converted to, as Terraform chooses it; `None` where there is none,
/// and for no types at all.
///
/// Source: go-cty's `convert.UnifyUnsafe`.
pub fn unify<'a>(types: impl Iterator<Item = &'a Type>) -> Option<Type> {
    let mut distinct: Vec<&Type> = Vec::new();
    for ty in types {
        if !distinct.contains(&ty) {
            distinct.push(ty);
        }
    }
    if let [only] = distinct.as_slice() {
        return Some((*only).clone());
    }
    let kinds = Kinds::of(&distinct);
    match kinds {
        Kinds { primitives: 0, lists: 0, sets: 0, tuples: 0, maps: 1.., objects: 0, .. } => {
            unify_elements(&distinct, &kinds, Type::Map)
        }
        Kinds { primitives: 0, maps: 0, sets: 0, objects: 0, lists: 1.., tuples: 0, .. } => {
            unify_elements(&distinct, &kinds, Type::List)
        }
        Kinds { primitives: 0, maps: 0, lists: 0, objects: 0, tuples: 0, sets: 1.., .. } => {
            unify_elements(&distinct, &kinds, Type::Set)
        }
        Kinds { primitives: 0, lists: 0, sets: 0, tuples: 0, maps: 0, objects: 1.., .. } => {
            if kinds.dynamics > 0 { Some(Type::Dynamic) } else { unify_objects(&distinct) }
        }
        Kinds { primitives: 0, lists: 0, sets: 0, objects: 0, maps: 0, tuples: 1.., .. } => {
            if kinds.dynamics > 0 { Some(Type::Dynamic) } else { unify_tuples(&distinct) }
        }
        Kinds { primitives: 0, lists: 0, sets: 0, tuples: 0, maps: 1.., objects: 1.., .. } => {
            simplify(&distinct, |ty| matches!(ty, Type::Object(_)), objects_as_map)
                .or_else(|| most_preferred(&distinct))
        }
        Kinds { primitives: 0, maps: 0, sets: 0, objects: 0, lists: 1.., tuples: 1.., .. } => {
            simplify(&distinct, |ty| matches!(ty, Type::Tuple(_)), tuples_as_list)
                .or_else(|| most_preferred(&distinct))
        }
        Kinds { objects: 1.., tuples: 1.., .. } => None,
        _ => most_preferred(&distinct),
    }
}

/// How many types of each kind there are.
#[derive(Default)]
struct Kinds {
    dynamics: usize,
    primitives: usize,
    lists: usize,
    sets: usize,
    maps: usize,
    tuples: usize,
    objects: usize,
}

impl Kinds {
    fn of(types: &[&Type]) -> Self {
        let mut kinds = Self::default();
        for ty in types {
            let count = match ty {
                Type::Dynamic => &mut kinds.dynamics,
                Type::Bool | Type::Number | Type::String => &mut kinds.primitives,
                Type::List(_) => &mut kinds.lists,
                Type::Set(_) => &mut kinds.sets,
                Type::Map(_) => &mut kinds.maps,
                Type::Tuple(_) => &mut kinds.tuples,
                Type::Object(_) => &mut kinds.objects,
            };
            *count += 1;
        }
        kinds
    }
}

/// Collections of one kind: their element types decide.
fn unify_elements(types: &[&Type], kinds: &Kinds, make: fn(Arc<Type>) -> Type) -> Option<Type> {
    if kinds.dynamics > 0 {
        return Some(Type::Dynamic);
    }
    unify(types.iter().filter_map(|ty| ty.element())).map(|element| make(Arc::new(element)))
}

/// Objects with the same attributes unify attribute by attribute, others to a map.
fn unify_objects(types: &[&Type]) -> Option<Type> {
    let objects: Vec<&BTreeMap<SmolStr, Type>> =
        types.iter().filter_map(|ty| attributes(ty)).collect();
    let (first, rest) = objects.split_first()?;
    if rest.iter().any(|other| !other.keys().eq(first.keys())) {
        return objects_as_map(types);
    }
    let attributes: Option<BTreeMap<_, _>> = first
        .keys()
        .map(|name| {
            let across = objects.iter().filter_map(|object| object.get(name));
            unify(across).map(|ty| (name.clone(), ty))
        })
        .collect();
    attributes.map(|attributes| Type::Object(Arc::new(attributes)))
}

/// Tuples of the same length unify element by element, others to a list.
fn unify_tuples(types: &[&Type]) -> Option<Type> {
    let tuples: Vec<&[Type]> = types.iter().filter_map(|ty| elements(ty)).collect();
    let (first, rest) = tuples.split_first()?;
    if rest.iter().any(|other| other.len() != first.len()) {
        return tuples_as_list(types);
    }
    let elements: Option<Vec<Type>> = (0..first.len())
        .map(|index| unify(tuples.iter().filter_map(|tuple| tuple.get(index))))
        .collect();
    elements.map(|elements| Type::Tuple(elements.into()))
}

fn objects_as_map(types: &[&Type]) -> Option<Type> {
    let all = types.iter().filter_map(|ty| attributes(ty)).flat_map(BTreeMap::values);
    fitting(types, Type::Map(Arc::new(unify(all)?)))
}

fn tuples_as_list(types: &[&Type]) -> Option<Type> {
    let all = types.iter().filter_map(|ty| elements(ty)).flatten();
    fitting(types, Type::List(Arc::new(unify(all)?)))
}

/// The type that was found, if all these types can be converted to it.
fn fitting(types: &[&Type], found: Type) -> Option<Type> {
    types.iter().all(|ty| result_type(ty, &found).is_some()).then_some(found)
}

/// Objects among maps count as maps, tuples among lists as lists.
fn simplify(
    types: &[&Type],
    is_structural: fn(&Type) -> bool,
    as_collection: fn(&[&Type]) -> Option<Type>,
) -> Option<Type> {
    let (structural, others): (Vec<&Type>, Vec<&Type>) =
        types.iter().copied().partition(|ty| is_structural(ty));
    let collection = as_collection(&structural)?;
    fitting(&structural, unify(others.into_iter().chain([&collection]))?)
}

/// The first type in the order of preference that all others can be converted to.
fn most_preferred(types: &[&Type]) -> Option<Type> {
    let fits = |wanted: &&Type| types.iter().all(|ty| result_type(ty, wanted).is_some());
    in_order_of_preference(types).into_iter().find(fits).cloned()
}

/// Each type behind all that are preferred to it, otherwise in the order given.
fn in_order_of_preference<'a>(types: &[&'a Type]) -> Vec<&'a Type> {
    let mut left = types.to_vec();
    let mut order = Vec::with_capacity(types.len());
    while !left.is_empty() {
        let is_free =
            |ty: &&Type| !left.iter().any(|other| preference(other, ty) == Preference::First);
        let next = left.iter().position(is_free).unwrap_or(0);
        order.push(left.remove(next));
    }
    order
}

/// Which of two types is rather taken for both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Preference {
    First,
    Second,
    Neither,
}

fn preference(first: &Type, second: &Type) -> Preference {
    match (first, second) {
        (Type::Dynamic, Type::Dynamic) | (Type::String, Type::String) => Preference::Neither,
        (_, Type::Dynamic) | (Type::String, Type::Bool | Type::Number) => Preference::First,
        (Type::Dynamic, _) | (Type::Bool | Type::Number, Type::String) => Preference::Second,
        (Type::List(a), Type::List(b))
        | (Type::Set(a), Type::Set(b))
        | (Type::Map(a), Type::Map(b)) => preference(a, b),
        (Type::List(_), Type::Tuple(_) | Type::Set(_))
        | (Type::Tuple(_), Type::Set(_))
        | (Type::Map(_), Type::Object(_)) => Preference::First,
        (Type::Tuple(_) | Type::Set(_), Type::List(_))
        | (Type::Set(_), Type::Tuple(_))
        | (Type::Object(_), Type::Map(_)) => Preference::Second,
        (Type::Object(a), Type::Object(b)) if a.keys().eq(b.keys()) => {
            preference_across(a.values().zip(b.values()))
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            preference_across(a.iter().zip(b.iter()))
        }
        _ => Preference::Neither,
    }
}

fn preference_across<'a>(pairs: impl Iterator<Item = (&'a Type, &'a Type)>) -> Preference {
    let mut found = Preference::Neither;
    for (a, b) in pairs {
        match (found, preference(a, b)) {
            (_, Preference::Neither) => {}
            (Preference::Neither, other) => found = other,
            (before, now) if before == now => {}
            _ => return Preference::Neither,
        }
    }
    found
}

fn attributes(ty: &Type) -> Option<&BTreeMap<SmolStr, Type>> {
    if let Type::Object(attributes) = ty { Some(attributes) } else { None }
}

fn elements(ty: &Type) -> Option<&[Type]> {
    if let Type::Tuple(elements) = ty { Some(elements) } else { None }
}
