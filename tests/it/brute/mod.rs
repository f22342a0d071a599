//! The rules of `policy` stated a second time: every caller and request of a small world, with IAM's rules.
//!
//! The library classifies conditions by what a stranger can choose. Here the strangers are written out, and a policy
//! is asked about each. A request is a point in a product of few dimensions (who sends it, which action, and the keys
//! that anyone may set), so that the requests for which a statement is true are a box, and those that a policy lets
//! through are boxes without boxes: exact, and cheap enough for a hundred thousand policies.

mod alphabet;
mod iam;
mod universe;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ecrlint::policy::node::{Data, Member, Node};
use ecrlint::policy::{Analysis, Context, Exposure, PolicyKind, Witness, analyze};

use alphabet::{ACTIONS, PRINCIPALS, Principal, Test};
use universe::{DIMENSIONS, Kind, Sender};

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

    /// Is the witness a stranger whom IAM lets in by this statement?
    fn confirms(&self, policy: &Policy, index: usize, witness: &Witness) -> bool {
        let mut facts = iam::Facts::new();
        for fact in &witness.facts {
            if !fact.values.is_empty() {
                facts.insert(fact.key.to_lowercase(), fact.values.clone());
            }
        }
        facts
            .entry("aws:resourceaccount".to_owned())
            .or_insert_with(|| vec!["111122223333".to_owned()]);
        facts
            .entry("aws:principalaccount".to_owned())
            .or_insert_with(|| vec![witness.caller.account.clone()]);
        facts
            .entry("aws:principalarn".to_owned())
            .or_insert_with(|| vec![witness.caller.arn.clone()]);
        let is_true = |statement: &Statement| {
            let (element, patterns) = ACTIONS[statement.actions];
            let action = witness.action.to_lowercase();
            let matches =
                |pattern: &&str| iam::glob(pattern.to_lowercase().as_bytes(), action.as_bytes());
            let names_action = patterns.iter().any(matches) == (element == "Action");
            let names_caller = match statement.principal {
                Principal::Star
                | Principal::AwsStar
                | Principal::StarInList
                | Principal::StarAndService => true,
                Principal::AllButPartner => witness.caller.account != "444455556666",
                Principal::AllButService => true,
                Principal::Owner | Principal::PartnerAccount | Principal::PartnerRole => false,
                Principal::Service | Principal::Nobody | Principal::AllButStar => false,
            };
            let passes = |test: &Test| {
                iam::passes(&test.operator, test.key, test.values, &facts, policy.variables)
            };
            names_action
                && names_caller
                && statement.tests.iter().all(|index| passes(&self.tests[*index]))
        };
        let allowed = is_true(&policy.statements[index]) && policy.statements[index].allow;
        allowed
            && !policy.statements.iter().any(|statement| !statement.allow && is_true(statement))
            && is_strange(witness, &facts)
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

/// Has the caller nothing of what only insiders have?
fn is_strange(witness: &Witness, facts: &iam::Facts) -> bool {
    let has = |key: &str, value: &str| {
        facts.get(key).is_some_and(|values| values.iter().any(|has| has.starts_with(value)))
    };
    let caller = &witness.caller;
    !["111122223333", "444455556666", "222233334444"].contains(&caller.account.as_str())
        && caller.arn.split(':').nth(4) == Some(&caller.account)
        && facts["aws:principalaccount"] == [caller.account.clone()]
        && facts["aws:principalarn"] == [caller.arn.clone()]
        && facts["aws:resourceaccount"] == ["111122223333"]
        && !has("aws:principalorgid", "o-a1b2c3d4e5")
        && !has("aws:principalorgpaths", "o-a1b2c3d4e5/")
        && !has("aws:sourceip", "203.0.113.")
        && !has("aws:sourcevpce", "vpce-1a2b3c4d")
        && !has("aws:sourcevpc", "vpc-91237329")
        && !has("aws:vpceorgid", "o-a1b2c3d4e5")
        && !has("aws:vpceaccount", "111122223333")
        && ![
            "aws:sourceaccount",
            "aws:sourcearn",
            "aws:principalservicename",
            "aws:principleorgid",
            "kms:calleraccount",
        ]
        .iter()
        .any(|key| facts.contains_key(*key))
        && !(facts.contains_key("aws:sourceip") && facts.contains_key("aws:sourcevpce"))
}

/// The classes of policies on which the library may be stricter, each with the reason.
const STRICTER: &[(&str, &str)] = &[
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

/// Compares the two on many policies, and confirms all witnesses.
struct Tally {
    world: &'static World,
    context: Context,
    policies: usize,
    witnesses: usize,
    public: usize,
    stricter: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn new(world: &'static World) -> Self {
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
            wrong: Vec::new(),
        }
    }

    fn add(&mut self, policy: &Policy) {
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
        for statement in
            analysis.statements.iter().filter(|statement| statement.exposure.is_public())
        {
            self.public += 1;
            if let Some(witness) = &statement.witness {
                self.witnesses += 1;
                if !self.world.confirms(policy, statement.index, witness) {
                    self.wrong.push(format!(
                        "{witness} does not get in: {}",
                        self.describe(policy, &analysis)
                    ));
                }
            }
        }
    }

    fn describe(&self, policy: &Policy, analysis: &Analysis) -> String {
        format!("{:?}, {}", analysis.exposure, self.world.describe(policy))
    }

    #[track_caller]
    fn finish(self) {
        println!(
            "{} policies, {} of {} public statements with a witness",
            self.policies, self.witnesses, self.public
        );
        println!("stricter: {:#?}", self.stricter);
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

const fn statement(allow: bool, principal: Principal, tests: Vec<usize>) -> Statement {
    Statement { allow, principal, actions: 1, tests }
}

#[test]
fn one_statement_with_every_test() {
    let world = World::get();
    let mut tally = Tally::new(world);
    let principals =
        [Principal::Star, Principal::AllButPartner, Principal::Service, Principal::PartnerRole];
    for (principal, variables) in principals.iter().flat_map(|p| [(*p, true), (*p, false)]) {
        for index in 0..world.tests.len() {
            tally.add(&Policy {
                variables,
                statements: vec![statement(true, principal, vec![index])],
            });
        }
    }
    tally.finish();
}

#[test]
fn an_allow_beside_every_deny() {
    let world = World::get();
    let mut tally = Tally::new(world);
    let weak = world
        .tests
        .iter()
        .position(|test| test.operator == "StringLike" && test.key == "aws:UserAgent");
    for index in 0..world.tests.len() {
        for (allow, tests) in
            [(Principal::Star, Vec::new()), (Principal::StarAndService, vec![weak.unwrap()])]
        {
            for deny in [
                Principal::Star,
                Principal::AllButPartner,
                Principal::AllButService,
                Principal::Owner,
            ] {
                let statements = vec![
                    statement(true, allow, tests.clone()),
                    statement(false, deny, vec![index]),
                ];
                tally.add(&Policy { variables: true, statements });
            }
        }
    }
    tally.finish();
}

#[test]
fn every_principal_and_action_in_both_effects() {
    let world = World::get();
    let mut tally = Tally::new(world);
    for (allow, deny) in
        PRINCIPALS.iter().flat_map(|allow| PRINCIPALS.iter().map(move |deny| (*allow, *deny)))
    {
        for (granted, denied) in
            (0..ACTIONS.len()).flat_map(|a| (0..ACTIONS.len()).map(move |d| (a, d)))
        {
            let allow = Statement { actions: granted, ..statement(true, allow, Vec::new()) };
            let deny = Statement { actions: denied, ..statement(false, deny, Vec::new()) };
            tally.add(&Policy { variables: true, statements: vec![deny, allow] });
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
    tally.finish();
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
