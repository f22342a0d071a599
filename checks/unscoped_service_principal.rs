//! See `unscoped_service_principal.md`.

use super::exposure::{Search, each, is_resource_policy, may_do};
use super::label::finding;
use super::{Check, Profile, Run};
use crate::finding::{Severity, Sink};
use crate::judge::Judged;
use crate::origin::Origin;
use crate::policy::Exposure;

pub(super) static CHECK: Check = Check {
    id: "unscoped-service-principal",
    title: "an AWS service may act on behalf of anybody",
    severity: Severity::Medium,
    profile: Profile::Default,
    controls: &[],
    aliases: &[],
    page: include_str!("unscoped_service_principal.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    let search = Search {
        check: CHECK.id,
        kinds: is_resource_policy,
        fires: &|_, exposure| exposure == Exposure::ServiceOpen,
        might: |worst| worst == Exposure::ServiceOpen,
        whole: false,
    };
    each(judged, &search, sink, |hit, sink| {
        let statement = hit.statement;
        let services =
            statement.grantees.iter().filter(|grantee| grantee.exposure == Exposure::ServiceOpen);
        let mut origins: Vec<&Origin> = services.map(|grantee| grantee.origin).collect();
        if origins.is_empty() {
            origins.push(statement.principal.unwrap_or(statement.origin));
        }
        for origin in origins {
            let doing = may_do(statement.actions, hit.attachment.kind);
            let message = format!("an AWS service may {doing} on behalf of anybody");
            let mut finding = finding(&CHECK, &hit.attachment.place, origin, message, "works for every customer")
                .help("add a condition on `aws:SourceAccount` or `aws:SourceArn` with your account written out");
            finding.exposure = Some(hit.exposure);
            for test in &statement.failing {
                finding = finding.label(test.origin.span, test.reason.as_str());
            }
            sink.findings.push(finding);
        }
    });
}
