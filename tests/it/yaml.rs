//! The YAML reader: values, bytes, aliases, and what it makes of broken text.

use std::fmt::Write as _;

use ecrlint::source::TextRange;
use ecrlint::syntax::tree::{Node, NodeKind, Text};
use ecrlint::syntax::yaml::{MAX_DEPTH, Parsed, parse};

fn read(text: &str) -> Node {
    let parsed = parse(text.as_bytes());
    assert_eq!(parsed.errors, [], "{text}");
    parsed.root.unwrap()
}

/// The value as JSON, with tags as `{"!Tag": value}`.
fn json(node: &Node) -> serde_json::Value {
    let value = match &node.kind {
        NodeKind::Null | NodeKind::Hole(_) => serde_json::Value::Null,
        NodeKind::Bool(value) => (*value).into(),
        NodeKind::Number(number) => format!("#{number}").into(),
        NodeKind::String(text) => (*text.value).into(),
        NodeKind::Array(items) => items.iter().map(json).collect(),
        NodeKind::Object(members) => members
            .iter()
            .map(|member| (member.key.value.to_string(), json(&member.value)))
            .collect(),
    };
    match &node.tag {
        Some(tag) => serde_json::json!({ format!("!{}", tag.name): value }),
        None => value,
    }
}

/// Each value in one line: its path, and the first and last line of the bytes that it was written with.
fn bytes(text: &str) -> String {
    fn write(out: &mut String, path: &str, node: &Node, text: &str) {
        let mut lines = text[node.range.as_usize()].lines().map(str::trim);
        let first = lines.next().unwrap_or_default();
        let last = lines.next_back().map(|last| format!(" … {last}")).unwrap_or_default();
        writeln!(out, "{path}: {first}{last}").unwrap();
        match &node.kind {
            NodeKind::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    write(out, &format!("{path}/{index}"), item, text);
                }
            }
            NodeKind::Object(members) => {
                for member in members {
                    let key = &text[member.key_range.as_usize()];
                    write(out, &format!("{path}/{key}"), &member.value, text);
                }
            }
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Number(_)
            | NodeKind::String(_)
            | NodeKind::Hole(_) => {}
        }
    }
    let mut out = String::new();
    write(&mut out, "", &read(text), text);
    out
}

fn errors(parsed: &Parsed, text: &str) -> Vec<String> {
    let one = |error: &ecrlint::syntax::SyntaxError| {
        format!("{} `{}`", error.message, &text[error.range.as_usize()])
    };
    parsed.errors.iter().map(one).collect()
}

fn string(node: &Node) -> &Text {
    match &node.kind {
        NodeKind::String(text) => text,
        other => panic!("not a string: {other:?}"),
    }
}

#[test]
fn plain_scalars_have_the_types_of_the_core_schema() {
    let root = read(
        "[~, null, '', true, False, yes, 12, -1.5e3, 010, 0x1F, .inf, inf, 2012-10-17, \"1\", !!str 1, 1.2.3]",
    );
    let expected = serde_json::json!([
        null,
        null,
        "",
        true,
        false,
        "yes",
        "#12",
        "#-1.5e3",
        "#010",
        "#0x1F",
        "#.inf",
        "inf",
        "2012-10-17",
        "1",
        "1",
        "1.2.3"
    ]);
    assert_eq!(json(&root), expected);
    assert_eq!(
        json(&read("a:\nb: ''\n1: x\n~: y")),
        serde_json::json!({"a": null, "b": "", "1": "x", "~": "y"})
    );
}

#[test]
fn every_value_has_its_bytes() {
    let text = "\
# comment
Resources:
  Repo:
    Type: AWS::ECR::Repository  # why
    Properties:
      Name: !Sub \"é-${X}\"
      List: [a, 'b', !Ref C]
      Map: { k: v }
      Text: !Sub |
        one
          two

      Items:
      - x
      - y: 1
        z:
";
    assert_eq!(
        bytes(text),
        "\
: Resources: … z:
/Resources: Repo: … z:
/Resources/Repo: Type: AWS::ECR::Repository  # why … z:
/Resources/Repo/Type: AWS::ECR::Repository
/Resources/Repo/Properties: Name: !Sub \"é-${X}\" … z:
/Resources/Repo/Properties/Name: \"é-${X}\"
/Resources/Repo/Properties/List: [a, 'b', !Ref C]
/Resources/Repo/Properties/List/0: a
/Resources/Repo/Properties/List/1: 'b'
/Resources/Repo/Properties/List/2: C
/Resources/Repo/Properties/Map: { k: v }
/Resources/Repo/Properties/Map/k: v
/Resources/Repo/Properties/Text: | … two
/Resources/Repo/Properties/Items: x … z:
/Resources/Repo/Properties/Items/0: x
/Resources/Repo/Properties/Items/1: y: 1 … z:
/Resources/Repo/Properties/Items/1/y: 1
/Resources/Repo/Properties/Items/1/z: 
"
    );
    let root = read(text);
    let name = root
        .get("Resources")
        .unwrap()
        .get("Repo")
        .unwrap()
        .get("Properties")
        .unwrap()
        .get("Name")
        .unwrap();
    let tag = name.tag.as_ref().unwrap();
    assert_eq!((&*tag.name, &text[tag.range.as_usize()]), ("Sub", "!Sub"));
}

/// Each letter and digit of a value is found again at the byte that it maps to, whatever the style.
#[test]
fn values_map_back_to_their_source() {
    let texts = [
        "plain over\n  several\n\n\n  lines # not this",
        "'it''s\n  quoted  \n\n  twice'",
        "\"a\\u00e9\\x41\\n  b \\\n   c\n\n   d\\ud83d\\ude00e\\/f\\\"g\"",
        "|\n  lit\n   eral\n\n  text\n",
        "|2\n\n   deep\n  x",
        "|+\n  keep\n\n",
        "|-\n  strip\n\n",
        ">\n  folded\n  on\n\n  and\n   more\n   inset\n\n  off\n",
        ">-\r\n  with\r\n  carriage\r\n\r\n  returns\r\n",
        "|\r\n  with\r\n  carriage\r\n",
        ">+\n\n\n  begins\n  late\n\n\n",
        "|\n  \n    \n      far\n",
    ];
    for scalar in texts {
        let text = format!("\u{feff}k: &anchor {scalar}");
        let root = read(&text);
        let string = string(root.get("k").unwrap());
        let mut checked = 0;
        for (at, char) in
            string.value.char_indices().filter(|(_, char)| char.is_ascii_alphanumeric())
        {
            let at = u32::try_from(at).unwrap();
            let source = string.source_range(TextRange::new(at, at + 1));
            let written = &text[source.as_usize()];
            assert!(
                written == char.to_string() || written == "\\x41",
                "{scalar:?}: {char} maps to {written:?}"
            );
            checked += 1;
        }
        assert!(checked >= 3, "{scalar:?}: {:?}", string.value);
    }
}

#[test]
fn aliases_and_merge_keys_are_written_out() {
    let root = read(
        "base: &base {a: 1, b: 2}\nother: &other {b: 3, c: 4}\nx:\n  b: own\n  <<: [*base, *other]\ny: *base\nz: {'<<': *base}",
    );
    assert_eq!(json(root.get("x").unwrap()), serde_json::json!({"a": "#1", "b": "own", "c": "#4"}));
    assert_eq!(json(root.get("y").unwrap()), serde_json::json!({"a": "#1", "b": "#2"}));
    assert_eq!(json(root.get("z").unwrap()), serde_json::json!({"<<": {"a": "#1", "b": "#2"}}));
}

#[test]
fn a_merged_value_keeps_the_place_where_it_was_written() {
    let text = "base: &base\n  a: written\nx:\n  <<: *base\n";
    let root = read(text);
    let a = root.get("x").unwrap().get("a").unwrap();
    assert_eq!((a.range.start, &text[a.range.as_usize()]), (17, "written"));
}

#[test]
fn duplicate_keys_are_kept_and_the_last_one_is_found() {
    let root = read("a: 1\na: 2\n");
    let NodeKind::Object(members) = &root.kind else { panic!() };
    assert_eq!(members.len(), 2);
    assert_eq!(root.get("a").unwrap().kind, NodeKind::Number("2".into()));
}

#[test]
fn only_the_first_document_is_read() {
    let text = "a: 1\n---\nb: [\n";
    let parsed = parse(text.as_bytes());
    assert_eq!(parsed.errors, []);
    assert_eq!(json(&parsed.root.unwrap()), serde_json::json!({"a": "#1"}));
    assert_eq!(&text[parsed.second_document.unwrap().as_usize()], "---");
    assert_eq!(parse(b"---\na: 1\n...\n").second_document, None);
}

#[test]
fn one_bad_line_does_not_hide_the_rest() {
    let cases = [
        ("a: 1\nb: \"open\nc: 3\nd: 4\n", "unclosed string `\"open`", "acd"),
        ("a: 1\nb: \"open\nc: \"x\"\nd: 4\n", "unclosed string `\"open`", "acd"),
        ("a: 1\nb: [1, 2\nc: 3\n", "", "ac"),
        ("a: 1\n\tb: 2\nc: 3\n", "a tab can't indent a line in YAML `\t`", "c"),
        ("a: 1\nb:\n  c: 1\n d: 2\ne: 5\n", "", "abe"),
        ("a: 1\nb: x: y\nc: 2\n", "", "ac"),
        ("a: 1\nb: @x\nc: 2\n", "", "ac"),
        ("a: 1\nb\nc: 2\n", "expected `:` behind this key `b`", "ac"),
        ("a: 1\nb: \"\\q\"\nc: 2\n", "", "ac"),
    ];
    for (text, message, keys) in cases {
        let parsed = parse(text.as_bytes());
        let errors = errors(&parsed, text);
        assert_eq!(errors.len(), 1, "{text:?}: {errors:?}");
        assert!(message.is_empty() || errors[0] == message, "{text:?}: {errors:?}");
        let NodeKind::Object(members) = &parsed.root.as_ref().unwrap().kind else {
            panic!("{text:?}")
        };
        let read: String = members.iter().map(|member| &*member.key.value).collect();
        assert!(keys.chars().all(|key| read.contains(key)), "{text:?}: {read}");
    }
}

#[test]
fn errors_about_one_value_leave_the_others() {
    let text = "a: *nope\nb: &b [*b]\n? [x, y]\n: z\nc: {<<: 5}\nd: 1\n";
    let parsed = parse(text.as_bytes());
    assert_eq!(
        errors(&parsed, text),
        [
            "the alias `*nope` names no anchor `*nope`",
            "the alias stands inside of what it names `*b`",
            "a key must be a scalar `[x, y]`",
            "`<<` takes a mapping or a list of mappings `5`",
        ]
    );
    let root = parsed.root.unwrap();
    assert_eq!(root.get("[x, y]").unwrap().as_str(), Some("z"));
    assert_eq!(root.get("d").unwrap().kind, NodeKind::Number("1".into()));
}

#[test]
fn billion_laughs_are_bounded() {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (from, to) in "abcdefghi".chars().zip("bcdefghij".chars()) {
        let aliases = vec![format!("*{from}"); 9].join(", ");
        writeln!(text, "{to}: &{to} [{aliases}]").unwrap();
    }
    text.push_str("last: 1\n");
    let parsed = parse(text.as_bytes());
    assert!(parsed.errors[0].message.contains("copy more than"), "{:?}", parsed.errors[0]);
    assert_eq!(parsed.root.unwrap().get("last").unwrap().kind, NodeKind::Number("1".into()));
}

#[test]
fn deep_nesting_is_an_error_and_the_rest_is_read() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        let deep = format!("a: {}{}\nb: 1\n", open.repeat(100_000), close.repeat(100_000));
        let parsed = parse(deep.as_bytes());
        assert_eq!(parsed.errors.len(), 1);
        assert_eq!(parsed.root.unwrap().get("b").unwrap().kind, NodeKind::Number("1".into()));
    }
    let mut blocks = String::new();
    for depth in 0..2000 {
        writeln!(blocks, "{}a:", " ".repeat(depth)).unwrap();
    }
    assert_ne!(parse(blocks.as_bytes()).errors, []);
    assert_ne!(parse("- ".repeat(100_000).as_bytes()).errors, []);
    // Each anchor is shallow, the tree that they make of each other is not.
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for level in 1..=MAX_DEPTH {
        writeln!(chain, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    assert_ne!(parse(chain.as_bytes()).errors, []);
}

#[test]
fn bytes_that_are_not_utf8_are_one_error() {
    let parsed = parse(b"a: x\xFFy\nb: 1\n");
    assert_eq!(parsed.errors[0].range, TextRange::new(4, 5));
    assert_eq!(json(&parsed.root.unwrap()), serde_json::json!({"a": "x?y", "b": "#1"}));
}

/// Whatever single byte is wrong, every range of the tree and of the errors lies on characters of the text.
#[test]
fn any_broken_text_gives_ranges_that_can_be_shown() {
    fn check(node: &Node, text: &str) {
        assert!(text.get(node.range.as_usize()).is_some(), "{:?} in {text:?}", node.range);
        match &node.kind {
            NodeKind::Array(items) => items.iter().for_each(|item| check(item, text)),
            NodeKind::Object(members) => members.iter().for_each(|member| {
                assert!(text.get(member.key_range.as_usize()).is_some(), "{text:?}");
                check(&member.value, text);
            }),
            NodeKind::String(string) => {
                assert!(text.get(string.content_range().as_usize()).is_some(), "{text:?}");
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Hole(_) => {}
        }
    }
    let seed = "A: &a\n  é: !Sub \"${x}\\té\n    y\"\n  f: [1, 'it''s', {k: v}]\nB: |\n  literal\n   é\nC: {<<: *a} # end\n";
    let mut broken = 0;
    for (at, char) in seed.char_indices() {
        for replacement in ["", "\n", "\t", "\"", "'", "[", "}", ":", "|", "&", "*", "!", "- "] {
            let mut text = seed.to_owned();
            text.replace_range(at..at + char.len_utf8(), replacement);
            let parsed = parse(text.as_bytes());
            broken += usize::from(!parsed.errors.is_empty());
            for error in &parsed.errors {
                assert!(
                    text.get(error.range.as_usize()).is_some(),
                    "{:?} in {text:?}",
                    error.range
                );
            }
            parsed.root.iter().for_each(|root| check(root, &text));
        }
    }
    assert!(broken > 500, "{broken}");
}
