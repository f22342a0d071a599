//! What the configuration of a plan tells: which repository a policy hangs on, what is known of a policy that is known
//! only after apply, what must not be printed. The plans were made by terraform from the sources beside them.

use ecrlint::model::{Fact, Target};
use ecrlint::plan::{IdentityPolicies, Options, read};
use ecrlint::source::Sources;
use serde_json::json;

use super::{attachment, document, plan, recorded, repository};

#[track_caller]
fn target(policy: &str) -> Target {
    let unit = plan(&recorded("70-links/plan.json")).unwrap();
    attachment(&unit.model, policy).target.clone()
}

#[track_caller]
fn assert_target(policy: &str, repository: &str) {
    assert_eq!(target(policy), Target::Address(repository.into()));
}

#[test]
fn for_each_over_a_resource_keeps_the_key() {
    assert_target("aws_ecr_repository_policy.chained[\"a\"]", "aws_ecr_repository.by_key[\"a\"]");
    assert_target(
        r#"aws_ecr_repository_policy.chained["odd \"key\" $${x} é"]"#,
        r#"aws_ecr_repository.by_key["odd \"key\" $${x} é"]"#,
    );
}

#[test]
fn an_index_picks_the_instance() {
    assert_target("aws_ecr_repository_policy.constant_index", "aws_ecr_repository.counted[1]");
    assert_target("aws_ecr_repository_policy.counted[0]", "aws_ecr_repository.counted[0]");
    assert_target("aws_ecr_repository_policy.counted[1]", "aws_ecr_repository.counted[1]");
}

#[test]
fn arguments_and_outputs_of_modules_are_followed() {
    assert_target("aws_ecr_repository_policy.output", "module.repo[\"y\"].aws_ecr_repository.this");
    assert_target(
        "aws_ecr_repository_policy.output_by_key[\"x\"]",
        "module.repo[\"x\"].aws_ecr_repository.this",
    );
    assert_target(
        "module.wrap.module.pol.aws_ecr_repository_policy.this",
        "module.repo[\"x\"].aws_ecr_repository.this",
    );
}

#[test]
fn a_repository_from_elsewhere_is_named() {
    assert_eq!(
        target("aws_ecr_repository_policy.external"),
        Target::External("somewhere-else".into())
    );
    assert_target("aws_ecrpublic_repository_policy.public", "aws_ecrpublic_repository.public");
}

/// A plan has no locals.
#[test]
fn a_local_hides_the_repository() {
    let Target::Unknown(why) = target("aws_ecr_repository_policy.through_local") else {
        panic!("known")
    };
    assert_eq!(&*why.reason, "known only after apply: it depends on `local.id`");
}

#[test]
fn a_deferred_document_is_known_but_for_its_unknown_parts() {
    let unit = plan(&recorded("71-documents/plan.json")).unwrap();
    let unknown = json!({"$unknown": "known only after apply"});
    let pull = json!({
        "Sid": "pull", "Effect": "Allow",
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "Principal": {"AWS": unknown},
    });
    let open = json!({
        "Sid": "open", "Effect": "Allow", "Action": "ecr:PutImage", "Principal": {"AWS": "*"},
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"]}},
    });
    let base = document(attachment(&unit.model, "aws_ecr_repository_policy.base"));
    assert_eq!(base["Statement"], json!([pull, open]));

    // The own statement takes the place of the one with the same Sid in a source document.
    let closed = json!({"Sid": "pull", "Effect": "Deny", "Action": "ecr:*", "Principal": "*"});
    let list = json!({"Effect": "Allow", "Action": "ecr:ListImages", "Principal": {"AWS": "111122223333"}});
    let merged = document(attachment(&unit.model, "aws_ecr_repository_policy.merged"));
    assert_eq!(merged["Statement"], json!([closed, open, list]));
}

#[test]
fn what_else_is_known_after_apply_stays_unknown() {
    let unit = plan(&recorded("71-documents/plan.json")).unwrap();
    for name in ["function", "encoded"] {
        let attachment = attachment(&unit.model, &format!("aws_ecr_repository_policy.{name}"));
        let Fact::Unknown(why) = &attachment.document.fact else { panic!("{name} is known") };
        assert!(
            why.reason.starts_with("known only after apply: it depends on `aws_iam_role.ci."),
            "{why:?}"
        );
    }
}

#[test]
fn identity_policies_matter_where_they_name_ecr() {
    let bytes = recorded("71-documents/plan.json");
    let unit = plan(&bytes).unwrap();
    let identities = |unit: &ecrlint::model::Unit| -> Vec<String> {
        let addresses =
            unit.model.attachments.iter().map(|attachment| attachment.place.address.to_string());
        addresses.filter(|address| address.starts_with("aws_iam")).collect()
    };
    assert_eq!(identities(&unit), ["aws_iam_policy.identity"]);
    let notes: Vec<_> = unit.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(notes, ["1 identity policies are known only after apply, and not checked"]);

    let all = Options { identity_policies: IdentityPolicies::All, ..Options::default() };
    let unit = read(bytes.as_slice(), "plan.json", &Sources::new(), &all).unwrap().into_unit();
    assert_eq!(
        identities(&unit),
        ["aws_iam_policy.identity", "aws_iam_policy.other", "aws_iam_policy.unknown"]
    );
}

/// Sensitive values are judged, but neither their text nor the plan around it can be printed.
#[test]
fn sensitive_values_are_covered() {
    let sources = Sources::new();
    let bytes = recorded("72-masks/plan.json");
    let unit =
        read(bytes.as_slice(), "plan.json", &sources, &Options::default()).unwrap().into_unit();
    let repository = repository(&unit.model, "aws_ecr_repository.app");
    assert_eq!(repository.name.known().map(String::as_str), Some("name-secret"));
    assert!(repository.name.origin.sensitive);
    assert!(!repository.tag_mutability.origin.sensitive);
    let policy = attachment(&unit.model, "aws_ecr_repository_policy.app");
    assert!(policy.document.origin.sensitive);
    assert_eq!(document(policy)["Statement"][0]["Principal"], "*");

    for span in [repository.place.block, policy.place.block] {
        let file = sources.get(span.file);
        let text = std::str::from_utf8(file.text()).unwrap();
        assert!(!text.contains("secret"), "{text}");
        // Nothing moved: what is not covered is the same bytes as in the plan.
        let start = usize::try_from(file.base().offset).unwrap();
        let whole = &bytes[start..start + text.len()];
        assert_eq!(String::from_utf8_lossy(whole).chars().count(), text.chars().count());
        assert_eq!(
            text.find("after_sensitive"),
            String::from_utf8_lossy(whole).find("after_sensitive")
        );
    }
    assert!(
        sources.get(repository.place.block.file).text().windows(7).any(|bytes| bytes == b"MUTABLE")
    );
}
