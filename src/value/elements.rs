//! What is known about the elements of a list, a set or a tuple that is not known as a whole: [`Elements`].

use std::sync::Arc;

use super::{Data, Type, Unknown, Value};
use crate::origin::{Origin, Why};

/// What is known about the elements of a sequence, whatever their order is.
#[derive(Clone, PartialEq, Debug)]
pub struct Elements {
    /// These are certainly among them.
    pub certain: Vec<Value>,
    /// What any further ones are like.
    pub others: Others,
}

/// What the elements are like that are not certainly there.
#[derive(Clone, PartialEq, Debug)]
pub enum Others {
    /// There are no others.
    None,
    /// Each of them is like this value, which is unknown in part. There may be none.
    Like(Box<Value>),
    /// Nothing is known of them.
    Any,
}

impl Elements {
    /// Nothing is known.
    pub const ANY: Self = Self { certain: Vec::new(), others: Others::Any };

    /// There are none.
    pub const NONE: Self = Self { certain: Vec::new(), others: Others::None };

    /// The elements of several sequences together.
    pub fn join(all: impl IntoIterator<Item = Self>) -> Self {
        let mut joined = Self { certain: Vec::new(), others: Others::None };
        for Self { certain, others } in all {
            joined.certain.extend(certain);
            joined.others = match (joined.others, others) {
                (Others::None, one) | (one, Others::None) => one,
                (Others::Like(a), Others::Like(b)) if a == b => Others::Like(a),
                (Others::Like(_) | Others::Any, Others::Like(_) | Others::Any) => Others::Any,
            };
        }
        joined
    }

    /// The elements changed one by one, and those left out for which `change` gives nothing.
    #[must_use]
    pub fn filter_map(&self, mut change: impl FnMut(&Value) -> Option<Value>) -> Self {
        let certain = self.certain.iter().filter_map(&mut change).collect();
        let others = match &self.others {
            Others::Like(value) => match change(value) {
                Some(value) => Others::Like(Box::new(value)),
                None => Others::Any,
            },
            Others::None => Others::None,
            Others::Any => Others::Any,
        };
        Self { certain, others }
    }

    /// The values that stand for elements.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        let like = match &self.others {
            Others::Like(value) => Some(&**value),
            Others::None | Others::Any => None,
        };
        self.certain.iter().chain(like)
    }

    /// Is anything known?
    fn is_some(&self) -> bool {
        !self.certain.is_empty() || self.others != Others::Any
    }
}

impl Value {
    /// What is known about the elements, if it is a list, a set or a tuple, or may be one.
    pub fn elements(&self) -> Elements {
        match &self.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                let certain = items.iter().map(|item| item.clone().inside(&self.origin));
                Elements { certain: certain.collect(), others: Others::None }
            }
            Data::Unknown(unknown) => match &unknown.elements {
                Some(elements) => {
                    elements.filter_map(|item| Some(item.clone().inside(&self.origin)))
                }
                None => Elements::ANY,
            },
            Data::OneOf(_)
            | Data::Null(_)
            | Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::Map(..)
            | Data::Object(_) => Elements::ANY,
        }
    }

    /// A sequence that is not known as a whole, but for some of its elements.
    #[must_use]
    pub fn with_elements(self, elements: Elements) -> Self {
        match &self.data {
            Data::Unknown(unknown) if elements.is_some() => {
                let elements = Some(Arc::new(elements));
                let unknown = Unknown { elements, ..Unknown::clone(unknown) };
                Self::from_unknown(unknown, self.origin.clone()).marked(self.marks)
            }
            _ => self,
        }
    }

    /// Stands for an element of this sequence of which nothing else is known.
    pub fn any_element(&self) -> Self {
        let why = self.why().cloned().unwrap_or_else(|| Why::at("any element", self.origin.span));
        let ty = self.ty().element().cloned().unwrap_or(Type::Dynamic);
        match self.elements().others {
            Others::Like(value) => *value,
            Others::None | Others::Any => {
                Self::unknown_of(ty, why, Origin::clone(&self.origin)).marked(self.all_marks())
            }
        }
    }
}
