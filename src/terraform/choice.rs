//! What depends on conditions that can't be known, worked out once for each way that they may turn out: [`Choice`].

use std::cell::RefCell;
use std::sync::Arc;

use crate::value::{OneOf, Value};

/// One way that some conditions may turn out.
#[derive(Default)]
pub(super) struct Choice {
    arms: Vec<(Arc<OneOf>, usize)>,
    /// A condition that was met and is not among them.
    open: RefCell<Option<Arc<OneOf>>>,
}

/// What came out of something that depends on conditions.
pub(super) enum Chosen<T> {
    /// It depends on none.
    One(T),
    /// One of these, by the arms of a condition.
    OneOf(Arc<OneOf>, Vec<Chosen<T>>),
    /// It depends on too many.
    TooMany(Arc<OneOf>),
}

/// What depends on more conditions than this is unknown.
const MAX_CONDITIONS: usize = 3;

impl Choice {
    /// Calls `work` for each way that the conditions which it meets may turn out.
    pub(super) fn each<T>(work: &dyn Fn(&Self) -> T) -> Chosen<T> {
        Self::default().explore(work)
    }

    fn explore<T>(self, work: &dyn Fn(&Self) -> T) -> Chosen<T> {
        let result = work(&self);
        let Some(one_of) = self.open.take() else { return Chosen::One(result) };
        if self.arms.len() >= MAX_CONDITIONS {
            return Chosen::TooMany(one_of);
        }
        let arms = (0..one_of.arms.len()).map(|arm| {
            let mut arms = self.arms.clone();
            arms.push((Arc::clone(&one_of), arm));
            Self { arms, open: RefCell::default() }.explore(work)
        });
        let arms = arms.collect();
        Chosen::OneOf(one_of, arms)
    }

    /// The value with the arms that were chosen. A condition that is still open is noted.
    pub(super) fn of(&self, value: Value) -> Value {
        if value.is_wholly_known() {
            return value;
        }
        let value = value.map_alternatives(&|one_of| {
            let same = |(other, _): &&(Arc<OneOf>, usize)| other.id == one_of.id;
            let (_, arm) = self.arms.iter().find(same)?;
            one_of.arms.get(*arm).cloned()
        });
        value.visit_alternatives(&mut |one_of| {
            self.open.borrow_mut().get_or_insert_with(|| Arc::clone(one_of));
        });
        value
    }
}
