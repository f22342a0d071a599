//! The tests of a `Condition`: [`Conditions`], [`Test`].

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use super::key::{self, Class, Key, Openness};
use super::node::{Data, Member, Node, Text};
use super::operator::{self, Base, Matching, Operator, Quantifier};
use super::problem::{Problems, did_you_mean};
use super::text::{At, Content, GAP, Gapped, compare_ignoring_case, has_variable, items};
use super::value::{Comparison, Language, content, range};
use super::wildcard::{is_pattern, matches, matches_ignoring_case};
use crate::origin::{Origin, Why};

/// The tests of a statement, all of which must be true.
#[derive(Default)]
pub(super) struct Conditions<'a> {
    /// Most conditions have one.
    pub(super) tests: SmallVec<[Test<'a>; 1]>,
    /// Why there may be other tests.
    pub(super) unknown: Option<&'a Why>,
    /// The keys that `Null` tests name, and whether they ask for the key's presence; sorted without regard to case.
    guarded: Vec<(&'a str, Holds<'a>)>,
}

/// Whether something is so: with every completion of unknown parts, with some completion.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holds<'a> {
    pub(super) least: bool,
    pub(super) most: bool,
    /// Why it can't be known.
    pub(super) why: Option<&'a Why>,
}

impl Holds<'_> {
    /// It is so, or not.
    pub(super) const fn certainly(holds: bool) -> Self {
        Self { least: holds, most: holds, why: None }
    }

    /// One of two things is so.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            least: self.least || other.least,
            most: self.most || other.most,
            why: self.why.or(other.why),
        }
    }
}

/// One test: an operator, a key and values.
pub(super) struct Test<'a> {
    /// `None` if there is no such operator.
    pub(super) operator: Option<Operator>,
    /// The operator as written.
    pub(super) operator_name: &'a str,
    pub(super) operator_origin: &'a Origin,
    pub(super) key: Key,
    /// The key as written.
    pub(super) key_name: &'a str,
    pub(super) key_origin: &'a Origin,
    /// One value or a list.
    pub(super) values: &'a Node,
    /// The place of the key.
    pub(super) at: At<'a>,
}

/// So many keys are compared one by one.
const FEW: usize = 8;

impl<'a> Conditions<'a> {
    /// Reads the element `Condition`.
    pub(super) fn read(
        node: &'a Node,
        at: At<'a>,
        language: Language<'a>,
        problems: &mut Problems<'_>,
    ) -> Self {
        let mut conditions = Self::default();
        match &node.data {
            Data::Object(operators) => {
                for member in last_of_each(operators, problems) {
                    conditions.read_operator(member, at, problems);
                }
            }
            Data::Unknown(why) => conditions.unknown = Some(why),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Array(_) => {
                problems.reject(&node.origin, "`Condition` is not an object", None);
            }
        }
        for test in &conditions.tests {
            test.check(language, problems);
            if test.operator.is_some_and(|operator| operator.base == Base::Null) {
                conditions.guarded.push((test.key_name, test.all_values_are("false")));
            }
        }
        conditions.guarded.sort_unstable_by(|(a, _), (b, _)| compare_ignoring_case(a, b));
        conditions.guarded.dedup_by(|(again, other), (key, holds)| {
            let is_same = again.eq_ignore_ascii_case(key);
            if is_same {
                *holds = holds.or(*other);
            }
            is_same
        });
        conditions
    }

    fn read_operator(&mut self, member: &'a Member, at: At<'a>, problems: &mut Problems<'_>) {
        let name = match &member.key {
            Text::Known(name) => name,
            Text::Partial(_) => {
                self.unknown = self.unknown.or(member.key.why());
                return;
            }
        };
        let operator = match Operator::read(name) {
            Some((operator, true)) => Some(operator),
            Some((operator, false)) => {
                let help = "operators are written as in the IAM user guide, such as `StringEquals`"
                    .to_owned();
                problems.note(
                    &member.key_origin,
                    format!("the operator `{name}` is in an odd case"),
                    help,
                );
                Some(operator)
            }
            None => {
                let help =
                    did_you_mean(problems.suggestion(name, &operator::names().collect::<Vec<_>>()));
                problems.reject(
                    &member.key_origin,
                    format!("`{name}` is not a condition operator"),
                    help,
                );
                None
            }
        };
        let keys = match &member.value.data {
            Data::Object(keys) => keys,
            Data::Unknown(why) => {
                self.unknown = self.unknown.or(Some(why));
                return;
            }
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Array(_) => {
                problems.reject(
                    &member.value.origin,
                    format!("`{name}` takes an object of keys and values"),
                    None,
                );
                return;
            }
        };
        if keys.is_empty() {
            problems.note(
                &member.key_origin,
                format!("`{name}` without a key tests nothing"),
                None,
            );
        }
        let at = at.below(member);
        for key in last_of_each(keys, problems) {
            match &key.key {
                Text::Known(key_name) => self.tests.push(Test {
                    operator,
                    operator_name: name,
                    operator_origin: &member.key_origin,
                    key: Key::named(key_name),
                    key_name,
                    key_origin: &key.key_origin,
                    values: &key.value,
                    at: at.below(key),
                }),
                Text::Partial(_) => self.unknown = self.unknown.or(key.key.why()),
            }
        }
    }

    /// Is there a `Null` test that asks for the presence of this key?
    pub(super) fn guards(&self, key: &str) -> Holds<'a> {
        let found =
            self.guarded.binary_search_by(|(guarded, _)| compare_ignoring_case(guarded, key));
        found
            .ok()
            .and_then(|index| self.guarded.get(index))
            .map_or_else(Holds::default, |(_, holds)| *holds)
    }
}

impl<'a> Test<'a> {
    /// What its values are compared with; `None` if there is no such operator.
    pub(super) fn comparison(&self, language: Language<'a>) -> Option<Comparison<'a>> {
        let base = self.operator?.base;
        Some(Comparison { base, class: self.key.class, key: self.key_name, language })
    }

    /// The known values, if all are known and there is one at least.
    pub(super) fn known_values(&self) -> Option<Vec<&'a str>> {
        let values: Option<Vec<&str>> = items(self.values)
            .map(|item| match content(item.node) {
                Content::Known(text) => Some(text),
                Content::Gapped(_) | Content::Unknown(_) | Content::Other => None,
            })
            .collect();
        values.filter(|values| !values.is_empty())
    }

    /// `ForAllValues:` or `…IfExists`: true when the key is missing.
    pub(super) fn passes_without_key(&self) -> bool {
        self.operator
            .is_some_and(|operator| operator.if_exists || operator.quantifier == Quantifier::ForAll)
    }

    /// Is there a value, and is each this word, in whatever case?
    pub(super) fn all_values_are(&self, word: &str) -> Holds<'a> {
        let (mut least, mut most, mut why, mut count) = (true, true, None, 0);
        for item in items(self.values) {
            count += 1;
            match content(item.node) {
                Content::Known(text) if text.eq_ignore_ascii_case(word) => {}
                Content::Known(_) | Content::Other => (least, most) = (false, false),
                Content::Unknown(reason) => (least, why) = (false, why.or(Some(reason))),
                Content::Gapped(gapped) => {
                    least = false;
                    most &= matches_ignoring_case(&gapped.text.replace(GAP, "*"), word);
                    why = why.or(Some(gapped.why));
                }
            }
        }
        Holds { least: least && count > 0, most: most && count > 0, why }
    }

    /// Can it keep services from acting for strangers?
    pub(super) fn closes_services(&self) -> bool {
        self.key.is_source() || self.key.class == Class::Open(Openness::Time)
    }

    /// Tells what is wrong with the key and the values.
    fn check(&self, language: Language<'_>, problems: &mut Problems<'_>) {
        if self.key.class == Class::Open(Openness::UnknownKey)
            && let Some(known) =
                problems.suggestion(self.key_name, &key::names().collect::<Vec<_>>())
        {
            let message = format!("`{}` is not a condition key", self.key_name);
            problems.note(self.key_origin, message, did_you_mean(Some(known)));
        }
        for item in items(self.values) {
            match content(item.node) {
                Content::Known(text) => {
                    self.check_value(text, &item.node.origin, language, problems)
                }
                Content::Gapped(_) | Content::Unknown(_) => {}
                Content::Other => {
                    let message = format!("`{}` takes texts, or a list of texts", self.key_name);
                    problems.reject(&item.node.origin, message, None);
                }
            }
        }
    }

    fn check_value(
        &self,
        text: &str,
        origin: &Origin,
        language: Language<'_>,
        problems: &mut Problems<'_>,
    ) {
        let Some(Operator { base, .. }) = self.operator else { return };
        let is_exact = matches!(
            base,
            Base::Text { matching: Matching::Exact | Matching::ExactIgnoringCase, .. }
        );
        let is_open = matches!(self.key.class, Class::Open(_) | Class::Service);
        if is_exact && !is_open && is_pattern(text) && !has_variable(text) {
            let message = format!(
                "`{text}` is taken literally under `{}`: no caller has that value",
                self.operator_name
            );
            problems.note(origin, message, "wildcards need `StringLike` or `ArnLike`".to_owned());
        }
        if matches!(language, Language::WithoutVariables) && text.contains("${aws:") {
            let message = format!("`{text}` is plain text in this version of the policy language");
            problems.note(
                origin,
                message,
                "policy variables need `Version` `2012-10-17`".to_owned(),
            );
        }
        if matches!(base, Base::Address { .. })
            && self.key.class == Class::Address
            && range(text).is_none()
        {
            problems.note(
                origin,
                format!("`{text}` is not an address or a range of addresses"),
                None,
            );
        }
    }
}

/// The members that count: of several with the same key, the last one. Those that a later one may replace, because its
/// key is known in part only, are left out: whoever reads the later one says that there may be others.
pub(super) fn last_of_each<'a>(
    members: &'a [Member],
    problems: &mut Problems<'_>,
) -> impl Iterator<Item = &'a Member> + use<'a> {
    let lost = lost_members(members);
    for member in lost.iter().filter_map(|index| members.get(*index)) {
        problems.lost(member);
    }
    let replaceable = replaceable_members(members);
    let is_kept = move |index: &usize| {
        lost.binary_search(index).is_err() && replaceable.binary_search(index).is_err()
    };
    members.iter().enumerate().filter(move |(index, _)| is_kept(index)).map(|(_, member)| member)
}

/// The indices of members with a key that a later one has too.
fn lost_members(members: &[Member]) -> Vec<usize> {
    let keys = members.iter().enumerate().map(|(index, member)| (index, member.key.known()));
    let mut lost: Vec<usize> = if members.len() <= FEW {
        let is_repeated = |index: usize, key: Option<&str>| {
            let later = members.get(index + 1..).unwrap_or_default();
            key.is_some() && later.iter().any(|member| member.key.known() == key)
        };
        keys.filter(|(index, key)| is_repeated(*index, *key)).map(|(index, _)| index).collect()
    } else {
        let mut seen = FxHashSet::default();
        keys.rev()
            .filter(|(_, key)| key.is_some_and(|key| !seen.insert(key)))
            .map(|(index, _)| index)
            .collect()
    };
    lost.sort_unstable();
    lost
}

/// The indices of members with a key that a later one may have, which is known in part only.
fn replaceable_members(members: &[Member]) -> Vec<usize> {
    let mut later: Vec<String> = Vec::new();
    let mut replaceable = Vec::new();
    for (index, member) in members.iter().enumerate().rev() {
        match &member.key {
            Text::Partial(parts) if later.len() < FEW => {
                later.extend(Gapped::of(parts).map(|gapped| gapped.text.replace(GAP, "*")))
            }
            // Too many to compare: any of them may be any.
            Text::Partial(_) => later = vec!["*".to_owned(); FEW],
            Text::Known(key) if later.iter().any(|pattern| matches(pattern, key)) => {
                replaceable.push(index)
            }
            Text::Known(_) => {}
        }
    }
    replaceable.reverse();
    replaceable
}
