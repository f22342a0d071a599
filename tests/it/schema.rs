//! The published JSON Schemas hold for what the program prints.

use serde_json::Value;

use crate::support::{Folder, testdata};

/// What is wrong with a value, by the few keywords that our schemas use.
fn errors(value: &Value, schema: &Value, root: &Value, at: &str, found: &mut Vec<String>) {
    let Some(schema) = schema.as_object() else { return };
    for (keyword, expected) in schema {
        let holds = match keyword.as_str() {
            "$ref" => {
                let target = root
                    .pointer(expected.as_str().unwrap().trim_start_matches('#'))
                    .expect("a definition");
                errors(value, target, root, at, found);
                true
            }
            "type" => match expected {
                Value::Array(types) => types.iter().any(|name| is(value, name)),
                name => is(value, name),
            },
            "const" => value == expected,
            "enum" => expected.as_array().unwrap().contains(value),
            "minimum" => value.as_u64() >= expected.as_u64(),
            "required" => expected
                .as_array()
                .unwrap()
                .iter()
                .all(|key| value.get(key.as_str().unwrap()).is_some()),
            "additionalProperties" => {
                let known = schema["properties"].as_object().unwrap();
                value.as_object().unwrap().keys().all(|key| known.contains_key(key))
            }
            "properties" => {
                for (key, schema) in expected.as_object().unwrap() {
                    if let Some(member) = value.get(key) {
                        errors(member, schema, root, &format!("{at}/{key}"), found);
                    }
                }
                true
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    errors(item, expected, root, &format!("{at}/{index}"), found);
                }
                true
            }
            "allOf" => {
                expected
                    .as_array()
                    .unwrap()
                    .iter()
                    .for_each(|schema| errors(value, schema, root, at, found));
                true
            }
            "anyOf" | "oneOf" => expected.as_array().unwrap().iter().any(|schema| {
                let mut inner = Vec::new();
                errors(value, schema, root, at, &mut inner);
                inner.is_empty()
            }),
            "$schema" | "$defs" | "title" | "description" => true,
            other => panic!("the keyword {other} is not known here"),
        };
        if !holds {
            found.push(format!("{at}: {keyword} {expected} does not hold for {value}"));
        }
    }
}

fn is(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the type {other} is not known here"),
    }
}

#[track_caller]
fn holds(name: &str, output: &Value) {
    let schema = Folder::new().run(&["schema", name]).json();
    let mut found = Vec::new();
    errors(output, &schema, &schema, "", &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_schemas_hold() {
    let report: Value = serde_json::from_str(
        &std::fs::read_to_string(testdata("golden/report/report.json")).unwrap(),
    )
    .unwrap();
    holds("check", &report);
    let demo = testdata("demo");
    let demo = demo.to_str().unwrap();
    let folder = Folder::new();
    holds("check", &folder.run(&["check", demo, "--format", "json", "--profile", "strict"]).json());
    holds("inspect", &folder.run(&["inspect", demo, "--format", "json"]).json());
    holds("checks", &folder.run(&["checks", "--format", "json"]).json());
    for line in
        folder.pipe(&["eval"], "1\nfoo\n[timestamp()]\ntimestamp()\nsensitive(1)\n").stdout.lines()
    {
        holds("eval", &serde_json::from_str(line).unwrap());
    }
}

#[test]
fn a_schema_refuses_what_is_wrong() {
    let schema = Folder::new().run(&["schema", "check"]).json();
    let mut found = Vec::new();
    errors(&serde_json::json!({"version": 2}), &schema, &schema, "", &mut found);
    assert_eq!(found.len(), 2, "{found:?}");
}
