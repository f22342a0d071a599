//! The built-in functions of Terraform.

use crate::disk::Disk;
use crate::source::{Sources, Span};
use crate::value::Value;

/// What a function may know of the place where it is called.
pub struct Call<'a> {
    /// The bytes of the whole call.
    pub span: Span,
    /// The bytes of each argument.
    pub arguments: &'a [Span],
    /// Where `file` and its kin read.
    pub disk: &'a dyn Disk,
    /// Where the texts that they read are kept.
    pub sources: &'a Sources,
    /// The directory of the root module, which relative paths are seen from.
    pub root: &'a str,
}

/// Why a call has no value.
#[derive(Clone, PartialEq, Debug)]
pub struct FunctionError {
    /// The argument that is wrong, counted from 0; `None` for the call as a whole.
    pub argument: Option<usize>,
    /// What is wrong: lower case, no full stop, user text in backticks.
    pub message: String,
}

/// Calls the function `name` (without `core::`); `None` where Terraform knows no such function.
///
/// Arguments may be unknown, null or marked. `try`, `can` and the templates are not here: they need the expression.
pub fn call(
    name: &str,
    arguments: Vec<Value>,
    call: &Call<'_>,
) -> Option<Result<Value, FunctionError>> {
    let _ = (name, arguments, call);
    None
}
