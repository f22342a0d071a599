//! The entries of maps and objects: [`Entries`].

use std::iter::Map;
use std::slice;

use smol_str::SmolStr;

use super::Value;
use crate::origin::Origin;

/// The entries of a map or object in the order of their keys. They are made at once and never change, so a sorted list
/// serves better than a tree: it is small, and nearly free to make where the keys come in order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Entries {
    /// INVARIANT: sorted by key, and no key stands twice.
    sorted: Vec<(SmolStr, Entry)>,
}

/// One entry of a map or object.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// Where the key was written, where that is known.
    pub key_origin: Option<Origin>,
    /// The value.
    pub value: Value,
}

type Pair = fn(&(SmolStr, Entry)) -> (&SmolStr, &Entry);

impl Entries {
    /// None.
    pub const fn new() -> Self {
        Self { sorted: Vec::new() }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Is there none?
    pub const fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The entry under a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        let at = self.sorted.binary_search_by(|(other, _)| (**other).cmp(key)).ok()?;
        self.sorted.get(at).map(|(_, entry)| entry)
    }

    /// Is there an entry under a key?
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// All in the order of their keys.
    pub fn iter(&self) -> Map<slice::Iter<'_, (SmolStr, Entry)>, Pair> {
        self.sorted.iter().map(|(key, entry)| (key, entry))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &SmolStr> + DoubleEndedIterator {
        self.sorted.iter().map(|(key, _)| key)
    }

    /// The entries in the order of their keys.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Entry> + DoubleEndedIterator {
        self.sorted.iter().map(|(_, entry)| entry)
    }
}

impl Entry {
    /// An entry.
    pub const fn new(key_origin: Option<Origin>, value: Value) -> Self {
        Self { key_origin, value }
    }

    /// The same key with another value.
    #[must_use]
    pub fn map(&self, change: impl FnOnce(Value) -> Value) -> Self {
        Self { key_origin: self.key_origin.clone(), value: change(self.value.clone()) }
    }
}

impl FromIterator<(SmolStr, Entry)> for Entries {
    /// Of two entries under one key the later counts.
    fn from_iter<I: IntoIterator<Item = (SmolStr, Entry)>>(entries: I) -> Self {
        let mut sorted: Vec<_> = entries.into_iter().collect();
        if !sorted.is_sorted_by(|(key, _), (next, _)| key < next) {
            sorted.sort_by(|(key, _), (other, _)| key.cmp(other));
            sorted.dedup_by(|later, earlier| {
                let is_same = later.0 == earlier.0;
                if is_same {
                    std::mem::swap(later, earlier);
                }
                is_same
            });
        }
        Self { sorted }
    }
}

impl<'a> IntoIterator for &'a Entries {
    type Item = (&'a SmolStr, &'a Entry);
    type IntoIter = Map<slice::Iter<'a, (SmolStr, Entry)>, Pair>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Entries {
    type Item = (SmolStr, Entry);
    type IntoIter = std::vec::IntoIter<(SmolStr, Entry)>;

    fn into_iter(self) -> Self::IntoIter {
        self.sorted.into_iter()
    }
}
