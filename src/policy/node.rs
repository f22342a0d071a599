//! A policy document as its adapter hands it over: a JSON value whose leaves know where they were written, and may
//! be unknown in part.

use smol_str::SmolStr;

use crate::origin::{Origin, Why};

/// One JSON value of a policy document.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Where it was written.
    pub origin: Origin,
    /// What it is.
    pub data: Data,
}

/// What a node is.
#[derive(Clone, PartialEq, Debug)]
pub enum Data {
    /// It can't be known.
    Unknown(Why),
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written.
    Number(SmolStr),
    /// A string.
    String(Text),
    /// An array.
    Array(Vec<Node>),
    /// An object in source order, duplicate keys kept: the last one wins, and a check may tell.
    Object(Vec<Member>),
}

/// A key and its value.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    /// The key.
    pub key: Text,
    /// Where the key was written.
    pub key_origin: Origin,
    /// The value.
    pub value: Node,
}

/// A string that may be unknown in part.
#[derive(Clone, PartialEq, Debug)]
pub enum Text {
    /// Known as a whole.
    Known(SmolStr),
    /// Known and unknown parts in order; at least one is unknown.
    Partial(Vec<TextPart>),
}

/// A part of a string.
#[derive(Clone, PartialEq, Debug)]
pub enum TextPart {
    /// Known characters.
    Known(SmolStr),
    /// Characters that can't be known.
    Unknown {
        /// Why not.
        why: Why,
        /// It is not empty and holds neither `*` nor `?`: a value that AWS makes, such as an account id
        /// or an ARN. Such a part never makes a bare star.
        plain: bool,
    },
}

impl Node {
    /// The value of the last member with exactly this key, if this is an object.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.data {
            Data::Object(members) => members
                .iter()
                .rev()
                .find(|member| member.key.known() == Some(key))
                .map(|m| &m.value),
            Data::Unknown(_)
            | Data::Null
            | Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::Array(_) => None,
        }
    }
}

impl Text {
    /// The string, if it is known as a whole.
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Partial(_) => None,
        }
    }

    /// Why the first unknown part is unknown.
    pub fn why(&self) -> Option<&Why> {
        match self {
            Self::Known(_) => None,
            Self::Partial(parts) => parts.iter().find_map(|part| match part {
                TextPart::Unknown { why, .. } => Some(why),
                TextPart::Known(_) => None,
            }),
        }
    }
}
