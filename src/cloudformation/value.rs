//! What an expression of a template comes to: [`Value`]. Unknown is a value, and so is "one of these".

use crate::origin::{Origin, Why};
use crate::source::{Segment, Span, TextRange};
use crate::syntax::tree::{Text, TextDetail};

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) data: Data,
    pub(super) origin: Origin,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Data {
    /// Not there: not written, `null`, or `AWS::NoValue`.
    Absent,
    /// It can't be known.
    Unknown(Unknown),
    Bool(bool),
    /// A number, as written.
    Number(Text),
    /// A string in pieces.
    String(Vec<Piece>),
    List(Vec<Value>),
    Map(Map),
    /// The JSON text of a value (`Fn::ToJsonString`).
    Json(Box<Value>),
    /// One of several, depending on something that can't be known.
    Either(Either),
}

/// What is known about an unknown value.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Unknown {
    pub(super) why: Why,
    /// It is a string that AWS makes, such as an account id or an ARN: not empty, without `*` and `?`.
    pub(super) plain: bool,
}

/// A piece of a string.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) content: Content,
    pub(super) origin: Origin,
    /// Where it was put into the string; `None` for text that stands there itself.
    pub(super) place: Option<Span>,
}

/// What a piece holds.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// Text that maps to bytes of the file of the piece's origin.
    Known(Text),
    Unknown(Unknown),
}

/// Members in source order; duplicate keys are kept.
#[derive(Clone, Debug)]
pub(super) struct Map {
    pub(super) members: Vec<Member>,
    /// There may be more members, and this is why they can't be known.
    pub(super) rest: Option<Why>,
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) key: Box<str>,
    pub(super) key_span: Span,
    pub(super) value: Value,
}

/// The alternatives of a value. Two values with the same `why` go together, arm by arm.
#[derive(Clone, Debug)]
pub(super) struct Either {
    pub(super) why: Why,
    pub(super) arms: Vec<Value>,
}

/// More alternatives than this are not told apart.
pub(super) const MAX_ARMS: usize = 16;

impl Value {
    pub(super) const fn new(data: Data, origin: Origin) -> Self {
        Self { data, origin }
    }

    pub(super) fn absent(span: Span) -> Self {
        Self::new(Data::Absent, Origin::at(span))
    }

    /// Nothing is known but the reason.
    pub(super) fn unknown(why: Why, span: Span) -> Self {
        Self::new(Data::Unknown(Unknown { why, plain: false }), Origin::at(span))
    }

    /// A string that AWS makes.
    pub(super) fn plain(why: Why, span: Span) -> Self {
        Self::new(Data::Unknown(Unknown { why, plain: true }), Origin::at(span))
    }

    /// A string that stands in the file of `origin`.
    pub(super) fn text(text: Text, origin: Origin) -> Self {
        let piece = Piece { content: Content::Known(text), origin: origin.clone(), place: None };
        Self::new(Data::String(vec![piece]), origin)
    }

    /// A string that the expression at `origin` computes.
    pub(super) fn computed(text: &str, origin: Origin) -> Self {
        let value = TextRange::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
        let segments = vec![Segment { value, source: origin.span.range }];
        let detail = Some(Box::new(TextDetail { segments, holes: Vec::new() }));
        Self::text(Text { value: text.into(), start: origin.span.range.start, detail }, origin)
    }

    /// A string made of pieces by the expression at `span`. One that has a single piece is that piece.
    pub(super) fn assembled(mut pieces: Vec<Piece>, span: Span) -> Self {
        pieces.retain(|piece| !piece.is_empty());
        let origin = match pieces.as_slice() {
            [only] => only.origin.clone(),
            [] | [_, _, ..] => Origin::at(span),
        };
        if let [Piece { content: Content::Unknown(unknown), .. }] = pieces.as_slice() {
            return Self::new(Data::Unknown(unknown.clone()), origin);
        }
        Self::new(Data::String(pieces), origin)
    }

    /// One of `arms`, or the only one.
    pub(super) fn either(why: Why, mut arms: Vec<Self>, span: Span) -> Self {
        if arms.len() > MAX_ARMS || arms.is_empty() {
            return Self::unknown(why, span);
        }
        if arms.len() == 1 {
            return arms.swap_remove(0);
        }
        Self::new(Data::Either(Either { why, arms }), Origin::at(span))
    }

    /// The value as the pieces of a string, if it is a scalar.
    pub(super) fn into_pieces(self) -> Option<Vec<Piece>> {
        let content = match self.data {
            Data::String(pieces) => return Some(pieces),
            Data::Number(text) => Content::Known(text),
            Data::Bool(value) => {
                return Self::computed(if value { "true" } else { "false" }, self.origin)
                    .into_pieces();
            }
            Data::Unknown(unknown) => Content::Unknown(unknown),
            Data::Json(_) => {
                let why = Why::at(
                    "the JSON text of a value is not followed inside of other text",
                    self.origin.span,
                );
                Content::Unknown(Unknown { why, plain: false })
            }
            Data::Absent | Data::List(_) | Data::Map(_) | Data::Either(_) => return None,
        };
        Some(vec![Piece { content, origin: self.origin, place: None }])
    }

    /// The string, if it is a scalar that is known as a whole.
    pub(super) fn as_known(&self) -> Option<String> {
        match &self.data {
            Data::String(pieces) => pieces.iter().map(Piece::known).collect(),
            Data::Number(text) => Some(text.value.to_string()),
            Data::Bool(value) => Some(value.to_string()),
            Data::Absent
            | Data::Unknown(_)
            | Data::List(_)
            | Data::Map(_)
            | Data::Json(_)
            | Data::Either(_) => None,
        }
    }

    /// Why a part of it can't be known.
    pub(super) fn why(&self) -> Option<&Why> {
        match &self.data {
            Data::Unknown(unknown) => Some(&unknown.why),
            Data::String(pieces) => {
                pieces.iter().find_map(Piece::unknown).map(|unknown| &unknown.why)
            }
            Data::Either(either) => Some(&either.why),
            Data::List(items) => items.iter().find_map(Self::why),
            Data::Map(map) => map
                .rest
                .as_ref()
                .or_else(|| map.members.iter().find_map(|member| member.value.why())),
            Data::Absent | Data::Bool(_) | Data::Number(_) | Data::Json(_) => None,
        }
    }

    /// The member with this key. Where it is not there, the answer is absent at `missing`, or unknown.
    pub(super) fn get(&self, key: &str, missing: Span) -> Self {
        match &self.data {
            Data::Map(map) => match map.members.iter().rev().find(|member| &*member.key == key) {
                Some(member) => member.value.clone(),
                None => map
                    .rest
                    .clone()
                    .map_or_else(|| Self::absent(missing), |why| Self::unknown(why, missing)),
            },
            Data::Either(either) => {
                let arms = either.arms.iter().map(|arm| arm.get(key, missing)).collect();
                Self::either(either.why.clone(), arms, self.origin.span)
            }
            Data::Unknown(unknown) => Self::unknown(unknown.why.clone(), self.origin.span),
            Data::Absent
            | Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::List(_)
            | Data::Json(_) => Self::absent(missing),
        }
    }

    /// The first choice in it, outermost first: what it depends on, and how many arms it has.
    pub(super) fn choice(&self) -> Option<(&Why, usize)> {
        match &self.data {
            Data::Either(either) => Some((&either.why, either.arms.len())),
            Data::List(items) => items.iter().find_map(Self::choice),
            Data::Map(map) => map.members.iter().find_map(|member| member.value.choice()),
            Data::Json(value) => value.choice(),
            Data::Absent | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {
                None
            }
        }
    }

    /// The value with every choice about `why` made: the arm at `index`.
    pub(super) fn choose(&self, why: &Why, index: usize) -> Self {
        let data = match &self.data {
            Data::Either(either) if either.why == *why => match either.arms.get(index) {
                Some(arm) => return arm.choose(why, index),
                None => Data::Unknown(Unknown { why: why.clone(), plain: false }),
            },
            Data::Either(either) => {
                let arms = either.arms.iter().map(|arm| arm.choose(why, index)).collect();
                Data::Either(Either { why: either.why.clone(), arms })
            }
            Data::List(items) => {
                let items = items.iter().map(|item| item.choose(why, index));
                Data::List(items.filter(|item| !item.is_absent()).collect())
            }
            Data::Map(map) => {
                let choose = |member: &Member| Member {
                    key: member.key.clone(),
                    key_span: member.key_span,
                    value: member.value.choose(why, index),
                };
                Data::Map(Map {
                    members: map.members.iter().map(choose).collect(),
                    rest: map.rest.clone(),
                })
            }
            Data::Json(value) => Data::Json(Box::new(value.choose(why, index))),
            data @ (Data::Absent
            | Data::Unknown(_)
            | Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)) => data.clone(),
        };
        Self::new(data, self.origin.clone())
    }

    pub(super) const fn is_absent(&self) -> bool {
        matches!(self.data, Data::Absent)
    }

    /// What it is, for messages.
    pub(super) const fn kind(&self) -> &'static str {
        match &self.data {
            Data::Absent => "nothing",
            Data::Unknown(_) | Data::Either(_) => "an unknown value",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::String(_) | Data::Json(_) => "a string",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
        }
    }
}

/// Calls `compute` with values that are no choices: once for each combination of the arms of those that are.
pub(super) fn for_each_arm(
    values: Vec<Value>,
    span: Span,
    compute: &mut dyn FnMut(Vec<Value>) -> Value,
) -> Value {
    fn go(
        values: Vec<Value>,
        span: Span,
        budget: &mut usize,
        compute: &mut dyn FnMut(Vec<Value>) -> Value,
    ) -> Value {
        let Some((why, count)) =
            values.iter().find_map(Value::choice).map(|(why, count)| (why.clone(), count))
        else {
            return compute(values);
        };
        if *budget < count {
            return Value::unknown(why, span);
        }
        *budget -= count;
        let arm = |index| values.iter().map(|value| value.choose(&why, index)).collect();
        let arms = (0..count).map(|index| go(arm(index), span, budget, compute)).collect();
        Value::either(why, arms, span)
    }
    go(values, span, &mut { MAX_ARMS * 2 }, compute)
}

impl Piece {
    /// The text, if it is known.
    pub(super) fn known(&self) -> Option<&str> {
        match &self.content {
            Content::Known(text) => Some(&text.value),
            Content::Unknown(_) => None,
        }
    }

    pub(super) const fn unknown(&self) -> Option<&Unknown> {
        match &self.content {
            Content::Known(_) => None,
            Content::Unknown(unknown) => Some(unknown),
        }
    }

    fn is_empty(&self) -> bool {
        self.known() == Some("")
    }
}
