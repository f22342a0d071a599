//! Which files are looked at, by the globs of the configuration file: [`Scope`].

use globset::GlobSet;

use super::disk;
use crate::config::Config;
use crate::disk::join;

/// The files that the configuration includes and does not exclude.
#[derive(Debug, Default)]
pub(super) struct Scope {
    include: Option<GlobSet>,
    exclude: GlobSet,
    /// The working directory, which paths are seen from.
    here: String,
    /// The directory that the globs are seen from.
    base: String,
}

impl Scope {
    /// The scope of a configuration file in this directory, as the user knows it.
    pub(super) fn of(config: &Config, directory: &str) -> Self {
        let here = disk::working_directory()
            .ok()
            .and_then(|path| path.to_str().map(str::to_owned))
            .unwrap_or_default();
        let base = join(&here, directory);
        Self { include: config.include.clone(), exclude: config.exclude.clone(), here, base }
    }

    /// Is this file looked at?
    pub(super) fn holds(&self, path: &str) -> bool {
        if self.include.is_none() && self.exclude.is_empty() {
            return true;
        }
        let absolute = join(&self.here, path);
        let from_base = absolute
            .strip_prefix(&self.base)
            .map_or(absolute.as_str(), |rest| rest.trim_start_matches('/'));
        self.include.as_ref().is_none_or(|include| include.is_match(from_base))
            && !self.exclude.is_match(from_base)
    }
}
