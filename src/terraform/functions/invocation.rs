//! One call under way: [`Invocation`].

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use smol_str::SmolStr;

use super::signature::{Function, Outcome};
use super::{Call, FunctionError};
use crate::number::Number;
use crate::origin::{Hop, HopKind, Origin, Why};
use crate::value::{Entries, Entry, Piece, Slicer, TextShape, Type, Unknown, Value};

/// A call under way, with arguments that the parameters accept.
pub(super) struct Invocation<'a> {
    pub(super) function: &'static Function,
    pub(super) call: &'a Call<'a>,
    pub(super) arguments: Vec<Value>,
}

impl Invocation<'_> {
    /// An argument. There are as many as the function has parameters.
    pub(super) fn argument(&self, index: usize) -> Result<&Value, FunctionError> {
        self.arguments.get(index).ok_or_else(|| self.failure("it has too few arguments"))
    }

    /// The arguments behind those that have a parameter of their own.
    pub(super) fn rest(&self) -> &[Value] {
        self.arguments.get(self.function.parameters.len()..).unwrap_or_default()
    }

    /// The text of a known string.
    pub(super) fn text(&self, index: usize) -> Result<Cow<'_, str>, FunctionError> {
        self.argument(index)?.as_text().ok_or_else(|| error(index, "a string is required"))
    }

    /// A known number.
    pub(super) fn number(&self, index: usize) -> Result<&Number, FunctionError> {
        self.argument(index)?.as_number().ok_or_else(|| error(index, "a number is required"))
    }

    /// A known whole number of 64 bits.
    pub(super) fn integer(&self, index: usize) -> Result<i64, FunctionError> {
        self.number(index)?
            .to_i64()
            .ok_or_else(|| error(index, "a whole number of at most 64 bits is required"))
    }

    /// The elements of a known sequence, each of which may be unknown.
    pub(super) fn items(&self, index: usize) -> Result<&[Value], FunctionError> {
        self.argument(index)?.items().ok_or_else(|| error(index, "a list is required"))
    }

    /// The origin of what the call makes of several values.
    pub(super) fn origin(&self) -> Origin {
        Origin::at(self.call.span)
    }

    /// The origin of what the call makes of one value: the call, and behind it the way of that value.
    pub(super) fn origin_of(&self, from: &Value) -> Origin {
        let hop = Hop::before(
            HopKind::Function,
            self.function.name.into(),
            from.origin.span,
            from.origin.via.clone(),
        );
        Origin { via: hop, sensitive: from.origin.sensitive, ..self.origin() }
    }

    /// A text that was computed from an argument.
    pub(super) fn string(&self, text: impl Into<SmolStr>, from: usize) -> Outcome {
        Ok(Value::string(text, self.origin_of(self.argument(from)?)))
    }

    /// The bytes in `range` of an argument that is a known string.
    pub(super) fn part(&self, from: usize, range: Range<usize>) -> Outcome {
        Ok(self.parts(from)?.value(range))
    }

    /// To take many parts of an argument that is a known string.
    pub(super) fn parts(&self, from: usize) -> Result<Parts<'_>, FunctionError> {
        let argument = self.argument(from)?;
        let rope = argument.as_rope().ok_or_else(|| error(from, "a string is required"))?;
        Ok(Parts { slicer: rope.slicer(), origin: self.origin_of(argument) })
    }

    /// A truth value.
    pub(super) fn bool(&self, value: bool) -> Outcome {
        Ok(Value::bool(value, self.origin()))
    }

    /// A value that is unknown because of the first of `causes` that is.
    pub(super) fn unknown<'v>(
        &self,
        ty: Type,
        causes: impl IntoIterator<Item = &'v Value>,
    ) -> Value {
        let cause = causes.into_iter().find_map(|value| Some((value, value.why()?.clone())));
        let (origin, why) = match cause {
            Some((value, why)) => (self.origin_of(value), why),
            None => (
                self.origin(),
                Why::at(format!("the result of `{}`", self.function.name), self.call.span),
            ),
        };
        let unknown = Unknown { not_null: !self.function.nullable, ..Unknown::new(ty, why) };
        Value::from_unknown(unknown, origin)
    }

    /// An unknown map or object of which these entries are known.
    pub(super) fn unknown_object<'v>(
        &self,
        ty: Type,
        causes: impl IntoIterator<Item = &'v Value>,
        entries: Entries,
    ) -> Value {
        let unknown = self.unknown(ty, causes);
        match unknown.as_unknown() {
            Some(inner) if !entries.is_empty() => {
                let attributes = Some(Arc::new(entries));
                let unknown_object = Unknown { attributes, ..inner.clone() };
                Value::from_unknown(unknown_object, unknown.origin.clone())
            }
            Some(_) | None => unknown,
        }
    }

    /// A string that begins with a known text and is not known beyond it.
    pub(super) fn unknown_text(&self, text: TextShape, cause: &Value) -> Value {
        let why =
            cause.why().cloned().unwrap_or_else(|| Why::at("part of the text", self.call.span));
        Value::unknown_text(text, why, self.origin_of(cause))
    }

    /// The call fails as a whole.
    pub(super) fn failure(&self, message: impl Into<String>) -> FunctionError {
        FunctionError { argument: None, message: message.into() }
    }
}

/// An argument to take parts of.
pub(super) struct Parts<'v> {
    slicer: Slicer<'v>,
    /// The origin of what the call makes of the argument.
    pub(super) origin: Origin,
}

impl Parts<'_> {
    /// A part as a value.
    pub(super) fn value(&self, range: Range<usize>) -> Value {
        Value::rope(self.slicer.slice(range), self.origin.clone())
    }

    /// A part as pieces of a longer text.
    pub(super) fn pieces(&self, range: Range<usize>) -> Vec<Piece> {
        self.slicer.slice(range).pieces().to_vec()
    }
}

/// The elements that a sequence certainly has, each with the way that the sequence came.
pub(super) fn elements(sequence: &Value) -> std::vec::IntoIter<Value> {
    sequence.elements().certain.into_iter()
}

/// The entries of a map or an object that are known, each with the way that the map came.
pub(super) fn entries(map: &Value) -> impl Iterator<Item = (&SmolStr, Entry)> {
    known_entries(map).into_iter().flatten().map(|(key, entry)| (key, taken(map, entry)))
}

/// The entry of a map or an object, if it is known, with the way that the map came.
pub(super) fn entry(map: &Value, key: &str) -> Option<Entry> {
    known_entries(map)?.get(key).map(|entry| taken(map, entry))
}

fn known_entries(map: &Value) -> Option<&Entries> {
    map.entries().or_else(|| map.as_unknown()?.attributes.as_deref())
}

fn taken(map: &Value, entry: &Entry) -> Entry {
    let key_origin = entry.key_origin.as_ref().map(|origin| origin.inside(&map.origin));
    Entry::new(key_origin, entry.value.clone().inside(&map.origin))
}

/// An argument is wrong.
pub(super) fn error(argument: usize, message: impl Into<String>) -> FunctionError {
    FunctionError { argument: Some(argument), message: message.into() }
}
