//! Values that depend, anywhere inside, on conditions that can't be known.

use std::sync::Arc;

use crate::value::{Data, OneOf, Value};

/// No document has more alternatives than this.
pub(super) const MAX: usize = 16;

/// How many alternatives there are when each condition is tried both ways: an upper bound.
pub(super) fn count(value: &Value) -> usize {
    let mut seen: Vec<u64> = Vec::new();
    let mut product = 1_usize;
    value.visit_alternatives(&mut |one_of| {
        if !seen.contains(&one_of.id) && product <= MAX {
            seen.push(one_of.id);
            product = product.saturating_mul(one_of.arms.len());
        }
    });
    product
}

/// The first of the conditions.
pub(super) fn first(value: &Value) -> Option<Arc<OneOf>> {
    let mut first = None;
    value.visit_alternatives(&mut |one_of| {
        first.get_or_insert_with(|| Arc::clone(one_of));
    });
    first
}

/// The value where the condition of `one_of` takes arm number `arm`.
pub(super) fn assume(value: &Value, one_of: &OneOf, arm: usize) -> Value {
    value.map_alternatives(&|own| {
        if own.id == one_of.id { own.arms.get(arm).cloned() } else { None }
    })
}

/// The value with each alternative unknown.
pub(super) fn give_up(value: &Value) -> Value {
    value.map_alternatives(&|one_of| {
        let origin = one_of.arms.first()?.origin.clone();
        Some(Value::new(Data::OneOf(Arc::new(one_of.clone())), origin).plain())
    })
}
