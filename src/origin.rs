//! Where a value comes from and why it can't be known: [`Origin`], [`Hop`], [`Why`].

use std::ops::Deref;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::source::Span;

/// Where a value was written, and the way it took from there to the place that uses it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Origin {
    /// The bytes that the value was written with; for a default, the header of the block that leaves it out.
    pub span: Span,
    /// The last reference that the value passed through; `None` where it stands at its place of use.
    pub via: Option<Arc<Hop>>,
    /// The value is sensitive: nothing may print it.
    pub sensitive: bool,
}

/// One reference that a value passed through. The newest hop (nearest to the use) is the head of the list.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Hop {
    /// What kind of step it is.
    pub kind: HopKind,
    /// The name as written: `var.policy`, `local.star`, `module.ecr.policy`, `jsonencode`.
    pub name: SmolStr,
    /// The bytes of the reference.
    pub span: Span,
    /// The hop before it, nearer to where the value was written.
    pub next: Option<Arc<Hop>>,
    /// How many hops there are from here on.
    length: u16,
}

/// A longer way tells a reader nothing: the newest hops of one are left out.
const MAX_HOPS: u16 = 64;

/// The kinds of steps on a value's way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HopKind {
    /// `var.x` that fell back on the variable's `default`.
    VariableDefault,
    /// `var.x` with a value from a file, the command line or the caller.
    Variable,
    /// The argument of a `module` call.
    ModuleArgument,
    /// `local.x`.
    Local,
    /// `module.m.x`: the output of a called module.
    Output,
    /// An attribute of a resource or data source.
    Attribute,
    /// `each.key`, `each.value`, `count.index`, `self` or a `for` variable.
    Iteration,
    /// A function that made the value from its argument.
    Function,
    /// A parameter, mapping or condition of a CloudFormation template.
    Template,
    /// An entry of a plan.
    Plan,
}

/// Why a value can't be known. It is small where it stands: most values are known.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Why(Arc<Reason>);

/// What there is to say of a value that can't be known.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Reason {
    /// One line, lower case, no full stop: "variable `x` has no default and no value".
    pub reason: Arc<str>,
    /// The place where the knowledge ended.
    pub span: Option<Span>,
}

impl Origin {
    /// A value that stands at its place of use.
    pub const fn at(span: Span) -> Self {
        Self { span, via: None, sensitive: false }
    }

    /// The same value, seen through one more reference.
    #[must_use]
    pub fn through(&self, kind: HopKind, name: impl Into<SmolStr>, span: Span) -> Self {
        let via = Hop::before(kind, name.into(), span, self.via.clone());
        Self { span: self.span, via, sensitive: self.sensitive }
    }

    /// The same origin for a value that stands inside another one, which has itself come a way.
    #[must_use]
    pub fn inside(&self, outer: &Self) -> Self {
        let via = match (&self.via, &outer.via) {
            (None, newer) => newer.clone(),
            (older, None) => older.clone(),
            (older, Some(_)) => {
                let newer: Vec<&Hop> = outer.hops().collect();
                newer.into_iter().rev().fold(older.clone(), |next, hop| {
                    Hop::before(hop.kind, hop.name.clone(), hop.span, next)
                })
            }
        };
        Self { span: self.span, via, sensitive: self.sensitive || outer.sensitive }
    }

    /// The same origin of a value that nothing may print.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self { sensitive: true, ..self }
    }

    /// The hops from the place of use back to where the value was written.
    pub fn hops(&self) -> impl Iterator<Item = &Hop> {
        std::iter::successors(self.via.as_deref(), |hop| hop.next.as_deref())
    }
}

impl Hop {
    /// A hop nearer to the use than `next`.
    pub(crate) fn before(
        kind: HopKind,
        name: SmolStr,
        span: Span,
        next: Option<Arc<Self>>,
    ) -> Option<Arc<Self>> {
        match next.as_ref().map_or(0, |next| next.length) {
            MAX_HOPS.. => next,
            length => Some(Arc::new(Self { kind, name, span, next, length: length + 1 })),
        }
    }
}

impl Why {
    /// A reason without a place.
    pub fn new(reason: impl Into<Arc<str>>) -> Self {
        Self::with(reason, None)
    }

    /// A reason with the place where the knowledge ended.
    pub fn at(reason: impl Into<Arc<str>>, span: Span) -> Self {
        Self::with(reason, Some(span))
    }

    /// A reason with the place where the knowledge ended, if there is one.
    pub fn with(reason: impl Into<Arc<str>>, span: Option<Span>) -> Self {
        Self(Arc::new(Reason { reason: reason.into(), span }))
    }
}

impl Deref for Why {
    type Target = Reason;

    fn deref(&self) -> &Reason {
        &self.0
    }
}
