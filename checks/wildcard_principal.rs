//! See `wildcard_principal.md`.

use super::exposure::{Hit, Search, each, is_resource_policy, may_do};
use super::label::finding;
use super::{Check, Control, Profile, Run};
use crate::finding::{Finding, Severity, Sink};
use crate::judge::Judged;
use crate::policy::{Exposure, Witness};

pub(super) static CHECK: Check = Check {
    id: "wildcard-principal",
    title: "a policy lets everyone in",
    severity: Severity::High,
    profile: Profile::Default,
    controls: &[
        Control { framework: "CIS Amazon EKS Benchmark", id: "5.1.2" },
        Control { framework: "CloudGuard", id: "D9.AWS.IAM.102" },
    ],
    aliases: &["D9.AWS.IAM.102", "CKV_AWS_32", "AWS-0032", "AVD-AWS-0032"],
    page: include_str!("wildcard_principal.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    let search = Search {
        check: CHECK.id,
        kinds: is_resource_policy,
        fires: &|_, exposure| exposure.is_public(),
        might: Exposure::is_public,
        whole: true,
    };
    each(judged, &search, sink, |hit, sink| sink.findings.push(report(hit)));
}

fn report(hit: &Hit<'_>) -> Finding {
    let statement = hit.statement;
    let place = &hit.attachment.place;
    let principal = statement.principal.as_ref().unwrap_or(&statement.origin);
    let doing = may_do(statement.actions, hit.attachment.kind);
    let weak =
        if hit.exposure == Exposure::PublicWeak { ": no condition restricts who" } else { "" };
    let taken =
        if statement.exposure == Exposure::Invalid { ", if the document is accepted" } else { "" };
    let message = format!("everyone may {doing}{weak}{taken}");
    let severity = if statement.actions.writes() { Severity::Critical } else { Severity::High };
    let mut finding =
        finding(&CHECK, place, principal, message, "any principal of any AWS account")
            .severity(severity)
            .help(help(statement.witness.as_deref()));
    finding.exposure = Some(hit.exposure);
    for test in &statement.failing {
        finding = finding.label(test.origin.span, test.reason.as_str());
    }
    for deny in &statement.failed_denies {
        finding = finding.label(deny.origin.span, deny.reason.as_str());
    }
    finding
}

fn help(witness: Option<&Witness>) -> String {
    let advice = "name the accounts or roles that need access, or close it with a fixed `aws:PrincipalOrgID`";
    match witness {
        Some(witness) => format!("{advice}\nfor example, {witness}"),
        None => advice.to_owned(),
    }
}
