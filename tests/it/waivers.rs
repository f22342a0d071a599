//! Waivers: where they count, and what is wrong with them.

use crate::support::{Folder, Outcome};

/// A repository with a comment above the block, above the argument, and behind it.
fn repository(above: &str, inside: &str, behind: &str) -> String {
    format!(
        "{above}\nresource \"aws_ecr_repository\" \"app\" {{\n  name = \"app\"\n{inside}\n  image_tag_mutability = \"MUTABLE\" {behind}\n}}\n"
    )
}

fn check(text: &str) -> Outcome {
    Folder::new().with("main.tf", text).run(&["check", "--format", "json", "--today", "2026-06-15"])
}

const WAIVER: &str = "# ecrlint: ignore[mutable-tags] until=2026-06-15 -- moves on Friday";

#[test]
fn a_waiver_counts_where_the_finding_is() {
    for text in [repository(WAIVER, "", ""), repository("", WAIVER, ""), repository("", "", WAIVER)]
    {
        let outcome = check(&text);
        assert_eq!((outcome.status, outcome.findings()), (0, Vec::new()), "{text}");
        let waived = outcome.json()["waived"][0].clone();
        assert_eq!(waived["check"], "mutable-tags");
        assert_eq!(
            (&waived["waiver"]["reason"], &waived["waiver"]["until"]),
            (&"moves on Friday".into(), &"2026-06-15".into())
        );
    }
}

#[test]
fn other_lines_and_other_checks_are_not_covered() {
    let far = format!("{WAIVER}\n\n{}", repository("", "", ""));
    assert_eq!(check(&far).findings(), ["main.tf:1:unused-waiver", "main.tf:7:mutable-tags"]);
    let other = repository(&WAIVER.replace("mutable-tags", "invalid-policy"), "", "");
    assert_eq!(check(&other).findings(), ["main.tf:1:unused-waiver", "main.tf:5:mutable-tags"]);
}

#[test]
fn what_is_wrong_with_waivers_is_a_finding() {
    for (comment, check_id) in [
        ("# ecrlint: ignore[mutable-tags] until=2026-06-14 -- it was urgent", "expired-waiver"),
        ("# ecrlint: ignore[mutable-tags] until=soon -- it is urgent", "expired-waiver"),
        ("# ecrlint: ignore[mutable-tags]", "waiver-without-reason"),
        ("# ecrlint: ignore[mutable-tag] -- a typing error", "unknown-check-in-waiver"),
        ("# ecrlint: ignore -- everything", "unknown-check-in-waiver"),
    ] {
        let outcome = check(&repository(comment, "", ""));
        let expected = [format!("main.tf:1:{check_id}"), "main.tf:5:mutable-tags".to_owned()];
        assert_eq!(
            (outcome.status, outcome.findings().as_slice()),
            (1, &expected[..]),
            "{comment}"
        );
    }
}

#[test]
fn a_check_that_did_not_run_makes_no_unused_waiver() {
    let folder = Folder::new().with("main.tf", repository(WAIVER, "", ""));
    let outcome = folder.run(&[
        "check",
        "--format",
        "json",
        "--today",
        "2026-06-15",
        "--ignore",
        "mutable-tags",
    ]);
    assert_eq!(outcome.findings(), Vec::<String>::new());
}

#[test]
fn a_waiver_on_a_module_call_counts_for_everything_inside() {
    let folder = Folder::new()
        .with("m/main.tf", repository("", "", ""))
        .with("main.tf", format!("{WAIVER}\nmodule \"a\" {{\n  source = \"./m\"\n}}\nmodule \"b\" {{\n  source = \"./m\"\n}}\n"));
    let outcome = folder.run(&["check", "--format", "json", "--today", "2026-06-15"]);
    assert_eq!(outcome.findings(), ["m/main.tf:5:mutable-tags"]);
    let report = outcome.json();
    let addresses = |list: &str| {
        let instances = report[list][0]["instances"].as_array().unwrap().iter();
        instances
            .map(|instance| instance["address"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(addresses("findings"), ["module.b.aws_ecr_repository.app"]);
    assert_eq!(addresses("waived"), ["module.a.aws_ecr_repository.app"]);
}

#[test]
fn templates_have_waivers_too() {
    let folder = Folder::new()
        .with("a.yaml", "Resources:\n  # ecrlint: ignore[mutable-tags] -- a cache\n  A:\n    Type: AWS::ECR::Repository\n")
        .with("b.json", "{\"Resources\": {\"B\": {\"Type\": \"AWS::ECR::Repository\", \"Metadata\": {\"ecrlint\": \"ignore[mutable-tags] -- a cache\"}}}}")
        .with("c.yaml", "Resources:\n  C:\n    Type: AWS::ECR::Repository\n    Metadata:\n      ecrlint: ignore[mutable-tags] -- a cache\n  D:\n    Type: AWS::ECR::Repository\n");
    let outcome = folder.run(&["check", "--format", "json"]);
    assert_eq!(outcome.findings(), ["c.yaml:6:mutable-tags"], "{outcome:?}");
    assert_eq!(outcome.json()["summary"]["waived"], 3);
}

#[test]
fn only_waivers_in_named_files_are_reported_on() {
    let folder = Folder::new()
        .with("main.tf", "locals {}\n")
        .with("other.tf", "# ecrlint: ignore[mutable-tags] -- nothing there\nlocals {}\n");
    let findings =
        |args: &[&str]| folder.run(&[&["check", "--format", "json"][..], args].concat()).findings();
    assert_eq!(findings(&["main.tf"]), Vec::<String>::new());
    assert_eq!(findings(&["other.tf"]), ["other.tf:1:unused-waiver"]);
    assert_eq!(findings(&["."]), ["other.tf:1:unused-waiver"]);
}
