//! The tree that JSON and YAML share. Every node has the bytes that it was written with.

use smol_str::SmolStr;

use crate::source::{Segment, TextRange};

/// One value.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// The bytes of the whole value: with its quotes, brackets or block indicator, without its tag.
    pub range: TextRange,
    /// A YAML tag such as `!Ref`, without the leading `!`, and its bytes. Never there in JSON.
    pub tag: Option<Box<Tag>>,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is; `N` and `M` are what its elements and members are read as.
#[derive(Clone, PartialEq, Debug)]
pub enum NodeKind<N = Node, M = Member> {
    /// `null`, or a value that is missing because of a syntax error (which was reported).
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, kept as written.
    Number(SmolStr),
    /// A string with its byte map.
    String(Text),
    /// A sequence.
    Array(Vec<N>),
    /// A mapping in source order, duplicate keys kept.
    Object(Vec<M>),
    /// A place where the text has a hole instead of a value (a part of a Terraform template that is not known as
    /// text); the number is the hole's index. Only made by `json::parse_with_holes`.
    Hole(u32),
}

/// A key and its value.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    /// The key. (YAML keys that are not strings are kept as their text.)
    pub key: Text,
    /// The bytes of the key, quotes included.
    pub key_range: TextRange,
    /// The value.
    pub value: Node,
}

/// A decoded string.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// The value. A hole inside the string stands as [`HOLE`] here.
    pub value: SmolStr,
    /// The first source byte of the content (behind the opening quote).
    pub start: u32,
    /// What there is to know beyond that; `None` for most strings, whose value is the source bytes from `start` on.
    pub detail: Option<Box<TextDetail>>,
}

/// How a string differs from its source bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TextDetail {
    /// How value bytes map to source bytes; empty where they are the same bytes from [`Text::start`] on.
    pub segments: Vec<Segment>,
    /// Holes inside the string: offset in the value and the hole's index.
    pub holes: Vec<(u32, u32)>,
}

/// Stands for a hole inside a decoded string; see [`TextDetail::holes`].
pub const HOLE: char = '\u{1A}';

/// A YAML tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tag {
    /// The name without `!`: `Ref`, `Sub`, `GetAtt`.
    pub name: Box<str>,
    /// The bytes of the tag.
    pub range: TextRange,
}

impl Node {
    /// The value of the last member with this key (the one that JSON readers keep), if this is an object.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.member(key).map(|member| &member.value)
    }

    /// The last member with this key, if this is an object.
    pub fn member(&self, key: &str) -> Option<&Member> {
        match &self.kind {
            NodeKind::Object(members) => {
                members.iter().rev().find(|member| &*member.key.value == key)
            }
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Number(_)
            | NodeKind::String(_)
            | NodeKind::Array(_)
            | NodeKind::Hole(_) => None,
        }
    }

    /// The string, if it is one without holes.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(text) if text.holes().is_empty() => Some(&text.value),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Array(items) => Some(items),
            _ => None,
        }
    }
}

impl Text {
    /// A string whose value is the source bytes from `start` on.
    pub fn verbatim(value: impl Into<SmolStr>, start: u32) -> Self {
        Self { value: value.into(), start, detail: None }
    }

    /// The holes inside: offset in the value and the hole's index.
    pub fn holes(&self) -> &[(u32, u32)] {
        self.detail.as_ref().map_or(&[], |detail| &detail.holes)
    }

    /// How value bytes map to source bytes; empty where they are the same bytes from `start` on.
    pub fn segments(&self) -> &[Segment] {
        self.detail.as_ref().map_or(&[], |detail| &detail.segments)
    }

    /// The source bytes that a range of the value was written with. An escape is covered as a whole; an empty range
    /// is the place between two bytes.
    pub fn source_range(&self, value: TextRange) -> TextRange {
        match self.segments() {
            [] => TextRange::new(self.start + value.start, self.start + value.end),
            segments => Segment::source_range(segments, value),
        }
    }

    /// The part of the string in a range of the value, mapped as it was. The range must lie on characters; otherwise
    /// the part is empty.
    #[must_use]
    pub fn slice(&self, range: TextRange) -> Self {
        let value = self.value.get(range.as_usize()).unwrap_or_default();
        let start = self.source_range(TextRange::new(range.start, range.start)).start;
        let segments = self.segments().iter().filter_map(|segment| segment.slice(range)).collect();
        let inside = self.holes().iter().filter(|(at, _)| range.contains(*at));
        let holes: Vec<_> = inside.map(|(at, hole)| (at - range.start, *hole)).collect();
        let detail = TextDetail { segments, holes };
        let is_verbatim = detail == TextDetail::default();
        Self { value: value.into(), start, detail: (!is_verbatim).then(|| Box::new(detail)) }
    }

    /// The source bytes of the whole content, without its quotes.
    pub fn content_range(&self) -> TextRange {
        self.source_range(TextRange::new(0, u32::try_from(self.value.len()).unwrap_or(u32::MAX)))
    }
}
