//! See `mutable_tags.md`.

use super::label::finding;
use super::tags::{self, Scope};
use super::{Check, Control, Profile, Run};
use crate::finding::{Severity, Sink};
use crate::judge::Judged;
use crate::model::RepositoryKind;
use crate::mutability::Mutability;

pub(super) static CHECK: Check = Check {
    id: "mutable-tags",
    title: "an image tag can be overwritten",
    severity: Severity::Medium,
    profile: Profile::Default,
    controls: &[
        Control { framework: "AWS Security Hub", id: "ECR.2" },
        Control { framework: "AWS Control Tower", id: "CT.ECR.PR.3" },
        Control { framework: "NIST SP 800-53 r5", id: "CA-9(1)" },
        Control { framework: "NIST SP 800-53 r5", id: "CM-2" },
        Control { framework: "NIST SP 800-53 r5", id: "CM-8(1)" },
    ],
    aliases: &[
        "ECR.2",
        "CT.ECR.PR.3",
        "CKV_AWS_51",
        "AWS-0031",
        "AVD-AWS-0031",
        "AWS078",
        "aws-ecr-enforce-immutable-repository",
        "33f41d31-86b1-46a4-81f7-9c9a671f59ac",
        "repository-image-tag-mutability",
    ],
    page: include_str!("mutable_tags.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    let strict = judged.settings.strict;
    tags::each(
        judged,
        Scope::Setting,
        CHECK.id,
        &|verdict| violates(verdict, strict),
        sink,
        |found, sink| {
            let what = match found.repository.kind {
                RepositoryKind::CreationTemplate => {
                    "tags of repositories made from this template can be overwritten"
                }
                RepositoryKind::Private | RepositoryKind::Public => {
                    "tags of this repository can be overwritten"
                }
            };
            let (here, help) = words(found.mutability);
            let finding =
                finding(&CHECK, &found.repository.place, found.origin, what.to_owned(), here);
            sink.findings.push(finding.help(help));
        },
    );
}

fn violates(mutability: Mutability, strict: bool) -> bool {
    match mutability {
        Mutability::Mutable | Mutability::MutableDefault | Mutability::MutablePartial => true,
        Mutability::MutableLocked => strict,
        Mutability::ImmutableVoid
        | Mutability::ImmutableHoled
        | Mutability::ImmutableFloating
        | Mutability::Immutable
        | Mutability::Invalid
        | Mutability::Unknown
        | Mutability::NotApplicable => false,
    }
}

/// What the label says, and what to do.
fn words(mutability: Mutability) -> (&'static str, &'static str) {
    let set = "set it to `IMMUTABLE`, and give each build a tag of its own";
    match mutability {
        Mutability::MutableDefault => ("nothing is set, which is `MUTABLE`", set),
        Mutability::MutablePartial => (
            "only tags that match a filter are protected",
            "turn it around: `IMMUTABLE_WITH_EXCLUSION` with a filter for the tags that must move, or `IMMUTABLE`",
        ),
        Mutability::MutableLocked => (
            "a filter protects every tag, but Security Hub passes `IMMUTABLE` only",
            "set it to `IMMUTABLE` and take the filters out",
        ),
        Mutability::Mutable
        | Mutability::ImmutableVoid
        | Mutability::ImmutableHoled
        | Mutability::ImmutableFloating
        | Mutability::Immutable
        | Mutability::Invalid
        | Mutability::Unknown
        | Mutability::NotApplicable => ("every tag can be pushed again", set),
    }
}
