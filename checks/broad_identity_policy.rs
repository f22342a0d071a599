//! See `broad_identity_policy.md`.

use super::exposure::{Hit, Search, each, may_do};
use super::label::finding;
use super::{Check, Control, Profile, Run};
use crate::finding::{Finding, Severity, Sink};
use crate::judge::Judged;
use crate::model::AttachmentKind;
use crate::origin::Origin;
use crate::policy::{Exposure, Pointer, StatementAnalysis};

pub(super) static CHECK: Check = Check {
    id: "broad-identity-policy",
    title: "an IAM policy grants ECR actions on every repository",
    severity: Severity::Medium,
    profile: Profile::Default,
    controls: &[
        Control { framework: "CIS Amazon EKS Benchmark", id: "5.1.2" },
        Control { framework: "CIS Amazon EKS Benchmark", id: "5.1.3" },
    ],
    aliases: &[],
    page: include_str!("broad_identity_policy.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    let strict = judged.settings.strict;
    let search = Search {
        check: CHECK.id,
        kinds: |kind| kind == AttachmentKind::Identity,
        fires: &|statement, exposure| fires(statement, exposure, strict),
        might: |worst| matches!(worst, Exposure::IdPushAll | Exposure::IdAdminAll),
        whole: false,
    };
    each(judged, &search, sink, |hit, sink| sink.findings.push(report(hit)));
}

fn fires(statement: &StatementAnalysis<'_>, exposure: Exposure, strict: bool) -> bool {
    match exposure {
        Exposure::IdAdminAll | Exposure::IdPushAll => strict || statement.names_ecr,
        Exposure::IdPullAll => strict,
        Exposure::None
        | Exposure::SameAccount
        | Exposure::ServiceScoped
        | Exposure::CrossAccount
        | Exposure::CrossAccountRoot
        | Exposure::PublicRestricted
        | Exposure::ServiceOpen
        | Exposure::PublicWeak
        | Exposure::Public
        | Exposure::IdScoped
        | Exposure::Invalid
        | Exposure::Unknown => false,
    }
}

fn report(hit: &Hit<'_>) -> Finding {
    let severity = match hit.exposure {
        Exposure::IdAdminAll => Severity::High,
        Exposure::IdPullAll => Severity::Low,
        _ => CHECK.severity,
    };
    let doing = may_do(hit.statement.actions, hit.attachment.kind);
    let message = format!("whoever has this policy may {doing} of the account");
    let place = &hit.attachment.place;
    let mut finding = finding(&CHECK, place, resource(hit.statement), message, "every repository")
        .severity(severity)
        .help("grant it on the repositories that are meant; only account-level actions need `*`");
    finding.exposure = Some(hit.exposure);
    finding
}

/// The element that says "everything"; where none is written, the statement.
fn resource<'a>(statement: &StatementAnalysis<'a>) -> &'a Origin {
    let mut pointers = statement.pointers.iter().rev();
    let resource = pointers.find(|pointer| pointer.json_pointer().contains("Resource"));
    resource.map_or(statement.origin, Pointer::origin)
}
