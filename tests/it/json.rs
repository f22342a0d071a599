//! The JSON reader: values against `serde_json`, ranges, and what it makes of broken text.

use std::fmt::Write as _;

use ecrlint::source::TextRange;
use ecrlint::syntax::json::{MAX_DEPTH, Parsed, parse, parse_with_holes};
use ecrlint::syntax::tree::{Node, NodeKind, Text};

/// The tree in one line, each value with the source bytes that it was written with.
fn show(text: &str) -> String {
    let parsed = parse(text.as_bytes());
    let mut out = String::new();
    if let Some(root) = &parsed.root {
        write_node(&mut out, root, text);
    }
    for error in &parsed.errors {
        let at = &text[error.range.as_usize()];
        write!(out, "\n{}: {} `{at}`", error.range.start, error.message).unwrap();
    }
    out
}

fn write_node(out: &mut String, node: &Node, text: &str) {
    match &node.kind {
        NodeKind::Array(elements) => {
            out.push('[');
            for element in elements {
                write_node(out, element, text);
                out.push(' ');
            }
            out.push(']');
        }
        NodeKind::Object(members) => {
            out.push('{');
            for member in members {
                write!(out, "{}=", &text[member.key_range.as_usize()]).unwrap();
                write_node(out, &member.value, text);
                out.push(' ');
            }
            out.push('}');
        }
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::Number(_)
        | NodeKind::String(_)
        | NodeKind::Hole(_) => {
            out.push_str(&text[node.range.as_usize()]);
        }
    }
}

fn to_serde(node: &Node) -> serde_json::Value {
    match &node.kind {
        NodeKind::Null | NodeKind::Hole(_) => serde_json::Value::Null,
        NodeKind::Bool(value) => (*value).into(),
        NodeKind::Number(number) => serde_json::from_str(number).unwrap(),
        NodeKind::String(text) => (*text.value).into(),
        NodeKind::Array(elements) => elements.iter().map(to_serde).collect(),
        NodeKind::Object(members) => members
            .iter()
            .map(|member| (member.key.value.to_string(), to_serde(&member.value)))
            .collect(),
    }
}

fn string(parsed: &Parsed) -> &Text {
    match &parsed.root.as_ref().unwrap().kind {
        NodeKind::String(text) => text,
        other => panic!("not a string: {other:?}"),
    }
}

#[test]
fn values_are_those_of_serde_json() {
    let texts = [
        "null",
        " true ",
        "[false, -0, 1.5e+3, 10, 0.25E-2]",
        r#"{"a": {"b": []}, "c": {}, "a": 1}"#,
        r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 é""#,
        r#"{"\u0041": "x\ty"}"#,
    ];
    for text in texts {
        let parsed = parse(text.as_bytes());
        assert_eq!(parsed.errors, [], "{text}");
        let expected: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(to_serde(&parsed.root.unwrap()), expected, "{text}");
    }
}

/// Every text with one byte deleted, doubled or replaced is an error to us if and only if it is one to `serde_json`,
/// and where both take it they read the same.
#[test]
fn broken_texts_are_those_of_serde_json() {
    let seed = r#"{"Version":"2012\u002d10-17","Statement":[{"a":true,"b":[-1.5e3,null,{}],"c":"\ud83d\ude00é"},0]} "#;
    let mut rejected = 0;
    for at in 0..seed.len() {
        for replacement in ["", "{", "}", "[", "]", "\"", ",", ":", "0", "\\", "x", "\n", "\u{1}"] {
            let mut bytes = seed.as_bytes().to_vec();
            bytes.splice(at..=at, replacement.bytes());
            let parsed = parse(&bytes);
            match serde_json::from_slice::<serde_json::Value>(&bytes) {
                Ok(value) => {
                    assert_eq!(parsed.errors, [], "{}", String::from_utf8_lossy(&bytes));
                    assert_eq!(to_serde(&parsed.root.unwrap()), value);
                }
                // Half a surrogate pair is an error to serde_json alone.
                Err(error) if error.to_string().contains("surrogate") => {}
                Err(error) if error.to_string().contains("end of hex escape") => {}
                Err(error) => {
                    rejected += 1;
                    assert_ne!(parsed.errors, [], "{error}: {}", String::from_utf8_lossy(&bytes));
                }
            }
        }
    }
    assert!(rejected > 800, "{rejected}");
}

#[test]
fn every_value_has_its_bytes() {
    let text = "\u{feff} {\"a\" : [1, \"é\\n\"], \"b\": { } } ";
    let parsed = parse(text.as_bytes());
    let root = parsed.root.unwrap();
    assert_eq!(&text[root.range.as_usize()], "{\"a\" : [1, \"é\\n\"], \"b\": { } }");
    assert_eq!(show(text), "{\"a\"=[1 \"é\\n\" ] \"b\"={} }");
}

#[test]
fn a_value_maps_back_to_its_source() {
    let text = r#""ab\u0041cd\nef""#;
    let parsed = parse(text.as_bytes());
    let string = string(&parsed);
    assert_eq!(&*string.value, "abAcd\nef");
    let source = |start, end| &text[string.source_range(TextRange::new(start, end)).as_usize()];
    assert_eq!(source(0, 2), "ab");
    assert_eq!(source(1, 4), r"b\u0041c");
    assert_eq!(source(2, 3), r"\u0041");
    assert_eq!(source(5, 6), r"\n");
    assert_eq!(source(7, 8), "f");
    assert_eq!(source(3, 3), "");
    assert_eq!(source(8, 8), "");
    assert_eq!(string.source_range(TextRange::new(8, 8)), TextRange::new(15, 15));
    assert_eq!(&text[string.content_range().as_usize()], r"ab\u0041cd\nef");
}

#[test]
fn a_string_without_escapes_has_no_segments() {
    let parsed = parse(r#"  "plain é""#.as_bytes());
    let string = string(&parsed);
    assert_eq!((string.start, &string.detail), (3, &None));
}

#[test]
fn broken_text_still_gives_a_tree() {
    let cases = [
        (r#"{"a": 1 "b": 2}"#, "{\"a\"=1 \"b\"=2 }\n7: expected `,` ``"),
        (r#"{"a": 1,}"#, "{\"a\"=1 }\n7: a comma before `}` `,`"),
        ("[1, 2", "[1 2 ]\n0: unclosed `[` `[`"),
        (r#"{"a": [1, 2}"#, "{\"a\"=[1 2 ] }\n6: unclosed `[` `[`"),
        ("{\"a\": \"x,\n\"b\": 1}", "{\"a\"=\"x \"b\"=1 }\n6: unclosed string `\"x`"),
        ("{\"a\":\n\"b\": 1}", "{\"a\"= \"b\"=1 }\n4: expected a value `:\n`"),
        (
            "{\"a\"\n\"b\": 1}",
            "{\"a\"= \"b\"=1 }\n4: expected `:` and a value behind the key `a` ``",
        ),
        ("{a: 1}", "{a=1 }\n1: a key must be in double quotes `a`"),
        ("[1] x", "[1 ]\n4: text behind the end of the JSON value `x`"),
        (
            "// no\n{}",
            "// no\n0: JSON has no comments `// no`\n6: text behind the end of the JSON value `{`",
        ),
        (
            "[01, yes]",
            "[01 yes ]\n1: `01` is not a JSON number `01`\n5: `yes` is not a JSON value `yes`",
        ),
        ("", "\n0: expected a JSON value ``"),
        ("[,]", "[]\n1: expected a value before `,` `,`"),
        (r#"["\x"]"#, "[\"\\x\" ]\n2: no such escape; a backslash itself is written `\\\\` `\\x`"),
    ];
    for (text, expected) in cases {
        assert_eq!(show(text), expected, "{text}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_one_error_and_stay_countable() {
    let parsed = parse(b"[\"a\xFFb\", 1]");
    let [error] = parsed.errors.as_slice() else { panic!("{:?}", parsed.errors) };
    assert_eq!(error.range, TextRange::new(3, 4));
    let NodeKind::Array(elements) = parsed.root.unwrap().kind else { panic!() };
    assert_eq!(elements[0].as_str(), Some("a\u{FFFD}b"));
    assert_eq!(elements[1].range, TextRange::new(8, 9));
}

#[test]
fn deep_nesting_is_reported_and_the_rest_is_read() {
    let depth = 100_000;
    let text = format!("[{}{}, 7]", "[".repeat(depth), "]".repeat(depth));
    let parsed = parse(text.as_bytes());
    let [error] = parsed.errors.as_slice() else { panic!("{:?}", parsed.errors) };
    assert_eq!(error.range.start as usize, MAX_DEPTH);
    let NodeKind::Array(elements) = parsed.root.unwrap().kind else { panic!() };
    assert_eq!(elements[1].kind, NodeKind::Number("7".into()));
    assert_eq!(parse("[{".repeat(depth).as_bytes()).errors.len(), 100);
}

#[test]
fn holes_are_values_or_parts_of_strings() {
    let text = "{\"a\": \u{1A}, \"b\": \"x\\n\u{1A}y\u{1A}\"}";
    let holes: Vec<u32> =
        text.match_indices('\u{1A}').map(|(at, _)| u32::try_from(at).unwrap()).collect();
    let parsed = parse_with_holes(text, &holes);
    assert_eq!((&parsed.errors, parsed.loose_hole), (&Vec::new(), None));
    let root = parsed.root.unwrap();
    assert_eq!(root.get("a").unwrap().kind, NodeKind::Hole(0));
    let NodeKind::String(string) = &root.get("b").unwrap().kind else { panic!() };
    assert_eq!(&*string.value, "x\n\u{1A}y\u{1A}");
    assert_eq!(string.holes(), [(2, 1), (4, 2)]);
    assert_eq!(root.get("b").unwrap().as_str(), None);
}

#[test]
fn a_hole_in_place_of_structure_is_told() {
    for (text, loose) in [
        ("[1 \u{1A}]", true),
        ("[\u{1A} {}]", true),
        ("[\u{1A}5]", true),
        ("{\u{1A}}", true),
        ("[] \u{1A}", true),
        ("[\u{1A}, 5]", false),
        ("\u{1A}", false),
    ] {
        let hole = u32::try_from(text.find('\u{1A}').unwrap()).unwrap();
        let parsed = parse_with_holes(text, &[hole]);
        assert_eq!(parsed.loose_hole.is_some(), loose, "{text:?}");
        assert_eq!(parsed.errors, [], "{text:?}");
    }
    assert_ne!(parse_with_holes("[\u{1A}]", &[]).errors, [], "the byte alone is no hole");
}
