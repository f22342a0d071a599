//! See `wildcard_action.md`.

use super::exposure::{Search, each, is_resource_policy};
use super::label::finding;
use super::{Check, Control, Profile, Run};
use crate::finding::{Severity, Sink};
use crate::judge::Judged;
use crate::policy::Exposure;

pub(super) static CHECK: Check = Check {
    id: "wildcard-action",
    title: "a repository policy grants every action to another account",
    severity: Severity::Medium,
    profile: Profile::Strict,
    controls: &[Control { framework: "CIS Amazon EKS Benchmark", id: "5.1.2" }],
    aliases: &[],
    page: include_str!("wildcard_action.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    let search = Search {
        check: CHECK.id,
        kinds: is_resource_policy,
        fires: &|statement, exposure| statement.every_action.is_some() && reaches_others(exposure),
        might: |_| false,
        whole: false,
    };
    each(judged, &search, sink, |hit, sink| {
        let Some(action) = hit.statement.every_action else { return };
        let message = "another account is granted every action".to_owned();
        let help = "write out the actions that are meant";
        sink.findings
            .push(finding(&CHECK, &hit.attachment.place, action, message, "all of ECR").help(help));
    });
}

const fn reaches_others(exposure: Exposure) -> bool {
    matches!(
        exposure,
        Exposure::CrossAccount
            | Exposure::CrossAccountRoot
            | Exposure::PublicRestricted
            | Exposure::PublicWeak
            | Exposure::Public
    )
}
