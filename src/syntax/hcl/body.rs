//! Attributes and blocks.

use super::ast::{Attribute, Block, Body, Ident, Item, Label, Literal};
use super::lexer::TokenKind;
use super::parser::{Parser, clip};
use super::recover::BoundaryKind;
use crate::source::TextRange;
use crate::syntax::SyntaxError;

/// After so many items that had to be read twice the rest of a file is read once, recovering: a bound of the work.
const MAX_SECOND_READINGS: u32 = 8;

impl Parser<'_> {
    /// The whole text.
    pub(super) fn file(&mut self) -> Body {
        let mut items = Vec::new();
        let mut second_readings = 0;
        loop {
            match self.peek() {
                TokenKind::Newline => {
                    self.bump();
                }
                TokenKind::Eof => break,
                _ => {
                    let before = self.error_count();
                    let item = self.twice(|parser| parser.top_level_item());
                    items.extend(item);
                    second_readings += u32::from(self.error_count() > before);
                    self.set_recovering(second_readings > MAX_SECOND_READINGS);
                }
            }
        }
        self.check_names(&items);
        Body { range: TextRange::new(0, self.end().max(self.next_range().end)), items }
    }

    fn top_level_item(&mut self) -> Option<Item> {
        match self.peek() {
            TokenKind::CloseBrace => {
                let range = self.next_range();
                let error = SyntaxError::new(range, "this `}` closes nothing");
                self.fail(error.help("remove it, or look for the `{` that is missing above"));
                self.bump();
                None
            }
            _ => self.item(),
        }
    }

    /// An attribute or a block with the end of its line. `None` and an error where neither stands.
    fn item(&mut self) -> Option<Item> {
        let outer = self.boundary();
        let item = self.item_on_line();
        self.end_line();
        self.set_boundary(outer);
        item
    }

    fn item_on_line(&mut self) -> Option<Item> {
        if self.peek() != TokenKind::Ident {
            self.fail_no_item();
            return None;
        }
        let column = self.lead().map(|lead| lead.column);
        let name = Ident { range: self.bump().range };
        match self.peek() {
            TokenKind::Equals => {
                self.narrow_boundary(column, BoundaryKind::Attribute);
                Some(Item::Attribute(self.attribute(name)))
            }
            TokenKind::Quote | TokenKind::Ident | TokenKind::OpenBrace => {
                self.narrow_boundary(column, BoundaryKind::Block);
                self.block(name).map(Item::Block)
            }
            _ => {
                let text = clip(name.range.of(self.text));
                let error = SyntaxError::new(
                    name.range,
                    format!("`{text}` is neither an argument nor a block"),
                );
                self.fail(error.help(format!("write `{text} = …` or `{text} {{ … }}`")));
                None
            }
        }
    }

    fn fail_no_item(&mut self) {
        let range = self.next_range();
        match self.peek() {
            TokenKind::Quote => {
                let error =
                    SyntaxError::new(range, "the name of an argument stands without quotes");
                self.fail(error.help("remove the quotes"));
            }
            _ => self.fail_expected("an argument or a block"),
        }
    }

    fn attribute(&mut self, name: Ident) -> Attribute {
        let equals = self.bump().range;
        let value = self.expr();
        Attribute { range: self.range_from(name.range.start), name, equals, value }
    }

    /// The end of the line behind an item.
    fn end_line(&mut self) {
        match self.peek() {
            TokenKind::Newline => {
                self.bump();
            }
            TokenKind::Eof | TokenKind::Stop => {}
            _ => {
                self.fail_expected("the end of the line");
                self.skip_line();
            }
        }
    }

    /// A block behind its type. `None` and an error where it has no content.
    fn block(&mut self, kind: Ident) -> Option<Block> {
        let labels = self.labels();
        let open = self.open_block(kind)?;
        let items = self.bracketed(TokenKind::CloseBrace, true, |parser| {
            let items = parser.deeper(Self::block_items);
            if items.is_none() {
                parser.skip_to_close();
            }
            items.unwrap_or_default()
        });
        self.check_names(&items);
        let close = self.close(open, TokenKind::CloseBrace, "}");
        let content_end = close.map_or(self.end(), |close| close.start);
        let body = Body { range: TextRange::new(open.end, content_end), items };
        Some(Block { range: self.range_from(kind.range.start), kind, labels, open, body, close })
    }

    fn labels(&mut self) -> Vec<Label> {
        let mut labels = Vec::new();
        loop {
            match self.peek() {
                TokenKind::Ident => {
                    let range = self.bump().range;
                    labels.push(Label { range, text: Literal { range, decoded: None } });
                }
                TokenKind::Quote => labels.push(self.quoted_label()),
                _ => return labels,
            }
        }
    }

    fn open_block(&mut self, kind: Ident) -> Option<TextRange> {
        if let Some(open) = self.eat(TokenKind::OpenBrace) {
            return Some(open);
        }
        let text = clip(kind.range.of(self.text));
        let error = match self.peek() {
            TokenKind::Equals => SyntaxError::new(self.next_range(), "a block takes no `=`").help(
                "an argument has one name, without quotes; a block has `{` behind its labels",
            ),
            _ => SyntaxError::new(self.behind(), format!("the block `{text}` has no `{{`"))
                .help("it must stand at the end of the line that the block begins in"),
        };
        self.fail(error);
        None
    }

    fn block_items(&mut self) -> Vec<Item> {
        match self.peek() {
            TokenKind::Newline | TokenKind::Eof | TokenKind::CloseBrace => self.lines(),
            _ => self.one_argument(),
        }
    }

    /// The items of a block that spans lines, up to its `}`.
    fn lines(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        loop {
            match self.peek() {
                TokenKind::Newline => {
                    self.bump();
                }
                TokenKind::CloseBrace | TokenKind::Eof | TokenKind::Stop => return items,
                _ => items.extend(self.item()),
            }
        }
    }

    /// The content of `{ name = value }`.
    fn one_argument(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        match self.eat(TokenKind::Ident) {
            Some(range) if self.peek() == TokenKind::Equals => {
                items.push(Item::Attribute(self.attribute(Ident { range })));
            }
            _ => self.fail_expected("an argument"),
        }
        if self.peek() != TokenKind::CloseBrace {
            let error =
                SyntaxError::new(self.next_range(), "a block on one line holds one argument");
            self.fail(error.help("begin a new line behind the `{`"));
            self.skip_to_close();
        }
        items
    }

    /// Reports arguments that are given twice.
    fn check_names(&mut self, items: &[Item]) {
        /// Up to so many items it is faster to compare each with each.
        const FEW: usize = 12;
        if items.len() > FEW {
            let mut seen = rustc_hash::FxHashMap::default();
            for range in names(items) {
                if let Some(first) = seen.insert(range.of(self.text), range) {
                    self.report_twice(first, range);
                }
            }
            return;
        }
        for (index, range) in names(items).enumerate() {
            let same = |first: &TextRange| first.of(self.text) == range.of(self.text);
            if let Some(first) = names(items).take(index).find(same) {
                self.report_twice(first, range);
            }
        }
    }

    fn report_twice(&mut self, first: TextRange, second: TextRange) {
        let text = clip(second.of(self.text));
        let error = SyntaxError::new(second, format!("the argument `{text}` is given twice"));
        self.report(error.related(first, "first given here"));
    }
}

/// The names of the arguments.
fn names(items: &[Item]) -> impl Iterator<Item = TextRange> {
    items.iter().filter_map(|item| match item {
        Item::Attribute(attribute) => Some(attribute.name.range),
        Item::Block(_) => None,
    })
}
