//! Policies of users, groups and roles.

use super::Adapter;
use super::fields::Fields;
use super::policy::document;
use crate::model::{AttachmentKind, Document, Fact, Field, Target};
use crate::policy::mention::names_ecr;
use crate::policy::node::{Data, Node};
use crate::terraform::blocks::{Item, expand};
use crate::terraform::calls::dotted;
use crate::terraform::identity::PolicySource;
use crate::terraform::module::ResourceKey;
use crate::value::Value;

impl Adapter<'_, '_> {
    /// May the policies of a resource of IAM, in the module at a path of calls, have to do with ECR? Told without
    /// evaluating them.
    pub(super) fn may_matter(&self, path: &str, key: &ResourceKey) -> bool {
        match PolicySource::of(&key.type_name) {
            Some(_) if self.all_identity_policies => true,
            Some(PolicySource::Document(_) | PolicySource::Role) => {
                self.evaluation.may_name_ecr(path, key)
            }
            Some(PolicySource::Arn(_) | PolicySource::Arns(_)) | None => false,
        }
    }

    /// May any policy of IAM in the module at a path of calls, or in those that it calls, have to do with ECR? What is
    /// wrong with their files is told, for nobody else will look at them if not.
    pub(super) fn any_may_matter(&self, path: &str) -> bool {
        let Some(module) = self.evaluation.module_at(path) else { return true };
        module.problems.iter().cloned().for_each(|problem| self.evaluation.tell(problem));
        module.relevant.iter().any(|key| self.may_matter(path, key))
            || module.calls.keys().any(|name| self.any_may_matter(&dotted(path, name)))
    }

    /// The policies of a resource of IAM, as far as they have to do with ECR. One that has no value says nothing about
    /// ECR, so it is no error.
    pub(super) fn identity(&mut self, fields: Fields<'_, '_>) {
        match PolicySource::of(&fields.of.key.type_name) {
            Some(PolicySource::Document(argument)) => {
                if let Some(Ok(value)) = fields.value(argument) {
                    self.identity_document(fields, &value);
                }
            }
            Some(PolicySource::Arn(argument) | PolicySource::Arns(argument)) => {
                self.managed_policies(fields, argument);
            }
            Some(PolicySource::Role) => {
                let names = fields.of.names(self.evaluation);
                let blocks = fields.of.declaration.blocks("inline_policy");
                for item in expand(blocks, &names, &|value| value).unwrap_or_default() {
                    let Item::Content(block) = item else { continue };
                    let policy = block.attribute("policy").map(|it| block.names().eval(it));
                    if let Some(Ok(value)) = policy {
                        self.identity_document(fields, &value);
                    }
                }
                self.managed_policies(fields, "managed_policy_arns");
            }
            None => {}
        }
    }

    fn identity_document(&mut self, fields: Fields<'_, '_>, value: &Value) {
        let document = document(fields, value);
        if matters(&document, self.all_identity_policies) {
            self.attach(fields, AttachmentKind::Identity, Target::None, document);
        }
    }

    fn managed_policies(&mut self, fields: Fields<'_, '_>, argument: &str) {
        if !self.all_identity_policies {
            return;
        }
        let Some(Ok(value)) = fields.value(argument) else { return };
        for arn in value.items().unwrap_or(std::slice::from_ref(&value)) {
            let Some(text) = arn.as_text().filter(|arn| arn.contains(":iam::aws:policy/")) else {
                continue;
            };
            let origin = fields.outward.origin(&arn.origin.inside(&value.origin));
            let document = Field::written(Document::Managed(text.into_owned()), origin);
            self.attach(fields, AttachmentKind::Identity, Target::None, document);
        }
    }
}

/// Has the document to do with ECR? `all`: also one that grants everything.
fn matters(document: &Field<Document>, all: bool) -> bool {
    match &document.fact {
        Fact::Written(Document::Json(node)) => names_ecr(node) || all && grants_everything(node),
        Fact::Either { arms, .. } => arms.iter().any(|arm| matters(arm, all)),
        Fact::Written(Document::NotJson(_) | Document::Managed(_))
        | Fact::Default(_)
        | Fact::Unknown(_) => false,
    }
}

/// Is there a string `"*"` among the actions?
fn grants_everything(node: &Node) -> bool {
    let is_star = |node: &Node| match &node.data {
        Data::String(text) => text.known() == Some("*"),
        Data::Array(items) => items
            .iter()
            .any(|item| matches!(&item.data, Data::String(text) if text.known() == Some("*"))),
        Data::Unknown(_) | Data::Null | Data::Bool(_) | Data::Number(_) | Data::Object(_) => false,
    };
    let statement =
        |node: &Node| node.get("Action").is_some_and(is_star) || node.get("NotAction").is_some();
    match node.get("Statement").map(|statements| (&statements.data, statements)) {
        Some((Data::Array(items), _)) => items.iter().any(statement),
        Some((_, one)) => statement(one),
        None => false,
    }
}
