//! See `expired_waiver.md`.

use super::{Check, Profile, Run};
use crate::finding::Severity;

/// Fires in `crate::waiver`.
pub(super) static CHECK: Check = Check {
    id: "expired-waiver",
    title: "a waiver's date has passed",
    severity: Severity::Low,
    profile: Profile::Default,
    controls: &[],
    aliases: &[],
    page: include_str!("expired_waiver.md"),
    run: Run::Waivers,
};
