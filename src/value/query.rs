//! Asking values.

use std::borrow::Cow;

use super::{Data, Entries, Marks, Rope, TextShape, Type, Unknown, Value};
use crate::number::Number;
use crate::origin::Why;

impl Value {
    /// Its type.
    pub fn ty(&self) -> Type {
        match &self.data {
            Data::Unknown(unknown) => unknown.ty.clone(),
            Data::Null(ty) => ty.clone(),
            Data::Bool(_) => Type::Bool,
            Data::Number(_) => Type::Number,
            Data::String(_) => Type::String,
            Data::List(element, _) => Type::List(element.clone().into()),
            Data::Set(element, _) => Type::Set(element.clone().into()),
            Data::Tuple(items) => Type::Tuple(items.iter().map(Self::ty).collect()),
            Data::Map(element, _) => Type::Map(element.clone().into()),
            Data::Object(entries) => {
                let attributes = entries.iter().map(|(key, entry)| (key.clone(), entry.value.ty()));
                Type::Object(std::sync::Arc::new(attributes.collect()))
            }
            Data::OneOf(one_of) => {
                let mut types = one_of.arms.iter().map(Self::ty);
                let first = types.next().unwrap_or(Type::Dynamic);
                if types.all(|ty| ty == first) { first } else { Type::Dynamic }
            }
        }
    }

    /// Is it `null`?
    pub const fn is_null(&self) -> bool {
        matches!(self.data, Data::Null(_))
    }

    /// Is it certainly not `null`?
    pub fn is_not_null(&self) -> bool {
        match &self.data {
            Data::Unknown(unknown) => unknown.not_null,
            Data::Null(_) => false,
            Data::OneOf(one_of) => one_of.arms.iter().all(Self::is_not_null),
            Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::List(..)
            | Data::Set(..)
            | Data::Tuple(_)
            | Data::Map(..)
            | Data::Object(_) => true,
        }
    }

    /// Is the value itself known? Elements of a known collection may be unknown; a string is known as a whole.
    pub fn is_known(&self) -> bool {
        match &self.data {
            Data::Unknown(_) | Data::OneOf(_) => false,
            Data::String(_) => self.shape.known,
            Data::Null(_)
            | Data::Bool(_)
            | Data::Number(_)
            | Data::List(..)
            | Data::Set(..)
            | Data::Tuple(_)
            | Data::Map(..)
            | Data::Object(_) => true,
        }
    }

    /// Is it known, and all that is in it?
    pub const fn is_wholly_known(&self) -> bool {
        self.shape.known
    }

    /// Is it an infinite number, or does it hold one?
    pub const fn has_infinity(&self) -> bool {
        self.shape.infinite
    }

    /// Its marks and those of all that is in it.
    pub const fn all_marks(&self) -> Marks {
        self.marks.union(self.shape.marks)
    }

    /// How deep it is nested; 1 for a leaf.
    pub const fn depth(&self) -> u16 {
        self.shape.depth
    }

    /// How many values and bytes of text are in it, itself included; shared parts count each time.
    pub const fn weight(&self) -> u32 {
        self.shape.weight
    }

    /// Why it, or else the first thing in it that is unknown, can't be known.
    pub fn why(&self) -> Option<&Why> {
        if self.shape.known {
            return None;
        }
        match &self.data {
            Data::Unknown(unknown) => Some(&unknown.why),
            Data::OneOf(one_of) => Some(&one_of.why),
            Data::String(rope) => rope.why(),
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                items.iter().find_map(Self::why)
            }
            Data::Map(_, entries) | Data::Object(entries) => {
                entries.values().find_map(|entry| entry.value.why())
            }
            Data::Null(_) | Data::Bool(_) | Data::Number(_) => None,
        }
    }

    /// Calls `visit` with the reason of everything in it that can't be known.
    pub fn visit_unknown(&self, visit: &mut dyn FnMut(&Why)) {
        if self.shape.known {
            return;
        }
        match &self.data {
            Data::Unknown(unknown) => visit(&unknown.why),
            Data::OneOf(one_of) => {
                visit(&one_of.why);
                one_of.arms.iter().for_each(|arm| arm.visit_unknown(visit));
            }
            Data::String(rope) => rope.values().for_each(|value| value.visit_unknown(visit)),
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                items.iter().for_each(|item| item.visit_unknown(visit));
            }
            Data::Map(_, entries) | Data::Object(entries) => {
                entries.values().for_each(|entry| entry.value.visit_unknown(visit));
            }
            Data::Null(_) | Data::Bool(_) | Data::Number(_) => {}
        }
    }

    /// The unknown, if it is one.
    pub fn as_unknown(&self) -> Option<&Unknown> {
        if let Data::Unknown(unknown) = &self.data { Some(unknown) } else { None }
    }

    /// The truth value, if it is known.
    pub const fn as_bool(&self) -> Option<bool> {
        if let Data::Bool(value) = self.data { Some(value) } else { None }
    }

    /// The number, if it is known.
    pub const fn as_number(&self) -> Option<&Number> {
        if let Data::Number(number) = &self.data { Some(number) } else { None }
    }

    /// The least and the most that a number can be, if that is known.
    pub fn bounds(&self) -> Option<(Number, Option<Number>)> {
        match &self.data {
            Data::Number(number) => Some((number.clone(), Some(number.clone()))),
            Data::OneOf(one_of) => {
                let mut bounds = one_of.arms.iter().map(Self::bounds);
                bounds.next()?.and_then(|first| {
                    bounds.try_fold(first, |(least, most), other| {
                        let (other_least, other_most) = other?;
                        let most = most.zip(other_most).map(|(most, other)| most.max(other));
                        Some((least.min(other_least), most))
                    })
                })
            }
            _ => self.as_unknown()?.bounds.clone(),
        }
    }

    /// The pieces of a string, which may be unknown in part.
    pub const fn as_rope(&self) -> Option<&Rope> {
        if let Data::String(rope) = &self.data { Some(rope) } else { None }
    }

    /// The text of a string that is known as a whole.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        self.as_rope().and_then(Rope::text)
    }

    /// The elements of a list, a set or a tuple.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => Some(items),
            Data::Unknown(_)
            | Data::Null(_)
            | Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::Map(..)
            | Data::Object(_)
            | Data::OneOf(_) => None,
        }
    }

    /// The entries of a map or an object.
    pub fn entries(&self) -> Option<&Entries> {
        match &self.data {
            Data::Map(_, entries) | Data::Object(entries) => Some(entries),
            Data::Unknown(_)
            | Data::Null(_)
            | Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::List(..)
            | Data::Set(..)
            | Data::Tuple(_)
            | Data::OneOf(_) => None,
        }
    }

    /// What is known about the text of a string, known or not.
    pub fn text_shape(&self) -> TextShape {
        match &self.data {
            Data::Unknown(unknown) => unknown.text.clone(),
            Data::String(rope) => rope.shape(),
            Data::OneOf(one_of) => {
                let shapes = one_of.arms.iter().map(Self::text_shape);
                shapes.reduce(|a, b| a.common(&b)).unwrap_or_default()
            }
            Data::Null(_)
            | Data::Bool(_)
            | Data::Number(_)
            | Data::List(..)
            | Data::Set(..)
            | Data::Tuple(_)
            | Data::Map(..)
            | Data::Object(_) => TextShape::default(),
        }
    }
}
