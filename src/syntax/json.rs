//! JSON to the shared [tree](super::tree), with the bytes of every value and key (RFC 8259).
//!
//! It reads templates, `.tf.json` and `.tfvars.json`, the entries of plans, and policies inside strings. Broken text
//! still gives a tree: the parser reports what is wrong, takes what was most likely meant, and goes on.

use std::fmt::Display;

use crate::source::TextRange;
use crate::syntax::SyntaxError;
use crate::syntax::tree::{HOLE, Member, Node, NodeKind, Text};

mod string;

/// What [`parse`] makes of a text.
#[derive(Clone, PartialEq, Debug)]
pub struct Parsed<N = Node> {
    /// The value; `None` where the text holds none.
    pub root: Option<N>,
    /// What is wrong, in the order of the text.
    pub errors: Vec<SyntaxError>,
    /// The first hole that stands neither in a string nor in the place of a value. The text around it was read as if
    /// the hole were empty, but what it says depends on what the hole holds.
    pub loose_hole: Option<u32>,
}

/// Makes another tree than [`Node`] of a text, without the way over it.
pub trait Build {
    /// A value.
    type Node;
    /// A key and its value.
    type Member;

    /// Takes a value and the bytes of the whole of it.
    fn node(&self, range: TextRange, kind: NodeKind<Self::Node, Self::Member>) -> Self::Node;

    /// Takes a key, its bytes with the quotes, and its value.
    fn member(&self, key: Text, key_range: TextRange, value: Self::Node) -> Self::Member;
}

/// Objects and arrays deeper than this are reported and passed over, so that no tree overflows a stack.
pub const MAX_DEPTH: usize = 256;

/// More errors than this are not kept.
const MAX_ERRORS: usize = 100;

/// Reads a text. A byte order mark is accepted. Bytes that are not UTF-8 are an error and read as U+FFFD.
pub fn parse(text: &[u8]) -> Parsed {
    parse_as(text, &Tree)
}

/// Reads a text as [`parse`] does into what `build` makes of it.
pub fn parse_as<B: Build>(text: &[u8], build: &B) -> Parsed<B::Node> {
    Parser::new(text, std::str::from_utf8(text).ok(), &[], build).document()
}

/// Reads a text with holes: places whose content is not known. Each hole is one byte of `text`, [`HOLE`], at one of
/// the byte offsets `holes` (ascending). In the place of a value it becomes [`NodeKind::Hole`], inside a string it is
/// recorded in [`TextDetail::holes`](super::tree::TextDetail::holes); the number of a hole is its index in `holes`.
pub fn parse_with_holes(text: &str, holes: &[u32]) -> Parsed {
    Parser::new(text.as_bytes(), Some(text), holes, &Tree).document()
}

/// Builds [`Node`].
struct Tree;

impl Build for Tree {
    type Node = Node;
    type Member = Member;

    fn node(&self, range: TextRange, kind: NodeKind) -> Node {
        Node { range, tag: None, kind }
    }

    fn member(&self, key: Text, key_range: TextRange, value: Node) -> Member {
        Member { key, key_range, value }
    }
}

/// What a value is, as the parser's builder makes its parts.
type Kind<B> = NodeKind<<B as Build>::Node, <B as Build>::Member>;

struct Parser<'a, B: Build> {
    build: &'a B,
    bytes: &'a [u8],
    /// The same bytes, if they are UTF-8 throughout.
    text: Option<&'a str>,
    holes: &'a [u32],
    at: usize,
    /// The brackets that are open, outermost first.
    open: Vec<u8>,
    /// The elements of all open arrays, and the members of all open objects: each takes its own off the end when it
    /// closes, in one allocation of the right size.
    elements: Vec<B::Node>,
    members: Vec<B::Member>,
    errors: Vec<SyntaxError>,
    loose_hole: Option<u32>,
}

impl<'a, B: Build> Parser<'a, B> {
    fn new(bytes: &'a [u8], text: Option<&'a str>, holes: &'a [u32], build: &'a B) -> Self {
        let (open, elements, members, errors) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { build, bytes, text, holes, at: 0, open, elements, members, errors, loose_hole: None }
    }

    fn document(mut self) -> Parsed<B::Node> {
        if u32::try_from(self.bytes.len()).is_err() {
            self.error_at(0, 0, "the text is larger than 4 GiB");
            return Parsed { root: None, errors: self.errors, loose_hole: None };
        }
        if self.bytes.starts_with(b"\xEF\xBB\xBF") {
            self.at = 3;
        }
        self.skip_space();
        let root = if self.at < self.bytes.len() {
            Some(self.value())
        } else {
            self.error_at(self.at, self.at, "expected a JSON value");
            None
        };
        self.trailing();
        self.errors.sort_by_key(|error| error.range.start);
        Parsed { root, errors: self.errors, loose_hole: self.loose_hole }
    }

    /// What stands behind the value: only space is allowed.
    fn trailing(&mut self) {
        self.skip_space();
        while self.skip_loose_hole() {
            self.skip_space();
        }
        if self.at < self.bytes.len() {
            let start = self.at;
            self.skip_token();
            self.error_at(start, self.at, "text behind the end of the JSON value");
        }
    }

    /// The value that begins here. Takes at least one byte unless it reports a missing value.
    fn value(&mut self) -> B::Node {
        let start = self.at;
        let kind = self.kind();
        self.node(start, kind)
    }

    /// What begins here and ends behind it.
    fn node(&self, start: usize, kind: Kind<B>) -> B::Node {
        self.build.node(range(start, self.at), kind)
    }

    fn kind(&mut self) -> Kind<B> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => NodeKind::String(self.string()),
            Some(b'{') => self.nested(b'}', Self::object),
            Some(b'[') => self.nested(b']', Self::array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => self.word(),
            Some(_) if self.hole_here().is_some() => self.hole(),
            Some(b',' | b']' | b'}' | b':') | None => {
                self.error_at(start, start, "expected a value");
                NodeKind::Null
            }
            Some(_) => {
                self.unexpected();
                NodeKind::Null
            }
        }
    }

    fn nested(&mut self, closer: u8, read: fn(&mut Self) -> Kind<B>) -> Kind<B> {
        let start = self.at;
        if self.open.len() >= MAX_DEPTH {
            self.skip_nested();
            self.error_at(
                start,
                start + 1,
                format_args!("nested more than {MAX_DEPTH} levels deep"),
            );
            return NodeKind::Null;
        }
        self.at += 1;
        self.open.push(closer);
        let kind = read(self);
        self.open.pop();
        match self.peek() {
            Some(byte) if byte == closer => self.at += 1,
            Some(_) | None => self.unclosed(start),
        }
        kind
    }

    /// The elements up to, not including, the closing bracket.
    fn array(&mut self) -> Kind<B> {
        let first = self.elements.len();
        loop {
            self.skip_space();
            match self.peek() {
                None | Some(b']') => break,
                Some(b'}') if self.closes_outer(b'}') => break,
                Some(b'}' | b':') => self.unexpected(),
                Some(b',') => {
                    self.error_at(self.at, self.at + 1, "expected a value before `,`");
                    self.at += 1;
                }
                Some(_) => {
                    let element = self.value();
                    self.elements.push(element);
                    self.separator(b']');
                }
            }
        }
        NodeKind::Array(self.elements.split_off(first))
    }

    /// The members up to, not including, the closing brace.
    fn object(&mut self) -> Kind<B> {
        let first = self.members.len();
        loop {
            self.skip_space();
            match self.peek() {
                None | Some(b'}') => break,
                Some(b']') if self.closes_outer(b']') => break,
                Some(b'"') => self.member(Self::string),
                Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-') => {
                    self.member(Self::bare_key)
                }
                Some(b',') => {
                    self.error_at(self.at, self.at + 1, "expected a key before `,`");
                    self.at += 1;
                }
                Some(_) if self.skip_loose_hole() => {}
                Some(_) => self.unexpected(),
            }
        }
        NodeKind::Object(self.members.split_off(first))
    }

    fn member(&mut self, key: fn(&mut Self) -> Text) {
        let start = self.at;
        let key = key(self);
        let key_range = range(start, self.at);
        let value = self.member_value(&key);
        self.members.push(self.build.member(key, key_range, value));
        self.separator(b'}');
    }

    /// The colon and the value behind a key.
    fn member_value(&mut self, key: &Text) -> B::Node {
        let key_end = self.at;
        self.skip_space();
        let has_colon = self.peek() == Some(b':');
        if has_colon {
            self.at += 1;
            self.skip_space();
        } else {
            self.error_at(
                key_end,
                key_end,
                format_args!("expected `:` and a value behind the key `{}`", key.value),
            );
        }
        let start = self.at;
        if !has_colon && self.bytes.get(key_end..start).is_some_and(|gap| gap.contains(&b'\n')) {
            self.at = key_end;
            return self.missing();
        }
        let kind = self.kind();
        if matches!(kind, NodeKind::String(_)) {
            let end = self.at;
            self.skip_space();
            if self.peek() == Some(b':') {
                // What stands in the place of the value is the next key.
                self.error_at(key_end, start, "expected a value");
                self.at = start;
                return self.missing();
            }
            self.at = end;
        }
        self.node(start, kind)
    }

    fn missing(&self) -> B::Node {
        self.node(self.at, NodeKind::Null)
    }

    /// The comma between two elements or members, or nothing before the closing bracket.
    fn separator(&mut self, closer: u8) {
        let end = self.at;
        self.skip_space();
        while self.skip_loose_hole() {
            self.skip_space();
        }
        match self.peek() {
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.skip_space();
                if self.peek() == Some(closer) {
                    self.error_at(
                        comma,
                        comma + 1,
                        format_args!("a comma before `{}`", char::from(closer)),
                    );
                }
            }
            None | Some(b']' | b'}' | b':') => {}
            Some(_) => match end.checked_sub(1).and_then(|last| self.hole_at(last)) {
                Some(hole) => _ = self.loose_hole.get_or_insert(hole),
                None => self.error_at(end, end, "expected `,`"),
            },
        }
    }

    /// A key without quotes.
    fn bare_key(&mut self) -> Text {
        let start = self.at;
        self.skip_word();
        self.error_at(start, self.at, "a key must be in double quotes");
        self.verbatim(start)
    }

    fn word(&mut self) -> Kind<B> {
        let start = self.at;
        self.skip_word();
        match self.bytes.get(start..self.at) {
            Some(b"null") => NodeKind::Null,
            Some(b"true") => NodeKind::Bool(true),
            Some(b"false") => NodeKind::Bool(false),
            Some(_) | None => {
                self.error_at(
                    start,
                    self.at,
                    format_args!("`{}` is not a JSON value", self.excerpt(start)),
                );
                NodeKind::String(self.verbatim(start))
            }
        }
    }

    fn number(&mut self) -> Kind<B> {
        let start = self.at;
        let negative = usize::from(self.peek() == Some(b'-'));
        self.at += negative;
        let digits = self.skip_digits();
        let mut valid =
            digits == 1 || (digits > 1 && self.bytes.get(start + negative) != Some(&b'0'));
        if self.peek() == Some(b'.') {
            self.at += 1;
            valid &= self.skip_digits() > 0;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            valid &= self.skip_digits() > 0;
        }
        if let Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'-' | b'+' | b'.') =
            self.peek()
        {
            self.skip_word();
            valid = false;
        }
        if !valid {
            self.error_at(
                start,
                self.at,
                format_args!("`{}` is not a JSON number", self.excerpt(start)),
            );
        }
        NodeKind::Number(self.verbatim(start).value)
    }

    fn hole(&mut self) -> Kind<B> {
        let hole = self.hole_here().unwrap_or_default();
        self.at += 1;
        NodeKind::Hole(hole)
    }

    /// The hole at the current byte.
    fn hole_here(&self) -> Option<u32> {
        self.hole_at(self.at)
    }

    fn hole_at(&self, at: usize) -> Option<u32> {
        if self.bytes.get(at).copied().map(char::from) != Some(HOLE) {
            return None;
        }
        let index = self.holes.binary_search(&offset(at)).ok()?;
        u32::try_from(index).ok()
    }

    /// Passes over a hole in a place where no value belongs, and remembers it.
    fn skip_loose_hole(&mut self) -> bool {
        let Some(hole) = self.hole_here() else { return false };
        self.loose_hole.get_or_insert(hole);
        self.at += 1;
        true
    }

    /// Does this closing bracket belong to one that was opened outside the innermost?
    fn closes_outer(&self, closer: u8) -> bool {
        self.open.iter().rev().skip(1).any(|open| *open == closer)
    }

    fn unclosed(&mut self, start: usize) {
        let bracket = self.bytes.get(start).copied().map_or('{', char::from);
        self.error_at(start, start + 1, format_args!("unclosed `{bracket}`"));
        let end = self.at;
        if let Some(error) = self.errors.last_mut()
            && error.range.start == offset(start)
        {
            error.related = Some((range(end, end), "it must be closed before this".into()));
        }
    }

    /// Reports and passes over whatever stands here.
    fn unexpected(&mut self) {
        let start = self.at;
        if self
            .bytes
            .get(start..)
            .is_some_and(|rest| rest.starts_with(b"//") || rest.starts_with(b"/*"))
        {
            self.skip_comment();
            self.error_at(start, self.at, "JSON has no comments");
        } else {
            self.skip_token();
            self.error_at(start, self.at, format_args!("unexpected `{}`", self.excerpt(start)));
        }
    }

    fn skip_comment(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = if rest.starts_with(b"//") {
            memchr::memchr(b'\n', rest)
        } else {
            memchr::memmem::find(rest, b"*/").map(|end| end + 2)
        };
        self.at += length.unwrap_or(rest.len());
    }

    /// One byte, and all behind it that is neither space nor JSON's own punctuation.
    fn skip_token(&mut self) {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let end = |byte: &u8| {
            matches!(
                byte,
                b' ' | b'\t' | b'\r' | b'\n' | b'"' | b',' | b':' | b'{' | b'}' | b'[' | b']'
            )
        };
        self.at += 1 + rest.iter().position(end).unwrap_or(rest.len());
    }

    /// A bracket and everything up to the one that closes it, whatever the depth.
    fn skip_nested(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.skip_string();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
    }

    fn skip_word(&mut self) {
        let word = |byte: &u8| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'+' | b'.');
        self.skip_while(word);
    }

    fn skip_digits(&mut self) -> usize {
        let start = self.at;
        self.skip_while(u8::is_ascii_digit);
        self.at - start
    }

    fn skip_space(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    }

    fn skip_while(&mut self, accept: impl Fn(&u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(&accept) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The bytes from `start` to here as a string that stands for itself.
    fn verbatim(&self, start: usize) -> Text {
        let bytes = self.bytes.get(start..self.at).unwrap_or_default();
        Text::verbatim(String::from_utf8_lossy(bytes), offset(start))
    }

    /// The text from `start` to here, short enough for a message.
    fn excerpt(&self, start: usize) -> String {
        let bytes = self.bytes.get(start..self.at).unwrap_or_default();
        String::from_utf8_lossy(bytes).chars().take(40).collect()
    }

    /// Reports, unless the error is only the echo of one that ended in this place.
    fn error_at(&mut self, start: usize, end: usize, message: impl Display) {
        let is_echo = self.errors.last().is_some_and(|last| last.range.end == offset(start));
        if !is_echo && self.errors.len() < MAX_ERRORS {
            let message = message.to_string().into();
            self.errors.push(SyntaxError {
                range: range(start, end),
                message,
                help: None,
                related: None,
            });
        }
    }
}

/// A byte offset of a text that is known to be smaller than 4 GiB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(offset(start), offset(end))
}
