//! `condition ? yes : no`

use super::alternatives::one_of_arms;
use super::{Context, Evaluator};
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::syntax::hcl::ast::Conditional;
use crate::terraform::convert::convert;
use crate::terraform::unify::unify;
use crate::terraform::{ErrorKind, EvalError};
use crate::value::{Data, Marks, OneOf, Type, Value};

impl Evaluator<'_> {
    /// Both arms are evaluated, as they decide on the type together; an error in the arm that is not taken is none.
    pub(super) fn conditional(
        &self,
        context: Context<'_>,
        conditional: &Conditional,
        span: Span,
    ) -> Result<Value, EvalError> {
        let yes = catch(self.expr(context, &conditional.yes))?;
        let no = catch(self.expr(context, &conditional.no))?;
        let condition_span = context.source.span(conditional.condition.range);
        let condition = self.expr(context, &conditional.condition)?;
        self.choose(context, (condition, condition_span), yes, no, span)
    }

    /// `yes` or `no`, converted to the type that they have in common.
    pub(super) fn choose(
        &self,
        context: Context<'_>,
        (condition, condition_span): (Value, Span),
        yes: Result<Value, EvalError>,
        no: Result<Value, EvalError>,
        span: Span,
    ) -> Result<Value, EvalError> {
        let ty = common_type(yes.as_ref().ok(), no.as_ref().ok(), span)?;
        if condition.is_null() {
            return Err(EvalError::new(condition_span, "the condition is null"));
        }
        let condition = match convert(condition.clone(), &Type::Bool) {
            Ok(condition) => condition,
            // Terraform looks at the type of a condition only once it is known.
            Err(_) if condition.as_unknown().is_some() => condition,
            Err(why) => {
                let message = format!("this can't be a condition: {why}");
                return Err(EvalError::new(condition_span, message));
            }
        };
        // Whichever arm is taken, the value has the marks of both.
        let marks_of =
            |arm: &Result<Value, EvalError>| arm.as_ref().map_or(Marks::NONE, |arm| arm.marks);
        let marks = condition.marks.union(marks_of(&yes)).union(marks_of(&no));
        let arm = |arm: Result<Value, EvalError>| -> Result<Value, EvalError> {
            let arm = arm?;
            let origin = arm.origin.span;
            convert(arm, &ty).map_err(|why| {
                EvalError::new(origin, format!("the arms of a conditional differ: {why}"))
            })
        };
        if let Some(holds) = condition.as_bool() {
            return arm(if holds { yes } else { no }).map(|value| value.marked(marks));
        }
        let unsure = |arm: Result<Value, EvalError>| match arm {
            Ok(value) => value,
            Err(error) => {
                Value::unknown(Why::at(error.message, error.span), Origin::at(error.span))
            }
        };
        let (yes, no) = (unsure(arm(yes)), unsure(arm(no)));
        if yes.is_null() && no.is_null() {
            return Ok(yes.marked(marks));
        }
        self.each_arm(span, [condition], |[condition]| match condition.as_bool() {
            Some(true) => Ok(yes.clone()),
            Some(false) => Ok(no.clone()),
            None => {
                let why = condition
                    .why()
                    .cloned()
                    .unwrap_or_else(|| Why::at("the condition can't be known", condition_span));
                let one_of = OneOf {
                    why,
                    condition: condition_span,
                    id: context.identity(condition_span),
                    arms: Vec::new(),
                };
                Ok(one_of_arms(&one_of, vec![yes.clone(), no.clone()], Origin::at(span)))
            }
        })
        .map(|value| value.marked(marks))
    }
}

/// Keeps an error of a value for later; any other one is final.
pub(super) fn catch(
    result: Result<Value, EvalError>,
) -> Result<Result<Value, EvalError>, EvalError> {
    match result {
        Err(error) if error.kind != ErrorKind::Value => Err(error),
        other => Ok(other),
    }
}

/// The type of both arms. An arm with an error, and an unknown of unknown type, leave the other as it is.
fn common_type(yes: Option<&Value>, no: Option<&Value>, span: Span) -> Result<Type, EvalError> {
    let (Some(yes), Some(no)) = (yes, no) else { return Ok(Type::Dynamic) };
    match (&yes.data, &no.data) {
        (Data::Null(Type::Dynamic), _) => return Ok(no.ty()),
        (_, Data::Null(Type::Dynamic)) => return Ok(yes.ty()),
        _ => {}
    }
    let (yes, no) = (yes.ty(), no.ty());
    if yes == Type::Dynamic || no == Type::Dynamic {
        return Ok(Type::Dynamic);
    }
    unify([&yes, &no].into_iter()).ok_or_else(|| {
        let message =
            format!("the arms of a conditional must be of one type, but these are {yes} and {no}");
        EvalError::new(span, message)
    })
}
