//! Evaluation of expressions: [`Evaluator`].
//!
//! What a name such as `var` or `local` stands for is asked of [`References`]; the language itself is here: operators,
//! conversions, templates, `for`, splats. It answers as Terraform 1.11 does, but for two things. `&&` and `||` don't
//! look at their right operand where the left one decides, as Terraform does from 1.12 on. And where Terraform gives
//! up on a value, as much as can be known is kept: a string with unknown parts, both arms of a conditional.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHasher;

use super::EvalError;
use super::convert::convert;
use crate::disk::Disk;
use crate::number::Number;
use crate::origin::{HopKind, Origin};
use crate::source::{FileId, Sources, Span, TextRange};
use crate::syntax::hcl::ast::{Expr, ExprKind, Ident, ObjectItem, Part, Step, Template, Traversal};
use crate::value::{Entry, MAX_DEPTH, MAX_WEIGHT, Marks, Type, Value, normalize};

mod access;
mod alternatives;
mod call;
mod conditional;
mod operators;
mod repeat;
mod scope;
mod session;
mod template;
mod template_call;

use scope::Scope;
pub use session::Session;
use smol_str::SmolStr;

/// A text that expressions stand in.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its id in [`Sources`].
    pub id: FileId,
    /// Its bytes.
    pub text: Arc<[u8]>,
}

/// What the names of a module stand for.
pub trait References {
    /// The value of the root `name` (`var`, `local`, `module`, `data`, `path`, `each`, `count`, `self`, `terraform` or
    /// a resource type), with as many of the `steps` behind it as are needed to name one thing. The evaluator applies
    /// the others. `span` is the name in `source`.
    ///
    /// # Errors
    /// Where there is nothing of this name, or where its own expression has no value.
    fn resolve(
        &self,
        name: &str,
        steps: &[Step],
        source: &Source,
        span: Span,
    ) -> Result<Resolved, EvalError>;
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The value.
    pub value: Value,
    /// How many steps were used to name it.
    pub consumed: usize,
}

/// Evaluates the expressions of one module.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    /// What its names stand for.
    pub references: &'a dyn References,
    /// Where `file` and its kin read.
    pub disk: &'a dyn Disk,
    /// Where the texts that they read are kept.
    pub sources: &'a Sources,
    /// The directory of the root module, which relative paths are seen from.
    pub root: &'a str,
    /// What all evaluators of a root module share.
    pub session: &'a Session,
    /// Tells apart the evaluations of one expression for several instances (module instances, `each.key`).
    pub instance: u64,
}

/// A place in the evaluation: the text that an expression stands in, and the names that it sees besides the module's.
#[derive(Clone, Copy)]
struct Context<'c> {
    source: &'c Source,
    scope: Scope<'c>,
}

impl Context<'_> {
    /// A number for the evaluation of a condition. Conditions of one module instance that read the same are the same,
    /// unless they see variables of a `for` or a template.
    fn identity(&self, condition: Span) -> u64 {
        let mut hasher = FxHasher::default();
        self.scope.instance().hash(&mut hasher);
        if matches!(self.scope, Scope::Module { .. }) {
            condition.range.of(&self.source.text).hash(&mut hasher);
        } else {
            condition.hash(&mut hasher);
        }
        hasher.finish()
    }
}

impl Source {
    /// A range of it.
    pub const fn span(&self, range: TextRange) -> Span {
        Span { file: self.id, range }
    }
}

impl Evaluator<'_> {
    /// The value of an expression.
    ///
    /// # Errors
    /// Where it has none; the first error in the order of evaluation.
    pub fn eval(&self, source: &Source, expr: &Expr) -> Result<Value, EvalError> {
        self.expr(Context { source, scope: Scope::Module { instance: self.instance } }, expr)
    }

    /// The string that a template makes. (One that is nothing but `${…}` gives that value as it is.)
    ///
    /// # Errors
    /// As [`Self::eval`].
    pub fn eval_template(
        &self,
        source: &Source,
        template: &Template,
        range: TextRange,
    ) -> Result<Value, EvalError> {
        self.template(
            Context { source, scope: Scope::Module { instance: self.instance } },
            template,
            range,
        )
    }

    fn expr(&self, context: Context<'_>, expr: &Expr) -> Result<Value, EvalError> {
        let span = context.source.span(expr.range);
        let _depth = self.session.enter(span)?;
        let value = match &expr.kind {
            ExprKind::Number => number(context, expr.range),
            ExprKind::Bool(value) => Ok(Value::bool(*value, Origin::at(span))),
            ExprKind::Null => Ok(Value::null(Type::Dynamic, Origin::at(span))),
            ExprKind::Template(template) => self.template(context, template, expr.range),
            ExprKind::Tuple(items) => self.tuple(context, items, span),
            ExprKind::Object(items) => self.object(context, items, span),
            ExprKind::Variable(name) => self.reference(context, *name, &[]),
            ExprKind::Traversal(traversal) => self.traversal(context, traversal),
            ExprKind::Call(call) => self.call(context, call, span),
            ExprKind::Conditional(conditional) => self.conditional(context, conditional, span),
            ExprKind::Binary(binary) => self.binary(context, binary, span),
            ExprKind::Unary(unary) => self.unary(context, unary, span),
            ExprKind::Paren(inner) => self.expr(context, inner),
            ExprKind::For(repeat) => self.repeat(context, repeat, span),
            ExprKind::Missing => Err(EvalError::limit(span, "the expression is broken")),
        }?;
        check_size(&value, span)?;
        Ok(value)
    }

    fn tuple(&self, context: Context<'_>, items: &[Expr], span: Span) -> Result<Value, EvalError> {
        let items: Result<Vec<Value>, EvalError> =
            items.iter().map(|item| self.expr(context, item)).collect();
        Ok(Value::tuple(items?, Origin::at(span)))
    }

    fn object(
        &self,
        context: Context<'_>,
        items: &[ObjectItem],
        span: Span,
    ) -> Result<Value, EvalError> {
        let mut entries = Vec::with_capacity(items.len());
        let mut marks = Marks::NONE;
        let mut unknown = None;
        for item in items {
            let key_span = context.source.span(item.key.range);
            if let Some(key) = written_key(context, &item.key) {
                let value = self.expr(context, &item.value)?;
                entries.push((key, Entry::new(Some(Origin::at(key_span)), value)));
                continue;
            }
            let key = self.expr(context, &item.key)?;
            let value = self.expr(context, &item.value)?;
            if key.is_null() {
                return Err(EvalError::new(key_span, "null can't be a key"));
            }
            let key = convert(key, &Type::String)
                .map_err(|why| EvalError::new(key_span, format!("this can't be a key: {why}")))?;
            marks = marks.union(key.marks);
            match key.as_text() {
                Some(text) => {
                    entries.push((text.into(), Entry::new(Some(key.origin.clone()), value)));
                }
                None => unknown = key.why().cloned().or(unknown),
            }
        }
        let origin = Origin::at(span);
        Ok(match unknown {
            Some(why) => Value::unknown(why, origin),
            None => Value::object(entries.into_iter().collect(), origin),
        }
        .marked(marks))
    }

    fn traversal(&self, context: Context<'_>, traversal: &Traversal) -> Result<Value, EvalError> {
        if let ExprKind::Variable(name) = traversal.base.kind {
            return self.reference(context, name, &traversal.steps);
        }
        let base = self.expr(context, &traversal.base)?;
        self.steps(context, base, &traversal.steps)
    }

    /// A name and the steps behind it.
    fn reference(
        &self,
        context: Context<'_>,
        name: Ident,
        steps: &[Step],
    ) -> Result<Value, EvalError> {
        let span = context.source.span(name.range);
        let text = name_of(context, name);
        let (value, rest) = match context.scope.find(&text) {
            scope::Found::Variable(value) => {
                (value.clone().through(HopKind::Iteration, &*text, span), steps)
            }
            scope::Found::Nothing => {
                return Err(EvalError::reference(
                    span,
                    format!("there is no variable `{text}` in this template"),
                ));
            }
            scope::Found::Module => {
                let resolved = self.references.resolve(&text, steps, context.source, span)?;
                (resolved.value, steps.get(resolved.consumed..).unwrap_or_default())
            }
        };
        self.steps(context, value, rest)
    }
}

/// A key that stands there as a name or a text without interpolation.
fn written_key(context: Context<'_>, key: &Expr) -> Option<SmolStr> {
    let text = &context.source.text;
    let text = match &key.kind {
        ExprKind::Variable(name) => name.text(text),
        ExprKind::Template(template) => match template.parts.as_slice() {
            [Part::Literal(literal)] => literal.text(text),
            _ => return None,
        },
        _ => return None,
    };
    Some(normalize(text).into())
}

fn number(context: Context<'_>, range: TextRange) -> Result<Value, EvalError> {
    let span = context.source.span(range);
    let text = std::str::from_utf8(range.of(&context.source.text)).unwrap_or_default();
    let number =
        Number::parse(text).ok_or_else(|| EvalError::limit(span, "this number is too large"))?;
    Ok(Value::number(number, Origin::at(span)))
}

/// A name as the language sees it: in Unicode's normal form C.
fn name_of<'c>(context: Context<'c>, name: Ident) -> Cow<'c, str> {
    normalize(name.text(&context.source.text))
}

/// So that nothing downstream runs away or overflows its stack.
fn check_size(value: &Value, span: Span) -> Result<(), EvalError> {
    if value.depth() > MAX_DEPTH {
        return Err(EvalError::limit(
            span,
            format!("this value is nested more than {MAX_DEPTH} levels deep"),
        ));
    }
    if value.weight() > MAX_WEIGHT {
        return Err(EvalError::limit(span, "this value is too large"));
    }
    Ok(())
}
