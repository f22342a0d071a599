//! See `cross_account_access.md`.

use super::exposure::{Search, each, is_resource_policy, may_do};
use super::label::finding;
use super::{Check, Profile, Run};
use crate::finding::{Severity, Sink};
use crate::judge::{Judged, Settings};
use crate::policy::{Exposure, Grantee};

pub(super) static CHECK: Check = Check {
    id: "cross-account-access",
    title: "a policy lets in an account that is not named as trusted",
    severity: Severity::Low,
    profile: Profile::Strict,
    controls: &[],
    aliases: &[],
    page: include_str!("cross_account_access.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    let settings = judged.settings;
    let search = Search {
        check: CHECK.id,
        kinds: is_resource_policy,
        fires: &|statement, _| {
            statement.grantees.iter().any(|grantee| is_stranger(grantee, settings))
        },
        might: |_| false,
        whole: false,
    };
    each(judged, &search, sink, |hit, sink| {
        for grantee in
            hit.statement.grantees.iter().filter(|grantee| is_stranger(grantee, settings))
        {
            let doing = may_do(hit.statement.actions, hit.attachment.kind);
            let account = grantee.account.unwrap_or_default();
            let message = format!("account `{account}` may {doing}");
            let help = "name the account in `trusted_accounts` of `.ecrlint.hcl`, or take it out";
            let place = &hit.attachment.place;
            let mut finding =
                finding(&CHECK, place, grantee.origin, message, "not a trusted account").help(help);
            finding.exposure = Some(grantee.exposure);
            sink.findings.push(finding);
        }
    });
}

fn is_stranger(grantee: &Grantee<'_>, settings: &Settings) -> bool {
    let other = matches!(grantee.exposure, Exposure::CrossAccount | Exposure::CrossAccountRoot);
    let is_trusted = |account| settings.trusted_accounts.iter().any(|trusted| trusted == account);
    other && grantee.account.is_some_and(|account| !is_trusted(account))
}
