//! Which documents have to do with ECR at all: [`names_ecr`].

use super::node::{Data, Node, Text};

/// Does a document name an action of ECR? Everybody may be given `GetAuthorizationToken`: it does not count.
pub fn names_ecr(document: &Node) -> bool {
    match &document.data {
        Data::String(Text::Known(text)) => names_ecr_action(text.as_bytes()),
        Data::Array(items) => items.iter().any(names_ecr),
        Data::Object(members) => members.iter().any(|member| names_ecr(&member.value)),
        Data::Unknown(_)
        | Data::Null
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(Text::Partial(_)) => false,
    }
}

/// Do the bytes name an action of ECR, in any case?
pub fn names_ecr_action(bytes: &[u8]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::names_ecr_action;

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
}
