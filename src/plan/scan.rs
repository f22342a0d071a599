//! Reads JSON of any length piece by piece: [`Scanner`]. What is not asked for is passed over at the speed of memory,
//! but its strings must be closed and its brackets must match.

use std::io::{self, Read};

use serde::de::IgnoredAny;

use super::blocks::{BLOCK, BracketError, Skipper};
use super::window::Window;
use crate::source::Base;

/// Longest key, and longest text of [`Scanner::text`], in bytes.
const MAX_TOKEN: usize = 64 * 1024;

/// A reader of JSON that stands somewhere in its input.
#[derive(Debug)]
pub(super) struct Scanner<R> {
    window: Window<R>,
    /// The last key, text or word.
    token: String,
    /// Stands right behind an opening bracket, where no comma belongs.
    opened: bool,
}

/// Why the input can't be read on.
#[derive(Debug)]
pub(super) enum ScanError {
    /// The system says so.
    Io(io::Error),
    /// It ends inside a value, at this place.
    Truncated(Base),
    /// It is not JSON at this place.
    Syntax(Base, String),
}

/// The first byte of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    String,
    /// A number, `true`, `false` or `null`.
    Other,
}

type Result<T> = std::result::Result<T, ScanError>;

impl<R: Read> Scanner<R> {
    /// Stands before the first byte.
    ///
    /// # Errors
    /// The input can't be read.
    pub(super) fn new(input: R) -> Result<Self> {
        Ok(Self { window: Window::new(input)?, token: String::new(), opened: false })
    }

    /// The window, to look at bytes that are not JSON.
    pub(super) fn window(&mut self) -> &mut Window<R> {
        &mut self.window
    }

    /// What kind of value comes next.
    pub(super) fn start(&mut self) -> Result<Start> {
        match self.peek()? {
            b'{' => Ok(Start::Object),
            b'[' => Ok(Start::Array),
            b'"' => Ok(Start::String),
            b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => Ok(Start::Other),
            byte => Err(self.unexpected(byte, "a value")),
        }
    }

    /// Enters the object that comes next, or passes over any other value and answers `false`.
    pub(super) fn enter_object(&mut self) -> Result<bool> {
        self.enter(Start::Object)
    }

    /// Enters the array that comes next, or passes over any other value and answers `false`.
    pub(super) fn enter_array(&mut self) -> Result<bool> {
        self.enter(Start::Array)
    }

    /// Enters the object or array that comes next, whichever is wanted, or passes over any other value and answers
    /// `false`.
    pub(super) fn enter(&mut self, wanted: Start) -> Result<bool> {
        if self.start()? != wanted {
            self.skip()?;
            return Ok(false);
        }
        self.window.advance(1);
        self.opened = true;
        Ok(true)
    }

    /// Inside an object or array: the first byte of the next member or element, or `None` behind the closing bracket.
    fn item(&mut self, closing: u8) -> Result<Option<u8>> {
        let first = std::mem::take(&mut self.opened);
        match self.peek()? {
            byte if byte == closing => {
                self.window.advance(1);
                Ok(None)
            }
            byte if first => Ok(Some(byte)),
            b',' => {
                self.window.advance(1);
                self.peek().map(Some)
            }
            byte => Err(self.unexpected(byte, &format!("`,` or `{}`", char::from(closing)))),
        }
    }

    /// Inside an object: the next key, or `None` behind its closing brace. The value must be read or passed
    /// over before the next call.
    pub(super) fn key(&mut self) -> Result<Option<&str>> {
        if !self.at_key()? {
            return Ok(None);
        }
        self.token()?;
        self.colon()?;
        Ok(Some(&self.token))
    }

    /// The same, but answers only whether it is the key `name`.
    fn key_is(&mut self, name: &str) -> Result<Option<bool>> {
        if !self.at_key()? {
            return Ok(None);
        }
        let content = self.window.rest().get(1..).unwrap_or_default();
        let end = content.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        let found = match end.and_then(|end| content.split_at_checked(end)) {
            Some((key, [b'"', ..])) => {
                let (found, length) = (key == name.as_bytes(), key.len() + 2);
                self.window.advance(length);
                found
            }
            _ => {
                self.token()?;
                self.token == name
            }
        };
        self.colon()?;
        Ok(Some(found))
    }

    /// Inside an object: stands before the next key, or answers `false` behind its closing brace.
    fn at_key(&mut self) -> Result<bool> {
        match self.item(b'}')? {
            None => Ok(false),
            Some(b'"') => Ok(true),
            Some(byte) => Err(self.unexpected(byte, "a key")),
        }
    }

    fn colon(&mut self) -> Result<()> {
        match self.peek()? {
            b':' => {
                self.window.advance(1);
                Ok(())
            }
            byte => Err(self.unexpected(byte, "`:`")),
        }
    }

    /// Inside an array: stands before the next element, or answers `false` behind its closing bracket.
    pub(super) fn element(&mut self) -> Result<bool> {
        Ok(self.item(b']')?.is_some())
    }

    /// The string that comes next, or `None` for any other value, which is passed over.
    pub(super) fn text(&mut self) -> Result<Option<&str>> {
        if self.start()? == Start::String {
            self.token()?;
            return Ok(Some(&self.token));
        }
        self.skip()?;
        Ok(None)
    }

    /// The string that comes next, or the word of a number, boolean or null as it is written; `None` for any other
    /// value, which is passed over.
    pub(super) fn scalar(&mut self) -> Result<Option<&str>> {
        match self.start()? {
            Start::String => self.token()?,
            Start::Other => self.word()?,
            Start::Object | Start::Array => {
                self.skip()?;
                return Ok(None);
            }
        }
        Ok(Some(&self.token))
    }

    /// Passes over the value that comes next.
    pub(super) fn skip(&mut self) -> Result<()> {
        match self.start()? {
            Start::Object => self.skip_brackets(b'{'),
            Start::Array => self.skip_brackets(b'['),
            Start::String => self.skip_string(),
            Start::Other => self.word(),
        }
    }

    /// Inside an object, before a key: passes over the rest of it.
    pub(super) fn leave_object(&mut self) -> Result<()> {
        self.opened = false;
        self.follow(Skipper::behind(b'{'))
    }

    /// Passes over the value that comes next. Answers whether it is an object with a `type` that is wanted; then it is
    /// kept for [`Scanner::take_kept`].
    pub(super) fn object_of_type(&mut self, mut wanted: impl FnMut(&str) -> bool) -> Result<bool> {
        self.peek()?;
        self.window.keep();
        let mut found = false;
        if self.enter_object()? {
            while let Some(is_type) = self.key_is("type")? {
                if is_type {
                    found = self.text()?.is_some_and(&mut wanted);
                    self.leave_object()?;
                    break;
                }
                self.skip()?;
            }
        }
        if !found {
            self.window.release();
        }
        Ok(found)
    }

    /// Passes over the value that comes next, and keeps it for [`Scanner::take_kept`].
    pub(super) fn keep(&mut self) -> Result<()> {
        self.peek()?;
        self.window.keep();
        self.skip()
    }

    /// The bytes that were kept and their place; `None` if they were too many.
    pub(super) fn take_kept(&mut self) -> (Base, Option<&[u8]>) {
        let base = self.window.place();
        (base, self.window.take_kept())
    }

    /// The next byte that is not white space.
    pub(super) fn peek(&mut self) -> Result<u8> {
        self.peek_or_end()?.ok_or_else(|| ScanError::Truncated(self.end()))
    }

    /// The next byte that is not white space; `None` at the end of the input.
    pub(super) fn peek_or_end(&mut self) -> Result<Option<u8>> {
        loop {
            let rest = self.window.rest();
            let blank =
                rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
            let next = rest.get(blank).copied();
            self.window.advance(blank);
            if next.is_some() || !self.window.more()? {
                return Ok(next);
            }
        }
    }

    /// The place of the next byte.
    pub(super) fn place(&mut self) -> Base {
        self.window.release();
        self.window.place()
    }

    fn end(&mut self) -> Base {
        let ahead = self.window.rest().len();
        self.window.advance(ahead);
        self.place()
    }

    fn skip_brackets(&mut self, bracket: u8) -> Result<()> {
        self.window.advance(1);
        self.follow(Skipper::behind(bracket))
    }

    fn follow(&mut self, mut skipper: Skipper) -> Result<()> {
        loop {
            let (blocks, _) = self.window.rest().as_chunks::<BLOCK>();
            let (found, length) = (skipper.follow(blocks), blocks.as_flattened().len());
            if self.bracket(found)? {
                return Ok(());
            }
            self.window.advance(length);
            if !self.window.more()? {
                break;
            }
        }
        let rest = self.window.rest();
        let mut block = [b' '; BLOCK];
        block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let found = skipper.follow(&[block]);
        if self.bracket(found)? { Ok(()) } else { Err(ScanError::Truncated(self.end())) }
    }

    /// Moves to what was found in the blocks ahead: behind the last bracket (`true`), or to the one that is wrong.
    fn bracket(&mut self, found: std::result::Result<Option<usize>, BracketError>) -> Result<bool> {
        let (at, message) = match found {
            Ok(None) => return Ok(false),
            Ok(Some(end)) => {
                self.window.advance(end);
                return Ok(true);
            }
            Err(BracketError::Mismatch(at)) => {
                (at, "this closing bracket does not match the opening one")
            }
            Err(BracketError::TooDeep(at)) => (at, "brackets are nested too deeply"),
        };
        self.window.advance(at);
        Err(ScanError::Syntax(self.place(), message.to_owned()))
    }

    fn skip_string(&mut self) -> Result<()> {
        self.window.advance(1);
        loop {
            let rest = self.window.rest();
            match memchr::memchr2(b'"', b'\\', rest) {
                Some(at) if rest.get(at) == Some(&b'"') => {
                    self.window.advance(at + 1);
                    return Ok(());
                }
                Some(at) if rest.len() > at + 1 => self.window.advance(at + 2),
                found => {
                    let passed = found.unwrap_or(rest.len());
                    self.window.advance(passed);
                    if !self.window.more()? {
                        return Err(ScanError::Truncated(self.end()));
                    }
                }
            }
        }
    }

    /// Reads the string that comes next into `token`.
    fn token(&mut self) -> Result<()> {
        let mut seen = 1;
        let length = loop {
            let ahead = self.window.rest().get(seen..).unwrap_or_default();
            // Most strings are short.
            match ahead.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
                Some(at) if ahead.get(at) == Some(&b'"') => break seen + at + 1,
                Some(at) if ahead.len() > at + 1 => seen += at + 2,
                found => {
                    seen += found.unwrap_or(ahead.len());
                    if seen > MAX_TOKEN {
                        return Err(ScanError::Syntax(
                            self.place(),
                            "this string is too long here".to_owned(),
                        ));
                    }
                    if !self.window.more()? {
                        return Err(ScanError::Truncated(self.end()));
                    }
                }
            }
        };
        let quoted = self.window.rest().get(..length).unwrap_or_default();
        let content = quoted.get(1..length - 1).unwrap_or_default();
        self.token.clear();
        if memchr::memchr(b'\\', content).is_none() {
            match std::str::from_utf8(content) {
                Ok(text) => self.token.push_str(text),
                Err(_) => self.token.push_str(&String::from_utf8_lossy(content)),
            }
        } else {
            match serde_json::from_slice::<String>(quoted) {
                Ok(text) => self.token = text,
                Err(error) => {
                    return Err(ScanError::Syntax(
                        self.place(),
                        format!("this string is not JSON: {error}"),
                    ));
                }
            }
        }
        self.window.advance(length);
        Ok(())
    }

    /// Reads the number, `true`, `false` or `null` that comes next into `token`.
    fn word(&mut self) -> Result<()> {
        self.token.clear();
        loop {
            let rest = self.window.rest();
            let length = rest
                .iter()
                .take_while(|byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.'))
                .count();
            let ended = length < rest.len() || self.token.len() > MAX_TOKEN;
            self.token.push_str(&String::from_utf8_lossy(rest.get(..length).unwrap_or_default()));
            self.window.advance(length);
            if ended {
                break;
            }
            if !self.window.more()? {
                return Err(ScanError::Truncated(self.end()));
            }
        }
        if serde_json::from_str::<IgnoredAny>(&self.token).is_ok() {
            return Ok(());
        }
        let word: String = self.token.chars().take(40).collect();
        Err(ScanError::Syntax(self.place(), format!("`{word}` is not a JSON value")))
    }

    fn unexpected(&mut self, byte: u8, wanted: &str) -> ScanError {
        let found = if byte.is_ascii_graphic() {
            format!("`{}`", char::from(byte))
        } else {
            format!("byte {byte:#04x}")
        };
        ScanError::Syntax(self.place(), format!("expected {wanted}, found {found}"))
    }
}

impl From<io::Error> for ScanError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
