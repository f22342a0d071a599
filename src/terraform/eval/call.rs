//! Function calls.

use std::sync::Arc;

use super::access::unknown_like;
use super::alternatives::one_of_arms;
use super::conditional::catch;
use super::{Context, Evaluator};
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::syntax::hcl::ast::Call;
use crate::terraform::{EvalError, functions};
use crate::value::{Data, OneOf, Type, Value};

/// The values of arguments and their places.
type Arguments = (Vec<Value>, Vec<Span>);

impl Evaluator<'_> {
    pub(super) fn call(
        &self,
        context: Context<'_>,
        call: &Call,
        span: Span,
    ) -> Result<Value, EvalError> {
        let name = std::str::from_utf8(call.name.of(&context.source.text)).unwrap_or_default();
        let name = name.strip_prefix("core::").unwrap_or(name);
        match name {
            "try" if call.expand.is_none() => return self.first_without_error(context, call, span),
            "can" if call.expand.is_none() => return self.has_value(context, call, span),
            _ => {}
        }
        let Some((arguments, spans)) = self.arguments(context, call)? else {
            return Ok(Value::unknown(
                Why::at("the arguments can't be known", span),
                Origin::at(span),
            ));
        };
        self.each_arm_of(span, arguments, &mut |arguments| {
            let work: u64 = arguments.iter().map(|argument| u64::from(argument.weight())).sum();
            self.session.spend(work / 64, span)?;
            match name {
                "templatefile" => self.template_file(context, &arguments, &spans, span),
                "templatestring" => self.template_string(context, call, &arguments, &spans, span),
                _ => self.function(name, arguments, &spans, span),
            }
        })
    }

    /// The arguments; `None` where it can't be known how many there are.
    fn arguments(&self, context: Context<'_>, call: &Call) -> Result<Option<Arguments>, EvalError> {
        let mut values = Vec::with_capacity(call.arguments.len());
        let mut spans = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            values.push(self.expr(context, argument)?);
            spans.push(context.source.span(argument.range));
        }
        if call.expand.is_none() {
            return Ok(Some((values, spans)));
        }
        let (Some(last), Some(span)) = (values.pop(), spans.pop()) else {
            return Ok(Some((values, spans)));
        };
        let items = match &last.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => Arc::clone(items),
            Data::Null(_) => {
                return Err(EvalError::new(span, "null can't be expanded into arguments"));
            }
            Data::Unknown(unknown) if !unknown.ty.is_primitive() => return Ok(None),
            Data::OneOf(_) => return Ok(None),
            Data::Unknown(_)
            | Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::Map(..)
            | Data::Object(_) => {
                let message = format!("a {} can't be expanded into arguments", last.ty());
                return Err(EvalError::new(span, message));
            }
        };
        spans.extend(items.iter().map(|_| span));
        values.extend(items.iter().map(|item| item.clone().marked(last.marks)));
        Ok(Some((values, spans)))
    }

    fn function(
        &self,
        name: &str,
        arguments: Vec<Value>,
        spans: &[Span],
        span: Span,
    ) -> Result<Value, EvalError> {
        if name.starts_with("provider::") {
            let why = Why::at(format!("`{name}` is a function of a provider"), span);
            return Ok(Value::unknown(why, Origin::at(span)));
        }
        let call = functions::Call {
            span,
            arguments: spans,
            disk: self.disk,
            sources: self.sources,
            root: self.root,
        };
        match functions::call(name, arguments, &call) {
            None => Err(EvalError::new(span, format!("there is no function `{name}`"))),
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => {
                let place =
                    error.argument.and_then(|argument| spans.get(argument)).unwrap_or(&span);
                Err(EvalError::new(*place, format!("`{name}`: {}", error.message)))
            }
        }
    }

    /// `try(…)`: the first argument that has a value. Where it may still turn out to have none, the next one that has a
    /// value is the alternative.
    fn first_without_error(
        &self,
        context: Context<'_>,
        call: &Call,
        span: Span,
    ) -> Result<Value, EvalError> {
        let mut unsure: Option<(Value, Span)> = None;
        let mut last_error = EvalError::new(span, "`try` needs an argument");
        for argument in &call.arguments {
            let value = match catch(self.expr(context, argument))? {
                Ok(value) => value,
                Err(error) => {
                    last_error = error;
                    continue;
                }
            };
            match unsure {
                None if may_fail_within(&value, may_fail) => {
                    unsure = Some((value, context.source.span(argument.range)))
                }
                None => return Ok(value),
                Some((first, condition)) => {
                    let why = first
                        .why()
                        .cloned()
                        .unwrap_or_else(|| Why::at("it can't be known", condition));
                    let one_of =
                        OneOf { why, condition, id: context.identity(condition), arms: Vec::new() };
                    return Ok(one_of_arms(&one_of, vec![first, value], Origin::at(span)));
                }
            }
        }
        unsure.map(|(value, _)| value).ok_or(last_error)
    }

    /// `can(…)`: has the argument a value?
    fn has_value(&self, context: Context<'_>, call: &Call, span: Span) -> Result<Value, EvalError> {
        let [argument] = call.arguments.as_slice() else {
            return Err(EvalError::new(span, "`can` needs exactly one argument"));
        };
        let origin = Origin::at(span);
        Ok(match catch(self.expr(context, argument))? {
            // What is unknown of a text may be a conversion that fails.
            Ok(value)
                if may_fail_within(&value, |inner| is_partial_text(inner) || may_fail(inner)) =>
            {
                unknown_like(&value, Type::Bool, origin)
            }
            Ok(_) => Value::bool(true, origin),
            Err(_) => Value::bool(false, origin),
        })
    }
}

fn is_partial_text(value: &Value) -> bool {
    matches!(value.data, Data::String(_)) && !value.is_known()
}

/// May any expression fail later that a value, or what it holds, was made of?
fn may_fail_within(value: &Value, may_fail: fn(&Value) -> bool) -> bool {
    match &value.data {
        _ if value.is_wholly_known() => false,
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            items.iter().any(|item| may_fail_within(item, may_fail))
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            entries.values().any(|entry| may_fail_within(&entry.value, may_fail))
        }
        _ => may_fail(value),
    }
}

/// May the expression that gave this value turn out to have none, once what is unknown is known?
fn may_fail(value: &Value) -> bool {
    match &value.data {
        Data::Unknown(unknown) => !unknown.text.plain && unknown.attributes.is_none(),
        Data::OneOf(one_of) => one_of.arms.iter().any(may_fail),
        Data::Null(_)
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(_)
        | Data::List(..)
        | Data::Set(..)
        | Data::Tuple(_)
        | Data::Map(..)
        | Data::Object(_) => false,
    }
}
