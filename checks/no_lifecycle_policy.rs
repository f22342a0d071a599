//! See `no_lifecycle_policy.md`.

use super::field::{Outcome, test, unknown};
use super::label::finding;
use super::{Check, Control, Profile, Run};
use crate::finding::{Severity, Sink};
use crate::judge::{Judged, JudgedRepository};
use crate::model::{Model, Repository, RepositoryKind, Target};

pub(super) static CHECK: Check = Check {
    id: "no-lifecycle-policy",
    title: "nothing removes old images",
    severity: Severity::Low,
    profile: Profile::Strict,
    controls: &[
        Control { framework: "AWS Security Hub", id: "ECR.3" },
        Control { framework: "AWS Control Tower", id: "CT.ECR.PR.1" },
    ],
    aliases: &["ECR.3", "CT.ECR.PR.1"],
    page: include_str!("no_lifecycle_policy.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    let model = &judged.unit.model;
    for JudgedRepository { repository, .. } in &judged.repositories {
        match repository.kind {
            RepositoryKind::Private if may_have_policy(model, repository) => {}
            RepositoryKind::Private | RepositoryKind::CreationTemplate => check(repository, sink),
            RepositoryKind::Public => {}
        }
    }
}

/// Is there a lifecycle policy that hangs on this repository, or may hang on it?
fn may_have_policy(model: &Model, repository: &Repository) -> bool {
    let address = &repository.place.address;
    model.lifecycle_policies.iter().any(|policy| match &policy.target {
        Target::Address(target) => target == address,
        Target::Ambiguous(targets) => targets.contains(address),
        Target::Unknown(_) => true,
        Target::External(name) => repository.name.known().is_some_and(|own| **own == **name),
        Target::None => false,
    })
}

fn check(repository: &Repository, sink: &mut Sink) {
    let place = &repository.place;
    let field = &repository.has_lifecycle_policy;
    match test(field, &|has| !has, &bool::to_string) {
        Outcome::Passes => {}
        Outcome::Violates(origin) => {
            let message = "no lifecycle policy removes old images of this repository".to_owned();
            let help = "add an `aws_ecr_lifecycle_policy` for it";
            sink.findings.push(
                finding(&CHECK, place, origin, message, "has no lifecycle policy").help(help),
            );
        }
        Outcome::Unknown { why, arms } => {
            sink.unknowns.push(unknown(CHECK.id, place, &field.origin, why, arms))
        }
    }
}
