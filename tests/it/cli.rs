//! The command line: exit statuses, streams, and inputs that are no good.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::Folder;

const MUTABLE: &str = "resource \"aws_ecr_repository\" \"app\" {\n  name = \"app\"\n  image_tag_mutability = \"MUTABLE\"\n}\n";

#[track_caller]
fn incomplete(folder: &Folder, args: &[&str], message: &str) {
    let outcome = folder.run(args);
    assert_eq!(outcome.status, 3, "{outcome:?}");
    assert!(outcome.stderr.contains(message), "{message}: {outcome:?}");
}

#[test]
fn nothing_to_read_is_never_clean() {
    let folder =
        Folder::new().with("docs/readme.md", "text").with("empty.tf", "").with("blank.json", " \n");
    incomplete(&folder, &["check", "nowhere"], "cannot read `nowhere`: no such file or directory");
    incomplete(
        &folder,
        &["check", "docs"],
        "there is no Terraform file and no template under `docs`",
    );
    incomplete(&folder, &["check", "empty.tf"], "`empty.tf` is empty");
    incomplete(&folder, &["check", "blank.json"], "`blank.json` is empty");
    incomplete(&folder, &["check", "-"], "standard input is empty");
}

#[test]
fn bad_usage_is_told_apart() {
    let folder = Folder::new().with("main.tf", MUTABLE);
    for args in [
        &["check", "--nonsense"][..],
        &["check", "--select", "unused-waive"],
        &["check", "--format", "xml"],
        &["check", "--var", "novalue"],
        &["check", "--owner-account", "123"],
        &["check", "--today", "yesterday"],
        &["check", "--config", "nowhere.hcl"],
        &["explain", "nothing"],
        &["nonsense"],
    ] {
        let outcome = folder.run(args);
        assert_eq!(outcome.status, 2, "{args:?}: {outcome:?}");
        assert!(outcome.stdout.is_empty() && !outcome.stderr.is_empty(), "{args:?}: {outcome:?}");
    }
    assert!(
        folder.run(&["explain", "unused-waive"]).stderr.contains("did you mean `unused-waiver`?")
    );
}

#[test]
fn unreadable_files_are_reported() {
    let folder = Folder::new().with("main.tf", "locals {}\n").with("a/main.tf", "locals {}\n");
    symlink("loop.tf", folder.path().join("pool.tf")).unwrap();
    symlink("pool.tf", folder.path().join("loop.tf")).unwrap();
    incomplete(&folder, &["check"], "cannot read `loop.tf`: too many levels of symbolic links");
    incomplete(&folder, &["check", "loop.tf"], "cannot read `loop.tf`");
    // Root may read everything, so the second half needs another user.
    let secret = folder.path().join("a/main.tf");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0)).unwrap();
    if std::fs::read(&secret).is_err() {
        incomplete(&folder, &["check", "a"], "cannot read `a/main.tf`: permission denied");
    }
}

#[test]
fn a_loop_of_directories_ends() {
    let folder = Folder::new().with("a/main.tf", "locals {}\n");
    symlink("..", folder.path().join("a/up")).unwrap();
    let outcome = folder.run(&["check", "--format", "json"]);
    assert_eq!(
        (outcome.status, outcome.json()["summary"]["files"].as_u64()),
        (0, Some(1)),
        "{outcome:?}"
    );
}

#[test]
fn results_and_messages_go_to_their_streams() {
    let folder = Folder::new().with("main.tf", "locals {}\n");
    let outcome = folder.run(&["check", ".", "nowhere", "--format", "json"]);
    assert_eq!(outcome.status, 3);
    assert_eq!(outcome.json()["errors"][0]["kind"], "input");
    assert!(outcome.stderr.contains("nowhere") && !outcome.stderr.contains('\u{1b}'));
    let colored = folder.run(&["check", "nowhere", "--color", "always"]);
    assert!(colored.stderr.contains("\u{1b}["));
}

#[test]
fn a_report_can_be_written_to_files() {
    let folder = Folder::new().with("main.tf", "locals {}\n");
    let outcome = folder.run(&["check", "--output", "json=a.json", "--output", "sarif=b.sarif"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    for name in ["a.json", "b.sarif"] {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    }
    assert_eq!(folder.run(&["check", "--output", "json=nowhere/a.json"]).status, 2);
}

#[test]
fn every_check_has_a_page() {
    let folder = Folder::new();
    let list = folder.run(&["checks", "--format", "json"]).json();
    for check in list["checks"].as_array().unwrap() {
        let id = check["id"].as_str().unwrap();
        let page = folder.run(&["explain", id]);
        assert!(page.status == 0 && page.stdout.starts_with(&format!("# {id}\n")), "{page:?}");
    }
}

#[test]
fn called_modules_are_read_wherever_they_lie() {
    let folder = Folder::new()
        .with("envs/dev/main.tf", "module \"m\" {\n  source = \"../../modules/m\"\n}\n")
        .with("modules/m/main.tf", "# aws_ecr\nresource {\n");
    // Without a git work tree the root of trust is widened to the called module; a given one is not.
    let outcome = folder.run(&["check", "envs/dev", "--format", "json"]);
    assert_eq!(outcome.json()["summary"]["units"], 1, "{outcome:?}");
}
