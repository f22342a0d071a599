//! The evaluator against Terraform's own recorded answers.

use std::sync::Arc;

use ecrlint::disk::{Disk, DiskError, Name};
use ecrlint::source::Sources;
use ecrlint::terraform::{Loader, Options, console};
use serde_json::Value as Json;

use crate::support::testdata;

/// The directory `testdata`.
struct TestData;

impl Disk for TestData {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, DiskError> {
        std::fs::read(testdata(path)).map(Arc::from).map_err(|_| DiskError::NotFound)
    }

    fn list(&self, directory: &str) -> Result<Vec<Name>, DiskError> {
        let entries = std::fs::read_dir(testdata(directory)).map_err(|_| DiskError::NotFound)?;
        let mut names: Vec<Name> = entries
            .map(|entry| entry.unwrap())
            .map(|entry| Name {
                name: entry.file_name().into_string().unwrap(),
                is_directory: entry.file_type().unwrap().is_dir(),
            })
            .collect();
        names.sort();
        Ok(names)
    }
}

/// The answers to expressions in the module in a directory.
pub(crate) fn answers(disk: &dyn Disk, directory: &str, expressions: &[&str]) -> Vec<Json> {
    let sources = Sources::new();
    let loader = Loader::new(disk, &sources, false);
    let (answers, _) = loader.with_console(directory, &Options::default(), |evaluator| {
        let answers =
            expressions.iter().map(|expression| console::answer(evaluator, expression, true));
        answers.map(|answer| serde_json::from_str(&answer).unwrap()).collect()
    });
    answers
}

/// `&&` and `||` beside an unknown: Terraform 1.11 does not short-circuit, later versions do; both answers are right.
const EITHER: [&str; 8] = [
    "literal-046",
    "literal-047",
    "unknown-033",
    "unknown-034",
    "unknown-035",
    "unknown-036",
    "unknown-037",
    "unknown-038",
];

fn agrees(got: &Json, want: &Json, mask: &Json) -> bool {
    let is_unknown = got.get("$unknown").is_some();
    if *mask == Json::Bool(true) || is_unknown {
        return is_unknown && *mask == Json::Bool(true);
    }
    match (got, mask) {
        (Json::Object(got), Json::Object(mask)) => {
            let empty = serde_json::Map::new();
            let want = want.as_object().unwrap_or(&empty);
            let keys = want.keys().chain(mask.keys());
            keys.clone().all(|key| {
                let none = Json::Null;
                let no = Json::Bool(false);
                agrees(
                    got.get(key).unwrap_or(&none),
                    want.get(key).unwrap_or(&none),
                    mask.get(key).unwrap_or(&no),
                )
            }) && got.keys().all(|key| want.contains_key(key) || mask.contains_key(key))
        }
        (Json::Array(got), Json::Array(mask)) if got.len() == mask.len() => {
            let want = want.as_array().unwrap();
            got.iter().zip(want).zip(mask).all(|((got, want), mask)| agrees(got, want, mask))
        }
        _ => got == want,
    }
}

fn same_numbers(got: &Json, want: &Json) -> bool {
    match (got, want) {
        (Json::Number(got), Json::Number(want)) => got.as_f64() == want.as_f64(),
        (Json::Array(got), Json::Array(want)) => {
            got.len() == want.len()
                && got.iter().zip(want).all(|(got, want)| same_numbers(got, want))
        }
        (Json::Object(got), Json::Object(want)) => {
            got.len() == want.len()
                && got
                    .iter()
                    .all(|(key, got)| want.get(key).is_some_and(|want| same_numbers(got, want)))
        }
        _ => got == want,
    }
}

/// The cases of a file, one a line.
fn recorded(path: &str) -> Vec<Json> {
    let text = std::fs::read_to_string(testdata(path)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn assert_none(misses: &[String], of: usize) {
    assert!(misses.is_empty(), "{} of {of} differ:\n{}", misses.len(), misses.join("\n"));
}

#[test]
fn answers_as_terraform_does() {
    let cases = recorded("eval/expressions.jsonl");
    let expressions: Vec<&str> = cases.iter().map(|case| case["expr"].as_str().unwrap()).collect();
    let answers = answers(&TestData, "eval/base", &expressions);
    let misses: Vec<String> = cases
        .iter()
        .zip(&answers)
        .filter(|(case, answer)| !is_right(case, answer))
        .map(|(case, answer)| {
            format!(
                "{}: {}\n  want {} {}\n  got  {answer}",
                case["id"], case["expr"], case["status"], case["value"]
            )
        })
        .collect();
    assert_none(&misses, cases.len());
}

/// Answers that the differential test recorded from Terraform (`tests/differential/expressions.py`).
#[test]
fn answers_generated_expressions_as_terraform_does() {
    let mut cases = recorded("eval/generated/answers.jsonl");
    cases.extend(recorded("eval/generated/corners.jsonl"));
    assert!(cases.len() >= 2000, "{} answers", cases.len());
    let expressions: Vec<&str> = cases.iter().map(|case| case["expr"].as_str().unwrap()).collect();
    let answers = answers(&TestData, "eval/generated", &expressions);
    let misses: Vec<String> = cases
        .iter()
        .zip(&answers)
        .filter(|(case, answer)| !is_recorded(case, answer))
        .map(|(case, answer)| format!("{case}\n  got  {answer}"))
        .collect();
    assert_none(&misses, cases.len());
}

fn is_recorded(case: &Json, answer: &Json) -> bool {
    if case.get("error").is_some() {
        return answer.get("error").is_some();
    }
    if answer.get("unknown").is_some() {
        return case["unknown"] == true;
    }
    answer
        .get("value")
        .is_some_and(|value| agrees_recorded(value, &case["value"], &case["unknown"]))
}

/// As [`agrees`], of numbers that Python has written.
fn agrees_recorded(got: &Json, want: &Json, mask: &Json) -> bool {
    agrees(got, want, mask) || (*mask == Json::Bool(false) && same_numbers(got, want))
}

fn is_right(case: &Json, answer: &Json) -> bool {
    let value = answer.get("value");
    match case["status"].as_str().unwrap() {
        _ if EITHER.contains(&case["id"].as_str().unwrap())
            && value.is_some_and(Json::is_boolean) =>
        {
            true
        }
        "error" => answer.get("error").is_some(),
        "unknown" => {
            answer.get("unknown").is_some()
                || value.is_some_and(|value| agrees(value, &case["value"], &case["unknown"]))
        }
        _ => value.is_some_and(|value| same_numbers(value, &case["value"])),
    }
}
