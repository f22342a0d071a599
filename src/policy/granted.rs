//! What `Action` and `NotAction` name: [`Actions`].

use super::action::{ActionSet, Use, is_ecr, listed_names};
use super::document::Element;
use super::problem::{Problems, did_you_mean};
use super::text::{Content, GAP, items};
use super::verdict::PolicyKind;
use super::wildcard::{covers_ignoring_case, is_pattern};
use crate::origin::{Origin, Why};

/// The actions that a statement names.
#[derive(Default)]
pub(super) struct Actions<'a> {
    /// Those that it certainly names.
    pub(super) least: ActionSet,
    /// Those that it may name.
    pub(super) most: ActionSet,
    /// Why it can't be known.
    pub(super) why: Option<&'a Why>,
    /// The element.
    pub(super) element: Option<Element<'a>>,
    /// The pattern that names everything, or `NotAction`.
    pub(super) every: Option<&'a Origin>,
    /// An action is written with the prefix of ECR.
    pub(super) names_ecr: bool,
}

impl<'a> Actions<'a> {
    /// Reads the elements and tells what is wrong with them.
    pub(super) fn read(
        action: Option<Element<'a>>,
        not_action: Option<Element<'a>>,
        is_deny: bool,
        kind: PolicyKind,
        problems: &mut Problems<'a>,
    ) -> Self {
        if let (Some(_), Some(both)) = (action, not_action) {
            problems.enter_element(both.at());
            problems.reject(
                both.at().origin,
                "`NotAction` beside `Action`",
                "keep one of them".to_owned(),
            );
        }
        let mut actions = Self::default();
        if let Some(element) = action {
            actions.add(element, if is_deny { Use::Deny } else { Use::Allow }, kind, problems);
        }
        if let Some(element) = not_action {
            let mut spared = Self::default();
            spared.add(
                element,
                if is_deny { Use::DenyAllBut } else { Use::AllowAllBut },
                kind,
                problems,
            );
            actions.least |= !spared.most;
            actions.most |= !spared.least;
            actions.why = actions.why.or(spared.why);
            actions.every = actions.every.or(Some(element.at().origin));
        }
        actions.element = action.or(not_action);
        actions
    }

    fn add(
        &mut self,
        element: Element<'a>,
        used: Use,
        kind: PolicyKind,
        problems: &mut Problems<'a>,
    ) {
        problems.enter_element(element.at());
        for item in items(element.node()) {
            let origin = &item.node.origin;
            match Content::of(item.node) {
                Content::Known(pattern) => self.add_pattern(pattern, origin, used, kind, problems),
                Content::Gapped(gapped) => {
                    self.most |= ActionSet::named_by(&gapped.text.replace(GAP, "*"), Use::Deny);
                    self.most |= ActionSet::named_by(&gapped.text.replace(GAP, "*"), used);
                    self.why = self.why.or(Some(gapped.why));
                }
                Content::Unknown(why) => {
                    self.most = ActionSet::ALL;
                    self.why = self.why.or(Some(why));
                }
                Content::Other => problems.reject(origin, "an action is named by a text", None),
            }
        }
    }

    fn add_pattern(
        &mut self,
        pattern: &str,
        origin: &'a Origin,
        used: Use,
        kind: PolicyKind,
        problems: &mut Problems<'a>,
    ) {
        let (service, other, own, every) = match kind {
            PolicyKind::PublicRepository => {
                ("ecr-public", "ecr", ActionSet::LISTED_PUBLIC, "ecr-public:*")
            }
            PolicyKind::Repository
            | PolicyKind::Registry
            | PolicyKind::CreationTemplate
            | PolicyKind::Identity => ("ecr", "ecr-public", ActionSet::LISTED_PRIVATE, "ecr:*"),
        };
        // What most policies write: there is nothing more to it.
        if let Some(listed) = ActionSet::listed_as(pattern).filter(|listed| own.contains(*listed)) {
            self.add_set(listed);
            self.names_ecr = true;
            return;
        }
        let (prefix, name) = pattern.split_once(':').unwrap_or(("", pattern));
        let meant = if prefix.is_empty() && pattern != "*" {
            let help = format!("write `{service}:{name}`");
            problems.reject(origin, format!("the action `{pattern}` has no service"), help);
            Some(format!("{service}:{name}"))
        } else if kind == PolicyKind::PublicRepository && prefix.eq_ignore_ascii_case(other) {
            let help = format!("write `{service}:{name}`");
            problems.reject(
                origin,
                format!("`{pattern}` is an action of private repositories"),
                help,
            );
            Some(format!("{service}:{name}"))
        } else {
            None
        };
        let prefix = if meant.is_some() { service } else { prefix };
        let pattern = meant.as_deref().unwrap_or(pattern);
        self.add_set(ActionSet::named_by(pattern, used));
        self.names_ecr |= is_ecr(prefix);
        if self.every.is_none() && covers_ignoring_case(pattern, every) {
            self.every = Some(origin);
        }
        if kind != PolicyKind::Identity && meant.is_none() {
            note_foreign(pattern, service, other, origin, problems);
        }
    }

    fn add_set(&mut self, set: ActionSet) {
        self.least |= set;
        self.most |= set;
    }
}

/// Tells of an action that grants nothing: a misspelt one, or one of the other kind of repositories.
fn note_foreign(
    pattern: &str,
    service: &str,
    other: &str,
    origin: &Origin,
    problems: &mut Problems<'_>,
) {
    let (prefix, name) = pattern.split_once(':').unwrap_or_default();
    if prefix.eq_ignore_ascii_case(other) {
        let message = format!("`{pattern}` is not an action on this kind of repository");
        problems.note(origin, message, format!("write `{service}:{name}`"));
    } else if prefix.eq_ignore_ascii_case(service)
        && !is_pattern(name)
        && ActionSet::named_by(pattern, Use::Deny).is_empty()
    {
        let suggestion = problems.suggestion(pattern, &listed_names().collect::<Vec<_>>());
        if suggestion.is_some() {
            problems.note(
                origin,
                format!("`{pattern}` is not an action of ECR"),
                did_you_mean(suggestion),
            );
        }
    }
}
