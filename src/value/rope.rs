//! Strings in pieces.

use std::borrow::Cow;
use std::sync::Arc;

use smol_str::SmolStr;
use unicode_normalization::is_nfc;

use super::build::normalize;
use super::{Data, Literal, Piece, Rope, TextMap, TextShape, Type, Value};
use crate::origin::Why;
use crate::source::{Segment, Span, TextRange};

/// Nested deeper than this, interpolated strings are spliced into the text around them and lose their own origin.
const MAX_NESTING: u16 = 12;
/// A spliced string of more pieces becomes one.
const MAX_SPLICED: usize = 64;
/// No more than this is told of the beginning of a text, in bytes.
const MAX_PREFIX: usize = 256;

impl Rope {
    /// A text that was computed by the expression at `span`.
    pub fn computed(text: impl Into<SmolStr>, span: Span) -> Self {
        Self::literal(Literal { text: text.into(), span, map: TextMap::Computed })
    }

    /// One literal piece. It is brought to Unicode's normal form C.
    pub fn literal(literal: Literal) -> Self {
        match literal.normalized() {
            Some(literal) => Self { pieces: Arc::new([Piece::Literal(literal)]) },
            None => Self::default(),
        }
    }

    /// The result of `jsonencode`.
    pub fn json(argument: Value) -> Self {
        Self { pieces: Arc::new([Piece::Json(argument)]) }
    }

    /// The pieces in order, as the expression at `span` puts them together. A piece that is a value is a string.
    pub fn concat(pieces: impl IntoIterator<Item = Piece>, span: Span) -> Self {
        let mut all = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => all.extend(literal.normalized().map(Piece::Literal)),
                Piece::Value(value) => push_value(&mut all, value),
                Piece::Json(_) => all.push(piece),
            }
        }
        let rope = Self { pieces: all.into() };
        rope.joined_normally(span)
    }

    /// The pieces in order; an empty string has none.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The values in it: interpolated ones, and the arguments of `jsonencode`.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.pieces().iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Value(value) | Piece::Json(value) => Some(value),
        })
    }

    /// The whole text; `None` where a part is unknown or the text is too large.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self.pieces() {
            [] => Some(Cow::Borrowed("")),
            [piece] => piece.text(),
            pieces => {
                let texts: Option<Vec<_>> = pieces.iter().map(Piece::text).collect();
                Some(Cow::Owned(texts?.concat()))
            }
        }
    }

    /// The argument, if the string is exactly one result of `jsonencode`.
    pub fn as_json(&self) -> Option<&Value> {
        match self.pieces() {
            [Piece::Json(argument)] => Some(argument),
            [Piece::Value(value)] => value.as_rope()?.as_json(),
            _ => None,
        }
    }

    /// Why the first unknown piece can't be known.
    pub fn why(&self) -> Option<&Why> {
        self.values().find_map(Value::why)
    }

    /// What is known about the whole text.
    pub fn shape(&self) -> TextShape {
        let mut prefix = String::new();
        for piece in self.pieces() {
            let known = piece.text();
            match &known {
                Some(text) => prefix.push_str(text),
                None => prefix.push_str(&piece.shape().prefix),
            }
            if known.is_none() || prefix.len() > MAX_PREFIX {
                break;
            }
        }
        let plain =
            !self.pieces().is_empty() && self.pieces().iter().all(|piece| piece.shape().plain);
        TextShape { prefix: beginning(&prefix).into(), plain }
    }

    /// The rope with each value in it changed.
    pub(super) fn map_values(&self, change: impl Fn(Value) -> Value) -> Self {
        let pieces = self.pieces().iter().map(|piece| match piece {
            Piece::Literal(_) => piece.clone(),
            Piece::Value(value) => Piece::Value(change(value.clone())),
            Piece::Json(value) => Piece::Json(change(value.clone())),
        });
        Self { pieces: pieces.collect() }
    }

    /// A combining character at the beginning of a piece joins with what stands before it.
    fn joined_normally(self, span: Span) -> Self {
        let mut others = self.pieces().iter().skip(1).filter_map(Piece::first_char);
        if others.all(|first| first.is_ascii()) {
            return self;
        }
        match self.text() {
            Some(text) if !is_nfc(&text) => Self::computed(text, span),
            _ => self,
        }
    }

    fn first_char(&self) -> Option<char> {
        self.pieces().first().and_then(Piece::first_char)
    }
}

impl Literal {
    /// The bytes that a part of the text was written with, given in bytes of the text. An escape is covered as a whole.
    pub fn span_of(&self, part: TextRange) -> Span {
        let range = match &self.map {
            TextMap::Verbatim => {
                let start = self.span.range.start;
                TextRange::new(start + part.start, start + part.end)
            }
            TextMap::Segments(segments) => Segment::source_range(segments, part),
            TextMap::Computed => self.span.range,
        };
        Span { file: self.span.file, range }
    }

    /// In Unicode's normal form C; `None` where it is empty.
    fn normalized(self) -> Option<Self> {
        if self.text.is_empty() {
            return None;
        }
        let text = normalize(&self.text);
        Some(match text {
            Cow::Borrowed(_) => self,
            Cow::Owned(text) => Self { text: text.into(), map: TextMap::Computed, ..self },
        })
    }
}

impl Piece {
    /// The text of a known piece.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Literal(literal) => Some(Cow::Borrowed(&literal.text)),
            Self::Value(value) => value.as_text(),
            Self::Json(argument) => argument.to_json().map(Cow::Owned),
        }
    }

    /// The character that it begins with, if it is known; that of JSON is always an ASCII character.
    fn first_char(&self) -> Option<char> {
        match self {
            Self::Literal(literal) => literal.text.chars().next(),
            Self::Value(value) => value.as_rope().and_then(Rope::first_char),
            Self::Json(_) => None,
        }
    }

    fn shape(&self) -> TextShape {
        match self {
            Self::Literal(literal) => TextShape::of(&literal.text),
            Self::Value(value) => value.text_shape(),
            Self::Json(argument) => match argument.to_json() {
                Some(text) => TextShape::of(&text),
                None => TextShape { prefix: json_prefix(argument).into(), plain: false },
            },
        }
    }
}

impl TextShape {
    /// What is known of a known text.
    pub fn of(text: &str) -> Self {
        Self {
            prefix: beginning(text).into(),
            plain: !text.is_empty() && !text.contains(['*', '?']),
        }
    }

    /// What is true of both texts.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let pairs = self.prefix.char_indices().zip(other.prefix.chars());
        let end = pairs
            .take_while(|((_, a), b)| a == b)
            .map(|((at, a), _)| at + a.len_utf8())
            .last()
            .unwrap_or(0);
        Self {
            prefix: self.prefix.get(..end).unwrap_or_default().into(),
            plain: self.plain && other.plain,
        }
    }
}

/// At most [`MAX_PREFIX`] bytes.
fn beginning(text: &str) -> &str {
    (0..=MAX_PREFIX.min(text.len())).rev().find_map(|end| text.get(..end)).unwrap_or_default()
}

fn push_value(all: &mut Vec<Piece>, value: Value) {
    let Data::String(rope) = &value.data else {
        all.push(Piece::Value(value));
        return;
    };
    match rope.pieces() {
        [] => {}
        _ if value.depth() <= MAX_NESTING => all.push(Piece::Value(value)),
        pieces if pieces.len() <= MAX_SPLICED => all.extend(pieces.iter().cloned()),
        _ => match (rope.text(), value.why()) {
            (Some(text), _) => {
                let literal =
                    Literal { text: text.into(), span: value.origin.span, map: TextMap::Computed };
                all.push(Piece::Literal(literal));
            }
            (None, why) => {
                let why = why.cloned().unwrap_or_else(|| Why::new("the text is too large"));
                all.push(Piece::Value(Value::unknown_text(
                    rope.shape(),
                    why,
                    value.origin.clone(),
                )));
            }
        },
    }
}

/// What the JSON text of a value that is unknown, at least in part, begins with.
fn json_prefix(argument: &Value) -> &'static str {
    match argument.ty() {
        _ if !argument.is_not_null() => "",
        Type::Map(_) | Type::Object(_) => "{",
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => "[",
        Type::String => "\"",
        Type::Dynamic | Type::Bool | Type::Number => "",
    }
}
