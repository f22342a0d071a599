//! Hostile expressions: nothing overflows a stack or runs away.

use serde_json::Value as Json;

use crate::eval::answers;
use crate::modules::files;

/// The answer, given in a thread with the stack that worker threads have.
fn answer(config: &str, expression: &str) -> Json {
    let (config, expression) = (config.to_owned(), expression.to_owned());
    let work = move || answers(&files(&[("main.tf", &config)]), ".", &[&expression]).remove(0);
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap();
    thread.join().unwrap()
}

/// `locals` that each use the one before.
fn chain(length: usize, next: impl Fn(usize) -> String, first: &str) -> String {
    let lines = (1..length).map(|index| format!("  l{index} = {}\n", next(index - 1)));
    format!("locals {{\n  l0 = {first}\n{}}}\n", lines.collect::<String>())
}

#[test]
fn deep_expressions_are_given_up() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{a=", "}"), ("\"${", "}\""), ("!", ""), ("-", "")]
    {
        let text = format!("{}1{}", open.repeat(5000), close.repeat(5000));
        assert!(answer("", &text).get("error").is_some(), "{open}");
    }
    let conditional = format!("{}1{}", "true ? ".repeat(3000), " : 2".repeat(3000));
    assert!(answer("", &conditional).get("error").is_some());
}

#[test]
fn long_operator_chains_are_no_problem() {
    let sum = vec!["1"; 20_000].join(" + ");
    assert_eq!(answer("", &sum)["value"], 20_000);
}

#[test]
fn doubling_is_given_up() {
    let doubled = chain(64, |before| format!("[local.l{before}, local.l{before}]"), "[\"x\"]");
    assert_eq!(answer(&doubled, "local.l63")["error"], "this value is too large");
    let doubled =
        chain(64, |before| format!("\"${{local.l{before}}}${{local.l{before}}}\""), "\"x\"");
    assert_eq!(answer(&doubled, "local.l63")["error"], "this value is too large");
}

#[test]
fn deep_values_are_given_up() {
    let nested = chain(2000, |before| format!("[local.l{before}]"), "\"x\"");
    let error = answer(&nested, "local.l100");
    assert!(error.get("value").is_some(), "{error}");
    assert!(answer(&nested, "local.l1999").get("error").is_some());
}
