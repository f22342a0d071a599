//! The built-in functions of Terraform 1.11: [`call`].
//!
//! Each room has a table of its functions with their parameters. `dispatch` converts the arguments and settles what
//! null, unknown and marked ones mean, so a function sees only what its parameters accept. What moves values
//! (`merge`, `concat`, `lookup`) moves them with their origins; what puts strings together keeps the pieces.
//!
//! `try`, `can`, `templatefile` and `templatestring` are not here: they need the expression or the template language.

use crate::disk::Disk;
use crate::source::{Sources, Span};
use crate::value::Value;

use self::signature::Function;

mod combine;
mod conversion;
mod csv;
mod date;
mod decode;
mod dispatch;
mod double;
mod encoding;
mod filesystem;
mod format;
mod hash;
mod invocation;
mod list;
mod map;
mod network;
mod numeric;
mod pattern;
mod regex;
mod set;
mod signature;
mod string;
mod verb;
mod yaml;

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
/// Arguments may be unknown, null or marked; one of several values counts as unknown.
pub fn call(
    name: &str,
    arguments: Vec<Value>,
    call: &Call<'_>,
) -> Option<Result<Value, FunctionError>> {
    find(name).map(|function| dispatch::run(function, arguments, call))
}

const TABLES: [&[Function]; 14] = [
    combine::FUNCTIONS,
    conversion::FUNCTIONS,
    date::FUNCTIONS,
    encoding::FUNCTIONS,
    filesystem::FUNCTIONS,
    format::FUNCTIONS,
    hash::FUNCTIONS,
    list::FUNCTIONS,
    map::FUNCTIONS,
    network::FUNCTIONS,
    numeric::FUNCTIONS,
    regex::FUNCTIONS,
    set::FUNCTIONS,
    string::FUNCTIONS,
];

fn find(name: &str) -> Option<&'static Function> {
    TABLES.iter().flat_map(|table| table.iter()).find(|function| function.name == name)
}
