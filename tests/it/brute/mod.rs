//! The rules of `policy` stated a second time: every caller and request of a small world, with IAM's rules.
//!
//! The library classifies conditions by what a stranger can choose. Here the strangers are written out, and a policy
//! is asked about each. A request is a point in a product of few dimensions (who sends it, which action, and the keys
//! that anyone may set), so that the requests for which a statement is true are a box, and those that a policy lets
//! through are boxes without boxes: exact, and cheap enough for a hundred thousand policies.

mod alphabet;
mod iam;
mod tally;
mod universe;
mod witness;

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use ecrlint::policy::node::{Data, Member, Node};

use alphabet::{ACTIONS, PRINCIPALS, Principal, Test, UNLISTED_ACTION};
use tally::{STRICTER, Tally};
use universe::{DIMENSIONS, Kind, Sender};

use crate::exposure::rows;

/// A statement over the alphabet.
#[derive(Clone, Debug, PartialEq)]
struct Statement {
    allow: bool,
    principal: Principal,
    /// An index of [`ACTIONS`].
    actions: usize,
    /// Indices of the tests.
    tests: Vec<usize>,
}

/// A policy over the alphabet.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// Version 2012-10-17: with policy variables.
    variables: bool,
    statements: Vec<Statement>,
}

/// A set of requests: all that have one of these senders, actions and values.
#[derive(Clone, Copy)]
struct Requests {
    senders: u128,
    actions: u128,
    values: [u8; DIMENSIONS.len()],
}

pub(crate) struct World {
    senders: Vec<Sender>,
    tests: Vec<Test>,
    /// Each with its senders, and as a member of a statement.
    principals: Vec<(Principal, u128, Member)>,
    actions: Vec<u128>,
}

impl World {
    /// The one world of all tests.
    pub(crate) fn get() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(Self::new)
    }

    fn new() -> Self {
        let senders = universe::senders();
        assert!(senders.len() <= 128);
        let mask = |principal: Principal| {
            alphabet::mask(senders.iter().map(|sender| principal.names(sender)))
        };
        Self {
            tests: alphabet::tests(&senders),
            principals: PRINCIPALS.map(|p| (p, mask(p), alphabet::principal_member(p))).into(),
            actions: ACTIONS
                .iter()
                .map(|(element, patterns)| alphabet::called(element, patterns))
                .collect(),
            senders,
        }
    }

    fn principal(&self, principal: Principal) -> &(Principal, u128, Member) {
        self.principals.iter().find(|(known, ..)| *known == principal).unwrap()
    }

    fn of_kind(&self, kind: Kind) -> u128 {
        alphabet::mask(self.senders.iter().map(|sender| sender.kind == kind))
    }

    /// The requests for which a statement is true.
    fn requests(&self, statement: &Statement, variables: bool) -> Requests {
        let mut requests = Requests {
            senders: self.principal(statement.principal).1,
            actions: self.actions[statement.actions],
            values: [u8::MAX; DIMENSIONS.len()],
        };
        for (values, dimension) in requests.values.iter_mut().zip(&DIMENSIONS) {
            *values = (1 << dimension.values.len()) - 1;
        }
        for test in statement.tests.iter().map(|index| &self.tests[*index]) {
            let holds = test.holds[usize::from(!variables)];
            match test.dimension {
                None => requests.senders &= holds,
                Some(index) => requests.values[index] &= u8::try_from(holds).unwrap(),
            }
        }
        requests
    }

    /// Who gets in at worst.
    fn worst(&self, policy: &Policy) -> Option<Kind> {
        let boxes = |allow: bool| {
            let statements =
                policy.statements.iter().filter(move |statement| statement.allow == allow);
            statements
                .map(|statement| self.requests(statement, policy.variables))
                .collect::<Vec<_>>()
        };
        let (allows, denies) = (boxes(true), boxes(false));
        let kinds =
            [Kind::Stranger, Kind::StrangeService, Kind::Trusted, Kind::OwnService, Kind::Own];
        kinds.into_iter().find(|kind| {
            let senders = self.of_kind(*kind);
            allows.iter().any(|allow| {
                Requests { senders: allow.senders & senders, ..*allow }.is_left(&denies)
            })
        })
    }

    /// Do strangers get in by this statement, whatever the other Allows say? Asked only of actions that are listed, and
    /// not where something is compared with nothing: what that means is not documented.
    fn lets_strangers_in(&self, policy: &Policy, index: usize) -> bool {
        let counts = |(other, statement): &(usize, &Statement)| *other == index || !statement.allow;
        let statements = policy.statements.iter().enumerate().filter(counts);
        let mut statements: Vec<Statement> =
            statements.map(|(_, statement)| statement.clone()).collect();
        let mut tests = statements.iter().flat_map(|statement| &statement.tests);
        let allow = &policy.statements[index];
        if !allow.allow || tests.any(|test| self.tests[*test].values.is_empty()) {
            return false;
        }
        statements.push(Statement {
            actions: UNLISTED_ACTION,
            ..statement(false, Principal::Star, Vec::new())
        });
        self.worst(&Policy { statements, ..*policy }) == Some(Kind::Stranger)
    }

    /// The policy as an adapter hands it over.
    pub(crate) fn document(&self, policy: &Policy) -> Node {
        let statements = policy.statements.iter().map(|statement| {
            let (element, patterns) = ACTIONS[statement.actions];
            let mut members = vec![
                alphabet::member(
                    "Effect",
                    alphabet::string(if statement.allow { "Allow" } else { "Deny" }),
                ),
                self.principal(statement.principal).2.clone(),
                alphabet::member(element, alphabet::list(patterns)),
            ];
            let mut operators: BTreeMap<&str, Vec<&Test>> = BTreeMap::new();
            for test in statement.tests.iter().map(|index| &self.tests[*index]) {
                operators.entry(&test.operator).or_default().push(test);
            }
            let operators = operators.into_iter().map(|(operator, tests)| {
                let keys = tests
                    .into_iter()
                    .map(|test| alphabet::member(test.key, alphabet::list(test.values)));
                alphabet::member(operator, alphabet::node(Data::Object(keys.collect())))
            });
            members.push(alphabet::member(
                "Condition",
                alphabet::node(Data::Object(operators.collect())),
            ));
            alphabet::node(Data::Object(members))
        });
        let mut members =
            vec![alphabet::member("Statement", alphabet::node(Data::Array(statements.collect())))];
        if policy.variables {
            members.push(alphabet::member("Version", alphabet::string("2012-10-17")));
        }
        alphabet::node(Data::Object(members))
    }
}

impl Requests {
    fn is_empty(&self) -> bool {
        self.senders == 0 || self.actions == 0 || self.values.contains(&0)
    }

    /// Is there a request that is in none of the others?
    fn is_left(self, without: &[Self]) -> bool {
        if self.is_empty() {
            return false;
        }
        let Some((other, rest)) = without.split_first() else { return true };
        let senders = Self { senders: self.senders & !other.senders, ..self };
        let actions = Self { actions: self.actions & !other.actions, ..self };
        if senders.is_left(rest) || actions.is_left(rest) {
            return true;
        }
        (0..DIMENSIONS.len()).any(|index| {
            let mut part = self;
            part.values[index] &= !other.values[index];
            part.is_left(rest)
        })
    }
}

const fn statement(allow: bool, principal: Principal, tests: Vec<usize>) -> Statement {
    Statement { allow, principal, actions: 1, tests }
}

#[test]
fn one_statement_with_every_test() {
    let world = World::get();
    let mut tally = Tally::new(world);
    let principals = [
        Principal::Star,
        Principal::AllButPartner,
        Principal::Service,
        Principal::PartnerRole,
        Principal::PartnerAndService,
    ];
    for (index, test) in world.tests.iter().enumerate() {
        let has_variable = test.values.iter().any(|value| value.contains("${"));
        for variables in [true, false].into_iter().filter(|variables| *variables || has_variable) {
            for principal in principals {
                let statements = vec![statement(true, principal, vec![index])];
                tally.add(&Policy { variables, statements });
            }
        }
    }
    tally.finish();
}

#[test]
fn an_allow_beside_every_deny() {
    let world = World::get();
    let mut tally = Tally::new(world);
    let is_weak = |test: &Test| test.operator == "StringLike" && test.key == "aws:UserAgent";
    let weak = world.tests.iter().position(is_weak).unwrap();
    let denies =
        [Principal::Star, Principal::AllButPartner, Principal::AllButService, Principal::Owner];
    for (index, deny) in (0..world.tests.len()).flat_map(|index| denies.map(|deny| (index, deny))) {
        for (allow, tests) in
            [(Principal::Star, Vec::new()), (Principal::StarAndService, vec![weak])]
        {
            let statements =
                vec![statement(true, allow, tests), statement(false, deny, vec![index])];
            tally.add(&Policy { variables: true, statements });
        }
    }
    tally.finish();
}

/// Of the tests that do the same to each kind of sender one stands for all.
#[test]
fn every_pair_of_tests_in_an_allow_and_a_deny() {
    let world = World::get();
    let mut tally = Tally::new(world);
    let kinds = [Kind::Stranger, Kind::StrangeService, Kind::Trusted, Kind::OwnService, Kind::Own];
    let mut seen = HashSet::new();
    let is_new = |index: &usize| {
        let test = &world.tests[*index];
        let (all, some) = match test.dimension {
            Some(_) => ([test.holds[0]; 5], [test.holds[0]; 5]),
            None => (
                kinds.map(|kind| u128::from(world.of_kind(kind) & !test.holds[0] == 0)),
                kinds.map(|kind| u128::from(world.of_kind(kind) & test.holds[0] != 0)),
            ),
        };
        seen.insert((test.dimension, all, some, test.operator.contains("Not")))
    };
    let tests: Vec<usize> = (0..world.tests.len()).filter(is_new).collect();
    println!("{} of {} tests", tests.len(), world.tests.len());
    for (allow, deny) in tests.iter().flat_map(|a| tests.iter().map(move |b| (*a, *b))) {
        let statements = vec![
            statement(true, Principal::Star, vec![allow]),
            statement(false, Principal::Star, vec![deny]),
        ];
        tally.add(&Policy { variables: true, statements });
    }
    tally.finish();
}

#[test]
fn every_principal_and_action_in_both_effects() {
    let world = World::get();
    let mut tally = Tally::new(world);
    let mut add = |(allow, deny): (Principal, Principal), (granted, denied): (usize, usize)| {
        let allow = Statement { actions: granted, ..statement(true, allow, Vec::new()) };
        let deny = Statement { actions: denied, ..statement(false, deny, Vec::new()) };
        tally.add(&Policy { variables: true, statements: vec![deny, allow] });
    };
    for pair in PRINCIPALS.iter().flat_map(|a| PRINCIPALS.iter().map(move |b| (*a, *b))) {
        [(1, 1), (0, 1), (1, 0), (8, 2)].into_iter().for_each(|actions| add(pair, actions));
    }
    let count = ACTIONS.len();
    for actions in (0..count).flat_map(|a| (0..count).map(move |b| (a, b))) {
        for allow in [Principal::Star, Principal::PartnerAndService, Principal::AllButPartner] {
            for deny in [Principal::Star, Principal::AllButPartner, Principal::AllButService] {
                add((allow, deny), actions);
            }
        }
    }
    tally.finish();
}

#[test]
fn a_hundred_thousand_random_policies() {
    let world = World::get();
    let mut tally = Tally::new(world);
    let mut random = Random::new();
    for _ in 0..100_000 {
        tally.add(&random.policy(world));
    }
    for (class, _) in STRICTER {
        assert!(tally.stricter.contains_key(class), "no policy is of the class `{class}`");
    }
    tally.finish();
}

/// IAM User Guide, "IAM JSON policy elements: Condition operators".
const OPERATORS: [&str; 26] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
];

#[test]
fn the_alphabet_has_all_that_a_statement_can_have() {
    let world = World::get();
    let operators: HashSet<&str> = world.tests.iter().map(|test| test.operator.as_str()).collect();
    for operator in OPERATORS.iter().flat_map(|base| alphabet::forms(base)) {
        assert!(operators.contains(operator.as_str()), "no test with `{operator}`");
    }
    let keys: HashSet<&str> = world.tests.iter().map(|test| test.key).collect();
    for row in rows("condition_table.jsonl") {
        let (operator, key) = (row["operator"].as_str().unwrap(), row["key"].as_str().unwrap());
        assert!(operators.contains(operator), "no test with `{operator}`");
        assert!(keys.contains(key) || key == "aws:unknownKey", "no test of `{key}`");
    }
    let elements = PRINCIPALS.map(Principal::json);
    for (element, form) in [
        ("Principal", "\"*\""),
        ("Principal", "{\"AWS\": \"*\"}"),
        ("Principal", ", \"*\"]"),
        ("Principal", "{\"AWS\": \"444455556666\"}"),
        ("Principal", ":root\""),
        ("Principal", ":role/"),
        ("Principal", ":user/"),
        ("Principal", ":assumed-role/"),
        ("Principal", ":federated-user/"),
        ("Principal", "\"AROA"),
        ("Principal", "{\"Service\":"),
        ("Principal", ", \"Service\":"),
        ("Principal", "[]"),
        ("NotPrincipal", "\"*\""),
        ("NotPrincipal", ":root\""),
        ("NotPrincipal", ":role/"),
        ("NotPrincipal", "{\"Service\":"),
    ] {
        let has = elements.iter().any(|(name, json)| *name == element && json.contains(form));
        assert!(has, "no `{element}` with `{form}`");
    }
    for element in ["Action", "NotAction"] {
        assert!(ACTIONS.iter().any(|(name, _)| *name == element), "no `{element}`");
    }
}

/// Marsaglia's xorshift.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    pub(crate) fn policy(&mut self, world: &World) -> Policy {
        let statements = (0..=self.below(3)).map(|_| self.statement(world)).collect();
        Policy { variables: self.below(4) > 0, statements }
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn statement(&mut self, world: &World) -> Statement {
        let mut tests: Vec<usize> = Vec::new();
        for _ in 0..self.below(4) {
            let index = self.below(world.tests.len());
            let test = &world.tests[index];
            let same = |other: &usize| {
                let other = &world.tests[*other];
                other.operator == test.operator && other.key == test.key
            };
            // An operator and a key stand once in a statement.
            if !tests.iter().any(same) {
                tests.push(index);
            }
        }
        // Strangers are what matters: half of all statements are about everyone.
        let principal = if self.below(2) == 0 {
            Principal::Star
        } else {
            PRINCIPALS[self.below(PRINCIPALS.len())]
        };
        Statement { allow: self.below(3) > 0, principal, actions: self.below(ACTIONS.len()), tests }
    }
}
