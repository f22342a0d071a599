//! Do a plan and its source agree about a value? If so, it is shown where the source has it.

use crate::model::{Document, ExclusionFilter, Fact, Field};
use crate::origin::{HopKind, Origin};
use crate::policy::node::{Data, Member, Node, Text, TextPart};

/// Comparing two policies is given up after so many steps: they are hostile, or have nothing in common.
const MAX_STEPS: usize = 100_000;

/// Joins a property with that of the source; `false` where they disagree. `exact`: the source speaks of the same
/// instance, so that it may say what the plan leaves open.
pub(super) fn field<T: Clone + PartialEq>(
    plan: &mut Field<T>,
    source: &Field<T>,
    exact: bool,
) -> bool {
    join(plan, source, exact, &|planned, written| (planned == written).then(|| written.clone()))
}

/// Joins exclusion filters.
pub(super) fn filters(
    plan: &mut Field<Vec<ExclusionFilter>>,
    source: &Field<Vec<ExclusionFilter>>,
    exact: bool,
) -> bool {
    join(plan, source, exact, &|planned, written| {
        let mut joined = planned.clone();
        let same = planned.len() == written.len()
            && joined.iter_mut().zip(written).all(|(planned, written)| {
                field(&mut planned.filter, &written.filter, exact)
                    && field(&mut planned.filter_type, &written.filter_type, exact)
            });
        same.then_some(joined)
    })
}

/// Joins a policy.
pub(super) fn document(plan: &mut Field<Document>, source: &Field<Document>, exact: bool) -> bool {
    join(plan, source, exact, &|planned, written| match (planned, written) {
        (Document::Json(planned), Document::Json(written)) => {
            let joined = Comparison { steps: 0 }.node(planned, written)?;
            Some(Document::Json(Box::new(joined)))
        }
        (Document::NotJson(_), Document::NotJson(_)) => Some(written.clone()),
        (Document::Managed(planned), Document::Managed(written)) if planned == written => {
            Some(Document::Managed(written.clone()))
        }
        _ => None,
    })
}

fn join<T: Clone>(
    plan: &mut Field<T>,
    source: &Field<T>,
    exact: bool,
    same: &impl Fn(&T, &T) -> Option<T>,
) -> bool {
    let Some(planned) = plan.known() else {
        if exact {
            *plan = source.clone();
        }
        return true;
    };
    let (fact, origin) = match &source.fact {
        Fact::Written(written) => match same(planned, written) {
            Some(joined) => (Fact::Written(joined), source.origin.clone()),
            None => return false,
        },
        Fact::Default(written) => match same(planned, written) {
            Some(joined) => (Fact::Default(joined), source.origin.clone()),
            None => return false,
        },
        Fact::Unknown(_) => (plan.fact.clone(), known_from(&plan.origin, &source.origin)),
        Fact::Either { arms, .. } => {
            return arms.iter().any(|arm| arm.known().is_some() && join(plan, arm, exact, same));
        }
    };
    let sensitive = origin.sensitive || plan.origin.sensitive;
    *plan = Field { fact, origin: Origin { sensitive, ..origin } };
    true
}

/// The origin of a value that is in the source, but known only from the plan.
fn known_from(plan: &Origin, source: &Origin) -> Origin {
    let origin = source.through(HopKind::Plan, "plan", plan.span);
    Origin { sensitive: origin.sensitive || plan.sensitive, ..origin }
}

/// A comparison of two policies.
struct Comparison {
    steps: usize,
}

impl Comparison {
    /// The policy of both: what is known to either, shown where the source has it; `None` where they disagree.
    fn node(&mut self, planned: &Node, written: &Node) -> Option<Node> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return None;
        }
        let data = match (&planned.data, &written.data) {
            (Data::Unknown(_), _) => return Some(written.clone()),
            (_, Data::Unknown(_)) => return Some(from_plan(planned, written)),
            (Data::String(planned_text), Data::String(written_text)) => {
                let (Text::Known(text), Text::Partial(parts)) = (planned_text, written_text) else {
                    return (planned_text == written_text).then(|| written.clone());
                };
                return fits(parts, text).then(|| from_plan(planned, written));
            }
            (Data::Array(planned), Data::Array(written)) => {
                Data::Array(self.items(planned, written)?)
            }
            // One element may stand without its brackets.
            (Data::Array(items), _) => return self.node(only(items)?, written),
            (_, Data::Array(items)) => return self.node(planned, only(items)?),
            (Data::Object(planned), Data::Object(written)) => {
                Data::Object(self.members(planned, written)?)
            }
            (planned, written) if planned == written => written.clone(),
            _ => return None,
        };
        Some(Node { origin: written.origin.clone(), data })
    }

    /// The provider sorts what has no order.
    fn items(&mut self, planned: &[Node], written: &[Node]) -> Option<Vec<Node>> {
        if planned.len() != written.len() {
            return None;
        }
        let mut left: Vec<&Node> = written.iter().collect();
        let mut joined = Vec::with_capacity(planned.len());
        for item in planned {
            let (index, node) = (0..left.len())
                .find_map(|index| Some((index, self.node(item, left.get(index)?)?)))?;
            left.remove(index);
            joined.push(node);
        }
        Some(joined)
    }

    fn members(&mut self, planned: &[Member], written: &[Member]) -> Option<Vec<Member>> {
        if planned.len() != written.len() {
            return None;
        }
        let member = |written: &Member| {
            let planned = planned.iter().find(|planned| planned.key == written.key)?;
            Some(Member { value: self.node(&planned.value, &written.value)?, ..written.clone() })
        };
        written.iter().map(member).collect()
    }
}

fn only(items: &[Node]) -> Option<&Node> {
    match items {
        [item] => Some(item),
        _ => None,
    }
}

fn from_plan(planned: &Node, written: &Node) -> Node {
    Node { origin: known_from(&planned.origin, &written.origin), data: planned.data.clone() }
}

/// Can a text that is known in part be this text?
fn fits(parts: &[TextPart], text: &str) -> bool {
    let mut rest = text;
    let mut parts = parts.iter().peekable();
    let mut anchored = true;
    while let Some(part) = parts.next() {
        let TextPart::Known(known) = part else {
            anchored = false;
            continue;
        };
        let behind = match (anchored, parts.peek()) {
            (true, _) => rest.strip_prefix(&**known),
            (false, None) => return rest.ends_with(&**known),
            (false, Some(_)) => rest.split_once(&**known).map(|(_, behind)| behind),
        };
        let Some(behind) = behind else { return false };
        (rest, anchored) = (behind, true);
    }
    !anchored || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::fits;
    use crate::origin::Why;
    use crate::policy::node::TextPart;

    #[test]
    fn texts_that_are_known_in_part() {
        let known = |text: &str| TextPart::Known(text.into());
        let unknown = || TextPart::Unknown { why: Why::new("x"), plain: true };
        let arn = [known("arn:"), unknown(), known(":x:"), unknown(), known("/*")];
        assert!(fits(&arn, "arn:aws:x:y/z/*"));
        assert!(!fits(&arn, "arn:aws:y/z/*"));
        assert!(!fits(&arn, "urn:aws:x:y/z/*"));
        assert!(!fits(&arn, "arn:aws:x:y/z"));
        assert!(fits(&[unknown()], "anything"));
        assert!(fits(&[unknown(), known("b")], "bab"));
        assert!(!fits(&[known("a")], "ab"));
        assert!(fits(&[], "") && !fits(&[], "a"));
    }
}
