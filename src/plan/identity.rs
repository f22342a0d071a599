//! Which identity policies have to do with ECR. A plan is full of IAM, and most of it has not: a look at the bytes of
//! an entry spares the reading.

use std::iter;

use memchr::memmem::Finder;

use super::IdentityPolicies;
use super::resources::Kind;
use crate::model::Document;
use crate::policy::mention::{names_ecr, names_ecr_action};
use crate::terraform::identity::PolicySource;

/// May an entry with these bytes matter? Only identity policies and documents may not.
pub(super) fn may_matter(kind: Kind, bytes: &[u8], wanted: IdentityPolicies) -> bool {
    let all = wanted == IdentityPolicies::All;
    let has = |needle: &str| memchr::memmem::find(bytes, needle.as_bytes()).is_some();
    let matters = match kind {
        Kind::Identity(PolicySource::Document(argument)) => {
            names_ecr_action(bytes) || all && has("*") || may_be_unknown(bytes, argument)
        }
        Kind::Identity(PolicySource::Role) => {
            // The policy that says who may take the role is none of those that the role gives.
            has_blocks(bytes, "inline_policy") && names_ecr_action(bytes)
                || all && (has("*") || has(":iam::aws:policy/"))
        }
        Kind::Identity(PolicySource::Arn(_) | PolicySource::Arns(_)) => {
            all && has(":iam::aws:policy/")
        }
        Kind::PolicyDocument => names_ecr_action(bytes) || has("*"),
        _ => true,
    };
    matters || escapes_text(bytes)
}

/// Do the bytes write a printable character as `\u0065`, which a look at the bytes can't see through? Terraform itself
/// writes only `<`, `>` and `&` so.
fn escapes_text(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, r"\u00").any(|at| {
        let digits = bytes.get(at + 4..at + 6).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        code.is_some_and(|code| matches!(code, b' '..=b'~') && !b"<>&".contains(&code))
    })
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
    values(bytes, argument).any(|value| value.starts_with(b"true"))
}

/// Do the bytes hold an array for this argument that is not empty?
fn has_blocks(bytes: &[u8], argument: &str) -> bool {
    values(bytes, argument).any(|value| {
        value.strip_prefix(b"[").is_some_and(|rest| !rest.trim_ascii_start().starts_with(b"]"))
    })
}

/// What the values of this argument, wherever they are, begin with.
fn values<'b>(bytes: &'b [u8], argument: &str) -> impl Iterator<Item = &'b [u8]> {
    let key = format!("\"{argument}\"");
    let finder = Finder::new(&key).into_owned();
    let mut rest = bytes;
    iter::from_fn(move || {
        let (_, behind) = rest.split_at_checked(finder.find(rest)? + key.len())?;
        rest = behind;
        Some(rest.trim_ascii_start())
    })
    .filter_map(|value| value.strip_prefix(b":").map(<[u8]>::trim_ascii_start))
}

#[cfg(test)]
mod tests {
    use super::{escapes_text, has_blocks, may_be_unknown};

    #[test]
    fn escaped_letters_are_seen() {
        for yes in [r"\u0065cr:", r"\\u002A", r"x\u003c\u0020"] {
            assert!(escapes_text(yes.as_bytes()), "{yes}");
        }
        for no in ["", r"\u00", r"\u003c\u003E\\u0026", r"\u000a\u00e9", "u0065", r"\u006"] {
            assert!(!escapes_text(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn masks_are_found_in_bytes() {
        assert!(may_be_unknown(br#"{"policy" : true}"#, "policy"));
        assert!(!may_be_unknown(br#"{"policy":"x","policy_id":true}"#, "policy"));
    }

    #[test]
    fn blocks_are_found_in_bytes() {
        let empty = br#"{"after":{"inline_policy": [ ],"name":"inline_policy"},"unknown":{"inline_policy":[]}}"#;
        assert!(!has_blocks(empty, "inline_policy"));
        let full =
            br#"{"before":{"inline_policy":[]},"after":{"inline_policy" : [{"name":"pull"}]}}"#;
        assert!(has_blocks(full, "inline_policy"));
    }
}
