//! The configuration file.

use ecrlint::checks::Profile;
use ecrlint::config::{self, Config};
use ecrlint::finding::Severity;
use ecrlint::source::Sources;

use crate::support::Folder;

fn read(text: &str) -> Result<Config, Vec<String>> {
    let sources = Sources::new();
    let file = sources.add(".ecrlint.hcl", text.as_bytes());
    config::read(text, file, &sources).map_err(|problems| {
        let told = problems.iter().map(|problem| {
            let marked = problem.span.map_or("", |span| &text[span.range.as_usize()]);
            format!(
                "{marked}: {} ({})",
                problem.message,
                problem.help.as_deref().unwrap_or_default()
            )
        });
        told.collect()
    })
}

#[test]
fn every_setting_is_read() {
    let config = read(
        r#"
        profile          = "strict"
        select           = ["unused-waiver"]
        ignore           = ["expired-waiver"]
        severity         = { unused-waiver = "high", "expired-waiver" = "critical" }
        owner_account    = "111122223333"
        trusted_accounts = ["444455556666"]
        probe_tags       = ["release-1"]
        include          = ["envs/**"]
        exclude          = ["sandbox"]
        "#,
    )
    .unwrap();
    assert_eq!(config.profile, Some(Profile::Strict));
    assert_eq!(
        (config.select, config.ignore),
        (vec!["unused-waiver".to_owned()], vec!["expired-waiver".to_owned()])
    );
    assert_eq!(config.severity["unused-waiver"], Severity::High);
    assert_eq!(config.severity["expired-waiver"], Severity::Critical);
    assert_eq!(config.owner_account.as_deref(), Some("111122223333"));
    assert_eq!(config.trusted_accounts, ["444455556666"]);
    assert_eq!(config.probe_tags, ["release-1"]);
    assert!(config.include.unwrap().is_match("envs/dev/main.tf"));
    assert!(
        config.exclude.is_match("sandbox/a/main.tf")
            && !config.exclude.is_match("sandbox2/main.tf")
    );
}

#[test]
fn mistakes_are_told_with_their_place() {
    let told = |text| read(text).unwrap_err().join("\n");
    assert_eq!(
        told("profil = \"strict\""),
        "profil: there is no setting `profil` (did you mean `profile`?)"
    );
    assert_eq!(
        told("profile = \"strikt\""),
        "\"strikt\": `strikt` is not known here (did you mean `strict`?)"
    );
    assert!(told("ignore = 5").starts_with("5: "));
    assert!(told("ignore = [\"unused-waver\"]").contains("(did you mean `unused-waiver`?)"));
    assert!(told("severity = { unused-waiver = \"hi\" }").ends_with("(did you mean `high`?)"));
    assert!(
        told("severity = { nothing = \"low\" }")
            .starts_with("nothing: there is no check `nothing`")
    );
    assert!(told("owner_account = \"123\"").contains("twelve digits"));
    assert!(told("exclude = [\"a[\"]").starts_with("[\"a[\"]: "));
    assert!(told("profile {\n}").starts_with("profile: `profile` is written as a block"));
    assert!(!told("profile = ").is_empty());
}

#[test]
fn the_nearest_file_holds_and_a_broken_one_is_bad_usage() {
    let folder = Folder::new()
        .with(".git/HEAD", "")
        .with("a/main.tf", "locals {}\n")
        .with(".ecrlint.hcl", "x = 1\n");
    let outcome = folder.run(&["check", "a"]);
    assert_eq!(outcome.status, 2, "{outcome:?}");
    assert!(outcome.stderr.contains(".ecrlint.hcl:1:1"), "{outcome:?}");
    let folder =
        folder.with("a/.ecrlint.hcl", "profile = \"strict\"\n").with("b.hcl", "profile = 1\n");
    assert_eq!(folder.run(&["check", "a"]).status, 0);
    assert_eq!(folder.run(&["check", "a", "--config", "b.hcl"]).status, 2);
}

#[test]
fn globs_say_which_files_are_scanned() {
    let broken = "# aws_ecr\nresource {\n";
    let folder = Folder::new()
        .with(".git/HEAD", "")
        .with(".ecrlint.hcl", "include = [\"envs\"]\nexclude = [\"**/sandbox\"]\n")
        .with("envs/dev/main.tf", broken)
        .with("envs/sandbox/main.tf", broken)
        .with("old/main.tf", broken);
    let paths = |args: &[&str]| {
        let report = folder.run(args).json();
        let errors = report["errors"].as_array().unwrap().iter();
        errors.map(|error| error["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(paths(&["check", "--format", "json"]), ["envs/dev/main.tf"]);
    assert_eq!(paths(&["check", "envs", "--format", "json"]), ["envs/dev/main.tf"]);
    assert_eq!(paths(&["check", "old/main.tf", "--format", "json"]), ["old/main.tf"]);
}
