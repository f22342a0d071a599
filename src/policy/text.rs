//! Values that stand alone or in a list, texts that are unknown in part, and JSON pointers to them.

use std::cmp::Ordering;
use std::fmt::Write;

use super::node::{Data, Member, Node, Text, TextPart};
use crate::origin::{Origin, Why};

/// One of the values of an element that takes one value or a list.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) node: &'a Node,
    /// Its index, if it stands in a list.
    pub(super) index: Option<usize>,
}

/// The values of an element: the items of a list, or the one value.
pub(super) fn items(node: &Node) -> impl Iterator<Item = Item<'_>> {
    let (list, single) = match &node.data {
        Data::Array(list) => (list.as_slice(), None),
        Data::Unknown(_)
        | Data::Null
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(_)
        | Data::Object(_) => (&[][..], Some(Item { node, index: None })),
    };
    list.iter().enumerate().map(|(index, node)| Item { node, index: Some(index) }).chain(single)
}

/// What is known of a value that should be a text.
pub(super) enum Content<'a> {
    /// The text.
    Known(&'a str),
    /// A text with gaps.
    Gapped(Gapped<'a>),
    /// Nothing.
    Unknown(&'a Why),
    /// It is no text.
    Other,
}

/// A text with parts that can't be known.
pub(super) struct Gapped<'a> {
    /// The text with [`GAP`] for each unknown part.
    pub(super) text: String,
    /// All unknown parts are values that AWS makes: not empty, and without `*`, `?` and `$`.
    pub(super) plain: bool,
    /// Why the first unknown part is unknown.
    pub(super) why: &'a Why,
}

/// Stands for an unknown part.
pub(super) const GAP: char = '\u{FFFC}';

impl<'a> Content<'a> {
    pub(super) fn of(node: &'a Node) -> Self {
        match &node.data {
            Data::String(Text::Known(text)) => Self::Known(text),
            Data::String(Text::Partial(parts)) => {
                Gapped::of(parts).map_or(Self::Other, Self::Gapped)
            }
            Data::Unknown(why) => Self::Unknown(why),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::Array(_) | Data::Object(_) => {
                Self::Other
            }
        }
    }
}

impl<'a> Gapped<'a> {
    /// `None` where no part is unknown, which the type of a partial text rules out.
    pub(super) fn of(parts: &'a [TextPart]) -> Option<Self> {
        let unknown = parts.iter().filter_map(|part| match part {
            TextPart::Unknown { why, plain } => Some((why, *plain)),
            TextPart::Known(_) => None,
        });
        let why = unknown.clone().map(|(why, _)| why).next()?;
        let plain = unknown.clone().all(|(_, plain)| plain);
        let text = parts.iter().fold(String::new(), |mut text, part| {
            match part {
                TextPart::Known(known) => text.push_str(known),
                TextPart::Unknown { .. } => text.push(GAP),
            }
            text
        });
        Some(Self { text, plain, why })
    }

    /// Can it be this one-character pattern as a whole?
    pub(super) fn may_be_star(&self) -> bool {
        !self.plain
            && self.text.chars().filter(|c| *c != GAP).all(|c| c == '*')
            && self.text.matches('*').count() <= 1
    }
}

/// A place in a statement: an element, up to two keys below it, and an index.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct At<'a> {
    path: [Option<&'a Member>; 3],
    pub(super) index: Option<usize>,
    pub(super) origin: &'a Origin,
}

impl<'a> At<'a> {
    /// The place of an element.
    pub(super) const fn element(member: &'a Member) -> Self {
        Self { path: [Some(member), None, None], index: None, origin: &member.value.origin }
    }

    /// The place of the statement itself.
    pub(super) const fn whole(origin: &'a Origin) -> Self {
        Self { path: [None; 3], index: None, origin }
    }

    /// The place of a value of this element or key.
    pub(super) const fn item(self, item: Item<'a>) -> Self {
        Self { index: item.index, origin: &item.node.origin, ..self }
    }

    /// The place of a value below a key of this element.
    pub(super) fn below(mut self, member: &'a Member) -> Self {
        if let Some(free) = self.path.iter_mut().find(|step| step.is_none()) {
            *free = Some(member);
        }
        Self { origin: &member.value.origin, ..self }
    }

    /// The keys on the way from the statement to the place.
    pub(super) fn keys(&self) -> [Option<&'a str>; 3] {
        self.path.map(|member| member.and_then(|member| member.key.known()))
    }

    /// Appends the way from the statement to the place.
    pub(super) fn push_to(self, pointer: &mut String) {
        for key in self.keys().into_iter().flatten() {
            push_step(pointer, key);
        }
        if let Some(index) = self.index {
            push_index(pointer, index);
        }
    }
}

/// Appends the index of an item to a JSON pointer.
pub(super) fn push_index(pointer: &mut String, index: usize) {
    // Writing into a string can't fail.
    let _ = write!(pointer, "/{index}");
}

/// RFC 6901, section 3.
fn push_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    for part in step.split_inclusive(['~', '/']) {
        match part.split_at_checked(part.len().saturating_sub(1)) {
            Some((plain, "~")) => pointer.extend([plain, "~0"]),
            Some((plain, "/")) => pointer.extend([plain, "~1"]),
            _ => pointer.push_str(part),
        }
    }
}

/// Does it hold `${`, which begins a policy variable?
pub(super) fn has_variable(text: &str) -> bool {
    // Few texts hold a `$`, and looking for one byte costs far less than preparing to look for two.
    memchr::memchr(b'$', text.as_bytes()).is_some() && text.contains("${")
}

/// The six fields of an ARN or a pattern of ARNs; the last one may hold colons.
pub(super) fn arn_fields(arn: &str) -> Option<[&str; 6]> {
    let mut colons = memchr::memchr_iter(b':', arn.as_bytes());
    let mut start = 0;
    let mut field = || {
        let end = colons.next()?;
        arn.get(std::mem::replace(&mut start, end + 1)..end)
    };
    Some([field()?, field()?, field()?, field()?, field()?, arn.get(start..)?])
}

/// Orders texts without regard to the case of ASCII letters.
pub(super) fn compare_ignoring_case(a: &str, b: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(lower).cmp(b.bytes().map(lower))
}
