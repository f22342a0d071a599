//! Which identity policies have to do with ECR. A plan is full of IAM, and most of it has not: a look at the bytes of
//! an entry spares the reading.

use super::IdentityPolicies;
use super::resources::{Identity, Kind};
use crate::model::Document;
use crate::policy::node::{Data, Node, Text};

/// May an entry with these bytes matter? Only identity policies and documents may not.
pub(super) fn may_matter(kind: Kind, bytes: &[u8], wanted: IdentityPolicies) -> bool {
    let all = wanted == IdentityPolicies::All;
    let has = |needle: &str| memchr::memmem::find(bytes, needle.as_bytes()).is_some();
    match kind {
        Kind::Identity(Identity::Document(argument)) => {
            names_ecr_action(bytes) || all && has("*") || may_be_unknown(bytes, argument)
        }
        Kind::Identity(Identity::Role) => {
            names_ecr_action(bytes) || all && (has("*") || has(":iam::aws:policy/"))
        }
        Kind::Identity(Identity::Arn(_) | Identity::Arns(_)) => all && has(":iam::aws:policy/"),
        Kind::PolicyDocument => names_ecr_action(bytes) || has("*"),
        _ => true,
    }
}

/// Does the document name an action of ECR?
pub(super) fn concerns_ecr(document: &Document) -> bool {
    match document {
        Document::Json(root) => node_names_ecr(root),
        Document::NotJson(_) | Document::Managed(_) => true,
    }
}

fn node_names_ecr(node: &Node) -> bool {
    match &node.data {
        Data::String(Text::Known(text)) => names_ecr_action(text.as_bytes()),
        Data::Array(items) => items.iter().any(node_names_ecr),
        Data::Object(members) => members.iter().any(|member| node_names_ecr(&member.value)),
        Data::Unknown(_)
        | Data::Null
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(Text::Partial(_)) => false,
    }
}

/// Do the bytes name an action of ECR, in any case? Everybody may be given `GetAuthorizationToken`: it does not count.
fn names_ecr_action(bytes: &[u8]) -> bool {
    memchr::memchr2_iter(b'c', b'C', bytes).any(|at| {
        let around = at.checked_sub(1).and_then(|start| bytes.get(start..));
        let Some((prefix, rest)) = around.and_then(|around| around.split_at_checked(3)) else {
            return false;
        };
        let rest = rest.strip_prefix(b"-public").unwrap_or(rest);
        let Some((b':', action)) = rest.split_first() else { return false };
        let harmless = b"GetAuthorizationToken";
        prefix.eq_ignore_ascii_case(b"ecr")
            && !action
                .get(..harmless.len())
                .is_some_and(|action| action.eq_ignore_ascii_case(harmless))
    })
}

/// Do the bytes hold `"argument": true`, as the mask of an unknown value does?
fn may_be_unknown(bytes: &[u8], argument: &str) -> bool {
    let key = format!("\"{argument}\"");
    memchr::memmem::find_iter(bytes, key.as_bytes()).any(|at| {
        let rest = bytes.get(at + key.len()..).unwrap_or_default().trim_ascii_start();
        rest.strip_prefix(b":").is_some_and(|value| value.trim_ascii_start().starts_with(b"true"))
    })
}

#[cfg(test)]
mod tests {
    use super::{may_be_unknown, names_ecr_action};

    #[test]
    fn actions_are_found_in_bytes() {
        for yes in ["ecr:*", "x ECR:PutImage", "\\\"ecr-public:PutImage\\\"", "Ecr:Get*", "ecr:"] {
            assert!(names_ecr_action(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            "c",
            "ecr",
            "arn:aws:ecs:",
            "ecr:GetAuthorizationToken\"",
            "ec",
            "cr:*",
            "secretsmanager:*",
        ] {
            assert!(!names_ecr_action(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn masks_are_found_in_bytes() {
        assert!(may_be_unknown(br#"{"policy" : true}"#, "policy"));
        assert!(!may_be_unknown(br#"{"policy":"x","policy_id":true}"#, "policy"));
    }
}
