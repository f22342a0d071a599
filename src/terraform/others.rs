//! Statements of policies that are all about actions of other services than ECR, told by how they are written.

use rustc_hash::FxHashSet;

use super::module::body::{BlockRef, literal_text};
use crate::policy::mention::is_of_another_service;
use crate::source::TextRange;
use crate::syntax::hcl::ast::{Expr, ExprKind, ObjectItem};

/// Is this a statement of `aws_iam_policy_document` that is all about actions of other services?
pub(super) fn is_block(block: BlockRef<'_>) -> bool {
    let actions = |block: BlockRef<'_>| {
        let actions = block.attribute("actions");
        actions.is_some_and(|it| are_of_others(it.expr(), &it.file.source.text))
    };
    block.kind() == "statement"
        && if block.is_dynamic() { block.blocks("content").all(actions) } else { actions(block) }
}

/// Finds the statements of this kind in what `jsonencode` is given, as far as they stay there as they are written.
pub(super) fn find_objects(encoded: &Expr, text: &[u8], found: &mut FxHashSet<TextRange>) {
    let mut find = |expr: &Expr| find_objects(expr, text, found);
    match &encoded.kind {
        ExprKind::Object(items) if is_object(items, text) => {
            found.insert(encoded.range);
        }
        ExprKind::Object(items) => items.iter().for_each(|item| find(&item.value)),
        ExprKind::Tuple(items) => items.iter().for_each(find),
        ExprKind::Paren(inner) => find(inner),
        ExprKind::Conditional(conditional) => {
            find(&conditional.yes);
            find(&conditional.no);
        }
        ExprKind::For(each) => find(&each.value),
        ExprKind::Call(call) if matches!(call.name.of(text), b"concat" | b"flatten") => {
            call.arguments.iter().for_each(find);
        }
        _ => {}
    }
}

/// Is this the object of a statement that is all about actions of other services?
fn is_object(items: &[ObjectItem], text: &[u8]) -> bool {
    let is_actions = |item: &&ObjectItem| written_key(item, text) == Some("Action");
    items.iter().all(|item| written_key(item, text).is_some())
        && items.iter().rfind(is_actions).is_some_and(|item| are_of_others(&item.value, text))
}

/// The key of an item, where it stands there as it is.
fn written_key<'i>(item: &'i ObjectItem, text: &'i [u8]) -> Option<&'i str> {
    match &item.key.kind {
        ExprKind::Variable(name) => Some(name.text(text)),
        _ => literal_text(&item.key, text),
    }
}

/// Are these actions, or is this one, all of other services?
fn are_of_others(actions: &Expr, text: &[u8]) -> bool {
    match &actions.kind {
        ExprKind::Tuple(actions) => {
            !actions.is_empty() && actions.iter().all(|action| are_of_others(action, text))
        }
        _ => literal_text(actions, text).is_some_and(is_of_another_service),
    }
}
