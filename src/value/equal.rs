//! Equality as the operator `==` sees it.

use super::{Data, Entries, Type, Value};

impl Value {
    /// Are the two equal? `None` where that can't be known.
    ///
    /// Values of different types are never equal, except that all nulls are. What is known of an unknown value may be
    /// enough to tell it from another: a string that begins with `arn:` is not `*`.
    pub fn equals(&self, other: &Self) -> Option<bool> {
        if (self.is_null() && other.is_not_null()) || (other.is_null() && self.is_not_null()) {
            return Some(false);
        }
        match (self.is_known(), other.is_known()) {
            (true, true) => self.equals_known(other),
            (false, false) => None,
            (true, false) => other.unknown_equals(self),
            (false, true) => self.unknown_equals(other),
        }
    }

    fn equals_known(&self, other: &Self) -> Option<bool> {
        if self.has_unknown_type() || other.has_unknown_type() {
            let (left, right) = (self.ty(), other.ty());
            return if left.conforms(&right) || right.conforms(&left) { None } else { Some(false) };
        }
        match (&self.data, &other.data) {
            (Data::Null(_), Data::Null(_)) => Some(true),
            (Data::Bool(a), Data::Bool(b)) => Some(a == b),
            (Data::Number(a), Data::Number(b)) => Some(a == b),
            (Data::String(_), Data::String(_)) => Some(self.as_text()? == other.as_text()?),
            (Data::List(a, left), Data::List(b, right)) if a == b => items_equal(left, right),
            (Data::Set(a, left), Data::Set(b, right)) if a == b => sets_equal(left, right),
            (Data::Map(a, left), Data::Map(b, right)) if a == b => entries_equal(left, right),
            (Data::Tuple(left), Data::Tuple(right)) if self.ty() == other.ty() => {
                items_equal(left, right)
            }
            (Data::Object(left), Data::Object(right)) if self.ty() == other.ty() => {
                entries_equal(left, right)
            }
            _ => Some(false),
        }
    }

    /// `self` is unknown and `known` is known.
    fn unknown_equals(&self, known: &Self) -> Option<bool> {
        if known.is_null() {
            return None;
        }
        let (ty, known_ty) = (self.ty(), known.ty());
        // An empty list of no particular type is no list of strings, but what is unknown in it may be a string.
        let may_become = || known.has_unknown_type() && ty.conforms(&known_ty);
        if !known_ty.conforms(&ty) && !may_become() {
            return Some(false);
        }
        if let (Some((least, most)), Some(number)) = (self.bounds(), known.as_number()) {
            let is_outside = *number < least || most.is_some_and(|most| *number > most);
            return is_outside.then_some(false);
        }
        let text = known.as_text()?;
        let shape = self.text_shape();
        let plain_differs = shape.plain && (text.is_empty() || text.contains(['*', '?']));
        (plain_differs || !text.starts_with(&*shape.prefix)).then_some(false)
    }

    /// Is there a part whose type is not known?
    pub(crate) fn has_unknown_type(&self) -> bool {
        if self.is_wholly_known() {
            return false;
        }
        match &self.data {
            Data::Unknown(_) | Data::OneOf(_) => self.ty() == Type::Dynamic,
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                items.iter().any(Self::has_unknown_type)
            }
            Data::Map(_, entries) | Data::Object(entries) => {
                entries.values().any(|entry| entry.value.has_unknown_type())
            }
            Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => false,
        }
    }
}

/// In order: the first pair that is not certainly equal decides, as in Terraform.
fn items_equal(left: &[Value], right: &[Value]) -> Option<bool> {
    if left.len() != right.len() {
        return Some(false);
    }
    left.iter()
        .zip(right)
        .map(|(a, b)| a.equals(b))
        .find(|equal| *equal != Some(true))
        .unwrap_or(Some(true))
}

fn entries_equal(left: &Entries, right: &Entries) -> Option<bool> {
    if left.len() != right.len() || left.keys().ne(right.keys()) {
        return Some(false);
    }
    let mut all = Some(true);
    for (a, b) in left.values().zip(right.values()) {
        match a.value.equals(&b.value) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

/// Both are sorted and without duplicates.
fn sets_equal(left: &[Value], right: &[Value]) -> Option<bool> {
    if left.iter().chain(right).any(|item| !item.is_wholly_known()) {
        return None;
    }
    items_equal(left, right)
}
