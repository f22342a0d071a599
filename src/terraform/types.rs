//! Type constraints of variables: [`Constraint`].
//!
//! Source: "Type Constraints" in Terraform's documentation; `optional` with the rules of HCL's `typeexpr`.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use super::EvalError;
use super::convert::convert;
use super::eval::{Evaluator, Source};
use crate::syntax::hcl::ast::{Call, Expr, ExprKind, Part, Template};
use crate::value::{Data, Entries, Entry, OneOf, Type, Value, normalize};

/// A type whose objects may have optional attributes.
#[derive(Clone, PartialEq, Debug)]
pub struct Constraint {
    /// The type of a value that meets it.
    ty: Type,
    shape: Shape,
    /// The defaults that an overridden constraint left, which are filled in first.
    inherited: Shape,
}

/// What the type does not say: where attributes are optional.
#[derive(Clone, PartialEq, Debug)]
enum Shape {
    /// Nowhere.
    Plain,
    Elements(Box<Shape>),
    Tuple(Vec<Shape>),
    Object(BTreeMap<SmolStr, Attribute>),
}

#[derive(Clone, PartialEq, Debug)]
struct Attribute {
    ty: Type,
    shape: Shape,
    optional: bool,
    default: Option<Value>,
}

impl Constraint {
    /// `any`
    pub const ANY: Self = Self::new(Type::Dynamic, Shape::Plain);

    const fn new(ty: Type, shape: Shape) -> Self {
        Self { ty, shape, inherited: Shape::Plain }
    }

    /// Reads the `type` argument of a variable. The old forms `list`, `map` and `"string"` are accepted too.
    ///
    /// # Errors
    /// Where it is no type.
    pub fn parse(
        evaluator: &Evaluator<'_>,
        source: &Source,
        expr: &Expr,
    ) -> Result<Self, EvalError> {
        let any_of =
            |make: fn(Arc<Type>) -> Type| Self::new(make(Arc::new(Type::Dynamic)), Shape::Plain);
        match keyword(source, expr) {
            Some("list") => Ok(any_of(Type::List)),
            Some("map") => Ok(any_of(Type::Map)),
            _ => Reader { evaluator, source }.constraint(expr),
        }
    }

    /// The type of a value that meets it; its dynamic parts stand for any type.
    pub const fn ty(&self) -> &Type {
        &self.ty
    }

    /// The value as one that meets the constraint: defaults are filled in, then it is converted.
    ///
    /// # Errors
    /// As [`convert`].
    pub fn convert(&self, value: Value) -> Result<Value, String> {
        convert(self.shape.fill(self.inherited.fill(value)), &self.ty)
    }

    /// The constraint in force where an override file replaces this one. Terraform keeps the defaults of the overridden
    /// one, and takes no notice of the newer ones (`Variable.merge` in its `module_merge.go`).
    #[must_use]
    pub fn overridden_by(self, newer: Self) -> Self {
        let inherited = self.shape.map(&|attribute| Attribute { optional: false, ..attribute });
        let shape = newer.shape.map(&|attribute| Attribute { default: None, ..attribute });
        Self { inherited, shape, ..newer }
    }

    fn elements(make: fn(Arc<Type>) -> Type, element: Self) -> Self {
        let shape = match element.shape {
            Shape::Plain => Shape::Plain,
            other => Shape::Elements(Box::new(other)),
        };
        Self::new(make(Arc::new(element.ty)), shape)
    }
}

impl Shape {
    /// With all attributes changed.
    fn map(self, change: &dyn Fn(Attribute) -> Attribute) -> Self {
        match self {
            Self::Plain => Self::Plain,
            Self::Elements(element) => Self::Elements(Box::new(element.map(change))),
            Self::Tuple(items) => {
                Self::Tuple(items.into_iter().map(|item| item.map(change)).collect())
            }
            Self::Object(attributes) => {
                let attributes = attributes.into_iter().map(|(name, attribute)| {
                    let shape = attribute.shape.map(change);
                    (name, change(Attribute { shape, ..attribute }))
                });
                Self::Object(attributes.collect())
            }
        }
    }

    /// The value with all attributes that its type allows to be left out. A default also stands in for null.
    fn fill(&self, value: Value) -> Value {
        if *self == Self::Plain {
            return value;
        }
        let (origin, marks) = (value.origin.clone(), value.marks);
        let filled = match (self, &value.data) {
            (_, Data::OneOf(one_of)) => {
                let arms = one_of.arms.iter().map(|arm| self.fill(arm.clone())).collect();
                Value::new(Data::OneOf(Arc::new(OneOf { arms, ..OneOf::clone(one_of) })), origin)
            }
            (
                Self::Elements(element),
                Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items),
            ) => {
                Value::tuple(items.iter().map(|item| element.fill(item.clone())).collect(), origin)
            }
            (Self::Elements(element), Data::Map(_, entries) | Data::Object(entries)) => {
                let entries = entries
                    .iter()
                    .map(|(key, entry)| (key.clone(), entry.map(|value| element.fill(value))));
                Value::object(entries.collect(), origin)
            }
            (
                Self::Tuple(shapes),
                Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items),
            ) => {
                let shapes = shapes.iter().chain(std::iter::repeat(&Self::Plain));
                let items = items.iter().zip(shapes).map(|(item, shape)| shape.fill(item.clone()));
                Value::tuple(items.collect(), origin)
            }
            (Self::Object(attributes), Data::Map(_, entries) | Data::Object(entries)) => {
                Value::object(fill_object(attributes, entries, &value), origin)
            }
            _ => return value,
        };
        filled.marked(marks)
    }
}

fn fill_object(
    attributes: &BTreeMap<SmolStr, Attribute>,
    entries: &Entries,
    object: &Value,
) -> Entries {
    let filled = attributes.iter().filter_map(|(name, attribute)| {
        let given = entries.get(name);
        let entry = match (given, &attribute.default) {
            (Some(entry), Some(default)) if entry.value.is_null() => {
                entry.map(|_| attribute.shape.fill(default.clone()))
            }
            (Some(entry), _) => entry.map(|value| attribute.shape.fill(value)),
            (None, Some(default)) => Entry::new(None, attribute.shape.fill(default.clone())),
            (None, None) if attribute.optional => {
                Entry::new(None, Value::null(attribute.ty.clone(), object.origin.clone()))
            }
            (None, None) => return None,
        };
        Some((name.clone(), entry))
    });
    entries.clone().into_iter().chain(filled).collect()
}

/// Reads constraints of one text.
struct Reader<'r> {
    evaluator: &'r Evaluator<'r>,
    source: &'r Source,
}

impl Reader<'_> {
    fn constraint(&self, expr: &Expr) -> Result<Constraint, EvalError> {
        let plain = |ty| Ok(Constraint::new(ty, Shape::Plain));
        match (keyword(self.source, expr), &expr.kind) {
            (Some("any"), _) => plain(Type::Dynamic),
            (Some("bool"), _) => plain(Type::Bool),
            (Some("number"), _) => plain(Type::Number),
            (Some("string"), _) => plain(Type::String),
            (None, ExprKind::Call(call)) => self.constructor(expr, call),
            (None, ExprKind::Paren(inner)) => self.constraint(inner),
            _ => Err(self.error(expr, "this is no type")),
        }
    }

    fn constructor(&self, expr: &Expr, call: &Call) -> Result<Constraint, EvalError> {
        let name = call.name.of(&self.source.text);
        let [argument] = call.arguments.as_slice() else {
            return Err(self.error(expr, "a type of this kind takes one argument"));
        };
        match (name, &argument.kind) {
            (b"list", _) => Ok(Constraint::elements(Type::List, self.constraint(argument)?)),
            (b"set", _) => Ok(Constraint::elements(Type::Set, self.constraint(argument)?)),
            (b"map", _) => Ok(Constraint::elements(Type::Map, self.constraint(argument)?)),
            (b"tuple", ExprKind::Tuple(items)) => {
                let items: Result<Vec<Constraint>, EvalError> =
                    items.iter().map(|item| self.constraint(item)).collect();
                let items = items?;
                let shapes: Vec<Shape> = items.iter().map(|item| item.shape.clone()).collect();
                let plain = shapes.iter().all(|shape| *shape == Shape::Plain);
                let ty = Type::Tuple(items.into_iter().map(|item| item.ty).collect());
                Ok(Constraint::new(ty, if plain { Shape::Plain } else { Shape::Tuple(shapes) }))
            }
            (b"object", ExprKind::Object(_)) => self.object(argument),
            _ => Err(self.error(expr, "this is no type")),
        }
    }

    fn object(&self, expr: &Expr) -> Result<Constraint, EvalError> {
        let ExprKind::Object(items) = &expr.kind else {
            return Err(self.error(expr, "this is no type"));
        };
        let mut attributes = BTreeMap::new();
        for item in items {
            let name = attribute_name(self.source, &item.key)
                .ok_or_else(|| self.error(&item.key, "the name of an attribute is needed"))?;
            attributes.insert(name, self.attribute(&item.value)?);
        }
        let types = attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone()));
        let ty = Type::Object(Arc::new(types.collect()));
        let plain = attributes
            .values()
            .all(|attribute| !attribute.optional && attribute.shape == Shape::Plain);
        let shape = if plain { Shape::Plain } else { Shape::Object(attributes) };
        Ok(Constraint::new(ty, shape))
    }

    /// A type, or `optional(type, default)`.
    fn attribute(&self, expr: &Expr) -> Result<Attribute, EvalError> {
        let arguments = match &expr.kind {
            ExprKind::Call(call) if call.name.of(&self.source.text) == b"optional" => {
                call.arguments.as_slice()
            }
            _ => {
                let Constraint { ty, shape, .. } = self.constraint(expr)?;
                return Ok(Attribute { ty, shape, optional: false, default: None });
            }
        };
        let (ty, default) = match arguments {
            [ty] => (ty, None),
            [ty, default] => (ty, Some(default)),
            _ => return Err(self.error(expr, "`optional` takes a type and perhaps a default")),
        };
        let constraint = self.constraint(ty)?;
        let default = match default {
            Some(default) => {
                let value = self.evaluator.eval(self.source, default)?;
                let value = constraint.convert(value).map_err(|why| {
                    self.error(default, &format!("this default does not fit: {why}"))
                })?;
                (!value.is_null()).then_some(value)
            }
            None => None,
        };
        Ok(Attribute { ty: constraint.ty, shape: constraint.shape, optional: true, default })
    }

    fn error(&self, expr: &Expr, message: &str) -> EvalError {
        EvalError::new(self.source.span(expr.range), message)
    }
}

/// A bare word, or one in quotes as before Terraform 0.12.
fn keyword<'s>(source: &'s Source, expr: &'s Expr) -> Option<&'s str> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(name.text(&source.text)),
        ExprKind::Template(template) => literal(source, template),
        _ => None,
    }
}

fn attribute_name(source: &Source, key: &Expr) -> Option<SmolStr> {
    keyword(source, key).map(|name| normalize(name).into())
}

fn literal<'s>(source: &'s Source, template: &'s Template) -> Option<&'s str> {
    match template.parts.as_slice() {
        [Part::Literal(literal)] => Some(literal.text(&source.text)),
        _ => None,
    }
}
