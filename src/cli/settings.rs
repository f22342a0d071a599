//! What holds for a run: the command line over the configuration file over the defaults.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::args::{CheckArgs, JudgingArgs, Profile as ProfileArg};
use super::disk::{self, RealDisk};
use super::output::Usage;
use crate::checks::{self, Check, Profile};
use crate::config::{self, Config, did_you_mean};
use crate::date::Date;
use crate::disk::{Disk, DiskError, join};
use crate::judge::Settings;
use crate::report::text;
use crate::source::Sources;

/// The name of the configuration file.
const CONFIG: &str = ".ecrlint.hcl";

/// What reading a file gives.
type ReadFile = Result<Arc<[u8]>, DiskError>;

/// The configuration that holds for some PATHs, and its directory: that of the named file, or of the nearest one at or
/// above the first PATH.
pub(super) fn configuration(
    named: Option<&str>,
    paths: &[String],
    disk: &RealDisk,
    sources: &Sources,
) -> Result<(Config, String), Usage> {
    let found = match named {
        Some(path) => Some((path.to_owned(), disk::read_anywhere(path))),
        None => nearest(paths.first().map_or(".", String::as_str), disk),
    };
    let Some((path, read)) = found else { return Ok((Config::default(), ".".to_owned())) };
    let bytes = read.map_err(|error| Usage::new(format!("cannot read `{path}`: {error}")))?;
    let text =
        std::str::from_utf8(&bytes).map_err(|_| Usage::new(format!("`{path}` is not UTF-8")))?;
    let file = sources.add(path.as_str(), Arc::clone(&bytes));
    let config = config::read(text, file, sources)
        .map_err(|problems| Usage(text::render_problems(problems.iter(), sources, false)))?;
    Ok((config, join(&path, "..")))
}

/// The first configuration file at or above a path, up to the root of trust.
fn nearest(path: &str, disk: &RealDisk) -> Option<(String, ReadFile)> {
    /// No path has more parts. (Above the top of a file system there is always the top again.)
    const MAX_LEVELS: usize = 256;
    let mut directory = join(".", path);
    if !disk.is_directory(&directory) {
        directory = join(&directory, "..");
    }
    for _ in 0..MAX_LEVELS {
        if !disk.is_directory(&directory) {
            break;
        }
        let file = join(&directory, CONFIG);
        match disk.read(&file) {
            Err(DiskError::NotFound) => {}
            read => return Some((file, read)),
        }
        let above = if directory == "." { "..".to_owned() } else { join(&directory, "..") };
        if above == directory {
            break;
        }
        directory = above;
    }
    None
}

/// What verdicts assume.
pub(super) fn settings(args: &JudgingArgs, config: &Config, today: Date) -> Settings {
    Settings {
        strict: profile(args, config) == Profile::Strict,
        owner_account: args.owner_account.clone().or_else(|| config.owner_account.clone()),
        trusted_accounts: config.trusted_accounts.clone(),
        probe_tags: config.probe_tags.clone(),
        today: Some(today),
    }
}

fn profile(args: &JudgingArgs, config: &Config) -> Profile {
    match args.profile {
        Some(ProfileArg::Default) => Profile::Default,
        Some(ProfileArg::Strict) => Profile::Strict,
        None => config.profile.unwrap_or_default(),
    }
}

/// The checks that run, in the order of the list.
pub(super) fn active(args: &CheckArgs, config: &Config) -> Result<Vec<&'static Check>, Usage> {
    let (select, ignore) = (named(&args.select)?, named(&args.ignore)?);
    let (configured_select, configured_ignore) = (named(&config.select)?, named(&config.ignore)?);
    let profile = profile(&args.judging, config);
    let is_in = |list: &[&Check], check: &Check| list.iter().any(|listed| listed.id == check.id);
    let is_active = |check: &Check| {
        let chosen = match (select.as_slice(), configured_select.as_slice()) {
            ([], []) => check.profile <= profile && !is_in(&configured_ignore, check),
            ([], configured) => is_in(configured, check) && !is_in(&configured_ignore, check),
            (selected, _) => is_in(selected, check),
        };
        chosen && !is_in(&ignore, check)
    };
    Ok(checks::ALL.iter().copied().filter(|check| is_active(check)).collect())
}

fn named(names: &[String]) -> Result<Vec<&'static Check>, Usage> {
    names.iter().map(|name| check(name)).collect()
}

/// The check by this id or alias.
pub(super) fn check(name: &str) -> Result<&'static Check, Usage> {
    checks::find(name).ok_or_else(|| {
        let help = did_you_mean(name, checks::ALL.iter().map(|check| check.id));
        Usage::new(format!("there is no check `{name}`; {help}"))
    })
}

/// The day of the run.
pub(super) fn today(args: &JudgingArgs) -> Result<Date, Usage> {
    match &args.today {
        Some(text) => {
            text.parse().map_err(|error| Usage::new(format!("`--today {text}`: {error}")))
        }
        None => Ok(system_day()),
    }
}

#[expect(clippy::disallowed_methods, reason = "without `--today` the clock tells the day")]
fn system_day() -> Date {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let days = u32::try_from(seconds / 86_400).unwrap_or_default();
    Date::from_days_since_1970(days).unwrap_or_default()
}
