//! A concrete outside request that a document lets through: [`Search`].
//!
//! The rules say that strangers get in; the search shows one who does. It tries callers and request contexts that are
//! made from the document's own values, and answers only with one for which the Allow is true and no Deny.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::action::{ActionSet, Use};
use super::candidates::{self, Stranger};
use super::condition::Test;
use super::document::Document;
use super::principal::{Principals, Who};
use super::request::Request;
use super::statement::{Effect, Reach, Statement};
use super::verdict::{Caller, Context, RequestFact, Witness};

/// Looks for strangers who get in.
pub(super) struct Search<'d, 'a> {
    document: &'d Document<'a>,
    context: &'d Context,
    /// What may deny something, the first few.
    denies: Vec<&'d Statement<'a>>,
    /// There are more of them than are looked at.
    more_denies: bool,
    /// How many requests and tests may still be looked at.
    budget: Cell<usize>,
}

/// More Deny statements than this are not looked at: no witness then.
const DENIES_MAX: usize = 64;
/// More tests than this are not looked at.
const TESTS_MAX: usize = 256;
/// How many requests and tests are looked at for a document.
const BUDGET: usize = 200_000;
/// How many requests are tried for one action of a statement.
const BUDGET_OF_ACTION: usize = 1_000;
/// So many sets of Denies are tried: each stands for the actions of a statement that these Denies are about.
const FAILED_MAX: usize = 4;

impl<'d, 'a> Search<'d, 'a> {
    /// Prepares for the statements of a document.
    pub(super) fn new(document: &'d Document<'a>, context: &'d Context) -> Self {
        let may_deny = |statement: &&Statement<'a>| !matches!(statement.effect, Effect::Allow);
        let mut all = document.statements.iter().filter(may_deny);
        let denies: Vec<&Statement<'a>> = all.by_ref().take(DENIES_MAX).collect();
        Self {
            document,
            context,
            denies,
            more_denies: all.next().is_some(),
            budget: Cell::new(BUDGET),
        }
    }

    /// Finds a request for one of the actions `left` that `allow` lets through and no Deny stops.
    pub(super) fn find(&self, allow: &Statement<'a>, left: ActionSet) -> Option<Box<Witness>> {
        if self.more_denies || self.document.unknown.is_some() {
            return None;
        }
        let mut failed: Vec<Vec<usize>> = Vec::new();
        for action in left.names() {
            let asked = ActionSet::named_by(action, Use::Deny);
            let is_about = |deny: &&&Statement<'a>| !(deny.actions.most & asked).is_empty();
            let denies: Vec<&Statement<'a>> =
                self.denies.iter().filter(is_about).copied().collect();
            let indices: Vec<usize> = denies.iter().map(|deny| deny.index).collect();
            if failed.contains(&indices) {
                continue;
            }
            if let Some(witness) = self.find_for(allow, action, &denies) {
                return Some(witness);
            }
            failed.push(indices);
            if failed.len() == FAILED_MAX {
                break;
            }
        }
        None
    }

    fn find_for(
        &self,
        allow: &Statement<'a>,
        action: &str,
        denies: &[&'d Statement<'a>],
    ) -> Option<Box<Witness>> {
        let tests =
            || denies.iter().chain([&allow]).flat_map(|statement| &statement.conditions.tests);
        let cost = 1 + tests().count();
        self.budget.set(self.budget.get().checked_sub(cost)?);
        if cost > TESTS_MAX {
            return None;
        }
        let mut by_key: ByKey<'_, 'a> = BTreeMap::new();
        for test in tests() {
            by_key.entry(test.key_name.to_ascii_lowercase()).or_default().push(test);
            for variable in candidates::variables(test) {
                by_key.entry(variable.to_ascii_lowercase()).or_default();
            }
        }
        let mut tries = BUDGET_OF_ACTION.min(self.budget.get());
        let before = tries;
        let found = candidates::strangers(&by_key, self.context).into_iter().find_map(|stranger| {
            let attempt =
                Attempt { search: self, allow, denies, stranger: &stranger, tries: &mut tries };
            let request = attempt.complete(&by_key)?;
            Some(Box::new(witness(&stranger, action, &request, allow, denies)))
        });
        self.budget.set(self.budget.get() - (before - tries));
        found
    }
}

/// The tests that matter, by key in lower case.
type ByKey<'s, 'a> = BTreeMap<String, Vec<&'s Test<'a>>>;

/// The search for what else one stranger's request has to have.
struct Attempt<'s, 'd, 'a> {
    search: &'s Search<'d, 'a>,
    allow: &'s Statement<'a>,
    denies: &'s [&'d Statement<'a>],
    stranger: &'s Stranger,
    tries: &'s mut usize,
}

impl<'a> Attempt<'_, '_, 'a> {
    /// Chooses values for all keys that are not the stranger's own.
    fn complete(mut self, by_key: &ByKey<'_, 'a>) -> Option<Request> {
        let (context, language) = (self.search.context, self.search.document.language);
        let mut request = self.stranger.request(context);
        if !is_let_in(&self.allow.reach, self.stranger) {
            return None;
        }
        let mut open: Vec<(&str, Vec<Vec<String>>)> = Vec::new();
        for (key, tests) in by_key {
            let Some(mut values) = candidates::values(key, tests, &request, language, context)
            else {
                if !self.passes_tests_of(key, &request) {
                    return None;
                }
                continue;
            };
            values.retain(|values| {
                request.set(key, values.clone());
                self.passes_tests_of(key, &request)
            });
            if values.is_empty() {
                return None;
            }
            let mut of_denies = self.denies.iter().flat_map(|deny| &deny.conditions.tests);
            let is_denied = of_denies.any(|test| test.key_name.eq_ignore_ascii_case(key));
            let is_variable = tests.is_empty();
            if !is_denied && !is_variable && !candidates::is_linked(key) {
                values.truncate(1);
            }
            open.push((key, values));
        }
        self.choose(&mut request, &open).then_some(request)
    }

    /// Are the Allow's tests of this key true? Those that can't be told count as true.
    fn passes_tests_of(&self, key: &str, request: &Request) -> bool {
        let mut tests = self
            .allow
            .conditions
            .tests
            .iter()
            .filter(|test| test.key_name.eq_ignore_ascii_case(key));
        tests.all(|test| request.passes(test, self.search.document.language) != Some(false))
    }

    /// Sets the keys to values with which the request gets in.
    fn choose(&mut self, request: &mut Request, open: &[(&str, Vec<Vec<String>>)]) -> bool {
        let Some(tries) = self.tries.checked_sub(1) else { return false };
        *self.tries = tries;
        let Some(((key, candidates), rest)) = open.split_first() else {
            return self.gets_in(request);
        };
        candidates.iter().any(|values| {
            request.set(key, values.clone());
            self.choose(request, rest)
        })
    }

    fn gets_in(&self, request: &Request) -> bool {
        let language = self.search.document.language;
        let is_true = |test: &Test<'a>| request.passes(test, language);
        let allowed = self.allow.conditions.unknown.is_none()
            && self.allow.conditions.tests.iter().all(|test| is_true(test) == Some(true));
        let spares = |deny: &&Statement<'a>| {
            is_spared(&deny.reach, self.stranger)
                || deny.conditions.tests.iter().any(|test| is_true(test) == Some(false))
        };
        allowed && candidates::is_consistent(request) && self.denies.iter().all(spares)
    }
}

/// Is the stranger certainly let in by the principals?
fn is_let_in(reach: &Reach<'_>, stranger: &Stranger) -> bool {
    match reach {
        Reach::Of(principals) => principals.has(Who::Everyone),
        Reach::AllBut(spared, _) => spared.unknown.is_none() && !may_name(spared, stranger),
    }
}

/// Is the stranger certainly not hit by a Deny of these principals?
fn is_spared(reach: &Reach<'_>, stranger: &Stranger) -> bool {
    match reach {
        Reach::Of(principals) => principals.unknown.is_none() && !may_name(principals, stranger),
        Reach::AllBut(spared, _) => spared.has(Who::Everyone),
    }
}

fn may_name(principals: &Principals<'_>, stranger: &Stranger) -> bool {
    principals.entries.iter().any(|entry| match entry.who {
        Who::Everyone | Who::Between(..) => true,
        Who::Named(_) => entry.account.is_none_or(|account| account == stranger.account),
        Who::Service | Who::Nobody => false,
    })
}

fn witness<'a>(
    stranger: &Stranger,
    action: &str,
    request: &Request,
    allow: &Statement<'a>,
    denies: &[&Statement<'a>],
) -> Witness {
    let mut facts: Vec<RequestFact> = Vec::new();
    let mut tell = |key: &str, values: &[String]| {
        if !facts.iter().any(|fact| fact.key.eq_ignore_ascii_case(key)) {
            facts.push(RequestFact { key: key.to_owned(), values: values.to_vec() });
        }
    };
    for test in [allow].iter().chain(denies).flat_map(|statement| &statement.conditions.tests) {
        tell(test.key_name, request.get(test.key_name));
        for variable in candidates::variables(test) {
            let values = request.get(variable);
            if !values.is_empty() {
                tell(variable, values);
            }
        }
    }
    let caller = Caller {
        account: stranger.account.clone(),
        arn: stranger.arn.clone(),
        organization: stranger.organization.clone(),
    };
    Witness { caller, action: action.to_owned(), facts }
}
