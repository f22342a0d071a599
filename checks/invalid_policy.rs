//! See `invalid_policy.md`.

use super::label::finding;
use super::{Check, Profile, Run};
use crate::finding::{Severity, Sink};
use crate::judge::{Judged, JudgedAttachment, PolicyVerdict};

pub(super) static CHECK: Check = Check {
    id: "invalid-policy",
    title: "a policy that the service will reject, or that loses its meaning on the way",
    severity: Severity::Medium,
    profile: Profile::Default,
    controls: &[],
    aliases: &[],
    page: include_str!("invalid_policy.md"),
    run: Run::Model(run),
};

fn run(judged: &Judged<'_>, sink: &mut Sink) {
    for judged in &judged.attachments {
        report(judged, &judged.verdict, sink);
    }
}

/// An alternative that is wrong is wrong to write, whichever is taken.
fn report(judged: &JudgedAttachment<'_>, verdict: &PolicyVerdict<'_>, sink: &mut Sink) {
    match verdict {
        PolicyVerdict::Known(ruling) => {
            for problem in &ruling.analysis.problems {
                let place = &judged.attachment.place;
                let here = if problem.rejected { "will be rejected" } else { "" };
                let finding =
                    finding(&CHECK, place, &problem.origin, problem.message.clone(), here);
                sink.findings.push(finding.help(problem.help.clone().unwrap_or_default()));
            }
        }
        PolicyVerdict::Unknown(_) => {}
        PolicyVerdict::Either { arms, .. } => arms.iter().for_each(|arm| report(judged, arm, sink)),
    }
}
