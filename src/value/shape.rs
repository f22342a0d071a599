//! Facts about all that is in a value, kept with it so that it need not be walked again.

use super::{Data, Marks, Piece, Rope, Unknown, Value};

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Shape {
    /// How many values and bytes of text are in it, itself included; shared parts count each time.
    pub(super) weight: u32,
    /// How deep it is nested; 1 for a leaf.
    pub(super) depth: u16,
    /// Nothing in it is unknown.
    pub(super) known: bool,
    /// A number in it is infinite.
    pub(super) infinite: bool,
    /// The marks of what is in it, its own excluded.
    pub(super) marks: Marks,
}

impl Shape {
    const LEAF: Self =
        Self { weight: 1, depth: 1, known: true, infinite: false, marks: Marks::NONE };

    pub(super) fn of(data: &Data) -> Self {
        match data {
            Data::Unknown(unknown) => Self::of_unknown(unknown),
            Data::Null(_) | Data::Bool(_) => Self::LEAF,
            Data::Number(number) => Self { infinite: number.is_infinite(), ..Self::LEAF },
            Data::String(rope) => Self::of_rope(rope),
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                items.iter().fold(Self::LEAF, Self::hold)
            }
            Data::Map(_, entries) | Data::Object(entries) => entries
                .iter()
                .fold(Self::LEAF, |shape, (key, entry)| shape.hold(&entry.value).add(key.len())),
            Data::OneOf(one_of) => {
                Self { known: false, ..one_of.arms.iter().fold(Self::LEAF, Self::hold) }
            }
        }
    }

    fn of_unknown(unknown: &Unknown) -> Self {
        let elements = unknown.elements.iter().flat_map(|elements| elements.values());
        let shape = elements.fold(Self::LEAF, Self::hold);
        // The marks of an attribute that is known say nothing about the others.
        let marks = shape.marks;
        let attributes = unknown.attributes.iter().flat_map(|entries| entries.values());
        let shape = attributes.fold(shape, |shape, entry| shape.hold(&entry.value));
        Self { known: false, marks, ..shape }
    }

    fn of_rope(rope: &Rope) -> Self {
        rope.pieces().iter().fold(Self::LEAF, |shape, piece| match piece {
            Piece::Literal(literal) => shape.add(literal.text.len()),
            Piece::Value(value) | Piece::Json(value) => shape.hold(value),
        })
    }

    fn hold(self, value: &Value) -> Self {
        Self {
            weight: self.weight.saturating_add(value.shape.weight),
            depth: self.depth.max(value.shape.depth.saturating_add(1)),
            known: self.known && value.shape.known,
            infinite: self.infinite || value.shape.infinite,
            marks: self.marks.union(value.all_marks()),
        }
    }

    fn add(self, bytes: usize) -> Self {
        Self {
            weight: self.weight.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX)),
            ..self
        }
    }
}
