//! What must not be printed of a unit: [`Sensitive`].

use std::collections::BTreeSet;

use super::UnitFindings;
use crate::model::{Attachment, Document, Fact, Field, Model, Repository};
use crate::origin::Origin;
use crate::policy::node::{Data, Node, Text, TextPart};
use crate::source::Span;

/// The sensitive values of a unit.
#[derive(Clone, Debug, Default)]
pub struct Sensitive {
    /// Where they were written.
    pub spans: BTreeSet<Span>,
    texts: BTreeSet<String>,
}

/// Stands for a sensitive value.
const REDACTED: &str = "(sensitive)";

/// A shorter text is taken for a sensitive value only where nothing else stands beside it.
const LONG: usize = 8;

impl Sensitive {
    /// Finds the sensitive values of a unit.
    pub fn of(model: &Model) -> Self {
        let mut found = Self::default();
        model.repositories.iter().for_each(|repository| found.repository(repository));
        model.attachments.iter().for_each(|attachment| found.attachment(attachment));
        found
    }

    /// Takes sensitive values out of what findings quote.
    pub fn redact(&self, unit: &mut UnitFindings) {
        if self.texts.is_empty() {
            return;
        }
        for finding in &mut unit.findings {
            let labels = std::iter::once(&mut finding.primary).chain(&mut finding.related);
            labels.for_each(|label| self.redact_message(&mut label.message));
            self.redact_message(&mut finding.message);
            self.redact_message(&mut finding.help);
        }
        for arm in unit.unknowns.iter_mut().flat_map(|unknown| &mut unknown.arms) {
            if self.is_in(&arm.value) {
                arm.value = REDACTED.to_owned();
            }
        }
    }

    /// Takes sensitive values out of what a message quotes in backticks.
    fn redact_message(&self, message: &mut String) {
        let pieces = message.split('`').enumerate().map(|(number, piece)| {
            if number % 2 == 1 && self.is_in(piece) { REDACTED } else { piece }
        });
        *message = pieces.collect::<Vec<_>>().join("`");
    }

    /// Is a sensitive value in this quoted text?
    fn is_in(&self, quoted: &str) -> bool {
        self.texts
            .iter()
            .any(|text| quoted == text || (text.len() >= LONG && quoted.contains(text.as_str())))
    }

    fn text(&mut self, origin: &Origin, text: &str) {
        if origin.sensitive && !text.is_empty() {
            self.spans.insert(origin.span);
            self.texts.insert(text.to_owned());
        }
    }

    fn field<T>(&mut self, field: &Field<T>, inside: &mut impl FnMut(&mut Self, &T, &Origin)) {
        match &field.fact {
            Fact::Written(value) | Fact::Default(value) => inside(self, value, &field.origin),
            Fact::Either { arms, .. } => arms.iter().for_each(|arm| self.field(arm, inside)),
            Fact::Unknown(_) => {}
        }
    }

    fn string(&mut self, field: &Field<String>) {
        self.field(field, &mut |found, text, origin| found.text(origin, text));
    }

    fn repository(&mut self, repository: &Repository) {
        self.string(&repository.name);
        self.string(&repository.tag_mutability);
        self.string(&repository.encryption_type);
        self.field(&repository.kms_key, &mut |found, key, origin| {
            key.iter().for_each(|key| found.text(origin, key));
        });
        self.field(&repository.exclusion_filters, &mut |found, filters, _| {
            filters.iter().for_each(|filter| found.string(&filter.filter));
        });
    }

    fn attachment(&mut self, attachment: &Attachment) {
        self.field(&attachment.document, &mut |found, document, origin| match document {
            Document::Json(node) => found.node(node),
            Document::Managed(arn) => found.text(origin, arn),
            Document::NotJson(_) if origin.sensitive => {
                found.spans.insert(origin.span);
            }
            Document::NotJson(_) => {}
        });
    }

    /// A document is sensitive as a whole where a part of it is, so only the leaves count.
    fn node(&mut self, node: &Node) {
        match &node.data {
            Data::Array(items) => items.iter().for_each(|item| self.node(item)),
            Data::Object(members) => members.iter().for_each(|member| {
                self.leaf(&member.key_origin, &member.key);
                self.node(&member.value);
            }),
            Data::String(text) => self.leaf(&node.origin, text),
            Data::Number(text) => self.text(&node.origin, text),
            Data::Unknown(_) | Data::Null | Data::Bool(_) => {}
        }
    }

    fn leaf(&mut self, origin: &Origin, text: &Text) {
        match text {
            Text::Known(text) => self.text(origin, text),
            Text::Partial(parts) => parts.iter().for_each(|part| match part {
                TextPart::Known(text) => self.text(origin, text),
                TextPart::Unknown { .. } => {}
            }),
        }
    }
}
