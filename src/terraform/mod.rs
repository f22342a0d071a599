//! The Terraform language: modules, evaluation, and the way from resources to the common model.

use crate::source::Span;

pub mod convert;
pub mod functions;
pub mod unify;

/// An expression that has no value. Where it decides about a resource, it becomes an unknown with this reason.
#[derive(Clone, PartialEq, Debug)]
pub struct EvalError {
    /// The bytes that are wrong.
    pub span: Span,
    /// What is wrong: lower case, no full stop, user text in backticks.
    pub message: String,
}
