//! Strings, heredocs and their directives.

use super::ast::{Expr, ExprKind, Ident, Label, Literal, Part, Template, TemplateKind};
use super::lexer::{Token, TokenKind};
use super::literal::Chunk;
use super::parser::{Parser, clip};
use crate::source::TextRange;
use crate::syntax::SyntaxError;

/// A template before its directives are matched, in the order of the text.
#[derive(Debug)]
enum Piece {
    Text(Chunk),
    Interpolation {
        range: TextRange,
        expr: Expr,
    },
    If {
        range: TextRange,
        condition: Expr,
    },
    Else {
        range: TextRange,
    },
    EndIf {
        range: TextRange,
    },
    For {
        range: TextRange,
        key_name: Option<Ident>,
        value_name: Ident,
        collection: Expr,
    },
    EndFor {
        range: TextRange,
    },
    /// A directive with an error.
    Broken,
}

/// A directive that is not ended yet.
#[derive(Debug)]
struct Open {
    /// The first sequence of it.
    range: TextRange,
    head: Head,
    /// The parts before this directive.
    before: Vec<Part>,
}

#[derive(Debug)]
enum Head {
    If { condition: Expr },
    Else { condition: Expr, yes: Vec<Part> },
    For { key_name: Option<Ident>, value_name: Ident, collection: Expr },
}

impl Parser<'_> {
    /// All of the text as one template.
    pub(super) fn whole_template(&mut self) -> Template {
        let pieces = self.pieces(TemplateKind::Bare, Vec::new());
        Template { kind: TemplateKind::Bare, parts: self.parts(pieces) }
    }

    /// A quoted string.
    pub(super) fn quoted(&mut self) -> Expr {
        let open = self.bump().range;
        let parts = self.quoted_parts();
        self.end_quoted(open);
        let template = Template { kind: TemplateKind::Quoted, parts };
        let kind = ExprKind::Template(Box::new(template));
        Expr { range: self.range_from(open.start), kind }
    }

    fn quoted_parts(&mut self) -> Vec<Part> {
        // Most strings are text, which needs no putting together.
        let first = match self.peek() {
            TokenKind::Text => self.bump(),
            TokenKind::QuoteEnd => return Vec::new(),
            _ => {
                let pieces = self.pieces(TemplateKind::Quoted, Vec::new());
                return self.parts(pieces);
            }
        };
        let chunk = self.chunk(first, TemplateKind::Quoted);
        if self.peek() == TokenKind::QuoteEnd {
            return vec![Part::Literal(chunk.into_literal())];
        }
        let pieces = self.pieces(TemplateKind::Quoted, vec![Piece::Text(chunk)]);
        self.parts(pieces)
    }

    fn end_quoted(&mut self, open: TextRange) {
        let end = self.eat(TokenKind::QuoteEnd);
        if end.is_none_or(TextRange::is_empty) {
            let error = SyntaxError::new(open, "this string does not end in its line")
                .help("add the closing `\"`; write `\\n` for a line break, or use a heredoc");
            self.fail_to_close(error);
        }
    }

    /// A block label in quotes.
    pub(super) fn quoted_label(&mut self) -> Label {
        let open = self.bump().range;
        let mut pieces = self.pieces(TemplateKind::Quoted, Vec::new());
        let inner = TextRange::new(open.end, self.next_range().start.max(open.end));
        self.end_quoted(open);
        let text = match (pieces.pop(), pieces.is_empty()) {
            (Some(Piece::Text(chunk)), true) => chunk.into_literal(),
            (None, _) => Literal { range: inner, decoded: None },
            _ => {
                let error = SyntaxError::new(inner, "a label is plain text, without `${` and `%{`");
                self.report(error.help("a literal `${` is written `$${`"));
                Literal { range: inner, decoded: None }
            }
        };
        Label { range: self.range_from(open.start), text }
    }

    /// A heredoc.
    pub(super) fn heredoc(&mut self) -> Expr {
        let open = self.bump().range;
        let kind = match open.of(self.text).get(2) {
            Some(b'-') => TemplateKind::IndentedHeredoc,
            _ => TemplateKind::Heredoc,
        };
        // While recovering, the lexer knows where it ends: its lines are no boundaries.
        let boundary = self.boundary();
        self.set_boundary(None);
        let mut pieces = self.pieces(kind, Vec::new());
        let end = self.eat(TokenKind::HeredocEnd);
        self.set_boundary(boundary);
        if end.is_none_or(TextRange::is_empty) {
            self.fail_open_heredoc(open);
        }
        if kind == TemplateKind::IndentedHeredoc {
            dedent(self.text, &mut pieces);
        }
        let template = Template { kind, parts: self.parts(pieces) };
        Expr { range: self.range_from(open.start), kind: ExprKind::Template(Box::new(template)) }
    }

    fn fail_open_heredoc(&mut self, open: TextRange) {
        let name = String::from_utf8_lossy(open.of(self.text));
        let name = name.trim_start_matches(['<', '-']).to_owned();
        let error = SyntaxError::new(open, "this heredoc does not end")
            .help(format!("a line that holds only `{name}`, and ends in a line break, ends it"));
        self.fail_to_close(error);
    }

    /// All up to the end of a template, behind what was read already.
    fn pieces(&mut self, kind: TemplateKind, mut pieces: Vec<Piece>) -> Vec<Piece> {
        let mut strip_next = false;
        loop {
            match self.peek() {
                TokenKind::Text => {
                    let token = self.bump();
                    let mut chunk = self.chunk(token, kind);
                    if std::mem::take(&mut strip_next) {
                        chunk.trim_start(self.text);
                    }
                    pieces.push(Piece::Text(chunk));
                }
                sequence @ (TokenKind::Interpolation | TokenKind::Directive) => {
                    let open = self.bump().range;
                    if open.len() == 3
                        && let Some(Piece::Text(chunk)) = pieces.last_mut()
                    {
                        chunk.trim_end(self.text);
                    }
                    let (piece, close) = self.sequence(open, sequence);
                    pieces.push(piece);
                    strip_next = close.len() == 2;
                }
                TokenKind::Invalid => {
                    let error = SyntaxError::new(
                        self.next_range(),
                        "a carriage return stands without a line feed",
                    );
                    self.fail(error.help("end lines in a line feed alone, or in both"));
                    self.bump();
                }
                _ => return pieces,
            }
        }
    }

    fn chunk(&mut self, token: Token, kind: TemplateKind) -> Chunk {
        if token.verbatim {
            return Chunk::verbatim(token.range);
        }
        let mut errors = Vec::new();
        let chunk =
            Chunk::decode(self.text, token.range, kind == TemplateKind::Quoted, &mut errors);
        for error in errors {
            self.report(error);
        }
        chunk
    }

    /// An interpolation or a directive behind its opening, and its closing bytes.
    fn sequence(&mut self, open: TextRange, kind: TokenKind) -> (Piece, TextRange) {
        let mut piece = self.bracketed(TokenKind::SequenceEnd, false, |parser| {
            let piece = match kind {
                TokenKind::Directive => parser.directive(open),
                _ => Piece::Interpolation { range: open, expr: parser.expr() },
            };
            if !matches!(parser.peek(), TokenKind::SequenceEnd | TokenKind::Eof | TokenKind::Stop) {
                parser.fail_expected("`}`");
                parser.skip_sequence();
            }
            piece
        });
        let close = self.eat(TokenKind::SequenceEnd).unwrap_or_default();
        if close.is_empty() {
            let error =
                SyntaxError::new(self.behind(), "expected `}`").related(open, "opened here");
            self.fail_to_close(error);
        }
        piece.set_end(self.end());
        (piece, close)
    }

    fn directive(&mut self, open: TextRange) -> Piece {
        let keyword = self.next_range();
        let known: &[u8] = match self.peek() {
            TokenKind::Ident => self.bump().range.of(self.text),
            _ => b"",
        };
        match known {
            b"if" => Piece::If { range: open, condition: self.expr() },
            b"else" => Piece::Else { range: open },
            b"endif" => Piece::EndIf { range: open },
            b"endfor" => Piece::EndFor { range: open },
            b"for" => match self.for_intro() {
                Some((key_name, value_name, collection)) => {
                    Piece::For { range: open, key_name, value_name, collection }
                }
                None => Piece::Broken,
            },
            _ => {
                let error = SyntaxError::new(
                    keyword,
                    format!("`{}` is no directive", clip(keyword.of(self.text))),
                );
                self.fail(
                    error.help("the directives are `if`, `else`, `endif`, `for` and `endfor`"),
                );
                Piece::Broken
            }
        }
    }

    /// Matches the directives.
    fn parts(&mut self, pieces: Vec<Piece>) -> Vec<Part> {
        let mut stack: Vec<Open> = Vec::new();
        let mut parts = Vec::new();
        let mut text: Option<Chunk> = None;
        let most = self.depth_left() as usize;
        for piece in pieces {
            if let Piece::Text(chunk) = piece {
                match &mut text {
                    _ if chunk.value(self.text).is_empty() => {}
                    Some(text) => text.append(self.text, chunk),
                    None => text = Some(chunk),
                }
                continue;
            }
            parts.extend(text.take().map(|chunk| Part::Literal(chunk.into_literal())));
            if stack.len() >= most {
                self.report(SyntaxError::new(piece.range(), "this directive is nested too deeply"));
                break;
            }
            match piece {
                Piece::Interpolation { range, expr } => {
                    parts.push(Part::Interpolation { range, expr })
                }
                Piece::If { range, condition } => {
                    let before = std::mem::take(&mut parts);
                    stack.push(Open { range, head: Head::If { condition }, before });
                }
                Piece::For { range, key_name, value_name, collection } => {
                    let before = std::mem::take(&mut parts);
                    let head = Head::For { key_name, value_name, collection };
                    stack.push(Open { range, head, before });
                }
                Piece::Else { range } => self.begin_else(range, &mut stack, &mut parts),
                Piece::EndIf { range } => self.end_directive(range, "if", &mut stack, &mut parts),
                Piece::EndFor { range } => self.end_directive(range, "for", &mut stack, &mut parts),
                Piece::Text(_) | Piece::Broken => {}
            }
        }
        parts.extend(text.map(|chunk| Part::Literal(chunk.into_literal())));
        while let Some(open) = stack.pop() {
            let (end, name) = open.head.names();
            let error =
                SyntaxError::new(open.range, format!("this `{name}` has no `%{{ {end} }}`"));
            self.report(error);
            let range = self.range_from(open.range.start);
            close_directive(open, range, &mut parts);
        }
        parts
    }

    fn begin_else(&mut self, range: TextRange, stack: &mut Vec<Open>, parts: &mut Vec<Part>) {
        match stack.pop() {
            Some(Open { range, head: Head::If { condition }, before }) => {
                let yes = std::mem::take(parts);
                stack.push(Open { range, head: Head::Else { condition, yes }, before });
            }
            other => {
                stack.extend(other);
                self.report(SyntaxError::new(range, "this `else` belongs to no `if`"));
            }
        }
    }

    fn end_directive(
        &mut self,
        end: TextRange,
        name: &str,
        stack: &mut Vec<Open>,
        parts: &mut Vec<Part>,
    ) {
        match stack.pop() {
            Some(open) if open.head.names().1 == name => {
                let range = open.range.cover(end);
                close_directive(open, range, parts);
            }
            other => {
                stack.extend(other);
                self.report(SyntaxError::new(
                    end,
                    format!("this `end{name}` belongs to no `{name}`"),
                ));
            }
        }
    }
}

/// Puts a directive, whose last parts are `parts`, behind the parts before it.
fn close_directive(open: Open, range: TextRange, parts: &mut Vec<Part>) {
    let last = std::mem::replace(parts, open.before);
    parts.push(match open.head {
        Head::If { condition } => Part::If { range, condition, yes: last, no: Vec::new() },
        Head::Else { condition, yes } => Part::If { range, condition, yes, no: last },
        Head::For { key_name, value_name, collection } => {
            Part::For { range, key_name, value_name, collection, body: last }
        }
    });
}

/// Removes the indentation that all lines of a heredoc share.
///
/// Lines of nothing but white space neither count nor lose anything; a line that begins with a sequence has no
/// indentation. The white space that `~` removes is gone before.
fn dedent(text: &[u8], pieces: &mut [Piece]) {
    let mut common = usize::MAX;
    let mut starts: Vec<&mut Chunk> = Vec::new();
    let mut line_start = true;
    for piece in pieces {
        let Piece::Text(chunk) = piece else {
            if std::mem::take(&mut line_start) {
                common = 0;
            }
            continue;
        };
        let value = chunk.value(text);
        let ends_line = value.ends_with('\n');
        if line_start && !(ends_line && value.trim_start().is_empty()) {
            common = common.min(indentation(value).count());
            starts.push(chunk);
        }
        line_start = ends_line;
    }
    for chunk in starts {
        let bytes = indentation(chunk.value(text)).take(common).map(char::len_utf8).sum();
        chunk.cut_start(bytes);
    }
}

fn indentation(line: &str) -> impl Iterator<Item = char> {
    line.chars().take_while(|char| char.is_whitespace())
}

impl Piece {
    fn range(&self) -> TextRange {
        match self {
            Self::Interpolation { range, .. }
            | Self::If { range, .. }
            | Self::Else { range }
            | Self::EndIf { range }
            | Self::For { range, .. }
            | Self::EndFor { range } => *range,
            Self::Text(_) | Self::Broken => TextRange::default(),
        }
    }

    fn set_end(&mut self, end: u32) {
        match self {
            Self::Interpolation { range, .. }
            | Self::If { range, .. }
            | Self::Else { range }
            | Self::EndIf { range }
            | Self::For { range, .. }
            | Self::EndFor { range } => range.end = end,
            Self::Text(_) | Self::Broken => {}
        }
    }
}

impl Head {
    /// The directive that ends it, and its own name.
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::If { .. } | Self::Else { .. } => ("endif", "if"),
            Self::For { .. } => ("endfor", "for"),
        }
    }
}
