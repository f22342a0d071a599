//! Collects what is wrong with a document: [`Problems`].

use super::node::Member;
use super::text::At;
use super::verdict::GrammarProblem;
use crate::origin::Origin;

/// What is wrong with a document.
#[derive(Default)]
pub(super) struct Problems<'a> {
    pub(super) list: Vec<GrammarProblem>,
    /// The service will reject the document.
    pub(super) rejected: bool,
    /// The statement that is looked at.
    statement: Option<usize>,
    /// The element of it that is looked at.
    element: Option<At<'a>>,
    /// The elements of the statement that the service will reject.
    rejected_at: Vec<At<'a>>,
    /// How many words were compared with those that are known.
    compared: usize,
}

/// More problems than this are not told.
const PROBLEMS_MAX: usize = 1000;
/// Comparing words takes time: only this many are.
const COMPARED_MAX: usize = 200;
/// Longer words are no misspelling of anything.
const WORD_MAX: usize = 64;
/// A misspelt word differs in this many letters at most.
const DIFFERENCE_MAX: usize = 2;

impl<'a> Problems<'a> {
    /// From here on, problems are those of this statement.
    pub(super) fn enter_statement(&mut self, index: usize, at: At<'a>) {
        self.statement = Some(index);
        self.element = Some(at);
    }

    /// From here on, problems are those of this element.
    pub(super) fn enter_element(&mut self, at: At<'a>) {
        self.element = Some(at);
    }

    /// The elements of the statement that the service will reject.
    pub(super) fn leave_statement(&mut self) -> Vec<At<'a>> {
        (self.statement, self.element) = (None, None);
        std::mem::take(&mut self.rejected_at)
    }

    /// The service will reject the document for it.
    pub(super) fn reject(
        &mut self,
        origin: &Origin,
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) {
        self.rejected = true;
        // One place is enough to point at; the list stays short in a hostile statement.
        if self.rejected_at.last().map(At::keys) != self.element.as_ref().map(At::keys) {
            self.rejected_at.extend(self.element);
        }
        self.push(origin, message.into(), help.into(), true);
    }

    /// The document is taken, and means something else than it seems to.
    pub(super) fn note(
        &mut self,
        origin: &Origin,
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) {
        self.push(origin, message.into(), help.into(), false);
    }

    /// A member that a later one with the same key replaces.
    pub(super) fn lost(&mut self, member: &Member) {
        let key = member.key.known().unwrap_or_default();
        let help = "each key can stand once; merge the two".to_owned();
        self.note(
            &member.key_origin,
            format!("this `{key}` is lost: a later one replaces it"),
            help,
        );
    }

    fn push(&mut self, origin: &Origin, message: String, help: Option<String>, rejected: bool) {
        if self.list.len() < PROBLEMS_MAX {
            let statement = self.statement;
            self.list.push(GrammarProblem {
                origin: origin.clone(),
                statement,
                message,
                help,
                rejected,
            });
        }
    }

    /// The known word that `word` is a misspelling of.
    pub(super) fn suggestion<'k>(&mut self, word: &str, known: &[&'k str]) -> Option<&'k str> {
        self.compared += 1;
        if self.compared > COMPARED_MAX || word.len() > WORD_MAX {
            return None;
        }
        let lower = word.to_ascii_lowercase();
        let near = known.iter().filter_map(|name| {
            let is_as_long = name.len().abs_diff(word.len()) <= DIFFERENCE_MAX;
            let difference =
                is_as_long.then(|| strsim::osa_distance(&lower, &name.to_ascii_lowercase()))?;
            (difference <= DIFFERENCE_MAX && difference * 3 < word.len())
                .then_some((difference, *name))
        });
        near.min_by_key(|(difference, _)| *difference).map(|(_, name)| name)
    }
}

/// "did you mean `name`?"
pub(super) fn did_you_mean(name: Option<&str>) -> Option<String> {
    name.map(|name| format!("did you mean `{name}`?"))
}
