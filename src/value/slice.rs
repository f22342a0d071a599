//! Parts of strings, each byte with the origin that it had: [`Slicer`].

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::{Literal, Marks, Piece, Rope, TextMap, Value};
use crate::origin::Origin;
use crate::source::{Segment, Span, TextRange};

/// Cuts parts out of a string that is known as a whole, each in a time that grows with the part alone.
pub struct Slicer<'r> {
    leaves: Vec<Leaf<'r>>,
}

/// A piece that is no value.
struct Leaf<'r> {
    /// Where it begins in the whole text.
    start: usize,
    text: Cow<'r, str>,
    /// A literal or a `jsonencode` result.
    piece: &'r Piece,
    /// The value that it is a piece of; `None` where it is one of the string itself.
    holder: Option<Holder>,
}

#[derive(Clone)]
struct Holder {
    /// Where the value was written and how it came into the string.
    origin: Origin,
    marks: Marks,
}

impl Rope {
    /// To cut many parts out of the string.
    pub fn slicer(&self) -> Slicer<'_> {
        let mut slicer = Slicer { leaves: Vec::new() };
        slicer.add(self, None);
        slicer
    }

    /// The bytes in a range of the text. See [`Slicer::slice`].
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        self.slicer().slice(range)
    }
}

impl<'r> Slicer<'r> {
    /// The bytes in a range of the text; nothing of a piece that is unknown, or of which the range cuts a character. A
    /// part of a `jsonencode` result is plain text.
    pub fn slice(&self, range: Range<usize>) -> Rope {
        let mut parts = Vec::new();
        let mut span = None;
        for (leaf, range) in self.leaves_in(range) {
            span = span.or(leaf.span_of(&range));
            parts.extend(leaf.slice(range));
        }
        span.map(|span| Rope::concat(parts, span)).unwrap_or_default()
    }

    /// The bytes that a range of the text was written with, as far as they lie in one file; `None` where the range
    /// holds nothing.
    pub fn span_of(&self, range: Range<usize>) -> Option<Span> {
        let mut spans = self.leaves_in(range).filter_map(|(leaf, range)| leaf.span_of(&range));
        let first = spans.next()?;
        let same_file = spans.filter(|span| span.file == first.file);
        Some(same_file.fold(first, |all, span| Span { range: all.range.cover(span.range), ..all }))
    }

    fn add(&mut self, rope: &'r Rope, holder: Option<&Holder>) {
        for piece in rope.pieces() {
            if let Piece::Value(value) = piece {
                if let Some(rope) = value.as_rope() {
                    self.add(rope, Some(&Holder::of(value, holder)));
                }
            } else if let Some(text) = piece.text() {
                let start = self.leaves.last().map_or(0, Leaf::end);
                self.leaves.push(Leaf { start, text, piece, holder: holder.cloned() });
            }
        }
    }

    /// The leaves that a range touches, each with the range of its own text.
    fn leaves_in(&self, range: Range<usize>) -> impl Iterator<Item = (&Leaf<'r>, Range<usize>)> {
        let first = self.leaves.partition_point(|leaf| leaf.end() <= range.start);
        let touched = self.leaves.iter().skip(first).take_while(move |leaf| leaf.start < range.end);
        touched.map(move |leaf| {
            let (start, end) = (range.start.max(leaf.start), range.end.min(leaf.end()));
            (leaf, start - leaf.start..end - leaf.start)
        })
    }
}

impl Holder {
    fn of(value: &Value, outer: Option<&Self>) -> Self {
        match outer {
            None => Self { origin: value.origin.clone(), marks: value.marks },
            Some(outer) => Self {
                origin: value.origin.inside(&outer.origin),
                marks: value.marks.union(outer.marks),
            },
        }
    }
}

impl Leaf<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn span_of(&self, range: &Range<usize>) -> Option<Span> {
        match self.piece {
            Piece::Literal(literal) => Some(literal.span_of(text_range(range)?)),
            Piece::Value(value) | Piece::Json(value) => Some(value.origin.span),
        }
    }

    fn slice(&self, range: Range<usize>) -> Option<Piece> {
        let part = match self.piece {
            whole if range == (0..self.text.len()) => whole.clone(),
            Piece::Literal(literal) => Piece::Literal(literal.slice(range)?),
            Piece::Value(value) | Piece::Json(value) => {
                let text = self.text.get(range)?.into();
                let (span, map) = (value.origin.span, TextMap::Computed);
                Piece::Literal(Literal { text, span, map })
            }
        };
        let Some(Holder { origin, marks }) = &self.holder else { return Some(part) };
        let rope = Rope::concat([part], origin.span);
        Some(Piece::Value(Value::rope(rope, origin.clone()).marked(*marks)))
    }
}

impl Literal {
    fn slice(&self, range: Range<usize>) -> Option<Self> {
        let text = self.text.get(range.clone())?.into();
        let range = text_range(&range)?;
        let map = match &self.map {
            TextMap::Computed => TextMap::Computed,
            TextMap::Verbatim => TextMap::Verbatim,
            TextMap::Segments(segments) => {
                let first = segments.partition_point(|segment| segment.value.end <= range.start);
                let kept = segments.iter().skip(first).map_while(|segment| segment.slice(range));
                TextMap::Segments(kept.collect::<Arc<[Segment]>>())
            }
        };
        Some(Self { text, span: self.span_of(range), map })
    }
}

fn text_range(range: &Range<usize>) -> Option<TextRange> {
    Some(TextRange::new(u32::try_from(range.start).ok()?, u32::try_from(range.end).ok()?))
}
