//! Parts of strings, each byte with the origin that it had.

use std::ops::Range;
use std::sync::Arc;

use super::{Data, Literal, Piece, Rope, TextMap, Value};
use crate::source::{Segment, Span, TextRange};

impl Rope {
    /// The bytes in `range` of a text that is known as a whole; nothing where the range leaves the text or cuts a
    /// character. A part of a `jsonencode` result is plain text.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut start = 0;
        let mut parts = Vec::new();
        let mut span = None;
        for piece in self.pieces() {
            let length = piece.text().map_or(0, |text| text.len());
            let (from, to) = (range.start.max(start), range.end.min(start + length));
            if from < to {
                let part = piece.slice(from - start..to - start, length);
                span = span.or_else(|| part.as_ref().map(Piece::span));
                parts.extend(part);
            }
            start += length;
        }
        span.map(|span| Self::concat(parts, span)).unwrap_or_default()
    }

    /// The bytes that the bytes in `range` of the text were written with, as far as they lie in one file; `None` where
    /// the range holds nothing.
    pub fn span_of(&self, range: Range<usize>) -> Option<Span> {
        let part = self.slice(range);
        let mut spans = part.pieces().iter().map(Piece::span);
        let first = spans.next()?;
        let same_file = spans.filter(|span| span.file == first.file);
        Some(same_file.fold(first, |all, span| Span { range: all.range.cover(span.range), ..all }))
    }
}

impl Piece {
    /// The bytes that it was written with.
    pub fn span(&self) -> Span {
        match self {
            Self::Literal(literal) => literal.span,
            Self::Value(value) | Self::Json(value) => value.origin.span,
        }
    }

    fn slice(&self, range: Range<usize>, length: usize) -> Option<Self> {
        if range == (0..length) {
            return Some(self.clone());
        }
        match self {
            Self::Literal(literal) => literal.slice(range).map(Self::Literal),
            Self::Value(value) => {
                let Data::String(rope) = &value.data else { return None };
                let part = Value::rope(rope.slice(range), value.origin.clone()).marked(value.marks);
                Some(Self::Value(part))
            }
            Self::Json(value) => {
                let text = self.text()?.get(range)?.into();
                Some(Self::Literal(Literal {
                    text,
                    span: value.origin.span,
                    map: TextMap::Computed,
                }))
            }
        }
    }
}

impl Literal {
    fn slice(&self, range: Range<usize>) -> Option<Self> {
        let text = self.text.get(range.clone())?.into();
        let range =
            TextRange::new(u32::try_from(range.start).ok()?, u32::try_from(range.end).ok()?);
        let (source, map) = match &self.map {
            TextMap::Computed => (self.span.range, TextMap::Computed),
            TextMap::Verbatim => {
                let start = self.span.range.start;
                (TextRange::new(start + range.start, start + range.end), TextMap::Verbatim)
            }
            TextMap::Segments(segments) => {
                let kept: Arc<[Segment]> =
                    segments.iter().filter_map(|segment| cut(segment, range)).collect();
                let source = kept.iter().map(|segment| segment.source).reduce(TextRange::cover)?;
                (source, TextMap::Segments(kept))
            }
        };
        Some(Self { text, span: Span { range: source, ..self.span }, map })
    }
}

/// The part of a segment that lies in `range` of the value, counted from the start of the range. The source of an
/// escape stays whole.
fn cut(segment: &Segment, range: TextRange) -> Option<Segment> {
    let value =
        TextRange::new(segment.value.start.max(range.start), segment.value.end.min(range.end));
    if value.is_empty() {
        return None;
    }
    let source = if segment.value.len() == segment.source.len() {
        let shift = |at: u32| segment.source.start + (at - segment.value.start);
        TextRange::new(shift(value.start), shift(value.end))
    } else {
        segment.source
    };
    let value = TextRange::new(value.start - range.start, value.end - range.start);
    Some(Segment { value, source })
}
