//! A window that slides over a text of any length: [`Window`].

use std::io::{self, Read};

use super::decode::Decoder;
use crate::source::Base;

/// Bytes that are asked of the input at a time.
const CHUNK: usize = 256 * 1024;

/// Bytes that are kept at most, for a value that has to be seen whole. No resource of ours comes near: a policy is
/// at most 10 KiB.
const MAX_KEPT: usize = 4 * 1024 * 1024;

/// Bytes at the beginning that stay known to the end.
const HEAD: usize = 4 * 1024;

/// The bytes of an input as UTF-8, as far as they are needed at the moment.
#[derive(Debug)]
pub(super) struct Window<R> {
    input: Decoder<R>,
    head: Box<[u8]>,
    buffer: Vec<u8>,
    /// How much of the buffer holds input.
    filled: usize,
    /// The next byte to be looked at.
    next: usize,
    /// From here on, bytes must stay.
    keep: Option<usize>,
    /// An index into the buffer, not behind `keep` and `next`, and the place of this byte in the input.
    known: (usize, Base),
}

impl<R: Read> Window<R> {
    /// Looks at the beginning of `input`.
    ///
    /// # Errors
    /// The input can't be read.
    pub(super) fn new(input: R) -> io::Result<Self> {
        let input = Decoder::new(input)?;
        let base = Base { offset: input.offset() as u64, ..Base::default() };
        let buffer = vec![0; CHUNK];
        let mut window = Self {
            input,
            head: Box::default(),
            buffer,
            filled: 0,
            next: 0,
            keep: None,
            known: (0, base),
        };
        while window.filled < HEAD && window.more()? {}
        window.head = window.rest().iter().copied().take(HEAD).collect();
        Ok(window)
    }

    /// The bytes that the input begins with, a few KiB at most.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// The bytes ahead, as far as they are loaded.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.next..self.filled).unwrap_or_default()
    }

    /// Moves over `count` loaded bytes.
    pub(super) fn advance(&mut self, count: usize) {
        self.next = self.filled.min(self.next + count);
    }

    /// Loads more bytes behind [`Window::rest`]; `false` at the end of the input.
    ///
    /// # Errors
    /// The input can't be read.
    pub(super) fn more(&mut self) -> io::Result<bool> {
        self.make_room();
        loop {
            let space = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.input.read(space) {
                Ok(count) => {
                    self.filled += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// From the next byte on, bytes stay until [`Window::release`].
    pub(super) fn keep(&mut self) {
        self.keep = Some(self.next);
    }

    /// The bytes since [`Window::keep`], which are not kept any longer; `None` if they were too many.
    pub(super) fn take_kept(&mut self) -> Option<&[u8]> {
        let keep = self.keep.take()?;
        self.buffer.get(keep..self.next)
    }

    /// The kept bytes are not needed any more.
    pub(super) fn release(&mut self) {
        self.keep = None;
    }

    /// The place of the first kept byte, or of the next byte where none is kept.
    pub(super) fn place(&mut self) -> Base {
        self.place_of(self.keep.unwrap_or(self.next))
    }

    fn place_of(&mut self, index: usize) -> Base {
        let (known, base) = self.known;
        let base = behind(base, self.buffer.get(known..index).unwrap_or_default());
        self.known = (index, base);
        base
    }

    /// Drops what is behind and sees to it that there is room for more.
    fn make_room(&mut self) {
        if self.keep.is_some_and(|keep| self.next - keep > MAX_KEPT) {
            self.keep = None;
        }
        let first = self.keep.unwrap_or(self.next);
        if first > 0 {
            self.place_of(first);
            self.buffer.copy_within(first..self.filled, 0);
            self.filled -= first;
            self.next -= first;
            self.keep = self.keep.map(|_| 0);
            self.known.0 = 0;
        }
        if self.buffer.len() - self.filled < CHUNK / 4 {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
    }
}

/// The place behind `bytes`, which begin at `base`.
fn behind(base: Base, bytes: &[u8]) -> Base {
    let newlines = memchr::memchr_iter(b'\n', bytes).count() as u64;
    let line_start =
        if newlines == 0 { 0 } else { memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1) };
    let last_line = bytes.get(line_start..).unwrap_or_default();
    let width = last_line.chunks(255).map(characters).sum::<u64>();
    Base {
        offset: base.offset + bytes.len() as u64,
        line: base.line + newlines,
        column: if newlines == 0 { base.column + width } else { 1 + width },
    }
}

/// How many characters of UTF-8 begin in at most 255 bytes: so few that their number fits into a byte, which lets the
/// compiler count many bytes at a time.
fn characters(bytes: &[u8]) -> u64 {
    let begins = |byte: &u8| u8::from(!matches!(byte, 0x80..=0xBF));
    u64::from(bytes.iter().map(begins).sum::<u8>())
}
