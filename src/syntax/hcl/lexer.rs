//! Bytes to tokens.
//!
//! The lexer follows templates by itself: it knows when a `}` ends an interpolation and goes on with text. White
//! space and comments are no tokens; comments are collected on the side.

use super::scan;
use crate::source::TextRange;

/// A token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// For [`TokenKind::Text`]: its value is its bytes. Always true otherwise.
    pub verbatim: bool,
    /// Its bytes. The end of a string, heredoc or template sequence is empty where it is missing.
    pub range: TextRange,
}

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum TokenKind {
    /// The end of the text.
    Eof,
    /// A line break.
    Newline,
    /// An identifier or keyword.
    Ident,
    /// A number: what looks like one, which may still be wrong (`1.2.3`).
    Number,
    /// `"` that begins a string.
    Quote,
    /// `"` that ends a string.
    QuoteEnd,
    /// `<<NAME` or `<<-NAME`; its line break belongs to it but is not in its range.
    Heredoc,
    /// The name that ends a heredoc.
    HeredocEnd,
    /// Text of a template. In a heredoc at most one line, with its line break.
    Text,
    /// `${` or `${~`
    Interpolation,
    /// `%{` or `%{~`
    Directive,
    /// `}` or `~}` that ends an interpolation or a directive.
    SequenceEnd,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `=`
    Equals,
    /// `=>`
    Arrow,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `...`
    Ellipsis,
    /// `:`
    Colon,
    /// `::`
    DoubleColon,
    /// `?`
    Question,
    /// `!`
    Not,
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// Bytes that begin no token.
    Invalid,
    /// Never made by the lexer: a token that does not belong to the expression it stands in, because it begins a
    /// line that looks like the next item. Only made while recovering from an error.
    Stop,
}

/// What the lexer is in the middle of, from the outside in.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// A quoted string.
    Quoted,
    /// A heredoc.
    Heredoc {
        /// The name that ends it.
        marker: TextRange,
        /// It has no end; it is taken to end here.
        cut: Option<usize>,
    },
    /// A whole text that is a template.
    Bare,
    /// `${ … }` or `%{ … }`, with this many braces open inside.
    Sequence(u32),
}

/// Cuts a text into tokens.
#[derive(Debug)]
pub struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    modes: Vec<Mode>,
    /// All bytes are UTF-8.
    valid: bool,
    /// A string, with all that is in it, ends at its line's end.
    pub(super) recovering: bool,
    /// How many heredocs without an end were met while recovering.
    cut_heredocs: u32,
    comments: Vec<TextRange>,
}

/// How often the end of a heredoc is searched in vain before heredocs are taken not to have one: it bounds the work.
const MAX_HEREDOC_SEARCHES: u32 = 16;

impl<'t> Lexer<'t> {
    /// Reads `text` as configuration. At most 4 GiB of it are read.
    pub fn new(text: &'t [u8]) -> Self {
        let text = text.get(..u32::MAX as usize).unwrap_or(text);
        Self {
            text,
            at: if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 },
            modes: Vec::new(),
            valid: std::str::from_utf8(text).is_ok(),
            recovering: false,
            cut_heredocs: 0,
            comments: Vec::new(),
        }
    }

    /// Reads `text` as one template.
    pub(super) fn template(text: &'t [u8]) -> Self {
        Self { modes: vec![Mode::Bare], ..Self::new(text) }
    }

    /// The next token; at the end of the text, [`TokenKind::Eof`] again and again.
    pub fn next_token(&mut self) -> Token {
        match self.modes.last() {
            None | Some(Mode::Sequence(_)) => self.code(),
            Some(Mode::Quoted) => self.quoted_text(),
            Some(Mode::Bare) => self.bare_text(),
            Some(&Mode::Heredoc { marker, cut }) => self.heredoc_text(marker, cut),
        }
    }

    /// The comments so far, with `#` or `//` or `/*` and `*/`, without the line break.
    pub fn into_comments(self) -> Vec<TextRange> {
        self.comments
    }

    /// The number of comments so far.
    pub(super) fn comment_count(&self) -> usize {
        self.comments.len()
    }

    /// Goes back (or forward) to a place outside of all templates, and forgets the comments behind the first
    /// `comments` ones.
    pub(super) fn rewind(&mut self, at: u32, comments: usize) {
        self.at = at as usize;
        self.comments.truncate(comments);
        self.leave_templates();
    }

    /// Reads on as outside of all templates but a [`Mode::Bare`].
    pub(super) fn leave_templates(&mut self) {
        let bare = matches!(self.modes.first(), Some(Mode::Bare));
        self.modes.truncate(usize::from(bare));
    }

    fn code(&mut self) -> Token {
        use TokenKind as T;
        loop {
            let start = self.at;
            let rest = self.text.get(start..).unwrap_or_default();
            let Some(&byte) = rest.first() else { return self.end_of_text() };
            let next = rest.get(1).copied().unwrap_or_default();
            let (kind, length) = match (byte, next) {
                (b' ' | b'\t', _) => {
                    self.at += scan::blanks(rest);
                    continue;
                }
                (b'a'..=b'z' | b'A'..=b'Z' | b'_', _) => (T::Ident, scan::identifier(rest)),
                (b'0'..=b'9', _) => (T::Number, scan::number(rest)),
                (b'\n', _) | (b'\r', b'\n') => return self.newline(usize::from(byte == b'\r') + 1),
                (b'#', _) | (b'/', b'/' | b'*') => match scan::comment(rest) {
                    Some(length) => {
                        self.comments.push(range(start, start + length));
                        self.at += length;
                        continue;
                    }
                    None => (T::Invalid, scan::line(rest)),
                },
                (b'"', _) => {
                    self.modes.push(Mode::Quoted);
                    (T::Quote, 1)
                }
                (b'<', b'<') => match self.open_heredoc(rest) {
                    Some(token) => return token,
                    None => (T::Less, 1),
                },
                (b'{', _) => {
                    self.count_brace(true);
                    (T::OpenBrace, 1)
                }
                (b'}', _) => (self.close_brace(), 1),
                (b'~', b'}') => match self.close_brace() {
                    T::SequenceEnd => (T::SequenceEnd, 2),
                    _ => (T::Invalid, 2),
                },
                _ => match operator(byte, next, rest) {
                    Some(found) => found,
                    None => match scan::identifier(rest) {
                        0 => (T::Invalid, scan::invalid(rest)),
                        length => (T::Ident, length),
                    },
                },
            };
            return self.token(kind, length);
        }
    }

    /// A token of the next `length` bytes.
    fn token(&mut self, kind: TokenKind, length: usize) -> Token {
        let start = self.at;
        self.at += length;
        Token { kind, verbatim: true, range: range(start, self.at) }
    }

    fn newline(&mut self, length: usize) -> Token {
        if self.recovering && self.ends_template(self.at + length) {
            self.close_mode()
        } else {
            self.token(TokenKind::Newline, length)
        }
    }

    /// While recovering: is the template around this sequence over, because the next line begins at `next`?
    fn ends_template(&self, next: usize) -> bool {
        match self.innermost_template() {
            Some(Mode::Quoted) => true,
            Some(Mode::Heredoc { marker, cut }) => {
                let rest = self.text.get(next..).unwrap_or_default();
                cut.is_some_and(|cut| cut <= next)
                    || scan::heredoc_end(rest, marker.of(self.text)).is_some()
            }
            Some(Mode::Bare | Mode::Sequence(_)) | None => false,
        }
    }

    fn innermost_template(&self) -> Option<&Mode> {
        self.modes.iter().rev().find(|mode| !matches!(mode, Mode::Sequence(_)))
    }

    fn end_of_text(&mut self) -> Token {
        match self.modes.last() {
            None | Some(Mode::Bare) => self.token(TokenKind::Eof, 0),
            Some(_) => self.close_mode(),
        }
    }

    /// Leaves the innermost mode, whose end is missing, with an empty token.
    fn close_mode(&mut self) -> Token {
        let kind = match self.modes.pop() {
            Some(Mode::Quoted) => TokenKind::QuoteEnd,
            Some(Mode::Heredoc { .. }) => TokenKind::HeredocEnd,
            Some(Mode::Sequence(_)) => TokenKind::SequenceEnd,
            Some(Mode::Bare) | None => TokenKind::Eof,
        };
        self.token(kind, 0)
    }

    fn count_brace(&mut self, open: bool) {
        if let Some(Mode::Sequence(braces)) = self.modes.last_mut() {
            *braces = if open { *braces + 1 } else { braces.saturating_sub(1) };
        }
    }

    /// Is the `}` that stands here a brace, or the end of a template sequence (which is left then)?
    fn close_brace(&mut self) -> TokenKind {
        if let Some(Mode::Sequence(0)) = self.modes.last() {
            self.modes.pop();
            return TokenKind::SequenceEnd;
        }
        self.count_brace(false);
        TokenKind::CloseBrace
    }

    /// The start of a heredoc, if one stands here.
    fn open_heredoc(&mut self, rest: &[u8]) -> Option<Token> {
        let heredoc = scan::heredoc_start(rest)?;
        if self.recovering && matches!(self.innermost_template(), Some(Mode::Quoted)) {
            return None;
        }
        let start = self.at;
        let marker = range(start + heredoc.marker.start, start + heredoc.marker.end);
        let token = self.token(TokenKind::Heredoc, heredoc.marker.end);
        self.at = start + heredoc.length;
        let cut = if self.recovering { self.cut_heredoc(start, marker) } else { None };
        self.modes.push(Mode::Heredoc { marker, cut });
        Some(token)
    }

    /// Where a heredoc ends that has no end.
    fn cut_heredoc(&mut self, start: usize, marker: TextRange) -> Option<usize> {
        let search = self.cut_heredocs < MAX_HEREDOC_SEARCHES;
        if search && super::recover::heredoc_is_closed(self.text, self.at, marker) {
            return None;
        }
        self.cut_heredocs += 1;
        Some(super::recover::heredoc_cut(self.text, start, self.at))
    }

    fn quoted_text(&mut self) -> Token {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (length, verbatim) = scan::quoted(rest);
        if length > 0 {
            return self.text_token(length, verbatim);
        }
        match rest.first() {
            Some(b'"') => {
                self.modes.pop();
                self.token(TokenKind::QuoteEnd, 1)
            }
            Some(b'$' | b'%') => self.sequence(rest),
            _ => self.close_mode(),
        }
    }

    fn heredoc_text(&mut self, marker: TextRange, cut: Option<usize>) -> Token {
        let (read, rest) = self.text.split_at_checked(self.at).unwrap_or_default();
        let line_start = read.ends_with(b"\n");
        if line_start && let Some(end) = scan::heredoc_end(rest, marker.of(self.text)) {
            self.modes.pop();
            self.at += end.marker;
            let token = self.token(TokenKind::HeredocEnd, marker.len() as usize);
            self.at += end.line - end.marker - marker.len() as usize;
            return token;
        }
        match rest.first() {
            None => self.close_mode(),
            Some(_) if line_start && cut.is_some_and(|cut| cut <= self.at) => self.close_mode(),
            Some(_) => match self.line_text() {
                Some(token) => token,
                None => self.token(TokenKind::Invalid, 1),
            },
        }
    }

    fn bare_text(&mut self) -> Token {
        match self.line_text() {
            Some(token) => token,
            // Terraform ends the template at a carriage return without a line feed: the rest is text.
            None => self.text_token(self.text.len().saturating_sub(self.at), true),
        }
    }

    /// Text up to the end of the line or to a sequence, or the start of a sequence; `None` at a lone carriage return.
    fn line_text(&mut self) -> Option<Token> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        match (scan::template_line(rest), rest.first()) {
            ((0, _), Some(b'\r')) => None,
            ((0, _), Some(_)) => Some(self.sequence(rest)),
            ((0, _), None) => Some(self.token(TokenKind::Eof, 0)),
            ((length, verbatim), _) => Some(self.text_token(length, verbatim)),
        }
    }

    fn text_token(&mut self, length: usize, verbatim: bool) -> Token {
        let token = self.token(TokenKind::Text, length);
        let verbatim =
            verbatim && (self.valid || std::str::from_utf8(token.range.of(self.text)).is_ok());
        Token { verbatim, ..token }
    }

    /// The `${` or `%{` that stands here.
    fn sequence(&mut self, rest: &[u8]) -> Token {
        self.modes.push(Mode::Sequence(0));
        let kind =
            if rest.starts_with(b"$") { TokenKind::Interpolation } else { TokenKind::Directive };
        self.token(kind, if rest.get(2) == Some(&b'~') { 3 } else { 2 })
    }
}

/// The operator or bracket that begins with `byte`, and its length.
fn operator(byte: u8, next: u8, rest: &[u8]) -> Option<(TokenKind, usize)> {
    use TokenKind as T;
    Some(match (byte, next) {
        (b'=', b'=') => (T::Equal, 2),
        (b'=', b'>') => (T::Arrow, 2),
        (b'=', _) => (T::Equals, 1),
        (b',', _) => (T::Comma, 1),
        (b'.', b'.') if rest.get(2) == Some(&b'.') => (T::Ellipsis, 3),
        (b'.', _) => (T::Dot, 1),
        (b'(', _) => (T::OpenParen, 1),
        (b')', _) => (T::CloseParen, 1),
        (b'[', _) => (T::OpenBracket, 1),
        (b']', _) => (T::CloseBracket, 1),
        (b':', b':') => (T::DoubleColon, 2),
        (b':', _) => (T::Colon, 1),
        (b'?', _) => (T::Question, 1),
        (b'!', b'=') => (T::NotEqual, 2),
        (b'!', _) => (T::Not, 1),
        (b'|', b'|') => (T::Or, 2),
        (b'&', b'&') => (T::And, 2),
        (b'<', b'=') => (T::LessEqual, 2),
        (b'<', _) => (T::Less, 1),
        (b'>', b'=') => (T::GreaterEqual, 2),
        (b'>', _) => (T::Greater, 1),
        (b'+', _) => (T::Plus, 1),
        (b'-', _) => (T::Minus, 1),
        (b'*', _) => (T::Star, 1),
        (b'/', _) => (T::Slash, 1),
        (b'%', _) => (T::Percent, 1),
        _ => return None,
    })
}

/// INVARIANT: a lexer's text is at most 4 GiB, so its offsets fit.
fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(start as u32, end as u32)
}
