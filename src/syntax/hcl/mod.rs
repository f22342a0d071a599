//! HCL native syntax: a lexer, a parser that never fails, and the syntax tree.
//!
//! A text is read strictly, as Terraform reads it. A top-level item (an attribute or a block) that has an error is
//! read a second time, guided by its indentation, so that an error costs no more than the place it is in; see
//! `recover`.
//!
//! Source: the HCL native syntax specification (`hclsyntax/spec.md`), and Terraform's answers where that is silent.

use crate::source::TextRange;
use crate::syntax::SyntaxError;

pub mod ast;
mod body;
mod collection;
mod expr;
mod lexer;
mod literal;
mod parser;
mod recover;
mod scan;
mod template;

pub use lexer::{Lexer, Token, TokenKind};

use parser::Parser;

/// A parsed file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parsed {
    /// The attributes and blocks. Where something is wrong it holds what could be read.
    pub body: ast::Body,
    /// All that is wrong, in the order of the text; empty exactly where Terraform accepts the text. At most
    /// [`MAX_ERRORS`].
    pub errors: Vec<SyntaxError>,
    /// The comments, with `#`, `//` or `/* */` and without the line break.
    pub comments: Vec<TextRange>,
}

/// How deep expressions, blocks and template directives may stand in each other. Deeper ones are an error and
/// [`ast::ExprKind::Missing`]. (Terraform has no limit; 2 MiB of stack are enough for this one.)
pub const MAX_DEPTH: u32 = 128;

/// More errors than this are not reported for one text.
pub const MAX_ERRORS: usize = 100;

/// Parses a configuration file: the bytes of a `.tf` or `.tfvars` file. A text over 4 GiB is an error and an empty
/// body.
pub fn parse(text: &[u8]) -> Parsed {
    let (text, too_long) = check_size(text);
    let mut parser = Parser::new(text, Lexer::new(text));
    let body = parser.file();
    let (mut errors, comments) = parser.finish();
    errors.extend(too_long);
    Parsed { body, errors, comments }
}

/// Parses one expression, which may span lines. Its ranges count from the start of `text`.
pub fn parse_expression(text: &[u8]) -> (ast::Expr, Vec<SyntaxError>) {
    let (text, too_long) = check_size(text);
    let mut parser = Parser::new(text, Lexer::new(text));
    let expr = parser.twice(|parser| parser.whole_expr());
    let (mut errors, _) = parser.finish();
    errors.extend(too_long);
    (expr, errors)
}

/// Is the text an identifier as a whole?
pub fn is_identifier(text: &str) -> bool {
    !text.is_empty() && scan::identifier(text.as_bytes()) == text.len()
}

/// Parses a whole text as a template, as `templatefile` does. Its ranges count from the start of `text`.
pub fn parse_template(text: &[u8]) -> (ast::Template, Vec<SyntaxError>) {
    let (text, too_long) = check_size(text);
    let mut parser = Parser::new(text, Lexer::template(text));
    let template = parser.twice(|parser| parser.whole_template());
    let (mut errors, _) = parser.finish();
    errors.extend(too_long);
    (template, errors)
}

/// The text, or nothing and an error where its places do not fit into a [`TextRange`].
fn check_size(text: &[u8]) -> (&[u8], Option<SyntaxError>) {
    match u32::try_from(text.len()) {
        Ok(_) => (text, None),
        Err(_) => {
            (&[], Some(SyntaxError::new(TextRange::default(), "the text is longer than 4 GiB")))
        }
    }
}
