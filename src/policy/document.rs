//! The grammar of policy documents: [`Document`].
//!
//! IAM User Guide, "Grammar of the IAM JSON policy language"; what Access Analyzer's policy checks call an error.

use rustc_hash::{FxBuildHasher, FxHashSet};

use super::node::{Data, Member, Node, Text};
use super::problem::{Problems, did_you_mean};
use super::statement::{Reader, Statement};
use super::text::{At, Content};
use super::value::Language;
use super::verdict::{Context, PolicyKind};
use crate::origin::Why;

/// A document.
pub(super) struct Document<'a> {
    pub(super) language: Language<'a>,
    pub(super) statements: Vec<Statement<'a>>,
    /// Why there may be other statements.
    pub(super) unknown: Option<&'a Why>,
}

/// An element of a document or statement.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    member: &'a Member,
}

/// The longest policy text that ECR takes, in characters (API reference, `SetRepositoryPolicy`, `PutRegistryPolicy`).
const LENGTH_MAX: usize = 10_240;
/// Deeper values are not measured; the grammar has no use for them.
const DEPTH_MAX: usize = 16;

impl<'a> Document<'a> {
    /// Reads a document and tells what is wrong with it.
    pub(super) fn read(
        node: &'a Node,
        kind: PolicyKind,
        context: &Context,
        problems: &mut Problems<'a>,
    ) -> Self {
        let mut document =
            Self { language: Language::WithoutVariables, statements: Vec::new(), unknown: None };
        let members = match &node.data {
            Data::Object(members) => members,
            Data::Unknown(why) => return Self { unknown: Some(why), ..document },
            Data::String(text) if text.why().is_some() => {
                return Self { unknown: text.why(), ..document };
            }
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Array(_) => {
                problems.reject(&node.origin, "a policy document is an object", None);
                return document;
            }
        };
        let ([version, id, statements], unknown) =
            elements(members, ["Version", "Id", "Statement"], "a policy document", problems);
        document.unknown = unknown;
        document.language =
            version.map_or(Language::WithoutVariables, |version| read_version(version, problems));
        if let Some(id) = id.filter(|id| matches!(Content::of(id.node()), Content::Other)) {
            problems.reject(id.at().origin, "`Id` is not a text", None);
        }
        match statements {
            Some(statements) => document.read_statements(statements, kind, context, problems),
            None if document.unknown.is_none() => {
                problems.reject(&node.origin, "the document has no `Statement`", None)
            }
            None => {}
        }
        if kind != PolicyKind::Identity {
            check_length(node, problems);
        }
        document
    }

    fn read_statements(
        &mut self,
        element: Element<'a>,
        kind: PolicyKind,
        context: &Context,
        problems: &mut Problems<'a>,
    ) {
        let node = element.node();
        let mut reader = Reader { kind, context, language: self.language, problems };
        match &node.data {
            Data::Object(_) => self.statements.push(reader.statement(0, false, node)),
            Data::Array(list) if list.is_empty() => {
                problems.reject(&node.origin, "the document has no statement", None)
            }
            Data::Array(list) => {
                let statements = list.iter().enumerate();
                self.statements
                    .extend(statements.map(|(index, node)| reader.statement(index, true, node)));
                check_sids(&self.statements, kind, problems);
            }
            Data::Unknown(why) => self.unknown = Some(why),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) => {
                problems.reject(
                    &node.origin,
                    "`Statement` is neither an object nor a list of objects",
                    None,
                );
            }
        }
    }
}

fn read_version<'a>(element: Element<'a>, problems: &mut Problems<'a>) -> Language<'a> {
    match Content::of(element.node()) {
        Content::Known("2012-10-17") => Language::WithVariables,
        Content::Known("2008-10-17") => Language::WithoutVariables,
        Content::Known(other) => {
            let help = "write `2012-10-17`".to_owned();
            problems.reject(
                element.at().origin,
                format!("`{other}` is not a version of the policy language"),
                help,
            );
            Language::WithVariables
        }
        Content::Gapped(gapped) => Language::Unknown(gapped.why),
        Content::Unknown(why) => Language::Unknown(why),
        Content::Other => {
            problems.reject(
                element.at().origin,
                "`Version` is not a text",
                "write `\"2012-10-17\"`".to_owned(),
            );
            Language::WithVariables
        }
    }
}

/// `Sid` must be unique; in an identity policy the service insists.
fn check_sids(statements: &[Statement<'_>], kind: PolicyKind, problems: &mut Problems<'_>) {
    let mut seen = FxHashSet::with_capacity_and_hasher(statements.len(), FxBuildHasher);
    for statement in statements {
        let Some(sid) = statement.sid.filter(|sid| !sid.is_empty()) else { continue };
        if !seen.insert(sid) {
            let (message, origin) =
                (format!("the `Sid` `{sid}` is used twice"), &statement.node.origin);
            match kind {
                PolicyKind::Identity => problems.reject(origin, message, None),
                _ => problems.note(origin, message, None),
            }
        }
    }
}

fn check_length(node: &Node, problems: &mut Problems<'_>) {
    let length = compact_length(node, DEPTH_MAX);
    if length > LENGTH_MAX {
        let message = format!("the document has {length} characters without its spaces");
        problems.reject(&node.origin, message, format!("ECR takes at most {LENGTH_MAX}"));
    }
}

/// The length of the document as JSON without spaces, at least.
fn compact_length(node: &Node, depth: usize) -> usize {
    let Some(depth) = depth.checked_sub(1) else { return 0 };
    let text = |text: &Text| 2 + text.known().map_or(0, characters);
    match &node.data {
        Data::Unknown(_) => 0,
        Data::Null | Data::Bool(_) => 4,
        Data::Number(number) => number.len(),
        Data::String(string) => text(string),
        Data::Array(items) => {
            1 + items.iter().map(|item| 1 + compact_length(item, depth)).sum::<usize>()
        }
        Data::Object(members) => {
            let member = |m: &Member| 2 + text(&m.key) + compact_length(&m.value, depth);
            1 + members.iter().map(member).sum::<usize>()
        }
    }
}

/// Counting bytes is faster, and nearly all texts have nothing else.
fn characters(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

impl<'a> Element<'a> {
    /// Its value.
    pub(super) const fn node(self) -> &'a Node {
        &self.member.value
    }

    /// Its place.
    pub(super) const fn at(self) -> At<'a> {
        At::element(self.member)
    }
}

/// Sorts members by the names of elements. The second value says why there may be others.
pub(super) fn elements<'a, const N: usize>(
    members: &'a [Member],
    names: [&str; N],
    of: &str,
    problems: &mut Problems<'a>,
) -> ([Option<Element<'a>>; N], Option<&'a Why>) {
    let (mut found, mut unknown) = ([None; N], None);
    for member in members {
        let Text::Known(name) = &member.key else {
            unknown = unknown.or(member.key.why());
            continue;
        };
        let at = At::element(member);
        let exact = names.iter().position(|known| **known == **name);
        let slot =
            exact.or_else(|| names.iter().position(|known| known.eq_ignore_ascii_case(name)));
        let Some((slot, known)) =
            slot.and_then(|slot| Some((found.get_mut(slot)?, names.get(slot)?)))
        else {
            problems.enter_element(at);
            let help = did_you_mean(problems.suggestion(name, &names));
            problems.reject(
                &member.key_origin,
                format!("`{name}` is not an element of {of}"),
                help,
            );
            continue;
        };
        if exact.is_none() {
            problems.enter_element(at);
            problems.reject(
                &member.key_origin,
                format!("`{name}` is in an odd case"),
                format!("write `{known}`"),
            );
        }
        if let Some(lost) = slot.replace(Element { member }) {
            problems.lost(lost.member);
        }
    }
    (found, unknown)
}
