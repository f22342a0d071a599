//! Source texts and places in them: [`FileId`], [`TextRange`], [`Span`], [`Sources`].

use std::fmt;
use std::sync::{Arc, RwLock};

/// Names one text in a [`Sources`].
///
/// The number depends on the order of loading: never sort output by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FileId(u32);

/// A half-open range of bytes in one text. The reader of the text knows which text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TextRange {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

/// A range of bytes in a named text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Span {
    /// The text.
    pub file: FileId,
    /// The bytes in it.
    pub range: TextRange,
}

/// One run of a string's value and the source bytes that it was written with.
///
/// INVARIANT: where both ranges have the same length the bytes are the same, so a position inside maps
/// byte for byte; otherwise (an escape) the run maps as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Bytes of the decoded value.
    pub value: TextRange,
    /// Bytes of the source text.
    pub source: TextRange,
}

/// Where a fragment of a larger input begins in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Base {
    /// Byte offset in the whole input.
    pub offset: u64,
    /// 1-based line of the first byte.
    pub line: u64,
    /// 1-based column of the first byte, in Unicode scalar values.
    pub column: u64,
}

/// A place as people and editors name it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// 1-based line.
    pub line: u64,
    /// 1-based column in Unicode scalar values.
    pub column: u64,
    /// Byte offset in the whole input.
    pub offset: u64,
}

/// One loaded text, or a fragment of a larger one (an entry of a plan).
#[derive(Debug)]
pub struct SourceFile {
    path: Arc<str>,
    text: Arc<[u8]>,
    base: Base,
}

/// All texts of a run. Texts are only ever added, so a [`Span`] stays valid.
#[derive(Debug, Default)]
pub struct Sources {
    files: RwLock<Vec<Arc<SourceFile>>>,
}

impl TextRange {
    /// The range from `start` to `end` (exclusive), both byte offsets.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The range as `usize` offsets, for slicing.
    pub const fn as_usize(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Number of bytes.
    pub const fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Does it hold no byte?
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The smallest range that covers both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Does it contain the byte offset?
    pub const fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    /// The bytes of `text` in this range; empty where the range leaves the text.
    pub fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.as_usize()).unwrap_or_default()
    }
}

impl fmt::Debug for TextRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl Span {
    /// The bytes from `start` to `end` of `file`.
    pub const fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, range: TextRange::new(start, end) }
    }
}

impl Default for Base {
    fn default() -> Self {
        Self { offset: 0, line: 1, column: 1 }
    }
}

impl SourceFile {
    /// The path as the user knows it: relative to the working directory, with `/`.
    pub fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// The bytes.
    pub fn text(&self) -> &Arc<[u8]> {
        &self.text
    }

    /// Where the text begins in its input.
    pub fn base(&self) -> Base {
        self.base
    }
}

impl Sources {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a whole text under the path that the user knows it by.
    pub fn add(&self, path: impl Into<Arc<str>>, text: impl Into<Arc<[u8]>>) -> FileId {
        self.add_fragment(path, Base::default(), text)
    }

    /// Adds a part of a larger input that begins at `base` in it, so that its places are told in terms of the input.
    pub fn add_fragment(&self, path: impl Into<Arc<str>>, base: Base, text: impl Into<Arc<[u8]>>) -> FileId {
        let file = Arc::new(SourceFile { path: path.into(), text: text.into(), base });
        let mut files = self.files.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id = FileId(u32::try_from(files.len()).unwrap_or(u32::MAX));
        files.push(file);
        id
    }

    /// The text that `id` names.
    pub fn get(&self, id: FileId) -> Arc<SourceFile> {
        let files = self.files.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        match files.get(id.0 as usize) {
            Some(file) => Arc::clone(file),
            None => Arc::new(SourceFile { path: "".into(), text: Arc::new([]), base: Base::default() }),
        }
    }
}
