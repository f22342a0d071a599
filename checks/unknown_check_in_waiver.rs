//! See `unknown_check_in_waiver.md`.

use super::{Check, Profile, Run};
use crate::finding::Severity;

/// Fires in `crate::waiver`.
pub(super) static CHECK: Check = Check {
    id: "unknown-check-in-waiver",
    title: "a waiver names a check that does not exist",
    severity: Severity::Low,
    profile: Profile::Default,
    controls: &[],
    aliases: &[],
    page: include_str!("unknown_check_in_waiver.md"),
    run: Run::Waivers,
};
