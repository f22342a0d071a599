//! The places of values that must not be printed: [`spans`].

use crate::model::{Attachment, Document, Fact, Field, Model, Repository};
use crate::origin::Origin;
use crate::policy::node::{Data, Node};
use crate::source::Span;

/// Where the sensitive values of a unit were written.
pub fn spans(model: &Model) -> Vec<Span> {
    let mut found = Found::default();
    model.repositories.iter().for_each(|repository| found.repository(repository));
    model.attachments.iter().for_each(|attachment| found.attachment(attachment));
    found.spans
}

#[derive(Default)]
struct Found {
    spans: Vec<Span>,
}

impl Found {
    fn origin(&mut self, origin: &Origin) {
        if origin.sensitive {
            self.spans.push(origin.span);
        }
    }

    fn field<T>(&mut self, field: &Field<T>, inside: &mut impl FnMut(&mut Self, &T)) {
        self.origin(&field.origin);
        match &field.fact {
            Fact::Written(value) | Fact::Default(value) => inside(self, value),
            Fact::Either { arms, .. } => arms.iter().for_each(|arm| self.field(arm, inside)),
            Fact::Unknown(_) => {}
        }
    }

    fn plain<T>(&mut self, field: &Field<T>) {
        self.field(field, &mut |_, _| {});
    }

    fn repository(&mut self, repository: &Repository) {
        self.plain(&repository.name);
        self.plain(&repository.tag_mutability);
        self.plain(&repository.encryption_type);
        self.plain(&repository.kms_key);
        self.field(&repository.exclusion_filters, &mut |found, filters| {
            filters.iter().for_each(|filter| found.plain(&filter.filter));
        });
    }

    fn attachment(&mut self, attachment: &Attachment) {
        self.field(&attachment.document, &mut |found, document| match document {
            Document::Json(node) => found.node(node),
            Document::NotJson(_) | Document::Managed(_) => {}
        });
    }

    fn node(&mut self, node: &Node) {
        self.origin(&node.origin);
        match &node.data {
            Data::Array(items) => items.iter().for_each(|item| self.node(item)),
            Data::Object(members) => members.iter().for_each(|member| {
                self.origin(&member.key_origin);
                self.node(&member.value);
            }),
            Data::Unknown(_) | Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
        }
    }
}
