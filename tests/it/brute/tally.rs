//! Compares the two statements of the rules, and confirms witnesses: [`Tally`].

use std::collections::BTreeMap;

use ecrlint::policy::{Analysis, Context, Exposure, PolicyKind, analyze};

use super::alphabet::{ACTIONS, Principal, Test};
use super::universe::Kind;
use super::{Policy, Statement, World, statement};

/// The classes of policies on which the library may be stricter, each with the reason.
pub(super) const STRICTER: &[(&str, &str)] = &[
    ("everyone, closed by tests that let in nobody else either", "dead grants are kept in view"),
    ("named principals, whatever their conditions and Denies", "the ladder asks who is named"),
    ("a service whose other tests let in nobody", "only source keys are looked at"),
    (
        "services, with tests that close by something else than a source",
        "only source keys are looked at",
    ),
    ("a key that no request has", "a misspelt key must not be credited as a restriction"),
    ("tests that strangers pass one by one, but not together", "tests are classified one by one"),
    ("Denies that close only together", "Denies are classified one by one"),
    (
        "a Deny with `ForAnyValue` on a key that all have",
        "`ForAnyValue` is false for who lacks the key",
    ),
    (
        "a Deny with a positive test that is true for all",
        "a Deny counts for what it does not spare",
    ),
    ("a Deny that compares with nothing", "what an empty list means is not documented"),
    ("a Deny with a policy variable", "only the two-sided forms are credited"),
    ("a Deny that may leave over actions that are not listed", "ECR gets new actions"),
    (
        "a test that closes by something else than fixed values",
        "such as `Null` on a key that all have",
    ),
    ("a Deny that spares only what no stranger has", "values with wildcards may spare strangers"),
];

/// The search for a witness may fail on one in so many statements that let strangers in.
const MISSED_ONE_IN: usize = 1_000;

/// Compares the two on many policies, and confirms all witnesses.
pub(super) struct Tally {
    world: &'static World,
    context: Context,
    policies: usize,
    witnesses: usize,
    public: usize,
    pub(super) stricter: BTreeMap<&'static str, usize>,
    /// Statements that let strangers in, of whom none was found.
    missed: Vec<String>,
    wrong: Vec<String>,
}

impl Tally {
    pub(super) fn new(world: &'static World) -> Self {
        Self {
            world,
            context: Context {
                owner_account: Some("111122223333".to_owned()),
                ..Context::default()
            },
            policies: 0,
            witnesses: 0,
            public: 0,
            stricter: BTreeMap::new(),
            missed: Vec::new(),
            wrong: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, policy: &Policy) {
        let document = self.world.document(policy);
        let analysis = analyze(&document, PolicyKind::Repository, &self.context);
        self.policies += 1;
        match self.world.compare(policy, &analysis) {
            Comparison::Same => {}
            Comparison::Stricter(class) => {
                *self.stricter.entry(class).or_default() += 1;
                if !STRICTER.iter().any(|(listed, _)| *listed == class) {
                    self.wrong
                        .push(format!("stricter ({class}): {}", self.describe(policy, &analysis)));
                }
            }
            Comparison::Milder => {
                self.wrong.push(format!("milder: {}", self.describe(policy, &analysis)))
            }
        }
        for statement in &analysis.statements {
            self.public += usize::from(statement.exposure.is_public());
            let wrong = match &statement.witness {
                Some(witness) if self.world.confirms(policy, statement.index, witness) => {
                    self.witnesses += 1;
                    continue;
                }
                Some(witness) => format!("{witness} does not get in"),
                None if self.world.lets_strangers_in(policy, statement.index) => {
                    let whole = self.describe(policy, &analysis);
                    self.missed
                        .push(format!("no witness of statement {}: {whole}", statement.index));
                    continue;
                }
                None => continue,
            };
            self.wrong.push(format!("{wrong}: {}", self.describe(policy, &analysis)));
        }
    }

    fn describe(&self, policy: &Policy, analysis: &Analysis) -> String {
        format!("{:?}, {}", analysis.exposure, self.world.describe(policy))
    }

    #[track_caller]
    pub(super) fn finish(self) {
        println!(
            "{} policies, {} of {} public statements with a witness",
            self.policies, self.witnesses, self.public
        );
        println!("stricter: {:#?}", self.stricter);
        assert!(
            self.missed.len() * MISSED_ONE_IN <= self.public,
            "{} of {} without a witness:\n{}",
            self.missed.len(),
            self.public,
            self.missed.join("\n")
        );
        let shown: Vec<&str> = self.wrong.iter().take(5).map(String::as_str).collect();
        assert!(
            self.wrong.is_empty(),
            "{} wrong of {}:\n{}",
            self.wrong.len(),
            self.policies,
            shown.join("\n")
        );
    }
}

/// What the two statements of the rules say about one policy.
enum Comparison {
    Same,
    /// The library is stricter: the class of policies, and what it says.
    Stricter(&'static str),
    Milder,
}

impl World {
    fn compare(&self, policy: &Policy, analysis: &Analysis) -> Comparison {
        let exposure = analysis.if_accepted.unwrap_or(analysis.exposure);
        let (brute, allowed) = (self.worst(policy), worst_that(exposure));
        if brute > allowed {
            Comparison::Milder
        } else if brute == allowed {
            Comparison::Same
        } else {
            Comparison::Stricter(self.class(policy, exposure))
        }
    }

    /// Why the library may be stricter on a policy.
    fn class(&self, policy: &Policy, exposure: Exposure) -> &'static str {
        let allowed = worst_that(exposure);
        match exposure {
            Exposure::PublicRestricted => {
                return "everyone, closed by tests that let in nobody else either";
            }
            Exposure::CrossAccountRoot | Exposure::CrossAccount | Exposure::SameAccount => {
                return "named principals, whatever their conditions and Denies";
            }
            Exposure::ServiceScoped => return "a service whose other tests let in nobody",
            _ => {}
        }
        let with = |keep: &dyn Fn(usize, &Statement) -> bool| {
            let kept = policy
                .statements
                .iter()
                .enumerate()
                .filter(|(index, statement)| keep(*index, statement));
            let statements = kept.map(|(_, statement)| statement.clone()).collect();
            self.worst(&Policy { statements, ..*policy })
        };
        if with(&|_, statement| statement.allow) == allowed {
            let closes = |index: &usize| {
                with(&|other, statement| statement.allow || other == *index) < allowed
            };
            let denies =
                (0..policy.statements.len()).filter(|index| !policy.statements[*index].allow);
            return match denies.clone().find(closes) {
                Some(index) => self.class_of_deny(policy, index),
                None => "Denies that close only together",
            };
        }
        let allows = policy.statements.iter().filter(|statement| statement.allow);
        let tests = || allows.clone().flat_map(|statement| &statement.tests);
        let alone = |index: &usize| {
            let allow = statement(true, Principal::Star, vec![*index]);
            self.worst(&Policy { statements: vec![allow], ..*policy })
        };
        if tests().any(|index| self.tests[*index].key == "aws:PrincipleOrgID") {
            "a key that no request has"
        } else if exposure == Exposure::ServiceOpen {
            "services, with tests that close by something else than a source"
        } else if tests().any(|index| alone(index) < Some(Kind::Stranger)) {
            "a test that closes by something else than fixed values"
        } else {
            "tests that strangers pass one by one, but not together"
        }
    }

    fn class_of_deny(&self, policy: &Policy, index: usize) -> &'static str {
        let deny = &policy.statements[index];
        let mut tests = deny.tests.iter().map(|index| &self.tests[*index]);
        let is = |found: bool, class: &'static str| found.then_some(class);
        let any = |test: &mut dyn FnMut(&Test) -> bool| {
            deny.tests.iter().any(|index| test(&self.tests[*index]))
        };
        is(
            any(&mut |test| test.operator.starts_with("ForAnyValue")),
            "a Deny with `ForAnyValue` on a key that all have",
        )
        .or(is(
            tests.any(|test| !test.operator.contains("Not")),
            "a Deny with a positive test that is true for all",
        ))
        .or(is(any(&mut |test| test.values.is_empty()), "a Deny that compares with nothing"))
        .or(is(
            any(&mut |test| test.values.iter().any(|v| v.contains("${"))),
            "a Deny with a policy variable",
        ))
        .or(is(!deny.tests.is_empty(), "a Deny that spares only what no stranger has"))
        .unwrap_or("a Deny that may leave over actions that are not listed")
    }

    pub(crate) fn describe(&self, policy: &Policy) -> String {
        let statements = policy.statements.iter().map(|statement| {
            let tests = statement.tests.iter().map(|index| &self.tests[*index]);
            let tests: Vec<String> =
                tests.map(|t| format!("{} {} {:?}", t.operator, t.key, t.values)).collect();
            let effect = if statement.allow { "Allow" } else { "Deny" };
            format!("{effect} {:?} {:?} {tests:?}", statement.principal, ACTIONS[statement.actions])
        });
        let statements: Vec<String> = statements.collect();
        format!("by enumeration {:?}: {statements:#?}", self.worst(policy))
    }
}

/// The worst caller that a verdict admits to.
fn worst_that(exposure: Exposure) -> Option<Kind> {
    match exposure {
        Exposure::None => None,
        Exposure::SameAccount => Some(Kind::Own),
        Exposure::ServiceScoped => Some(Kind::OwnService),
        Exposure::CrossAccount | Exposure::CrossAccountRoot | Exposure::PublicRestricted => {
            Some(Kind::Trusted)
        }
        Exposure::ServiceOpen => Some(Kind::StrangeService),
        Exposure::PublicWeak | Exposure::Public => Some(Kind::Stranger),
        other => panic!("{other:?} is no verdict on these policies"),
    }
}
