//! `ecrlint inspect`.

use std::io;

use super::args::{InspectArgs, ListFormat};
use super::output::{Outcome, Status, Usage, colored};
use super::run::Session;
use crate::judge::{self, JudgedAttachment, PolicyVerdict};
use crate::model::{AttachmentKind, Problem, ProblemKind};
use crate::policy::Exposure;
use crate::report::inspect::{self, UnitView};
use crate::report::{inspect_text, sort_problems};

/// Shows the model of what the arguments name.
pub(super) fn inspect(args: &InspectArgs) -> Result<Outcome, Usage> {
    let mut session = Session::new(&args.input, &args.judging, &args.screen)?;
    // All that grants ECR is shown, also by `Action = "*"`, whatever the checks of a profile make of it.
    session.settings.strict = true;
    let outcomes = session.run(|read| {
        let mut judged = judge::judge(read.unit, &session.settings);
        judged.repositories.retain(|judged| read.reports([judged.repository.place.block]));
        judged.attachments.retain(|judged| {
            read.reports([judged.attachment.place.block]) && !is_about_something_else(judged)
        });
        (
            UnitView::new(&judged, read.var_file, &session.sources, args.show_sensitive),
            read.problems(),
        )
    });
    let (views, problems): (Vec<UnitView>, Vec<Vec<Problem>>) = outcomes.units.into_iter().unzip();
    let mut problems: Vec<Problem> =
        problems.into_iter().flatten().chain(outcomes.problems).collect();
    sort_problems(&mut problems, &session.sources);
    let is_incomplete = problems.iter().any(|problem| problem.kind != ProblemKind::Note);
    Ok(Outcome {
        output: match args.format {
            ListFormat::Human => {
                inspect_text::render(&views, colored(args.screen.color, &io::stdout()))
            }
            ListFormat::Json => inspect::render_json(&views),
        },
        messages: session.messages(&problems, &args.screen),
        status: if is_incomplete { Status::Incomplete } else { Status::Clean },
    })
}

/// An identity policy that grants nothing of ECR.
fn is_about_something_else(judged: &JudgedAttachment<'_>) -> bool {
    judged.attachment.kind == AttachmentKind::Identity
        && match &judged.verdict {
            PolicyVerdict::Known(ruling) => ruling.analysis.exposure == Exposure::None,
            PolicyVerdict::Unknown(_) | PolicyVerdict::Either { .. } => false,
        }
}
