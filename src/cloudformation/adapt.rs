//! The resources of a template to the common model.

use super::document::document;
use super::evaluate::Evaluator;
use super::fields;
use super::value::{Data, Value};
use crate::model::{
    Attachment, AttachmentKind, Document, Field, Model, Place, Repository, RepositoryKind,
    ScanningRule, Target,
};
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::syntax::tree::{Member, Node};

/// A resource that exists, or may exist.
pub(super) struct Resource<'e, 'a> {
    pub(super) place: Place,
    /// Its attributes: `Properties`, `DeletionPolicy`, `Metadata`, …
    pub(super) attributes: &'a Node,
    pub(super) properties: Properties<'a>,
    pub(super) evaluator: &'e mut Evaluator<'a>,
}

/// The properties of a resource.
pub(super) enum Properties<'a> {
    /// As written. Each is evaluated when it is asked for. Where the text is broken, what seems absent can't be known.
    Written(&'a [Member], Option<Why>),
    /// What an expression came to.
    Evaluated(Value),
}

/// Can a resource of this type say something to the checks?
pub(super) fn matters(type_name: &str) -> bool {
    type_name.starts_with("AWS::ECR::") || inline_policies(type_name).is_some()
}

/// Where a type keeps its identity policies: a document, a list of objects with one, and a list of ARNs.
struct InlinePolicies {
    document: Option<&'static str>,
    lists: bool,
}

/// The types with identity policies (AWS CloudFormation Template Reference).
fn inline_policies(type_name: &str) -> Option<InlinePolicies> {
    match type_name {
        "AWS::IAM::Policy"
        | "AWS::IAM::ManagedPolicy"
        | "AWS::IAM::GroupPolicy"
        | "AWS::IAM::RolePolicy"
        | "AWS::IAM::UserPolicy" => {
            Some(InlinePolicies { document: Some("PolicyDocument"), lists: false })
        }
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
            Some(InlinePolicies { document: None, lists: true })
        }
        "AWS::SSO::PermissionSet" => {
            Some(InlinePolicies { document: Some("InlinePolicy"), lists: true })
        }
        "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => {
            Some(InlinePolicies { document: None, lists: true })
        }
        _ => None,
    }
}

impl Resource<'_, '_> {
    /// Adds what the resource says to the model.
    pub(super) fn add_to(mut self, model: &mut Model) {
        match &*self.place.type_name {
            "AWS::ECR::Repository" => {
                model.repositories.push(self.repository(RepositoryKind::Private, "RepositoryName"));
                self.attach("RepositoryPolicyText", AttachmentKind::Repository, model);
            }
            "AWS::ECR::PublicRepository" => {
                model.repositories.push(self.repository(RepositoryKind::Public, "RepositoryName"));
                self.attach("RepositoryPolicyText", AttachmentKind::PublicRepository, model);
            }
            "AWS::ECR::RepositoryCreationTemplate" => {
                model
                    .repositories
                    .push(self.repository(RepositoryKind::CreationTemplate, "Prefix"));
                self.attach("RepositoryPolicy", AttachmentKind::CreationTemplate, model);
            }
            "AWS::ECR::RegistryPolicy" => {
                self.attach("PolicyText", AttachmentKind::Registry, model)
            }
            "AWS::ECR::RegistryScanningConfiguration" => self.add_scanning_rules(model),
            other => {
                if let Some(policies) = inline_policies(other) {
                    self.add_identity_policies(&policies, model);
                }
            }
        }
    }

    fn repository(&mut self, kind: RepositoryKind, name: &str) -> Repository {
        let header = self.place.header;
        let encryption = self.property("EncryptionConfiguration");
        let scanning = self.property("ImageScanningConfiguration");
        Repository {
            place: self.place.clone(),
            kind,
            name: fields::name(&self.property(name)),
            region: None,
            tag_mutability: fields::string(&self.property("ImageTagMutability"), "MUTABLE"),
            exclusion_filters: fields::exclusion_filters(
                &self.property("ImageTagMutabilityExclusionFilters"),
            ),
            scan_on_push: fields::boolean(&scanning.get("ScanOnPush", header)),
            encryption_type: fields::string(&encryption.get("EncryptionType", header), "AES256"),
            kms_key: fields::optional(&encryption.get("KmsKey", header)),
            force_delete: match self.retained() {
                Some(span) => Field::written(false, Origin::at(span)),
                None => fields::boolean(&self.property("EmptyOnDelete")),
            },
            has_lifecycle_policy: fields::presence(&self.property("LifecyclePolicy")),
            change: None,
        }
    }

    /// A `DeletionPolicy` that keeps the repository when its stack goes: then `EmptyOnDelete` never acts.
    fn retained(&mut self) -> Option<Span> {
        let policy = self.evaluator.value(self.attributes.get("DeletionPolicy")?);
        matches!(policy.as_known()?.as_str(), "Retain" | "RetainExceptOnCreate")
            .then_some(policy.origin.span)
    }

    fn add_scanning_rules(&mut self, model: &mut Model) {
        let header = self.place.header;
        let Data::List(rules) = self.property("Rules").data else { return };
        for rule in rules {
            let Data::List(filters) = rule.get("RepositoryFilters", header).data else { continue };
            let filter = |filter: &Value| fields::name(&filter.get("Filter", filter.origin.span));
            model.scanning_rules.push(ScanningRule {
                place: self.place.clone(),
                frequency: fields::name(&rule.get("ScanFrequency", rule.origin.span)),
                filters: filters.iter().map(filter).collect(),
            });
        }
    }

    fn add_identity_policies(&mut self, policies: &InlinePolicies, model: &mut Model) {
        if let Some(property) = policies.document {
            self.attach(property, AttachmentKind::Identity, model);
        }
        if !policies.lists {
            return;
        }
        for property in ["Policies", "ManagedPolicyArns", "ManagedPolicies"] {
            for_each_item(&self.property(property), &mut |item| {
                if let Some(document) = listed_policy(item, self.place.header) {
                    model.attachments.push(self.attachment(AttachmentKind::Identity, document));
                }
            });
        }
    }

    fn attach(&mut self, property: &str, kind: AttachmentKind, model: &mut Model) {
        let value = self.property(property);
        if !value.is_absent() {
            model.attachments.push(self.attachment(kind, document(&value)));
        }
    }

    fn attachment(&self, kind: AttachmentKind, document: Field<Document>) -> Attachment {
        let target = match kind {
            AttachmentKind::Repository
            | AttachmentKind::PublicRepository
            | AttachmentKind::CreationTemplate => Target::Address(self.place.address.clone()),
            AttachmentKind::Registry | AttachmentKind::Identity => Target::None,
        };
        Attachment { place: self.place.clone(), kind, target, document, change: None }
    }

    /// A property; absent at the logical id.
    fn property(&mut self, name: &str) -> Value {
        let header = self.place.header;
        match &self.properties {
            Properties::Evaluated(properties) => properties.get(name, header),
            Properties::Written(members, broken) => {
                match members.iter().rev().find(|member| *member.key.value == *name) {
                    Some(member) => self.evaluator.member_value(member),
                    None => match broken {
                        Some(why) => Value::unknown(why.clone(), header),
                        None => Value::absent(header),
                    },
                }
            }
        }
    }
}

/// Calls `each` with the items of a list, of all alternatives of it.
fn for_each_item(list: &Value, each: &mut dyn FnMut(&Value)) {
    match &list.data {
        Data::List(items) => items.iter().for_each(|item| for_each_item(item, each)),
        Data::Either(either) => either.arms.iter().for_each(|arm| for_each_item(arm, each)),
        Data::Absent => {}
        Data::Unknown(_)
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(_)
        | Data::Map(_)
        | Data::Json(_) => {
            each(list);
        }
    }
}

/// An item of a list of policies: an object with a `PolicyDocument`, a document itself (SAM), or the ARN or name of
/// a managed policy.
fn listed_policy(item: &Value, header: Span) -> Option<Field<Document>> {
    if let Data::Map(map) = &item.data {
        let has = |key: &str| map.members.iter().any(|member| &*member.key == key);
        return match (has("PolicyDocument"), has("Statement")) {
            (true, _) => Some(document(&item.get("PolicyDocument", header))),
            (false, true) => Some(document(item)),
            (false, false) => None,
        };
    }
    let arn = match item.as_known() {
        Some(arn) => arn,
        None => managed_arn(item)?,
    };
    let arn = if arn.starts_with("arn:") { arn } else { format!("arn:aws:iam::aws:policy/{arn}") };
    Some(Field::written(Document::Managed(arn), item.origin.clone()))
}

/// `arn:${AWS::Partition}:iam::aws:policy/Name` is AWS's own policy in every partition.
fn managed_arn(item: &Value) -> Option<String> {
    let Data::String(pieces) = &item.data else { return None };
    let last = pieces.last()?.known()?;
    let (_, name) = last.split_once(":iam::aws:policy/")?;
    Some(format!("arn:aws:iam::aws:policy/{name}"))
}
