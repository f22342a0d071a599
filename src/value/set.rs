//! The order of the elements of a set.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::{Data, Value};

/// What an element is sorted by: values before unknowns, and these before null.
///
/// Terraform sorts strings by bytes, numbers by value and `false` before `true`. Anything else it sorts by the bytes of
/// a description (go-cty, `setRules.Less`), which shows wherever such a set is iterated, so we do the same.
enum Key {
    Value(Box<Value>),
    Description(String),
    Unknown,
    Null,
}

/// The elements in the order of a set, each once. Unknown elements are never taken for equal.
pub(super) fn sorted(items: Vec<Value>) -> Vec<Value> {
    if items.len() < 2 {
        return items;
    }
    let mut keyed: Vec<(Key, Value)> =
        items.into_iter().map(|item| (Key::of(&item), item)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.compare(b));
    let mut kept: Vec<(Key, Value)> = Vec::with_capacity(keyed.len());
    for (key, item) in keyed {
        let same_key =
            kept.iter().rev().take_while(|(other, _)| other.compare(&key) == Ordering::Equal);
        if !matches!(key, Key::Unknown)
            && same_key.map(|(_, other)| other).any(|other| other.equals(&item) == Some(true))
        {
            continue;
        }
        kept.push((key, item));
    }
    kept.into_iter().map(|(_, item)| item).collect()
}

impl Key {
    fn of(item: &Value) -> Self {
        match &item.data {
            Data::Null(_) => Self::Null,
            _ if !item.is_known() => Self::Unknown,
            Data::Bool(_) | Data::Number(_) | Data::String(_) => {
                Self::Value(Box::new(item.clone()))
            }
            Data::List(..) | Data::Set(..) | Data::Tuple(_) | Data::Map(..) | Data::Object(_) => {
                let mut description = String::new();
                describe(item, &mut description);
                Self::Description(description)
            }
            Data::Unknown(_) | Data::OneOf(_) => Self::Unknown,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Value(a), Self::Value(b)) => compare_primitives(a, b),
            (Self::Description(a), Self::Description(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Value(_) => 0,
            Self::Description(_) => 1,
            Self::Unknown => 2,
            Self::Null => 3,
        }
    }
}

fn compare_primitives(a: &Value, b: &Value) -> Ordering {
    match (&a.data, &b.data) {
        (Data::Bool(a), Data::Bool(b)) => a.cmp(b),
        (Data::Number(a), Data::Number(b)) => a.cmp(b),
        _ => a.as_text().cmp(&b.as_text()),
    }
}

/// The description of go-cty (`appendSetHashBytes`).
fn describe(value: &Value, out: &mut String) {
    match &value.data {
        Data::Null(_) => out.push('~'),
        Data::Bool(value) => out.push(if *value { 'T' } else { 'F' }),
        Data::Number(number) => {
            // Writing to a string can't fail.
            let _ = write!(out, "{number}");
        }
        Data::String(rope) => match rope.text() {
            Some(text) => quote(&text, out),
            None => out.push('?'),
        },
        Data::List(_, items) | Data::Set(_, items) => describe_items('[', items.iter(), ']', out),
        Data::Tuple(items) => describe_items('<', items.iter(), '>', out),
        Data::Object(entries) => {
            describe_items('<', entries.values().map(|entry| &entry.value), '>', out)
        }
        Data::Map(_, entries) => {
            out.push('{');
            for (key, entry) in entries.iter() {
                quote(key, out);
                out.push(':');
                describe(&entry.value, out);
                out.push(';');
            }
            out.push('}');
        }
        Data::Unknown(_) | Data::OneOf(_) => out.push('?'),
    }
}

fn describe_items<'a>(
    open: char,
    items: impl Iterator<Item = &'a Value>,
    close: char,
    out: &mut String,
) {
    out.push(open);
    for item in items {
        describe(item, out);
        out.push(';');
    }
    out.push(close);
}

/// As Go's `%q` writes a string. (Of rare characters, it escapes more than is done here.)
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(char));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
