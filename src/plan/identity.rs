//! Which identity policies have to do with ECR. A plan is full of IAM, and most of it has not: a look at the bytes of
//! an entry spares the reading.

use super::IdentityPolicies;
use super::resources::{Identity, Kind};
use crate::model::Document;
use crate::policy::mention::{names_ecr, names_ecr_action};

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
        Document::Json(root) => names_ecr(root),
        Document::NotJson(_) | Document::Managed(_) => true,
    }
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
    use super::may_be_unknown;

    #[test]
    fn masks_are_found_in_bytes() {
        assert!(may_be_unknown(br#"{"policy" : true}"#, "policy"));
        assert!(!may_be_unknown(br#"{"policy":"x","policy_id":true}"#, "policy"));
    }
}
