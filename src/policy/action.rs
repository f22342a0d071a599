//! The actions of ECR, and which of them an `Action` or `NotAction` names.
//!
//! Actions and their levels: Service Authorization Reference, "Actions, resources, and condition keys for Amazon
//! Elastic Container Registry" and "… Registry Public", and the service models for the newer ones.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::verdict::{ActionClass, ActionClasses, PolicyKind, RegistryScope};
use super::wildcard;

/// A set of actions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct ActionSet(u128);

/// One action.
struct Action {
    /// As AWS writes it, with its service.
    name: &'static str,
    level: Level,
}

/// What an action works on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// A repository, or all of them.
    Repository(ActionClass),
    /// A repository of ECR Public: reading it can't be refused, so that it counts for nothing.
    PublicRead,
    /// The registry: takes no other resource than `*`.
    Registry,
}

use ActionClass::{Admin, Delete, Metadata, Pull, Push};
use Level::{PublicRead, Registry, Repository};

const fn action(name: &'static str, level: Level) -> Action {
    Action { name, level }
}

/// Sorted by name.
static ACTIONS: [Action; 89] = [
    action("ecr-public:BatchCheckLayerAvailability", PublicRead),
    action("ecr-public:BatchDeleteImage", Repository(Delete)),
    // Neither is listed for ECR Public, and policies for it are full of both.
    action("ecr-public:BatchGetImage", PublicRead),
    action("ecr-public:CompleteLayerUpload", Repository(Push)),
    action("ecr-public:CreateRepository", Repository(Admin)),
    action("ecr-public:DeleteRepository", Repository(Delete)),
    action("ecr-public:DeleteRepositoryPolicy", Repository(Admin)),
    action("ecr-public:DescribeImageTags", PublicRead),
    action("ecr-public:DescribeImages", PublicRead),
    action("ecr-public:DescribeRegistries", Registry),
    action("ecr-public:DescribeRepositories", PublicRead),
    action("ecr-public:GetAuthorizationToken", Registry),
    action("ecr-public:GetDownloadUrlForLayer", PublicRead),
    action("ecr-public:GetRegistryCatalogData", Registry),
    action("ecr-public:GetRepositoryCatalogData", PublicRead),
    action("ecr-public:GetRepositoryPolicy", PublicRead),
    action("ecr-public:InitiateLayerUpload", Repository(Push)),
    action("ecr-public:ListTagsForResource", PublicRead),
    action("ecr-public:PutImage", Repository(Push)),
    action("ecr-public:PutRegistryCatalogData", Registry),
    action("ecr-public:PutRepositoryCatalogData", Repository(Metadata)),
    action("ecr-public:SetRepositoryPolicy", Repository(Admin)),
    action("ecr-public:TagResource", Repository(Admin)),
    action("ecr-public:UntagResource", Repository(Admin)),
    action("ecr-public:UploadLayerPart", Repository(Push)),
    action("ecr:BatchCheckLayerAvailability", Repository(Metadata)),
    action("ecr:BatchDeleteImage", Repository(Delete)),
    action("ecr:BatchGetImage", Repository(Pull)),
    action("ecr:BatchGetRepositoryScanningConfiguration", Repository(Metadata)),
    action("ecr:BatchImportUpstreamImage", Repository(Push)),
    action("ecr:CompleteLayerUpload", Repository(Push)),
    action("ecr:CreatePullThroughCacheRule", Registry),
    action("ecr:CreateRepository", Repository(Admin)),
    action("ecr:CreateRepositoryCreationTemplate", Registry),
    action("ecr:DeleteLifecyclePolicy", Repository(Admin)),
    action("ecr:DeletePullThroughCacheRule", Registry),
    action("ecr:DeleteRegistryPolicy", Registry),
    action("ecr:DeleteRepository", Repository(Delete)),
    action("ecr:DeleteRepositoryCreationTemplate", Registry),
    action("ecr:DeleteRepositoryPolicy", Repository(Admin)),
    action("ecr:DeleteSigningConfiguration", Registry),
    action("ecr:DeregisterPullTimeUpdateExclusion", Registry),
    action("ecr:DescribeImageReplicationStatus", Repository(Metadata)),
    action("ecr:DescribeImageScanFindings", Repository(Metadata)),
    action("ecr:DescribeImageSigningStatus", Repository(Metadata)),
    action("ecr:DescribeImages", Repository(Metadata)),
    action("ecr:DescribePullThroughCacheRules", Registry),
    action("ecr:DescribeRegistry", Registry),
    action("ecr:DescribeReplicationBackfill", Registry),
    action("ecr:DescribeRepositories", Repository(Metadata)),
    action("ecr:DescribeRepositoryCreationTemplates", Registry),
    action("ecr:GetAccountSetting", Registry),
    action("ecr:GetAuthorizationToken", Registry),
    action("ecr:GetDownloadUrlForLayer", Repository(Pull)),
    action("ecr:GetLifecyclePolicy", Repository(Metadata)),
    action("ecr:GetLifecyclePolicyPreview", Repository(Metadata)),
    action("ecr:GetRegistryPolicy", Registry),
    action("ecr:GetRegistryScanningConfiguration", Registry),
    action("ecr:GetRepositoryPolicy", Repository(Metadata)),
    action("ecr:GetSigningConfiguration", Registry),
    action("ecr:InitiateLayerUpload", Repository(Push)),
    action("ecr:ListImageReferrers", Repository(Metadata)),
    action("ecr:ListImages", Repository(Metadata)),
    action("ecr:ListPullTimeUpdateExclusions", Registry),
    action("ecr:ListReplicationBackfills", Registry),
    action("ecr:ListTagsForResource", Repository(Metadata)),
    action("ecr:PutAccountSetting", Registry),
    action("ecr:PutImage", Repository(Push)),
    action("ecr:PutImageScanningConfiguration", Repository(Admin)),
    action("ecr:PutImageTagMutability", Repository(Admin)),
    action("ecr:PutLifecyclePolicy", Repository(Admin)),
    action("ecr:PutRegistryPolicy", Registry),
    action("ecr:PutRegistryScanningConfiguration", Registry),
    action("ecr:PutReplicationConfiguration", Registry),
    action("ecr:PutSigningConfiguration", Registry),
    action("ecr:RegisterPullTimeUpdateExclusion", Registry),
    action("ecr:ReplicateImage", Repository(Push)),
    action("ecr:SetRepositoryPolicy", Repository(Admin)),
    action("ecr:StartImageScan", Repository(Metadata)),
    action("ecr:StartLifecyclePolicyPreview", Repository(Metadata)),
    action("ecr:StartReplicationBackfill", Registry),
    action("ecr:StopReplicationBackfill", Registry),
    action("ecr:TagResource", Repository(Admin)),
    action("ecr:UntagResource", Repository(Admin)),
    action("ecr:UpdateImageStorageClass", Repository(Metadata)),
    action("ecr:UpdatePullThroughCacheRule", Registry),
    action("ecr:UpdateRepositoryCreationTemplate", Registry),
    action("ecr:UploadLayerPart", Repository(Push)),
    action("ecr:ValidatePullThroughCacheRule", Registry),
];

/// Each of [`ACTIONS`] by its name: nearly all that policies write is found here.
static BY_NAME: LazyLock<FxHashMap<&'static str, ActionSet>> = LazyLock::new(|| {
    let names = ACTIONS.iter().map(|action| action.name);
    names.zip((0..).map(|index| ActionSet(1 << index))).collect()
});

/// The actions on repositories, by class.
static BY_CLASS: LazyLock<[(ActionClass, ActionSet); ActionClass::ALL.len()]> =
    LazyLock::new(|| {
        ActionClass::ALL.map(|class| {
            let opens_all = |name| class == Admin && name == "ecr:PutRegistryPolicy";
            let is_in =
                |action: &Action| action.level == Repository(class) || opens_all(action.name);
            let others = match class {
                Metadata => ActionSet::OTHER_PRIVATE | ActionSet::OTHER_PUBLIC,
                Pull | Push | Delete | Admin => ActionSet::EMPTY,
            };
            (class, ActionSet::of(is_in) | others)
        })
    });

/// The actions that count, by kind of policy.
struct Counted {
    repository: ActionSet,
    registry_v1: ActionSet,
    registry_v2: ActionSet,
    public_repository: ActionSet,
    identity: ActionSet,
}

static COUNTED: LazyLock<Counted> = LazyLock::new(|| {
    let exactly = |names: &[&str]| ActionSet::of(|action| names.contains(&action.name));
    let in_repository = ActionSet::of(|action| matches!(action.level, Repository(_)));
    // Only the registry is asked for it.
    let import = exactly(&["ecr:BatchImportUpstreamImage"]);
    let private = in_repository & ActionSet::LISTED_PRIVATE & !import | ActionSet::OTHER_PRIVATE;
    let public = in_repository & ActionSet::LISTED_PUBLIC | ActionSet::OTHER_PUBLIC;
    Counted {
        repository: private,
        registry_v1: import | exactly(&["ecr:ReplicateImage", "ecr:CreateRepository"]),
        registry_v2: private | import,
        public_repository: public,
        // This one opens every repository at once.
        identity: private | public | exactly(&["ecr:PutRegistryPolicy"]),
    }
});

/// How many of [`ACTIONS`] are those of ECR Public.
const PUBLIC_ACTIONS: usize = 25;

/// What one pattern names.
#[derive(Clone, Copy, Debug, Default)]
struct Named {
    /// Actions of the table.
    listed: ActionSet,
    /// All actions of a service that the table lacks.
    all_others: ActionSet,
    /// Some of them.
    some_others: ActionSet,
}

/// What a pattern is used for: the actions that the table lacks are taken for the worse.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    /// `Action` of an Allow.
    Allow,
    /// `Action` of a Deny.
    Deny,
    /// `NotAction` of an Allow: what it leaves out.
    AllowAllBut,
    /// `NotAction` of a Deny: what it spares.
    DenyAllBut,
}

impl ActionSet {
    /// No action.
    pub(super) const EMPTY: Self = Self(0);
    /// Every action of ECR and ECR Public.
    pub(super) const ALL: Self = Self(u128::MAX);
    /// Actions of ECR that the table lacks: taken for actions on repositories.
    const OTHER_PRIVATE: Self = Self(1 << 127);
    /// Actions of ECR Public that the table lacks.
    const OTHER_PUBLIC: Self = Self(1 << 126);
    /// All listed actions of ECR Public.
    pub(super) const LISTED_PUBLIC: Self = Self((1 << PUBLIC_ACTIONS) - 1);
    /// All listed actions of ECR.
    pub(super) const LISTED_PRIVATE: Self =
        Self(((1 << ACTIONS.len()) - 1) & !Self::LISTED_PUBLIC.0);

    /// Every action of ECR and ECR Public, listed or not.
    pub(super) const OF_ECR: Self = Self(
        Self::LISTED_PUBLIC.0
            | Self::LISTED_PRIVATE.0
            | Self::OTHER_PRIVATE.0
            | Self::OTHER_PUBLIC.0,
    );

    /// The actions that count for a kind of policy.
    pub(super) fn that_count(kind: PolicyKind, scope: RegistryScope) -> Self {
        let counted = &*COUNTED;
        match (kind, scope) {
            (PolicyKind::Registry, RegistryScope::V1) => counted.registry_v1,
            (PolicyKind::Registry, RegistryScope::V2) => counted.registry_v2,
            (PolicyKind::Repository | PolicyKind::CreationTemplate, _) => counted.repository,
            (PolicyKind::PublicRepository, _) => counted.public_repository,
            (PolicyKind::Identity, _) => counted.identity,
        }
    }

    /// The one action that is listed by exactly this name, which is then no pattern.
    pub(super) fn listed_as(name: &str) -> Option<Self> {
        BY_NAME.get(name).copied()
    }

    /// The actions that a pattern names, or leaves out.
    pub(super) fn named_by(pattern: &str, used: Use) -> Self {
        let named = Named::by(pattern);
        match used {
            Use::Allow if named.listed.is_empty() => named.some_others,
            Use::Allow | Use::Deny | Use::AllowAllBut => named.listed | named.all_others,
            Use::DenyAllBut => named.listed | named.some_others,
        }
    }

    /// Is there none?
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Are all of these in the set?
    pub(super) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The classes of the actions.
    pub(super) fn classes(self) -> ActionClasses {
        let some = BY_CLASS.iter().filter(|(_, actions)| !(self & *actions).is_empty());
        some.map(|(class, _)| *class).collect()
    }

    /// The names of the listed actions, those that matter most first.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        let of = move |class| self.listed().filter(move |action| action.level == Repository(class));
        ActionClass::ALL.into_iter().flat_map(of).map(|action| action.name)
    }

    fn listed(self) -> impl Iterator<Item = &'static Action> {
        ACTIONS
            .iter()
            .enumerate()
            .filter(move |(index, _)| self.0 & (1 << index) != 0)
            .map(|(_, action)| action)
    }

    fn of(is_in: impl Fn(&Action) -> bool) -> Self {
        let bits = ACTIONS
            .iter()
            .enumerate()
            .filter(|(_, action)| is_in(action))
            .map(|(index, _)| 1 << index);
        Self(bits.fold(0, |set, bit: u128| set | bit))
    }
}

impl Named {
    fn by(pattern: &str) -> Self {
        if let Some(listed) = ActionSet::listed_as(pattern) {
            return Self { listed, ..Self::default() };
        }
        if pattern == "ecr:*" {
            let others = ActionSet::OTHER_PRIVATE;
            return Self {
                listed: ActionSet::LISTED_PRIVATE,
                all_others: others,
                some_others: others,
            };
        }
        let service = pattern.split(':').next().unwrap_or_default();
        if !is_ecr(service) && !wildcard::is_pattern(service) {
            return Self::default();
        }
        Self::by_matching(&pattern.to_ascii_lowercase())
    }

    fn by_matching(lower: &str) -> Self {
        let mut named = Self {
            listed: ActionSet::of(|action| wildcard::matches_ignoring_case(lower, action.name)),
            ..Self::default()
        };
        let is_listed = !wildcard::is_pattern(lower) && !named.listed.is_empty();
        for (service, every, others) in [
            ("ecr:", "ecr:*", ActionSet::OTHER_PRIVATE),
            ("ecr-public:", "ecr-public:*", ActionSet::OTHER_PUBLIC),
        ] {
            let covers = wildcard::covers(lower, every);
            if covers {
                named.all_others |= others;
            }
            if covers || (!is_listed && lower.starts_with(service)) {
                named.some_others |= others;
            }
        }
        named
    }
}

/// Is it the prefix of ECR or ECR Public?
pub(super) fn is_ecr(service: &str) -> bool {
    service.eq_ignore_ascii_case("ecr") || service.eq_ignore_ascii_case("ecr-public")
}

/// All listed actions with their service.
pub(super) fn listed_names() -> impl Iterator<Item = &'static str> + Clone {
    ACTIONS.iter().map(|action| action.name)
}

impl BitAnd for ActionSet {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for ActionSet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for ActionSet {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl Not for ActionSet {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ACTIONS, ActionSet, PUBLIC_ACTIONS, Use};
    use crate::policy::verdict::{ActionClass, PolicyKind, RegistryScope};

    fn classes(pattern: &str, kind: PolicyKind) -> Vec<&'static str> {
        let counted = ActionSet::that_count(kind, RegistryScope::V2);
        let named = ActionSet::named_by(pattern, Use::Allow);
        (named & counted).classes().iter().map(ActionClass::as_str).collect()
    }

    #[test]
    fn the_table_is_sorted_and_cut_in_two() {
        assert!(ACTIONS.is_sorted_by(|a, b| a.name < b.name));
        let public = ACTIONS.iter().take_while(|action| action.name.starts_with("ecr-public:"));
        assert_eq!(public.count(), PUBLIC_ACTIONS);
    }

    #[test]
    fn patterns_name_actions_in_any_case() {
        let repository = PolicyKind::Repository;
        assert_eq!(classes("ECR:batchgetimage", repository), ["pull"]);
        assert_eq!(classes("ecr:Batch*", repository), ["pull", "delete", "metadata"]);
        assert_eq!(classes("*:*", repository), ["pull", "push", "delete", "admin", "metadata"]);
        assert_eq!(classes("ecr:SomethingNew", repository), ["metadata"]);
        assert!(classes("ecr:GetAuthorizationToken", repository).is_empty());
        assert!(classes("ecr-public:PutImage", repository).is_empty());
        assert!(classes("s3:*", repository).is_empty());
        assert_eq!(classes("ecr:BatchImportUpstreamImage", PolicyKind::Registry), ["push"]);
        assert_eq!(classes("ecr-public:Put*", PolicyKind::PublicRepository), ["push", "metadata"]);
        assert_eq!(classes("ecr:PutRegistryPolicy", PolicyKind::Identity), ["admin"]);
    }

    #[test]
    fn what_the_table_lacks_is_taken_for_the_worse() {
        let left = |granted: &str, denied: &str| {
            let spared = !ActionSet::named_by(denied, Use::Deny);
            !(ActionSet::named_by(granted, Use::Allow) & spared & ActionSet::OF_ECR).is_empty()
        };
        assert!(!left("ecr:Batch*", "ecr:Batch*"));
        assert!(!left("ecr:*", "*"));
        assert!(left("ecr:SomethingNew", "ecr:Get*"));
        assert!(!left("ecr:SomethingNew", "e*"));
    }
}
