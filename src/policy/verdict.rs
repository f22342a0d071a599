//! What the analysis of a policy document takes and gives: [`Context`], [`Analysis`], [`Exposure`].

use std::fmt;

use super::text::{At, push_index};
use crate::date::Date;
use crate::origin::{Origin, Why};

/// Who is let in by a document or a statement. Within the two ladders (resource policies: up to [`Self::Public`];
/// identity policies: from [`Self::IdScoped`] on) a later variant is worse.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Exposure {
    /// Nothing on ECR is granted.
    None,
    /// The own account only.
    SameAccount,
    /// A service with a fixed source.
    ServiceScoped,
    /// A named principal of another account, or of some account where the owner is not known.
    CrossAccount,
    /// A whole other account, or some account where the owner is not known.
    CrossAccountRoot,
    /// Everyone by its principal, but closed by a test on fixed values or by a Deny.
    PublicRestricted,
    /// An AWS service on behalf of anyone (confused deputy).
    ServiceOpen,
    /// Everyone: there are conditions, and none of them restricts who.
    PublicWeak,
    /// Everyone.
    Public,
    /// An identity policy that grants nothing dangerous on every repository.
    IdScoped,
    /// An identity policy that lets its holder pull from every repository.
    IdPullAll,
    /// An identity policy that lets its holder push to every repository.
    IdPushAll,
    /// An identity policy that lets its holder delete or administer every repository.
    IdAdminAll,
    /// The service will reject the document, or it is no policy at all.
    Invalid,
    /// Parts that can't be known decide.
    Unknown,
}

/// What hangs on the document, in the sense of the grammar and of what counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PolicyKind {
    /// The policy of a private repository.
    Repository,
    /// The policy of the registry: with scope V2 it holds for every repository.
    Registry,
    /// The repository policy in a creation template.
    CreationTemplate,
    /// The policy of a repository of ECR Public, where only writing counts.
    PublicRepository,
    /// A policy of a user, group or role.
    Identity,
}

/// Which actions a registry policy is asked for (account setting `REGISTRY_POLICY_SCOPE`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RegistryScope {
    /// `ecr:ReplicateImage`, `ecr:BatchImportUpstreamImage` and `ecr:CreateRepository` only.
    V1,
    /// Every action on every repository.
    #[default]
    V2,
}

/// What is known about the world that the document lives in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Context {
    /// The account that owns the repository: 12 digits. Without it every named account counts as another one.
    pub owner_account: Option<String>,
    /// The partition of the repository (`aws`, `aws-cn`, `aws-us-gov`); principals of another one can't call.
    /// Without it every partition may be the right one.
    pub partition: Option<String>,
    /// The day that dates in conditions are compared with; without it no date is in the past.
    pub today: Option<Date>,
    /// For [`PolicyKind::Registry`].
    pub registry_scope: RegistryScope,
}

/// Who a document lets in, and why. What was written is borrowed from the document: most analyses are looked at for
/// their verdicts only.
#[derive(Clone, PartialEq, Debug)]
pub struct Analysis<'a> {
    /// The verdict: that of the worst statement, [`Exposure::Invalid`] where the document is rejected,
    /// [`Exposure::Unknown`] where parts that can't be known decide.
    pub exposure: Exposure,
    /// Of an invalid document, what it would mean if it were taken; [`Exposure::Unknown`] where that can't be known.
    pub if_accepted: Option<Exposure>,
    /// Why the verdict can't be known.
    pub because: Option<&'a Why>,
    /// The verdicts between which the unknown parts decide, as if the document were taken.
    pub range: Range,
    /// The statements in their order.
    pub statements: Vec<StatementAnalysis<'a>>,
    /// What is wrong with the document, in its order.
    pub problems: Vec<GrammarProblem>,
}

/// The mildest and the worst verdict that some completion of the unknown parts has; the same twice where the unknown
/// parts decide nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// The mildest.
    pub mildest: Exposure,
    /// The worst.
    pub worst: Exposure,
}

/// Who one statement lets in, and why.
#[derive(Clone, PartialEq, Debug)]
pub struct StatementAnalysis<'a> {
    /// The index in `Statement`, from 0.
    pub index: usize,
    /// `Sid`, if it is known.
    pub sid: Option<&'a str>,
    /// The verdict. A Deny is [`Exposure::None`].
    pub exposure: Exposure,
    /// Of an invalid statement, what it would mean if it were taken.
    pub if_accepted: Option<Exposure>,
    /// Why the verdict can't be known.
    pub because: Option<&'a Why>,
    /// The verdicts between which unknown parts decide, as if the statement were taken.
    pub range: Range,
    /// What is granted; empty for a Deny.
    pub actions: ActionClasses,
    /// The places that decide: the principal and the tests that fail to restrict, or what is invalid.
    pub pointers: Vec<Pointer<'a>>,
    /// The whole statement.
    pub origin: &'a Origin,
    /// The worst principal.
    pub principal: Option<&'a Origin>,
    /// The accounts, users, roles and services that are named.
    pub grantees: Vec<Grantee<'a>>,
    /// The action that grants everything of ECR (`*`, `ecr:*`), or `NotAction`.
    pub every_action: Option<&'a Origin>,
    /// An action is written with the prefix of ECR.
    pub names_ecr: bool,
    /// The tests that fail to restrict who, in their order: for [`Exposure::PublicWeak`] and
    /// [`Exposure::ServiceOpen`].
    pub failing: Vec<FailingTest<'a>>,
    /// The Deny statements that overlap with this one and do not take it back.
    pub failed_denies: Vec<FailedDeny<'a>>,
    /// For [`Exposure::PublicRestricted`]: what closes it.
    pub closing: Option<ClosingTest<'a>>,
    /// For [`Exposure::Public`] and [`Exposure::PublicWeak`]: an outsider who gets in.
    pub witness: Option<Box<Witness>>,
}

/// A place in the document.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pointer<'a> {
    /// The index of its statement, unless `Statement` is one object.
    pub(super) statement: Option<usize>,
    /// The place in the statement.
    pub(super) at: At<'a>,
}

/// Someone who is named in an Allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grantee<'a> {
    /// Where it was written.
    pub origin: &'a Origin,
    /// The account, if one is named and known: 12 digits.
    pub account: Option<&'a str>,
    /// How far it opens.
    pub exposure: Exposure,
}

/// A test of a condition that does not restrict who.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailingTest<'a> {
    /// The value that lets everyone in, or the whole test.
    pub origin: &'a Origin,
    /// Why it does not restrict: one line, lower case, no full stop.
    pub reason: String,
}

/// What closes a statement whose principal is everyone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClosingTest<'a> {
    /// The test, or the Deny statement.
    pub origin: &'a Origin,
    /// How it closes: one line, lower case, no full stop.
    pub reason: String,
}

/// A Deny that does not take a public grant back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailedDeny<'a> {
    /// Its index in `Statement`, from 0.
    pub statement: usize,
    /// The part of it that fails.
    pub origin: &'a Origin,
    /// Why: one line, lower case, no full stop.
    pub reason: String,
}

/// A concrete outside request that the document lets through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Witness {
    /// Who calls.
    pub caller: Caller,
    /// What is called, as AWS writes it: `ecr:BatchGetImage`.
    pub action: String,
    /// The condition keys that the document asks for, with what the request has for them.
    pub facts: Vec<RequestFact>,
}

/// An outside caller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// The account: 12 digits.
    pub account: String,
    /// The ARN of a role in it.
    pub arn: String,
    /// The organization, if the account belongs to one.
    pub organization: Option<String>,
}

/// What a request has for a condition key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestFact {
    /// The key as the document writes it.
    pub key: String,
    /// The values; none where the key is not in the request.
    pub values: Vec<String>,
}

/// Something wrong with a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GrammarProblem {
    /// The tightest place.
    pub origin: Origin,
    /// The statement that it is in.
    pub statement: Option<usize>,
    /// What is wrong: lower case, no full stop, user text in backticks.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The service will reject the document for it; otherwise the document is taken and means something else.
    pub rejected: bool,
}

/// A class of actions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ActionClass {
    /// Reading images.
    Pull,
    /// Writing images.
    Push,
    /// Deleting images or repositories.
    Delete,
    /// Changing who has access and how the repository behaves.
    Admin,
    /// All else.
    Metadata,
}

/// A set of [`ActionClass`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ActionClasses(u8);

impl Exposure {
    /// As reports write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SameAccount => "same-account",
            Self::ServiceScoped => "service-scoped",
            Self::CrossAccount => "cross-account",
            Self::CrossAccountRoot => "cross-account-root",
            Self::PublicRestricted => "public-restricted",
            Self::ServiceOpen => "service-open",
            Self::PublicWeak => "public-weak",
            Self::Public => "public",
            Self::IdScoped => "id-scoped",
            Self::IdPullAll => "id-pull-all",
            Self::IdPushAll => "id-push-all",
            Self::IdAdminAll => "id-admin-all",
            Self::Invalid => "invalid",
            Self::Unknown => "unknown",
        }
    }

    /// Everyone gets in: [`Self::Public`] or [`Self::PublicWeak`].
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Public | Self::PublicWeak)
    }

    /// Nobody gets in but accounts, and principals of accounts, that the policy names.
    pub const fn names_accounts(self) -> bool {
        matches!(self, Self::SameAccount | Self::CrossAccount | Self::CrossAccountRoot)
    }
}

impl<'a> Analysis<'a> {
    /// The verdict where there is no document: it lets nobody in.
    pub fn nothing() -> Self {
        Self {
            exposure: Exposure::None,
            if_accepted: None,
            because: None,
            range: Range::exactly(Exposure::None),
            statements: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The verdict on something that is not a policy document at all.
    pub fn rejected(problem: GrammarProblem) -> Self {
        Self {
            exposure: Exposure::Invalid,
            if_accepted: Some(Exposure::None),
            problems: vec![problem],
            ..Self::nothing()
        }
    }

    /// The statements that have the document's verdict (of an invalid document: its verdict if it were taken).
    pub fn decisive(&self) -> impl Iterator<Item = &StatementAnalysis<'a>> {
        let worst = self.range.worst;
        self.statements.iter().filter(move |statement| statement.range.worst == worst)
    }
}

impl<'a> Pointer<'a> {
    /// Where that was written.
    pub const fn origin(&self) -> &'a Origin {
        self.at.origin
    }

    /// A JSON pointer (RFC 6901): `/Statement/0/Principal/AWS/1`.
    pub fn json_pointer(&self) -> String {
        let mut pointer = "/Statement".to_owned();
        if let Some(index) = self.statement {
            push_index(&mut pointer, index);
        }
        self.at.push_to(&mut pointer);
        pointer
    }
}

impl Range {
    /// No unknown part decides.
    pub const fn exactly(exposure: Exposure) -> Self {
        Self { mildest: exposure, worst: exposure }
    }
}

impl ActionClass {
    /// All classes in the order in which they are listed.
    pub const ALL: [Self; 5] = [Self::Pull, Self::Push, Self::Delete, Self::Admin, Self::Metadata];

    /// As reports write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
            Self::Admin => "admin",
            Self::Metadata => "metadata",
        }
    }
}

impl ActionClasses {
    /// Is the class in the set?
    pub const fn contains(self, class: ActionClass) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    /// Is there more than reading: push, delete or admin?
    pub const fn writes(self) -> bool {
        self.contains(ActionClass::Push)
            || self.contains(ActionClass::Delete)
            || self.contains(ActionClass::Admin)
    }

    /// Is it empty?
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The classes in the order of [`ActionClass::ALL`].
    pub fn iter(self) -> impl Iterator<Item = ActionClass> {
        ActionClass::ALL.into_iter().filter(move |class| self.contains(*class))
    }
}

impl FromIterator<ActionClass> for ActionClasses {
    fn from_iter<I: IntoIterator<Item = ActionClass>>(classes: I) -> Self {
        Self(classes.into_iter().fold(0, |set, class| set | 1 << class as u8))
    }
}

impl fmt::Display for Witness {
    /// "role `arn:aws:iam::999999999999:role/outsider` may call `ecr:BatchGetImage` without `aws:PrincipalOrgID`"
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "role `{}` may call `{}`", self.caller.arn, self.action)?;
        for (index, fact) in self.facts.iter().enumerate() {
            f.write_str(if index == 0 { " " } else { ", " })?;
            match fact.values.as_slice() {
                [] => write!(f, "without `{}`", fact.key)?,
                values => write!(f, "with `{}` = `{}`", fact.key, values.join("`, `"))?,
            }
        }
        Ok(())
    }
}
