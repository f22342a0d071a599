//! `ecrlint why`.

use std::io;

use super::args::WhyArgs;
use super::output::{Outcome, Status, Usage, colored};
use super::run::{Read, Session};
use super::walk::input_problem;
use crate::checks::{self, Check, Profile, Run};
use crate::disk::join;
use crate::finding::Sink;
use crate::judge::{self, Judged};
use crate::model::{Place, ProblemKind};
use crate::report::{Counts, Report, UnitFindings, sort_problems, text};
use crate::source::Sources;

/// The checks about repositories; all others are about policies.
const ABOUT_REPOSITORIES: [&str; 7] = [
    "force-delete",
    "invalid-tag-mutability",
    "leaky-exclusion-filter",
    "mutable-tags",
    "no-lifecycle-policy",
    "no-scan-on-push",
    "provider-managed-encryption",
];

/// What the user asks about.
enum Target<'a> {
    Address(&'a str),
    Line { path: String, line: u64 },
}

/// Tells each check's verdict on a resource, with the way of the value that decides.
pub(super) fn why(args: &WhyArgs) -> Result<Outcome, Usage> {
    let session = Session::new(&args.input, &args.judging, &args.screen)?;
    let target = Target::of(&args.target);
    let options = text::Options {
        colored: colored(args.screen.color, &io::stdout()),
        verbose: args.screen.verbose,
    };
    let outcomes = session.run(|read| (tell(read, &target, &session, options), read.problems()));
    let (told, problems): (Vec<String>, Vec<_>) = outcomes.units.into_iter().unzip();
    let mut problems: Vec<_> = problems.into_iter().flatten().chain(outcomes.problems).collect();
    let output = told.concat();
    if output.is_empty() {
        let message = format!("there is no ECR resource `{}`", args.target);
        problems.push(input_problem(
            &args.target,
            message,
            Some("`ecrlint inspect` lists what there is"),
        ));
    }
    sort_problems(&mut problems, &session.sources);
    let is_incomplete = problems.iter().any(|problem| problem.kind != ProblemKind::Note);
    Ok(Outcome {
        output,
        messages: session.messages(&problems, &args.screen),
        status: if is_incomplete { Status::Incomplete } else { Status::Clean },
    })
}

impl<'a> Target<'a> {
    fn of(text: &'a str) -> Self {
        let line = text.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse().ok()?)));
        match line {
            Some((path, line)) => Self::Line { path: join(".", path), line },
            None => Self::Address(text),
        }
    }

    fn is(&self, place: &Place, sources: &Sources) -> bool {
        match self {
            Self::Address(address) => *place.address == **address,
            Self::Line { path, line } => {
                let file = sources.get(place.block.file);
                let lines = file.position(place.block.range.start).line
                    ..=file.position(place.block.range.end).line;
                **file.path() == **path && lines.contains(line)
            }
        }
    }
}

/// What there is to tell about the resources of a unit that are asked for.
fn tell(
    read: &Read<'_>,
    target: &Target<'_>,
    session: &Session<'_>,
    options: text::Options,
) -> String {
    let judged = judge::judge(read.unit, &session.settings);
    let repositories = judged.repositories.iter().map(|judged| (&judged.repository.place, true));
    let attachments = judged.attachments.iter().map(|judged| (&judged.attachment.place, false));
    let all =
        repositories.chain(attachments).filter(|(place, _)| target.is(place, &session.sources));
    all.map(|(place, is_repository)| tell_resource(place, is_repository, &judged, session, options))
        .collect()
}

fn tell_resource(
    place: &Place,
    is_repository: bool,
    judged: &Judged<'_>,
    session: &Session<'_>,
    options: text::Options,
) -> String {
    let mut unit = UnitFindings::empty(judged.unit.root.as_str());
    let mut verdicts = String::new();
    for check in checks::ALL {
        let Run::Model(run) = check.run else { continue };
        let mut sink = Sink::default();
        run(judged, &mut sink);
        sink.findings.retain(|finding| finding.address == place.address);
        sink.unknowns.retain(|unknown| unknown.address == place.address);
        let verdict = match (sink.findings.as_slice(), sink.unknowns.as_slice()) {
            ([_, ..], _) => "fail",
            ([], [_, ..]) => "unknown",
            ([], []) if ABOUT_REPOSITORIES.contains(&check.id) != is_repository => "not applicable",
            ([], []) => "pass",
        };
        verdicts.push_str(&line(verdict, check));
        unit.findings.extend(sink.findings);
        unit.unknowns.extend(sink.unknowns);
    }
    session.hide_sensitive(judged.unit).redact(&mut unit);
    let report = Report::merge(vec![unit], Counts::default(), &session.sources);
    let details = text::render_findings(&report, &session.sources, options);
    format!("{} in {}\n{verdicts}\n{details}", place.address, judged.unit.root)
}

fn line(verdict: &str, check: &Check) -> String {
    let strict = if check.profile == Profile::Strict { " (strict)" } else { "" };
    format!("  {verdict:<15} {}{strict}\n", check.id)
}

#[cfg(test)]
mod tests {
    use super::ABOUT_REPOSITORIES;
    use crate::checks;

    #[test]
    fn the_checks_exist() {
        for id in ABOUT_REPOSITORIES {
            assert!(checks::find(id).is_some_and(|check| check.id == id), "{id}");
        }
    }
}
