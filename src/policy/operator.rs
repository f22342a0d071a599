//! Condition operators: [`Operator`].

/// A condition operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Operator {
    pub(super) base: Base,
    /// The prefix for keys with several values.
    pub(super) quantifier: Quantifier,
    /// `…IfExists`: true when the key is missing.
    pub(super) if_exists: bool,
}

/// The prefix for keys with several values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Quantifier {
    /// None.
    Single,
    /// `ForAllValues:`: true when the key is missing.
    ForAll,
    /// `ForAnyValue:`: false when the key is missing.
    ForAny,
}

/// What an operator compares, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Base {
    /// Texts and ARNs.
    Text {
        /// How values match.
        matching: Matching,
        /// True where none matches.
        negated: bool,
    },
    /// Address ranges.
    Address {
        /// True where none matches.
        negated: bool,
    },
    /// `Date…`
    Date(Comparison),
    /// `Numeric…`
    Number(Comparison),
    /// `Bool`
    Bool,
    /// `BinaryEquals`
    Binary,
    /// `Null`: is the key missing?
    Null,
}

/// How a value matches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Matching {
    /// `StringEquals`: `*` and `?` are letters like any other.
    Exact,
    /// `StringEqualsIgnoreCase`
    ExactIgnoringCase,
    /// `StringLike`: wildcards match anything, colons too.
    Like,
    /// `ArnLike` and `ArnEquals`, which behave the same: wildcards match within a field.
    Arn,
}

/// How dates and numbers compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comparison {
    Equals,
    NotEquals,
    Less,
    LessOrEquals,
    Greater,
    GreaterOrEquals,
}

const fn text(matching: Matching, negated: bool) -> Base {
    Base::Text { matching, negated }
}

static BASES: [(&str, Base); 27] = [
    ("StringEquals", text(Matching::Exact, false)),
    ("StringNotEquals", text(Matching::Exact, true)),
    ("StringEqualsIgnoreCase", text(Matching::ExactIgnoringCase, false)),
    ("StringNotEqualsIgnoreCase", text(Matching::ExactIgnoringCase, true)),
    ("StringLike", text(Matching::Like, false)),
    ("StringNotLike", text(Matching::Like, true)),
    ("ArnEquals", text(Matching::Arn, false)),
    ("ArnNotEquals", text(Matching::Arn, true)),
    ("ArnLike", text(Matching::Arn, false)),
    ("ArnNotLike", text(Matching::Arn, true)),
    ("IpAddress", Base::Address { negated: false }),
    ("NotIpAddress", Base::Address { negated: true }),
    ("Bool", Base::Bool),
    ("Null", Base::Null),
    ("BinaryEquals", Base::Binary),
    ("DateEquals", Base::Date(Comparison::Equals)),
    ("DateNotEquals", Base::Date(Comparison::NotEquals)),
    ("DateLessThan", Base::Date(Comparison::Less)),
    ("DateLessThanEquals", Base::Date(Comparison::LessOrEquals)),
    ("DateGreaterThan", Base::Date(Comparison::Greater)),
    ("DateGreaterThanEquals", Base::Date(Comparison::GreaterOrEquals)),
    ("NumericEquals", Base::Number(Comparison::Equals)),
    ("NumericNotEquals", Base::Number(Comparison::NotEquals)),
    ("NumericLessThan", Base::Number(Comparison::Less)),
    ("NumericLessThanEquals", Base::Number(Comparison::LessOrEquals)),
    ("NumericGreaterThan", Base::Number(Comparison::Greater)),
    ("NumericGreaterThanEquals", Base::Number(Comparison::GreaterOrEquals)),
];

const PREFIXES: [(&str, Quantifier); 2] =
    [("ForAllValues:", Quantifier::ForAll), ("ForAnyValue:", Quantifier::ForAny)];
const IF_EXISTS: &str = "IfExists";

impl Operator {
    /// Reads an operator; the second value says whether its letters are in the documented case. `None` if there is no
    /// such operator.
    pub(super) fn read(name: &str) -> Option<(Self, bool)> {
        let prefix = PREFIXES.iter().find_map(|(prefix, quantifier)| {
            let (head, tail) = name.split_at_checked(prefix.len())?;
            head.eq_ignore_ascii_case(prefix).then_some((tail, *quantifier, head == *prefix))
        });
        let (mut rest, quantifier, mut exact_case) =
            prefix.unwrap_or((name, Quantifier::Single, true));
        let mut if_exists = false;
        if let Some((head, tail)) =
            rest.split_at_checked(rest.len().saturating_sub(IF_EXISTS.len()))
            && tail.eq_ignore_ascii_case(IF_EXISTS)
        {
            (rest, if_exists) = (head, true);
            exact_case &= tail == IF_EXISTS;
        }
        let (name, base) = BASES.iter().find(|(name, _)| name.eq_ignore_ascii_case(rest))?;
        exact_case &= *name == rest;
        let is_allowed = *base != Base::Null || (!if_exists && quantifier == Quantifier::Single);
        is_allowed.then_some((Self { base: *base, quantifier, if_exists }, exact_case))
    }

    /// Is it true where no value matches?
    pub(super) const fn is_negated(self) -> bool {
        matches!(
            self.base,
            Base::Text { negated: true, .. }
                | Base::Address { negated: true }
                | Base::Date(Comparison::NotEquals)
                | Base::Number(Comparison::NotEquals)
        )
    }
}

/// The names of all operators without prefix and suffix.
pub(super) fn names() -> impl Iterator<Item = &'static str> + Clone {
    BASES.iter().map(|(name, _)| *name)
}
