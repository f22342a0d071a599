//! The functions that make one sequence of several, and those that take the first that counts. Elements are moved as
//! they are. Where not all are known, the result is an unknown sequence that certainly holds those that are.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::invocation::{Invocation, elements, error};
use super::list::{is_countable, sequence_required};
use super::signature::{Function, Kind, Outcome, Parameter, any};
use crate::terraform::convert::convert;
use crate::terraform::unify::unify;
use crate::value::{Data, Elements, Marks, Others, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("coalesce", &[], Kind::Any, coalesce).rest(any("vals").null().unknown()),
    Function::new("coalescelist", &[], Kind::Any, coalesce_list).rest(any("vals").null().unknown()),
    Function::new(
        "compact",
        &[Parameter::new("list", Kind::ListOfString).unknown()],
        Kind::ListOfString,
        compact,
    ),
    Function::new("concat", &[], Kind::Any, concat).rest(any("seqs").unknown().marks()),
    Function::new("distinct", &[LIST], Kind::ListOfAny, distinct),
    Function::new("flatten", &[any("list").unknown().marks()], Kind::Any, flatten),
];

const LIST: Parameter = Parameter::new("list", Kind::ListOfAny).unknown();

/// The first argument that is neither null nor an empty string, as the type that all have in common.
fn coalesce(call: &Invocation<'_>) -> Outcome {
    let types: Vec<Type> = call.rest().iter().map(Value::ty).collect();
    let Some(ty) = unify(types.iter()) else {
        return Err(call.failure("all arguments must be of one type"));
    };
    for argument in call.rest() {
        // Terraform passes over what turns out to be of another type.
        let Ok(value) = convert(argument.clone(), &ty) else { continue };
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
        let ty = argument.ty();
        if !matches!(ty, Type::List(_) | Type::Tuple(_)) {
            let message = format!("a list or a tuple is required, but this is {ty}");
            return Err(error(index, message));
        }
    }
    for argument in call.rest() {
        match argument.items() {
            Some([]) => {}
            Some(_) => return Ok(argument.clone()),
            None if argument.is_null() => {}
            None => return Ok(call.unknown(Type::Dynamic, [argument])),
        }
    }
    Err(call.failure("every list is empty"))
}

fn concat(call: &Invocation<'_>) -> Outcome {
    let parts = call.rest();
    if parts.is_empty() {
        return Err(call.failure("at least one list is required"));
    }
    let types: Vec<Type> = parts.iter().map(Value::ty).collect();
    let is_typed = !types.contains(&Type::Dynamic);
    let wrong = |ty: &Type| !matches!(ty, Type::List(_) | Type::Tuple(_));
    // Terraform looks at the types only if all are known.
    if let Some((index, ty)) = types.iter().enumerate().find(|(_, ty)| is_typed && wrong(ty)) {
        return Err(error(index, format!("a list or a tuple is required, but this is {ty}")));
    }
    let of_lists: Vec<&Type> =
        types.iter().filter(|ty| matches!(ty, Type::List(_))).filter_map(Type::element).collect();
    let element = (of_lists.len() == types.len()).then(|| unify(of_lists.into_iter())).flatten();
    let marks = parts.iter().fold(Marks::NONE, |marks, part| marks.union(part.marks));
    let items = parts.iter().flat_map(elements);
    let joined = match element {
        element if !parts.iter().all(Value::is_known) => {
            let ty = match element {
                Some(element) => Type::List(element.into()),
                None => tuple_type(parts).unwrap_or(Type::Dynamic),
            };
            call.unknown(ty, parts).with_elements(Elements::join(parts.iter().map(Value::elements)))
        }
        Some(element) => {
            let items = items.map(|item| convert(item, &element));
            let items = items.collect::<Result<_, _>>().map_err(|message| call.failure(message))?;
            Value::list(element, items, call.origin())
        }
        None => Value::tuple(items.collect(), call.origin()),
    };
    Ok(joined.marked(marks))
}

/// The type of the tuple that comes of lists and tuples; `None` where it is not known how many elements there are.
fn tuple_type(parts: &[Value]) -> Option<Type> {
    let mut types = Vec::new();
    for part in parts {
        match (part.ty(), part.items()) {
            (Type::Tuple(own), _) => types.extend(own.iter().cloned()),
            (Type::List(element), Some(items)) => {
                types.extend(items.iter().map(|_| Type::clone(&element)));
            }
            _ => return None,
        }
    }
    Some(Type::Tuple(types.into()))
}

fn flatten(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let ty = list.ty();
    if !matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Dynamic) {
        return Err(sequence_required(&ty));
    }
    let mut flat = Flat { elements: Elements::NONE, marks: Marks::NONE, unknown: None };
    flat.add(list);
    let flattened = match flat.unknown {
        None => Value::tuple(flat.elements.certain, call.origin()),
        Some(unknown) => call.unknown(Type::Dynamic, [&unknown]).with_elements(flat.elements),
    };
    Ok(flattened.marked(flat.marks))
}

/// The elements of a sequence and of the sequences in it.
struct Flat {
    elements: Elements,
    marks: Marks,
    /// The first value that is, or may be, a sequence of which not all elements are known.
    unknown: Option<Value>,
}

impl Flat {
    /// Adds the elements of a list, and those of the lists among them.
    fn add(&mut self, list: &Value) {
        self.marks = self.marks.union(list.marks);
        if self.unknown.is_none() && !(list.is_known() && is_countable(list)) {
            self.unknown = Some(list.clone());
        }
        let Elements { certain, others } = list.elements();
        for item in certain {
            if may_be_sequence(&item) {
                self.add(&item);
            } else {
                self.elements.certain.push(item);
            }
        }
        let others = match others {
            Others::Like(item) if may_be_sequence(&item) => Others::Any,
            others => others,
        };
        let others = Elements { certain: Vec::new(), others };
        self.elements =
            Elements::join([std::mem::replace(&mut self.elements, Elements::NONE), others]);
    }
}

fn may_be_sequence(value: &Value) -> bool {
    match &value.data {
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => true,
        Data::Unknown(_) | Data::OneOf(_) => {
            matches!(value.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Dynamic)
        }
        Data::Null(_)
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(_)
        | Data::Map(..)
        | Data::Object(_) => false,
    }
}

fn compact(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let is_empty = |item: &Value| item.as_text().is_some_and(|text| text.is_empty());
    if list.is_wholly_known() {
        let kept = elements(list).filter(|item| !item.is_null() && !is_empty(item));
        return Ok(Value::list(Type::String, kept.collect(), call.origin()));
    }
    let Elements { certain, others } = list.elements();
    let kept = certain.into_iter().filter(|item| !item.is_null() && !is_empty(item)).map(|item| {
        let text = item.text_shape();
        // What is unknown may turn out to be empty, unless something is known of it.
        if item.is_known() || text.plain || !text.prefix.is_empty() {
            Elements { certain: vec![item], others: Others::None }
        } else {
            Elements { certain: Vec::new(), others: Others::Like(Box::new(item)) }
        }
    });
    let others = Elements { certain: Vec::new(), others };
    Ok(call.unknown(list.ty(), [list]).with_elements(Elements::join(kept.chain([others]))))
}

fn distinct(call: &Invocation<'_>) -> Outcome {
    let list = call.argument(0)?;
    let (true, Data::List(element, items)) = (list.is_wholly_known(), &list.data) else {
        return Ok(call.unknown(list.ty(), [list]).with_elements(list.elements()));
    };
    let mut seen = FxHashSet::default();
    let kept = items.iter().zip(elements(list)).filter(|(item, _)| seen.insert(identity(item)));
    Ok(Value::list(element.clone(), kept.map(|(_, item)| item).collect(), call.origin()))
}

/// What two known values of one type have in common if, and only if, they are equal.
pub(super) fn identity(value: &Value) -> (bool, Option<Cow<'_, str>>) {
    // Zero has two signs.
    let zero = value.as_number().filter(|number| number.is_zero()).map(|_| Cow::Borrowed("0"));
    let text = || value.as_text().or_else(|| value.to_json().map(Cow::Owned));
    (value.is_null(), zero.or_else(text))
}
