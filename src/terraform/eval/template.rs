//! Templates: quoted strings, heredocs and template files.

use smol_str::SmolStr;

use super::access::unknown_like;
use super::alternatives::{MAX_ARMS, combinations};
use super::conditional::catch;
use super::{Context, Evaluator};
use crate::origin::Origin;
use crate::source::{Span, TextRange};
use crate::syntax::hcl::ast::{self, Expr, Ident, Part, Template};
use crate::terraform::EvalError;
use crate::terraform::convert::convert;
use crate::value::{Literal, Marks, Piece, Rope, TextMap, Type, Value};

impl Evaluator<'_> {
    /// A template that is nothing but one interpolation gives its value as it is.
    pub(super) fn template(
        &self,
        context: Context<'_>,
        template: &Template,
        range: TextRange,
    ) -> Result<Value, EvalError> {
        match template.parts.as_slice() {
            [Part::Interpolation { expr, .. }] => self.expr(context, expr),
            [Part::Literal(literal)] => {
                let rope = Rope::literal(literal_piece(context, literal));
                Ok(Value::rope(rope, Origin::at(context.source.span(range))))
            }
            parts => self.parts(context, parts, context.source.span(range)),
        }
    }

    /// The string that the parts make together.
    fn parts(&self, context: Context<'_>, parts: &[Part], span: Span) -> Result<Value, EvalError> {
        let values: Result<Vec<Value>, EvalError> =
            parts.iter().filter_map(|part| self.part(context, part).transpose()).collect();
        let values = values?;
        let mut join = |values: Vec<Value>| {
            let marks =
                values.iter().fold(Marks::NONE, |marks, value| marks.union(value.all_marks()));
            let mut values = values.into_iter();
            let pieces = parts.iter().filter_map(|part| match part {
                Part::Literal(literal) => Some(Piece::Literal(literal_piece(context, literal))),
                Part::Interpolation { .. } | Part::If { .. } | Part::For { .. } => {
                    values.next().map(Piece::Value)
                }
            });
            Ok(Value::rope(Rope::concat(pieces, span), Origin::at(span)).marked(marks))
        };
        // Too many alternatives to list stay where they are in the text.
        if combinations(&values) > MAX_ARMS {
            join(values)
        } else {
            self.each_arm_of(span, values, &mut join)
        }
    }

    /// The string that a part stands for; `None` for text.
    fn part(&self, context: Context<'_>, part: &Part) -> Result<Option<Value>, EvalError> {
        let (value, span) = match part {
            Part::Literal(_) => return Ok(None),
            Part::Interpolation { expr, .. } => {
                (self.expr(context, expr)?, context.source.span(expr.range))
            }
            Part::If { range, condition, yes, no } => {
                let span = context.source.span(*range);
                (self.if_directive(context, condition, (yes, no), span)?, span)
            }
            Part::For { range, key_name, value_name, collection, body } => {
                let span = context.source.span(*range);
                let collection_span = context.source.span(collection.range);
                let collection = self.expr(context, collection)?;
                let names = (*key_name, *value_name);
                let value = self.each_arm(span, [collection], |[collection]| {
                    self.for_directive(context, names, (&collection, collection_span), body, span)
                })?;
                (value, span)
            }
        };
        if value.is_null() {
            return Err(EvalError::new(span, "null can't be part of a string"));
        }
        match convert(value.clone(), &Type::String) {
            Ok(text) => Ok(Some(text)),
            // Terraform looks at the type of a part only once it is known.
            Err(_) if value.as_unknown().is_some() => {
                let text = unknown_like(&value, Type::String, value.origin.clone());
                Ok(Some(text.marked(value.marks)))
            }
            Err(why) => Err(EvalError::new(span, format!("this can't be part of a string: {why}"))),
        }
    }

    fn if_directive(
        &self,
        context: Context<'_>,
        condition: &Expr,
        (yes, no): (&[Part], &[Part]),
        span: Span,
    ) -> Result<Value, EvalError> {
        let yes = catch(self.parts(context, yes, span))?;
        let no = catch(self.parts(context, no, span))?;
        let condition_span = context.source.span(condition.range);
        let condition = self.expr(context, condition)?;
        self.choose(context, (condition, condition_span), yes, no, span)
    }

    fn for_directive(
        &self,
        context: Context<'_>,
        names: (Option<Ident>, Ident),
        (collection, collection_span): (&Value, Span),
        body: &[Part],
        span: Span,
    ) -> Result<Value, EvalError> {
        let mut pieces = Vec::new();
        let mut marks = collection.marks;
        let known = self.turns(context, names, collection, collection_span, &mut |turn| {
            let value = self.parts(turn, body, span)?;
            marks = marks.union(value.marks);
            pieces.push(Piece::Value(value));
            Ok(())
        })?;
        let origin = Origin::at(span);
        let value = if known {
            Value::rope(Rope::concat(pieces, span), origin)
        } else {
            unknown_like(collection, Type::String, origin)
        };
        Ok(value.marked(marks))
    }
}

fn literal_piece(context: Context<'_>, literal: &ast::Literal) -> Literal {
    let text: SmolStr = literal.text(&context.source.text).into();
    let map = match &literal.decoded {
        Some(decoded) => TextMap::Segments(decoded.segments.as_ref().into()),
        None => TextMap::Verbatim,
    };
    Literal { text, span: context.source.span(literal.range), map }
}
