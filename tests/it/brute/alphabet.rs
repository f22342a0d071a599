//! The statements that policies are made of: tests, principals and actions.

use ecrlint::origin::Origin;
use ecrlint::policy::node::{Data, Member, Node, Text};
use ecrlint::source::{FileId, Sources, Span};

use super::iam::{self, glob};
use super::universe::{DIMENSIONS, Sender};

/// A test of a condition, and for whom it is true.
pub(crate) struct Test {
    pub(crate) operator: String,
    pub(crate) key: &'static str,
    pub(crate) values: &'static [&'static str],
    /// The dimension that decides; `None` for the sender.
    pub(crate) dimension: Option<usize>,
    /// The senders, or values of the dimension, for which it is true: with policy variables, and without.
    pub(crate) holds: [u128; 2],
}

/// What the values of a key are compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Arn,
    Address,
    Flag,
    Date,
    Number,
    Binary,
}

const KEYS: &[(&str, Type, &[&[&str]])] = &[
    (
        "aws:PrincipalOrgID",
        Type::Text,
        &[
            &["o-a1b2c3d4e5"],
            &["o-a1b2c3d4e5", "o-f6g7h8i9j0"],
            &["o-a1*"],
            &["o-*"],
            &["*"],
            &["o-a1b2c3d4e5", "o-*"],
            &["${aws:ResourceOrgID}"],
            &["${aws:PrincipalOrgID}"],
            &[],
        ],
    ),
    (
        "aws:PrincipalAccount",
        Type::Text,
        &[
            &["111122223333"],
            &["111122223333", "444455556666"],
            &["1111*"],
            &["*"],
            &["444455556666", "*"],
            &["${aws:ResourceAccount}"],
            &["${aws:PrincipalAccount}"],
        ],
    ),
    (
        "aws:PrincipalArn",
        Type::Arn,
        &[
            &["arn:aws:iam::444455556666:role/ci"],
            &["arn:aws:iam::444455556666:role/*"],
            &["arn:aws:iam::444455556666:*"],
            &["arn:aws:iam::*:role/ci"],
            &["arn:aws:iam::4444*:role/ci"],
            &["*"],
            &["*:role/ci"],
            &["arn:*:iam::444455556666:role/ci"],
            &["arn:aws:iam::*role/111122223333/ci"],
            &["arn:aws:iam::111122223333:role/*", "arn:aws:iam::*:role/ci"],
            &["arn:aws:iam::${aws:PrincipalAccount}:role/ci"],
        ],
    ),
    (
        "aws:PrincipalOrgPaths",
        Type::Text,
        &[
            &["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"],
            &["o-a1b2c3d4e5/r-ab12/*"],
            &["o-a1b2c3d4e5/*", "o-*/r-ab12/*"],
            &["*"],
            &["*/r-ab12/*"],
        ],
    ),
    (
        "aws:userid",
        Type::Text,
        &[&["AIDAEXAMPLEID1234567A"], &["AROAEXAMPLEID1234567A:*"], &["*:ci"], &["*"]],
    ),
    ("aws:SourceVpc", Type::Text, &[&["vpc-91237329"], &["vpc-*"]]),
    ("aws:SourceVpce", Type::Text, &[&["vpce-1a2b3c4d"], &["vpce-1a2b3c4d", "vpce-*"]]),
    ("aws:VpceAccount", Type::Text, &[&["111122223333"], &["*"]]),
    ("aws:VpceOrgID", Type::Text, &[&["o-a1b2c3d4e5"], &["o-*"]]),
    (
        "aws:SourceIp",
        Type::Address,
        &[
            &["203.0.113.0/24"],
            &["54.0.0.0/8"],
            &["54.0.0.0/7"],
            &["0.0.0.0/0"],
            &["203.0.113.0/24", "0.0.0.0/0"],
            &["10.0.0.0/8"],
            &["2600:1f00::/32"],
            &["2600::/12"],
            &["0.0.0.0/0", "::/0"],
        ],
    ),
    ("aws:VpcSourceIp", Type::Address, &[&["10.0.0.0/8"], &["172.16.0.0/12"]]),
    ("aws:SourceAccount", Type::Text, &[&["111122223333"], &["9999*"], &["*"]]),
    (
        "aws:SourceArn",
        Type::Arn,
        &[
            &["arn:aws:codebuild:us-east-1:111122223333:project/p"],
            &["arn:aws:codebuild:*:111122223333:*"],
            &["arn:aws:codebuild:*:*:project/p"],
            &["arn:aws:s3:::b"],
            &["arn:aws:s3:::*"],
            &["*"],
        ],
    ),
    ("aws:SourceOrgID", Type::Text, &[&["o-a1b2c3d4e5"], &["*"]]),
    ("aws:SourceOrgPaths", Type::Text, &[&["o-a1b2c3d4e5/r-ab12/*"], &["*"]]),
    ("aws:PrincipalServiceName", Type::Text, &[&["codebuild.amazonaws.com"]]),
    ("aws:PrincipalTag/team", Type::Text, &[&["x"]]),
    ("aws:UserAgent", Type::Text, &[&["x*"], &["x1"]]),
    ("aws:Referer", Type::Text, &[&["https://x/*"]]),
    ("aws:SourceIdentity", Type::Text, &[&["x"]]),
    ("aws:FederatedProvider", Type::Text, &[&["accounts.google.com"]]),
    ("aws:RequestedRegion", Type::Text, &[&["eu-west-1"]]),
    ("aws:CalledVia", Type::Text, &[&["cloudformation.amazonaws.com"]]),
    ("aws:PrincipalType", Type::Text, &[&["User"]]),
    ("aws:username", Type::Text, &[&["ci"]]),
    ("ecr:ResourceTag/env", Type::Text, &[&["dev"]]),
    ("aws:ResourceAccount", Type::Text, &[&["111122223333"], &["${aws:PrincipalAccount}"]]),
    ("aws:ResourceOrgID", Type::Text, &[&["o-owner00001"], &["${aws:PrincipalOrgID}"]]),
    ("kms:CallerAccount", Type::Text, &[&["111122223333"]]),
    ("aws:PrincipleOrgID", Type::Text, &[&["o-a1b2c3d4e5"]]),
    ("aws:SecureTransport", Type::Flag, &[&["true"], &["false"]]),
    ("aws:MultiFactorAuthPresent", Type::Flag, &[&["true"], &["false"]]),
    ("aws:ViaAWSService", Type::Flag, &[&["true"], &["false"]]),
    ("aws:PrincipalIsAWSService", Type::Flag, &[&["true"], &["false"]]),
    ("aws:CurrentTime", Type::Date, &[&["2099-01-01T00:00:00Z"], &["2020-01-01T00:00:00Z"]]),
    ("aws:MultiFactorAuthAge", Type::Number, &[&["3600"], &["100"]]),
    ("aws:EpochTime", Type::Number, &[&["1782907200"]]),
    ("aws:SourceIdentity", Type::Binary, &[&["eA=="]]),
];

/// Operators without prefix and suffix.
const fn bases(of: Type) -> &'static [&'static str] {
    match of {
        Type::Text => &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        Type::Arn => &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
            "ArnEquals",
            "ArnNotEquals",
            "ArnLike",
            "ArnNotLike",
        ],
        Type::Address => &["IpAddress", "NotIpAddress"],
        Type::Flag => &["Bool"],
        Type::Date => &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        Type::Number => &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        Type::Binary => &["BinaryEquals"],
    }
}

/// An operator with every prefix and suffix.
pub(crate) fn forms(base: &str) -> impl Iterator<Item = String> {
    ["", "ForAllValues:", "ForAnyValue:"].into_iter().flat_map(move |prefix| {
        ["", "IfExists"].into_iter().map(move |suffix| format!("{prefix}{base}{suffix}"))
    })
}

/// All tests: every operator with every prefix and suffix, on every key and list of values.
pub(crate) fn tests(senders: &[Sender]) -> Vec<Test> {
    let mut tests = Vec::new();
    for (key, of, lists) in KEYS {
        for (base, values) in
            bases(*of).iter().flat_map(|base| lists.iter().map(move |values| (base, *values)))
        {
            tests.extend(forms(base).map(|operator| test(operator, key, values, senders)));
        }
        for values in [&["true"][..], &["false"], &["true", "false"]] {
            tests.push(test("Null".to_owned(), key, values, senders));
        }
    }
    tests
}

fn test(
    operator: String,
    key: &'static str,
    values: &'static [&'static str],
    senders: &[Sender],
) -> Test {
    let dimension = DIMENSIONS.iter().position(|dimension| dimension.key == key);
    let holds = [true, false].map(|variables| match dimension {
        None => mask(
            senders
                .iter()
                .map(|sender| iam::passes(&operator, key, values, &sender.facts, variables)),
        ),
        Some(index) => mask(DIMENSIONS[index].values.iter().map(|has| {
            let has: Vec<String> = has.iter().map(|value| (*value).to_owned()).collect();
            let facts =
                if has.is_empty() { iam::Facts::new() } else { [(key.to_lowercase(), has)].into() };
            iam::passes(&operator, key, values, &facts, variables)
        })),
    });
    Test { operator, key, values, dimension, holds }
}

pub(crate) fn mask(bits: impl Iterator<Item = bool>) -> u128 {
    bits.enumerate().fold(0, |mask, (index, bit)| mask | u128::from(bit) << index)
}

/// The principals of a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Principal {
    Star,
    AwsStar,
    StarInList,
    StarAndService,
    Owner,
    PartnerAccount,
    PartnerRole,
    PartnerSession,
    PartnerAndService,
    OwnUser,
    FederatedUser,
    Deleted,
    Service,
    Nobody,
    AllButPartner,
    AllButPartnerRole,
    AllButService,
    AllButStar,
}

pub(crate) const PRINCIPALS: [Principal; 18] = [
    Principal::Star,
    Principal::AwsStar,
    Principal::StarInList,
    Principal::StarAndService,
    Principal::Owner,
    Principal::PartnerAccount,
    Principal::PartnerRole,
    Principal::PartnerSession,
    Principal::PartnerAndService,
    Principal::OwnUser,
    Principal::FederatedUser,
    Principal::Deleted,
    Principal::Service,
    Principal::Nobody,
    Principal::AllButPartner,
    Principal::AllButPartnerRole,
    Principal::AllButService,
    Principal::AllButStar,
];

impl Principal {
    /// Is the sender one of them?
    pub(crate) fn names(self, sender: &Sender) -> bool {
        match self {
            Self::Star | Self::AwsStar | Self::StarInList | Self::StarAndService => true,
            Self::Owner => sender.account == "111122223333",
            Self::PartnerAccount => sender.account == "444455556666",
            Self::PartnerRole | Self::PartnerSession => {
                sender.arn == "arn:aws:iam::444455556666:role/ci"
            }
            Self::PartnerAndService => sender.account == "444455556666" || sender.service.is_some(),
            Self::OwnUser => sender.arn == "arn:aws:iam::111122223333:user/bob",
            Self::Service => sender.service.is_some(),
            Self::FederatedUser | Self::Deleted | Self::Nobody | Self::AllButStar => false,
            Self::AllButPartnerRole => sender.arn != "arn:aws:iam::444455556666:role/ci",
            Self::AllButPartner => sender.account != "444455556666",
            Self::AllButService => sender.service.is_none(),
        }
    }

    /// The element and its value.
    pub(crate) fn json(self) -> (&'static str, &'static str) {
        match self {
            Self::Star => ("Principal", r#""*""#),
            Self::AwsStar => ("Principal", r#"{"AWS": "*"}"#),
            Self::StarInList => ("Principal", r#"{"AWS": ["444455556666", "*"]}"#),
            Self::StarAndService => {
                ("Principal", r#"{"AWS": "*", "Service": "codebuild.amazonaws.com"}"#)
            }
            Self::Owner => ("Principal", r#"{"AWS": "arn:aws:iam::111122223333:root"}"#),
            Self::PartnerAccount => ("Principal", r#"{"AWS": "444455556666"}"#),
            Self::PartnerRole => ("Principal", r#"{"AWS": "arn:aws:iam::444455556666:role/ci"}"#),
            Self::PartnerSession => {
                ("Principal", r#"{"AWS": "arn:aws:sts::444455556666:assumed-role/ci/ci"}"#)
            }
            Self::PartnerAndService => (
                "Principal",
                r#"{"AWS": ["arn:aws:iam::444455556666:root"], "Service": ["codebuild.amazonaws.com"]}"#,
            ),
            Self::OwnUser => ("Principal", r#"{"AWS": "arn:aws:iam::111122223333:user/bob"}"#),
            Self::FederatedUser => {
                ("Principal", r#"{"AWS": "arn:aws:sts::444455556666:federated-user/ann"}"#)
            }
            Self::Deleted => ("Principal", r#"{"AWS": "AROADELETED0000000000"}"#),
            Self::Service => ("Principal", r#"{"Service": "codebuild.amazonaws.com"}"#),
            Self::Nobody => ("Principal", r#"{"AWS": []}"#),
            Self::AllButPartner => ("NotPrincipal", r#"{"AWS": "arn:aws:iam::444455556666:root"}"#),
            Self::AllButPartnerRole => {
                ("NotPrincipal", r#"{"AWS": ["arn:aws:iam::444455556666:role/ci"]}"#)
            }
            Self::AllButService => ("NotPrincipal", r#"{"Service": "codebuild.amazonaws.com"}"#),
            Self::AllButStar => ("NotPrincipal", r#""*""#),
        }
    }
}

/// `Action` or `NotAction` and its patterns.
pub(crate) const ACTIONS: [(&str, &[&str]); 12] = [
    ("Action", &["ecr:BatchGetImage"]),
    ("Action", &["ecr:*"]),
    ("Action", &["*"]),
    ("Action", &["ECR:putimage", "ecr:SetRepositoryPolicy"]),
    ("Action", &["ecr:Batch*"]),
    ("Action", &["ecr:FutureAction"]),
    ("Action", &["s3:GetObject", "ecr:GetAuthorizationToken"]),
    ("Action", &["*:*Image*"]),
    ("NotAction", &["ecr:Put*"]),
    ("NotAction", &["ecr:*"]),
    ("NotAction", &["iam:*", "ecr:BatchGetImage"]),
    ("NotAction", &["ecr:GetAuthorizationToken"]),
];

/// The index of what only names an action that is not listed.
pub(crate) const UNLISTED_ACTION: usize = 5;

/// Actions on a repository; the last one is not known to the library.
const CALLED: [&str; 8] = [
    "ecr:batchgetimage",
    "ecr:batchdeleteimage",
    "ecr:batchchecklayeravailability",
    "ecr:initiatelayerupload",
    "ecr:putimage",
    "ecr:setrepositorypolicy",
    "ecr:describeimages",
    "ecr:futureaction",
];

/// The actions of [`CALLED`] that an element names.
pub(crate) fn called(element: &str, patterns: &[&str]) -> u128 {
    let is_named = |action: &&str| {
        let matches = |pattern: &&str| glob(pattern.to_lowercase().as_bytes(), action.as_bytes());
        patterns.iter().any(matches) == (element == "Action")
    };
    mask(CALLED.iter().map(is_named))
}

/// The one file that all nodes are in.
fn file() -> FileId {
    static FILE: std::sync::OnceLock<FileId> = std::sync::OnceLock::new();
    *FILE.get_or_init(|| Sources::new().add("policy.json", *b"{}"))
}

pub(crate) fn node(data: Data) -> Node {
    Node { origin: Origin::at(Span::new(file(), 0, 2)), data }
}

pub(crate) fn string(text: &str) -> Node {
    node(Data::String(Text::Known(text.into())))
}

pub(crate) fn member(key: &str, value: Node) -> Member {
    Member { key: Text::Known(key.into()), key_origin: Origin::at(Span::new(file(), 0, 1)), value }
}

pub(crate) fn list(texts: &[&str]) -> Node {
    node(Data::Array(texts.iter().map(|text| string(text)).collect()))
}

/// The members for a principal.
pub(crate) fn principal_member(principal: Principal) -> Member {
    let (element, json) = principal.json();
    member(element, crate::exposure::read(json).unwrap())
}
