//! Keeps the house in order: who may import whom, how long a file may be, and that documents name what exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each room, and the rooms that it may know.
const ROOMS: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("date", &[]),
    ("disk", &[]),
    ("number", &[]),
    ("origin", &["source"]),
    ("syntax", &["source"]),
    ("value", &["number", "origin", "source"]),
    ("policy", &["date", "origin", "source"]),
    ("model", &["origin", "policy", "source"]),
    ("document", &["model", "origin", "policy", "source", "syntax"]),
    ("mutability", &["model", "origin", "policy", "source"]),
    (
        "terraform",
        &["date", "disk", "model", "number", "origin", "policy", "source", "syntax", "value"],
    ),
    (
        "plan",
        &[
            "disk",
            "document",
            "model",
            "number",
            "origin",
            "policy",
            "source",
            "syntax",
            "terraform",
            "value",
        ],
    ),
    ("cloudformation", &["disk", "document", "model", "origin", "policy", "source", "syntax"]),
    ("judge", &["date", "model", "mutability", "origin", "policy", "source"]),
    ("finding", &["origin", "policy", "source"]),
    ("checks", &["date", "finding", "judge", "model", "mutability", "origin", "policy", "source"]),
    ("plan_scope", &["finding", "judge", "model", "mutability", "policy"]),
    ("waiver", &["checks", "date", "finding", "source"]),
    ("config", &["checks", "date", "finding", "model", "source"]),
    (
        "report",
        &[
            "checks",
            "date",
            "finding",
            "judge",
            "model",
            "mutability",
            "origin",
            "policy",
            "source",
            "waiver",
        ],
    ),
];

/// Rooms that may know every other, and that no other may know.
const TOP: &[&str] = &["cli", "lib", "lsp", "main"];

/// Crates that only some files may know.
const KEPT_IN: &[(&str, &[&str])] = &[
    ("clap::", &["src/cli/"]),
    ("codespan_reporting::", &["src/report/"]),
    ("std::fs", &["src/cli/disk.rs"]),
    ("std::env", &["src/cli/", "src/main.rs"]),
    ("std::process", &["src/cli/", "src/main.rs"]),
    ("std::time", &["src/cli/"]),
    ("TcpStream", &[]),
    ("TcpListener", &[]),
    ("UdpSocket", &[]),
    ("lsp_types::", &["src/lsp/"]),
];

/// Longest file, in lines.
const MAX_LINES: usize = 700;

/// Files that are tables and may be longer.
const TABLES: &[&str] = &[];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a directory of the project, by their path from its root, sorted.
fn files(below: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root().join(below)];
    while let Some(path) = open.pop() {
        let Ok(entries) = fs::read_dir(&path) else { continue };
        for entry in entries.map(Result::unwrap) {
            let path = entry.path();
            let name = entry.file_name();
            let skipped = [".git", "target", "node_modules"].iter().any(|skipped| name == *skipped);
            match entry.file_type().unwrap() {
                kind if kind.is_dir() && !skipped => open.push(path),
                kind if kind.is_file() => found.push(relative(&path)),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

fn rust_files() -> Vec<String> {
    let all = files("src").into_iter().chain(files("checks"));
    all.filter(|path| path.ends_with(".rs")).collect()
}

fn read(path: &str) -> String {
    String::from_utf8_lossy(&fs::read(root().join(path)).unwrap()).into_owned()
}

/// The code of a file without its comments and its unit tests.
fn code(path: &str) -> String {
    let text = read(path);
    let code = text.split("#[cfg(test)]").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// `src/policy/node.rs` and `src/policy.rs` are in the room `policy`.
fn room(path: &str) -> &str {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["checks", ..] => "checks",
        [_, file] => file.trim_end_matches(".rs"),
        [_, room, ..] => room,
        _ => panic!("{path} is in no room"),
    }
}

/// The rooms that a code names: `crate::room` and the members of `use crate::{…}`.
fn imports(code: &str) -> BTreeSet<&str> {
    let mut rooms = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = &list[..list.find("};").unwrap()];
                let mut depth = 0;
                for part in list.split_inclusive([',', '{', '}']) {
                    let word = part
                        .trim()
                        .split(|c: char| !c.is_alphanumeric() && c != '_')
                        .next()
                        .unwrap();
                    if depth == 0 && !word.is_empty() {
                        rooms.insert(word);
                    }
                    depth += part.matches('{').count();
                    depth -= part.matches('}').count();
                }
            }
            None => {
                rooms
                    .insert(rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap());
            }
        }
    }
    rooms
}

#[test]
fn rooms_know_only_what_they_may() {
    let mut wrong = Vec::new();
    for path in rust_files() {
        let room = room(&path);
        if TOP.contains(&room) {
            continue;
        }
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{path} is in the unknown room `{room}`"));
            continue;
        };
        for import in imports(&code(&path)) {
            let is_room = TOP.contains(&import) || ROOMS.iter().any(|(name, _)| *name == import);
            if is_room && import != room && !allowed.contains(&import) {
                wrong.push(format!("{path}: `{room}` may not know `{import}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn cli_and_lsp_do_not_know_each_other() {
    for path in rust_files() {
        let other = match room(&path) {
            "cli" => "lsp",
            "lsp" => "cli",
            _ => continue,
        };
        assert!(!imports(&code(&path)).contains(other), "{path} knows `{other}`");
    }
}

#[test]
fn crates_stay_where_they_belong() {
    for path in rust_files() {
        let code = code(&path);
        for (name, places) in KEPT_IN {
            let is_kept = places.iter().any(|place| path.starts_with(place));
            assert!(is_kept || !code.contains(name), "{path} may not know `{name}`");
        }
    }
}

#[test]
fn files_are_short() {
    for path in rust_files().into_iter().chain(files("tests")).chain(files("benches")) {
        let lines = read(&path).lines().count();
        let may_be_long = TABLES.contains(&path.as_str()) || !path.ends_with(".rs");
        assert!(may_be_long || lines <= MAX_LINES, "{path} has {lines} lines; split it by meaning");
    }
}

#[test]
fn a_check_is_two_files_and_one_line() {
    let list = read("checks/mod.rs");
    for path in files("checks").iter().filter(|path| path.ends_with(".rs")) {
        let name = path.trim_start_matches("checks/").trim_end_matches(".rs");
        let is_check = read(path).contains("static CHECK: Check");
        if is_check {
            assert!(
                list.contains(&format!("&{name}::CHECK")),
                "{path} is not in the list of checks"
            );
            assert!(root().join(format!("checks/{name}.md")).is_file(), "{path} has no page");
        }
    }
}

#[test]
fn nothing_names_the_machine_that_it_was_made_on() {
    let words = [
        concat!("/wo", "rk/"),
        concat!("/tm", "p/w"),
        concat!("../sha", "red"),
        concat!("/ro", "ot/"),
    ];
    for path in
        files("").into_iter().filter(|path| !path.starts_with(".ci/") && path != "Cargo.lock")
    {
        let text = read(&path);
        for word in words {
            assert!(!text.contains(word), "{path} names `{word}`");
        }
    }
}
#[test]
fn documents_name_what_exists() {
    let documents = files("").into_iter().filter(|path| path.ends_with(".md"));
    let documents =
        documents.filter(|path| !path.starts_with("testdata/") && !path.starts_with("tests/"));
    for document in documents.filter(|path| path != "CHANGELOG.md") {
        for name in read(&document).split('`').skip(1).step_by(2) {
            let is_path = [
                "src/",
                "tests/",
                "checks/",
                "docs/",
                "benches/",
                "fuzz/",
                "editors/",
                "testdata/",
            ]
            .iter()
            .any(|top| name.starts_with(top));
            if is_path && !name.contains([' ', '*', '<', '…']) {
                assert!(
                    root().join(name).exists(),
                    "{document} names `{name}`, which does not exist"
                );
            }
        }
    }
}
