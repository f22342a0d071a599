//! A value of a plan, walked together with its masks: [`View`].

use crate::source::TextRange;
use crate::syntax::tree::{Node, NodeKind};

/// What platforms write in the place of a sensitive value.
const MASKED: [&str; 3] = ["<sensitive>", "(sensitive value)", "(sensitive)"];

/// A place in a resource's values, seen in `after` (or `values`), `after_unknown` and `after_sensitive` at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'t> {
    value: Option<&'t Node>,
    unknown: Mask<'t>,
    sensitive: Mask<'t>,
}

/// What is known about a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum State<'t> {
    /// Known after apply; the mask says so here.
    Unknown(&'t Node),
    /// A platform wrote something else in its place.
    Masked(&'t Node),
    /// Null or absent.
    Null,
    /// Known, though perhaps not in all its parts.
    Known(&'t Node),
}

/// A tree of booleans that runs beside a value.
#[derive(Clone, Copy, Debug)]
enum Mask<'t> {
    /// Not set from here down.
    Unset,
    /// Set from here down.
    Set(&'t Node),
    /// It depends on the part.
    Parts(&'t Node),
}

impl<'t> View<'t> {
    /// The whole of a resource's values.
    pub(super) fn new(
        value: Option<&'t Node>,
        unknown: Option<&'t Node>,
        sensitive: Option<&'t Node>,
    ) -> Self {
        Self { value, unknown: Mask::of(unknown), sensitive: Mask::of(sensitive) }
    }

    /// An attribute of an object.
    pub(super) fn get(self, key: &str) -> Self {
        let part = |node: &'t Node| node.get(key);
        Self {
            value: self.value.and_then(part),
            unknown: self.unknown.part(part),
            sensitive: self.sensitive.part(part),
        }
    }

    /// The only block of its kind, if it is there.
    pub(super) fn first(self) -> Self {
        if matches!(self.unknown, Mask::Set(_)) {
            return self;
        }
        self.elements().next().unwrap_or(Self {
            value: None,
            unknown: Mask::Unset,
            sensitive: Mask::Unset,
        })
    }

    /// The elements of an array; none where it is not known or not there.
    pub(super) fn elements(self) -> impl Iterator<Item = Self> {
        let count = self.value.map_or(0, |value| items(value).len());
        (0..count).map(move |index| {
            let part = |node: &'t Node| items(node).get(index);
            Self {
                value: self.value.and_then(part),
                unknown: self.unknown.part(part),
                sensitive: self.sensitive.part(part),
            }
        })
    }

    /// Is there an object at all?
    pub(super) fn is_there(self) -> bool {
        self.value.is_some_and(|value| value.kind != NodeKind::Null)
    }

    /// What is known about the value here.
    pub(super) fn state(self) -> State<'t> {
        match (self.unknown, self.value) {
            (Mask::Set(mask), _) => State::Unknown(mask),
            (_, None | Some(Node { kind: NodeKind::Null, .. })) => State::Null,
            (_, Some(node)) if node.as_str().is_some_and(|text| MASKED.contains(&text)) => {
                State::Masked(node)
            }
            (_, Some(node)) => State::Known(node),
        }
    }

    /// Must it not be printed?
    pub(super) fn is_sensitive(self) -> bool {
        matches!(self.sensitive, Mask::Set(_))
    }

    /// The bytes of everything below that must not be printed.
    pub(super) fn secrets(self, found: &mut Vec<TextRange>) {
        let Some(value) = self.value else { return };
        match self.sensitive {
            Mask::Unset => {}
            Mask::Set(_) => found.push(value.range),
            Mask::Parts(_) => match &value.kind {
                NodeKind::Array(_) => self.elements().for_each(|element| element.secrets(found)),
                NodeKind::Object(members) => {
                    for member in members {
                        let sensitive = self.sensitive.part(|node| node.get(&member.key.value));
                        Self { value: Some(&member.value), unknown: Mask::Unset, sensitive }
                            .secrets(found);
                    }
                }
                NodeKind::Null
                | NodeKind::Bool(_)
                | NodeKind::Number(_)
                | NodeKind::String(_)
                | NodeKind::Hole(_) => {}
            },
        }
    }
}

impl<'t> Mask<'t> {
    fn of(node: Option<&'t Node>) -> Self {
        let Some(node) = node else { return Self::Unset };
        match &node.kind {
            NodeKind::Bool(true) => Self::Set(node),
            NodeKind::Object(_) | NodeKind::Array(_) => Self::Parts(node),
            NodeKind::Bool(false)
            | NodeKind::Null
            | NodeKind::Number(_)
            | NodeKind::String(_)
            | NodeKind::Hole(_) => Self::Unset,
        }
    }

    fn part(self, part: impl Fn(&'t Node) -> Option<&'t Node>) -> Self {
        match self {
            Self::Unset | Self::Set(_) => self,
            Self::Parts(node) => Self::of(part(node)),
        }
    }
}

fn items(node: &Node) -> &[Node] {
    match &node.kind {
        NodeKind::Array(items) => items,
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::Number(_)
        | NodeKind::String(_)
        | NodeKind::Object(_)
        | NodeKind::Hole(_) => &[],
    }
}
