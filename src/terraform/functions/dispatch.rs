//! From the arguments of a call to its result: counting, converting, and what null, unknown and marked arguments mean
//! where the function itself does not say.

use super::invocation::{Invocation, error};
use super::signature::{Function, Kind, Outcome, Parameter};
use super::{Call, FunctionError};
use crate::terraform::convert;
use crate::value::{MAX_DEPTH, MAX_WEIGHT, Marks, Type, Value};

/// Calls a function.
pub(super) fn run(function: &'static Function, arguments: Vec<Value>, call: &Call<'_>) -> Outcome {
    check_count(function, arguments.len())?;
    let mut invocation =
        Invocation { function, call, arguments: Vec::with_capacity(arguments.len()) };
    let mut marks = Marks::NONE;
    let mut answerable = true;
    let mut typed = true;
    for (index, argument) in arguments.into_iter().enumerate() {
        let Some(parameter) = function.parameter(index) else { continue };
        let mut argument = convert(argument, parameter).map_err(|message| error(index, message))?;
        if argument.is_null() && !parameter.accepts_null {
            return Err(error(index, "it must not be null"));
        }
        if !parameter.accepts_marks {
            marks = marks.union(argument.all_marks());
            argument = argument.without_marks();
        }
        let is_answerable = argument.is_known() || parameter.accepts_unknown;
        answerable &= is_answerable;
        typed &= is_answerable || argument.ty() != Type::Dynamic;
        invocation.arguments.push(argument);
    }
    let result = if answerable {
        (function.run)(&invocation)?
    } else {
        let ty = if typed { function.returns.to_type() } else { Type::Dynamic };
        invocation.unknown(ty, &invocation.arguments)
    };
    if result.depth() > MAX_DEPTH {
        return Err(
            invocation.failure(format!("the result is nested deeper than {MAX_DEPTH} values"))
        );
    }
    if result.weight() > MAX_WEIGHT {
        return Err(invocation.failure(format!("the result is larger than {MAX_WEIGHT} bytes")));
    }
    Ok(result.marked(marks))
}

fn check_count(function: &Function, given: usize) -> Result<(), FunctionError> {
    let wanted = function.parameters.len();
    if let Some(missing) = function.parameters.get(given) {
        let at_least = if function.rest.is_some() { "at least " } else { "" };
        let message =
            format!("it takes {at_least}{wanted} arguments; `{}` is missing", missing.name);
        return Err(FunctionError { argument: None, message });
    }
    if given > wanted && function.rest.is_none() {
        return Err(error(wanted, format!("it takes only {wanted} arguments")));
    }
    Ok(())
}

fn convert(argument: Value, parameter: &Parameter) -> Result<Value, String> {
    match parameter.kind {
        Kind::Any => Ok(argument),
        kind => convert::convert(argument, &kind.to_type()),
    }
}
