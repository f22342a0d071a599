//! Source texts and places in them: [`FileId`], [`TextRange`], [`Span`], [`Sources`].

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

mod fragments;

use fragments::{Fragments, Slot};

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
    index: OnceLock<Index>,
}

/// What makes a position cheap to tell, even in a line of many megabytes.
#[derive(Debug)]
struct Index {
    /// The offset of the first byte of each line.
    lines: Vec<u32>,
    /// How many scalar values begin before each block of [`BLOCK`] bytes.
    scalars: Vec<u32>,
}

const BLOCK: u32 = 4096;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// All texts of a run. Texts are only ever added, so a [`Span`] stays valid.
#[derive(Debug, Default)]
pub struct Sources {
    files: RwLock<Vec<Kept>>,
    fragments: Mutex<Fragments>,
    /// Those that were added by [`Sources::add_once`].
    once: Mutex<HashMap<Arc<str>, FileId>>,
    /// Bytes that no report may show.
    hidden: RwLock<BTreeSet<Span>>,
}

/// A text, or what is known of a fragment besides its text.
#[derive(Clone, Debug)]
enum Kept {
    Whole(Arc<SourceFile>),
    Fragment { path: Arc<str>, base: Base, slot: Slot },
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

impl Segment {
    /// Are value and source the same bytes? Then a position inside maps byte for byte.
    pub const fn is_verbatim(self) -> bool {
        self.value.len() == self.source.len()
    }

    /// The source bytes that a part of a value was written with, given the segments that tile the value. An escape is
    /// covered as a whole; an empty part is the place between two bytes.
    pub fn source_range(segments: &[Self], part: TextRange) -> TextRange {
        let first = segments.partition_point(|segment| segment.value.end <= part.start);
        let Some(first) = segments.get(first) else {
            let end = segments.last().map_or(0, |segment| segment.source.end);
            return TextRange::new(end, end);
        };
        let start = if first.is_verbatim() {
            first.source.start + part.start.saturating_sub(first.value.start)
        } else {
            first.source.start
        };
        if part.is_empty() {
            return TextRange::new(start, start);
        }
        let last = segments.partition_point(|segment| segment.value.end < part.end);
        let end = match segments.get(last).or(segments.last()) {
            Some(last) if last.is_verbatim() && part.end < last.value.end => {
                last.source.end - (last.value.end - part.end)
            }
            Some(last) => last.source.end,
            None => start,
        };
        TextRange::new(start, end.max(start))
    }

    /// The part of it that lies in a range of the value, which then begins at 0.
    pub fn slice(self, range: TextRange) -> Option<Self> {
        let start = self.value.start.max(range.start);
        let end = self.value.end.min(range.end);
        if start >= end {
            return None;
        }
        let source = if self.is_verbatim() {
            let from = self.source.start + (start - self.value.start);
            TextRange::new(from, from + (end - start))
        } else {
            self.source
        };
        Some(Self { value: TextRange::new(start - range.start, end - range.start), source })
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
    fn new(path: Arc<str>, text: Arc<[u8]>, base: Base) -> Self {
        Self { path, text, base, index: OnceLock::new() }
    }

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

    /// The place of a byte offset of this text in terms of the whole input. An offset behind the text counts as its
    /// end. A byte order mark takes no column, as in editors.
    pub fn position(&self, offset: u32) -> Position {
        let offset = self.clamp(offset);
        let line = self.line_of(offset);
        let start = self.line(line).start;
        let mut column = 1 + u64::from(self.index().scalars_between(&self.text, start, offset));
        if line == 0 {
            column += self.base.column - 1;
            if self.text.starts_with(BYTE_ORDER_MARK) && offset > 0 {
                column -= 1;
            }
        }
        Position {
            line: self.base.line + line as u64,
            column,
            offset: self.base.offset + u64::from(offset),
        }
    }

    /// The 0-based line of this text that holds a byte offset.
    pub fn line_of(&self, offset: u32) -> usize {
        let offset = self.clamp(offset);
        self.index().lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The bytes of a 0-based line of this text, without its line break; empty behind the last line.
    pub fn line(&self, line: usize) -> TextRange {
        let lines = &self.index().lines;
        let end_of_text = self.clamp(u32::MAX);
        let start = lines.get(line).copied().unwrap_or(end_of_text);
        let end = lines.get(line + 1).map_or(end_of_text, |next| next.saturating_sub(1));
        let range = TextRange::new(start, end.max(start));
        match range.of(&self.text) {
            [.., b'\r'] if lines.len() > line + 1 => TextRange::new(start, end - 1),
            _ => range,
        }
    }

    fn clamp(&self, offset: u32) -> u32 {
        offset.min(u32::try_from(self.text.len()).unwrap_or(u32::MAX))
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.text))
    }
}

impl Index {
    fn new(text: &[u8]) -> Self {
        let starts = memchr::memchr_iter(b'\n', text).filter_map(|at| u32::try_from(at + 1).ok());
        let mut total = 0;
        let sums = text.chunks(BLOCK as usize).map(|block| {
            total += scalars(block);
            total
        });
        Self {
            scalars: std::iter::once(0).chain(sums).collect(),
            lines: std::iter::once(0).chain(starts).collect(),
        }
    }

    /// The scalar values that begin between two offsets. Where that is a long way, only its ends are counted.
    fn scalars_between(&self, text: &[u8], start: u32, end: u32) -> u32 {
        if end.saturating_sub(start) <= BLOCK {
            return scalars(TextRange::new(start, end).of(text));
        }
        self.scalars_before(text, end) - self.scalars_before(text, start)
    }

    fn scalars_before(&self, text: &[u8], offset: u32) -> u32 {
        let block = offset / BLOCK;
        self.scalars.get(block as usize).copied().unwrap_or_default()
            + scalars(TextRange::new(block * BLOCK, offset).of(text))
    }
}

/// The scalar values that begin in `bytes`.
fn scalars(bytes: &[u8]) -> u32 {
    let count = bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Sources {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a whole text under the path that the user knows it by.
    pub fn add(&self, path: impl Into<Arc<str>>, text: impl Into<Arc<[u8]>>) -> FileId {
        let file = SourceFile::new(path.into(), text.into(), Base::default());
        self.keep(Kept::Whole(Arc::new(file)))
    }

    /// Adds a whole text, or finds the same text that was added under this path before: a function may read a file many
    /// times.
    pub fn add_once(&self, path: impl Into<Arc<str>>, text: impl Into<Arc<[u8]>>) -> FileId {
        let (path, text) = (path.into(), text.into());
        let mut once = self.once.lock().unwrap_or_else(PoisonError::into_inner);
        match once.get(&path) {
            Some(id) if *self.get(*id).text() == text => *id,
            _ => {
                let id = self.add(Arc::clone(&path), text);
                once.insert(path, id);
                id
            }
        }
    }

    /// Adds a part of a larger input that begins at `base` in it, so that its places are told in terms of the input.
    /// There may be very many: they take little memory.
    pub fn add_fragment(&self, path: impl Into<Arc<str>>, base: Base, text: &[u8]) -> FileId {
        let slot = self.fragments.lock().unwrap_or_else(PoisonError::into_inner).add(text);
        self.keep(Kept::Fragment { path: path.into(), base, slot })
    }

    fn keep(&self, kept: Kept) -> FileId {
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        let id = FileId(u32::try_from(files.len()).unwrap_or(u32::MAX));
        files.push(kept);
        id
    }

    /// Marks bytes that no report may show.
    pub fn hide(&self, span: Span) {
        let mut hidden = self.hidden.write().unwrap_or_else(PoisonError::into_inner);
        hidden.insert(span);
    }

    /// The bytes of a text that no report may show.
    pub fn hidden(&self, file: FileId) -> Vec<TextRange> {
        let hidden = self.hidden.read().unwrap_or_else(PoisonError::into_inner);
        let from = hidden.range(Span::new(file, 0, 0)..);
        from.take_while(|span| span.file == file).map(|span| span.range).collect()
    }

    /// All texts in the order of loading.
    pub fn files(&self) -> impl Iterator<Item = (FileId, Arc<SourceFile>)> {
        let count = self.files.read().unwrap_or_else(PoisonError::into_inner).len();
        (0..).map(FileId).take(count).map(|id| (id, self.get(id)))
    }

    /// The text that `id` names.
    pub fn get(&self, id: FileId) -> Arc<SourceFile> {
        match self.kept(id) {
            Kept::Whole(file) => file,
            Kept::Fragment { path, base, slot } => {
                let mut fragments = self.fragments.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::new(SourceFile::new(path, fragments.text(slot), base))
            }
        }
    }

    /// The path and the beginning of the text that `id` names: cheaper than the text itself.
    pub fn place(&self, id: FileId) -> (Arc<str>, Base) {
        match self.kept(id) {
            Kept::Whole(file) => (Arc::clone(&file.path), file.base),
            Kept::Fragment { path, base, .. } => (path, base),
        }
    }

    fn kept(&self, id: FileId) -> Kept {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        let nothing = || SourceFile::new("".into(), Arc::new([]), Base::default());
        files.get(id.0 as usize).cloned().unwrap_or_else(|| Kept::Whole(Arc::new(nothing())))
    }
}

#[cfg(test)]
mod tests {
    use super::{Base, Sources};

    fn at(text: &[u8], base: Base, offset: u32) -> (u64, u64, u64) {
        let sources = Sources::new();
        let id = sources.add_fragment("x", base, text);
        let position = sources.get(id).position(offset);
        (position.line, position.column, position.offset)
    }

    #[test]
    fn columns_count_scalar_values() {
        let text = "a\r\né€x\n".as_bytes();
        assert_eq!(at(text, Base::default(), 0), (1, 1, 0));
        assert_eq!(at(text, Base::default(), 3), (2, 1, 3));
        assert_eq!(at(text, Base::default(), 8), (2, 3, 8));
        assert_eq!(at(text, Base::default(), 99), (3, 1, 10));
        assert_eq!(at(b"\xEF\xBB\xBFab", Base::default(), 4), (1, 2, 4));
    }

    #[test]
    fn a_fragment_is_told_in_terms_of_its_input() {
        let base = Base { offset: 100, line: 7, column: 5 };
        assert_eq!(at(b"ab\ncd", base, 1), (7, 6, 101));
        assert_eq!(at(b"ab\ncd", base, 4), (8, 2, 104));
    }

    #[test]
    fn a_text_is_added_once() {
        let sources = Sources::new();
        let first = sources.add_once("a", *b"x");
        assert_eq!(sources.add_once("a", *b"x"), first);
        let changed = sources.add_once("a", *b"y");
        assert!(changed != first && sources.add_once("b", *b"x") != first);
        assert_eq!(sources.get(first).text().as_ref(), b"x");
    }

    #[test]
    fn a_long_line_has_true_columns() {
        let text = "é".repeat(10_000);
        for (offset, column) in [(0, 1), (2, 2), (4096, 2049), (8190, 4096), (20_000, 10_001)] {
            assert_eq!(
                at(text.as_bytes(), Base::default(), offset),
                (1, column, u64::from(offset))
            );
        }
    }

    #[test]
    fn lines_come_without_their_break() {
        let sources = Sources::new();
        let file = sources.get(sources.add("x", *b"ab\r\n\ncd"));
        let lines: Vec<&[u8]> = (0..4).map(|line| file.line(line).of(file.text())).collect();
        assert_eq!(lines, [&b"ab"[..], b"", b"cd", b""]);
        assert_eq!((file.line_of(3), file.line_of(4), file.line_of(5)), (0, 1, 2));
    }
}
