//! Expressions: operators, terms and the steps behind them.

use super::ast::{
    Binary, BinaryOp, Conditional, Expr, ExprKind, Ident, Operation, Step, Traversal, Unary,
    UnaryOp,
};
use super::lexer::TokenKind;
use super::parser::Parser;
use crate::source::TextRange;
use crate::syntax::SyntaxError;

impl Parser<'_> {
    /// All of the text as one expression.
    pub(super) fn whole_expr(&mut self) -> Expr {
        self.within(false, |parser| {
            let expr = parser.expr();
            if parser.peek() != TokenKind::Eof {
                parser.fail_expected("the end of the expression");
            }
            expr
        })
    }

    /// An expression.
    pub(super) fn expr(&mut self) -> Expr {
        match self.deeper(Self::conditional) {
            Some(expr) => expr,
            None => {
                self.skip_element();
                self.missing()
            }
        }
    }

    fn conditional(&mut self) -> Expr {
        let condition = self.binary(0);
        let Some(question) = self.eat(TokenKind::Question) else { return condition };
        let yes = self.expr();
        let (colon, no) = match self.eat(TokenKind::Colon) {
            Some(colon) => (colon, self.expr()),
            None => {
                let error = SyntaxError::new(
                    self.behind(),
                    "expected `:` and the value for a false condition",
                );
                self.fail(error.related(question, "the condition ends here"));
                (self.behind(), self.missing())
            }
        };
        let range = self.range_from(condition.range.start);
        let conditional = Conditional { condition, question, yes, colon, no };
        Expr { range, kind: ExprKind::Conditional(Box::new(conditional)) }
    }

    /// Operands with operators of at least this level between them.
    fn binary(&mut self, lowest: u8) -> Expr {
        let mut expr = self.unary();
        while let Some((_, level)) = self.operator(lowest) {
            let start = expr.range.start;
            let mut rest = Vec::new();
            while let Some((op, _)) = self.operator(level) {
                let op_range = self.bump().range;
                // INVARIANT: what binds tighter is read here, so the next operator is of this level or below, and
                // the recursion is no deeper than there are levels.
                let operand = self.binary(level + 1);
                rest.push(Operation { op, op_range, operand });
            }
            let kind = ExprKind::Binary(Box::new(Binary { first: expr, rest }));
            expr = Expr { range: self.range_from(start), kind };
        }
        expr
    }

    /// The next token as an operator, with its level, if it is one of at least the level `lowest`.
    fn operator(&mut self, lowest: u8) -> Option<(BinaryOp, u8)> {
        let (op, level) = match self.peek() {
            TokenKind::Or => (BinaryOp::Or, 0),
            TokenKind::And => (BinaryOp::And, 1),
            TokenKind::Equal => (BinaryOp::Equal, 2),
            TokenKind::NotEqual => (BinaryOp::NotEqual, 2),
            TokenKind::Less => (BinaryOp::Less, 3),
            TokenKind::LessEqual => (BinaryOp::LessEqual, 3),
            TokenKind::Greater => (BinaryOp::Greater, 3),
            TokenKind::GreaterEqual => (BinaryOp::GreaterEqual, 3),
            TokenKind::Plus => (BinaryOp::Add, 4),
            TokenKind::Minus => (BinaryOp::Subtract, 4),
            TokenKind::Star => (BinaryOp::Multiply, 5),
            TokenKind::Slash => (BinaryOp::Divide, 5),
            TokenKind::Percent => (BinaryOp::Modulo, 5),
            _ => return None,
        };
        (level >= lowest).then_some((op, level))
    }

    fn unary(&mut self) -> Expr {
        let op = match self.peek() {
            TokenKind::Minus => UnaryOp::Negate,
            TokenKind::Not => UnaryOp::Not,
            _ => return self.steps_from_term(),
        };
        let op_range = self.bump().range;
        let operand = self.deeper(Self::unary).unwrap_or_else(|| self.missing());
        let range = self.range_from(op_range.start);
        Expr { range, kind: ExprKind::Unary(Box::new(Unary { op, op_range, operand })) }
    }

    fn steps_from_term(&mut self) -> Expr {
        let base = self.term();
        if !matches!(self.peek(), TokenKind::Dot | TokenKind::OpenBracket) {
            return base;
        }
        let steps = self.steps();
        let range = self.range_from(base.range.start);
        Expr { range, kind: ExprKind::Traversal(Box::new(Traversal { base, steps })) }
    }

    fn term(&mut self) -> Expr {
        match self.peek() {
            TokenKind::Ident => self.name(),
            TokenKind::Number => self.number(),
            TokenKind::Quote => self.quoted(),
            TokenKind::Heredoc => self.heredoc(),
            TokenKind::OpenParen => self.paren(),
            TokenKind::OpenBracket => self.tuple_or_for(),
            TokenKind::OpenBrace => self.object_or_for(),
            _ => {
                self.fail_no_term();
                self.missing()
            }
        }
    }

    fn fail_no_term(&mut self) {
        let range = self.next_range();
        let text = self.text.get(range.start as usize..).unwrap_or_default();
        if text.starts_with(b"<<") {
            let range = TextRange::new(range.start, range.start + 2);
            let error = SyntaxError::new(range, "this begins no heredoc");
            self.fail(error.help(
                "a heredoc begins with `<<NAME` or `<<-NAME` and nothing behind it on the line",
            ));
        } else {
            self.fail_expected("an expression");
        }
    }

    /// What stands for an expression that is not there.
    pub(super) fn missing(&self) -> Expr {
        Expr { range: self.behind(), kind: ExprKind::Missing }
    }

    fn name(&mut self) -> Expr {
        let range = self.bump().range;
        if matches!(self.peek(), TokenKind::OpenParen | TokenKind::DoubleColon) {
            return self.call(range);
        }
        let kind = match range.of(self.text) {
            b"true" => ExprKind::Bool(true),
            b"false" => ExprKind::Bool(false),
            b"null" => ExprKind::Null,
            _ => ExprKind::Variable(Ident { range }),
        };
        Expr { range, kind }
    }

    fn number(&mut self) -> Expr {
        let range = self.bump().range;
        if !is_number(range.of(self.text)) {
            let text = super::parser::clip(range.of(self.text));
            self.report(SyntaxError::new(range, format!("`{text}` is not a number")));
        }
        Expr { range, kind: ExprKind::Number }
    }

    fn paren(&mut self) -> Expr {
        let open = self.bump().range;
        let inner = self.bracketed(TokenKind::CloseParen, false, |parser| {
            let inner = parser.expr();
            parser.end_element(TokenKind::CloseParen, "`)`");
            inner
        });
        self.close(open, TokenKind::CloseParen, ")");
        Expr { range: self.range_from(open.start), kind: ExprKind::Paren(Box::new(inner)) }
    }

    /// Steps, up to where none follows.
    fn steps(&mut self) -> Vec<Step> {
        let mut steps = Vec::new();
        loop {
            let step = match self.peek() {
                TokenKind::Dot => self.dot_step(),
                TokenKind::OpenBracket => self.bracket_step(),
                _ => return steps,
            };
            steps.extend(step);
        }
    }

    /// `None` and an error where nothing fitting stands behind the dot.
    fn dot_step(&mut self) -> Option<Step> {
        let dot = self.bump().range;
        match self.peek() {
            TokenKind::Star => {
                let star = self.bump().range;
                let each = self.attribute_steps();
                Some(Step::AttributeSplat { range: dot.cover(star), each })
            }
            _ => self.attribute_step(dot),
        }
    }

    /// The steps that `.*` applies to each element: names and the old form of an index.
    fn attribute_steps(&mut self) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some(dot) = self.eat(TokenKind::Dot) {
            if self.peek() == TokenKind::Star {
                let error =
                    SyntaxError::new(self.next_range(), "a `.*` can't stand behind another one");
                self.fail(error.help("use `[*]`"));
                self.bump();
                continue;
            }
            steps.extend(self.attribute_step(dot));
        }
        steps
    }

    fn attribute_step(&mut self, dot: TextRange) -> Option<Step> {
        match self.peek() {
            TokenKind::Ident => {
                let name = self.bump().range;
                Some(Step::Attribute { range: dot.cover(name), name: Ident { range: name } })
            }
            TokenKind::Number => {
                let digits = self.bump().range;
                if digits.of(self.text).contains(&b'.') {
                    let error = SyntaxError::new(
                        digits,
                        "two indexes with a dot between them read as one number",
                    );
                    self.report(error.help("write them in brackets: `[0][1]`"));
                }
                Some(Step::LegacyIndex { range: dot.cover(digits), digits })
            }
            _ => {
                self.fail_expected("a name behind the dot");
                None
            }
        }
    }

    fn bracket_step(&mut self) -> Option<Step> {
        let open = self.bump().range;
        if let Some(star) = self.eat(TokenKind::Star) {
            let close = self.close(open, TokenKind::CloseBracket, "]").unwrap_or(star);
            let each = self.deeper(Self::steps).unwrap_or_default();
            return Some(Step::FullSplat { range: open.cover(close), each });
        }
        let key = self.bracketed(TokenKind::CloseBracket, false, |parser| {
            let key = parser.expr();
            parser.end_element(TokenKind::CloseBracket, "`]`");
            key
        });
        self.close(open, TokenKind::CloseBracket, "]");
        Some(Step::Index { range: self.range_from(open.start), key })
    }
}

/// Is it digits, with a fraction and an exponent at most? The exponent must fit 32 bits, as Terraform's does.
fn is_number(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().is_ok()),
        None => (text, true),
    };
    let (_, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    exponent && fraction.bytes().all(|byte| byte.is_ascii_digit())
}
