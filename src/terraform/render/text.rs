//! JSON in a string of several pieces: the text with holes where something is unknown, and the way back from each byte.

use super::node::{from_value, origin_of, unknown_parts, why};
use crate::model::Document;
use crate::origin::{Origin, Why};
use crate::policy::node::{Data, Member, Node, Text, TextPart};
use crate::source::{Span, TextRange};
use crate::syntax::json;
use crate::syntax::tree;
use crate::value::{Literal, Piece, Rope, Value};

/// The origin of the argument of a string that is exactly one `jsonencode`, seen through the strings around it.
pub(super) fn origin_of_json(value: &Value) -> Origin {
    let mut origin = origin_of(value, &Origin::at(value.origin.span));
    let mut rope = value.as_rope();
    while let Some([Piece::Value(inner)]) = rope.map(Rope::pieces) {
        origin = origin_of(inner, &origin);
        rope = inner.as_rope();
    }
    origin
}

/// The document that a text holds. `origin` is that of the whole string.
///
/// # Errors
/// Where something that is unknown decides how the text is read.
pub(super) fn parse(rope: &Rope, origin: &Origin) -> Result<Document, Why> {
    // The results of `jsonencode` stand for themselves where a value belongs; elsewhere only their text will do.
    let text = Flat::new(rope, origin, false);
    let parsed = json::parse_with_holes(&text.text, &text.hole_offsets());
    if let Some(root) = &parsed.root
        && parsed.errors.is_empty()
        && parsed.loose_hole.is_none()
        && !text.has_json_in_strings(root)
    {
        return Ok(Document::Json(Box::new(text.node(root))));
    }
    let text = Flat::new(rope, origin, true);
    let parsed = json::parse_with_holes(&text.text, &text.hole_offsets());
    match (&parsed.root, parsed.errors.first(), text.holes.first()) {
        (Some(root), None, _) if parsed.loose_hole.is_none() => {
            Ok(Document::Json(Box::new(text.node(root))))
        }
        (_, _, Some(hole)) => Err(why(hole.value)),
        (_, Some(error), None) => {
            Ok(Document::not_json(&error.message, text.origin(error.range).span))
        }
        (_, None, None) => Ok(Document::empty(origin.span)),
    }
}

/// The text of a rope, flattened.
struct Flat<'v> {
    text: String,
    /// They tile the text.
    runs: Vec<Run<'v>>,
    /// Interpolated values, outer before inner.
    values: Vec<Interpolated<'v>>,
    holes: Vec<Hole<'v>>,
    origin: &'v Origin,
}

/// A part of the text that comes from one place.
struct Run<'v> {
    range: TextRange,
    /// `None` in a hole and in the text of a `jsonencode`.
    literal: Option<&'v Literal>,
    /// The innermost interpolated value that it belongs to, an index.
    parent: Option<usize>,
}

/// A value that stands in the text.
struct Interpolated<'v> {
    range: TextRange,
    value: &'v Value,
    parent: Option<usize>,
}

/// A place whose text is not known, or is not written out.
struct Hole<'v> {
    offset: u32,
    value: &'v Value,
    /// It stands for the JSON text of the value.
    is_json: bool,
    parent: Option<usize>,
}

impl<'v> Flat<'v> {
    /// `write_json`: write out the known results of `jsonencode`.
    fn new(rope: &'v Rope, origin: &'v Origin, write_json: bool) -> Self {
        let mut flat = Self {
            text: String::new(),
            runs: Vec::new(),
            values: Vec::new(),
            holes: Vec::new(),
            origin,
        };
        flat.push_rope(rope, None, write_json);
        flat
    }

    fn push_rope(&mut self, rope: &'v Rope, parent: Option<usize>, write_json: bool) {
        for piece in rope.pieces() {
            match piece {
                Piece::Literal(literal) => self.push_run(&literal.text, Some(literal), parent),
                Piece::Value(value) => {
                    let own = self.enter(value, parent);
                    match value.as_rope() {
                        Some(rope) => self.push_rope(rope, Some(own), write_json),
                        None => self.push_hole(value, false, Some(own)),
                    }
                    self.leave(own);
                }
                Piece::Json(value) => {
                    let own = self.enter(value, parent);
                    match value.to_json().filter(|_| write_json) {
                        Some(text) => self.push_run(&text, None, Some(own)),
                        None => self.push_hole(value, true, Some(own)),
                    }
                    self.leave(own);
                }
            }
        }
    }

    fn enter(&mut self, value: &'v Value, parent: Option<usize>) -> usize {
        let range = TextRange::new(self.end(), self.end());
        self.values.push(Interpolated { range, value, parent });
        self.values.len() - 1
    }

    fn leave(&mut self, own: usize) {
        let end = self.end();
        if let Some(value) = self.values.get_mut(own) {
            value.range.end = end;
        }
    }

    fn push_run(&mut self, text: &str, literal: Option<&'v Literal>, parent: Option<usize>) {
        let start = self.end();
        self.text.push_str(text);
        self.runs.push(Run { range: TextRange::new(start, self.end()), literal, parent });
    }

    fn push_hole(&mut self, value: &'v Value, is_json: bool, parent: Option<usize>) {
        let offset = self.end();
        self.push_run(tree::HOLE.encode_utf8(&mut [0; 4]), None, parent);
        self.holes.push(Hole { offset, value, is_json, parent });
    }

    fn end(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    fn hole_offsets(&self) -> Vec<u32> {
        self.holes.iter().map(|hole| hole.offset).collect()
    }

    fn hole(&self, index: u32) -> Option<&Hole<'v>> {
        self.holes.get(index as usize)
    }

    /// Does the known result of a `jsonencode` stand inside a JSON string?
    fn has_json_in_strings(&self, node: &tree::Node) -> bool {
        let in_text = |text: &tree::Text| {
            let holes = text.holes().iter().filter_map(|(_, index)| self.hole(*index));
            holes.into_iter().any(|hole| hole.is_json && hole.value.is_wholly_known())
        };
        match &node.kind {
            tree::NodeKind::String(text) => in_text(text),
            tree::NodeKind::Array(items) => items.iter().any(|item| self.has_json_in_strings(item)),
            tree::NodeKind::Object(members) => members
                .iter()
                .any(|member| in_text(&member.key) || self.has_json_in_strings(&member.value)),
            tree::NodeKind::Null
            | tree::NodeKind::Bool(_)
            | tree::NodeKind::Number(_)
            | tree::NodeKind::Hole(_) => false,
        }
    }
}

/// From the parsed text to the document.
impl Flat<'_> {
    fn node(&self, node: &tree::Node) -> Node {
        let data = match &node.kind {
            tree::NodeKind::Null => Data::Null,
            tree::NodeKind::Bool(value) => Data::Bool(*value),
            tree::NodeKind::Number(number) => Data::Number(number.clone()),
            tree::NodeKind::String(text) => {
                return Node {
                    origin: self.string_origin(node.range),
                    data: Data::String(self.text(text)),
                };
            }
            tree::NodeKind::Array(items) => {
                Data::Array(items.iter().map(|item| self.node(item)).collect())
            }
            tree::NodeKind::Object(members) => {
                Data::Object(members.iter().map(|member| self.member(member)).collect())
            }
            tree::NodeKind::Hole(index) => match self.hole(*index) {
                Some(hole) => {
                    return from_value(hole.value, &self.outer(self.parent_of(hole.parent)));
                }
                None => Data::Null,
            },
        };
        Node { origin: self.origin(node.range), data }
    }

    fn member(&self, member: &tree::Member) -> Member {
        Member {
            key: self.text(&member.key),
            key_origin: self.string_origin(member.key_range),
            value: self.node(&member.value),
        }
    }

    fn text(&self, text: &tree::Text) -> Text {
        if text.holes().is_empty() {
            return Text::Known(text.value.clone());
        }
        let mut parts = Vec::new();
        let mut rest = 0;
        for (offset, index) in text.holes() {
            let offset = *offset as usize;
            parts.extend(
                text.value
                    .get(rest..offset)
                    .filter(|part| !part.is_empty())
                    .map(|part| TextPart::Known(part.into())),
            );
            rest = offset + tree::HOLE.len_utf8();
            match self.hole(*index) {
                Some(hole) if hole.is_json => {
                    parts.push(TextPart::Unknown { why: why(hole.value), plain: false })
                }
                Some(hole) => parts.extend(unknown_parts(hole.value)),
                None => {}
            }
        }
        parts.extend(
            text.value
                .get(rest..)
                .filter(|part| !part.is_empty())
                .map(|part| TextPart::Known(part.into())),
        );
        Text::Partial(parts)
    }
}

/// From the text back to the source.
impl Flat<'_> {
    /// The origin of a JSON string with its quotes. One that holds exactly one interpolated value was written where
    /// that was.
    fn string_origin(&self, range: TextRange) -> Origin {
        let content =
            TextRange::new(range.start + 1, range.end.saturating_sub(1).max(range.start + 1));
        let innermost = self.run_at(content.start).and_then(|run| run.parent);
        let exact = self.enclosing(innermost).find(|index| {
            !content.is_empty()
                && self.values.get(*index).is_some_and(|value| value.range == content)
        });
        match exact {
            Some(index) => self.outer(Some(index)),
            None => self.origin(range),
        }
    }

    /// The origin of a part of the text: from where its first byte was written to where its last one was, inside the
    /// innermost value that holds both.
    fn origin(&self, range: TextRange) -> Origin {
        let (Some(first), Some(last)) =
            (self.run_at(range.start), self.run_at(range.end.saturating_sub(1).max(range.start)))
        else {
            return self.origin.clone();
        };
        let holder = self
            .enclosing(first.parent)
            .find(|index| self.enclosing(last.parent).any(|other| other == *index));
        let outer = self.outer(holder);
        let (first, last) = (self.place(first, holder, range), self.place(last, holder, range));
        match (first, last) {
            (Some(first), Some(last)) if first.file == last.file => Origin {
                span: Span { file: first.file, range: first.range.cover(last.range) },
                ..outer
            },
            _ => outer,
        }
    }

    /// The bytes of a run, cut to `range`, as they stand in `holder`: those of a literal, or of the reference to a value.
    fn place(&self, run: &Run<'_>, holder: Option<usize>, range: TextRange) -> Option<Span> {
        if run.parent == holder {
            let literal = run.literal?;
            let start = range.start.max(run.range.start) - run.range.start;
            let end = range.end.min(run.range.end).saturating_sub(run.range.start);
            return Some(literal.span_of(TextRange::new(start, end.max(start))));
        }
        let outermost =
            self.enclosing(run.parent).find(|index| self.parent_of(Some(*index)) == holder)?;
        let value = self.values.get(outermost)?.value;
        Some(value.origin.via.as_ref().map_or(value.origin.span, |hop| hop.span))
    }

    /// The origin of a value, seen through all that it stands in; of the whole string for `None`.
    fn outer(&self, index: Option<usize>) -> Origin {
        let mut chain: Vec<usize> = self.enclosing(index).collect();
        chain.reverse();
        let values = chain.into_iter().filter_map(|index| self.values.get(index));
        values
            .fold(self.origin.clone(), |outer, interpolated| origin_of(interpolated.value, &outer))
    }

    /// A value and all that it stands in, the innermost first.
    fn enclosing(&self, index: Option<usize>) -> impl Iterator<Item = usize> {
        std::iter::successors(index, |index| self.parent_of(Some(*index)))
    }

    fn parent_of(&self, index: Option<usize>) -> Option<usize> {
        self.values.get(index?)?.parent
    }

    fn run_at(&self, offset: u32) -> Option<&Run<'_>> {
        self.runs.get(self.runs.partition_point(|run| run.range.end <= offset))
    }
}
