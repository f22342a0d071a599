//! Values of the Terraform language, with where they come from and how sure they are: [`Value`].
//!
//! Three things differ from a plain value. Every value, down to the last leaf, carries its [`Origin`]. Unknown is a
//! value, with a reason and with what is known about it all the same. And a string is a [`Rope`]: literal pieces
//! that map back to the source byte by byte, interpolated values that keep their own origin, and `jsonencode`
//! results that keep their argument, so that a policy's leaves are never flattened into text and lost.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::number::Number;
use crate::origin::{Origin, Why};
use crate::source::{Segment, Span};

mod alternatives;
mod build;
mod elements;
mod entries;
mod equal;
mod json;
mod query;
mod rope;
mod set;
mod shape;
mod slice;
mod types;

pub(crate) use build::normalize;
pub use elements::{Elements, Others};
pub use entries::{Entries, Entry};
pub use json::{escape_json, escaped};
use shape::Shape;
pub use slice::Slicer;
pub use types::Type;

/// A value. To change what it is, make a new one: it remembers facts about all that is in it.
#[derive(Clone, PartialEq, Debug)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it was written and how it came here.
    pub origin: Origin,
    /// What must not be done with it.
    pub marks: Marks,
    shape: Shape,
}

/// No value that is nested deeper is made, so that walking one needs little stack.
pub const MAX_DEPTH: u16 = 256;
/// No value that holds more values and bytes of text is made.
pub const MAX_WEIGHT: u32 = 1 << 24;

/// What a value is.
#[derive(Clone, PartialEq, Debug)]
pub enum Data {
    /// It can't be known.
    Unknown(Arc<Unknown>),
    /// `null` of a type.
    Null(Type),
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string; parts of it may be unknown.
    String(Rope),
    /// A list of one element type.
    List(Type, Arc<Vec<Value>>),
    /// A set of one element type: sorted, without duplicates.
    Set(Type, Arc<Vec<Value>>),
    /// A tuple.
    Tuple(Arc<Vec<Value>>),
    /// A map of one element type.
    Map(Type, Arc<Entries>),
    /// An object.
    Object(Arc<Entries>),
    /// One of several values, depending on a condition that can't be known. To Terraform this is unknown.
    OneOf(Arc<OneOf>),
}

/// What is known about an unknown value.
#[derive(Clone, PartialEq, Debug)]
pub struct Unknown {
    /// Why it can't be known.
    pub why: Why,
    /// Its type, [`Type::Dynamic`] where not even that is known.
    pub ty: Type,
    /// It is certainly not null.
    pub not_null: bool,
    /// What is known about the text of an unknown string.
    pub text: TextShape,
    /// An unknown number, or the length of an unknown list, set or map, is at least this, and at most that where there
    /// is a bound.
    pub bounds: Option<(Number, Option<Number>)>,
    /// An object (a resource, a data source) of which only these attributes are known; a step to any other one gives
    /// an unknown with the same reason.
    pub attributes: Option<Arc<Entries>>,
    /// A list, a set or a tuple of which only some elements are known.
    pub elements: Option<Arc<Elements>>,
}

/// What is known about the text of an unknown string.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TextShape {
    /// It certainly begins with this.
    pub prefix: Arc<str>,
    /// It is not empty and holds neither `*` nor `?`: an account id, an ARN or another value that AWS makes.
    pub plain: bool,
}

/// One of several values.
#[derive(Clone, PartialEq, Debug)]
pub struct OneOf {
    /// What it depends on.
    pub why: Why,
    /// The condition's bytes.
    pub condition: Span,
    /// Alternatives with the same number go together, arm by arm: they depend on the same evaluation of the same
    /// condition.
    pub id: u64,
    /// The alternatives, at least two; none is itself a `OneOf` over the same condition.
    pub arms: Vec<Value>,
}

/// A string in pieces.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rope {
    /// INVARIANT: no literal is empty; an empty string has no pieces.
    pieces: Arc<[Piece]>,
}

/// A piece of a string.
#[derive(Clone, PartialEq, Debug)]
pub enum Piece {
    /// Known text.
    Literal(Literal),
    /// An interpolated value with its own origin: a string that is unknown, sensitive, one of several, or that came
    /// from elsewhere.
    Value(Value),
    /// The result of `jsonencode`, not rendered yet: the argument itself.
    Json(Value),
}

/// Known text and the bytes that it was written with.
#[derive(Clone, PartialEq, Debug)]
pub struct Literal {
    /// The text.
    pub text: SmolStr,
    /// The bytes that it was written with (or, for a computed text, the expression that computed it).
    pub span: Span,
    /// How the text maps to the source.
    pub map: TextMap,
}

/// How the bytes of a text map to the source.
#[derive(Clone, PartialEq, Debug)]
pub enum TextMap {
    /// The text is the bytes of the span as they stand.
    Verbatim,
    /// The segments tile the text.
    Segments(Arc<[Segment]>),
    /// The text was computed: every byte maps to the whole span.
    Computed,
}

/// What must not be done with a value.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Marks {
    /// Never print it.
    pub sensitive: bool,
    /// It does not outlive the run.
    pub ephemeral: bool,
}

impl Marks {
    /// Neither sensitive nor ephemeral.
    pub const NONE: Self = Self { sensitive: false, ephemeral: false };

    /// The marks of a value made from both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self {
            sensitive: self.sensitive || other.sensitive,
            ephemeral: self.ephemeral || other.ephemeral,
        }
    }
}
