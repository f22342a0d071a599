//! The same thing said in Terraform source, in its plan and in a template gets the same verdicts.

use std::fs;

use serde_json::Value;

use crate::support::{Folder, golden, testdata};

const INPUTS: [&str; 3] = ["main.tf", "plan.json", "template.yaml"];

#[test]
fn all_three_inputs_give_the_same_verdicts() {
    let mut cases: Vec<_> =
        fs::read_dir(testdata("twins")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 25, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        let mut folder = Folder::new();
        for input in INPUTS {
            folder = folder.with(input, fs::read(case.join(input)).unwrap());
        }
        let verdicts = INPUTS.map(|input| verdicts(&folder, input));
        golden(&format!("../twins/{name}/verdicts.txt"), &verdicts[0]);
        for (input, other) in INPUTS.iter().zip(&verdicts).skip(1) {
            if *other != verdicts[0] {
                wrong.push(format!("{name}: main.tf\n{}{name}: {input}\n{other}", verdicts[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the program says of an input, without the addresses, which differ: one line each.
fn verdicts(folder: &Folder, input: &str) -> String {
    let mut lines = Vec::new();
    let inspect = folder.run(&["inspect", input, "--format", "json"]);
    for unit in list(&inspect.json(), "units") {
        for repository in list(&unit, "repositories") {
            let name = text(&repository["name"]);
            lines.push(format!(
                "repository {name} {}",
                text(&repository["tag_mutability"]["verdict"])
            ));
        }
        for attachment in list(&unit, "attachments") {
            lines.push(format!(
                "policy {} {}",
                text(&attachment["kind"]),
                text(&attachment["exposure"])
            ));
        }
    }
    let check = folder.run(&["check", input, "--format", "json", "--profile", "strict"]);
    for finding in list(&check.json(), "findings") {
        // Resources that are made by one block have one finding in the source, but not in the plan.
        let line = format!("finding {} {}", text(&finding["check"]), text(&finding["severity"]));
        lines.extend(list(&finding, "instances").iter().map(|_| line.clone()));
    }
    for unknown in list(&check.json(), "unknowns") {
        lines.push(format!("unknown {}", text(&unknown["check"])));
    }
    lines.push(format!("status {}", check.status));
    lines.sort();
    lines.join("\n") + "\n"
}

fn list(value: &Value, key: &str) -> Vec<Value> {
    value[key].as_array().cloned().unwrap_or_else(|| panic!("no `{key}` in {value}"))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
