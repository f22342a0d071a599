//! Plans and states in JSON, as `terraform show -json` and `tofu show -json` print them: [`read()`].
//!
//! A plan may be larger than memory. It is read piece by piece; only what concerns ECR is decoded and kept, each
//! resource as a text of its own whose places are those of the plan. Everything else is passed over, but to its last
//! byte: strings must be closed and brackets must match, so that half a plan is never taken for a clean one.
//!
//! The order of keys does not matter (`jq -S` sorts them), nor do white space, byte order marks, UTF-16, or lines that
//! a wrapper writes around the plan.

mod adapt;
mod address;
mod agree;
mod blocks;
mod collect;
mod configuration;
mod decode;
mod deferred;
mod entry;
mod identity;
mod join;
mod link;
mod read;
mod resources;
mod scan;
mod sniff;
mod texts;
mod tie;
mod values;
mod variables;
mod window;
mod wrong;

pub use sniff::{InputKind, sniff};

use std::io::Read;

use self::identity::concerns_ecr;
use self::join::Joiner;
use self::read::{Facts, Reader};
use self::tie::{Tied, tie};
use self::wrong::Wrong;
use crate::model::{Attachment, Problem, ProblemKind, Unit, UnitKind};
use crate::source::Sources;
use crate::terraform::{self, Given, Loader};

/// How a plan is read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which identity policies are read.
    pub identity_policies: IdentityPolicies,
    /// Read also what is there before the plan is applied.
    pub before: bool,
}

/// Which of the many identity policies of a plan are read.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum IdentityPolicies {
    /// Those that name an action of ECR: all that the default profile asks for.
    #[default]
    NamingEcr,
    /// All, those that AWS manages included.
    All,
}

/// Newest minor version of the format 1 that this reader was written for.
const NEWEST_MINOR: u64 = 2;

/// A plan or state.
#[derive(Debug)]
pub struct Plan {
    unit: Unit,
    /// The variables of the root module, in the order of their names.
    variables: Vec<Given>,
    /// Identity policies that may name ECR: nothing of them is known.
    doubtful: Vec<Attachment>,
}

/// Reads a plan or a state in JSON to its last byte. `path` is the name that the user knows the input by.
///
/// What the plan leaves open, or what is wrong in it here and there, is among the unit's problems. The resources that
/// are kept go to `sources`, each as a fragment at its place in the plan (offsets of an UTF-16 input are those of the
/// same text in UTF-8), without the values that the plan marks as sensitive.
///
/// # Errors
/// The input can't be read, or it is not a plan: says what it is and what to do.
pub fn read(
    input: impl Read,
    path: &str,
    sources: &Sources,
    options: &Options,
) -> Result<Plan, Problem> {
    let mut reader = match Reader::new(input, path, sources, options) {
        Ok(reader) => reader,
        Err(error) => return Err(Wrong::from(error).problem(path, None, &[], sources)),
    };
    let kind = match reader.read() {
        Ok(kind) => kind,
        Err(wrong) => {
            let section = reader.facts.section.take();
            let wrong = reader.explain(wrong);
            let rest = reader.scanner.window().rest();
            return Err(wrong.problem(path, section.as_deref(), rest, sources));
        }
    };
    let Tied { model, doubtful } = tie(&mut reader.after, &reader.configuration);
    let before = reader.before.as_mut().map(|before| tie(before, &reader.configuration).model);
    let mut problems = std::mem::take(&mut reader.after.problems);
    let notes = notes(kind, &reader.facts).into_iter();
    problems.extend(notes.map(|note| Problem { path: path.to_owned(), ..note }));
    let unit = |model, before, problems| Unit {
        root: path.to_owned(),
        kind: UnitKind::Plan,
        model,
        before,
        problems,
    };
    let before = before.map(|model| Box::new(unit(model, None, Vec::new())));
    let unit = unit(model, before, problems);
    Ok(Plan { unit, variables: reader.facts.variables, doubtful })
}

impl Plan {
    /// Shows the resources in the source that the plan was made from: the root module in `directory`, evaluated with
    /// the plan's variables, and lets the source say what the plan leaves open. Answers how many of the plan's
    /// resources are there; `None` where the plan has none of ours.
    ///
    /// Where plan and source disagree, the plan counts, and a note says so.
    pub fn join(
        &mut self,
        loader: &Loader<'_>,
        directory: &str,
        options: &terraform::Options,
    ) -> Option<usize> {
        let model = &mut self.unit.model;
        let is_empty = model.repositories.is_empty()
            && model.attachments.is_empty()
            && model.lifecycle_policies.is_empty()
            && self.doubtful.is_empty();
        if is_empty {
            return None;
        }
        let values = self.variables.iter().chain(&options.values).cloned().collect();
        let source = loader.evaluate(directory, &terraform::Options { values, ..options.clone() });
        let mut joiner = Joiner::new(&source.model);
        joiner.model(model);
        let known = |policy: &mut Attachment| {
            joiner.attachment(policy) && policy.document.known().is_some()
        };
        let known: Vec<_> = self.doubtful.extract_if(.., known).collect();
        let concerns = |policy: &Attachment| policy.document.known().is_some_and(concerns_ecr);
        model.attachments.extend(known.into_iter().filter(concerns));
        let notes = std::mem::take(&mut joiner.notes).into_iter();
        self.unit
            .problems
            .extend(notes.map(|note| Problem { path: self.unit.root.clone(), ..note }));
        Some(joiner.found)
    }

    /// What is known of the plan.
    pub fn into_unit(mut self) -> Unit {
        if !self.doubtful.is_empty() {
            self.unit.problems.push(Problem {
                kind: ProblemKind::Note,
                path: self.unit.root.clone(),
                span: None,
                message: format!(
                    "{} identity policies are known only after apply, and not checked",
                    self.doubtful.len()
                ),
                help: None,
            });
        }
        self.unit
    }
}

/// What the user should know about the plan as a whole.
fn notes(kind: InputKind, facts: &Facts) -> Vec<Problem> {
    let mut notes = Vec::new();
    let mut tell = |kind, message: String, help: Option<&str>| {
        notes.push(Problem {
            kind,
            path: String::new(),
            span: None,
            message,
            help: help.map(str::to_owned),
        });
    };
    if facts.errored {
        let message =
            "terraform could not finish this plan: what it holds is checked, the rest is not known";
        tell(
            ProblemKind::Input,
            message.to_owned(),
            Some("mend what `terraform plan` reports, and check the new plan"),
        );
    }
    if facts.incomplete {
        let message = "terraform calls this plan incomplete: other changes will follow (`-target`, or deferred changes)";
        tell(ProblemKind::Note, message.to_owned(), None);
    }
    if facts.deferred > 0 {
        let message = format!(
            "{} changes are deferred to a later plan, and known only in part",
            facts.deferred
        );
        tell(ProblemKind::Note, message, None);
    }
    if kind == InputKind::State {
        tell(ProblemKind::Note, "this is a state: it is checked as it is now".to_owned(), None);
    } else if !facts.sections.contains(&"resource_changes") {
        tell(ProblemKind::Note, "this plan changes no resource".to_owned(), None);
    }
    if facts.version().is_some_and(|(major, minor)| major == 1 && minor > NEWEST_MINOR) {
        let version = facts.format_version.as_deref().unwrap_or_default();
        tell(
            ProblemKind::Note,
            format!(
                "format version `{version}` is newer than this program: unknown parts are ignored"
            ),
            None,
        );
    }
    if facts.is_wrapped {
        tell(
            ProblemKind::Note,
            "the plan was taken out of the object around it (`plan`)".to_owned(),
            None,
        );
    }
    if facts.is_in_noise {
        let help = "with the action setup-terraform, set `terraform_wrapper: false`";
        tell(
            ProblemKind::Note,
            "there is other text around the plan, which is ignored".to_owned(),
            Some(help),
        );
    }
    notes
}
