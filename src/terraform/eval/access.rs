//! Attributes, indexes and splats.

use super::{Context, Evaluator, name_of};
use crate::number::Number;
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::syntax::hcl::ast::Step;
use crate::terraform::EvalError;
use crate::terraform::convert::convert;
use crate::value::{Data, Entries, Marks, Type, Value};

impl Evaluator<'_> {
    /// Applies steps to a value, from left to right.
    pub(super) fn steps(
        &self,
        context: Context<'_>,
        base: Value,
        steps: &[Step],
    ) -> Result<Value, EvalError> {
        let mut value = base;
        for step in steps {
            let span = context.source.span(step.range());
            value = match step {
                Step::Attribute { name, .. } => {
                    let name = name_of(context, *name);
                    self.each_arm(span, [value], |[value]| attribute(&value, &name, span))?
                }
                Step::Index { key, .. } => {
                    let key = self.expr(context, key)?;
                    self.each_arm(span, [value, key], |[value, key]| index(&value, &key, span))?
                }
                Step::LegacyIndex { digits, .. } => {
                    let digits =
                        std::str::from_utf8(digits.of(&context.source.text)).unwrap_or_default();
                    let number = Number::parse(digits)
                        .ok_or_else(|| EvalError::limit(span, "this index is too large"))?;
                    let key = Value::number(number, Origin::at(span));
                    self.each_arm(span, [value], |[value]| index(&value, &key, span))?
                }
                Step::AttributeSplat { each, .. } | Step::FullSplat { each, .. } => {
                    self.each_arm(span, [value], |[value]| self.splat(context, &value, each, span))?
                }
            };
        }
        Ok(value)
    }

    fn splat(
        &self,
        context: Context<'_>,
        value: &Value,
        each: &[Step],
        span: Span,
    ) -> Result<Value, EvalError> {
        let origin = Origin::at(span);
        let marks = value.marks;
        let ty = match &value.data {
            Data::Unknown(unknown) if unknown.attributes.is_none() => unknown.ty.clone(),
            Data::Null(ty) => ty.clone(),
            Data::List(element, items) | Data::Set(element, items) => {
                let items = self.splat_items(context, value, items, each, span)?;
                let element = match items.first() {
                    Some(first) => first.ty(),
                    None => self.splat_type(context, element, each, span)?,
                };
                return Ok(Value::list(element, items, origin).marked(marks));
            }
            Data::Tuple(items) => {
                let items = self.splat_items(context, value, items, each, span)?;
                return Ok(Value::tuple(items, origin).marked(marks));
            }
            Data::Unknown(_)
            | Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::Map(..)
            | Data::Object(_)
            | Data::OneOf(_) => {
                let item = self.steps(context, value.clone(), each)?;
                return Ok(Value::tuple(vec![item], origin).marked(marks));
            }
        };
        match (&value.data, ty) {
            (Data::Null(_), Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
                Err(EvalError::new(span, "a splat can't be applied to null"))
            }
            (Data::Null(_), _) => Ok(Value::tuple(Vec::new(), origin).marked(marks)),
            (_, Type::List(element) | Type::Set(element)) => {
                let element = self.splat_type(context, &element, each, span)?;
                Ok(not_null_like(value, Type::List(element.into()), origin))
            }
            (_, Type::Tuple(types)) => {
                let items = types.iter().map(|ty| self.splat_type(context, ty, each, span));
                let types: Result<Vec<Type>, EvalError> = items.collect();
                Ok(not_null_like(value, Type::Tuple(types?.into()), origin))
            }
            (_, Type::Dynamic) => Ok(unknown_like(value, Type::Dynamic, origin)),
            _ => {
                let item = self.steps(context, value.clone(), each)?;
                if value.is_not_null() {
                    Ok(Value::tuple(vec![item], origin).marked(marks))
                } else {
                    Ok(unknown_like(value, Type::Dynamic, origin))
                }
            }
        }
    }

    fn splat_items(
        &self,
        context: Context<'_>,
        whole: &Value,
        items: &[Value],
        each: &[Step],
        span: Span,
    ) -> Result<Vec<Value>, EvalError> {
        self.session.spend(items.len() as u64, span)?;
        items.iter().map(|item| self.steps(context, element(whole, item), each)).collect()
    }

    /// The type of what is taken from an element of type `element`.
    fn splat_type(
        &self,
        context: Context<'_>,
        element: &Type,
        each: &[Step],
        span: Span,
    ) -> Result<Type, EvalError> {
        let why = Why::at("it stands for any element", span);
        let element = Value::unknown_of(element.clone(), why, Origin::at(span));
        self.steps(context, element, each).map(|value| value.ty())
    }
}

/// An unknown value because `value` is unknown, with its marks.
pub(super) fn unknown_like(value: &Value, ty: Type, origin: Origin) -> Value {
    Value::unknown_of(ty, why_unknown(value, &origin), origin).marked(value.all_marks())
}

/// As [`unknown_like`], but certainly not null.
fn not_null_like(value: &Value, ty: Type, origin: Origin) -> Value {
    Value::unknown_not_null(ty, why_unknown(value, &origin), origin).marked(value.all_marks())
}

fn why_unknown(value: &Value, origin: &Origin) -> Why {
    value.why().cloned().unwrap_or_else(|| Why::at("it can't be known", origin.span))
}

/// `value.name`
fn attribute(value: &Value, name: &str, span: Span) -> Result<Value, EvalError> {
    let missing = || EvalError::new(span, format!("there is no attribute `{name}`"));
    let found = match &value.data {
        Data::Null(_) => {
            return Err(EvalError::new(span, format!("null has no attribute `{name}`")));
        }
        Data::Object(entries) => {
            entries.get(name).map(|entry| element(value, &entry.value)).ok_or_else(missing)?
        }
        Data::Map(_, entries) => {
            entries.get(name).map(|entry| element(value, &entry.value)).ok_or_else(|| {
                EvalError::new(span, format!("there is no element `{name}` in this map"))
            })?
        }
        Data::Unknown(unknown) => {
            let known = unknown.attributes.as_deref().and_then(|entries| entries.get(name));
            match (known, &unknown.ty) {
                (Some(entry), _) => element(value, &entry.value),
                (None, Type::Dynamic) => unknown_like(value, Type::Dynamic, value.origin.clone()),
                (None, Type::Map(element)) => {
                    unknown_like(value, Type::clone(element), value.origin.clone())
                }
                (None, Type::Object(types)) => {
                    let ty = types.get(name).cloned();
                    // Attributes that nothing is known of are left out of the type of a resource.
                    let ty =
                        if unknown.attributes.is_some() { ty.or(Some(Type::Dynamic)) } else { ty };
                    unknown_like(value, ty.ok_or_else(missing)?, value.origin.clone())
                }
                (None, other) => return Err(no_attributes(other, name, span)),
            }
        }
        Data::Bool(_)
        | Data::Number(_)
        | Data::String(_)
        | Data::List(..)
        | Data::Set(..)
        | Data::Tuple(_)
        | Data::OneOf(_) => return Err(no_attributes(&value.ty(), name, span)),
    };
    Ok(found.marked(value.marks))
}

/// An element, which came the way that the whole came.
fn element(whole: &Value, element: &Value) -> Value {
    element.clone().inside(&whole.origin)
}

fn no_attributes(ty: &Type, name: &str, span: Span) -> EvalError {
    EvalError::new(span, format!("a {ty} has no attribute `{name}`"))
}

/// `value[key]`
pub(super) fn index(value: &Value, key: &Value, span: Span) -> Result<Value, EvalError> {
    if value.is_null() {
        return Err(EvalError::new(span, "null has no elements"));
    }
    if key.is_null() {
        return Err(EvalError::new(span, "null can't be an index"));
    }
    if key.marks != Marks::NONE && is_object(value) {
        // Terraform forgets the marks of a key that names an attribute.
        return index(value, &key.clone().without_marks(), span);
    }
    if key.as_unknown().is_some_and(|unknown| unknown.ty == Type::Dynamic) {
        return Ok(unknown_like(key, Type::Dynamic, value.origin.clone()).marked(value.marks));
    }
    let found = match &value.data {
        Data::List(element, items) => match position(key, items.len(), span)? {
            Some(position) => items.get(position).map(|item| self::element(value, item)),
            None => Some(unknown_like(key, element.clone(), value.origin.clone())),
        },
        Data::Tuple(items) => match position(key, items.len(), span)? {
            Some(position) => items.get(position).map(|item| element(value, item)),
            None => Some(unknown_like(key, Type::Dynamic, value.origin.clone())),
        },
        Data::Map(element, entries) => named(entries, key, element, value, span)?,
        Data::Object(entries) => named(entries, key, &Type::Dynamic, value, span)?,
        Data::Unknown(unknown) => Some(index_unknown(value, &unknown.ty, key, span)?),
        Data::OneOf(_) => Some(unknown_like(value, Type::Dynamic, value.origin.clone())),
        Data::Set(..) => return Err(EvalError::new(span, "the elements of a set have no index")),
        Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {
            return Err(EvalError::new(span, format!("a {} has no elements", value.ty())));
        }
    };
    let found = found.ok_or_else(|| EvalError::new(span, "there is no such element"))?;
    Ok(found.marked(value.marks.union(key.marks)))
}

fn is_object(value: &Value) -> bool {
    match &value.data {
        Data::Object(_) => true,
        Data::Unknown(unknown) => match unknown.ty {
            Type::Object(_) => true,
            Type::Dynamic => unknown.attributes.is_some(),
            _ => false,
        },
        _ => false,
    }
}

fn index_unknown(value: &Value, ty: &Type, key: &Value, span: Span) -> Result<Value, EvalError> {
    let unknown = |ty: &Type| unknown_like(value, ty.clone(), value.origin.clone());
    match ty {
        Type::List(element) => position(key, usize::MAX, span).map(|_| unknown(element)),
        Type::Tuple(types) => {
            let position = position(key, types.len(), span)?;
            Ok(unknown(position.and_then(|position| types.get(position)).unwrap_or(&Type::Dynamic)))
        }
        Type::Map(_) | Type::Object(_) | Type::Dynamic => match convert(key.clone(), &Type::String)
        {
            Ok(name) => match name.as_text() {
                // Terraform forgets here of which type the attribute is, and even whether there is one.
                Some(name) => match attribute(value, &name, span) {
                    Ok(found) if found.is_known() || !matches!(ty, Type::Object(_)) => Ok(found),
                    Ok(found) => Ok(unknown_like(&found, Type::Dynamic, found.origin.clone())),
                    Err(_) if matches!(ty, Type::Object(_)) => Ok(unknown(&Type::Dynamic)),
                    Err(error) => Err(error),
                },
                None => Ok(unknown(ty.element().unwrap_or(&Type::Dynamic))),
            },
            Err(_) if *ty == Type::Dynamic => Ok(unknown(&Type::Dynamic)),
            Err(why) => Err(wrong_index(&why, span)),
        },
        Type::Set(_) => Err(EvalError::new(span, "the elements of a set have no index")),
        Type::Bool | Type::Number | Type::String => {
            Err(EvalError::new(span, format!("a {ty} has no elements")))
        }
    }
}

/// Which of `length` elements a key names; `None` where that can't be known.
fn position(key: &Value, length: usize, span: Span) -> Result<Option<usize>, EvalError> {
    let key = convert(key.clone(), &Type::Number).map_err(|why| wrong_index(&why, span))?;
    let Some(number) = key.as_number() else { return Ok(None) };
    match number.to_i64().map(usize::try_from) {
        Some(Ok(position)) if position < length => Ok(Some(position)),
        Some(Ok(_)) => Err(wrong_index(&format!("there are {length} elements"), span)),
        Some(Err(_)) | None => {
            Err(wrong_index("a whole number that is not negative is required", span))
        }
    }
}

/// The entry that a key names; an unknown of type `element` where it can't be known which one.
fn named(
    entries: &Entries,
    key: &Value,
    element: &Type,
    value: &Value,
    span: Span,
) -> Result<Option<Value>, EvalError> {
    let key = convert(key.clone(), &Type::String).map_err(|why| wrong_index(&why, span))?;
    let Some(name) = key.as_text() else {
        return Ok(Some(unknown_like(&key, element.clone(), value.origin.clone())));
    };
    match entries.get(&name) {
        Some(entry) => Ok(Some(self::element(value, &entry.value))),
        None => Err(EvalError::new(span, format!("there is no element `{name}`"))),
    }
}

fn wrong_index(why: &str, span: Span) -> EvalError {
    EvalError::new(span, format!("this index does not name an element: {why}"))
}
