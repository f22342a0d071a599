//! A concrete outside request that a document lets through: [`find`].

use super::action::ActionSet;
use super::statement::Statement;
use super::verdict::{Context, Witness};

/// Finds a request that `allow` lets through and no Deny of `statements` stops.
pub(super) fn find(
    _allow: &Statement<'_>,
    _statements: &[Statement<'_>],
    _left: ActionSet,
    _context: &Context,
) -> Option<Witness> {
    None
}
