//! YAML to the shared [tree](super::tree), with the bytes of every value, key and tag (YAML 1.2).
//!
//! `granit-parser` reads the text into events; here they become a tree, in which aliases and merge keys (`<<`) are
//! written out and every string maps back to its source. Plain scalars are typed by the core schema: `yes` and `010`
//! stay what was written. The first document counts. A broken text still gives a tree, see `repair`.

use std::fmt::Display;

use granit_parser::{Event, Options, Parser, Span};

use self::build::Builder;
use crate::source::TextRange;
use crate::syntax::SyntaxError;
use crate::syntax::tree::Node;

mod build;
mod message;
mod repair;
mod scalar;

/// What [`parse`] makes of a text.
#[derive(Clone, PartialEq, Debug)]
pub struct Parsed {
    /// The value of the first document; `None` where the text holds none.
    pub root: Option<Node>,
    /// What is wrong, in the order of the text.
    pub errors: Vec<SyntaxError>,
    /// The line that begins a second document, which is not read.
    pub second_document: Option<TextRange>,
}

/// Collections deeper than this are an error, so that no tree overflows a stack.
pub const MAX_DEPTH: usize = 256;

/// How many values aliases may add to a tree ("billion laughs").
pub const MAX_COPIES: usize = 1_000_000;

/// Reads a text. A byte order mark is accepted. Bytes that are not UTF-8 are an error and read as `?`.
pub fn parse(text: &[u8]) -> Parsed {
    if u32::try_from(text.len()).is_err() {
        let error = syntax_error(TextRange::default(), "the text is larger than 4 GiB");
        return Parsed { root: None, errors: vec![error], second_document: None };
    }
    let (readable, mut errors) = decode(text);
    let mut parsed = repair::parse(&readable);
    errors.append(&mut parsed.errors);
    errors.sort_by_key(|error| error.range.start);
    Parsed { errors, ..parsed }
}

/// The text as UTF-8 with the same byte offsets.
fn decode(text: &[u8]) -> (std::borrow::Cow<'_, str>, Vec<SyntaxError>) {
    if let Ok(text) = std::str::from_utf8(text) {
        return (text.into(), Vec::new());
    }
    let mut readable = String::with_capacity(text.len());
    let mut errors = Vec::new();
    for chunk in text.utf8_chunks() {
        readable.push_str(chunk.valid());
        let start = readable.len();
        readable.extend(std::iter::repeat_n('?', chunk.invalid().len()));
        if errors.is_empty() && !chunk.invalid().is_empty() {
            errors.push(syntax_error(range(start, readable.len()), "these bytes are not UTF-8"));
        }
    }
    (readable.into(), errors)
}

/// What one pass over a text gives.
struct Pass {
    parsed: Parsed,
    /// Where and why the parser gave up.
    stop: Option<Stop>,
}

/// Where and why the parser gave up.
#[derive(Clone)]
struct Stop {
    error: SyntaxError,
    /// The byte that the parser had come to.
    at: usize,
    /// Behind the last token that was still good.
    good: usize,
}

/// Reads the first document up to its end or to the first thing that is not YAML.
fn read(text: &str) -> Pass {
    let mut builder = Builder::new(text);
    let mut second_document = None;
    let mut stop = None;
    let mut ended = false;
    for item in Parser::new_from_str_with_options(text, options()) {
        let (event, span) = match item {
            Ok(item) => item,
            Err(error) if ended => {
                // A broken second document is still a second document.
                second_document = Some(mark(error.marker().byte_offset()));
                break;
            }
            Err(error) => {
                stop = Some(message::stop(text, &error, builder.good()));
                break;
            }
        };
        match event {
            Event::DocumentEnd => ended = true,
            Event::DocumentStart(..) if ended => {
                second_document = Some(span_range(&span));
                break;
            }
            event => builder.event(event, &span),
        }
    }
    let (root, errors) = builder.finish();
    Pass { parsed: Parsed { root, errors, second_document }, stop }
}

/// Long flow keys are fine (JSON in YAML has them), an unknown alias is an error of one value only, and comments are
/// somebody else's.
fn options() -> Options {
    granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        simple_key_max_lookahead: usize::MAX,
        flow_nesting_limit: MAX_DEPTH / 2,
        block_nesting_limit: MAX_DEPTH / 2,
    }
}

fn syntax_error(range: TextRange, message: impl Display) -> SyntaxError {
    SyntaxError { range, message: message.to_string().into(), help: None, related: None }
}

fn span_range(span: &Span) -> TextRange {
    let bytes = span.byte_range().unwrap_or_default();
    range(bytes.start, bytes.end)
}

fn mark(at: Option<usize>) -> TextRange {
    range(at.unwrap_or_default(), at.unwrap_or_default())
}

/// A byte offset of a text that is known to be smaller than 4 GiB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(offset(start), offset(end))
}
