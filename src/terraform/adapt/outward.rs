//! Places in a stand-in module as the user sees them: the call of the module. [`Outward`]

use crate::model::{Document, Fact, Field};
use crate::origin::{Hop, Origin, Why};
use crate::policy::node::{Data, Member, Node, Text, TextPart};
use crate::source::Span;
use crate::terraform::module::load::Modules;

/// Leads places in stand-in modules out to the call.
#[derive(Clone, Copy)]
pub(super) struct Outward<'o> {
    modules: &'o Modules<'o>,
    /// The call of the stand-in that the resource stands in.
    call: Option<Span>,
    /// No stand-in was read, so there is nothing to do.
    is_idle: bool,
}

impl<'o> Outward<'o> {
    /// For a resource in a stand-in that is called at `call`, or in a module of the user's.
    pub(super) fn new(modules: &'o Modules<'o>, call: Option<Span>) -> Self {
        Self { modules, call, is_idle: !modules.has_standins() }
    }

    pub(super) fn span(self, span: Span) -> Span {
        if self.is_inside(span) { self.call.unwrap_or(span) } else { span }
    }

    pub(super) fn origin(self, origin: &Origin) -> Origin {
        if self.is_idle
            || !self.is_inside(origin.span) && !origin.hops().any(|hop| self.is_inside(hop.span))
        {
            return origin.clone();
        }
        let hops: Vec<&Hop> = origin.hops().filter(|hop| !self.is_inside(hop.span)).collect();
        let span = match (self.is_inside(origin.span), self.call, hops.last()) {
            (false, ..) => origin.span,
            (true, Some(call), _) => call,
            // It came out of a stand-in through an output.
            (true, None, Some(oldest)) => oldest.span,
            (true, None, None) => origin.span,
        };
        let outside = Origin { via: None, span, sensitive: origin.sensitive };
        hops.into_iter()
            .rev()
            .fold(outside, |outside, hop| outside.through(hop.kind, hop.name.clone(), hop.span))
    }

    pub(super) fn why(self, why: &Why) -> Why {
        let span = why.span.map(|span| self.span(span));
        Why::with(why.reason.clone(), span)
    }

    pub(super) fn document(self, field: Field<Document>) -> Field<Document> {
        if self.is_idle {
            return field;
        }
        let origin = self.origin(&field.origin);
        let fact = match field.fact {
            Fact::Written(Document::Json(node)) => {
                Fact::Written(Document::Json(Box::new(self.node(*node))))
            }
            Fact::Written(Document::NotJson(why)) => {
                Fact::Written(Document::NotJson(self.why(&why)))
            }
            Fact::Unknown(why) => Fact::Unknown(self.why(&why)),
            Fact::Either { why, arms } => {
                let arms = arms.into_iter().map(|arm| self.document(arm)).collect();
                Fact::Either { why: self.why(&why), arms }
            }
            other @ (Fact::Written(Document::Managed(_)) | Fact::Default(_)) => other,
        };
        Field { fact, origin }
    }

    fn node(self, node: Node) -> Node {
        let data = match node.data {
            Data::Unknown(why) => Data::Unknown(self.why(&why)),
            Data::String(text) => Data::String(self.text(text)),
            Data::Array(items) => {
                Data::Array(items.into_iter().map(|item| self.node(item)).collect())
            }
            Data::Object(members) => {
                let members = members.into_iter().map(|member| Member {
                    key: self.text(member.key),
                    key_origin: self.origin(&member.key_origin),
                    value: self.node(member.value),
                });
                Data::Object(members.collect())
            }
            other @ (Data::Null | Data::Bool(_) | Data::Number(_)) => other,
        };
        Node { origin: self.origin(&node.origin), data }
    }

    fn text(self, text: Text) -> Text {
        match text {
            Text::Known(_) => text,
            Text::Partial(parts) => {
                let parts = parts.into_iter().map(|part| match part {
                    TextPart::Unknown { why, plain } => {
                        TextPart::Unknown { why: self.why(&why), plain }
                    }
                    known @ TextPart::Known(_) => known,
                });
                Text::Partial(parts.collect())
            }
        }
    }

    fn is_inside(self, span: Span) -> bool {
        !self.is_idle && self.modules.is_standin(span.file)
    }
}
