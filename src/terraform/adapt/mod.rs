//! From an evaluated root module to the common model: [`model`].

use std::rc::Rc;

use self::fields::{Fields, Reading};
use self::outward::Outward;
use super::blocks::Item;
use super::calls::{Called, dotted};
use super::contents::Contents;
use super::evaluation::{Evaluation, Instance};
use super::expand::Key;
use super::module::ResourceKey;
use super::resources::AttributeOf;
use crate::model::{
    AccountSetting, AttachmentKind, ExclusionFilter, Field, LifecyclePolicy, Model, Place,
    ProblemKind, Repository, RepositoryKind, ScanningRule, Target,
};
use crate::origin::Origin;
use crate::value::Type;

mod fields;
mod identity;
mod link;
mod outward;
mod policy;

/// More instances of resources than this are not looked at.
const MAX_RESOURCES: usize = 200_000;

/// Collects what a root module and all that it calls say about ECR.
pub(super) struct Adapter<'f, 'a> {
    evaluation: &'f Evaluation<'a>,
    model: Model,
    /// What the repositories of the model are named by.
    names: Vec<link::Named>,
    links: Vec<link::Link>,
    instances: usize,
    /// Also identity policies that do not name ECR.
    all_identity_policies: bool,
}

/// The model of an evaluated root module.
pub(super) fn model(evaluation: &Evaluation<'_>) -> Model {
    let all_identity_policies = evaluation.options.all_identity_policies;
    let mut adapter = Adapter {
        evaluation,
        model: Model::default(),
        names: Vec::new(),
        links: Vec::new(),
        instances: 0,
        all_identity_policies,
    };
    adapter.module(&evaluation.root);
    link::link(&mut adapter.model, &adapter.names, &adapter.links);
    adapter.model
}

impl Adapter<'_, '_> {
    fn module(&mut self, module: &Rc<Instance>) {
        for key in &module.module.relevant {
            if is_ecr(&key.type_name) || self.may_matter(&module.path, key) {
                self.resource(module, key);
            }
        }
        for name in module.module.calls.keys() {
            self.call(module, name);
        }
    }

    fn call(&mut self, module: &Rc<Instance>, name: &str) {
        // A module that says nothing about ECR, and calls none that does, is not expanded.
        let contents = self.evaluation.contents_of_call(module, name);
        let only_identity = Contents { identity: true, ..Contents::default() };
        if contents == Some(Contents::default())
            || contents == Some(only_identity) && !self.any_may_matter(&dotted(&module.path, name))
        {
            return;
        }
        match self.evaluation.called(module, name).as_ref().map(|called| called.as_deref()) {
            Some(Ok(Called::Present(instances))) => {
                instances.items.iter().for_each(|(_, instance)| self.module(instance));
            }
            Some(Err(error)) => {
                let concerns_ecr = contents.is_none_or(|contents| contents.ecr);
                let kind = if concerns_ecr { ProblemKind::Evaluation } else { ProblemKind::Note };
                self.evaluation.tell_at(kind, error.span, &*error.message);
            }
            Some(Ok(Called::Absent(_))) | None => {}
        }
    }

    fn resource(&mut self, module: &Rc<Instance>, key: &ResourceKey) {
        let Some(declaration) = module.module.resources.get(key) else { return };
        let is_ecr = is_ecr(&key.type_name);
        let resource = match self.evaluation.resource(module, key) {
            Some(Ok(resource)) => resource,
            Some(Err(error)) => {
                let kind = if is_ecr { ProblemKind::Evaluation } else { ProblemKind::Note };
                return self.evaluation.tell_at(kind, error.span, error.message);
            }
            None => return,
        };
        let header = resource.header;
        let outward = Outward::new(self.evaluation.modules, module.standin);
        if let Some(why) = resource.instances.uncertain.as_ref().filter(|_| is_ecr) {
            let message = format!(
                "it is not known whether `{}{key}` exists: {}; it is judged as if it did",
                module.prefix, why.reason
            );
            self.evaluation.tell_at(ProblemKind::Note, outward.span(header), message);
        }
        for (_, instance) in &resource.instances.items {
            self.instances += 1;
            if self.instances > MAX_RESOURCES {
                let message = format!("there are more than {MAX_RESOURCES} resources");
                return self.evaluation.tell_at(ProblemKind::Evaluation, header, message);
            }
            let of = AttributeOf { key, module, declaration, header, instance };
            self.instance(Fields { evaluation: self.evaluation, of: &of, outward });
        }
    }

    fn instance(&mut self, fields: Fields<'_, '_>) {
        match &*fields.of.key.type_name {
            "aws_ecr_repository" => self.repository(fields, RepositoryKind::Private),
            "aws_ecrpublic_repository" => self.repository(fields, RepositoryKind::Public),
            "aws_ecr_repository_creation_template" => {
                self.repository(fields, RepositoryKind::CreationTemplate);
                let target = Target::Address((*fields.of.instance.address).into());
                let kind = AttachmentKind::CreationTemplate;
                self.optional_policy(fields, kind, "repository_policy", target);
            }
            "aws_ecr_repository_policy" => {
                self.policy(fields, AttachmentKind::Repository);
                self.link_attachment(fields, "repository", RepositoryKind::Private);
            }
            "aws_ecrpublic_repository_policy" => {
                self.policy(fields, AttachmentKind::PublicRepository);
                self.link_attachment(fields, "repository_name", RepositoryKind::Public);
            }
            "aws_ecr_registry_policy" => self.policy(fields, AttachmentKind::Registry),
            "aws_ecr_lifecycle_policy" => self.lifecycle_policy(fields),
            "aws_ecr_registry_scanning_configuration" => self.scanning_rules(fields),
            "aws_ecr_account_setting" => self.model.account_settings.push(AccountSetting {
                place: place(fields),
                name: fields.text("name", ""),
                value: fields.text("value", ""),
            }),
            _ => self.identity(fields),
        }
    }

    fn repository(&mut self, fields: Fields<'_, '_>, kind: RepositoryKind) {
        let (name, force_delete) = match kind {
            RepositoryKind::Private => ("name", "force_delete"),
            RepositoryKind::Public => ("repository_name", "force_destroy"),
            RepositoryKind::CreationTemplate => ("prefix", "force_delete"),
        };
        let encryption = "encryption_configuration";
        let has_lifecycle_policy = fields.value("lifecycle_policy").map_or_else(
            || Field::default(false, fields.header()),
            |value| match value {
                Ok(value) => fields.read(&value, &Reading::PRESENT, false),
                Err(error) => fields.failed(error),
            },
        );
        let value = fields.value(name).and_then(Result::ok);
        self.names.push(link::Named::new(fields, value.as_ref()));
        self.model.repositories.push(Repository {
            place: place(fields),
            kind,
            name: fields.text(name, ""),
            region: self.region(fields),
            tag_mutability: fields.text("image_tag_mutability", "MUTABLE"),
            exclusion_filters: exclusion_filters(fields),
            scan_on_push: fields.in_block(
                "image_scanning_configuration",
                "scan_on_push",
                &Reading::BOOL,
                false,
            ),
            encryption_type: fields.in_block(
                encryption,
                "encryption_type",
                &Reading::TEXT,
                "AES256".to_owned(),
            ),
            kms_key: fields.in_block(encryption, "kms_key", &Reading::OPTIONAL_TEXT, None),
            force_delete: fields.bool(force_delete, false),
            has_lifecycle_policy,
            change: None,
        });
    }

    /// The region that the resource or its provider sets.
    fn region(&self, fields: Fields<'_, '_>) -> Option<Field<String>> {
        if fields.of.declaration.attribute("region").is_some() {
            let region = fields.text("region", "");
            if !matches!(region.fact, crate::model::Fact::Default(_)) {
                return Some(region);
            }
        }
        let value = self.evaluation.provider_region(fields.of)?;
        match value {
            Ok(value) => Some(fields.read(&value, &Reading::TEXT, String::new())),
            Err(_) => None,
        }
    }

    fn lifecycle_policy(&mut self, fields: Fields<'_, '_>) {
        let index = self.model.lifecycle_policies.len();
        self.model
            .lifecycle_policies
            .push(LifecyclePolicy { place: place(fields), target: Target::None });
        let from = link::From::LifecyclePolicy(index);
        self.links.push(self.link(fields, from, "repository", RepositoryKind::Private));
    }

    fn scanning_rules(&mut self, fields: Fields<'_, '_>) {
        let names = fields.of.names(self.evaluation);
        let rules = fields.of.declaration.blocks("rule");
        let rules = match super::blocks::expand(rules, &names, &|value| value) {
            Ok(rules) => rules,
            Err(error) => {
                fields.failed::<()>(error);
                return;
            }
        };
        for rule in rules {
            let Item::Content(rule) = rule else { continue };
            let filters = rule.blocks("repository_filter");
            let filters = super::blocks::expand(filters, rule.names(), &|value| value);
            let filters = filters.unwrap_or_default().into_iter().map(|filter| match filter {
                Item::Content(filter) => {
                    fields.of_block(&filter, "filter", &Reading::TEXT, String::new())
                }
                Item::Unknown(why, span) => Field::unknown(why, Origin::at(fields.span(span))),
            });
            self.model.scanning_rules.push(ScanningRule {
                place: place(fields),
                frequency: fields.of_block(&rule, "scan_frequency", &Reading::TEXT, String::new()),
                filters: filters.collect(),
            });
        }
    }
}

impl Reading<bool> {
    /// Is there anything?
    const PRESENT: Self = Self::new(Type::Dynamic, |_| Some(true));
}

impl Reading<Option<String>> {
    const OPTIONAL_TEXT: Self =
        Self::new(Type::String, |value| Some(Some(value.as_text()?.into_owned())));
}

/// Does a resource of this type say something about ECR?
pub(super) fn is_ecr(type_name: &str) -> bool {
    matches!(
        type_name,
        "aws_ecr_repository"
            | "aws_ecrpublic_repository"
            | "aws_ecr_repository_creation_template"
            | "aws_ecr_repository_policy"
            | "aws_ecrpublic_repository_policy"
            | "aws_ecr_registry_policy"
            | "aws_ecr_lifecycle_policy"
            | "aws_ecr_registry_scanning_configuration"
            | "aws_ecr_account_setting"
    )
}

fn exclusion_filters(fields: Fields<'_, '_>) -> Field<Vec<ExclusionFilter>> {
    fields.of_blocks("image_tag_mutability_exclusion_filter", &|items| {
        let mut filters = Vec::new();
        for item in items {
            match item {
                Item::Content(block) => filters.push(ExclusionFilter {
                    filter: fields.of_block(block, "filter", &Reading::TEXT, String::new()),
                    filter_type: fields.of_block(
                        block,
                        "filter_type",
                        &Reading::TEXT,
                        "WILDCARD".to_owned(),
                    ),
                }),
                Item::Unknown(why, span) => {
                    let origin = Origin::at(fields.span(*span));
                    return Field::unknown(fields.outward.why(why), origin);
                }
            }
        }
        match items.first() {
            Some(first) => Field::written(filters, Origin::at(fields.span(first.span()))),
            None => Field::default(filters, fields.header()),
        }
    })
}

/// Where the resource stands; for one in a stand-in module, where that is called.
fn place(fields: Fields<'_, '_>) -> Place {
    let of = fields.of;
    let block = of.declaration.block().map(|block| block.file.span(block.block.range));
    let block = match of.module.standin {
        Some(call) => call,
        None => block.unwrap_or(of.header),
    };
    let calls = of.module.calls.iter().copied().filter(|call| fields.span(*call) == *call);
    Place {
        address: (*of.instance.address).into(),
        type_name: of.key.type_name.as_str().into(),
        block,
        header: fields.span(of.header),
        calls: calls.collect(),
    }
}

/// The key of the instance that a resource belongs to.
fn key<'k>(fields: &Fields<'k, '_>) -> &'k Key {
    &fields.of.instance.key
}
