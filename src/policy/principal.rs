//! Who is named by `Principal` and `NotPrincipal`: [`Principals`].
//!
//! Forms: IAM User Guide, "AWS JSON policy elements: Principal" and "Grammar of the IAM JSON policy language".

use smallvec::SmallVec;

use super::node::{Data, Member, Node, Text};
use super::problem::{Problems, did_you_mean};
use super::text::{At, Content, GAP, Gapped, Item, arn_fields, has_variable, items};
use super::verdict::{Context, Exposure};
use super::wildcard::is_pattern;
use crate::origin::Why;

/// The principals of one element.
#[derive(Default)]
pub(super) struct Principals<'a> {
    /// Most elements name one.
    pub(super) entries: SmallVec<[Entry<'a>; 1]>,
    /// Why there may be other principals.
    pub(super) unknown: Option<&'a Why>,
}

/// One principal.
pub(super) struct Entry<'a> {
    pub(super) at: At<'a>,
    pub(super) who: Who,
    /// The account, if one is named: 12 digits.
    pub(super) account: Option<&'a str>,
    /// Why it can't be known who it is.
    pub(super) why: Option<&'a Why>,
}

/// Who a principal is. Where it can't be known, the mildest and the worst that it can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Who {
    /// `*`
    Everyone,
    /// An AWS service.
    Service,
    /// An account, user or role; how far it opens.
    Named(Exposure),
    /// One of these.
    Between(Exposure, Exposure),
    /// Nobody: what is left of a deleted principal, or one of another partition.
    Nobody,
}

/// The types of principals that ECR takes.
const TYPES: [&str; 2] = ["AWS", "Service"];

impl<'a> Principals<'a> {
    /// Reads `Principal` or `NotPrincipal`.
    pub(super) fn read(
        node: &'a Node,
        at: At<'a>,
        context: &Context,
        problems: &mut Problems<'_>,
    ) -> Self {
        let mut principals = Self::default();
        match &node.data {
            Data::Object(members) => {
                if members.is_empty() {
                    problems.reject(&node.origin, "no principal is named", None);
                }
                for member in super::condition::last_of_each(members, problems) {
                    principals.read_member(member, at, context, problems);
                }
            }
            Data::String(_) => principals.read_bare(node, at, context, problems),
            Data::Array(_) => {
                let help = "write `{ \"AWS\": [...] }`".to_owned();
                problems.reject(&node.origin, "a list of principals without their type", help);
                items(node).for_each(|item| {
                    principals.read_aws(item, at, context, &mut Problems::default())
                });
            }
            Data::Unknown(why) => principals.unknown = Some(why),
            Data::Null | Data::Bool(_) | Data::Number(_) => {
                problems.reject(&node.origin, "this names no principal", None);
            }
        }
        principals
    }

    /// Is this one among them?
    pub(super) fn has(&self, who: Who) -> bool {
        self.entries.iter().any(|entry| entry.who == who)
    }

    /// Why everyone may be among them, if that can't be known.
    pub(super) fn may_be_everyone(&self) -> Option<&'a Why> {
        let is_open = |entry: &&Entry<'_>| matches!(entry.who, Who::Between(_, Exposure::Public));
        self.unknown.or_else(|| self.entries.iter().find(is_open)?.why)
    }

    /// May a service be among them?
    pub(super) fn may_have_service(&self) -> bool {
        let may_be =
            |who: Who| matches!(who, Who::Service | Who::Between(_, Exposure::ServiceOpen));
        self.unknown.is_some() || self.entries.iter().any(|entry| may_be(entry.who))
    }

    /// Why it can't be known who is among them.
    pub(super) fn why(&self) -> Option<&'a Why> {
        self.unknown.or_else(|| self.entries.iter().find_map(|entry| entry.why))
    }

    /// A string in place of the object: only `*` is allowed.
    fn read_bare(
        &mut self,
        node: &'a Node,
        at: At<'a>,
        context: &Context,
        problems: &mut Problems<'_>,
    ) {
        let item = Item { node, index: None };
        match Content::of(node) {
            Content::Known("*") => self.push(at, Who::Everyone, None),
            Content::Known(text) => {
                let kind = if is_service(text) { "Service" } else { "AWS" };
                let help = format!("write `{{ \"{kind}\": \"{text}\" }}`");
                problems.reject(
                    &node.origin,
                    format!("the principal `{text}` stands without its type"),
                    help,
                );
                match is_service(text) {
                    true => self.push(at, Who::Service, None),
                    false => self.read_aws(item, at, context, &mut Problems::default()),
                }
            }
            Content::Gapped(gapped) => self.unknown = Some(gapped.why),
            Content::Unknown(why) => self.unknown = Some(why),
            Content::Other => {}
        }
    }

    fn read_member(
        &mut self,
        member: &'a Member,
        at: At<'a>,
        context: &Context,
        problems: &mut Problems<'_>,
    ) {
        let Text::Known(kind) = &member.key else {
            self.unknown = self.unknown.or(member.key.why());
            return;
        };
        let at = at.below(member);
        let exact = TYPES.into_iter().find(|known| known.eq_ignore_ascii_case(kind));
        match exact {
            Some("Service") => {
                items(&member.value).for_each(|item| self.read_service(item, at, problems))
            }
            Some(_) => {
                items(&member.value).for_each(|item| self.read_aws(item, at, context, problems))
            }
            None => self.read_foreign(kind, member, at, problems),
        }
        if let Some(exact) = exact.filter(|exact| **exact != **kind) {
            problems.reject(
                &member.key_origin,
                format!("the type of principal `{kind}` is in an odd case"),
                format!("write `{exact}`"),
            );
        }
    }

    /// A type of principal that ECR does not take.
    fn read_foreign(
        &mut self,
        kind: &'a str,
        member: &'a Member,
        at: At<'a>,
        problems: &mut Problems<'_>,
    ) {
        let (message, help, who) = match kind {
            "Federated" => (
                "federated identities can only be let in by the trust policy of a role".to_owned(),
                Some("name the role".to_owned()),
                // Everyone who has an account with a public identity provider.
                Who::Everyone,
            ),
            "CanonicalUser" => (
                "canonical users are known to Amazon S3 only".to_owned(),
                Some("name the account".to_owned()),
                Who::Named(Exposure::CrossAccount),
            ),
            "*" => (
                "`*` is not a type of principal".to_owned(),
                Some("everyone is `\"*\"` or `{ \"AWS\": \"*\" }`".to_owned()),
                Who::Everyone,
            ),
            _ => {
                let suggestion = problems.suggestion(kind, &TYPES);
                let everyone = items(&member.value)
                    .any(|item| matches!(Content::of(item.node), Content::Known("*")));
                let who = if everyone { Who::Everyone } else { Who::Named(Exposure::CrossAccount) };
                (format!("`{kind}` is not a type of principal"), did_you_mean(suggestion), who)
            }
        };
        problems.reject(&member.key_origin, message, help);
        self.push(at, who, None);
    }

    fn read_service(&mut self, item: Item<'a>, at: At<'a>, problems: &mut Problems<'_>) {
        match Content::of(item.node) {
            Content::Known(text) => {
                if is_pattern(text) {
                    let help = "name each service".to_owned();
                    problems.reject(&item.node.origin, format!("`{text}` holds a wildcard"), help);
                } else if !is_service(text) {
                    let help = "services are named like `codebuild.amazonaws.com`".to_owned();
                    problems.reject(&item.node.origin, format!("`{text}` is not a service"), help);
                }
                self.push(at.item(item), Who::Service, None);
            }
            Content::Gapped(_) => self.push(at.item(item), Who::Service, None),
            Content::Unknown(why) => {
                self.push_unknown(at.item(item), Exposure::None, Exposure::ServiceOpen, why)
            }
            Content::Other => {
                problems.reject(&item.node.origin, "a service is named by a text", None)
            }
        }
    }

    fn read_aws(
        &mut self,
        item: Item<'a>,
        at: At<'a>,
        context: &Context,
        problems: &mut Problems<'_>,
    ) {
        let at = at.item(item);
        match Content::of(item.node) {
            Content::Known("*") => self.push(at, Who::Everyone, None),
            Content::Known(text) => {
                let principal = Principal::read(text, context);
                if let Some((message, help)) = principal.error {
                    problems.reject(&item.node.origin, message, help.map(str::to_owned));
                }
                if principal.is_orphan {
                    let message = format!("`{text}` is what is left of a deleted user or role");
                    problems.note(&item.node.origin, message, "remove it".to_owned());
                }
                self.push(at, principal.who, principal.account);
            }
            Content::Gapped(gapped) => self.read_gapped(&gapped, at, context, problems),
            // Even a list may stand here.
            Content::Unknown(why) => self.push_unknown(at, Exposure::None, Exposure::Public, why),
            Content::Other => {
                problems.reject(&item.node.origin, "a principal is named by a text", None)
            }
        }
    }

    /// An ARN or account with gaps. Completions that the service rejects do not count.
    fn read_gapped(
        &mut self,
        gapped: &Gapped<'a>,
        at: At<'a>,
        context: &Context,
        problems: &mut Problems<'_>,
    ) {
        let text = gapped.text.as_str();
        let mildest = if may_be_unique_id(text) { Exposure::None } else { context.mildest_named() };
        if text.chars().all(|c| matches!(c, GAP | '*')) {
            let worst =
                if gapped.may_be_star() { Exposure::Public } else { Exposure::CrossAccountRoot };
            return self.push_unknown(at, mildest, worst, gapped.why);
        }
        if is_pattern(text) {
            problems.reject(
                at.origin,
                "a wildcard in a part of a principal",
                "name the principal as a whole".to_owned(),
            );
            let worst = if account_field(text).is_some() {
                Exposure::CrossAccountRoot
            } else {
                Exposure::Public
            };
            return self.push_unknown(at, context.mildest_named(), worst, gapped.why);
        }
        let Some([_, _, _, _, account, resource]) = arn_fields(text) else {
            // An account id, or an ARN of which too little is known.
            return self.push_unknown(at, mildest, Exposure::CrossAccountRoot, gapped.why);
        };
        let whole = match resource {
            "root" => Some(true),
            _ => match resource.split_once(GAP) {
                Some((head, _)) if "root".starts_with(head) => None,
                _ => Some(false),
            },
        };
        let account = (!account.contains(GAP)).then_some(account);
        let (mildest, worst) = context.named_between(account, whole);
        match mildest == worst {
            true => self.push(at, Who::Named(worst), None),
            false => self.push_unknown(at, mildest, worst, gapped.why),
        }
    }

    fn push(&mut self, at: At<'a>, who: Who, account: Option<&'a str>) {
        self.entries.push(Entry { at, who, account, why: None });
    }

    fn push_unknown(&mut self, at: At<'a>, mildest: Exposure, worst: Exposure, why: &'a Why) {
        self.entries.push(Entry {
            at,
            who: Who::Between(mildest, worst),
            account: None,
            why: Some(why),
        });
    }
}

/// What a text under `AWS` names.
struct Principal<'a> {
    who: Who,
    account: Option<&'a str>,
    /// Why the service will reject it, and what to do.
    error: Option<(String, Option<&'static str>)>,
    /// It is the unique id of a principal that was deleted.
    is_orphan: bool,
}

impl<'a> Principal<'a> {
    fn read(text: &'a str, context: &Context) -> Self {
        if is_account(text) {
            return Self::named(text, true, context);
        }
        if is_pattern(text) || has_variable(text) {
            let message = format!("`{text}` is a pattern: a principal is named as a whole");
            let help =
                "name an account or role, or use `\"*\"` with a condition on `aws:PrincipalArn`";
            let who = match account_field(text).filter(|account| is_account(account)) {
                Some(account) => Who::Named(context.named(Some(account), Some(true))),
                None => Who::Everyone,
            };
            return Self::rejected(who, message, Some(help));
        }
        if is_unique_id(text) {
            return Self { who: Who::Nobody, account: None, error: None, is_orphan: true };
        }
        if is_service(text) {
            return Self::rejected(
                Who::Service,
                format!("`{text}` is a service"),
                Some("services go under `Service`"),
            );
        }
        Self::read_arn(text, context).unwrap_or_else(|help| {
            let who = Who::Named(Exposure::CrossAccount);
            Self::rejected(who, format!("`{text}` is not an account, user or role"), help)
        })
    }

    /// The error is what to do.
    fn read_arn(text: &'a str, context: &Context) -> Result<Self, Option<&'static str>> {
        let Some(["arn", partition, service, "", account, resource]) = arn_fields(text) else {
            return Err(Some(
                "accounts have twelve digits; users and roles are named by their ARN",
            ));
        };
        if !is_account(account) {
            return Err(Some("the account in an ARN has twelve digits"));
        }
        let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
        let principal = match (service, kind, name) {
            ("iam", "root", "") => Self::named(account, true, context),
            ("iam", "user" | "role", name) if !name.is_empty() => {
                Self::named(account, false, context)
            }
            ("sts", "assumed-role" | "federated-user", name) if !name.is_empty() => {
                Self::named(account, false, context)
            }
            ("iam", "group", _) => return Err(Some("groups can't be named; name a role or users")),
            _ => return Err(None),
        };
        let is_foreign = context.partition.as_deref().is_some_and(|own| own != partition);
        Ok(if is_foreign { Self { who: Who::Nobody, ..principal } } else { principal })
    }

    fn named(account: &'a str, whole: bool, context: &Context) -> Self {
        let who = Who::Named(context.named(Some(account), Some(whole)));
        Self { who, account: Some(account), error: None, is_orphan: false }
    }

    fn rejected(who: Who, message: String, help: Option<&'static str>) -> Self {
        Self { who, account: None, error: Some((message, help)), is_orphan: false }
    }
}

impl Context {
    /// How far a principal of an account opens, at worst; `whole` says whether it is the account itself.
    fn named(&self, account: Option<&str>, whole: Option<bool>) -> Exposure {
        match (account, &self.owner_account, whole) {
            (Some(account), Some(owner), _) if account == owner => Exposure::SameAccount,
            (_, _, Some(false)) => Exposure::CrossAccount,
            (_, _, Some(true) | None) => Exposure::CrossAccountRoot,
        }
    }

    /// The mildest and the worst.
    fn named_between(&self, account: Option<&str>, whole: Option<bool>) -> (Exposure, Exposure) {
        let worst = self.named(account, whole);
        let mildest = match (account, whole) {
            (None, _) if self.owner_account.is_some() => Exposure::SameAccount,
            (_, None) => worst.min(Exposure::CrossAccount),
            (_, Some(_)) => worst,
        };
        (mildest, worst)
    }

    /// What a principal that is not everyone opens at least.
    fn mildest_named(&self) -> Exposure {
        if self.owner_account.is_some() { Exposure::SameAccount } else { Exposure::CrossAccount }
    }
}

/// Twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account field of an ARN, if no wildcard is in it.
fn account_field(arn: &str) -> Option<&str> {
    let is_arn = arn.starts_with("arn:");
    arn.split(':').nth(4).filter(|account| is_arn && !is_pattern(account) && !has_variable(account))
}

/// What unique ids of IAM begin with: IAM User Guide, "IAM identifiers", unique identifiers.
const UNIQUE_ID_PREFIXES: [&str; 5] = ["AIDA", "AROA", "ANPA", "AGPA", "AIPA"];

fn is_unique_id(text: &str) -> bool {
    let prefix = text.get(..4).unwrap_or_default();
    UNIQUE_ID_PREFIXES.contains(&prefix)
        && (16..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The same of a text with gaps.
fn may_be_unique_id(text: &str) -> bool {
    let head = text.split(GAP).next().unwrap_or_default();
    let is_letter = |c: char| c == GAP || c.is_ascii_uppercase() || c.is_ascii_digit();
    let begins = |prefix: &&str| head.starts_with(*prefix) || prefix.starts_with(head);
    text.chars().all(is_letter) && UNIQUE_ID_PREFIXES.iter().any(begins)
}

/// Services are named like hosts.
fn is_service(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.contains('.') && text.split('.').all(is_label)
}
