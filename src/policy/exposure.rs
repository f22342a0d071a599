//! From statements to the verdict: [`analyze`].

use smallvec::SmallVec;

use super::action::ActionSet;
use super::allow::{self, Ruling, Strength};
use super::condition::Test;
use super::deny::{Denied, Taken};
use super::document::Document;
use super::identity;
use super::node::Node;
use super::principal::{Entry, Who};
use super::problem::Problems;
use super::statement::{Effect, Reach, Statement};
use super::text::At;
use super::verdict::{
    ActionClasses, Analysis, ClosingTest, Context, Exposure, Grantee, Pointer, PolicyKind, Range,
    StatementAnalysis,
};
use super::witness::Search;
use crate::origin::Why;

/// Says who `document` lets in, being of this kind and in this world.
pub fn analyze<'a>(document: &'a Node, kind: PolicyKind, context: &Context) -> Analysis<'a> {
    let mut problems = Problems::default();
    let document = Document::read(document, kind, context, &mut problems);
    let statements = match kind {
        PolicyKind::Identity => identity::judge(&document),
        PolicyKind::Repository
        | PolicyKind::Registry
        | PolicyKind::CreationTemplate
        | PolicyKind::PublicRepository => {
            let judge = Judge::new(&document, kind, context);
            document.statements.iter().map(|statement| judge.statement(statement)).collect()
        }
    };
    summarize(&document, kind, statements, problems)
}

/// The verdict on the document: that of the worst statement.
fn summarize<'a>(
    document: &Document<'a>,
    kind: PolicyKind,
    statements: Vec<StatementAnalysis<'a>>,
    problems: Problems<'_>,
) -> Analysis<'a> {
    let mut range =
        statements.iter().fold(Range::exactly(Exposure::None), |worst, statement| Range {
            mildest: worst.mildest.max(statement.range.mildest),
            worst: worst.worst.max(statement.range.worst),
        });
    if document.unknown.is_some() {
        range.worst =
            if kind == PolicyKind::Identity { Exposure::IdAdminAll } else { Exposure::Public };
    }
    let verdict = range.verdict();
    let open = statements.iter().filter(|statement| statement.range.worst == range.worst);
    let because =
        document.unknown.or_else(|| open.filter_map(|statement| statement.because).next());
    Analysis {
        exposure: if problems.rejected { Exposure::Invalid } else { verdict },
        if_accepted: problems.rejected.then_some(verdict),
        because: because.filter(|_| verdict == Exposure::Unknown),
        range,
        statements,
        problems: problems.list,
    }
}

/// Judges the statements of a resource policy.
struct Judge<'d, 'a> {
    document: &'d Document<'a>,
    context: &'d Context,
    denied: Denied<'d, 'a>,
    witnesses: Search<'d, 'a>,
    /// The actions that count.
    counted: ActionSet,
}

/// What decides about one Allow, either at its mildest or at its worst.
#[derive(Clone, Copy)]
struct Facts {
    /// The actions that are granted and count.
    granted: ActionSet,
    /// Is everyone let in by the principal?
    everyone: bool,
    /// Is a service?
    service: bool,
    /// How far the named principals open.
    named: Exposure,
    /// What the strongest test does to strangers; `None` without a test.
    strength: Option<Strength>,
    /// The source of a service's call is fixed.
    source_is_fixed: bool,
    taken: Taken,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            granted: ActionSet::EMPTY,
            everyone: false,
            service: false,
            named: Exposure::None,
            strength: None,
            source_is_fixed: false,
            taken: Taken::default(),
        }
    }
}

impl Facts {
    /// The actions that strangers keep.
    fn left(&self) -> ActionSet {
        self.granted & !self.taken.strangers
    }

    fn verdict(&self) -> Exposure {
        if (self.granted & !self.taken.everyone).is_empty() {
            return Exposure::None;
        }
        let everyone = if self.everyone { self.of_everyone() } else { Exposure::None };
        let service = if self.service { self.of_service() } else { Exposure::None };
        everyone.max(service).max(self.named)
    }

    /// Everyone by the principal.
    fn of_everyone(&self) -> Exposure {
        let to_strangers = !self.left().is_empty();
        let to_services = !(self.granted & !self.taken.services).is_empty();
        match self.strength {
            Some(Strength::Restrict) => Exposure::PublicRestricted,
            None if to_strangers => Exposure::Public,
            Some(Strength::Weak) if to_strangers => Exposure::PublicWeak,
            Some(Strength::Weak | Strength::Service) | None if to_services => Exposure::ServiceOpen,
            Some(Strength::Weak | Strength::Service) | None => Exposure::PublicRestricted,
        }
    }

    /// A service by the principal: it acts for anyone unless the source is fixed.
    fn of_service(&self) -> Exposure {
        if (self.granted & !self.taken.all_services).is_empty() {
            Exposure::None
        } else if self.source_is_fixed || (self.granted & !self.taken.services).is_empty() {
            Exposure::ServiceScoped
        } else {
            Exposure::ServiceOpen
        }
    }
}

impl<'d, 'a> Judge<'d, 'a> {
    fn new(document: &'d Document<'a>, kind: PolicyKind, context: &'d Context) -> Self {
        let mut denied = Denied::by(&document.statements, document.language);
        if let Some(why) = document.unknown {
            denied.may_be_all(why);
        }
        Self {
            document,
            context,
            denied,
            witnesses: Search::new(document, context),
            counted: ActionSet::that_count(kind, context.registry_scope),
        }
    }

    fn statement(&self, statement: &Statement<'a>) -> StatementAnalysis<'a> {
        let mut analysis = StatementAnalysis::of(statement);
        match (statement.unknown, statement.effect) {
            (Some(why), _) => {
                analysis.range = Range { mildest: Exposure::None, worst: Exposure::Public };
                analysis.because = Some(why);
            }
            (None, Effect::Deny) => {}
            (None, Effect::Allow) => self.allow(statement, &mut analysis),
            (None, Effect::Unknown(why)) => {
                self.allow(statement, &mut analysis);
                analysis.range.mildest = Exposure::None;
                analysis.because = Some(why);
            }
        }
        analysis.conclude(statement)
    }

    fn allow(&self, statement: &Statement<'a>, analysis: &mut StatementAnalysis<'a>) {
        let rulings = self.rulings(statement);
        let (mildest, worst) =
            (self.facts_at_mildest(statement, &rulings), self.facts_at_worst(statement, &rulings));
        let range = Range { mildest: mildest.verdict(), worst: worst.verdict() };
        analysis.range = range;
        analysis.because = self.why(statement, &rulings);
        analysis.actions = (statement.actions.least & self.counted).classes();
        analysis.every_action = statement.actions.every;
        analysis.names_ecr = statement.actions.names_ecr;
        analysis.grantees = statement.reach.grantees(&worst);
        if range.worst == Exposure::None {
            return;
        }
        let places = statement.reach.places(range.worst, &worst);
        // Most often one place decides, and there may be very many statements.
        analysis.pointers.reserve_exact(1);
        analysis.pointers.extend(places.map(|at| statement.pointer(at)));
        analysis.principal = analysis.pointers.first().map(Pointer::origin);
        let by_star = worst.everyone && worst.of_everyone() == range.worst;
        match range.worst {
            Exposure::PublicWeak | Exposure::ServiceOpen => {
                for (test, ruling) in statement.conditions.tests.iter().zip(&rulings) {
                    for (at, failure) in allow::failures(test, ruling, self.document.language) {
                        analysis.pointers.extend(by_star.then(|| statement.pointer(at)));
                        analysis.failing.push(failure);
                    }
                }
            }
            Exposure::PublicRestricted => {
                analysis.closing = self.closing(statement, &rulings, worst.granted)
            }
            _ => {}
        }
        if range.worst.is_public() {
            analysis.failed_denies = self.denied.failed(worst.granted);
        }
        if range.verdict().is_public() {
            analysis.witness = self.witnesses.find(statement, worst.left());
        }
    }

    /// What each test does to strangers; nothing where no principal lets any in.
    fn rulings(&self, statement: &Statement<'a>) -> SmallVec<[Ruling<'a>; 2]> {
        let conditions = &statement.conditions;
        let rule = |test| Ruling::on(test, conditions, self.document.language, self.context.today);
        match statement.reach.names_only_accounts() {
            true => SmallVec::new(),
            false => conditions.tests.iter().map(rule).collect(),
        }
    }

    fn facts_at_mildest(&self, statement: &Statement<'a>, rulings: &[Ruling<'a>]) -> Facts {
        let granted = statement.actions.least & self.counted;
        let facts =
            Facts { granted, taken: self.denied.most, ..statement.reach.facts_at_mildest() };
        if statement.conditions.unknown.is_some() {
            return Facts { strength: Some(Strength::Restrict), source_is_fixed: true, ..facts };
        }
        let closes_services = |(test, ruling): (&Test<'a>, &Ruling<'a>)| {
            ruling.most == Strength::Restrict && test.closes_services()
        };
        Facts {
            strength: rulings.iter().map(|ruling| ruling.most).max(),
            source_is_fixed: statement.conditions.tests.iter().zip(rulings).any(closes_services),
            ..facts
        }
    }

    fn facts_at_worst(&self, statement: &Statement<'a>, rulings: &[Ruling<'a>]) -> Facts {
        let granted = statement.actions.most & self.counted;
        let closes_services = |(test, ruling): (&Test<'a>, &Ruling<'a>)| {
            ruling.least == Strength::Restrict && test.closes_services()
        };
        Facts {
            granted,
            taken: self.denied.least,
            strength: rulings.iter().map(|ruling| ruling.least).max(),
            source_is_fixed: statement.conditions.tests.iter().zip(rulings).any(closes_services),
            ..statement.reach.facts_at_worst()
        }
    }

    /// Why the verdict may not be known.
    fn why(&self, statement: &Statement<'a>, rulings: &[Ruling<'a>]) -> Option<&'a Why> {
        let conditions =
            statement.conditions.unknown.or_else(|| rulings.iter().find_map(|ruling| ruling.why));
        statement.reach.why().or(statement.actions.why).or(conditions).or(self.denied.why)
    }

    /// What closes a statement: its first test that restricts, or else a Deny.
    fn closing(
        &self,
        statement: &Statement<'a>,
        rulings: &[Ruling<'a>],
        granted: ActionSet,
    ) -> Option<ClosingTest<'a>> {
        let mut tests = statement.conditions.tests.iter().zip(rulings);
        match tests.find(|(_, ruling)| ruling.least == Strength::Restrict) {
            Some((test, ruling)) => Some(allow::closing(test, ruling)),
            None => self.denied.closing(granted),
        }
    }
}

impl<'a> Reach<'a> {
    /// What the principals say, at their mildest.
    fn facts_at_mildest(&self) -> Facts {
        let mut facts = Facts::default();
        match self {
            Self::AllBut(spared, _) => {
                facts.everyone = !spared.has(Who::Everyone) && spared.may_be_everyone().is_none();
            }
            Self::Of(principals) => {
                for entry in &principals.entries {
                    match entry.who {
                        Who::Everyone => facts.everyone = true,
                        Who::Service => facts.service = true,
                        Who::Named(exposure) | Who::Between(exposure, _) => {
                            facts.named = facts.named.max(exposure)
                        }
                        Who::Nobody => {}
                    }
                }
            }
        }
        facts
    }

    /// What the principals say, at their worst.
    fn facts_at_worst(&self) -> Facts {
        let mut facts = Facts::default();
        match self {
            Self::AllBut(spared, _) => facts.everyone = !spared.has(Who::Everyone),
            Self::Of(principals) => {
                facts.everyone = principals.unknown.is_some();
                facts.service = principals.unknown.is_some();
                for entry in &principals.entries {
                    match entry.who {
                        Who::Everyone | Who::Between(_, Exposure::Public) => facts.everyone = true,
                        Who::Service | Who::Between(_, Exposure::ServiceOpen) => {
                            facts.service = true
                        }
                        Who::Named(exposure) | Who::Between(_, exposure) => {
                            facts.named = facts.named.max(exposure)
                        }
                        Who::Nobody => {}
                    }
                }
            }
        }
        facts
    }

    /// Why it can't be known who is meant.
    fn why(&self) -> Option<&'a Why> {
        let (Self::Of(principals) | Self::AllBut(principals, _)) = self;
        principals.why()
    }

    fn names_only_accounts(&self) -> bool {
        let is_account = |entry: &Entry<'_>| matches!(entry.who, Who::Named(_) | Who::Nobody);
        match self {
            Self::AllBut(..) => false,
            Self::Of(principals) => {
                principals.unknown.is_none() && principals.entries.iter().all(is_account)
            }
        }
    }

    /// The places of those who open as far as `verdict` says.
    fn places(&self, verdict: Exposure, facts: &Facts) -> impl Iterator<Item = At<'a>> {
        let (whole, entries) = match self {
            Self::AllBut(_, at) => (Some(*at), &[][..]),
            Self::Of(principals) => (None, principals.entries.as_slice()),
        };
        let opens = |who: Who| match who {
            Who::Everyone | Who::Between(_, Exposure::Public) => facts.of_everyone(),
            Who::Service | Who::Between(_, Exposure::ServiceOpen) => facts.of_service(),
            Who::Named(exposure) | Who::Between(_, exposure) => exposure,
            Who::Nobody => Exposure::None,
        };
        // Whoever certainly opens so far is told before one who only may.
        let decides = move |entry: &&Entry<'_>| opens(entry.who) == verdict;
        let some_certain = entries.iter().any(|entry| decides(&entry) && entry.why.is_none());
        let told = entries
            .iter()
            .filter(move |entry| decides(entry) && (entry.why.is_none() || !some_certain));
        whole.into_iter().chain(told.map(|entry| entry.at))
    }

    fn grantees(&self, facts: &Facts) -> Vec<Grantee<'a>> {
        let Self::Of(principals) = self else { return Vec::new() };
        let grantee = |entry: &Entry<'a>| {
            let exposure = match entry.who {
                Who::Everyone | Who::Nobody => return None,
                Who::Service => facts.of_service(),
                Who::Named(exposure) => exposure,
                Who::Between(..) => Exposure::Unknown,
            };
            Some(Grantee { origin: entry.at.origin, account: entry.account, exposure })
        };
        let mut grantees = Vec::with_capacity(principals.entries.len());
        grantees.extend(principals.entries.iter().filter_map(grantee));
        grantees
    }
}

impl Range {
    /// The verdict, if unknown parts do not decide.
    fn verdict(self) -> Exposure {
        if self.mildest == self.worst { self.worst } else { Exposure::Unknown }
    }
}

impl<'a> StatementAnalysis<'a> {
    /// A statement that grants nothing.
    pub(super) fn of(statement: &Statement<'a>) -> Self {
        Self {
            index: statement.index,
            sid: statement.sid,
            exposure: Exposure::None,
            if_accepted: None,
            because: None,
            range: Range::exactly(Exposure::None),
            actions: ActionClasses::default(),
            pointers: Vec::new(),
            origin: &statement.node.origin,
            principal: None,
            grantees: Vec::new(),
            every_action: None,
            names_ecr: false,
            failing: Vec::new(),
            failed_denies: Vec::new(),
            closing: None,
            witness: None,
        }
    }

    /// The verdict, now that the range is known.
    pub(super) fn conclude(mut self, statement: &Statement<'a>) -> Self {
        let verdict = self.range.verdict();
        self.because = self.because.filter(|_| verdict == Exposure::Unknown);
        self.exposure = verdict;
        if !statement.rejected_at.is_empty() {
            self.exposure = Exposure::Invalid;
            self.if_accepted = Some(verdict);
            self.pointers = statement.rejected_at.iter().map(|at| statement.pointer(*at)).collect();
        }
        self
    }
}
