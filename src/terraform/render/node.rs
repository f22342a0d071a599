//! Values to nodes of a policy document.

use crate::origin::{Origin, Why};
use crate::policy::node::{Data as NodeData, Member, Node, Text, TextPart};
use crate::value::{Data, Elements, Entries, Others, Piece, Rope, TextShape, Value};

/// A value as `jsonencode` would write it. `outer` is where the value that it stands in came from.
pub(super) fn from_value(value: &Value, outer: &Origin) -> Node {
    let origin = origin_of(value, outer);
    let data = match &value.data {
        // What is known about its text counts: an ARN is not a bare star.
        Data::Unknown(unknown) if unknown.text != TextShape::default() => {
            NodeData::String(Text::Partial(unknown_parts(value).collect()))
        }
        Data::Unknown(unknown) if unknown.elements.is_some() => {
            NodeData::Array(elements(value, &origin))
        }
        Data::Unknown(unknown) => NodeData::Unknown(unknown.why.clone()),
        Data::OneOf(one_of) => NodeData::Unknown(one_of.why.clone()),
        Data::Null(_) => NodeData::Null,
        Data::Bool(value) => NodeData::Bool(*value),
        Data::Number(number) => NodeData::Number(number.to_string().into()),
        Data::String(rope) => return string(rope, origin),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            NodeData::Array(items.iter().map(|item| from_value(item, &origin)).collect())
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            NodeData::Object(members(entries, &origin))
        }
    };
    Node { origin, data }
}

/// The elements of a sequence that is not known as a whole; one stands for any number of those that are not certainly
/// there. Whether there are any can't be known, so it counts only as what is known of it: that it is no bare star.
fn elements(value: &Value, outer: &Origin) -> Vec<Node> {
    let Elements { certain, others } = value.elements();
    let others = match others {
        Others::None => None,
        Others::Like(like) if is_no_star(&like.text_shape()) => Some(from_value(&like, outer)),
        Others::Like(_) | Others::Any => {
            Some(Node { origin: outer.clone(), data: NodeData::Unknown(why(value)) })
        }
    };
    certain.iter().map(|item| from_value(item, outer)).chain(others).collect()
}

fn is_no_star(text: &TextShape) -> bool {
    text.plain || text.prefix.starts_with(|first| first != '*')
}

/// The origin of a value, seen through what it stands in.
pub(super) fn origin_of(value: &Value, outer: &Origin) -> Origin {
    let origin = value.origin.inside(outer);
    if value.marks.sensitive { origin.sensitive() } else { origin }
}

/// A string. One that is nothing but another one was written where that was.
fn string(rope: &Rope, origin: Origin) -> Node {
    if let [Piece::Value(value)] = rope.pieces() {
        return from_value(value, &origin);
    }
    Node { origin, data: NodeData::String(text(rope)) }
}

/// The text of a string, with what is unknown in it.
pub(super) fn text(rope: &Rope) -> Text {
    if let Some(text) = rope.text() {
        return Text::Known(text.into());
    }
    let mut parts = Vec::new();
    push_parts(rope, &mut parts);
    Text::Partial(parts)
}

fn push_parts(rope: &Rope, parts: &mut Vec<TextPart>) {
    for piece in rope.pieces() {
        match (piece.text(), piece) {
            (Some(text), _) => parts.push(TextPart::Known(text.into())),
            (None, Piece::Value(value)) => match value.as_rope() {
                Some(rope) => push_parts(rope, parts),
                None => parts.extend(unknown_parts(value)),
            },
            (None, Piece::Json(value)) => {
                parts.push(TextPart::Unknown { why: why(value), plain: false });
            }
            (None, Piece::Literal(_)) => {}
        }
    }
}

/// What is known of an unknown string: perhaps how it begins.
pub(super) fn unknown_parts(value: &Value) -> impl Iterator<Item = TextPart> {
    let shape = value.text_shape();
    let prefix = (!shape.prefix.is_empty()).then(|| TextPart::Known((&*shape.prefix).into()));
    prefix.into_iter().chain([TextPart::Unknown { why: why(value), plain: shape.plain }])
}

/// Why something in the value is unknown.
pub(super) fn why(value: &Value) -> Why {
    value.why().cloned().unwrap_or_else(|| Why::at("the text is too large", value.origin.span))
}

fn members(entries: &Entries, outer: &Origin) -> Vec<Member> {
    let member = |(key, entry): (&smol_str::SmolStr, &crate::value::Entry)| Member {
        key: Text::Known((&**key).into()),
        key_origin: entry.key_origin.as_ref().unwrap_or(&entry.value.origin).inside(outer),
        value: from_value(&entry.value, outer),
    };
    entries.iter().map(member).collect()
}
