//! See `unused_waiver.md`.

use super::{Check, Profile, Run};
use crate::finding::Severity;

/// Fires in `crate::waiver`.
pub(super) static CHECK: Check = Check {
    id: "unused-waiver",
    title: "a waiver covers no finding",
    severity: Severity::Low,
    profile: Profile::Default,
    controls: &[],
    aliases: &[],
    page: include_str!("unused_waiver.md"),
    run: Run::Waivers,
};
