//! See `provider_managed_encryption.md`.

use super::field::{Outcome, test, unknown};
use super::label::finding;
use super::{Check, Control, Profile, Run};
use crate::finding::{Severity, Sink};
use crate::judge::{Judged, JudgedRepository};
use crate::model::{Repository, RepositoryKind};

pub(super) static CHECK: Check = Check {
    id: "provider-managed-encryption",
    title: "images are encrypted with a key of AWS, not with one of your own",
    severity: Severity::Low,
    profile: Profile::Strict,
    controls: &[Control { framework: "AWS Security Hub", id: "ECR.5" }],
    aliases: &["ECR.5", "CKV_AWS_136", "AWS-0033", "AVD-AWS-0033"],
    page: include_str!("provider_managed_encryption.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    for JudgedRepository { repository, .. } in &judged.repositories {
        match repository.kind {
            RepositoryKind::Private | RepositoryKind::CreationTemplate => check(repository, sink),
            RepositoryKind::Public => {}
        }
    }
}

fn check(repository: &Repository, sink: &mut Sink) {
    let place = &repository.place;
    let message = || "images are not encrypted with a key of your own".to_owned();
    let help = "set `encryption_type` to `KMS` and `kms_key` to a key of yours; the repository is replaced by that";
    let kind = &repository.encryption_type;
    match test(kind, &|kind| !kind.starts_with("KMS"), &String::clone) {
        Outcome::Passes => {}
        Outcome::Violates(origin) => {
            sink.findings.push(
                finding(&CHECK, place, origin, message(), "encrypted by ECR itself").help(help),
            );
            return;
        }
        Outcome::Unknown { why, arms } => {
            sink.unknowns.push(unknown(CHECK.id, place, &kind.origin, why, arms));
            return;
        }
    }
    let key = &repository.kms_key;
    let own =
        |key: &Option<String>| key.as_deref().is_some_and(|key| !key.ends_with("alias/aws/ecr"));
    match test(key, &|key| !own(key), &|key| key.clone().unwrap_or_else(|| "absent".to_owned())) {
        Outcome::Passes => {}
        Outcome::Violates(origin) => {
            // An absent key is told at the type, which stands in the same block.
            let origin =
                if key.known().is_some_and(Option::is_none) { &kind.origin } else { origin };
            sink.findings.push(
                finding(&CHECK, place, origin, message(), "with the key `aws/ecr`").help(help),
            );
        }
        Outcome::Unknown { why, arms } => {
            sink.unknowns.push(unknown(CHECK.id, place, &key.origin, why, arms))
        }
    }
}
