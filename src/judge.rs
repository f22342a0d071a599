//! One verdict a repository and a policy document, for all checks and for `inspect`: [`judge`].

use crate::date::Date;
use crate::model::{Attachment, AttachmentKind, Document, Fact, Field, Model, Repository, Unit};
use crate::mutability::{self, TagVerdict};
use crate::origin::{Origin, Why};
use crate::policy::{self, Analysis, Context, GrammarProblem, PolicyKind, RegistryScope};

/// What the user says about the world that the units live in.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Judge as the strict profile does.
    pub strict: bool,
    /// The account that owns the repositories: 12 digits.
    pub owner_account: Option<String>,
    /// Other accounts that may have access: 12 digits each.
    pub trusted_accounts: Vec<String>,
    /// Tags that an exclusion filter must not free; empty for the built-in ones.
    pub probe_tags: Vec<String>,
    /// The day that dates in conditions are compared with.
    pub today: Option<Date>,
}

/// A unit, or a part of it, with a verdict for each repository and document.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The whole unit.
    pub unit: &'a Unit,
    /// What the verdicts assume.
    pub settings: &'a Settings,
    /// The repositories of this part, in the model's order.
    pub repositories: Vec<JudgedRepository<'a>>,
    /// The policy documents of this part, in the model's order.
    pub attachments: Vec<JudgedAttachment<'a>>,
}

/// Most repositories, and most documents, of a part.
const PART: usize = 1000;

/// A repository and its verdict.
#[derive(Debug)]
pub struct JudgedRepository<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// Which of its tags can be overwritten.
    pub tags: TagVerdict,
}

/// A policy document and its verdict.
#[derive(Debug)]
pub struct JudgedAttachment<'a> {
    /// The document and what it hangs on.
    pub attachment: &'a Attachment,
    /// Who is let in.
    pub verdict: PolicyVerdict<'a>,
}

/// Who a policy document lets in.
#[derive(Debug)]
pub enum PolicyVerdict<'a> {
    /// The document is known.
    Known(Ruling<'a>),
    /// The document can't be known.
    Unknown(&'a Why),
    /// It is one of several documents, depending on something that can't be known.
    Either {
        /// What it depends on.
        why: &'a Why,
        /// The verdict on each.
        arms: Vec<PolicyVerdict<'a>>,
    },
}

/// The verdict on one document.
#[derive(Debug)]
pub struct Ruling<'a> {
    /// The document.
    pub document: &'a Document,
    /// Where it was written.
    pub origin: &'a Origin,
    /// What the policy engine says.
    pub analysis: Analysis<'a>,
}

/// Judges all repositories and documents of `unit`.
pub fn judge<'a>(unit: &'a Unit, settings: &'a Settings) -> Judged<'a> {
    let Model { repositories, attachments, .. } = &unit.model;
    judge_part(unit, settings, &context(unit, settings), repositories, attachments)
}

/// Judges `unit` part by part: verdicts take more memory than what they are about, and a plan may be large. There is
/// at least one part.
pub fn judge_in_parts<'a>(
    unit: &'a Unit,
    settings: &'a Settings,
) -> impl Iterator<Item = Judged<'a>> {
    let Model { repositories, attachments, .. } = &unit.model;
    let parts = repositories.len().max(attachments.len()).div_ceil(PART).max(1);
    let (mut repositories, mut attachments) = (repositories.chunks(PART), attachments.chunks(PART));
    let context = context(unit, settings);
    (0..parts).map(move |_| {
        let repositories = repositories.next().unwrap_or_default();
        let attachments = attachments.next().unwrap_or_default();
        judge_part(unit, settings, &context, repositories, attachments)
    })
}

fn context(unit: &Unit, settings: &Settings) -> Context {
    Context {
        owner_account: settings.owner_account.clone(),
        partition: None,
        today: settings.today,
        registry_scope: registry_scope(&unit.model),
    }
}

fn judge_part<'a>(
    unit: &'a Unit,
    settings: &'a Settings,
    context: &Context,
    repositories: &'a [Repository],
    attachments: &'a [Attachment],
) -> Judged<'a> {
    let repositories = repositories.iter().map(|repository| JudgedRepository {
        repository,
        tags: mutability::verdict(repository, &settings.probe_tags),
    });
    let attachments = attachments.iter().map(|attachment| JudgedAttachment {
        attachment,
        verdict: rule(&attachment.document, attachment.kind.into(), context),
    });
    Judged {
        unit,
        settings,
        repositories: repositories.collect(),
        attachments: attachments.collect(),
    }
}

fn rule<'a>(field: &'a Field<Document>, kind: PolicyKind, context: &Context) -> PolicyVerdict<'a> {
    match &field.fact {
        // One of several alternatives, in which there is no document.
        Fact::Default(document) => PolicyVerdict::Known(Ruling {
            document,
            origin: &field.origin,
            analysis: Analysis::nothing(),
        }),
        Fact::Written(document) => {
            let origin = &field.origin;
            let analysis = match document {
                Document::Json(node) => policy::analyze(node, kind, context),
                Document::NotJson(why) => Analysis::rejected(not_json(why, origin)),
                Document::Managed(arn) => policy::analyze_managed(arn, origin),
            };
            PolicyVerdict::Known(Ruling { document, origin, analysis })
        }
        Fact::Unknown(why) => PolicyVerdict::Unknown(why),
        Fact::Either { why, arms } => PolicyVerdict::Either {
            why,
            arms: arms.iter().map(|arm| rule(arm, kind, context)).collect(),
        },
    }
}

fn not_json(why: &Why, origin: &Origin) -> GrammarProblem {
    GrammarProblem {
        origin: why.span.map_or_else(|| origin.clone(), Origin::at),
        statement: None,
        message: why.reason.to_string(),
        help: Some("write it with `jsonencode`, which can't get the syntax wrong".to_owned()),
        rejected: true,
    }
}

/// The scope of registry policies, where the unit sets it; V2 is what AWS takes where nothing is set.
fn registry_scope(model: &Model) -> RegistryScope {
    let mut settings = model.account_settings.iter();
    let scope = settings
        .find(|setting| setting.name.known().is_some_and(|name| name == "REGISTRY_POLICY_SCOPE"));
    match scope.and_then(|setting| setting.value.known()).map(String::as_str) {
        Some("V1") => RegistryScope::V1,
        Some(_) | None => RegistryScope::V2,
    }
}

impl From<AttachmentKind> for PolicyKind {
    fn from(kind: AttachmentKind) -> Self {
        match kind {
            AttachmentKind::Repository => Self::Repository,
            AttachmentKind::Registry => Self::Registry,
            AttachmentKind::CreationTemplate => Self::CreationTemplate,
            AttachmentKind::PublicRepository => Self::PublicRepository,
            AttachmentKind::Identity => Self::Identity,
        }
    }
}
