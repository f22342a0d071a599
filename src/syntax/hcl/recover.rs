//! Reading on after an error, guided by indentation.
//!
//! People indent what they nest. So in a text with an error, a line that looks like an argument or a block and is
//! indented no deeper than the argument, block or object item that the parser is in the middle of does not belong to
//! it, whatever brackets are open. Such a line is a [`Boundary`]: the parser sees [`TokenKind::Stop`] there, and
//! every bracket is closed. Strings end at the end of their line, and a heredoc that has no end is cut at the first
//! such line (the lexer does both).

use super::lexer::{Token, TokenKind};
use super::parser::Parser;
use super::scan;
use crate::source::TextRange;

/// How the first token of a line looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Lead {
    /// The bytes before it in its line.
    pub(super) column: u32,
    kind: LeadKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum LeadKind {
    /// `name =`
    Attribute,
    /// `name {`, `name "label"`, `name label`
    Block,
    /// `name :`, `"name" =`: only an object has such.
    Key,
    /// `}`
    Close,
    /// None of these.
    Other,
}

/// Which lines do not belong to the construct that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Boundary {
    /// The column in which the construct begins, as the first thing of its line.
    column: u32,
    kind: BoundaryKind,
}

/// What the construct is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BoundaryKind {
    /// An argument.
    Attribute,
    /// A block.
    Block,
    /// An item of an object.
    ObjectItem,
}

impl Lead {
    /// How `token` looks, if it is the first of its line.
    pub(super) fn of(text: &[u8], token: Token) -> Option<Self> {
        let before = text.get(..token.range.start as usize)?;
        let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if !matches!(before.iter().nth_back(blanks), None | Some(b'\n')) {
            return None;
        }
        let rest = text.get(token.range.start as usize..)?;
        let kind = match token.kind {
            TokenKind::CloseBrace => LeadKind::Close,
            TokenKind::Ident => LeadKind::of_name(token.range.of(text), rest),
            TokenKind::Quote => LeadKind::of_string(rest),
            _ => LeadKind::Other,
        };
        Some(Self { column: u32::try_from(blanks).ok()?, kind })
    }
}

impl LeadKind {
    fn of_name(name: &[u8], rest: &[u8]) -> Self {
        let behind = rest.get(name.len()..).unwrap_or_default();
        let behind = behind.get(scan::blanks(behind)..).unwrap_or_default();
        match behind {
            [b'=', b'=', ..] => Self::Other,
            [b'=', ..] => Self::Attribute,
            [b':', next, ..] if *next != b':' => Self::Key,
            [b'{' | b'"', ..] => Self::Block,
            _ if scan::identifier(behind) > 0 && !matches!(name, b"for" | b"if" | b"in") => {
                Self::Block
            }
            _ => Self::Other,
        }
    }

    fn of_string(rest: &[u8]) -> Self {
        let content = rest.get(1..).unwrap_or_default();
        let behind = content.get(scan::quoted(content).0..).unwrap_or_default();
        match behind.strip_prefix(b"\"") {
            Some(behind) => match behind.get(scan::blanks(behind)..) {
                Some([b'=', next, ..]) if *next != b'=' => Self::Key,
                Some([b':', ..]) => Self::Key,
                _ => Self::Other,
            },
            None => Self::Other,
        }
    }
}

impl Boundary {
    /// Does a line that begins like this stand outside?
    pub(super) fn excludes(self, lead: Lead) -> bool {
        match lead.kind {
            LeadKind::Close => lead.column < self.column,
            // An argument at the left margin, where the header of its block stands too: it is just not indented.
            LeadKind::Attribute => {
                lead.column <= self.column && (self.kind, self.column) != (BoundaryKind::Block, 0)
            }
            LeadKind::Block => lead.column <= self.column,
            LeadKind::Key => lead.column <= self.column && self.kind == BoundaryKind::ObjectItem,
            LeadKind::Other => false,
        }
    }
}

impl Parser<'_> {
    /// Reads something that begins in this column, as the first thing of its line (`None`: it does not).
    pub(super) fn narrow_boundary(&mut self, column: Option<u32>, kind: BoundaryKind) {
        if let Some(column) = column {
            self.set_boundary(Some(Boundary { column, kind }));
        }
    }

    /// Passes over what is left of the line, with all that is in brackets that are opened on the way.
    pub(super) fn skip_line(&mut self) {
        self.skip_until(|parser, kind| {
            kind == TokenKind::Newline || (kind == TokenKind::CloseBrace && parser.is_open(kind))
        });
    }

    /// Passes over what is left of an element: up to a comma, a bracket that closes something around, or, where
    /// they are tokens, the end of the line.
    pub(super) fn skip_element(&mut self) {
        self.skip_until(|parser, kind| {
            matches!(kind, TokenKind::Comma | TokenKind::Newline) || parser.is_open(kind)
        });
    }

    /// Passes over all up to a bracket that closes something around.
    pub(super) fn skip_to_close(&mut self) {
        self.skip_until(|parser, kind| parser.is_open(kind));
    }

    /// Passes over all up to the end of the template sequence that this place is in.
    pub(super) fn skip_sequence(&mut self) {
        self.skip_until(|_, _| false);
    }

    /// Passes over tokens, and all in brackets between them, up to one that `wanted` takes. Never passes the end of
    /// a template, a boundary or the end of the text.
    fn skip_until(&mut self, wanted: impl Fn(&Self, TokenKind) -> bool) {
        use TokenKind as T;
        let mut depth = 0_usize;
        loop {
            let kind = self.peek();
            match kind {
                T::Eof | T::Stop => return,
                T::QuoteEnd | T::HeredocEnd | T::SequenceEnd if depth == 0 => return,
                _ if depth == 0 && wanted(self, kind) => return,
                T::OpenParen | T::OpenBracket | T::OpenBrace => depth += 1,
                T::Quote | T::Heredoc | T::Interpolation | T::Directive => depth += 1,
                T::CloseParen | T::CloseBracket | T::CloseBrace => depth = depth.saturating_sub(1),
                T::QuoteEnd | T::HeredocEnd | T::SequenceEnd => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.bump();
        }
    }
}

/// Does a line end the heredoc whose text begins at `at`, before another heredoc of that name begins?
pub(super) fn heredoc_is_closed(text: &[u8], at: usize, marker: TextRange) -> bool {
    let marker = marker.of(text);
    for (_, rest) in lines(text, at) {
        if scan::heredoc_end(rest, marker).is_some() {
            return true;
        }
        let line = rest.get(..scan::line(rest)).unwrap_or_default();
        let name = line.strip_suffix(marker);
        if name.is_some_and(|before| before.ends_with(b"<<") || before.ends_with(b"<<-")) {
            return false;
        }
    }
    false
}

/// Where a heredoc without an end is taken to end: before the first line that is indented no deeper than the line
/// in which the heredoc begins (at `start`; its text begins at `at`), and looks like an argument, the start of a
/// block or the end of one.
pub(super) fn heredoc_cut(text: &[u8], start: usize, at: usize) -> usize {
    let line_start =
        memchr::memrchr(b'\n', text.get(..start).unwrap_or_default()).map_or(0, |at| at + 1);
    let indent = scan::blanks(text.get(line_start..).unwrap_or_default());
    let mut open_braces = 0_i64;
    for (line_at, rest) in lines(text, at) {
        let line = rest.get(..scan::line(rest)).unwrap_or_default();
        let blanks = scan::blanks(line);
        let content = line.get(blanks..).unwrap_or_default();
        if blanks <= indent && looks_like_item(content, open_braces) {
            return line_at;
        }
        // JSON in the heredoc has braces at the left margin as well.
        open_braces += brace_balance(line);
    }
    text.len()
}

fn looks_like_item(line: &[u8], open_braces: i64) -> bool {
    if line.starts_with(b"}") {
        return open_braces <= 0;
    }
    let name = line.get(..scan::identifier(line)).unwrap_or_default();
    match LeadKind::of_name(name, line) {
        LeadKind::Attribute => !name.is_empty(),
        LeadKind::Block => !name.is_empty() && line.trim_ascii_end().ends_with(b"{"),
        LeadKind::Key | LeadKind::Close | LeadKind::Other => false,
    }
}

fn brace_balance(line: &[u8]) -> i64 {
    line.iter().map(|byte| i64::from(*byte == b'{') - i64::from(*byte == b'}')).sum()
}

/// The lines from `at` on: where each begins, and all the text from there.
fn lines(text: &[u8], at: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let first = (at < text.len()).then_some(at);
    std::iter::successors(first, move |&at| {
        let next = at + memchr::memchr(b'\n', text.get(at..)?)? + 1;
        (next < text.len()).then_some(next)
    })
    .filter_map(move |at| Some((at, text.get(at..)?)))
}
