//! Which documents have to do with ECR at all: [`names_ecr`].

use super::node::{Data, Node, Text};

/// Does a document name an action of ECR? Everybody may be given `GetAuthorizationToken`: it does not count; nor does
/// what else stands in a statement that is all about actions of other services.
pub fn names_ecr(document: &Node) -> bool {
    match &document.data {
        Data::String(Text::Known(text)) => names_ecr_action(text.as_bytes()),
        Data::Array(items) => items.iter().any(names_ecr),
        Data::Object(_) if document.get("Action").is_some_and(names_only_others) => false,
        Data::Object(members) => members.iter().any(|member| names_ecr(&member.value)),
        Data::Unknown(_)
        | Data::Null
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(Text::Partial(_)) => false,
    }
}

/// Are these actions, or is this one, all of other services?
fn names_only_others(actions: &Node) -> bool {
    match &actions.data {
        Data::String(Text::Known(action)) => is_of_another_service(action),
        Data::Array(actions) => !actions.is_empty() && actions.iter().all(names_only_others),
        Data::Unknown(_)
        | Data::Null
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(Text::Partial(_))
        | Data::Object(_) => false,
    }
}

/// Is an action, as a statement names it, certainly none of ECR?
pub fn is_of_another_service(action: &str) -> bool {
    let service = action.split_once(':').map_or("", |(service, _)| service);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !service.is_empty()
        && service.bytes().all(is_name)
        && !["ecr", "ecr-public"].iter().any(|ecr| service.eq_ignore_ascii_case(ecr))
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
    use super::{is_of_another_service, names_ecr_action};

    #[test]
    fn actions_of_other_services_are_known() {
        for yes in ["s3:GetObject", "kms:*", "aws-portal:ViewBilling", "ecrx:Get"] {
            assert!(is_of_another_service(yes), "{yes}");
        }
        for no in [
            "ecr:PutImage",
            "ECR-Public:*",
            "*",
            "e*:PutImage",
            "ec?:PutImage",
            "",
            "PutImage",
            ":x",
        ] {
            assert!(!is_of_another_service(no), "{no}");
        }
    }

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
