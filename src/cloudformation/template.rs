//! The text of a template as a tree, and its sections: [`Template`].

use rustc_hash::FxHashMap;

use crate::source::{FileId, Sources, Span, TextRange};
use crate::syntax::tree::{Member, Node, NodeKind};
use crate::syntax::{SyntaxError, json, yaml};

/// A text that was read as a template.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) file: FileId,
    pub(super) root: Node,
    pub(super) errors: Vec<SyntaxError>,
    /// The line that begins a second YAML document, which is not read.
    pub(super) second_document: Option<TextRange>,
    /// Where the keys of the sections and of the resources begin, in order; only there if there are errors.
    keys: Vec<u32>,
}

/// A section of a template: its members by name. Of several with one name the last counts.
pub(super) type Section<'a> = FxHashMap<&'a str, &'a Member>;

/// Reads a text as JSON or YAML; `None` where it holds no value at all.
pub(super) fn parse(sources: &Sources, file: FileId) -> Result<Template, Vec<SyntaxError>> {
    let text = sources.get(file);
    let (root, errors, second_document) = tree(text.text());
    match root {
        Some(root) => {
            let keys = if errors.is_empty() { Vec::new() } else { key_starts(&root) };
            Ok(Template { file, root, errors, second_document, keys })
        }
        None => Err(errors),
    }
}

/// A text that begins like JSON and is not good JSON may still be good YAML.
fn tree(text: &[u8]) -> (Option<Node>, Vec<SyntaxError>, Option<TextRange>) {
    let content = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text).trim_ascii_start();
    if content.starts_with(b"{") {
        let parsed = json::parse(text);
        if !parsed.errors.is_empty() {
            let as_yaml = yaml::parse(text);
            if as_yaml.errors.is_empty() {
                return (as_yaml.root, as_yaml.errors, as_yaml.second_document);
            }
        }
        return (parsed.root, parsed.errors, None);
    }
    let parsed = yaml::parse(text);
    (parsed.root, parsed.errors, parsed.second_document)
}

fn key_starts(root: &Node) -> Vec<u32> {
    let all = members(Some(root)).iter().chain(members(root.get("Resources")));
    let mut starts: Vec<u32> = all.map(|member| member.key_range.start).collect();
    starts.sort_unstable();
    starts
}

impl Template {
    /// Does it look like a template: has it resources with a type, or the version mark?
    pub(super) fn is_template(&self) -> bool {
        let has_type = |member: &Member| {
            let looped = member.key.value.starts_with("Fn::");
            looped
                || member.value.get("Type").is_some_and(|ty| matches!(ty.kind, NodeKind::String(_)))
        };
        self.root.get("AWSTemplateFormatVersion").is_some()
            || members(self.root.get("Resources")).iter().any(has_type)
    }

    /// The members of a section by name.
    pub(super) fn section(&self, name: &str) -> Section<'_> {
        members(self.root.get(name)).iter().map(|member| (&*member.key.value, member)).collect()
    }

    /// The first syntax error between the key of a resource and the next key of a resource or section.
    pub(super) fn error_in(&self, resource: &Member) -> Option<Span> {
        let start = resource.key_range.start;
        let error = self.errors.iter().find(|error| start <= error.range.start)?;
        let next = self.keys.partition_point(|key| *key <= start);
        let ends_before = self.keys.get(next).is_some_and(|next| *next <= error.range.start);
        (!ends_before).then(|| self.span(error.range))
    }

    pub(super) fn span(&self, range: TextRange) -> Span {
        Span { file: self.file, range }
    }
}

/// The members of an object; none of anything else.
pub(super) fn members(node: Option<&Node>) -> &[Member] {
    match node.map(|node| &node.kind) {
        Some(NodeKind::Object(members)) => members,
        Some(
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Number(_)
            | NodeKind::String(_)
            | NodeKind::Array(_)
            | NodeKind::Hole(_),
        )
        | None => &[],
    }
}

/// The items of an array; none of anything else.
pub(super) fn items(node: &Node) -> Option<&[Node]> {
    match &node.kind {
        NodeKind::Array(items) => Some(items),
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::Number(_)
        | NodeKind::String(_)
        | NodeKind::Object(_)
        | NodeKind::Hole(_) => None,
    }
}
