//! The Terraform language: modules, evaluation, and the way from resources to the common model.

use crate::source::Span;

mod adapt;
mod arn;
mod blocks;
mod calls;
mod choice;
pub mod console;
mod contents;
pub mod convert;
mod data_source;
pub mod eval;
mod evaluation;
mod expand;
pub mod functions;
pub(crate) mod identity;
mod loader;
mod mentions;
pub mod module;
mod others;
mod policy_document;
mod providers;
mod references;
mod relocate;
mod remote_state;
pub mod render;
mod resources;
mod scope;
mod standins;
mod template_file;
mod terragrunt;
pub mod types;
pub mod unify;
mod validation;
mod variables;

pub use loader::{Given, Loader, Options};
pub(crate) use mentions::has_last_piece;
pub use terragrunt::Deployment;
pub(crate) use terragrunt::FILES as TERRAGRUNT_FILES;

/// Why an expression has no value. Where it decides about a resource, it becomes an unknown with this reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EvalError {
    /// The bytes that are wrong.
    pub span: Span,
    /// What is wrong: lower case, no full stop, user text in backticks.
    pub message: String,
    /// What kind of error it is.
    pub kind: ErrorKind,
}

/// Kinds of evaluation errors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// A value that does not fit: `try` and `can` catch it.
    Value,
    /// A reference to something that is not declared. Terraform finds it before it evaluates, so nothing catches it.
    Reference,
    /// The evaluation was given up: too many steps, too deep, too large. Nothing catches it.
    Limit,
}

impl EvalError {
    /// A value that does not fit.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), kind: ErrorKind::Value }
    }

    /// A reference to something that is not declared.
    pub fn reference(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), kind: ErrorKind::Reference }
    }

    /// The evaluation was given up.
    pub fn limit(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), kind: ErrorKind::Limit }
    }
}
