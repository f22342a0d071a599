//! Nested blocks with `dynamic` ones expanded. [`expand`]

use super::evaluation::Outcome;
use super::expand::Iterations;
use super::module::body::{AttributeRef, BlockRef};
use super::scope::Names;
use crate::origin::Why;
use crate::source::Span;
use crate::value::Value;

/// A nested block, or any number of them that can't be known.
pub(super) enum Item<'m, 'e, 'a> {
    Content(Content<'m, 'e, 'a>),
    Unknown(Why, Span),
}

/// What stands in a block, and the names that its expressions see.
pub(super) struct Content<'m, 'e, 'a> {
    block: BlockRef<'m>,
    /// The header of the block as written: for a `dynamic` block, its own.
    header: Span,
    names: Names<'e, 'a>,
}

/// The blocks of one type in source order. `choose` picks a value where `for_each` is one of several.
///
/// # Errors
/// Where a `for_each` has no value, or none that can be iterated over.
pub(super) fn expand<'m, 'e, 'a>(
    blocks: Vec<BlockRef<'m>>,
    names: &Names<'e, 'a>,
    choose: &dyn Fn(Value) -> Value,
) -> Outcome<Vec<Item<'m, 'e, 'a>>> {
    let mut items = Vec::new();
    for block in blocks {
        let header = block.header();
        if !block.is_dynamic() {
            items.push(Item::Content(Content { block, header, names: names.clone() }));
            continue;
        }
        let (Some(for_each), Some(content)) = (
            block.attribute("for_each"),
            block.all_blocks().find(|inner| inner.kind() == "content"),
        ) else {
            let why = Why::at("this `dynamic` block lacks `for_each` or `content`", header);
            items.push(Item::Unknown(why, header));
            continue;
        };
        let iterator = block.attribute("iterator").and_then(AttributeRef::keyword);
        let iterator = iterator.unwrap_or_else(|| block.kind());
        let span = for_each.span();
        match Iterations::of(&choose(names.eval(for_each)?), span)? {
            Iterations::Known(all) => {
                items.extend(all.into_iter().enumerate().map(|(turn, each)| {
                    let names = names.clone().iterated(iterator, turn, each);
                    Item::Content(Content { block: content, header, names })
                }));
            }
            Iterations::Unknown(why) => items.push(Item::Unknown(why, span)),
        }
    }
    Ok(items)
}

impl Item<'_, '_, '_> {
    /// The header of the block, or the place where it is said how many there are.
    pub(super) const fn span(&self) -> Span {
        match self {
            Self::Content(content) => content.header,
            Self::Unknown(_, span) => *span,
        }
    }
}

impl<'m, 'e, 'a> Content<'m, 'e, 'a> {
    /// The header of the block.
    pub(super) const fn header(&self) -> Span {
        self.header
    }

    /// The names that its expressions see.
    pub(super) const fn names(&self) -> &Names<'e, 'a> {
        &self.names
    }

    /// An argument.
    pub(super) fn attribute(&self, name: &str) -> Option<AttributeRef<'m>> {
        self.block.attribute(name)
    }

    /// The blocks of one type in it, not expanded.
    pub(super) fn blocks(&self, kind: &str) -> Vec<BlockRef<'m>> {
        self.block.blocks(kind).collect()
    }
}
