//! The JSON text of a document, each leaf with its own origin: [`text`].

use std::borrow::Cow;

use smol_str::SmolStr;

use crate::origin::{Origin, Why};
use crate::policy::node::{Data, Member, Node, Text, TextPart};
use crate::source::Span;
use crate::terraform::data_source::Kind;
use crate::value::{Literal, Piece, Rope, TextMap, TextShape, Type, Value, escaped};

/// The text as Go's encoder writes it: over several lines, or without any space. What stands between the leaves was
/// written by nobody and comes from the value that it belongs to: the block of a statement, the list of its actions.
pub(super) fn text(node: &Node, kind: Kind, span: Span) -> Rope {
    let mut writer = Writer { pieces: Vec::new(), between: String::new(), kind, span };
    writer.node(node, 0);
    writer.flush();
    Rope::concat(writer.pieces, span)
}

struct Writer {
    pieces: Vec<Piece>,
    /// Text that is not a piece yet.
    between: String,
    kind: Kind,
    /// Where that text comes from.
    span: Span,
}

impl Writer {
    fn node(&mut self, node: &Node, level: usize) {
        match &node.data {
            Data::Unknown(why) => {
                self.piece(Value::unknown_of(Type::Dynamic, why.clone(), node.origin.clone()));
            }
            Data::Null => self.between.push_str("null"),
            Data::Bool(value) => self.between.push_str(if *value { "true" } else { "false" }),
            Data::Number(digits) => self.between.push_str(digits),
            Data::String(text) => self.text(text, &node.origin),
            Data::Array(items) => {
                self.within(node.origin.span, |writer| writer.array(items, level))
            }
            Data::Object(members) => {
                self.within(node.origin.span, |writer| writer.object(members, level));
            }
        }
    }

    /// What `write` puts between the leaves comes from `span`.
    fn within(&mut self, span: Span, write: impl FnOnce(&mut Self)) {
        let outer = self.between_from(span);
        write(self);
        self.between_from(outer);
    }

    /// From where the text between the leaves comes from now on; returns from where it came before.
    fn between_from(&mut self, span: Span) -> Span {
        if span != self.span {
            self.flush();
        }
        std::mem::replace(&mut self.span, span)
    }

    fn array(&mut self, items: &[Node], level: usize) {
        let count = items.len();
        self.between.push('[');
        for (index, item) in items.iter().enumerate() {
            self.line(level + 1);
            self.node(item, level + 1);
            if index + 1 < count {
                self.between.push(',');
            }
        }
        if count > 0 {
            self.line(level);
        }
        self.between.push(']');
    }

    fn object(&mut self, members: &[Member], level: usize) {
        let count = members.len();
        self.between.push('{');
        for (index, member) in members.iter().enumerate() {
            self.line(level + 1);
            self.text(&member.key, &member.key_origin);
            self.between.push_str(if self.kind == Kind::Minified { ":" } else { ": " });
            self.node(&member.value, level + 1);
            if index + 1 < count {
                self.between.push(',');
            }
        }
        if count > 0 {
            self.line(level);
        }
        self.between.push('}');
    }

    /// A string with its quotes.
    fn text(&mut self, text: &Text, origin: &Origin) {
        self.between.push('"');
        match text {
            Text::Known(known) => self.known(known, origin),
            Text::Partial(parts) => parts.iter().for_each(|part| match part {
                TextPart::Known(known) => self.known(known, origin),
                TextPart::Unknown { why, plain } => self.unknown(why, *plain, origin),
            }),
        }
        self.between.push('"');
    }

    fn known(&mut self, text: &SmolStr, origin: &Origin) {
        let text = match escaped(text) {
            Cow::Borrowed(_) => text.clone(),
            Cow::Owned(escaped) => escaped.into(),
        };
        self.piece(Value::string(text, origin.clone()));
    }

    fn unknown(&mut self, why: &Why, plain: bool, origin: &Origin) {
        let shape = TextShape { plain, ..TextShape::default() };
        self.piece(Value::unknown_text(shape, why.clone(), origin.clone()));
    }

    fn piece(&mut self, value: Value) {
        self.flush();
        self.pieces.push(Piece::Value(value));
    }

    fn flush(&mut self) {
        if self.between.is_empty() {
            return;
        }
        let text = self.between.as_str().into();
        self.between.clear();
        self.pieces.push(Piece::Literal(Literal { text, span: self.span, map: TextMap::Computed }));
    }

    fn line(&mut self, level: usize) {
        if self.kind == Kind::Minified {
            return;
        }
        self.between.push('\n');
        self.between.extend(std::iter::repeat_n(' ', level * 2));
    }
}
