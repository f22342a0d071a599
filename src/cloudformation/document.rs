//! Policy documents: an object of the template, or a JSON text, as the policy language sees it: [`document`].

use super::value::{Content, Data, MAX_ARMS, Piece, Unknown, Value};
use crate::model::{Document, Fact, Field};
use crate::origin::{Origin, Why};
use crate::policy::node::{self, TextPart};
use crate::source::{Span, TextRange};
use crate::syntax::json;
use crate::syntax::tree::{self, HOLE, NodeKind};

/// The document that a property holds. Where a part of it is one of several, so is the document.
pub(super) fn document(value: &Value) -> Field<Document> {
    alternatives(value, &mut { MAX_ARMS }, &mut one_document)
}

/// Makes a field of a value in which nothing is one of several any more, for each combination of choices.
pub(super) fn alternatives<T>(
    value: &Value,
    budget: &mut usize,
    convert: &mut dyn FnMut(&Value) -> Field<T>,
) -> Field<T> {
    let Some((why, count)) = value.choice().map(|(why, count)| (why.clone(), count)) else {
        return convert(value);
    };
    if *budget < count {
        return Field::unknown(
            Why::with("it depends on too many conditions", why.span),
            value.origin.clone(),
        );
    }
    *budget -= count;
    let arms =
        (0..count).map(|index| alternatives(&value.choose(&why, index), budget, convert)).collect();
    Field { fact: Fact::Either { why, arms }, origin: value.origin.clone() }
}

fn one_document(value: &Value) -> Field<Document> {
    let origin = value.origin.clone();
    match &value.data {
        Data::Unknown(unknown) => Field::unknown(unknown.why.clone(), origin),
        Data::String(pieces) => Field { fact: from_text(pieces, origin.span), origin },
        Data::Json(value) => Field::written(Document::Json(Box::new(from_value(value))), origin),
        // In an alternative: there is no policy then.
        Data::Absent => {
            let nothing = node::Node { origin: origin.clone(), data: node::Data::Null };
            Field::default(Document::Json(Box::new(nothing)), origin)
        }
        Data::Bool(_) | Data::Number(_) | Data::List(_) | Data::Map(_) | Data::Either(_) => {
            Field::written(Document::Json(Box::new(from_value(value))), origin)
        }
    }
}

/// An object of the template. CloudFormation hands numbers on as text, and drops what is `AWS::NoValue`.
fn from_value(value: &Value) -> node::Node {
    let data = match &value.data {
        Data::Absent => node::Data::Null,
        Data::Unknown(unknown) if unknown.plain => {
            node::Data::String(node::Text::Partial(vec![unknown_part(unknown)]))
        }
        Data::Unknown(Unknown { why, .. }) => node::Data::Unknown(why.clone()),
        Data::Bool(value) => node::Data::Bool(*value),
        Data::Number(text) => node::Data::String(node::Text::Known(text.value.clone())),
        Data::String(pieces) => node::Data::String(joined(pieces)),
        Data::List(items) => node::Data::Array(items.iter().map(from_value).collect()),
        Data::Map(map) => match &map.rest {
            Some(why) => node::Data::Unknown(why.clone()),
            None => {
                let members = map.members.iter().filter(|member| !member.value.is_absent());
                let member = |member: &super::value::Member| node::Member {
                    key: node::Text::Known((&*member.key).into()),
                    key_origin: Origin::at(member.key_span),
                    value: from_value(&member.value),
                };
                node::Data::Object(members.map(member).collect())
            }
        },
        Data::Json(_) => node::Data::Unknown(Why::at(
            "the JSON text of a value is not followed inside of a policy",
            value.origin.span,
        )),
        Data::Either(either) => node::Data::Unknown(either.why.clone()),
    };
    node::Node { origin: value.origin.clone(), data }
}

fn joined(pieces: &[Piece]) -> node::Text {
    if pieces.iter().all(|piece| piece.known().is_some()) {
        return node::Text::Known(pieces.iter().filter_map(Piece::known).collect());
    }
    let part = |piece: &Piece| match &piece.content {
        Content::Known(text) => TextPart::Known(text.value.clone()),
        Content::Unknown(unknown) => unknown_part(unknown),
    };
    node::Text::Partial(pieces.iter().map(part).collect())
}

fn unknown_part(unknown: &Unknown) -> TextPart {
    TextPart::Unknown { why: unknown.why.clone(), plain: unknown.plain }
}

/// A JSON text, parts of which may be unknown.
fn from_text(pieces: &[Piece], whole: Span) -> Fact<Document> {
    let text = Assembled::new(pieces, whole);
    let holes: Vec<u32> = text.unknowns().map(|(at, _)| at).collect();
    let parsed = json::parse_with_holes(&text.text, &holes);
    if let Some(unknown) = parsed.loose_hole.and_then(|hole| text.unknown(hole)) {
        return Fact::Unknown(unknown.why.clone());
    }
    Fact::Written(match (parsed.root, parsed.errors.first()) {
        (Some(root), None) => Document::Json(Box::new(text.node(&root))),
        (_, Some(error)) => Document::not_json(&error.message, text.span(error.range)),
        (None, None) => Document::empty(text.span(TextRange::default())),
    })
}

/// The text of some pieces, with [`HOLE`] for each that is unknown.
struct Assembled<'p> {
    text: String,
    /// Each piece with the offset of its first byte.
    pieces: Vec<(u32, &'p Piece)>,
    /// The expression that puts them together.
    whole: Span,
}

impl<'p> Assembled<'p> {
    fn new(pieces: &'p [Piece], whole: Span) -> Self {
        let mut assembled = Self { text: String::new(), pieces: Vec::new(), whole };
        for piece in pieces {
            let at = u32::try_from(assembled.text.len()).unwrap_or(u32::MAX);
            assembled.pieces.push((at, piece));
            match piece.known() {
                Some(text) => assembled.text.push_str(text),
                None => assembled.text.push(HOLE),
            }
        }
        assembled
    }

    /// The unknown pieces with their offsets.
    fn unknowns(&self) -> impl Iterator<Item = (u32, &'p Unknown)> {
        self.pieces.iter().filter_map(|(at, piece)| Some((*at, piece.unknown()?)))
    }

    fn unknown(&self, hole: u32) -> Option<&'p Unknown> {
        self.unknowns().nth(hole as usize).map(|(_, unknown)| unknown)
    }

    fn node(&self, node: &tree::Node) -> node::Node {
        let mut origin = self.origin(node.range);
        let data = match &node.kind {
            NodeKind::Null => node::Data::Null,
            NodeKind::Bool(value) => node::Data::Bool(*value),
            NodeKind::Number(number) => node::Data::Number(number.clone()),
            NodeKind::String(text) => {
                // What was put between the quotes as a whole keeps its own origin.
                let inner = self.piece_of(text.content_range()).filter(|_| node.range.len() > 2);
                if let Some(piece) = inner.filter(|piece| piece.place.is_some()) {
                    origin = piece.origin.clone();
                }
                node::Data::String(self.text(text))
            }
            NodeKind::Array(items) => {
                node::Data::Array(items.iter().map(|item| self.node(item)).collect())
            }
            NodeKind::Object(members) => {
                let member = |member: &tree::Member| node::Member {
                    key: self.text(&member.key),
                    key_origin: self.origin(member.key_range),
                    value: self.node(&member.value),
                };
                node::Data::Object(members.iter().map(member).collect())
            }
            NodeKind::Hole(hole) => match self.unknown(*hole) {
                Some(unknown) => node::Data::Unknown(unknown.why.clone()),
                None => node::Data::Null,
            },
        };
        node::Node { origin, data }
    }

    fn text(&self, text: &tree::Text) -> node::Text {
        if text.holes().is_empty() {
            return node::Text::Known(text.value.clone());
        }
        let mut parts = Vec::new();
        let mut at = 0;
        for (hole_at, hole) in text.holes() {
            let before = text.value.get(at..*hole_at as usize).unwrap_or_default();
            if !before.is_empty() {
                parts.push(TextPart::Known(before.into()));
            }
            parts.extend(self.unknown(*hole).map(unknown_part));
            at = *hole_at as usize + HOLE.len_utf8();
        }
        let rest = text.value.get(at..).unwrap_or_default();
        if !rest.is_empty() {
            parts.push(TextPart::Known(rest.into()));
        }
        node::Text::Partial(parts)
    }

    /// The piece that holds all of these bytes.
    fn piece_of(&self, range: TextRange) -> Option<&'p Piece> {
        let (at, piece) = self.piece_at(range.start)?;
        let length = piece.known().map_or(HOLE.len_utf8(), str::len);
        (range.end as usize <= at as usize + length).then_some(piece)
    }

    fn piece_at(&self, at: u32) -> Option<(u32, &'p Piece)> {
        let next = self.pieces.partition_point(|(start, _)| *start <= at);
        self.pieces.get(next.checked_sub(1)?).copied()
    }

    fn origin(&self, range: TextRange) -> Origin {
        let span = self.span(range);
        match self.piece_of(range) {
            Some(piece) => Origin { span, ..piece.origin.clone() },
            None => Origin::at(span),
        }
    }

    /// The source bytes of a range of the text. One that spans several pieces is told in terms of the text that they
    /// were put into.
    fn span(&self, range: TextRange) -> Span {
        let last_byte = range.end.saturating_sub(1).max(range.start);
        let (Some((first_at, first)), Some((last_at, last))) =
            (self.piece_at(range.start), self.piece_at(last_byte))
        else {
            return self.whole;
        };
        if first_at == last_at {
            return inside(first, TextRange::new(range.start - first_at, range.end - first_at));
        }
        let edge =
            |piece: &Piece, range: TextRange| piece.place.unwrap_or_else(|| inside(piece, range));
        let start = edge(first, TextRange::new(range.start - first_at, range.start - first_at));
        let end = edge(last, TextRange::new(range.end - last_at, range.end - last_at));
        let ordered = start.file == end.file && start.range.start <= end.range.end;
        if ordered { Span { range: start.range.cover(end.range), ..start } } else { self.whole }
    }
}

/// The source bytes of a part of a piece.
fn inside(piece: &Piece, range: TextRange) -> Span {
    match &piece.content {
        Content::Known(text) => Span { range: text.source_range(range), ..piece.origin.span },
        Content::Unknown(_) => piece.place.unwrap_or(piece.origin.span),
    }
}
