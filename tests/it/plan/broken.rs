//! What is no plan, or only half of one, is never taken for a clean plan.

use std::fs;
use std::io::{self, Read};

use ecrlint::model::{Fact, Problem, ProblemKind};
use ecrlint::plan::{Options, read};
use ecrlint::source::Sources;
use serde_json::{Value, json};

use super::{attachment, plan, recorded};
use crate::support::testdata;

#[track_caller]
fn refused(bytes: &[u8]) -> Problem {
    let problem = plan(bytes).expect_err("this must be refused");
    assert_eq!(problem.kind, ProblemKind::Input);
    assert_eq!(problem.path, "plan.json");
    assert!(problem.help.is_some(), "{problem:?}");
    problem
}

/// What people hand in by mistake, and the first words of the answer.
#[test]
fn wrong_inputs_are_explained() {
    let cases = [
        ("plan-array.json", "this is a JSON array"),
        ("plan-color.txt", "this is what terraform prints for people"),
        ("plan.txt", "this is what terraform prints for people"),
        ("plan-empty.json", "the input is empty"),
        ("plan-format-2.0.json", "format version `2.0` is not known here"),
        ("plan-format-10.0.json", "format version `10.0` is not known here"),
        ("plan-format-x.json", "format version `x` is not known here"),
        ("plan-format-None.json", "the plan has no `format_version`"),
        ("plan-truncated.json", "the input ends too early, at byte 1584, inside `"),
        ("plan.log.jsonl", "this is the log of `terraform plan -json`"),
        ("raw.tfstate", "this is a state as terraform stores it"),
    ];
    for (name, message) in cases {
        let problem = refused(&recorded(&format!("50-wrong-inputs/{name}")));
        assert!(problem.message.starts_with(message), "{name}: {}", problem.message);
    }
    let texts: [(&[u8], &str); 8] = [
        (b"PK\x03\x04\x14\x00", "this is a plan as terraform stores it"),
        (b"\x1F\x8B\x08\x00", "this is a compressed file"),
        (
            br#"{"remote_plan_format":1,"run_id":"run-1","hostname":"app.terraform.io"}"#,
            "this only says where HCP Terraform keeps the plan",
        ),
        (br#"{"format_version":"1.0","provider_schemas":{}}"#, "these are provider schemas"),
        (br#"{"format_version":"1.0"}"#, "there is neither a plan nor a state in this input"),
        (
            br#"{"AWSTemplateFormatVersion":"2010-09-09","Resources":{}}"#,
            "this is a CloudFormation template",
        ),
        (b"resource \"aws_ecr_repository\" \"a\" {}", "this is Terraform source"),
        (br#"{"name":"x","version":"1.0"}"#, "this JSON is neither a plan nor a state"),
    ];
    for (bytes, message) in texts {
        let problem = refused(bytes);
        assert!(problem.message.starts_with(message), "{}", problem.message);
    }
}

/// What only looks odd is read.
#[test]
fn odd_inputs_are_read() {
    let mut read = 0;
    for entry in fs::read_dir(testdata("plans/50-wrong-inputs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let odd = ["format-0", "format-1.", "wrapp", "pretty", "utf", "warning"];
        if odd
            .iter()
            .any(|odd| name.starts_with(&format!("plan-{odd}")) || name.contains("wrapper"))
        {
            let unit = plan(&recorded(&format!("50-wrong-inputs/{name}"))).unwrap();
            assert_eq!(
                (unit.model.repositories.len(), unit.model.attachments.len()),
                (1, 1),
                "{name}"
            );
            assert!(
                unit.problems.iter().all(|problem| problem.kind == ProblemKind::Note),
                "{name}"
            );
            read += 1;
        }
    }
    assert_eq!(read, 13);
}

#[test]
fn a_plan_that_is_cut_anywhere_is_refused() {
    for name in ["31-ecr-policy-by-id", "33-ecr-doc-deferred", "50-wrong-inputs"] {
        let bytes = recorded(&format!("{name}/plan.json"));
        let end = bytes.trim_ascii_end().len();
        for length in 0..end {
            refused(&bytes[..length]);
        }
        assert!(plan(&bytes[..end]).is_ok());
    }
}

#[test]
fn a_large_plan_that_is_cut_anywhere_is_refused() {
    let entry = |index: usize, type_name: &str| json!({"address": format!("{type_name}.r[{index}]"), "mode": "managed", "type": type_name, "change": {"actions": ["create"], "after": {"name": "x".repeat(index % 70), "text": r#"{"a":"\\"}"#}, "after_unknown": {}}});
    let entries: Vec<_> = (0..1_200)
        .map(|index| {
            entry(index, if index % 10 == 0 { "aws_ecr_repository" } else { "null_resource" })
        })
        .collect();
    let value = json!({"format_version": "1.2", "planned_values": {"root_module": {"resources": entries}}, "resource_changes": entries, "configuration": {"root_module": {}}});
    for text in [value.to_string(), format!("{value:#}")] {
        assert!(text.len() > 300_000);
        assert_eq!(plan(text.as_bytes()).unwrap().model.repositories.len(), 120);
        for cut in 1..=500 {
            refused(&text.as_bytes()[..text.len() * cut / 501]);
        }
    }
}

/// A byte changed anywhere: perhaps refused, perhaps not, but never a panic.
#[test]
fn damage_is_survived() {
    let bytes = recorded("33-ecr-doc-deferred/plan.json");
    for at in 0..bytes.len() {
        for byte in [b'"', b'\\', b'{', b']', b'0', 0, 0xFF] {
            let mut damaged = bytes.clone();
            damaged[at] = byte;
            if at % 7 == usize::from(byte) % 7 {
                let answer = plan(&damaged);
                assert!(
                    answer.as_ref().is_ok_and(|unit| unit.root == "plan.json") || answer.is_err()
                );
            }
        }
    }
}

#[test]
fn text_behind_the_plan_is_refused() {
    let text = String::from_utf8(recorded("31-ecr-policy-by-id/plan.json")).unwrap();
    for more in ["x", "}", "]", "{}", "\n{\"format_version\":\"1.2\"}", "\nError: no", &text] {
        let problem = refused(format!("{}{more}", text.trim_end()).as_bytes());
        assert!(
            problem.message.contains("expected the end of the input"),
            "{more}: {}",
            problem.message
        );
    }
}

#[test]
fn brackets_must_match() {
    for (text, message) in [
        (r#"{"format_version":"1.2","planned_values":{"a":[}]}"#, "does not match"),
        (r#"{"format_version":"1.2","planned_values":{"a":"}}"#, "ends too early"),
        (r#"{"format_version":"1.2" "planned_values":{}}"#, "expected `,` or `}`"),
        (r#"{"format_version":"1.2","planned_values":{},}"#, "expected a key"),
        (r#"{"format_version":"1.2","errored":fals}"#, "`fals` is not a JSON value"),
        (
            r#"{"format_version":"1.2","resource_changes":[{"type":"aws_ecr_repository","change":{"after":{"name":x}}}]}"#,
            "the plan is not JSON here",
        ),
    ] {
        let problem = refused(text.as_bytes());
        assert!(problem.message.contains(message), "{text}: {}", problem.message);
    }
}

#[test]
fn depth_bombs_are_refused() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let resource = |after: &str| {
        format!(
            r#"{{"address":"aws_ecr_repository.r","type":"aws_ecr_repository","change":{{"after":{{"name":{after}}}}}}}"#
        )
    };
    for text in [
        deep.clone(),
        format!(r#"{{"format_version":"1.2","planned_values":{deep}}}"#),
        format!(r#"{{"format_version":"1.2","resource_changes":[{}]}}"#, resource(&deep)),
        format!(
            r#"{{"format_version":"1.2","resource_changes":[{}]}}"#,
            resource(&format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)))
        ),
        format!(
            r#"{{"format_version":"1.2","configuration":{{"root_module":{{"resources":[{{"type":"aws_ecr_repository","expressions":{{"x":{deep}}}}}]}}}}}}"#
        ),
        format!(
            r#"{{"format_version":"1.0","values":{{"root_module":{}{}}}}}"#,
            r#"{"child_modules":["#.repeat(5_000),
            "]}".repeat(5_000)
        ),
        format!(r#"{{"plan":{}{}}}"#, r#"{"plan":"#.repeat(50_000), "}".repeat(50_000)),
    ] {
        refused(text.as_bytes());
    }
}

/// Terraform writes no key twice, and readers differ in which one they take.
#[test]
fn a_key_that_stands_twice_is_a_problem() {
    let problem =
        refused(br#"{"format_version":"1.2","resource_changes":[],"resource_changes":[]}"#);
    assert!(
        problem.message.starts_with("the key `resource_changes` stands twice"),
        "{}",
        problem.message
    );

    let text = String::from_utf8(recorded("30-ecr-basic/plan.json")).unwrap();
    let (front, changes) = text.split_once("resource_changes").unwrap();
    // A resource that seems not to count, because of the key that stands twice, is no exception.
    for (key, other) in [("image_tag_mutability", "IMMUTABLE"), ("mode", "data")] {
        let first = format!("\"{key}\":");
        let changes = changes.replacen(&first, &format!("{first}\"{other}\",{first}"), 1);
        let unit = plan(format!("{front}resource_changes{changes}").as_bytes()).unwrap();
        let problem = unit.problems.iter().find(|problem| problem.kind == ProblemKind::Input);
        let problem = problem.unwrap_or_else(|| panic!("{key}"));
        assert_eq!(problem.message, format!("the key `{key}` stands twice in one object"));
        assert!(problem.span.is_some());
    }
    let changes =
        changes.replacen("\"mode\":\"managed\"", "\"mode\":\"managed\",\"mode\":\"data\"", 1);
    let unit = plan(format!("{front}resource_changes{changes}").as_bytes()).unwrap();
    assert!(unit.problems.iter().any(|problem| problem.message.contains("`mode` stands twice")));
}

/// What can't be told to be a resource of another type may be one of ours.
#[test]
fn changes_of_another_shape_are_refused() {
    let entry =
        json!({"address": "aws_ecr_repository.r", "change": {"actions": ["create"], "after": {}}});
    let with = |key: &str, value: Value| {
        json!({"format_version": "1.2", "planned_values": {}, key: value}).to_string()
    };
    for key in ["resource_changes", "deferred_changes"] {
        for value in [json!({}), json!({"0": entry}), json!("x"), json!(1), json!(true)] {
            let problem = refused(with(key, value).as_bytes());
            assert_eq!(problem.message, format!("`{key}` is not what terraform writes there"));
        }
        for value in
            [json!(1), json!(null), json!([entry]), json!({}), json!({"type": 1}), entry.clone()]
        {
            let text = with(key, json!([value]));
            let problem = refused(text.as_bytes());
            assert!(problem.message.ends_with("has no `type`"), "{text}: {}", problem.message);
            assert!(problem.span.is_some());
        }
        for value in [json!(null), json!([])] {
            assert!(plan(with(key, value).as_bytes()).is_ok());
        }
    }
    let state = |values: Value| json!({"format_version": "1.0", "values": values}).to_string();
    for (key, values) in [
        ("values", json!([])),
        ("root_module", json!({"root_module": []})),
        ("resources", json!({"root_module": {"resources": {}}})),
        ("child_modules", json!({"root_module": {"child_modules": {}}})),
        ("child_modules", json!({"root_module": {"child_modules": [1]}})),
    ] {
        let problem = refused(state(values).as_bytes());
        assert_eq!(problem.message, format!("`{key}` is not what terraform writes there"));
    }
    assert!(plan(state(json!({"root_module": {}})).as_bytes()).is_ok());
}

#[test]
fn resources_without_their_parts_are_problems() {
    for (entry, message) in [
        (
            json!({"type": "aws_ecr_repository", "change": {"after": {}}}),
            "this resource has no address",
        ),
        (
            json!({"type": "aws_ecr_repository", "address": "x", "change": {"after": {}}}),
            "this resource has no address",
        ),
        (
            json!({"type": "aws_ecr_repository", "address": "aws_ecr_repository.r"}),
            "this resource has no `change`",
        ),
        (
            json!({"type": "aws_ecr_repository", "address": "aws_ecr_repository.r", "change": {"actions": ["create"]}}),
            "the change of this resource has no `after`",
        ),
        (
            json!({"type": "aws_ecr_repository_policy", "address": "aws_ecr_repository_policy.r", "change": {"actions": ["create"], "after": null}}),
            "the change of this resource has no `after`",
        ),
        (
            json!({"type": "aws_ecr_repository_policy", "address": "aws_ecr_repository_policy.r", "change": {"actions": ["update"], "after": "<sensitive>"}}),
            "the change of this resource has no `after`",
        ),
    ] {
        let text = json!({"format_version": "1.2", "resource_changes": [entry]}).to_string();
        let unit = plan(text.as_bytes()).unwrap();
        let messages: Vec<_> =
            unit.problems.iter().map(|problem| (problem.kind, problem.message.as_str())).collect();
        assert_eq!(messages, [(ProblemKind::Input, message)]);
    }
}

/// A resource can't be without its policy: a tool took it out of the plan.
#[test]
fn a_policy_that_is_left_out_is_unknown() {
    for type_name in
        ["aws_ecr_repository_policy", "aws_ecrpublic_repository_policy", "aws_ecr_registry_policy"]
    {
        let address = format!("{type_name}.p");
        for after in [json!({"repository": "r"}), json!({"policy": null})] {
            let change = json!({"actions": ["create"], "after": after, "after_unknown": {}});
            let entry = json!({"type": type_name, "address": address, "change": change});
            let text = json!({"format_version": "1.2", "resource_changes": [entry]}).to_string();
            let unit = plan(text.as_bytes()).unwrap();
            let Fact::Unknown(why) = &attachment(&unit.model, &address).document.fact else {
                panic!("{address}: known")
            };
            assert_eq!(&*why.reason, "left out of this plan");
        }
    }
}

#[test]
fn an_errored_plan_is_a_problem_and_an_incomplete_one_a_note() {
    let unit = plan(&recorded("16-errored/plan.json")).unwrap();
    assert!(unit.problems.iter().any(|problem| problem.kind == ProblemKind::Input
        && problem.message.starts_with("terraform could not finish")));
    let text = json!({"format_version": "1.2", "resource_changes": [], "errored": "true"});
    let unit = plan(text.to_string().as_bytes()).unwrap();
    assert!(unit.problems.iter().any(|problem| problem.kind == ProblemKind::Input));
    let unit = plan(&recorded("60-deferred-synthetic/plan.json")).unwrap();
    let notes: Vec<_> = unit.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(notes, [ProblemKind::Note, ProblemKind::Note], "{:?}", unit.problems);
}

/// Memory is bounded: a resource that is too large to be kept is refused if it is ours, and passed over if not.
#[test]
fn enormous_resources() {
    let entry = |type_name: &str| {
        format!(
            r#"{{"address":"{type_name}.r","change":{{"actions":["create"],"after":{{"name":"{}"}}}},"type":"{type_name}"}}"#,
            "x".repeat(9_000_000)
        )
    };
    let text = |type_name: &str| {
        format!(r#"{{"format_version":"1.2","resource_changes":[{}]}}"#, entry(type_name))
    };
    assert!(plan(text("null_resource").as_bytes()).is_ok());
    let problem = refused(text("aws_ecr_repository").as_bytes());
    assert_eq!(problem.message, "a resource of ECR or IAM is too large to be checked");
}

struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self.0.read(space)? {
            0 => Err(io::Error::other("the disk is on fire")),
            count => Ok(count),
        }
    }
}

#[test]
fn an_input_that_breaks_off_with_an_error_is_refused() {
    let bytes = recorded("31-ecr-policy-by-id/plan.json");
    for length in [0, 1, 2, 3, 100, bytes.len()] {
        let answer =
            read(Broken(&bytes[..length]), "plan.json", &Sources::new(), &Options::default());
        let problem = answer.unwrap_err();
        assert_eq!(problem.message, "the input can't be read: the disk is on fire");
    }
}
