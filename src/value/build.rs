//! Making values.

use std::borrow::Cow;
use std::sync::Arc;

use smol_str::SmolStr;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{Data, Entries, Marks, Rope, Shape, TextShape, Type, Unknown, Value, set};
use crate::number::Number;
use crate::origin::{Hop, HopKind, Origin, Why};
use crate::source::Span;

impl Value {
    /// A value without marks.
    pub fn new(data: Data, origin: Origin) -> Self {
        let shape = Shape::of(&data);
        Self { data, origin, marks: Marks::NONE, shape }
    }

    /// A value of which nothing is known but the reason.
    pub fn unknown(why: Why, origin: Origin) -> Self {
        Self::unknown_of(Type::Dynamic, why, origin)
    }

    /// An unknown value of a known type.
    pub fn unknown_of(ty: Type, why: Why, origin: Origin) -> Self {
        Self::from_unknown(Unknown::new(ty, why), origin)
    }

    /// An unknown value of a known type that is certainly not null.
    pub fn unknown_not_null(ty: Type, why: Why, origin: Origin) -> Self {
        Self::from_unknown(Unknown { not_null: true, ..Unknown::new(ty, why) }, origin)
    }

    /// An unknown string, not null, of which something is known.
    pub fn unknown_text(text: TextShape, why: Why, origin: Origin) -> Self {
        Self::from_unknown(
            Unknown { not_null: true, text, ..Unknown::new(Type::String, why) },
            origin,
        )
    }

    /// An unknown value.
    pub fn from_unknown(unknown: Unknown, origin: Origin) -> Self {
        Self::new(Data::Unknown(Arc::new(unknown)), origin)
    }

    /// `null` of a type.
    pub fn null(ty: Type, origin: Origin) -> Self {
        Self::new(Data::Null(ty), origin)
    }

    /// `true` or `false`.
    pub fn bool(value: bool, origin: Origin) -> Self {
        Self::new(Data::Bool(value), origin)
    }

    /// A number.
    pub fn number(number: impl Into<Number>, origin: Origin) -> Self {
        Self::new(Data::Number(number.into()), origin)
    }

    /// A string that was computed at `origin`. It is brought to Unicode's normal form C, as Terraform does.
    pub fn string(text: impl Into<SmolStr>, origin: Origin) -> Self {
        let rope = Rope::computed(text, origin.span);
        Self::rope(rope, origin)
    }

    /// A string in pieces.
    pub fn rope(rope: Rope, origin: Origin) -> Self {
        Self::new(Data::String(rope), origin)
    }

    /// A tuple.
    pub fn tuple(items: Vec<Self>, origin: Origin) -> Self {
        Self::new(Data::Tuple(Arc::new(items)), origin)
    }

    /// A list. Its items are of the element type.
    pub fn list(element: Type, items: Vec<Self>, origin: Origin) -> Self {
        Self::new(Data::List(element, Arc::new(items)), origin)
    }

    /// A set: sorts the items and drops those that are there already. The marks of the items become the set's.
    pub fn set(element: Type, items: Vec<Self>, origin: Origin) -> Self {
        let marks = items.iter().fold(Marks::NONE, |marks, item| marks.union(item.all_marks()));
        let items = set::sorted(items.into_iter().map(Self::without_marks).collect());
        Self::new(Data::Set(element, Arc::new(items)), origin).marked(marks)
    }

    /// A map. Its values are of the element type.
    pub fn map(element: Type, entries: Entries, origin: Origin) -> Self {
        Self::new(Data::Map(element, Arc::new(entries)), origin)
    }

    /// An object.
    pub fn object(entries: Entries, origin: Origin) -> Self {
        Self::new(Data::Object(Arc::new(entries)), origin)
    }

    /// The value with these marks too.
    #[must_use]
    pub fn marked(mut self, marks: Marks) -> Self {
        self.marks = self.marks.union(marks);
        self
    }

    /// The value with another origin.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// The value, seen through one more reference.
    #[must_use]
    pub fn through(mut self, kind: HopKind, name: impl Into<SmolStr>, span: Span) -> Self {
        self.origin.via = Hop::before(kind, name.into(), span, self.origin.via.take());
        self
    }

    /// An element of a value that came from `outer`: it came the same way.
    #[must_use]
    pub fn inside(mut self, outer: &Origin) -> Self {
        if outer.via.is_some() {
            self.origin = self.origin.inside(outer);
        }
        self
    }

    /// The value without marks, itself and all that is in it.
    #[must_use]
    pub fn without_marks(self) -> Self {
        if self.all_marks() == Marks::NONE {
            return self;
        }
        let Self { data, origin, shape, .. } = self;
        if shape.marks == Marks::NONE {
            return Self { data, origin, marks: Marks::NONE, shape };
        }
        let each = |items: &[Self]| {
            Arc::new(items.iter().cloned().map(Self::without_marks).collect::<Vec<_>>())
        };
        let values = |entries: &Entries| {
            Arc::new(
                entries
                    .iter()
                    .map(|(key, entry)| (key.clone(), entry.map(Self::without_marks)))
                    .collect(),
            )
        };
        let data = match data {
            Data::List(ty, items) => Data::List(ty, each(&items)),
            Data::Set(ty, items) => Data::Set(ty, each(&items)),
            Data::Tuple(items) => Data::Tuple(each(&items)),
            Data::Map(ty, entries) => Data::Map(ty, values(&entries)),
            Data::Object(entries) => Data::Object(values(&entries)),
            Data::String(rope) => Data::String(rope.map_values(Self::without_marks)),
            Data::OneOf(one_of) => Data::OneOf(Arc::new(super::OneOf {
                arms: one_of.arms.iter().cloned().map(Self::without_marks).collect(),
                ..super::OneOf::clone(&one_of)
            })),
            Data::Unknown(unknown) => {
                let unmarked = |item: &Self| Some(item.clone().without_marks());
                let elements =
                    unknown.elements.as_ref().map(|all| Arc::new(all.filter_map(unmarked)));
                Data::Unknown(Arc::new(Unknown { elements, ..Unknown::clone(&unknown) }))
            }
            Data::Null(_) | Data::Bool(_) | Data::Number(_) => data,
        };
        Self::new(data, origin)
    }

    /// An unknown number that is at least and at most so much, where there is a bound.
    #[must_use]
    pub fn bounded(self, least: Number, most: Option<Number>) -> Self {
        match &self.data {
            Data::Unknown(unknown) => {
                let bounds = Some((least, most));
                let unknown = Unknown { bounds, ..Unknown::clone(unknown) };
                Self::from_unknown(unknown, self.origin.clone()).marked(self.marks)
            }
            _ => self,
        }
    }
}

impl Unknown {
    /// Nothing is known but the type and the reason.
    pub fn new(ty: Type, why: Why) -> Self {
        Self {
            why,
            ty,
            not_null: false,
            text: TextShape::default(),
            bounds: None,
            attributes: None,
            elements: None,
        }
    }

    /// How many elements an unknown list, set or map has, if its bounds tell.
    pub fn length(&self) -> Option<usize> {
        let (least, most) = self.bounds.as_ref().filter(|_| self.ty.element().is_some())?;
        let exact = most.as_ref().filter(|most| *most == least)?;
        usize::try_from(exact.to_i64()?).ok()
    }
}

/// The text in Unicode's normal form C.
pub(crate) fn normalize(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}
