//! What Deny statements take back from strangers: [`Denied`].

use std::cell::OnceCell;

use super::action::ActionSet;
use super::allow;
use super::condition::Test;
use super::key::Class;
use super::operator::{Base, Quantifier};
use super::principal::Who;
use super::resource::{Extent, Extents};
use super::statement::{Effect, Reach, Statement};
use super::text::items;
use super::value::{Language, Verdict};
use super::verdict::{ClosingTest, FailedDeny};
use crate::origin::{Origin, Why};

/// What the Deny statements of a document take back.
pub(super) struct Denied<'d, 'a> {
    language: Language<'a>,
    /// What they certainly take back.
    pub(super) least: Taken,
    /// What they may take back.
    pub(super) most: Taken,
    /// Why it can't be known.
    pub(super) why: Option<&'a Why>,
    /// Statements that spare strangers, and what they deny to others. The first few.
    failed: Vec<Told<'d, 'a, FailedDeny<'a>>>,
    /// Statements that do not, and what they deny. The first few.
    closing: Vec<Told<'d, 'a, ClosingTest<'a>>>,
}

/// A Deny statement, and what there is to tell of it once an Allow asks for it.
struct Told<'d, 'a, T> {
    denied: ActionSet,
    statement: &'d Statement<'a>,
    told: OnceCell<T>,
}

/// The actions that are taken back, by caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Taken {
    /// From users and roles of other accounts.
    pub(super) strangers: ActionSet,
    /// From services that act for strangers.
    pub(super) services: ActionSet,
    /// From services, whoever they act for.
    pub(super) all_services: ActionSet,
    /// From everyone.
    pub(super) everyone: ActionSet,
}

/// Whom a Deny, or a test of it, hits: a set of the callers of [`Taken`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Hits {
    strangers: bool,
    services: bool,
    all_services: bool,
    everyone: bool,
}

/// More statements than this are not reported for one document.
const TOLD_MAX: usize = 8;

impl<'d, 'a> Denied<'d, 'a> {
    /// Reads all Deny statements.
    pub(super) fn by(statements: &'d [Statement<'a>], language: Language<'a>) -> Self {
        let mut denied = Self {
            language,
            least: Taken::default(),
            most: Taken::default(),
            why: None,
            failed: Vec::new(),
            closing: Vec::new(),
        };
        for statement in statements {
            // Nobody knows what the service makes of a statement that it should reject.
            if !statement.rejected_at.is_empty() {
                continue;
            }
            match (statement.unknown, statement.effect) {
                (Some(why), _) => denied.may_be_all(why),
                (None, Effect::Allow) => {}
                (None, Effect::Deny) => denied.add(statement),
                (None, Effect::Unknown(why)) => {
                    denied.most.add(Hits::ALL, statement.actions.most);
                    denied.why = denied.why.or(Some(why));
                }
            }
        }
        denied
    }

    /// There may be statements that deny anything.
    pub(super) fn may_be_all(&mut self, why: &'a Why) {
        self.most.add(Hits::ALL, ActionSet::ALL);
        self.why = self.why.or(Some(why));
    }

    fn add(&mut self, statement: &'d Statement<'a>) {
        let (mut least, mut most, mut why) = reach_hits(&statement.reach);
        for test in &statement.conditions.tests {
            let (test_least, test_most, test_why) = test_hits(test, self.language);
            (least, most, why) = (least.and(test_least), most.and(test_most), why.or(test_why));
        }
        if let Some(unknown) = statement.conditions.unknown {
            (least, why) = (Hits::NONE, why.or(Some(unknown)));
        }
        let extents = Extents::of(&statement.resources);
        if extents.least == Extent::Some {
            (least, why) = (Hits::NONE, why.or(extents.why));
        }
        if extents.most == Extent::Some {
            most = Hits::NONE;
        }
        self.least.add(least, statement.actions.least);
        self.most.add(most, statement.actions.most);
        self.why = self.why.or(why).or(statement.actions.why);
        if least.strangers && self.closing.len() < TOLD_MAX {
            self.closing.push(Told::of(statement, statement.actions.least));
        } else if !least.strangers && self.failed.len() < TOLD_MAX {
            self.failed.push(Told::of(statement, statement.actions.most));
        }
    }

    /// The first statement that takes some of the actions back from strangers.
    pub(super) fn closing(&self, actions: ActionSet) -> Option<ClosingTest<'a>> {
        let deny = self.closing.iter().find(|deny| deny.is_about(actions))?;
        Some(deny.told.get_or_init(|| closing(deny.statement)).clone())
    }

    /// The statements that deny some of the actions, but not to strangers.
    pub(super) fn failed(&self, actions: ActionSet) -> Vec<FailedDeny<'a>> {
        let told = |deny: &Told<'d, 'a, FailedDeny<'a>>| {
            deny.told.get_or_init(|| failure(deny.statement, self.language)).clone()
        };
        self.failed.iter().filter(|deny| deny.is_about(actions)).map(told).collect()
    }
}

impl<'d, 'a, T> Told<'d, 'a, T> {
    const fn of(statement: &'d Statement<'a>, denied: ActionSet) -> Self {
        Self { denied, statement, told: OnceCell::new() }
    }

    fn is_about(&self, actions: ActionSet) -> bool {
        !(self.denied & actions).is_empty()
    }
}

impl Taken {
    fn add(&mut self, hits: Hits, actions: ActionSet) {
        let hit = |hits: bool| if hits { actions } else { ActionSet::EMPTY };
        self.strangers |= hit(hits.strangers);
        self.services |= hit(hits.services);
        self.all_services |= hit(hits.all_services);
        self.everyone |= hit(hits.everyone);
    }
}

impl Hits {
    const ALL: Self = Self { strangers: true, services: true, all_services: true, everyone: true };
    const NONE: Self =
        Self { strangers: false, services: false, all_services: false, everyone: false };
    /// Users and roles of other accounts, not services.
    const STRANGERS: Self = Self { strangers: true, ..Self::NONE };

    const fn and(self, other: Self) -> Self {
        Self {
            strangers: self.strangers && other.strangers,
            services: self.services && other.services,
            all_services: self.all_services && other.all_services,
            everyone: self.everyone && other.everyone,
        }
    }
}

/// Whom the principals of a Deny hit: at least, at most.
fn reach_hits<'a>(reach: &Reach<'a>) -> (Hits, Hits, Option<&'a Why>) {
    match reach {
        Reach::Of(principals) => {
            if principals.has(Who::Everyone) {
                return (Hits::ALL, Hits::ALL, None);
            }
            match principals.may_be_everyone() {
                Some(why) => (Hits::NONE, Hits::ALL, Some(why)),
                None => (Hits::NONE, Hits::NONE, None),
            }
        }
        Reach::AllBut(spared, _) if spared.has(Who::Everyone) => (Hits::NONE, Hits::NONE, None),
        Reach::AllBut(spared, _) => {
            let but = |services: bool| Hits {
                services: !services,
                all_services: !services,
                ..Hits::STRANGERS
            };
            let least = match spared.may_be_everyone() {
                Some(_) => Hits::NONE,
                None => but(spared.may_have_service()),
            };
            (least, but(spared.has(Who::Service)), spared.why())
        }
    }
}

/// Who is certainly hit by a test of a Deny: those for whom it is true whatever they do. At least, at most.
fn test_hits<'a>(test: &Test<'a>, language: Language<'a>) -> (Hits, Hits, Option<&'a Why>) {
    let none = (Hits::NONE, Hits::NONE, None);
    let Some(operator) = test.operator else { return none };
    if operator.base == Base::Bool && test.key.class == Class::Service {
        let spares_services = test.all_values_are("false");
        let hits = |holds: bool| if holds { Hits::STRANGERS } else { Hits::NONE };
        return (hits(spares_services.least), hits(spares_services.most), spares_services.why);
    }
    let compares = matches!(operator.base, Base::Text { .. } | Base::Address { .. });
    // `ForAnyValue` is false for those who do not have the key.
    if !operator.is_negated() || !compares || operator.quantifier == Quantifier::ForAny {
        return none;
    }
    if test.key.class == Class::Service {
        return (Hits::STRANGERS, Hits::STRANGERS, None);
    }
    let Some(with) = test.comparison(language) else { return none };
    let (mut count, mut closed, mut closable, mut why) = (0, true, true, None);
    for item in items(test.values) {
        count += 1;
        let verdict = Verdict::on(item.node, with);
        closed &= verdict.worst.keep_strangers_out();
        closable &= verdict.may_be_closed;
        why = why.or(verdict.why);
    }
    // Services that act for those who are named in a test of the source are spared by it.
    let outsiders = Hits { all_services: !test.key.is_source(), everyone: false, ..Hits::ALL };
    let hits = |holds: bool| if holds && count > 0 { outsiders } else { Hits::NONE };
    (hits(closed), hits(closable), why)
}

/// How a Deny takes a grant back.
fn closing<'a>(statement: &Statement<'a>) -> ClosingTest<'a> {
    let (origin, but) = match (statement.conditions.tests.first(), &statement.reach) {
        (Some(test), _) => {
            (&test.values.origin, format!("but those whom `{}` spares", test.key_name))
        }
        (None, Reach::AllBut(_, at)) => (at.origin, "but those whom it names".to_owned()),
        (None, Reach::Of(_)) => (&statement.node.origin, String::new()),
    };
    let reason = format!("a Deny takes it back from everyone {but}");
    ClosingTest { origin, reason: reason.trim_end().to_owned() }
}

/// Why a Deny spares strangers, and where.
fn failure<'a>(statement: &Statement<'a>, language: Language<'a>) -> FailedDeny<'a> {
    let (origin, reason) = failing_part(statement, language);
    FailedDeny { statement: statement.index, origin, reason }
}

fn failing_part<'a>(statement: &Statement<'a>, language: Language<'a>) -> (&'a Origin, String) {
    let whole = &statement.node.origin;
    match &statement.reach {
        Reach::AllBut(spared, at) if spared.has(Who::Everyone) => {
            return (at.origin, "it denies everyone but everyone".to_owned());
        }
        Reach::Of(principals) if !principals.has(Who::Everyone) => {
            let origin = principals.entries.first().map_or(whole, |entry| entry.at.origin);
            return (origin, "it denies only those whom it names".to_owned());
        }
        Reach::AllBut(..) | Reach::Of(_) => {}
    }
    for test in &statement.conditions.tests {
        let (least, _, _) = test_hits(test, language);
        if !least.strangers {
            return test_failure(test, language);
        }
    }
    match (statement.conditions.unknown, Extents::of(&statement.resources).least) {
        (Some(_), _) => (whole, "its condition is not known".to_owned()),
        (None, Extent::Some) => (whole, "it holds for some repositories only".to_owned()),
        (None, Extent::Registry | Extent::All) => {
            (whole, "it does not hold for every stranger".to_owned())
        }
    }
}

fn test_failure<'a>(test: &Test<'a>, language: Language<'a>) -> (&'a Origin, String) {
    let (key, operator) = (test.key_name, test.operator_name);
    let negated = test.operator.is_some_and(|operator| operator.is_negated());
    let for_any = test.operator.is_some_and(|operator| operator.quantifier == Quantifier::ForAny);
    match test.key.class {
        Class::Open(openness) => {
            (test.key_origin, format!("strangers avoid it: `{key}` {}", openness.reason()))
        }
        _ if negated && for_any => {
            let reason = "strangers avoid it: `ForAnyValue` is false when the key is missing";
            (test.operator_origin, reason.to_owned())
        }
        _ if negated => {
            let (at, reason) = allow::opening(test, language);
            (at, format!("it spares strangers: {reason}"))
        }
        _ => (
            test.operator_origin,
            format!("strangers avoid it: `{operator}` denies only those who match"),
        ),
    }
}
