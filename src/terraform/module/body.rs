//! Blocks and arguments with the file that they stand in, and override files laid over them: [`Declaration`].

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::source::{Span, TextRange};
use crate::syntax::hcl::ast::{Attribute, Block, Body, Expr, ExprKind, Item, Part};
use crate::terraform::eval::Source;

/// A file that was read.
#[derive(Debug)]
pub struct File {
    /// Its bytes.
    pub source: Source,
    /// Its path, as the user knows it.
    pub path: Arc<str>,
    /// Its arguments and blocks. Declarations say where in it they stand: so trees stay as the parser left them, in one
    /// piece of memory after the other.
    pub body: Body,
}

/// A block of a primary file, with the blocks of override files that are merged over it.
#[derive(Debug)]
pub struct Declaration {
    layers: SmallVec<[Layer; 1]>,
}

/// A block at the top of a file.
#[derive(Debug)]
struct Layer {
    file: Arc<File>,
    item: usize,
}

/// One entry of a `locals` block.
#[derive(Debug)]
pub struct Local {
    file: Arc<File>,
    /// The block in the file.
    block: usize,
    /// The entry in the block.
    item: usize,
}

/// A block and its file.
#[derive(Clone, Copy, Debug)]
pub struct BlockRef<'a> {
    /// The file.
    pub file: &'a Arc<File>,
    /// The block.
    pub block: &'a Block,
}

/// An argument and its file.
#[derive(Clone, Copy, Debug)]
pub struct AttributeRef<'a> {
    /// The file.
    pub file: &'a Arc<File>,
    /// The argument.
    pub attribute: &'a Attribute,
}

impl File {
    /// A range of this file.
    pub const fn span(&self, range: TextRange) -> Span {
        self.source.span(range)
    }

    /// Its arguments in source order.
    pub fn attributes(self: &Arc<Self>) -> impl Iterator<Item = (&str, AttributeRef<'_>)> {
        attributes(self, &self.body)
    }

    /// Its blocks in source order.
    pub fn blocks(self: &Arc<Self>) -> impl Iterator<Item = BlockRef<'_>> {
        blocks(self, &self.body)
    }

    /// The block that is this item at the top of the file.
    fn block(self: &Arc<Self>, item: usize) -> Option<BlockRef<'_>> {
        match self.body.items.get(item)? {
            Item::Block(block) => Some(BlockRef { file: self, block }),
            Item::Attribute(_) => None,
        }
    }
}

impl Declaration {
    /// The block that is this item of a file, without overrides.
    pub(super) fn new(file: &Arc<File>, item: usize) -> Self {
        Self { layers: smallvec![Layer { file: Arc::clone(file), item }] }
    }

    /// Merges the block that is this item of an override file over it.
    pub(super) fn merge(&mut self, file: &Arc<File>, item: usize) {
        self.layers.push(Layer { file: Arc::clone(file), item });
    }

    /// The block of the primary file.
    pub fn block(&self) -> Option<BlockRef<'_>> {
        self.layers.first().and_then(Layer::block)
    }

    /// The primary block and those that are merged over it.
    pub fn layers(&self) -> impl DoubleEndedIterator<Item = BlockRef<'_>> {
        self.layers.iter().filter_map(Layer::block)
    }

    /// The header of the primary block.
    pub fn header(&self) -> Option<Span> {
        self.block().map(BlockRef::header)
    }

    /// The argument of this name: the strongest override's, else the primary block's.
    pub fn attribute(&self, name: &str) -> Option<AttributeRef<'_>> {
        self.layers().rev().find_map(|block| block.attribute(name))
    }

    /// Which of two arguments that exclude each other is in force: the one in the strongest layer.
    pub fn either_attribute<'a>(&self, names: [&'a str; 2]) -> Option<(&'a str, AttributeRef<'_>)> {
        self.layers()
            .rev()
            .find_map(|block| names.iter().find_map(|name| Some((*name, block.attribute(name)?))))
    }

    /// All arguments, each as the strongest layer has it.
    pub fn attributes(&self) -> BTreeMap<&str, AttributeRef<'_>> {
        // A duplicate inside one layer was reported by the parser; the first one counts.
        self.layers()
            .flat_map(|block| block.attributes().collect::<Vec<_>>().into_iter().rev())
            .collect()
    }

    /// The nested blocks of this type, also those that a `dynamic` block makes. A layer that has any of them replaces
    /// all of the layers below it.
    pub fn blocks(&self, kind: &str) -> Vec<BlockRef<'_>> {
        let mut found = self.layers().rev().map(|block| block.blocks(kind).collect::<Vec<_>>());
        found.find(|blocks| !blocks.is_empty()).unwrap_or_default()
    }
}

impl Layer {
    fn block(&self) -> Option<BlockRef<'_>> {
        self.file.block(self.item)
    }
}

impl Local {
    /// The entry that is this item of a block, which is an item of the file.
    pub(super) fn new(file: &Arc<File>, block: usize, item: usize) -> Self {
        Self { file: Arc::clone(file), block, item }
    }

    /// The entry and its file.
    pub fn entry(&self) -> Option<AttributeRef<'_>> {
        let block = self.file.block(self.block)?;
        match block.block.body.items.get(self.item)? {
            Item::Attribute(attribute) => Some(AttributeRef { file: &self.file, attribute }),
            Item::Block(_) => None,
        }
    }
}

impl<'a> BlockRef<'a> {
    /// The type and the labels.
    pub fn header(self) -> Span {
        self.file.span(self.block.header())
    }

    /// The block type, `statement`; of a `dynamic` block the type that it makes.
    pub fn kind(self) -> &'a str {
        match self.block.kind.text(&self.file.source.text) {
            "dynamic" => self.label(0).unwrap_or_default(),
            kind => kind,
        }
    }

    /// Is it a `dynamic` block?
    pub fn is_dynamic(self) -> bool {
        self.block.kind.is("dynamic", &self.file.source.text)
    }

    /// A label.
    pub fn label(self, index: usize) -> Option<&'a str> {
        self.block.labels.get(index).map(|label| label.text.text(&self.file.source.text))
    }

    /// The argument of this name.
    pub fn attribute(self, name: &str) -> Option<AttributeRef<'a>> {
        self.block.body.items.iter().find_map(|item| match item {
            Item::Attribute(attribute) if attribute.name.is(name, &self.file.source.text) => {
                Some(AttributeRef { file: self.file, attribute })
            }
            Item::Attribute(_) | Item::Block(_) => None,
        })
    }

    /// All arguments in source order.
    pub fn attributes(self) -> impl Iterator<Item = (&'a str, AttributeRef<'a>)> {
        attributes(self.file, &self.block.body)
    }

    /// The nested blocks of this type in source order, also those that a `dynamic` block makes.
    pub fn blocks(self, kind: &str) -> impl Iterator<Item = BlockRef<'a>> {
        self.all_blocks().filter(move |block| {
            if block.is_dynamic() {
                block.label(0) == Some(kind)
            } else {
                block.block.kind.is(kind, &block.file.source.text)
            }
        })
    }

    /// All nested blocks in source order.
    pub fn all_blocks(self) -> impl Iterator<Item = BlockRef<'a>> {
        blocks(self.file, &self.block.body)
    }
}

impl<'a> AttributeRef<'a> {
    /// The value.
    pub fn expr(self) -> &'a Expr {
        &self.attribute.value
    }

    /// The bytes of the value.
    pub fn span(self) -> Span {
        self.file.span(self.attribute.value.range)
    }

    /// The bytes of the name.
    pub fn name_span(self) -> Span {
        self.file.span(self.attribute.name.range)
    }

    /// The truth value, if the value is one as it stands.
    pub fn literal_bool(self) -> Option<bool> {
        match (&self.expr().kind, self.literal_text()) {
            (ExprKind::Bool(value), _) => Some(*value),
            (_, Some("true")) => Some(true),
            (_, Some("false")) => Some(false),
            _ => None,
        }
    }

    /// The name, if the value is a bare name, or a string in JSON.
    pub fn keyword(self) -> Option<&'a str> {
        match &self.expr().kind {
            ExprKind::Variable(name) => Some(name.text(&self.file.source.text)),
            _ => self.literal_text(),
        }
    }

    /// The text, if the value is a string without interpolation.
    pub fn literal_text(self) -> Option<&'a str> {
        literal_text(self.expr(), &self.file.source.text)
    }
}

/// The text of an expression that is a string without interpolation.
pub fn literal_text<'a>(expr: &'a Expr, text: &'a [u8]) -> Option<&'a str> {
    let ExprKind::Template(template) = &expr.kind else { return None };
    match template.parts.as_slice() {
        [] => Some(""),
        [Part::Literal(literal)] => Some(literal.text(text)),
        _ => None,
    }
}

/// The arguments of a body in source order.
fn attributes<'a>(
    file: &'a Arc<File>,
    body: &'a Body,
) -> impl Iterator<Item = (&'a str, AttributeRef<'a>)> {
    body.items.iter().filter_map(move |item| match item {
        Item::Attribute(attribute) => {
            Some((attribute.name.text(&file.source.text), AttributeRef { file, attribute }))
        }
        Item::Block(_) => None,
    })
}

/// The blocks of a body in source order.
fn blocks<'a>(file: &'a Arc<File>, body: &'a Body) -> impl Iterator<Item = BlockRef<'a>> {
    body.items.iter().filter_map(move |item| match item {
        Item::Block(block) => Some(BlockRef { file, block }),
        Item::Attribute(_) => None,
    })
}
