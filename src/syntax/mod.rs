//! Text to trees with spans. A parser never fails: it returns a tree and the errors that it met.

use crate::source::TextRange;

pub mod hcl;
pub mod json;
pub mod tree;
pub mod yaml;

/// One syntax error. The tree around it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// The bytes that are wrong, as tight as can be; for a missing token, the place where it belongs.
    pub range: TextRange,
    /// What is wrong: lower case, no full stop, user text in backticks.
    pub message: Box<str>,
    /// What to do, where there is something to say.
    pub help: Option<Box<str>>,
    /// A second place that explains the first ("opened here").
    pub related: Option<(TextRange, Box<str>)>,
}

impl SyntaxError {
    pub(crate) fn new(range: TextRange, message: impl Into<Box<str>>) -> Self {
        Self { range, message: message.into(), help: None, related: None }
    }

    #[must_use]
    pub(crate) fn help(self, help: impl Into<Box<str>>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    #[must_use]
    pub(crate) fn related(self, range: TextRange, message: impl Into<Box<str>>) -> Self {
        Self { related: Some((range, message.into())), ..self }
    }
}
