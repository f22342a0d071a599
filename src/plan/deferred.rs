//! Policies that are known only in part: a `data.aws_iam_policy_document` that is read during apply has its
//! statements in the plan all the same ([`Deferred`]).
//!
//! How the provider makes a document of them: `aws_iam_policy_document`, data source of the AWS provider. In a
//! deferred read its defaults are not filled in: no effect is `Allow`, no version is `2012-10-17`.

use super::adapt::Adapter;
use super::values::{State, View};
use crate::model::{Document, Place};
use crate::origin::{Origin, Why};
use crate::policy::node::{Data, Member, Node, Text};
use crate::syntax::tree::NodeKind;

/// A policy document that is not rendered yet.
#[derive(Clone, Debug)]
pub(super) struct Deferred {
    place: Place,
    version: Node,
    id: Option<Node>,
    statements: Vec<Node>,
    /// The documents that it starts from.
    sources: Parts,
    /// The documents that are laid over it.
    overrides: Parts,
}

/// Documents that are merged into another, in order.
pub(super) type Parts = Vec<Result<Document, Why>>;

impl Deferred {
    /// Reads the values of the data source.
    pub(super) fn read(adapter: &Adapter<'_>) -> Self {
        let values = adapter.values();
        let renderer = Renderer { adapter };
        let origin = Origin::at(adapter.place().header);
        let version = renderer.text(values.get("version"), Escapes::Kept);
        Self {
            version: version.unwrap_or_else(|| known("2012-10-17", &origin)),
            id: renderer.text(values.get("policy_id"), Escapes::Kept),
            statements: renderer.statements(values.get("statement")),
            sources: renderer.parts(values.get("source_policy_documents")),
            overrides: renderer.parts(values.get("override_policy_documents")),
            place: adapter.place().clone(),
        }
    }

    /// Where the data source stands.
    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// The documents that are merged into it, by the argument that names them.
    pub(super) const fn parts(&mut self) -> [(&'static str, &mut Parts); 2] {
        [
            ("source_policy_documents", &mut self.sources),
            ("override_policy_documents", &mut self.overrides),
        ]
    }

    /// The document as the provider will render it, as far as it is known.
    pub(super) fn document(&self) -> Document {
        let origin = Origin::at(self.place.header);
        let mut merged = Vec::new();
        self.sources.iter().for_each(|part| merge(&mut merged, statements(part, &origin)));
        merge(&mut merged, self.statements.clone());
        self.overrides.iter().for_each(|part| merge(&mut merged, statements(part, &origin)));
        let mut members = vec![member("Version", self.version.clone())];
        members.extend(self.id.clone().map(|id| member("Id", id)));
        members
            .push(member("Statement", Node { origin: origin.clone(), data: Data::Array(merged) }));
        Document::Json(Box::new(Node { origin, data: Data::Object(members) }))
    }
}

/// The statements of a document that is merged into another.
fn statements(part: &Result<Document, Why>, origin: &Origin) -> Vec<Node> {
    let unknown = |why: Why| vec![Node { origin: origin.clone(), data: Data::Unknown(why) }];
    match part {
        Ok(Document::Json(root)) => match root.get("Statement") {
            Some(Node { data: Data::Array(statements), .. }) => {
                statements.iter().cloned().map(as_read).collect()
            }
            Some(statement) => vec![as_read(statement.clone())],
            None => Vec::new(),
        },
        Ok(Document::NotJson(why)) | Err(why) => unknown(why.clone()),
        Ok(Document::Managed(_)) => Vec::new(),
    }
}

/// A statement as the provider reads it: a principal that is a string becomes `*`, whatever the string.
fn as_read(mut statement: Node) -> Node {
    if let Data::Object(members) = &mut statement.data {
        for member in members.iter_mut().filter(|member| member.key.known() == Some("Principal")) {
            if matches!(member.value.data, Data::String(_)) {
                member.value.data = Data::String(Text::Known("*".into()));
            }
        }
    }
    statement
}

/// Adds statements; one with the `Sid` of an earlier one takes its place.
fn merge(merged: &mut Vec<Node>, statements: Vec<Node>) {
    for statement in statements {
        let sid = sid(&statement).map(str::to_owned);
        match sid.and_then(|wanted| merged.iter_mut().find(|earlier| sid_is(earlier, &wanted))) {
            Some(earlier) => *earlier = statement,
            None => merged.push(statement),
        }
    }
}

fn sid(statement: &Node) -> Option<&str> {
    match &statement.get("Sid")?.data {
        Data::String(sid) => sid.known().filter(|sid| !sid.is_empty()),
        _ => None,
    }
}

fn sid_is(statement: &Node, wanted: &str) -> bool {
    sid(statement) == Some(wanted)
}

/// Renders the values of the data source.
struct Renderer<'a, 'e> {
    adapter: &'a Adapter<'e>,
}

/// What becomes of `&{`, the data source's way to write `${`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Kept,
    Replaced,
}

impl Renderer<'_, '_> {
    fn parts(&self, view: View<'_>) -> Parts {
        if let Some((why, _)) = self.adapter.why_unknown(view) {
            return vec![Err(why)];
        }
        let part = |element: View<'_>| {
            if let Some((why, _)) = self.adapter.why_unknown(element) {
                return Some(Err(why));
            }
            let State::Known(node) = element.state() else { return None };
            let NodeKind::String(text) = &node.kind else { return None };
            (!text.value.is_empty()).then(|| Ok(self.adapter.document_in(element, node, text)))
        };
        view.elements().filter_map(part).collect()
    }

    fn statements(&self, view: View<'_>) -> Vec<Node> {
        match self.unknown(view) {
            Some(unknown) => vec![unknown],
            None => view.elements().map(|statement| self.statement(statement)).collect(),
        }
    }

    fn statement(&self, view: View<'_>) -> Node {
        let Some(origin) = self.origin(view) else {
            return self.unknown(view).unwrap_or_else(|| self.nothing());
        };
        let mut members = Vec::new();
        let mut add =
            |key: &str, value: Option<Node>| members.extend(value.map(|value| member(key, value)));
        add("Sid", self.text(view.get("sid"), Escapes::Kept));
        let effect = self.text(view.get("effect"), Escapes::Kept);
        add("Effect", Some(effect.unwrap_or_else(|| known("Allow", &origin))));
        add("Action", self.set(view.get("actions"), Escapes::Kept));
        add("NotAction", self.set(view.get("not_actions"), Escapes::Kept));
        add("Resource", self.set(view.get("resources"), Escapes::Replaced));
        add("NotResource", self.set(view.get("not_resources"), Escapes::Replaced));
        add("Principal", self.principals(view.get("principals")));
        add("NotPrincipal", self.principals(view.get("not_principals")));
        add("Condition", self.conditions(view.get("condition")));
        Node { origin, data: Data::Object(members) }
    }

    /// `principals` blocks: a map from type to identifiers, or `"*"`.
    fn principals(&self, view: View<'_>) -> Option<Node> {
        if let Some(unknown) = self.unknown(view) {
            return Some(unknown);
        }
        let mut types: Vec<Member> = Vec::new();
        for block in view.elements() {
            let (key, identifiers) = (
                self.text(block.get("type"), Escapes::Kept),
                self.set(block.get("identifiers"), Escapes::Replaced),
            );
            let (Some(key), Some(identifiers)) = (key, identifiers) else { continue };
            let Data::String(name) = key.data else { return Some(key) };
            insert(&mut types, name, &key.origin, identifiers);
        }
        let origin = self.origin(view)?;
        if let [only] = types.as_slice()
            && only.key.known() == Some("*")
            && matches!(&only.value.data, Data::String(text) if text.known() == Some("*"))
        {
            return types.pop().map(|only| only.value);
        }
        (!types.is_empty()).then_some(Node { origin, data: Data::Object(types) })
    }

    /// `condition` blocks: a map from operator to a map from key to values.
    fn conditions(&self, view: View<'_>) -> Option<Node> {
        if let Some(unknown) = self.unknown(view) {
            return Some(unknown);
        }
        let mut operators: Vec<Member> = Vec::new();
        for block in view.elements() {
            let text = |name: &str| self.text(block.get(name), Escapes::Kept);
            let (Some(test), Some(variable)) = (text("test"), text("variable")) else { continue };
            let values =
                self.set(block.get("values"), Escapes::Replaced).unwrap_or_else(|| self.nothing());
            let (Data::String(test_name), Data::String(variable_name)) = (test.data, variable.data)
            else {
                return self.origin(block).map(|origin| Node {
                    origin,
                    data: Data::Unknown(Why::new("known only after apply")),
                });
            };
            let mut keys = Vec::new();
            insert(&mut keys, variable_name, &variable.origin, values);
            let inner = Node { origin: variable.origin, data: Data::Object(keys) };
            insert(&mut operators, test_name, &test.origin, inner);
        }
        let origin = self.origin(view)?;
        (!operators.is_empty()).then_some(Node { origin, data: Data::Object(operators) })
    }

    /// A set of strings: one stands for itself.
    fn set(&self, view: View<'_>, escapes: Escapes) -> Option<Node> {
        if let Some(unknown) = self.unknown(view) {
            return Some(unknown);
        }
        let mut items: Vec<Node> =
            view.elements().filter_map(|item| self.text(item, escapes)).collect();
        match items.len() {
            0 => None,
            1 => items.pop(),
            _ => self.origin(view).map(|origin| Node { origin, data: Data::Array(items) }),
        }
    }

    /// A string, or what is not known of it; `None` where it is null.
    fn text(&self, view: View<'_>, escapes: Escapes) -> Option<Node> {
        if let Some(unknown) = self.unknown(view) {
            return Some(unknown);
        }
        let State::Known(node) = view.state() else { return None };
        let text = node.as_str()?;
        let text =
            if escapes == Escapes::Replaced { text.replace("&{", "${") } else { text.to_owned() };
        Some(Node {
            origin: self.adapter.origin(view, node),
            data: Data::String(Text::Known(text.into())),
        })
    }

    fn unknown(&self, view: View<'_>) -> Option<Node> {
        let (why, span) = self.adapter.why_unknown(view)?;
        Some(Node { origin: Origin::at(span), data: Data::Unknown(why) })
    }

    fn origin(&self, view: View<'_>) -> Option<Origin> {
        match view.state() {
            State::Known(node) => Some(self.adapter.origin(view, node)),
            State::Unknown(_) | State::Masked(_) | State::Null => None,
        }
    }

    fn nothing(&self) -> Node {
        Node { origin: Origin::at(self.adapter.place().header), data: Data::Null }
    }
}

/// Adds a member to an object; where the key is there already, the values of both are put together.
fn insert(members: &mut Vec<Member>, key: Text, key_origin: &Origin, value: Node) {
    match members.iter_mut().find(|member| member.key == key) {
        Some(member) => {
            let empty = Node { origin: value.origin.clone(), data: Data::Null };
            let earlier = std::mem::replace(&mut member.value, empty);
            member.value = together(earlier, value);
        }
        None => members.push(Member { key, key_origin: key_origin.clone(), value }),
    }
}

fn together(first: Node, second: Node) -> Node {
    let origin = first.origin.clone();
    let data = match (first.data, second.data) {
        (Data::Object(mut members), Data::Object(more)) => {
            more.into_iter().for_each(|member| {
                insert(&mut members, member.key, &member.key_origin, member.value)
            });
            Data::Object(members)
        }
        (first, more) => {
            let mut items = items(first, &origin);
            items.extend(self::items(more, &second.origin));
            Data::Array(items)
        }
    };
    Node { origin, data }
}

/// The elements of an array; anything else is its own only element.
fn items(data: Data, origin: &Origin) -> Vec<Node> {
    match data {
        Data::Array(items) => items,
        data => vec![Node { origin: origin.clone(), data }],
    }
}

fn member(key: &str, value: Node) -> Member {
    Member { key: Text::Known(key.into()), key_origin: value.origin.clone(), value }
}

fn known(text: &str, origin: &Origin) -> Node {
    Node { origin: origin.clone(), data: Data::String(Text::Known(text.into())) }
}
