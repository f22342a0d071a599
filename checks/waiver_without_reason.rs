//! See `waiver_without_reason.md`.

use super::{Check, Profile, Run};
use crate::finding::Severity;

/// Fires in `crate::waiver`.
pub(super) static CHECK: Check = Check {
    id: "waiver-without-reason",
    title: "a waiver does not say why",
    severity: Severity::Low,
    profile: Profile::Default,
    controls: &[],
    aliases: &[],
    page: include_str!("waiver_without_reason.md"),
    run: Run::Waivers,
};
