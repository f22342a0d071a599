//! See `no_scan_on_push.md`.

use super::field::{Outcome, test, unknown};
use super::label::finding;
use super::{Check, Control, Profile, Run};
use crate::finding::{Severity, Sink};
use crate::judge::{Judged, JudgedRepository};
use crate::model::{Model, Repository, RepositoryKind, ScanningRule};
use crate::policy::wildcard;

pub(super) static CHECK: Check = Check {
    id: "no-scan-on-push",
    title: "images are not scanned for vulnerabilities when they are pushed",
    severity: Severity::Medium,
    profile: Profile::Strict,
    controls: &[
        Control { framework: "AWS Security Hub", id: "ECR.1" },
        Control { framework: "AWS Control Tower", id: "CT.ECR.PR.2" },
        Control { framework: "NIST SP 800-53 r5", id: "RA-5" },
        Control { framework: "CIS Amazon EKS Benchmark", id: "5.1.1" },
    ],
    aliases: &["ECR.1", "CT.ECR.PR.2", "CKV_AWS_163", "AWS-0030", "AVD-AWS-0030"],
    page: include_str!("no_scan_on_push.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    let model = &judged.unit.model;
    for JudgedRepository { repository, .. } in &judged.repositories {
        match repository.kind {
            RepositoryKind::Private => check(model, repository, sink),
            RepositoryKind::Public | RepositoryKind::CreationTemplate => {}
        }
    }
}

fn check(model: &Model, repository: &Repository, sink: &mut Sink) {
    let place = &repository.place;
    let field = &repository.scan_on_push;
    let outcome = test(field, &|scans| !scans, &bool::to_string);
    if matches!(outcome, Outcome::Passes)
        || model.scanning_rules.iter().any(|rule| scans(rule, repository))
    {
        return;
    }
    match outcome {
        Outcome::Passes => {}
        Outcome::Violates(origin) => {
            let message =
                "images of this repository are not scanned when they are pushed".to_owned();
            let help = "add an `aws_ecr_registry_scanning_configuration` with a rule that matches its name";
            sink.findings
                .push(finding(&CHECK, place, origin, message, "no scan on push").help(help));
        }
        Outcome::Unknown { why, arms } => {
            sink.unknowns.push(unknown(CHECK.id, place, &field.origin, why, arms))
        }
    }
}

/// Does the registry rule scan this repository, as far as both are known? A rule or a name that is not known counts:
/// it is not reported as missing.
fn scans(rule: &ScanningRule, repository: &Repository) -> bool {
    let scans = rule.frequency.known().is_none_or(|frequency| frequency != "MANUAL");
    let matches = |filter: &String, name: &String| wildcard::matches(filter, name);
    scans
        && rule.filters.iter().any(|filter| match (filter.known(), repository.name.known()) {
            (Some(filter), Some(name)) => matches(filter, name),
            (Some(_) | None, _) => true,
        })
}
