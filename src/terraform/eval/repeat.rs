//! `[for …]` and `{for …}`

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use smol_str::SmolStr;

use super::access::unknown_like;
use super::scope::{Scope, Turn};
use super::{Context, Evaluator, name_of};
use crate::number::Number;
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::syntax::hcl::ast::{Expr, For, Ident};
use crate::terraform::EvalError;
use crate::terraform::convert::convert;
use crate::value::{Data, Elements, Entry, Marks, Others, Type, Value};

/// What is left open while the turns are taken.
struct Collected {
    items: Vec<Value>,
    entries: BTreeMap<SmolStr, Entry>,
    groups: BTreeMap<SmolStr, (Origin, Vec<Value>)>,
    marks: Marks,
    /// The first thing that can't be known and without which the result can't be known either.
    unknown: Option<Value>,
}

impl Collected {
    /// A key or a condition as what it is used for. Once the result can't be known any more, Terraform passes over one
    /// that can't be used: `None`.
    fn usable(
        &self,
        value: Value,
        ty: &Type,
        (purpose, span): (&str, Span),
    ) -> Result<Option<Value>, EvalError> {
        match usable(value, ty) {
            Ok(value) => Ok(Some(value)),
            Err(_) if self.unknown.is_some() => Ok(None),
            Err(why) => Err(unusable(purpose, span, &why)),
        }
    }
}

fn usable(value: Value, ty: &Type) -> Result<Value, String> {
    if value.is_null() { Err("it is null".to_owned()) } else { convert(value, ty) }
}

fn unusable(purpose: &str, span: Span, why: &str) -> EvalError {
    EvalError::new(span, format!("this can't be {purpose}: {why}"))
}

impl Evaluator<'_> {
    pub(super) fn repeat(
        &self,
        context: Context<'_>,
        repeat: &For,
        span: Span,
    ) -> Result<Value, EvalError> {
        let collection = self.expr(context, &repeat.collection)?;
        self.each_arm(span, [collection], |[collection]| {
            self.repeat_over(context, repeat, &collection, span)
        })
    }

    fn repeat_over(
        &self,
        context: Context<'_>,
        repeat: &For,
        collection: &Value,
        span: Span,
    ) -> Result<Value, EvalError> {
        let mut collected = Collected {
            items: Vec::new(),
            entries: BTreeMap::new(),
            groups: BTreeMap::new(),
            marks: collection.marks,
            unknown: None,
        };
        let names = (repeat.key_name, repeat.value_name);
        let collection_span = context.source.span(repeat.collection.range);
        let mut taken = false;
        let known = self.turns(context, names, collection, collection_span, &mut |turn| {
            taken = true;
            self.turn(turn, repeat, &mut collected)
        })?;
        if !taken && let Some(condition) = &repeat.condition {
            let marks = self.check_condition(context, names, condition, collection)?;
            collected.marks = collected.marks.union(marks);
        }
        let origin = Origin::at(span);
        let value = match (known, collected.unknown) {
            (false, _) => unknown_like(collection, Type::Dynamic, origin)
                .with_elements(self.elements(context, repeat, collection)),
            (true, Some(unknown)) => {
                let certain = if repeat.key.is_none() { collected.items } else { Vec::new() };
                unknown_like(&unknown, Type::Dynamic, origin)
                    .with_elements(Elements { certain, others: Others::Any })
            }
            (true, None) if repeat.key.is_none() => Value::tuple(collected.items, origin),
            (true, None) => {
                let groups = collected.groups.into_iter().map(|(key, (key_origin, values))| {
                    (key, Entry::new(Some(key_origin), Value::tuple(values, origin.clone())))
                });
                let entries = collected.entries.into_iter().chain(groups);
                Value::object(entries.collect(), origin)
            }
        };
        Ok(value.marked(collected.marks))
    }

    /// Terraform looks at the condition also where there is no element to try it on. What it is marked with is so of
    /// the result.
    fn check_condition(
        &self,
        context: Context<'_>,
        (key_name, value_name): (Option<Ident>, Ident),
        condition: &Expr,
        collection: &Value,
    ) -> Result<Marks, EvalError> {
        if collection.as_unknown().is_some_and(|unknown| unknown.ty == Type::Dynamic) {
            return Ok(Marks::NONE);
        }
        let any = || {
            let why = Why::at("it stands for any element", collection.origin.span);
            Value::unknown(why, collection.origin.clone())
        };
        let key_name = key_name.map(|name| name_of(context, name));
        let key = key_name.as_deref().map(|name| (name, any()));
        let value_name = name_of(context, value_name);
        let turn = Turn { key, value: (&value_name, any()), index: 0, outer: context.scope };
        let value = self.expr(Context { scope: Scope::Turn(&turn), ..context }, condition)?;
        usable(value, &Type::Bool)
            .map(|condition| condition.marks)
            .map_err(|why| unusable("a condition", context.source.span(condition.range), &why))
    }

    /// What is known of the items that come of a collection whose elements are not all known.
    fn elements(&self, context: Context<'_>, repeat: &For, collection: &Value) -> Elements {
        if repeat.key.is_some() {
            return Elements::ANY;
        }
        let value_name = name_of(context, repeat.value_name);
        let key_name = repeat.key_name.map(|name| name_of(context, name));
        let mut index = 0;
        let mut item = |element: &Value| {
            let why = element.why().or(collection.why())?.clone();
            let key = Value::unknown(why, collection.origin.clone());
            let key = key_name.as_deref().map(|name| (name, key));
            let value = (&*value_name, element.clone());
            let turn = Turn { key, value, index, outer: context.scope };
            index += 1;
            self.expr(Context { scope: Scope::Turn(&turn), ..context }, &repeat.value).ok()
        };
        let others = item(&collection.any_element());
        let others = others.map_or(Others::Any, |value| Others::Like(Box::new(value)));
        if repeat.condition.is_some() {
            return Elements { certain: Vec::new(), others };
        }
        let elements = collection.elements();
        let certain = elements.certain.iter().filter_map(item);
        Elements { certain: certain.collect(), others }
    }

    /// Calls `body` for each element, in order; `false` where the elements can't be known.
    pub(super) fn turns(
        &self,
        context: Context<'_>,
        (key_name, value_name): (Option<Ident>, Ident),
        collection: &Value,
        span: Span,
        body: &mut dyn FnMut(Context<'_>) -> Result<(), EvalError>,
    ) -> Result<bool, EvalError> {
        let key_name = key_name.map(|name| name_of(context, name));
        let value_name = name_of(context, value_name);
        let mut take = |index: usize, key: Value, value: Value| {
            self.session.spend(1, span)?;
            let key = key_name.as_deref().map(|name| (name, key));
            let turn = Turn { key, value: (&value_name, value), index, outer: context.scope };
            body(Context { scope: Scope::Turn(&turn), ..context })
        };
        match &collection.data {
            Data::List(_, items) | Data::Tuple(items) => {
                for (index, item) in items.iter().enumerate() {
                    take(
                        index,
                        Value::number(Number::from_count(index), item.origin.clone()),
                        item.clone().inside(&collection.origin),
                    )?;
                }
            }
            Data::Set(_, items) => {
                for (index, item) in items.iter().enumerate() {
                    let item = item.clone().inside(&collection.origin);
                    take(index, item.clone(), item)?;
                }
            }
            Data::Map(_, entries) | Data::Object(entries) => {
                for (index, (key, entry)) in entries.iter().enumerate() {
                    let origin = entry.key_origin.as_ref().unwrap_or(&entry.value.origin);
                    take(
                        index,
                        Value::string(key.clone(), origin.inside(&collection.origin)),
                        entry.value.clone().inside(&collection.origin),
                    )?;
                }
            }
            Data::Unknown(unknown) if !unknown.ty.is_primitive() => return Ok(false),
            Data::OneOf(_) => return Ok(false),
            Data::Null(_) => return Err(EvalError::new(span, "null can't be iterated over")),
            Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {
                return Err(EvalError::new(
                    span,
                    format!("a {} can't be iterated over", collection.ty()),
                ));
            }
        }
        Ok(true)
    }

    fn turn(
        &self,
        context: Context<'_>,
        repeat: &For,
        collected: &mut Collected,
    ) -> Result<(), EvalError> {
        if let Some(condition) = &repeat.condition
            && !self.included(context, condition, collected)?
        {
            return Ok(());
        }
        let Some(key) = &repeat.key else {
            collected.items.push(self.expr(context, &repeat.value)?);
            return Ok(());
        };
        let key_span = context.source.span(key.range);
        let key = self.expr(context, key)?;
        let Some(key) = collected.usable(key, &Type::String, ("a key", key_span))? else {
            return Ok(());
        };
        collected.marks = collected.marks.union(key.marks);
        let Some(name) = key.as_text() else {
            collected.unknown.get_or_insert(key);
            return Ok(());
        };
        let name: SmolStr = name.into();
        let value = self.expr(context, &repeat.value)?;
        if repeat.group.is_some() {
            collected.groups.entry(name).or_insert_with(|| (key.origin, Vec::new())).1.push(value);
            return Ok(());
        }
        match collected.entries.entry(name) {
            Slot::Vacant(slot) => {
                slot.insert(Entry::new(Some(key.origin), value));
                Ok(())
            }
            Slot::Occupied(slot) => {
                Err(EvalError::new(key_span, format!("two items have the key `{}`", slot.key())))
            }
        }
    }

    /// Does the `if` of a `for` hold?
    fn included(
        &self,
        context: Context<'_>,
        condition: &Expr,
        collected: &mut Collected,
    ) -> Result<bool, EvalError> {
        let span = context.source.span(condition.range);
        let condition = self.expr(context, condition)?;
        let Some(condition) = collected.usable(condition, &Type::Bool, ("a condition", span))?
        else {
            return Ok(false);
        };
        collected.marks = collected.marks.union(condition.marks);
        if condition.as_bool().is_none() {
            collected.unknown.get_or_insert(condition.clone());
        }
        Ok(condition.as_bool().unwrap_or(false))
    }
}
