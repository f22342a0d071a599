//! Identity policies: what their holder may do on every repository.

use super::action::ActionSet;
use super::condition::{Conditions, Holds, Test};
use super::document::{Document, Element};
use super::key::{Class, Openness};
use super::operator::Base;
use super::resource::{Extent, Extents};
use super::statement::{Effect, Statement};
use super::verdict::{ActionClass, Exposure, PolicyKind, Range, RegistryScope, StatementAnalysis};
use crate::origin::Why;

/// Judges the statements of an identity policy.
pub(super) fn judge<'a>(document: &Document<'a>) -> Vec<StatementAnalysis<'a>> {
    let counted = ActionSet::that_count(PolicyKind::Identity, RegistryScope::default());
    let denied = Denied::by(document);
    let judge = |statement: &Statement<'a>| judge_statement(statement, counted, &denied);
    document.statements.iter().map(judge).collect()
}

/// What Deny statements take back on every repository, or on all but those with some tag.
#[derive(Default)]
struct Denied<'a> {
    least: ActionSet,
    most: ActionSet,
    why: Option<&'a Why>,
}

impl<'a> Denied<'a> {
    fn by(document: &Document<'a>) -> Self {
        let mut denied = Self::default();
        for statement in
            document.statements.iter().filter(|statement| statement.rejected_at.is_empty())
        {
            let may_be_all =
                statement.unknown.is_some() || matches!(statement.effect, Effect::Unknown(_));
            if may_be_all {
                denied.most = ActionSet::ALL;
                let Statement { unknown, effect, .. } = statement;
                denied.why = denied.why.or(*unknown).or(effect.why());
            } else if matches!(statement.effect, Effect::Deny) {
                denied.add(statement);
            }
        }
        if document.unknown.is_some() {
            (denied.most, denied.why) = (ActionSet::ALL, denied.why.or(document.unknown));
        }
        denied
    }

    fn add(&mut self, statement: &Statement<'a>) {
        let extents = Extents::of(&statement.resources);
        let Conditions { tests, unknown, .. } = &statement.conditions;
        if !tests
            .iter()
            .all(|test| test.is_on_resource_tag() && test.operator.is_some_and(|o| o.is_negated()))
        {
            return;
        }
        if extents.least == Extent::All && unknown.is_none() {
            self.least |= statement.actions.least;
        }
        if extents.most == Extent::All {
            self.most |= statement.actions.most;
        }
        self.why = self.why.or(*unknown).or(extents.why).or(statement.actions.why);
    }
}

fn judge_statement<'a>(
    statement: &Statement<'a>,
    counted: ActionSet,
    denied: &Denied<'a>,
) -> StatementAnalysis<'a> {
    let mut analysis = StatementAnalysis::of(statement);
    let effect_why = match (statement.unknown, statement.effect) {
        (Some(why), _) => {
            analysis.range = Range { mildest: Exposure::None, worst: Exposure::IdAdminAll };
            analysis.because = Some(why);
            return analysis.conclude(statement);
        }
        (None, Effect::Deny) => return analysis.conclude(statement),
        (None, effect) => effect.why(),
    };
    let (actions, conditions) = (&statement.actions, &statement.conditions);
    let extents = Extents::of(&statement.resources);
    let by_tag =
        conditions.tests.iter().map(Test::narrows_to_a_tag).fold(Holds::default(), Holds::or);
    let (least, most) = (actions.least & !denied.most, actions.most & !denied.least);
    let verdict = |actions: ActionSet, is_all: bool| match () {
        () if (actions & ActionSet::OF_ECR).is_empty() => Exposure::None,
        () if is_all => on_all(actions & counted),
        () => Exposure::IdScoped,
    };
    analysis.range = Range {
        mildest: match effect_why {
            Some(_) => Exposure::None,
            None => {
                let may_be_narrow = by_tag.most || conditions.unknown.is_some();
                verdict(least, extents.least > Extent::Some && !may_be_narrow)
            }
        },
        worst: verdict(most, extents.most > Extent::Some && !by_tag.least),
    };
    let of_conditions = conditions.unknown.or(by_tag.why);
    analysis.because = effect_why.or(actions.why).or(extents.why).or(of_conditions).or(denied.why);
    analysis.actions = (actions.least & !denied.least & counted).classes();
    analysis.every_action = actions.every;
    analysis.names_ecr = actions.names_ecr;
    if analysis.range.worst > Exposure::IdScoped {
        let resource = statement.resources.resource.or(statement.resources.not_resource);
        let places = actions.element.into_iter().chain(resource).map(Element::at);
        analysis.pointers = places.map(|at| statement.pointer(at)).collect();
    }
    analysis.conclude(statement)
}

/// What the actions amount to when they are granted on every repository.
fn on_all(actions: ActionSet) -> Exposure {
    let classes = actions.classes();
    if classes.contains(ActionClass::Admin) || classes.contains(ActionClass::Delete) {
        Exposure::IdAdminAll
    } else if classes.contains(ActionClass::Push) {
        Exposure::IdPushAll
    } else if classes.contains(ActionClass::Pull) {
        Exposure::IdPullAll
    } else {
        Exposure::IdScoped
    }
}

impl<'a> Test<'a> {
    fn is_on_resource_tag(&self) -> bool {
        let family = self.key_name.split('/').next().unwrap_or_default();
        self.key.class == Class::Open(Openness::Resource)
            && ["aws:ResourceTag", "ecr:ResourceTag", "ecr-public:ResourceTag"]
                .iter()
                .any(|tag| tag.eq_ignore_ascii_case(family))
    }

    /// Does it hold only for repositories with some tag?
    fn narrows_to_a_tag(&self) -> Holds<'a> {
        if !self.is_on_resource_tag() {
            return Holds::default();
        }
        match self.operator.map(|operator| operator.base) {
            Some(Base::Null) => self.all_values_are("false"),
            Some(Base::Text { negated, .. }) => {
                Holds::certainly(!negated && !self.passes_without_key())
            }
            Some(
                Base::Address { .. } | Base::Date(_) | Base::Number(_) | Base::Bool | Base::Binary,
            )
            | None => Holds::default(),
        }
    }
}
