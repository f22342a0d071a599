//! The common model: what the three front ends make of their inputs, and all that checks see.

use std::sync::Arc;

use crate::origin::{Origin, Why};
use crate::policy::node::Node;
use crate::source::Span;

/// One root module, plan or template, read and evaluated.
#[derive(Debug)]
pub struct Unit {
    /// The root module's directory, or the path of the plan or template, as the user knows it.
    pub root: String,
    /// Which reader made it.
    pub kind: UnitKind,
    /// The resources.
    pub model: Model,
    /// What is there before the plan is applied, where somebody asked for it.
    pub before: Option<Box<Self>>,
    /// What could not be read or evaluated.
    pub problems: Vec<Problem>,
}

/// Which reader made a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnitKind {
    /// A root module in source.
    Terraform,
    /// A plan or state in JSON.
    Plan,
    /// A CloudFormation template.
    CloudFormation,
}

/// The resources of a unit.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Repositories, public repositories and creation templates.
    pub repositories: Vec<Repository>,
    /// Policy documents and what they hang on.
    pub attachments: Vec<Attachment>,
    /// Registry scanning rules, one entry a rule.
    pub scanning_rules: Vec<ScanningRule>,
    /// Lifecycle policies.
    pub lifecycle_policies: Vec<LifecyclePolicy>,
    /// `aws_ecr_account_setting` resources.
    pub account_settings: Vec<AccountSetting>,
}

/// A property and where its value comes from.
#[derive(Clone, PartialEq, Debug)]
pub struct Field<T> {
    /// The value, as sure as it is.
    pub fact: Fact<T>,
    /// Where it was written; for a default, the header of the block that leaves it out.
    pub origin: Origin,
}

/// How sure a value is. Match it without `_`: unknown is neither good nor bad.
#[derive(Clone, PartialEq, Debug)]
pub enum Fact<T> {
    /// Set.
    Written(T),
    /// Absent or null; what the service then takes.
    Default(T),
    /// It can't be known.
    Unknown(Why),
    /// One of these, depending on something that can't be known.
    Either {
        /// What it depends on.
        why: Why,
        /// The alternatives; at least two.
        arms: Box<[Field<T>]>,
    },
}

/// Where a resource stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The address relative to the unit: `module.ecr.aws_ecr_repository.this["api"]`, or a logical id.
    pub address: Arc<str>,
    /// The resource type: `aws_ecr_repository`, `AWS::ECR::Repository`.
    pub type_name: Arc<str>,
    /// The whole block, the entry of a plan, or what a template has behind the logical id.
    pub block: Span,
    /// Its header: the type and labels, or the logical id.
    pub header: Span,
    /// Enclosing `module` calls from the root inward: the header of each call block.
    pub calls: Vec<Span>,
}

/// A repository, a public repository or a creation template.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Where it stands.
    pub place: Place,
    /// Which of the three.
    pub kind: RepositoryKind,
    /// The name (of a creation template, the prefix).
    pub name: Field<String>,
    /// `region`, where the resource or its provider sets one.
    pub region: Option<Field<String>>,
    /// `image_tag_mutability`.
    pub tag_mutability: Field<String>,
    /// The exclusion filters.
    pub exclusion_filters: Field<Vec<ExclusionFilter>>,
    /// `image_scanning_configuration.scan_on_push`.
    pub scan_on_push: Field<bool>,
    /// `encryption_configuration.encryption_type`.
    pub encryption_type: Field<String>,
    /// `encryption_configuration.kms_key`: `None` where absent.
    pub kms_key: Field<Option<String>>,
    /// `force_delete`, `force_destroy`, `EmptyOnDelete`.
    pub force_delete: Field<bool>,
    /// An own lifecycle policy (creation templates, CloudFormation).
    pub has_lifecycle_policy: Field<bool>,
    /// What this plan does to it; `None` outside a plan.
    pub change: Option<Change>,
}

/// The kinds of repositories.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RepositoryKind {
    /// A private repository.
    Private,
    /// A repository of ECR Public.
    Public,
    /// A template for repositories that ECR makes by itself.
    CreationTemplate,
}

/// One exclusion filter.
#[derive(Clone, PartialEq, Debug)]
pub struct ExclusionFilter {
    /// The pattern.
    pub filter: Field<String>,
    /// `WILDCARD`.
    pub filter_type: Field<String>,
}

/// A policy document and what it hangs on.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Where it stands.
    pub place: Place,
    /// What it hangs on.
    pub kind: AttachmentKind,
    /// The repository that it hangs on, for [`AttachmentKind::Repository`] and its kin.
    pub target: Target,
    /// The document; [`Fact::Default`] never occurs.
    pub document: Field<Document>,
    /// What this plan does to it; `None` outside a plan.
    pub change: Option<Change>,
}

/// The content of a policy argument.
#[derive(Clone, PartialEq, Debug)]
pub enum Document {
    /// A document.
    Json(Box<Node>),
    /// A text that is not JSON: what to say of it, and the place of the first error.
    NotJson(Why),
    /// An AWS-managed policy, attached by its ARN.
    Managed(String),
}

/// What a policy document hangs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttachmentKind {
    /// A private repository.
    Repository,
    /// The registry.
    Registry,
    /// All repositories made from a creation template.
    CreationTemplate,
    /// A repository of ECR Public.
    PublicRepository,
    /// A user, group or role: an identity policy.
    Identity,
}

/// The repository that a policy hangs on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// Not applicable (registry, identity).
    None,
    /// The resource with this address in the same unit.
    Address(Arc<str>),
    /// A repository by this name that the unit does not manage.
    External(Arc<str>),
    /// One of these addresses.
    Ambiguous(Vec<Arc<str>>),
    /// It can't be known.
    Unknown(Why),
}

/// What a plan does to a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Nothing: it stays as it is.
    Nothing,
    /// Something; where the plan does not say what it does, it may do anything.
    Something,
}

/// A rule of `aws_ecr_registry_scanning_configuration`.
#[derive(Clone, Debug)]
pub struct ScanningRule {
    /// Where it stands.
    pub place: Place,
    /// `SCAN_ON_PUSH`, `CONTINUOUS_SCAN` or `MANUAL`.
    pub frequency: Field<String>,
    /// Wildcard patterns of repository names.
    pub filters: Vec<Field<String>>,
}

/// A lifecycle policy.
#[derive(Clone, Debug)]
pub struct LifecyclePolicy {
    /// Where it stands.
    pub place: Place,
    /// The repository.
    pub target: Target,
}

/// `aws_ecr_account_setting`.
#[derive(Clone, Debug)]
pub struct AccountSetting {
    /// Where it stands.
    pub place: Place,
    /// `REGISTRY_POLICY_SCOPE` and others.
    pub name: Field<String>,
    /// `V1`, `V2` and others.
    pub value: Field<String>,
}

/// Something that could not be read or evaluated, or that the user should know.
#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// What kind.
    pub kind: ProblemKind,
    /// The path of the input that it is about.
    pub path: String,
    /// The bytes, where there are some.
    pub span: Option<Span>,
    /// What is wrong: lower case, no full stop, user text in backticks.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// The kinds of problems.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ProblemKind {
    /// An input that can't be read at all.
    Input,
    /// A syntax error.
    Syntax,
    /// An evaluation error that leaves something unsaid about an ECR resource.
    Evaluation,
    /// Worth knowing; changes no exit status.
    Note,
}

impl<T> Field<T> {
    /// A value that is set.
    pub const fn written(value: T, origin: Origin) -> Self {
        Self { fact: Fact::Written(value), origin }
    }

    /// What the service takes where nothing is set.
    pub const fn default(value: T, origin: Origin) -> Self {
        Self { fact: Fact::Default(value), origin }
    }

    /// A value that can't be known.
    pub const fn unknown(why: Why, origin: Origin) -> Self {
        Self { fact: Fact::Unknown(why), origin }
    }

    /// The value, if there is exactly one.
    pub const fn known(&self) -> Option<&T> {
        match &self.fact {
            Fact::Written(value) | Fact::Default(value) => Some(value),
            Fact::Unknown(_) | Fact::Either { .. } => None,
        }
    }
}

impl Document {
    /// A text that is not JSON: what is wrong first, and where.
    pub fn not_json(message: &str, span: Span) -> Self {
        Self::NotJson(Why::at(format!("the policy is not JSON: {message}"), span))
    }

    /// A text that holds nothing.
    pub fn empty(span: Span) -> Self {
        Self::NotJson(Why::at("the policy is empty", span))
    }
}

impl ProblemKind {
    /// As reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Syntax => "syntax",
            Self::Evaluation => "evaluation",
            Self::Note => "note",
        }
    }
}

impl AttachmentKind {
    /// As reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Repository => "repository",
            Self::Registry => "registry",
            Self::CreationTemplate => "creation-template",
            Self::PublicRepository => "public-repository",
            Self::Identity => "identity",
        }
    }
}

impl UnitKind {
    /// As reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Plan => "plan",
            Self::CloudFormation => "cloudformation",
        }
    }
}
