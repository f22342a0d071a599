//! The grammar of statements: [`Statement`].

use super::condition::Conditions;
use super::document::{Element, elements};
use super::granted::Actions;
use super::node::{Data, Node};
use super::principal::Principals;
use super::problem::Problems;
use super::text::{At, Content, items};
use super::value::Language;
use super::verdict::{Context, Pointer, PolicyKind};
use crate::origin::Why;

/// A statement.
pub(super) struct Statement<'a> {
    pub(super) index: usize,
    /// `Statement` is a list, not one object.
    pub(super) in_list: bool,
    pub(super) node: &'a Node,
    pub(super) sid: Option<&'a str>,
    pub(super) effect: Effect<'a>,
    pub(super) reach: Reach<'a>,
    pub(super) actions: Actions<'a>,
    pub(super) resources: Resources<'a>,
    pub(super) conditions: Conditions<'a>,
    /// Why it may be anything.
    pub(super) unknown: Option<&'a Why>,
    /// The elements that the service will reject.
    pub(super) rejected_at: Vec<At<'a>>,
}

/// `Effect`
#[derive(Clone, Copy)]
pub(super) enum Effect<'a> {
    Allow,
    Deny,
    Unknown(&'a Why),
}

/// `Principal` or `NotPrincipal`
pub(super) enum Reach<'a> {
    /// Those who are named.
    Of(Principals<'a>),
    /// All but those who are named; and the place of `NotPrincipal`.
    AllBut(Principals<'a>, At<'a>),
}

/// `Resource` or `NotResource`
#[derive(Default)]
pub(super) struct Resources<'a> {
    pub(super) resource: Option<Element<'a>>,
    pub(super) not_resource: Option<Element<'a>>,
}

/// Reads statements.
pub(super) struct Reader<'r, 'a> {
    pub(super) kind: PolicyKind,
    pub(super) context: &'r Context,
    pub(super) language: Language<'a>,
    pub(super) problems: &'r mut Problems<'a>,
}

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

impl<'a> Reader<'_, 'a> {
    /// Reads one statement and tells what is wrong with it.
    pub(super) fn statement(
        &mut self,
        index: usize,
        in_list: bool,
        node: &'a Node,
    ) -> Statement<'a> {
        let whole = At::whole(&node.origin);
        self.problems.enter_statement(index, whole);
        let mut statement = Statement::empty(index, in_list, node);
        match &node.data {
            Data::Object(members) => {
                let (found, unknown) = elements(members, ELEMENTS, "a statement", self.problems);
                statement.unknown = unknown;
                // A key that can't be known may be the one that is missed.
                if unknown.is_none() {
                    self.read(&mut statement, found, whole);
                }
            }
            Data::Unknown(why) => statement.unknown = Some(why),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Array(_) => {
                self.problems.reject(&node.origin, "a statement is an object", None);
            }
        }
        statement.rejected_at = self.problems.leave_statement();
        statement
    }

    fn read(
        &mut self,
        statement: &mut Statement<'a>,
        found: [Option<Element<'a>>; 9],
        whole: At<'a>,
    ) {
        let [
            sid,
            effect,
            principal,
            not_principal,
            action,
            not_action,
            resource,
            not_resource,
            condition,
        ] = found;
        if let Some(sid) = sid {
            statement.sid = self.sid(sid);
        }
        self.problems.enter_element(effect.map_or(whole, |effect| effect.at()));
        statement.effect = self.effect(effect, statement.node);
        if let Some(reach) = self.reach(principal, not_principal, whole) {
            statement.reach = reach;
        }
        if action.is_none() && not_action.is_none() {
            self.problems.enter_element(whole);
            self.problems.reject(whole.origin, "the statement has no `Action`", None);
        }
        let is_deny = matches!(statement.effect, Effect::Deny);
        statement.actions = Actions::read(action, not_action, is_deny, self.kind, self.problems);
        statement.resources = self.resources(resource, not_resource, whole);
        if let Some(condition) = condition {
            self.problems.enter_element(condition.at());
            statement.conditions =
                Conditions::read(condition.node(), condition.at(), self.language, self.problems);
        }
    }

    fn sid(&mut self, sid: Element<'a>) -> Option<&'a str> {
        self.problems.enter_element(sid.at());
        match Content::of(sid.node()) {
            Content::Known(text) => {
                let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
                if self.kind == PolicyKind::Identity && !is_plain {
                    let message = format!("the `Sid` `{text}` of an identity policy");
                    self.problems.reject(
                        sid.at().origin,
                        message,
                        "it takes letters and digits only".to_owned(),
                    );
                }
                Some(text)
            }
            Content::Gapped(_) | Content::Unknown(_) => None,
            Content::Other => {
                self.problems.reject(sid.at().origin, "`Sid` is not a text", None);
                None
            }
        }
    }

    /// What can't be read is taken for an Allow: that is the worse.
    fn effect(&mut self, effect: Option<Element<'a>>, statement: &'a Node) -> Effect<'a> {
        let Some(effect) = effect else {
            self.problems.reject(&statement.origin, "the statement has no `Effect`", None);
            return Effect::Allow;
        };
        let known = match Content::of(effect.node()) {
            Content::Known("Allow") => return Effect::Allow,
            Content::Known("Deny") => return Effect::Deny,
            Content::Gapped(gapped) => return Effect::Unknown(gapped.why),
            Content::Unknown(why) => return Effect::Unknown(why),
            Content::Known(text) => text,
            Content::Other => "this",
        };
        let is_deny = known.eq_ignore_ascii_case("Deny");
        let help = match (is_deny, known.eq_ignore_ascii_case("Allow")) {
            (true, _) => "write `Deny`: the case of the letters counts",
            (_, true) => "write `Allow`: the case of the letters counts",
            _ => "it is `Allow` or `Deny`",
        };
        self.problems.reject(
            effect.at().origin,
            format!("`{known}` is not an effect"),
            help.to_owned(),
        );
        if is_deny { Effect::Deny } else { Effect::Allow }
    }

    fn reach(
        &mut self,
        principal: Option<Element<'a>>,
        not_principal: Option<Element<'a>>,
        whole: At<'a>,
    ) -> Option<Reach<'a>> {
        if self.kind == PolicyKind::Identity {
            if let Some(element) = principal.or(not_principal) {
                self.problems.enter_element(element.at());
                let help = "remove it: the policy holds for whoever it is attached to".to_owned();
                self.problems.reject(
                    element.at().origin,
                    "a principal in an identity policy",
                    help,
                );
            }
            return None;
        }
        match (principal, not_principal) {
            (Some(_), Some(both)) => {
                self.problems.enter_element(both.at());
                self.problems.reject(
                    both.at().origin,
                    "`NotPrincipal` beside `Principal`",
                    "keep one of them".to_owned(),
                );
            }
            (None, None) => {
                self.problems.enter_element(whole);
                let help = "say who: `Principal = { AWS = \"arn:aws:iam::111122223333:root\" }`"
                    .to_owned();
                self.problems.reject(whole.origin, "the statement has no `Principal`", help);
            }
            (Some(_), None) | (None, Some(_)) => {}
        }
        let element = not_principal.or(principal)?;
        self.problems.enter_element(element.at());
        let principals =
            Principals::read(element.node(), element.at(), self.context, self.problems);
        Some(match not_principal {
            Some(_) => Reach::AllBut(principals, element.at()),
            None => Reach::Of(principals),
        })
    }

    fn resources(
        &mut self,
        resource: Option<Element<'a>>,
        not_resource: Option<Element<'a>>,
        whole: At<'a>,
    ) -> Resources<'a> {
        match (resource, not_resource) {
            (Some(_), Some(both)) => {
                self.problems.enter_element(both.at());
                self.problems.reject(
                    both.at().origin,
                    "`NotResource` beside `Resource`",
                    "keep one of them".to_owned(),
                );
            }
            (None, None) if self.kind == PolicyKind::Identity => {
                self.problems.enter_element(whole);
                self.problems.reject(whole.origin, "the statement has no `Resource`", None);
            }
            _ => {}
        }
        for element in resource.into_iter().chain(not_resource) {
            self.problems.enter_element(element.at());
            for item in items(element.node())
                .filter(|item| matches!(Content::of(item.node), Content::Other))
            {
                self.problems.reject(&item.node.origin, "a resource is named by a text", None);
            }
        }
        Resources { resource, not_resource }
    }
}

impl<'a> Effect<'a> {
    /// Why it can't be known.
    pub(super) const fn why(self) -> Option<&'a Why> {
        match self {
            Self::Allow | Self::Deny => None,
            Self::Unknown(why) => Some(why),
        }
    }
}

impl<'a> Statement<'a> {
    /// A statement of which nothing is known but its place.
    fn empty(index: usize, in_list: bool, node: &'a Node) -> Self {
        Self {
            index,
            in_list,
            node,
            sid: None,
            effect: Effect::Allow,
            reach: Reach::Of(Principals::default()),
            actions: Actions::default(),
            resources: Resources::default(),
            conditions: Conditions::default(),
            unknown: None,
            rejected_at: Vec::new(),
        }
    }

    /// A place in it.
    pub(super) fn pointer(&self, at: At<'a>) -> Pointer<'a> {
        Pointer { statement: self.in_list.then_some(self.index), at }
    }
}
