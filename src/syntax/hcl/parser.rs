//! The parser's place in the text: the next token, what ends an expression, and errors.

use super::lexer::{Lexer, Token, TokenKind};
use super::recover::{Boundary, Lead};
use super::{MAX_DEPTH, MAX_ERRORS};
use crate::source::TextRange;
use crate::syntax::SyntaxError;

/// Reads a text token by token. There are two ways to read:
///
/// - strictly, where the first thing that is wrong with the structure ends the text ([`Parser::fail`]);
/// - recovering, where it is reported and the parser goes on.
#[derive(Debug)]
pub(super) struct Parser<'t> {
    pub(super) text: &'t [u8],
    lexer: Lexer<'t>,
    /// The next token.
    token: Token,
    /// Where the last token that was taken ends.
    end: u32,
    /// A line break is a token, not white space.
    newlines: bool,
    depth: u32,
    /// The brackets around the place, as the tokens that close them.
    closers: Vec<TokenKind>,
    errors: Vec<SyntaxError>,
    /// While recovering: the token before which the last error was.
    last_failure: Option<u32>,
    /// The error that ended a strict reading.
    failed: Option<SyntaxError>,
    recovering: bool,
    /// While recovering: which lines do not belong to the expression.
    boundary: Option<Boundary>,
    /// While recovering: what the next token looks like, if it is the first of its line.
    lead: Option<Lead>,
}

/// A place to go back to.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: u32,
    end: u32,
    errors: usize,
    comments: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t [u8], lexer: Lexer<'t>) -> Self {
        let mut parser = Self {
            text,
            lexer,
            token: Token { kind: TokenKind::Eof, verbatim: true, range: TextRange::default() },
            end: 0,
            newlines: true,
            depth: 0,
            closers: Vec::new(),
            errors: Vec::new(),
            last_failure: None,
            failed: None,
            recovering: false,
            boundary: None,
            lead: None,
        };
        parser.shift();
        parser
    }

    /// All errors and all comments.
    pub(super) fn finish(mut self) -> (Vec<SyntaxError>, Vec<TextRange>) {
        self.errors.sort_by_key(|error| error.range.start);
        (self.errors, self.lexer.into_comments())
    }

    /// What the next token is.
    #[inline]
    pub(super) fn peek(&mut self) -> TokenKind {
        if self.token.kind == TokenKind::Newline || self.recovering {
            self.peek_past_newlines()
        } else {
            self.token.kind
        }
    }

    fn peek_past_newlines(&mut self) -> TokenKind {
        while self.token.kind == TokenKind::Newline && !self.newlines {
            self.shift();
        }
        if self.recovering && self.at_boundary() { TokenKind::Stop } else { self.token.kind }
    }

    /// The bytes of the next token.
    pub(super) fn next_range(&mut self) -> TextRange {
        self.peek();
        self.token.range
    }

    /// Takes the next token. The end of the text and a boundary stay where they are.
    pub(super) fn bump(&mut self) -> Token {
        let kind = self.peek();
        let token = self.token;
        if !matches!(kind, TokenKind::Eof | TokenKind::Stop) {
            self.end = token.range.end;
            self.shift();
        }
        token
    }

    /// Takes the next token if it is of this kind.
    pub(super) fn eat(&mut self, kind: TokenKind) -> Option<TextRange> {
        (self.peek() == kind).then(|| self.bump().range)
    }

    /// Where the last token that was taken ends.
    pub(super) fn end(&self) -> u32 {
        self.end
    }

    /// From `start` to where the last token that was taken ends.
    pub(super) fn range_from(&self, start: u32) -> TextRange {
        TextRange::new(start, self.end.max(start))
    }

    /// The place behind the last token that was taken.
    pub(super) fn behind(&self) -> TextRange {
        TextRange::new(self.end, self.end)
    }

    /// Is the next token this keyword?
    pub(super) fn at_keyword(&mut self, keyword: &str) -> bool {
        self.peek() == TokenKind::Ident && self.token.range.of(self.text) == keyword.as_bytes()
    }

    /// Reads something in which line breaks are tokens, or are not.
    pub(super) fn within<T>(&mut self, newlines: bool, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.newlines, newlines);
        let tree = read(self);
        self.newlines = outer;
        tree
    }

    /// Reads what stands between brackets, up to `closer`.
    pub(super) fn bracketed<T>(
        &mut self,
        closer: TokenKind,
        newlines: bool,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.closers.push(closer);
        let tree = self.within(newlines, read);
        self.closers.pop();
        tree
    }

    /// Is a bracket that this token closes open around this place?
    pub(super) fn is_open(&self, closer: TokenKind) -> bool {
        self.closers.contains(&closer)
    }

    /// Reads something that stands in something else; `None`, and an error, where that is too deep.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            let range = self.next_range();
            let help = format!("at most {MAX_DEPTH} levels are read");
            self.fail(SyntaxError::new(range, "this is nested too deeply").help(help));
            return None;
        }
        self.depth += 1;
        let tree = read(self);
        self.depth -= 1;
        Some(tree)
    }

    /// How many more levels may stand in this place.
    pub(super) fn depth_left(&self) -> u32 {
        MAX_DEPTH.saturating_sub(self.depth)
    }

    /// Reports an error that does not concern the structure.
    pub(super) fn report(&mut self, error: SyntaxError) {
        if self.failed.is_none() && self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        }
    }

    /// Reports an error in the structure. A strict reading ends here: all that is left is the end of the text.
    /// Where one was reported before the same token already, this one is its consequence and not reported.
    pub(super) fn fail(&mut self, error: SyntaxError) {
        let at = self.next_range().start;
        if self.last_failure != Some(at) {
            self.fail_to_close(error);
        }
    }

    /// [`Parser::fail`] for a bracket without its partner, of which there may be many in one place.
    pub(super) fn fail_to_close(&mut self, error: SyntaxError) {
        if self.recovering {
            self.last_failure = Some(self.next_range().start);
            self.report(error);
        } else if self.failed.is_none() {
            self.failed = Some(error);
            let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
            self.lexer.rewind(end, self.lexer.comment_count());
            self.shift();
        }
    }

    /// Reports that something else was expected where the next token stands.
    pub(super) fn fail_expected(&mut self, expected: &str) {
        let found = self.describe_next();
        let range = self.next_range();
        self.fail(SyntaxError::new(range, format!("expected {expected}, found {found}")));
    }

    /// How many errors there are.
    pub(super) fn error_count(&self) -> usize {
        self.errors.len()
    }

    pub(super) fn boundary(&self) -> Option<Boundary> {
        self.boundary
    }

    pub(super) fn set_boundary(&mut self, boundary: Option<Boundary>) {
        self.boundary = boundary;
    }

    /// While recovering: what the next token looks like, if it is the first of its line.
    pub(super) fn lead(&self) -> Option<Lead> {
        self.lead
    }

    /// Reads strictly and, where that fails, once more from the same place, recovering from errors.
    ///
    /// The place stands outside of all brackets and templates.
    pub(super) fn twice<T>(&mut self, read: impl Fn(&mut Self) -> T) -> T {
        let mark = self.mark();
        let tree = read(self);
        let Some(error) = self.failed.take() else { return tree };
        self.set_recovering(true);
        self.rewind(mark);
        let tree = read(self);
        if self.errors.len() == mark.errors {
            self.report(error);
        }
        self.set_recovering(false);
        tree
    }

    fn mark(&self) -> Mark {
        Mark {
            at: self.token.range.start,
            end: self.end,
            errors: self.errors.len(),
            comments: self.lexer.comment_count(),
        }
    }

    /// Goes back, and forgets what was found on the way.
    fn rewind(&mut self, mark: Mark) {
        self.lexer.rewind(mark.at, mark.comments);
        self.errors.truncate(mark.errors);
        self.end = mark.end;
        self.shift();
    }

    pub(super) fn set_recovering(&mut self, recovering: bool) {
        self.recovering = recovering;
        self.lexer.recovering = recovering;
        self.boundary = None;
        self.last_failure = None;
        self.lead = None;
    }

    /// What the next token is, for a message.
    fn describe_next(&mut self) -> String {
        match self.peek() {
            TokenKind::Eof => "the end of the text".to_owned(),
            TokenKind::Newline => "the end of the line".to_owned(),
            TokenKind::QuoteEnd | TokenKind::HeredocEnd | TokenKind::SequenceEnd
                if self.token.range.is_empty() =>
            {
                "the end of the line".to_owned()
            }
            _ => format!("`{}`", clip(self.token.range.of(self.text))),
        }
    }

    fn shift(&mut self) {
        self.token = self.lexer.next_token();
        if self.recovering {
            self.lead = Lead::of(self.text, self.token);
        }
    }

    fn at_boundary(&self) -> bool {
        match (self.boundary, self.lead) {
            (Some(boundary), Some(lead)) => boundary.excludes(lead),
            _ => false,
        }
    }
}

/// The first characters of a text, as a message shows them.
pub(super) fn clip(bytes: &[u8]) -> String {
    const MOST: usize = 24;
    let text = String::from_utf8_lossy(bytes.get(..4 * MOST).unwrap_or(bytes));
    let mut clipped: String = text.chars().take(MOST).collect();
    if clipped.len() < bytes.len() {
        clipped.push('…');
    }
    clipped
}
