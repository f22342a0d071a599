//! What stands in brackets: lists, objects, calls and `for`.

use super::ast::{Call, Expr, ExprKind, For, Ident, ObjectItem};
use super::lexer::TokenKind;
use super::parser::Parser;
use super::recover::BoundaryKind;
use crate::source::TextRange;
use crate::syntax::SyntaxError;

impl Parser<'_> {
    /// The bracket that closes `open`; `None` and an error where it is missing.
    pub(super) fn close(
        &mut self,
        open: TextRange,
        kind: TokenKind,
        text: &str,
    ) -> Option<TextRange> {
        let close = self.eat(kind);
        if close.is_none() {
            let error = SyntaxError::new(self.behind(), format!("expected `{text}`"));
            self.fail_to_close(error.related(open, "opened here"));
        }
        close
    }

    /// The end of what stands in brackets: passes over what does not belong there, with an error.
    pub(super) fn end_element(&mut self, close: TokenKind, expected: &str) {
        if !matches!(self.peek(), TokenKind::Stop | TokenKind::Eof) && self.peek() != close {
            self.fail_expected(expected);
            self.skip_element();
        }
    }

    pub(super) fn tuple_or_for(&mut self) -> Expr {
        let open = self.bump().range;
        let kind = self.bracketed(TokenKind::CloseBracket, false, |parser| {
            if parser.at_keyword("for") {
                return parser.for_expr(TokenKind::CloseBracket);
            }
            let (elements, _) = parser.elements(TokenKind::CloseBracket, false);
            ExprKind::Tuple(elements)
        });
        self.close(open, TokenKind::CloseBracket, "]");
        Expr { range: self.range_from(open.start), kind }
    }

    /// A call behind the first name.
    pub(super) fn call(&mut self, first_name: TextRange) -> Expr {
        let mut name = first_name;
        while self.eat(TokenKind::DoubleColon).is_some() {
            match self.eat(TokenKind::Ident) {
                Some(part) => name = name.cover(part),
                None => self.fail_expected("a function's name"),
            }
        }
        let Some(open) = self.eat(TokenKind::OpenParen) else {
            self.fail_expected("`(` behind a function's name");
            return self.missing();
        };
        let (arguments, expand) = self.bracketed(TokenKind::CloseParen, false, |parser| {
            parser.elements(TokenKind::CloseParen, true)
        });
        let close = self.close(open, TokenKind::CloseParen, ")");
        let call = Call { name, open, arguments, expand, close };
        Expr { range: self.range_from(first_name.start), kind: ExprKind::Call(Box::new(call)) }
    }

    /// Expressions with commas between them, up to `close`; and the `...` behind the last one, where that may stand.
    fn elements(&mut self, close: TokenKind, may_expand: bool) -> (Vec<Expr>, Option<TextRange>) {
        let mut elements = Vec::new();
        loop {
            match self.peek() {
                TokenKind::Eof | TokenKind::Stop => return (elements, None),
                kind if kind == close => return (elements, None),
                _ => elements.push(self.expr()),
            }
            if may_expand && let Some(expand) = self.eat(TokenKind::Ellipsis) {
                self.end_element(close, "`)` behind `...`");
                return (elements, Some(expand));
            }
            if !self.next_element(close) {
                return (elements, None);
            }
        }
    }

    /// Takes the comma between two elements. False where there is no next element.
    fn next_element(&mut self, close: TokenKind) -> bool {
        match self.peek() {
            TokenKind::Comma => {
                self.bump();
                true
            }
            TokenKind::Eof | TokenKind::Stop => false,
            kind if kind == close => false,
            TokenKind::Ident | TokenKind::Quote | TokenKind::OpenBrace | TokenKind::Number => {
                let error = SyntaxError::new(self.behind(), "expected `,` between two elements");
                self.fail(error);
                true
            }
            _ => {
                self.fail_expected(if close == TokenKind::CloseParen {
                    "`,` or `)`"
                } else {
                    "`,` or `]`"
                });
                self.skip_element();
                self.eat(TokenKind::Comma).is_some()
            }
        }
    }

    pub(super) fn object_or_for(&mut self) -> Expr {
        let open = self.bump().range;
        let kind = self.bracketed(TokenKind::CloseBrace, true, |parser| {
            // Line breaks mean nothing before `for`.
            if parser.within(false, |parser| parser.at_keyword("for")) {
                return parser.within(false, |parser| parser.for_expr(TokenKind::CloseBrace));
            }
            ExprKind::Object(parser.object_items())
        });
        self.close(open, TokenKind::CloseBrace, "}");
        Expr { range: self.range_from(open.start), kind }
    }

    fn object_items(&mut self) -> Vec<ObjectItem> {
        let mut items = Vec::new();
        loop {
            while self.eat(TokenKind::Newline).is_some() {}
            if matches!(self.peek(), TokenKind::CloseBrace | TokenKind::Eof | TokenKind::Stop) {
                return items;
            }
            let outer = self.boundary();
            let start = self.next_range().start;
            let column = self.lead().map(|lead| lead.column);
            items.extend(self.object_item(column));
            self.set_boundary(outer);
            if !self.next_item(start) {
                return items;
            }
        }
    }

    /// An item that begins in `column`, if it is the first thing of its line. `None` and an error where there is
    /// only a key.
    fn object_item(&mut self, column: Option<u32>) -> Option<ObjectItem> {
        let key = self.expr();
        self.narrow_boundary(column, BoundaryKind::ObjectItem);
        let separator = match self.peek() {
            TokenKind::Equals | TokenKind::Colon => self.bump().range,
            _ => {
                let error = SyntaxError::new(key.range, "expected `=` and a value behind this key");
                self.fail(error);
                return None;
            }
        };
        let value = self.expr();
        Some(ObjectItem { key, separator, value })
    }

    /// Takes the comma or the line break behind the item that began at `start`. False where there is no next item.
    fn next_item(&mut self, start: u32) -> bool {
        match self.peek() {
            TokenKind::Comma | TokenKind::Newline => {
                self.bump();
                true
            }
            TokenKind::CloseBrace | TokenKind::Eof | TokenKind::Stop => false,
            // The line ended inside of brackets that are not closed.
            _ if self.lead().is_some() && self.next_range().start > start => true,
            _ => {
                self.fail_expected("`,` or a line break between two items");
                self.skip_element();
                matches!(self.peek(), TokenKind::Comma | TokenKind::Newline) && {
                    self.bump();
                    true
                }
            }
        }
    }

    /// From `for` up to the closing bracket.
    fn for_expr(&mut self, close: TokenKind) -> ExprKind {
        let intro = self.bump().range;
        let Some((key_name, value_name, collection)) = self.for_intro() else {
            self.skip_to_close();
            return ExprKind::Missing;
        };
        if self.eat(TokenKind::Colon).is_none() {
            self.fail_expected("`:` behind the collection");
        }
        let first = self.expr();
        let (key, value) = match self.eat(TokenKind::Arrow) {
            Some(_) => (Some(first), self.expr()),
            None => (None, first),
        };
        let group = self.eat(TokenKind::Ellipsis);
        let condition = self.at_keyword("if").then(|| {
            self.bump();
            self.expr()
        });
        self.check_for(intro, close, key.as_ref(), group);
        self.end_element(close, if close == TokenKind::CloseBrace { "`}`" } else { "`]`" });
        ExprKind::For(Box::new(For {
            key_name,
            value_name,
            collection,
            key,
            value,
            group,
            condition,
        }))
    }

    /// Reports what only the other kind of `for` has.
    fn check_for(
        &mut self,
        intro: TextRange,
        close: TokenKind,
        key: Option<&Expr>,
        group: Option<TextRange>,
    ) {
        let error = match (close, key, group) {
            (TokenKind::CloseBrace, None, _) => {
                SyntaxError::new(intro, "this `for` makes an object and has no key")
                    .help("write `key => value`, or use `[for … ]`")
            }
            (TokenKind::CloseBracket, Some(key), _) => {
                SyntaxError::new(key.range, "a `for` that makes a list has no key")
                    .help("use `{for … }`")
            }
            (TokenKind::CloseBracket, None, Some(group)) => {
                SyntaxError::new(group, "a `for` that makes a list can't group")
                    .help("use `{for … }`")
            }
            _ => return,
        };
        self.report(error);
    }

    /// `name in collection` or `key, value in collection`, behind `for`. `None` and an error otherwise.
    pub(super) fn for_intro(&mut self) -> Option<(Option<Ident>, Ident, Expr)> {
        let first = self.for_variable()?;
        let (key_name, value_name) = match self.eat(TokenKind::Comma) {
            Some(_) => (Some(first), self.for_variable()?),
            None => (None, first),
        };
        if !self.at_keyword("in") {
            self.fail_expected("`in` behind the variables of `for`");
            return None;
        }
        self.bump();
        Some((key_name, value_name, self.expr()))
    }

    fn for_variable(&mut self) -> Option<Ident> {
        match self.eat(TokenKind::Ident) {
            Some(range) => Some(Ident { range }),
            None => {
                self.fail_expected("a variable's name behind `for`");
                None
            }
        }
    }
}
