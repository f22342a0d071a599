//! See `invalid_tag_mutability.md`.

use super::label::finding;
use super::{Check, Profile, Run};
use crate::finding::{Severity, Sink};
use crate::judge::Judged;

pub(super) static CHECK: Check = Check {
    id: "invalid-tag-mutability",
    title: "a tag setting that plan or apply will reject",
    severity: Severity::Medium,
    profile: Profile::Default,
    controls: &[],
    aliases: &[],
    page: include_str!("invalid_tag_mutability.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    for judged in &judged.repositories {
        for problem in &judged.tags.problems {
            let place = &judged.repository.place;
            let finding = finding(
                &CHECK,
                place,
                &problem.origin,
                problem.message.clone(),
                "will be rejected",
            );
            sink.findings.push(finding.help(problem.help.clone()));
        }
    }
}
