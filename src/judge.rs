//! One verdict a repository and a policy document, for all checks and for `inspect`: [`judge`].

use crate::model::Unit;

/// What the user says about the world that the units live in.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Judge as the strict profile does.
    pub strict: bool,
    /// The account that owns the repositories: 12 digits.
    pub owner_account: Option<String>,
    /// Other accounts that may have access: 12 digits each.
    pub trusted_accounts: Vec<String>,
    /// Tags that an exclusion filter must not free; empty for the built-in ones.
    pub probe_tags: Vec<String>,
}

/// A unit with a verdict for each of its repositories and documents.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The unit.
    pub unit: &'a Unit,
    /// What the verdicts assume.
    pub settings: &'a Settings,
}

/// Judges all repositories and documents of `unit`.
pub const fn judge<'a>(unit: &'a Unit, settings: &'a Settings) -> Judged<'a> {
    Judged { unit, settings }
}
