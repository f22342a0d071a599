//! The words for what is wrong with a YAML text, and the bytes that they are about.

use granit_parser::{ErrorKind, ScanError};

use super::{Stop, offset, range, syntax_error};
use crate::source::TextRange;
use crate::syntax::SyntaxError;

/// What the parser gave up on. `good` is the place behind the last token that it handed out.
pub(super) fn stop(text: &str, error: &ScanError, good: usize) -> Stop {
    let at = error.marker().byte_offset().unwrap_or(good).min(text.len());
    Stop { error: describe(text, error.kind(), at, good), at, good }
}

fn describe(text: &str, kind: &ErrorKind, at: usize, good: usize) -> SyntaxError {
    match kind {
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => quotes(text, kind, at, good),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => tab(text, at),
        ErrorKind::UnclosedFlowCollection { open } => {
            let message = format!("unclosed `{open}`");
            syntax_error(char_at(text, at), message)
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => syntax_error(
            char_at(text, at),
            format_args!("`{close}` does not close the `{open}` before it"),
        ),
        ErrorKind::RecursionLimitExceeded => syntax_error(
            char_at(text, at),
            format_args!("nested more than {} levels deep", super::MAX_DEPTH / 2),
        ),
        ErrorKind::InvalidSimpleKey | ErrorKind::SimpleKeyExpected => syntax_error(
            line_at(text, good.max(line_start(text, at))),
            "expected `:` behind this key",
        ),
        ErrorKind::InvalidColonPlacement | ErrorKind::MappingValueNotAllowed => {
            syntax_error(char_at(text, at), "a `:` with no key, or in an open `[` or `{`")
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockSequenceEntry => syntax_error(
            line_at(text, at),
            "this line is indented like no line above it that it could belong to",
        ),
        ErrorKind::UnknownQuotedScalarEscape => {
            syntax_error(char_at(text, at), "no such escape; a backslash itself is written `\\\\`")
        }
        // The parser's own words end in no full stop and begin in lower case, save a few rare ones.
        other => syntax_error(char_at(text, at), other),
    }
}

/// Strings without a closing quote: the error shows only where the next quote comes, perhaps many lines below.
fn quotes(text: &str, kind: &ErrorKind, at: usize, good: usize) -> SyntaxError {
    let start = text
        .get(good..)
        .and_then(|rest| rest.find(['"', '\'']))
        .map_or(at, |quote| good + quote)
        .min(at);
    let same_line = text.get(start..at).is_some_and(|between| !between.contains('\n'));
    if same_line && *kind != ErrorKind::UnclosedQuotedScalar {
        return syntax_error(char_at(text, at), "text behind the closing quote of a string");
    }
    let mut error = syntax_error(line_at(text, start), "unclosed string");
    if !same_line {
        error.related = Some((char_at(text, at), "the next quote ends it only here".into()));
    }
    error
}

/// The parser names the token before the tab.
fn tab(text: &str, at: usize) -> SyntaxError {
    let rest = text.get(line_start(text, at)..).unwrap_or_default();
    let mut line = line_start(text, at);
    let mut found = at;
    for content in rest.split_inclusive('\n') {
        let indent = content.len() - content.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = content.get(..indent).and_then(|blanks| blanks.find('\t')) {
            found = line + tab;
            break;
        }
        line += content.len();
    }
    let mut error = syntax_error(char_at(text, found), "a tab can't indent a line in YAML");
    error.help = Some("indent with spaces".into());
    error
}

/// The character here; empty at the end of a line.
fn char_at(text: &str, at: usize) -> TextRange {
    let width = text
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .filter(|char| *char != '\n')
        .map_or(0, char::len_utf8);
    range(at, at + width)
}

/// From here to the end of the line, without blanks around.
fn line_at(text: &str, at: usize) -> TextRange {
    let rest = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let start = at + rest.len() - rest.trim_start().len();
    TextRange::new(offset(start), offset(start + rest.trim().len()))
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |line| line + 1)
}
