//! Policy documents that are JSON inside a string of a JSON or YAML text: [`in_string`].

use crate::model::Document;
use crate::origin::Origin;
use crate::policy::node::{Data, Member, Node, Text};
use crate::source::{FileId, Span, TextRange};
use crate::syntax::{json, tree};

/// Reads the policy document that the string `text` of `file` holds. Each of its nodes gets the bytes that it was
/// written with, inside the string, and the rest of `origin`.
pub fn in_string(text: &tree::Text, file: FileId, origin: &Origin) -> Document {
    let reader = Reader { text, file, origin };
    let parsed = json::parse_as(text.value.as_bytes(), &reader);
    match (parsed.root, parsed.errors.first()) {
        (Some(root), None) => Document::Json(Box::new(root)),
        (_, Some(error)) => Document::not_json(&error.message, reader.span(error.range)),
        (None, None) => Document::empty(origin.span),
    }
}

struct Reader<'a> {
    text: &'a tree::Text,
    file: FileId,
    origin: &'a Origin,
}

impl json::Build for Reader<'_> {
    type Node = Node;
    type Member = Member;

    fn node(&self, range: TextRange, kind: tree::NodeKind<Node, Member>) -> Node {
        let data = match kind {
            tree::NodeKind::Null | tree::NodeKind::Hole(_) => Data::Null,
            tree::NodeKind::Bool(value) => Data::Bool(value),
            tree::NodeKind::Number(number) => Data::Number(number),
            tree::NodeKind::String(text) => Data::String(Text::Known(text.value)),
            tree::NodeKind::Array(items) => Data::Array(items),
            tree::NodeKind::Object(members) => Data::Object(members),
        };
        Node { origin: self.at(range), data }
    }

    fn member(&self, key: tree::Text, key_range: TextRange, value: Node) -> Member {
        Member { key: Text::Known(key.value), key_origin: self.at(key_range), value }
    }
}

impl Reader<'_> {
    fn at(&self, range: TextRange) -> Origin {
        Origin { span: self.span(range), ..self.origin.clone() }
    }

    fn span(&self, range: TextRange) -> Span {
        Span { file: self.file, range: self.text.source_range(range) }
    }
}
