//! `ecrlint explain` and `ecrlint checks`.

use serde_json::{Value, json};

use super::args::ListFormat;
use super::output::{Outcome, Usage};
use super::settings;
use crate::checks::{self, Check, Profile};

/// The page of a check.
pub(super) fn explain(name: &str) -> Result<Outcome, Usage> {
    Ok(Outcome::clean(settings::check(name)?.page.to_owned()))
}

/// The list of checks.
pub(super) fn list(format: ListFormat) -> Outcome {
    Outcome::clean(match format {
        ListFormat::Human => checks::ALL.iter().map(|check| line(check)).collect(),
        ListFormat::Json => {
            let all: Vec<Value> = checks::ALL.iter().map(|check| object(check)).collect();
            format!("{:#}\n", json!({"version": 1, "checks": all}))
        }
    })
}

fn line(check: &Check) -> String {
    let controls = check.controls.iter().map(|control| control.id);
    let ids: Vec<&str> = controls.chain(check.aliases.iter().copied()).collect();
    let strict = if check.profile == Profile::Strict { " (strict)" } else { "" };
    let ids = if ids.is_empty() { String::new() } else { format!("\n  {}", ids.join(", ")) };
    format!("{:<8} {:<32} {}{strict}{ids}\n", check.severity.name(), check.id, check.title)
}

fn object(check: &Check) -> Value {
    json!({
        "id": check.id,
        "title": check.title,
        "severity": check.severity.name(),
        "profile": match check.profile { Profile::Default => "default", Profile::Strict => "strict" },
        "controls": check.controls.iter().map(|c| json!({"framework": c.framework, "id": c.id})).collect::<Vec<_>>(),
        "aliases": check.aliases,
    })
}
