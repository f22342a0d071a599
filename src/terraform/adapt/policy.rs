//! Policies of repositories, registries and templates.

use super::fields::Fields;
use super::{Adapter, link, place};
use crate::model::{
    Attachment, AttachmentKind, Document, Field, ProblemKind, RepositoryKind, Target,
};
use crate::origin::Why;
use crate::terraform::render;
use crate::value::Value;

impl Adapter<'_, '_> {
    /// The policy in the argument `policy`, which must be there.
    pub(super) fn policy(&mut self, fields: Fields<'_, '_>, kind: AttachmentKind) {
        let document = match fields.value("policy") {
            Some(Ok(value)) => document(fields, &value),
            Some(Err(error)) => fields.failed(error),
            None => {
                let header = fields.header();
                let message = "the argument `policy` is missing";
                self.evaluation.tell_at(ProblemKind::Evaluation, header.span, message);
                Field::unknown(Why::at(message, header.span), header)
            }
        };
        self.attach(fields, kind, Target::None, document);
    }

    /// The policy in an argument, if it is set.
    pub(super) fn optional_policy(
        &mut self,
        fields: Fields<'_, '_>,
        kind: AttachmentKind,
        name: &str,
        target: Target,
    ) {
        match fields.value(name) {
            Some(Ok(value)) if value.is_null() => {}
            Some(Ok(value)) => self.attach(fields, kind, target, document(fields, &value)),
            Some(Err(error)) => self.attach(fields, kind, target, fields.failed(error)),
            None => {}
        }
    }

    pub(super) fn attach(
        &mut self,
        fields: Fields<'_, '_>,
        kind: AttachmentKind,
        target: Target,
        document: Field<Document>,
    ) {
        let place = place(fields);
        self.model.attachments.push(Attachment { place, kind, target, document, change: None });
    }

    /// Says which repository the newest attachment hangs on.
    pub(super) fn link_attachment(
        &mut self,
        fields: Fields<'_, '_>,
        argument: &str,
        kind: RepositoryKind,
    ) {
        let from = link::From::Attachment(self.model.attachments.len().saturating_sub(1));
        self.links.push(self.link(fields, from, argument, kind));
    }
}

/// The document in a value.
pub(super) fn document(fields: Fields<'_, '_>, value: &Value) -> Field<Document> {
    value.visit_unknown(&mut |why| fields.unsaid(why));
    fields.outward.document(render::policy(value))
}
