//! See `force_delete.md`.

use super::field::{Outcome, test, unknown};
use super::label::finding;
use super::{Check, Profile, Run};
use crate::finding::{Severity, Sink};
use crate::judge::{Judged, JudgedRepository};

pub(super) static CHECK: Check = Check {
    id: "force-delete",
    title: "destroying the repository deletes its images",
    severity: Severity::Low,
    profile: Profile::Strict,
    controls: &[],
    aliases: &[],
    page: include_str!("force_delete.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    for JudgedRepository { repository, .. } in &judged.repositories {
        let place = &repository.place;
        let field = &repository.force_delete;
        match test(field, &|forced| *forced, &bool::to_string) {
            Outcome::Passes => {}
            Outcome::Violates(origin) => {
                let message =
                    "destroying this repository deletes it with all its images".to_owned();
                let help = "take the argument out; waive the finding where the repository is meant to be short-lived";
                sink.findings.push(finding(&CHECK, place, origin, message, "set here").help(help));
            }
            Outcome::Unknown { why, arms } => {
                sink.unknowns.push(unknown(CHECK.id, place, &field.origin, why, arms));
            }
        }
    }
}
