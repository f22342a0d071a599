//! A small world of callers and of what their requests have.
//!
//! Strangers can have everything but what the alphabet calls fixed: the ids of the organization, the accounts, the
//! endpoints and the narrow ranges of addresses that its values name.

use super::iam::Facts;

/// Who sends a request, and from where.
pub(crate) struct Sender {
    pub(crate) kind: Kind,
    pub(crate) account: &'static str,
    pub(crate) arn: &'static str,
    pub(crate) service: Option<&'static str>,
    pub(crate) facts: Facts,
}

/// What it means when a sender gets in, from the mildest to the worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    /// A principal of the owner.
    Own,
    /// A service that acts for the owner.
    OwnService,
    /// A principal of a trusted account or organization.
    Trusted,
    /// A service that acts for a stranger, or for who knows whom.
    StrangeService,
    /// A principal of a stranger.
    Stranger,
}

/// A condition key that anyone may set, and what it may have; an empty value is none.
pub(crate) struct Dimension {
    pub(crate) key: &'static str,
    pub(crate) values: &'static [&'static [&'static str]],
}

/// The keys that do not depend on the sender.
pub(crate) const DIMENSIONS: [Dimension; 14] = [
    Dimension { key: "aws:UserAgent", values: &[&["x1"], &["other"]] },
    Dimension { key: "aws:PrincipalTag/team", values: &[&[], &["x"], &["y"]] },
    Dimension { key: "aws:Referer", values: &[&[], &["https://x/1"], &["z"]] },
    Dimension { key: "aws:SourceIdentity", values: &[&[], &["x"], &["y"], &["eA=="]] },
    Dimension {
        key: "aws:FederatedProvider",
        values: &[&[], &["accounts.google.com"], &["other"]],
    },
    Dimension { key: "aws:RequestedRegion", values: &[&["eu-west-1"], &["us-east-1"]] },
    Dimension {
        key: "aws:CalledVia",
        values: &[
            &[],
            &["cloudformation.amazonaws.com"],
            &["athena.amazonaws.com", "cloudformation.amazonaws.com"],
        ],
    },
    Dimension { key: "ecr:ResourceTag/env", values: &[&[], &["dev"], &["prod"]] },
    Dimension { key: "aws:SecureTransport", values: &[&["true"], &["false"]] },
    Dimension { key: "aws:MultiFactorAuthPresent", values: &[&[], &["true"], &["false"]] },
    Dimension { key: "aws:ViaAWSService", values: &[&["false"], &["true"]] },
    Dimension {
        key: "aws:CurrentTime",
        values: &[&["2001-01-01T00:00:00Z"], &["2026-01-01T00:00:00Z"], &["2100-01-01T00:00:00Z"]],
    },
    Dimension { key: "aws:MultiFactorAuthAge", values: &[&[], &["100"], &["9999"]] },
    Dimension {
        key: "aws:EpochTime",
        values: &[&["1000000000"], &["1782907200"], &["4000000000"]],
    },
];

const OWNER: &str = "111122223333";
const OWN_ORGANIZATION: &str = "o-a1b2c3d4e5";

/// Account, ARN, unique id, organization, path in it.
type Principal =
    (Kind, &'static str, &'static str, &'static str, Option<(&'static str, &'static str)>);

const PRINCIPALS: [Principal; 12] = [
    (
        Kind::Stranger,
        "999999999999",
        "arn:aws:iam::999999999999:role/outsider",
        "AROAOUTSIDER1:session",
        None,
    ),
    (
        Kind::Stranger,
        "999999999999",
        "arn:aws:iam::999999999999:role/ci",
        "AROAOUTSIDER2:ci",
        // The ids of roots and units are those of the trusted organization: they are unique in one only.
        Some(("o-outsider00", "o-outsider00/r-ab12/ou-ab12-11111111/")),
    ),
    (Kind::Stranger, "111199999999", "arn:aws:iam::111199999999:role/ci", "AROAOUTSIDER3:ci", None),
    (
        Kind::Stranger,
        "444499999999",
        "arn:aws:iam::444499999999:role/ci",
        "AROAOUTSIDER4:ci",
        Some(("o-a1zzzzzzzz", "o-a1zzzzzzzz/r-1/ou-1-22222222/")),
    ),
    (Kind::Stranger, "888888888888", "arn:aws:iam::888888888888:user/ci", "AIDAOUTSIDER5", None),
    (Kind::Stranger, "888888888888", "arn:aws:iam::888888888888:root", "888888888888", None),
    (
        Kind::Stranger,
        "888888888888",
        "arn:aws:iam::888888888888:role/:iam::444455556666:role/ci",
        "AROAOUTSIDER6:ci",
        None,
    ),
    (
        Kind::Stranger,
        "888888888888",
        "arn:aws:iam::888888888888:role/111122223333/ci",
        "AROAOUTSIDER7:ci",
        Some(("o-outsider00", "o-outsider00/r-1/ou-1-33333333/")),
    ),
    (
        Kind::Own,
        OWNER,
        "arn:aws:iam::111122223333:role/ci",
        "AROAEXAMPLEID1234567A:session",
        Some((OWN_ORGANIZATION, "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/")),
    ),
    (Kind::Own, OWNER, "arn:aws:iam::111122223333:user/bob", "AIDAEXAMPLEID1234567A", None),
    (Kind::Trusted, "444455556666", "arn:aws:iam::444455556666:role/ci", "AROAPARTNER:ci", None),
    (
        Kind::Trusted,
        "222233334444",
        "arn:aws:iam::222233334444:role/dev",
        "AROAMEMBER:session",
        Some((OWN_ORGANIZATION, "o-a1b2c3d4e5/r-ab12/ou-ab12-44444444/")),
    ),
];

/// What a request has by the way that it takes; those at the end are not open to strangers.
const WAYS: [(bool, &[(&str, &str)]); 8] = [
    (true, &[("aws:SourceIp", "8.8.8.8")]),
    (true, &[("aws:SourceIp", "55.1.2.3")]),
    (true, &[("aws:SourceIp", "2600:2000::1")]),
    (
        true,
        &[
            ("aws:SourceVpc", "vpc-outsider"),
            ("aws:SourceVpce", "vpce-outsider"),
            ("aws:VpceAccount", "999999999999"),
            ("aws:VpceOrgID", "o-outsider00"),
            ("aws:VpcSourceIp", "10.1.2.3"),
        ],
    ),
    (
        true,
        &[
            ("aws:SourceVpc", "vpc-outsider"),
            ("aws:SourceVpce", "vpce-outsider"),
            ("aws:VpcSourceIp", "172.16.0.1"),
        ],
    ),
    (false, &[("aws:SourceIp", "203.0.113.9")]),
    (false, &[("aws:SourceIp", "2600:1f00::1")]),
    (
        false,
        &[
            ("aws:SourceVpc", "vpc-91237329"),
            ("aws:SourceVpce", "vpce-1a2b3c4d"),
            ("aws:VpceAccount", OWNER),
            ("aws:VpceOrgID", OWN_ORGANIZATION),
            ("aws:VpcSourceIp", "10.9.9.9"),
        ],
    ),
];

/// Whom the service acts for, as far as its request tells.
const SERVICE_CALLS: [(Kind, &[(&str, &str)]); 6] = [
    (Kind::StrangeService, &[]),
    (
        Kind::StrangeService,
        &[
            ("aws:SourceAccount", "999999999999"),
            ("aws:SourceArn", "arn:aws:codebuild:us-east-1:999999999999:project/p"),
            ("aws:SourceOrgID", "o-outsider00"),
            ("aws:SourceOrgPaths", "o-outsider00/r-ab12/ou-ab12-11111111/"),
        ],
    ),
    (Kind::StrangeService, &[("aws:SourceArn", "arn:aws:s3:::outsider")]),
    (
        Kind::StrangeService,
        &[
            ("aws:SourceAccount", "888888888888"),
            ("aws:SourceArn", "arn:aws:codebuild:eu-west-1:888888888888:project/q"),
        ],
    ),
    (
        Kind::OwnService,
        &[
            ("aws:SourceAccount", OWNER),
            ("aws:SourceArn", "arn:aws:codebuild:us-east-1:111122223333:project/p"),
            ("aws:SourceOrgID", OWN_ORGANIZATION),
            ("aws:SourceOrgPaths", "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"),
        ],
    ),
    (Kind::OwnService, &[("aws:SourceArn", "arn:aws:s3:::b"), ("aws:SourceAccount", OWNER)]),
];

/// All senders. There are at most 128.
pub(crate) fn senders() -> Vec<Sender> {
    let mut senders = Vec::new();
    for (kind, account, arn, userid, organization) in PRINCIPALS {
        for (is_open, way) in WAYS {
            if kind == Kind::Stranger && !is_open {
                continue;
            }
            let mut facts = facts(way);
            let is_user = arn.contains(":user/");
            let mut set =
                |key: &str, value: &str| facts.insert(key.to_lowercase(), vec![value.to_owned()]);
            set("aws:PrincipalAccount", account);
            set("aws:PrincipalArn", arn);
            set("aws:userid", userid);
            set("aws:PrincipalType", if is_user { "User" } else { "AssumedRole" });
            set("aws:PrincipalIsAWSService", "false");
            if is_user {
                set("aws:username", arn.rsplit('/').next().unwrap());
            }
            if let Some((id, path)) = organization {
                set("aws:PrincipalOrgID", id);
                set("aws:PrincipalOrgPaths", path);
            }
            senders.push(Sender { kind, account, arn, service: None, facts });
        }
    }
    for (kind, source) in SERVICE_CALLS {
        let mut facts = facts(source);
        let mut set =
            |key: &str, value: &str| facts.insert(key.to_lowercase(), vec![value.to_owned()]);
        set("aws:PrincipalAccount", "000000000001");
        set("aws:userid", "AIDASERVICE");
        set("aws:PrincipalType", "Service");
        set("aws:PrincipalIsAWSService", "true");
        set("aws:PrincipalServiceName", "codebuild.amazonaws.com");
        let service = Some("codebuild.amazonaws.com");
        senders.push(Sender { kind, account: "", arn: "", service, facts });
    }
    senders
}

/// What every request has.
fn facts(own: &[(&str, &str)]) -> Facts {
    let of_resource = [("aws:ResourceAccount", OWNER), ("aws:ResourceOrgID", "o-owner00001")];
    own.iter()
        .chain(&of_resource)
        .map(|(key, value)| (key.to_lowercase(), vec![(*value).to_owned()]))
        .collect()
}
