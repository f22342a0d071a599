//! Operators.

use super::conditional::catch;
use super::{Context, Evaluator};
use crate::number::Number;
use crate::origin::Origin;
use crate::source::Span;
use crate::syntax::hcl::ast::{Binary, BinaryOp, Unary, UnaryOp};
use crate::terraform::EvalError;
use crate::terraform::convert::convert;
use crate::value::{Type, Value};

/// An operand with its place.
type Operand = (Value, Span);

impl Evaluator<'_> {
    pub(super) fn binary(
        &self,
        context: Context<'_>,
        binary: &Binary,
        span: Span,
    ) -> Result<Value, EvalError> {
        let mut left = self.expr(context, &binary.first)?;
        let mut range = binary.first.range;
        for operation in &binary.rest {
            let left_span = context.source.span(range);
            range = range.cover(operation.operand.range);
            let right_span = context.source.span(operation.operand.range);
            let right = self.expr(context, &operation.operand);
            left = match operation.op {
                BinaryOp::And | BinaryOp::Or => {
                    self.logical(operation.op, (left, left_span), (right, right_span), span)?
                }
                op => {
                    let right = right?;
                    self.each_arm(span, [left, right], |[left, right]| {
                        apply(op, (left, left_span), (right, right_span), span)
                    })?
                }
            };
        }
        Ok(left)
    }

    pub(super) fn unary(
        &self,
        context: Context<'_>,
        unary: &Unary,
        span: Span,
    ) -> Result<Value, EvalError> {
        let operand = self.expr(context, &unary.operand)?;
        let operand_span = context.source.span(unary.operand.range);
        self.each_arm(span, [operand], |[operand]| {
            let origin = Origin::at(span);
            let ty = if unary.op == UnaryOp::Not { Type::Bool } else { Type::Number };
            let operand = typed((operand, operand_span), &ty)?;
            let marks = operand.marks;
            let value = match (operand.as_bool(), operand.as_number()) {
                (Some(value), _) => Value::bool(!value, origin),
                (_, Some(number)) => Value::number(number.negate(), origin),
                (None, None) => unknown_result(&[&operand], ty, origin),
            };
            Ok(value.marked(marks))
        })
    }

    /// Where the left operand of `&&` and `||` decides, nothing matters of the right one but that it is sensitive, not
    /// even that it is wrong.
    fn logical(
        &self,
        op: BinaryOp,
        left: Operand,
        (right, right_span): (Result<Value, EvalError>, Span),
        span: Span,
    ) -> Result<Value, EvalError> {
        let right = catch(right)?;
        self.each_arm(span, [left.0], |[value]| {
            let origin = Origin::at(span);
            let decides = op == BinaryOp::Or;
            let value = typed((value, left.1), &Type::Bool)?;
            if value.as_bool() == Some(decides) {
                let marks = right.as_ref().map_or(value.marks, |it| value.marks.union(it.marks));
                return Ok(Value::bool(decides, origin).marked(marks));
            }
            self.each_arm(span, [right.clone()?], |[right]| {
                let right = typed((right, right_span), &Type::Bool)?;
                let marks = value.marks.union(right.marks);
                let result = match (value.as_bool(), right.as_bool()) {
                    (_, Some(right)) if right == decides => Value::bool(decides, origin.clone()),
                    (Some(_), Some(right)) => Value::bool(right, origin.clone()),
                    _ => unknown_result(&[&value, &right], Type::Bool, origin.clone()),
                };
                Ok(result.marked(marks))
            })
        })
    }
}

/// Any operator but `&&` and `||`.
fn apply(op: BinaryOp, left: Operand, right: Operand, span: Span) -> Result<Value, EvalError> {
    let origin = Origin::at(span);
    if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
        let (left, right) = (left.0, right.0);
        let marks = left.all_marks().union(right.all_marks());
        let value = match left.equals(&right) {
            Some(equal) => Value::bool(equal == (op == BinaryOp::Equal), origin),
            None => unknown_result(&[&left, &right], Type::Bool, origin),
        };
        return Ok(value.marked(marks));
    }
    let (left, right) = (typed(left, &Type::Number)?, typed(right, &Type::Number)?);
    let marks = left.marks.union(right.marks);
    let value = match (left.as_number(), right.as_number()) {
        (Some(a), Some(b)) => compute(op, a, b, origin).ok_or_else(|| {
            EvalError::new(span, "this has no result: zero and infinity don't go together so")
        })?,
        _ => match compare(op, &left, &right) {
            Some(holds) => Value::bool(holds, origin),
            None => unknown_result(&[&left, &right], result_type(op), origin),
        },
    };
    Ok(value.marked(marks))
}

/// A comparison of numbers that are not all known, where their bounds decide it.
fn compare(op: BinaryOp, left: &Value, right: &Value) -> Option<bool> {
    let less = |left: &Value, right: &Value| {
        let ((least, most), (other_least, other_most)) = (left.bounds()?, right.bounds()?);
        if most.is_some_and(|most| most < other_least) {
            Some(true)
        } else {
            other_most.is_some_and(|most| least >= most).then_some(false)
        }
    };
    match op {
        BinaryOp::Less => less(left, right),
        BinaryOp::GreaterEqual => less(left, right).map(|less| !less),
        BinaryOp::Greater => less(right, left),
        BinaryOp::LessEqual => less(right, left).map(|less| !less),
        _ => None,
    }
}

fn compute(op: BinaryOp, a: &Number, b: &Number, origin: Origin) -> Option<Value> {
    Some(match op {
        BinaryOp::Less => Value::bool(a < b, origin),
        BinaryOp::LessEqual => Value::bool(a <= b, origin),
        BinaryOp::Greater => Value::bool(a > b, origin),
        BinaryOp::GreaterEqual => Value::bool(a >= b, origin),
        BinaryOp::Add => Value::number(a.add(b)?, origin),
        BinaryOp::Subtract => Value::number(a.subtract(b)?, origin),
        BinaryOp::Multiply => Value::number(a.multiply(b)?, origin),
        BinaryOp::Divide => Value::number(a.divide(b)?, origin),
        BinaryOp::Modulo => Value::number(a.modulo(b)?, origin),
        BinaryOp::Or | BinaryOp::And | BinaryOp::Equal | BinaryOp::NotEqual => return None,
    })
}

const fn result_type(op: BinaryOp) -> Type {
    match op {
        BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Modulo => Type::Number,
        BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterEqual => Type::Bool,
    }
}

/// An operand of the type that the operator takes.
fn typed((value, span): Operand, ty: &Type) -> Result<Value, EvalError> {
    let value = convert(value, ty)
        .map_err(|why| EvalError::new(span, format!("this operand does not fit: {why}")))?;
    if value.is_null() {
        return Err(EvalError::new(span, "an operand must not be null"));
    }
    Ok(value)
}

/// Not known, because the first operand that is not known isn't. The result of an operator is never null.
fn unknown_result(operands: &[&Value], ty: Type, origin: Origin) -> Value {
    let unknown = operands.iter().find(|operand| !operand.is_wholly_known());
    let why = unknown.and_then(|operand| operand.why()).cloned();
    let why = why.unwrap_or_else(|| crate::origin::Why::at("it can't be known", origin.span));
    Value::unknown_not_null(ty, why, origin)
}
