//! Texts that occur many times, each kept once: [`Texts`].

use std::collections::HashSet;
use std::sync::Arc;

/// Texts that were seen.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// The text; one that was seen before takes no more memory.
    pub(super) fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(seen) = self.0.get(text) {
            return Arc::clone(seen);
        }
        let text: Arc<str> = text.into();
        self.0.insert(Arc::clone(&text));
        text
    }
}
