//! Condition keys: what an outsider can do about each, and when it is in a request.
//!
//! Presence and meaning: IAM User Guide, "AWS global condition context keys". What counts as restricting: Amazon S3
//! User Guide, "The meaning of public", and IAM Access Analyzer, which considers only keys "that external users cannot
//! directly influence".

/// A condition key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Key {
    /// What an outsider can do about it.
    pub(super) class: Class,
    /// When it is in his request.
    pub(super) presence: Presence,
}

/// What an outsider can do about the value of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// An id that he can't choose.
    Id,
    /// The ARN of the caller: he can't choose the account, but the name and the path.
    PrincipalArn,
    /// The ARN of what a service works for: he can't choose the account.
    SourceArn,
    /// Another ARN with an account that he can't choose.
    OtherArn,
    /// A path in an organization: he can't choose the organization's id.
    OrganizationPath,
    /// The unique id of the caller: he can't choose the part before the colon.
    UniqueId,
    /// His address: he can't sit in a narrow foreign range.
    Address,
    /// Says that an AWS service calls, which any customer can cause.
    Service,
    /// Restricts nobody.
    Open(Openness),
}

/// Why a key restricts nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Openness {
    /// A tag or name that he gives his own principals.
    OwnName,
    /// A header of the request.
    Header,
    /// The kind of caller or session, which he has too.
    Session,
    /// The time of the request.
    Time,
    /// How or where the request goes.
    Way,
    /// A private address, which he can have too.
    PrivateAddress,
    /// A fact about the repository.
    Resource,
    /// What he asks for.
    Request,
    /// No such key is known.
    UnknownKey,
}

/// When a key is in the request of an outsider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Presence {
    /// In every request.
    Always,
    /// Of IAM callers, not of service principals.
    IamCaller,
    /// Of services that act for someone.
    ServiceCall,
    /// Sometimes, or as he likes.
    Sometimes,
    /// Never when ECR is called.
    Never,
}

use Class::{
    Address, Id, Open, OrganizationPath, OtherArn, PrincipalArn, Service, SourceArn, UniqueId,
};
use Presence::{Always, IamCaller, Never, ServiceCall, Sometimes};

/// A name with a slash stands for all that begin with it.
static KEYS: [(&str, Class, Presence); 50] = [
    ("aws:CalledVia", Open(Openness::Way), Sometimes),
    ("aws:CalledViaFirst", Open(Openness::Way), Sometimes),
    ("aws:CalledViaLast", Open(Openness::Way), Sometimes),
    ("aws:CurrentTime", Open(Openness::Time), Always),
    ("aws:Ec2InstanceSourcePrivateIPv4", Open(Openness::PrivateAddress), Sometimes),
    ("aws:Ec2InstanceSourceVpc", Open(Openness::Way), Sometimes),
    ("aws:EpochTime", Open(Openness::Time), Always),
    ("aws:FederatedProvider", Open(Openness::Session), Sometimes),
    ("aws:MultiFactorAuthAge", Open(Openness::Session), Sometimes),
    ("aws:MultiFactorAuthPresent", Open(Openness::Session), Sometimes),
    ("aws:PrincipalAccount", Id, Always),
    ("aws:PrincipalArn", PrincipalArn, IamCaller),
    ("aws:PrincipalIsAWSService", Service, Always),
    ("aws:PrincipalOrgID", Id, Sometimes),
    ("aws:PrincipalOrgPaths", OrganizationPath, Sometimes),
    ("aws:PrincipalServiceName", Service, ServiceCall),
    ("aws:PrincipalServiceNamesList", Service, ServiceCall),
    ("aws:PrincipalTag/", Open(Openness::OwnName), Sometimes),
    ("aws:PrincipalType", Open(Openness::Session), Always),
    ("aws:Referer", Open(Openness::Header), Sometimes),
    ("aws:RequestedRegion", Open(Openness::Way), Always),
    ("aws:RequestTag/", Open(Openness::Request), Sometimes),
    ("aws:ResourceAccount", Open(Openness::Resource), Always),
    ("aws:ResourceOrgID", Open(Openness::Resource), Sometimes),
    ("aws:ResourceOrgPaths", Open(Openness::Resource), Sometimes),
    ("aws:ResourceTag/", Open(Openness::Resource), Sometimes),
    ("aws:SecureTransport", Open(Openness::Way), Always),
    ("aws:SourceAccount", Id, ServiceCall),
    ("aws:SourceArn", SourceArn, ServiceCall),
    ("aws:SourceIdentity", Open(Openness::OwnName), Sometimes),
    ("aws:SourceIp", Address, Sometimes),
    ("aws:SourceOrgID", Id, ServiceCall),
    ("aws:SourceOrgPaths", OrganizationPath, ServiceCall),
    ("aws:SourceOwner", Id, ServiceCall),
    ("aws:SourceVpc", Id, Sometimes),
    ("aws:SourceVpcArn", OtherArn, Sometimes),
    ("aws:SourceVpce", Id, Sometimes),
    ("aws:TagKeys", Open(Openness::Request), Sometimes),
    ("aws:TokenIssueTime", Open(Openness::Session), Sometimes),
    ("aws:UserAgent", Open(Openness::Header), Always),
    ("aws:userid", UniqueId, Always),
    ("aws:username", Open(Openness::OwnName), Sometimes),
    ("aws:ViaAWSService", Open(Openness::Way), Always),
    ("aws:VpceAccount", Id, Sometimes),
    ("aws:VpceOrgID", Id, Sometimes),
    ("aws:VpceOrgPaths", OrganizationPath, Sometimes),
    ("aws:VpcSourceIp", Open(Openness::PrivateAddress), Sometimes),
    ("ecr-public:ResourceTag/", Open(Openness::Resource), Sometimes),
    ("ecr:ResourceTag/", Open(Openness::Resource), Sometimes),
    ("kms:CallerAccount", Id, Never),
];

impl Key {
    /// What is known about a key, whatever the case of its letters.
    pub(super) fn named(name: &str) -> Self {
        let family = name.find('/').and_then(|slash| name.get(..=slash)).unwrap_or(name);
        let known = KEYS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(family));
        let (class, presence) = known
            .map_or((Open(Openness::UnknownKey), Sometimes), |(_, class, presence)| {
                (*class, *presence)
            });
        Self { class, presence }
    }

    /// Does it tell whom a service works for?
    pub(super) fn is_source(self) -> bool {
        self.presence == ServiceCall && self.class != Service
    }
}

/// The names of all known keys; one with a slash at the end stands for all that begin with it.
pub(super) fn names() -> impl Iterator<Item = &'static str> + Clone {
    KEYS.iter().map(|(name, ..)| *name)
}

impl Openness {
    /// In one line, behind the key's name.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::OwnName => "is set by the caller on its own principals",
            Self::Header => "is a header that the caller chooses",
            Self::Session => "says what kind of session calls, not whose",
            Self::Time => "says when, not who",
            Self::Way => "says how or where the request goes, not who sends it",
            Self::PrivateAddress => "is a private address, which others have in their networks too",
            Self::Resource => "describes the repository, not the caller",
            Self::Request => "describes the request, not the caller",
            Self::UnknownKey => "is not a known condition key",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Key, Openness};

    #[test]
    fn keys_are_found_in_any_case() {
        assert_eq!(Key::named("AWS:principalorgid").class, Class::Id);
        assert_eq!(Key::named("aws:PrincipalTag/team/x").class, Class::Open(Openness::OwnName));
        assert_eq!(Key::named("aws:PrincipalTag").class, Class::Open(Openness::UnknownKey));
        assert!(Key::named("aws:SourceArn").is_source());
        assert!(!Key::named("aws:PrincipalServiceName").is_source());
    }
}
