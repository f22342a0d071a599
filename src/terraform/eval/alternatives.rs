//! Values that are one of several, depending on a condition that can't be known.

use std::sync::Arc;

use super::Evaluator;
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::terraform::{ErrorKind, EvalError};
use crate::value::{Data, Marks, OneOf, Type, Unknown, Value};

/// No value has more alternatives than this, nested ones counted.
pub(super) const MAX_ARMS: usize = 8;

impl Evaluator<'_> {
    /// Calls `apply` for each alternative of its arguments. Arguments that depend on the same condition change together.
    ///
    /// To Terraform such an argument is unknown. So `apply` first sees it so: what is certain or wrong even then is the
    /// answer, and there are no more alternatives than can be listed. A single alternative that is wrong is no error,
    /// it gives an unknown value.
    pub(super) fn each_arm<const N: usize>(
        &self,
        span: Span,
        arguments: [Value; N],
        mut apply: impl FnMut([Value; N]) -> Result<Value, EvalError>,
    ) -> Result<Value, EvalError> {
        if !arguments.iter().any(is_one_of) {
            return apply(arguments);
        }
        let lost = |_| EvalError::limit(span, "an argument was lost");
        self.each_arm_of(span, arguments.into(), &mut |arguments| {
            apply(<[Value; N]>::try_from(arguments).map_err(lost)?)
        })
    }

    /// As [`Self::each_arm`], for any number of arguments.
    pub(super) fn each_arm_of(
        &self,
        span: Span,
        arguments: Vec<Value>,
        apply: &mut dyn FnMut(Vec<Value>) -> Result<Value, EvalError>,
    ) -> Result<Value, EvalError> {
        if !arguments.iter().any(is_one_of) {
            return apply(arguments);
        }
        let plain = apply(arguments.iter().cloned().map(Value::plain).collect())?;
        if plain.is_wholly_known() || combinations(&arguments) > MAX_ARMS {
            return Ok(plain);
        }
        self.distribute(span, arguments, &plain, apply)
    }

    /// `plain`: what is true of the answer whichever arm it comes of.
    fn distribute(
        &self,
        span: Span,
        arguments: Vec<Value>,
        plain: &Value,
        apply: &mut dyn FnMut(Vec<Value>) -> Result<Value, EvalError>,
    ) -> Result<Value, EvalError> {
        self.session.spend(1, span)?;
        let Some(one_of) = arguments.iter().find_map(|argument| match &argument.data {
            Data::OneOf(one_of) => Some(Arc::clone(one_of)),
            _ => None,
        }) else {
            return apply(arguments);
        };
        let mut arms = Vec::with_capacity(one_of.arms.len());
        for arm in 0..one_of.arms.len() {
            let chosen = arguments.iter().map(|argument| assume(argument, &one_of, arm)).collect();
            arms.push(match self.distribute(span, chosen, plain, apply) {
                Ok(value) => value,
                Err(error) if error.kind == ErrorKind::Value => {
                    let why = Why::at(error.message, error.span);
                    let unknown = match plain.as_unknown() {
                        Some(plain) => Unknown { why, ..plain.clone() },
                        None => Unknown::new(plain.ty(), why),
                    };
                    Value::from_unknown(unknown, Origin::at(span)).marked(plain.marks)
                }
                Err(error) => return Err(error),
            });
        }
        Ok(one_of_arms(&one_of, arms, Origin::at(span)))
    }
}

fn is_one_of(value: &Value) -> bool {
    matches!(value.data, Data::OneOf(_))
}

/// How many alternatives there are when each condition is tried both ways: an upper bound.
pub(super) fn combinations(arguments: &[Value]) -> usize {
    let mut conditions = Vec::new();
    let mut product = 1_usize;
    for argument in arguments {
        count_conditions(argument, &mut conditions, &mut product);
    }
    product
}

fn count_conditions(value: &Value, seen: &mut Vec<u64>, product: &mut usize) {
    let Data::OneOf(one_of) = &value.data else { return };
    if !seen.contains(&one_of.id) {
        seen.push(one_of.id);
        *product = product.saturating_mul(one_of.arms.len());
    }
    for arm in &one_of.arms {
        count_conditions(arm, seen, product);
    }
}

/// The value where the condition of `one_of` takes arm number `arm`.
fn assume(value: &Value, one_of: &OneOf, arm: usize) -> Value {
    let Data::OneOf(own) = &value.data else { return value.clone() };
    if own.id == one_of.id {
        let chosen = own.arms.get(arm).cloned().unwrap_or_else(|| value.clone().plain());
        return chosen.marked(value.marks);
    }
    let arms = own.arms.iter().map(|inner| assume(inner, one_of, arm)).collect();
    one_of_arms(own, arms, value.origin.clone()).marked(value.marks)
}

/// The alternatives of a condition. Their marks are the marks of the whole.
///
/// What Terraform knows of the value without the condition is known: a number that is the same in all arms, and how
/// many elements a list or a set has.
pub(super) fn one_of_arms(condition: &OneOf, arms: Vec<Value>, origin: Origin) -> Value {
    let marks = arms.iter().fold(Marks::NONE, |marks, arm| marks.union(arm.marks));
    if let Some(value) = common(&arms) {
        return value.marked(marks);
    }
    if let Some((ty, length)) = common_length(&arms) {
        let item = |index: usize| {
            let arms = arms
                .iter()
                .filter_map(|arm| Some(arm.items()?.get(index)?.clone().inside(&arm.origin)));
            one_of_arms(condition, arms.collect(), origin.clone())
        };
        let items: Vec<Value> = (0..length).map(item).collect();
        let value = match ty {
            Type::Set(element) => Value::set(Type::clone(&element), items, origin),
            ty => Value::list(ty.element().cloned().unwrap_or(Type::Dynamic), items, origin),
        };
        return value.marked(marks);
    }
    let one_of = OneOf { arms, ..condition.clone() };
    let value = Value::new(Data::OneOf(Arc::new(one_of)), origin).marked(marks);
    if leaves(&value) > MAX_ARMS { value.plain() } else { value }
}

fn leaves(value: &Value) -> usize {
    match &value.data {
        Data::OneOf(one_of) => one_of.arms.iter().map(leaves).sum(),
        _ => 1,
    }
}

/// The first arm, if it is a number or an empty collection and all others are the same.
fn common(arms: &[Value]) -> Option<Value> {
    let (first, rest) = arms.split_first()?;
    let settles = match &first.data {
        Data::Number(_) => true,
        Data::List(_, items) | Data::Set(_, items) => items.is_empty(),
        Data::Map(_, entries) => entries.is_empty(),
        _ => false,
    };
    (settles && rest.iter().all(|arm| arm.data == first.data)).then(|| first.clone())
}

/// The type and the length of lists, or of sets of one element, if all arms have the same.
fn common_length(arms: &[Value]) -> Option<(Type, usize)> {
    let sequence = |arm: &Value| match &arm.data {
        Data::List(_, items) => Some((arm.ty(), items.len())),
        // What is unknown of longer ones may turn out to be equal.
        Data::Set(_, items) if items.len() == 1 => Some((arm.ty(), 1)),
        _ => None,
    };
    let (first, rest) = arms.split_first()?;
    let first = sequence(first)?;
    rest.iter().all(|arm| sequence(arm).as_ref() == Some(&first)).then_some(first)
}
