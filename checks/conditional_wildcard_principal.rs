//! See `conditional_wildcard_principal.md`.

use super::exposure::{Search, each, is_resource_policy, may_do};
use super::label::finding;
use super::{Check, Control, Profile, Run};
use crate::finding::{Severity, Sink};
use crate::judge::Judged;
use crate::policy::Exposure;

pub(super) static CHECK: Check = Check {
    id: "conditional-wildcard-principal",
    title: "a policy names everyone, and only a condition keeps strangers out",
    severity: Severity::Low,
    profile: Profile::Default,
    controls: &[
        Control { framework: "CloudGuard", id: "D9.AWS.IAM.103" },
        Control { framework: "CIS Amazon EKS Benchmark", id: "5.1.2" },
    ],
    aliases: &["D9.AWS.IAM.103"],
    page: include_str!("conditional_wildcard_principal.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    let severity = if judged.settings.strict { Severity::Medium } else { CHECK.severity };
    let search = Search {
        check: CHECK.id,
        kinds: is_resource_policy,
        fires: &|_, exposure| exposure == Exposure::PublicRestricted,
        might: |worst| worst == Exposure::PublicRestricted,
        whole: false,
    };
    each(judged, &search, sink, |hit, sink| {
        let statement = hit.statement;
        let principal = statement.principal.as_ref().unwrap_or(&statement.origin);
        let doing = may_do(statement.actions, hit.attachment.kind);
        let message =
            format!("everyone is named as principal, and one test decides who may {doing}");
        let mut finding = finding(
            &CHECK,
            &hit.attachment.place,
            principal,
            message,
            "any principal of any AWS account",
        )
        .severity(severity)
        .help("name accounts or roles instead; waive it where the organization is what is meant");
        finding.exposure = Some(hit.exposure);
        if let Some(closing) = &statement.closing {
            finding = finding.label(closing.origin.span, closing.reason.as_str());
        }
        sink.findings.push(finding);
    });
}
