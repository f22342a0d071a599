//! The pages of the checks are tests: each example is linted, and the carets under it say what must be found, to the
//! column. `^^^ name` asks for a finding of that check, `^^^ unknown name` for a verdict that can't be given.

use std::collections::BTreeMap;
use std::fmt;

use ecrlint::checks::{self, Check, Profile, Run};
use serde_json::Value;

use crate::support::Folder;

/// An example of a page.
struct Example {
    language: String,
    attributes: BTreeMap<String, String>,
    /// Line of the page that its fence stands on.
    line: usize,
    /// The text without the lines of carets.
    text: String,
    expected: Vec<Mark>,
}

/// Something found, or to be found.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    /// 1-based line of the example's text.
    line: u64,
    /// 1-based columns in Unicode scalar values, the last one exclusive.
    columns: (u64, u64),
    /// The check, behind `unknown ` where no verdict can be given.
    what: String,
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}-{} {}", self.line, self.columns.0, self.columns.1, self.what)
    }
}

/// A line of carets: `# ^^^ name`.
fn mark(line: &str, above: u64) -> Option<Mark> {
    let rest = line.trim_start().strip_prefix('#')?;
    let carets = rest.trim_start();
    let width = carets.chars().take_while(|c| *c == '^').count() as u64;
    let start = (line.chars().count() - carets.chars().count()) as u64 + 1;
    (width > 0).then(|| Mark {
        line: above,
        columns: (start, start + width),
        what: carets.trim_start_matches('^').trim().to_owned(),
    })
}

/// The examples of one section of a page.
fn examples(page: &str, section: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut in_section = false;
    let mut open: Option<Example> = None;
    for (number, line) in (1..).zip(page.lines()) {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) if in_section => {
                let mut words = info.split_whitespace();
                let language = words.next().unwrap_or_default().to_owned();
                let attributes = words
                    .filter_map(|word| word.split_once('='))
                    .map(|(k, v)| (k.into(), v.into()))
                    .collect();
                open = Some(Example {
                    language,
                    attributes,
                    line: number,
                    text: String::new(),
                    expected: Vec::new(),
                });
            }
            (None, _) => {
                in_section = line.strip_prefix("## ").map_or(in_section, |title| title == section)
            }
            (Some(_), Some(_)) => examples.extend(open.take()),
            (Some(example), None) => {
                let lines = example.text.lines().count() as u64;
                match mark(line, lines) {
                    Some(mark) => example.expected.push(mark),
                    None => {
                        example.text.push_str(line);
                        example.text.push('\n');
                    }
                }
            }
        }
    }
    examples
}

/// What the program says of an example, against what its carets say.
fn difference(check: &Check, example: &Example) -> Option<String> {
    let place = format!("{}.md:{}", check.id, example.line);
    let name = match example.language.as_str() {
        "hcl" => "main.tf",
        "yaml" => "template.yaml",
        "json" => "template.json",
        other => panic!("{place}: no reader for `{other}`"),
    };
    let profile = example.attributes.get("profile").map_or("default", String::as_str);
    let mut arguments =
        vec!["check", ".", "--format", "json", "--profile", profile, "--today", "2026-01-01"];
    if let Some(account) = example.attributes.get("owner_account") {
        arguments.extend(["--owner-account", account]);
    }
    let report = Folder::new().with(name, &example.text).run(&arguments).json();
    let errors = &report["errors"];
    let mut found: Vec<Mark> = marks(&report["findings"], "", check).collect();
    found.extend(marks(&report["unknowns"], "unknown ", check));
    let mut expected: Vec<Mark> = example.expected.clone();
    expected.retain(|mark| mark.what.split(' ').next_back() == Some(check.id));
    found.sort();
    expected.sort();
    let differs = found != expected || errors.as_array().is_none_or(|errors| !errors.is_empty());
    differs.then(|| format!("{place}: found {found:?}, the page has {expected:?}, errors {errors}"))
}

/// What a list of the report says of one check.
fn marks<'a>(
    list: &'a Value,
    prefix: &'a str,
    check: &'a Check,
) -> impl Iterator<Item = Mark> + 'a {
    let list = list.as_array().expect("the report has this list");
    list.iter().filter(|entry| entry["check"] == check.id).map(move |entry| {
        let place = |end: &str, what: &str| entry["location"][end][what].as_u64().expect("a place");
        let columns = (place("start", "column"), place("end", "column"));
        let lines = place("end", "line") - place("start", "line");
        let what = format!("{prefix}{}", check.id);
        let what = if lines == 0 { what } else { format!("{what} over {lines} more lines") };
        Mark { line: place("start", "line"), columns, what }
    })
}

#[test]
fn examples_are_what_the_checks_say() {
    let mut differences = Vec::new();
    for check in checks::ALL {
        for section in ["Flagged", "Not flagged"] {
            for example in examples(check.page, section) {
                let marked = example.expected.iter().any(|mark| mark.what == check.id);
                assert_eq!(
                    marked,
                    section == "Flagged",
                    "{}.md:{}: wrong section",
                    check.id,
                    example.line
                );
                differences.extend(difference(check, &example));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The checks that never lack a verdict, each with the reason.
const NEVER_UNKNOWN: [(&str, &str); 4] = [
    ("invalid-policy", "what can't be known is not called invalid"),
    ("invalid-tag-mutability", "what can't be known is not called invalid"),
    ("wildcard-action", "a principal that can't be known is `wildcard-principal`'s to report"),
    ("cross-account-access", "only accounts that are written out are compared"),
];

#[test]
fn every_check_is_shown_to_fire_to_pass_and_not_to_know_in_terraform() {
    for check in checks::ALL {
        let in_terraform = |section: &str| -> Vec<Example> {
            let all = examples(check.page, section).into_iter();
            all.filter(|example| example.language == "hcl").collect()
        };
        let profile = if check.profile == Profile::Strict { Some("strict") } else { None };
        let is_in_profile =
            |example: &Example| example.attributes.get("profile").map(String::as_str) == profile;
        let asks_for =
            |example: &Example, what: &str| example.expected.iter().any(|mark| mark.what == what);
        let (flagged, passed) = (in_terraform("Flagged"), in_terraform("Not flagged"));
        let fires = flagged.iter().any(|e| is_in_profile(e) && asks_for(e, check.id));
        assert!(fires, "{} does not fire in the first profile that it is on in", check.id);
        let unknown = format!("unknown {}", check.id);
        let passes = passed.iter().any(|e| is_in_profile(e) && !asks_for(e, &unknown));
        assert!(passes, "{} does not pass in the first profile that it is on in", check.id);
        let is_unknown = passed.iter().chain(&flagged).any(|e| asks_for(e, &unknown));
        let is_exempt = matches!(check.run, Run::Waivers)
            || NEVER_UNKNOWN.iter().any(|(id, _)| *id == check.id);
        assert_eq!(is_unknown, !is_exempt, "{} has an example with `{unknown}`?", check.id);
    }
}

#[test]
fn every_page_has_its_sections() {
    for check in checks::ALL {
        let page = check.page;
        assert!(page.starts_with(&format!("# {}\n", check.id)), "{} has another title", check.id);
        for title in ["Why", "How to fix", "Flagged", "Not flagged", "Limits", "References"] {
            assert!(
                page.contains(&format!("\n## {title}\n")),
                "{}.md has no section {title}",
                check.id
            );
        }
        for section in ["Flagged", "Not flagged"] {
            for language in ["hcl", "yaml"] {
                assert!(
                    examples(page, section).iter().any(|example| example.language == language),
                    "{}.md has no example in {language} under {section}",
                    check.id
                );
            }
        }
    }
}

#[test]
fn every_control_of_a_check_is_on_its_page() {
    for check in checks::ALL {
        let (_, references) = check.page.split_once("\n## References\n").unwrap();
        for control in check.controls {
            assert!(references.contains(control.id), "{}.md lacks {}", check.id, control.id);
        }
    }
}

#[test]
fn ids_and_aliases_name_one_check_each() {
    let mut names: Vec<String> = Vec::new();
    for check in checks::ALL {
        names.push(check.id.to_lowercase());
        names.extend(check.aliases.iter().map(|alias| alias.to_lowercase()));
        assert!(
            check.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{} is not kebab-case",
            check.id
        );
        assert!(check.profile <= Profile::Strict);
        assert_eq!(checks::find(check.id).map(|found| found.id), Some(check.id));
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "an id or alias is used twice");
}
