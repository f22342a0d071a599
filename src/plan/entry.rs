//! One resource of a plan or state: [`Entry`].

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::address::Address;
use super::texts::Texts;
use super::values::{State, View};
use crate::model::{Place, Problem, ProblemKind};
use crate::source::{Base, FileId, Sources, Span, TextRange};
use crate::syntax::json;
use crate::syntax::tree::{Node, NodeKind};

/// A resource instance of a plan or state, read from a part of the input that is kept as a text of its own.
#[derive(Debug)]
pub(super) struct Entry {
    /// The kept part.
    pub(super) file: FileId,
    /// Where it stands.
    pub(super) place: Place,
    /// The object.
    root: Node,
    is_state: bool,
}

/// The two sides of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Before,
    After,
}

/// The part of an input that an entry is read from.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// The path of the input.
    pub(super) path: &'a Arc<str>,
    /// Where the part begins in it.
    pub(super) base: Base,
    /// The part.
    pub(super) bytes: &'a [u8],
    /// Is it from a state? A plan otherwise.
    pub(super) is_state: bool,
}

impl Entry {
    /// Reads an entry, and keeps its text in `sources` without its secrets. `types` are the resource types so far.
    ///
    /// # Errors
    /// It is not JSON.
    pub(super) fn read(
        part: &Part<'_>,
        types: &mut Texts,
        sources: &Sources,
    ) -> Result<Self, Problem> {
        let parsed = json::parse(part.bytes);
        let root = parsed.root.unwrap_or(Node {
            range: TextRange::default(),
            tag: None,
            kind: NodeKind::Null,
        });
        let mut secrets = Vec::new();
        values(&root, part.is_state).secrets(&mut secrets);
        before(&root).secrets(&mut secrets);
        let mut text = Cow::Borrowed(part.bytes);
        secrets.into_iter().for_each(|secret| cover(text.to_mut(), secret));
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let file = sources.add_fragment(Arc::clone(part.path), part.base, &text);
        let text = |key| root.get(key).and_then(Node::as_str).unwrap_or_default();
        let header = root.get("address").map_or(TextRange::default(), |address| address.range);
        let place = Place {
            address: text("address").into(),
            type_name: types.get(text("type")),
            block: Span::new(file, 0, length),
            header: Span { file, range: header },
            calls: Vec::new(),
        };
        let entry = Self { file, place, root, is_state: part.is_state };
        match parsed.errors.first() {
            None => Ok(entry),
            Some(error) => Err(Problem {
                kind: ProblemKind::Input,
                path: part.path.to_string(),
                span: Some(entry.span(error.range)),
                message: format!("the plan is not JSON here: {}", error.message),
                help: Some("write it again with `terraform show -json`".to_owned()),
            }),
        }
    }

    /// The values after the change, or as they are.
    pub(super) fn values(&self) -> View<'_> {
        values(&self.root, self.is_state)
    }

    /// The values before the change.
    pub(super) fn before(&self) -> View<'_> {
        before(&self.root)
    }

    /// Does the plan say what it does to it, and only things like these?
    pub(super) fn acts_only(&self, like: impl Fn(&str) -> bool) -> bool {
        let actions = self.change().and_then(|change| change.get("actions")?.as_array());
        actions.is_some_and(|actions| {
            !actions.is_empty() && actions.iter().all(|action| action.as_str().is_some_and(&like))
        })
    }

    /// Is there such a resource on this side of the change? A data source counts where it is read during apply. What
    /// has values after it was deleted, by a plan that terraform did not write, is not gone.
    pub(super) fn exists(&self, side: Side, is_data: bool) -> bool {
        let mode = if is_data { "data" } else { "managed" };
        let is_there = match side {
            Side::Before => self.before().is_there(),
            Side::After => {
                self.values().is_there()
                    || !self.acts_only(|action| matches!(action, "delete" | "forget"))
            }
        };
        let is_deposed = ["deposed", "deposed_key"]
            .iter()
            .any(|key| self.text(key).is_some_and(|key| !key.is_empty()));
        self.text("mode").unwrap_or("managed") == mode && is_there && !is_deposed
    }

    /// What is wrong with the entry; `exists` says whether its values matter.
    pub(super) fn problem(&self, path: &str, exists: bool) -> Option<Problem> {
        let problem = |span, message, help: &str| Problem {
            kind: ProblemKind::Input,
            path: path.to_owned(),
            span: Some(span),
            message,
            help: Some(help.to_owned()),
        };
        let written = "write the plan again with `terraform show -json`: terraform does not write such an entry";
        if let Some((key, span)) = self.duplicate_key() {
            return Some(problem(
                span,
                format!("the key `{key}` stands twice in one object"),
                written,
            ));
        }
        if !exists {
            return None;
        }
        let message = match (self.address(), self.values().state()) {
            (None, _) => "this resource has no address",
            (_, State::Unknown(_) | State::Known(Node { kind: NodeKind::Object(_), .. })) => {
                return None;
            }
            _ if self.is_state => "this resource has no `values`",
            _ if !self.has("change") => "this resource has no `change`",
            _ => "the change of this resource has no `after`",
        };
        Some(problem(self.place.header, message.to_owned(), written))
    }

    /// The plan's change object.
    pub(super) fn change(&self) -> Option<&Node> {
        self.root.get("change")
    }

    /// A string of the entry itself: `mode`, `type`, `address`.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.root.get(key)?.as_str()
    }

    /// Has the entry a value for this key that is not null?
    pub(super) fn has(&self, key: &str) -> bool {
        self.root.get(key).is_some_and(|value| value.kind != NodeKind::Null)
    }

    /// The address, taken apart.
    pub(super) fn address(&self) -> Option<Address> {
        Address::parse(self.text("address")?)
    }

    /// Bytes of the entry.
    pub(super) fn span(&self, range: TextRange) -> Span {
        Span { file: self.file, range }
    }

    /// The first key that stands twice in one of the objects that matter, and its bytes.
    fn duplicate_key(&self) -> Option<(&str, Span)> {
        duplicate_key(&self.root).map(|(key, range)| (key, self.span(range)))
    }
}

fn values(root: &Node, is_state: bool) -> View<'_> {
    if is_state {
        return View::new(root.get("values"), None, root.get("sensitive_values"));
    }
    let change = root.get("change");
    let part = |key| change.and_then(|change| change.get(key));
    View::new(part("after"), part("after_unknown"), part("after_sensitive"))
}

fn before(root: &Node) -> View<'_> {
    let change = root.get("change");
    let part = |key| change.and_then(|change| change.get(key));
    View::new(part("before"), None, part("before_sensitive"))
}

/// Objects with more keys than this are looked at with a set.
const FEW: usize = 16;

fn duplicate_key(node: &Node) -> Option<(&str, TextRange)> {
    match &node.kind {
        NodeKind::Object(members) => {
            let mut seen = HashSet::new();
            let twice = members.iter().enumerate().find(|(index, member)| {
                let key = &*member.key.value;
                if members.len() > FEW {
                    !seen.insert(key)
                } else {
                    members.iter().take(*index).any(|other| *other.key.value == *key)
                }
            });
            let twice = twice.map(|(_, member)| (&*member.key.value, member.key_range));
            twice.or_else(|| members.iter().find_map(|member| duplicate_key(&member.value)))
        }
        NodeKind::Array(items) => items.iter().find_map(duplicate_key),
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::Number(_)
        | NodeKind::String(_)
        | NodeKind::Hole(_) => None,
    }
}

/// Makes a value illegible. Every character but white space gets another one of as many bytes, so that places do not
/// move; brackets and quotes at the ends stay.
fn cover(text: &mut [u8], secret: TextRange) {
    let Some(bytes) = text.get_mut(secret.as_usize()) else { return };
    let inside = match bytes {
        [b'"' | b'[' | b'{', inside @ .., _] => inside,
        bytes => bytes,
    };
    let covered: String = String::from_utf8_lossy(inside)
        .chars()
        .map(|character| match character.len_utf8() {
            _ if character.is_whitespace() => character,
            2 => '·',
            3 => '•',
            4 => '🔒',
            _ => '*',
        })
        .collect();
    if covered.len() == inside.len() {
        inside.copy_from_slice(covered.as_bytes());
    } else {
        inside.fill(b'*');
    }
}
