//! The checks: [`ALL`] is the only list of them. One check is two files, `name.rs` (decides) and `name.md`
//! (explains, and is its test), and one line here.

use crate::finding::{Severity, Sink};
use crate::judge::Judged;

mod broad_identity_policy;
mod conditional_wildcard_principal;
mod cross_account_access;
mod expired_waiver;
mod exposure;
mod field;
mod force_delete;
mod invalid_policy;
mod invalid_tag_mutability;
mod label;
mod leaky_exclusion_filter;
mod mutable_tags;
mod no_lifecycle_policy;
mod no_scan_on_push;
mod provider_managed_encryption;
mod tags;
mod unknown_check_in_waiver;
mod unscoped_service_principal;
mod unused_waiver;
mod waiver_without_reason;
mod wildcard_action;
mod wildcard_principal;

/// One check.
#[derive(Debug)]
pub struct Check {
    /// Kebab-case; reads well behind "allow". Never changes, is never used again.
    pub id: &'static str,
    /// One line, lower case, no full stop.
    pub title: &'static str,
    /// The severity of a finding that names no other.
    pub severity: Severity,
    /// The first profile that it is on in.
    pub profile: Profile,
    /// Controls of frameworks that it serves.
    pub controls: &'static [Control],
    /// Ids of the same rule in other tools: they select it too.
    pub aliases: &'static [&'static str],
    /// Its page, in Markdown.
    pub page: &'static str,
    /// Who runs it.
    pub run: Run,
}

/// Who runs a check.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// The runner, over each judged unit.
    Model(fn(&Judged<'_>, &mut Sink)),
    /// The waiver reader, which finds these by itself.
    Waivers,
}

/// A set of checks; each holds those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Profile {
    /// What every team wants to know.
    #[default]
    Default,
    /// What a security review asks for.
    Strict,
}

/// A control of a framework.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Control {
    /// The framework, as it names itself.
    pub framework: &'static str,
    /// The control's id in it.
    pub id: &'static str,
}

/// All checks, in the order in which they are listed.
pub static ALL: &[&Check] = &[
    &mutable_tags::CHECK,
    &leaky_exclusion_filter::CHECK,
    &wildcard_principal::CHECK,
    &conditional_wildcard_principal::CHECK,
    &unscoped_service_principal::CHECK,
    &invalid_policy::CHECK,
    &invalid_tag_mutability::CHECK,
    &broad_identity_policy::CHECK,
    &wildcard_action::CHECK,
    &cross_account_access::CHECK,
    &no_scan_on_push::CHECK,
    &no_lifecycle_policy::CHECK,
    &provider_managed_encryption::CHECK,
    &force_delete::CHECK,
    &expired_waiver::CHECK,
    &unused_waiver::CHECK,
    &waiver_without_reason::CHECK,
    &unknown_check_in_waiver::CHECK,
];

/// The check with this id or alias, whatever the case of the letters.
pub fn find(name: &str) -> Option<&'static Check> {
    ALL.iter()
        .find(|check| {
            check.id.eq_ignore_ascii_case(name)
                || check.aliases.iter().any(|a| a.eq_ignore_ascii_case(name))
        })
        .copied()
}
