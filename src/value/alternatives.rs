//! Values that are one of several, wherever they stand in a value.

use std::sync::Arc;

use super::{Data, Entries, OneOf, Type, Unknown, Value};
use crate::origin::Why;

impl Value {
    /// Calls `visit` for each [`OneOf`] in it, from the outside inward.
    pub fn visit_alternatives(&self, visit: &mut dyn FnMut(&Arc<OneOf>)) {
        if self.is_wholly_known() {
            return;
        }
        match &self.data {
            Data::OneOf(one_of) => {
                visit(one_of);
                one_of.arms.iter().for_each(|arm| arm.visit_alternatives(visit));
            }
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                items.iter().for_each(|item| item.visit_alternatives(visit));
            }
            Data::Map(_, entries) | Data::Object(entries) => {
                entries.values().for_each(|entry| entry.value.visit_alternatives(visit));
            }
            Data::String(rope) => rope.values().for_each(|value| value.visit_alternatives(visit)),
            Data::Unknown(_) | Data::Null(_) | Data::Bool(_) | Data::Number(_) => {}
        }
    }

    /// The value with each [`OneOf`] in it replaced by what `choose` takes, where it takes something.
    #[must_use]
    pub fn map_alternatives(&self, choose: &dyn Fn(&OneOf) -> Option<Self>) -> Self {
        if self.is_wholly_known() {
            return self.clone();
        }
        let each = |items: &[Self]| {
            Arc::new(items.iter().map(|item| item.map_alternatives(choose)).collect())
        };
        let values = |entries: &Entries| -> Arc<Entries> {
            let change = |value: Self| value.map_alternatives(choose);
            Arc::new(entries.iter().map(|(key, entry)| (key.clone(), entry.map(change))).collect())
        };
        let data = match &self.data {
            Data::OneOf(one_of) => match choose(one_of) {
                Some(chosen) => {
                    let chosen = chosen.map_alternatives(choose).marked(self.marks);
                    let origin = chosen.origin.inside(&self.origin);
                    return chosen.at(origin);
                }
                None => {
                    let arms = one_of.arms.iter().map(|arm| arm.map_alternatives(choose)).collect();
                    Data::OneOf(Arc::new(OneOf { arms, ..OneOf::clone(one_of) }))
                }
            },
            Data::List(ty, items) => Data::List(ty.clone(), each(items)),
            Data::Set(ty, items) => Data::Set(ty.clone(), each(items)),
            Data::Tuple(items) => Data::Tuple(each(items)),
            Data::Map(ty, entries) => Data::Map(ty.clone(), values(entries)),
            Data::Object(entries) => Data::Object(values(entries)),
            Data::String(rope) => {
                Data::String(rope.map_values(|value| value.map_alternatives(choose)))
            }
            Data::Unknown(_) | Data::Null(_) | Data::Bool(_) | Data::Number(_) => self.data.clone(),
        };
        Self::new(data, self.origin.clone()).marked(self.marks)
    }

    /// As Terraform sees it: one of several is unknown, with what is true of all of them.
    #[must_use]
    pub fn plain(self) -> Self {
        let Data::OneOf(one_of) = &self.data else { return self };
        let ty = self.ty();
        let text = if ty == Type::String { self.text_shape() } else { Default::default() };
        let bounds = if ty == Type::Number { self.bounds() } else { None };
        let why: Why = one_of.why.clone();
        let not_null = self.is_not_null();
        let unknown = Unknown { not_null, text, bounds, ..Unknown::new(ty, why) };
        Self::from_unknown(unknown, self.origin.clone()).marked(self.all_marks())
    }
}
