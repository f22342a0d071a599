//! The origins of the leaves of policies: for every literal piece the reported bytes are those that it was written with.

use ecrlint::model::{Document, Fact, Field, Unit};
use ecrlint::origin::Origin;
use ecrlint::policy::node::{Data, Node, Text};
use ecrlint::source::Sources;
use ecrlint::terraform::{Loader, Options};

use self::generator::Generator;
use crate::modules::files;
use crate::support::testdata;

mod generator;

/// The only policy document of a module, and the texts that its places are in.
fn only_document(all: &[(&'static str, String)]) -> (Unit, Sources) {
    let borrowed: Vec<(&str, &str)> = all.iter().map(|(path, text)| (*path, &**text)).collect();
    let sources = Sources::new();
    let unit = Loader::new(&files(&borrowed), &sources, false).evaluate(".", &Options::default());
    assert_eq!(unit.model.attachments.len(), 1, "{all:?}");
    (unit, sources)
}

/// Calls `visit` with each known string in the only policy of a unit and the bytes that it is said to be written with.
fn each_leaf(unit: &Unit, sources: &Sources, visit: &mut dyn FnMut(&str, &str)) {
    let Fact::Written(Document::Json(document)) = &unit.model.attachments[0].document.fact else {
        panic!("{:?}", unit.model.attachments[0].document)
    };
    each_string(document, &mut |text, origin| {
        let file = sources.get(origin.span.file);
        visit(text, std::str::from_utf8(origin.span.range.of(file.text())).unwrap());
    });
}

fn each_string(node: &Node, visit: &mut dyn FnMut(&str, &Origin)) {
    match &node.data {
        Data::String(text) => visit(text.known().unwrap(), &node.origin),
        Data::Array(items) => items.iter().for_each(|item| each_string(item, visit)),
        Data::Object(members) => {
            members.iter().for_each(|member| each_string(&member.value, visit));
        }
        Data::Null | Data::Bool(_) | Data::Number(_) => {}
        Data::Unknown(_) => panic!("{node:?}"),
    }
}

/// Whatever way a word takes into the policy: by a local, a variable, a module, a function, a template, a document.
#[test]
fn the_bytes_of_each_leaf_are_those_it_was_written_with() {
    let mut leaves = 0;
    for seed in 1..=1000 {
        let mut generator = Generator::new(seed);
        let all = generator.files();
        let (unit, sources) = only_document(&all);
        let mut found = 0;
        each_leaf(&unit, &sources, &mut |text, written| {
            // What a data source adds by itself is not among the words.
            if let Some((_, wanted)) = generator.words.iter().find(|(value, _)| value == text) {
                assert_eq!(written, wanted, "seed {seed}: {all:#?}");
                found += 1;
            } else {
                assert!(!text.contains("word"), "seed {seed}: {text} {all:#?}");
            }
        });
        assert_eq!(found, generator.words.len(), "seed {seed}: {all:#?}");
        leaves += found;
    }
    assert!(leaves > 3000, "{leaves}");
}

/// Every policy that a verdict is recorded for, as a heredoc with and without indentation.
#[test]
fn the_leaves_of_recorded_policies_are_found_in_their_text() {
    let text = std::fs::read_to_string(testdata("policy/policy_truth.jsonl")).unwrap();
    let mut leaves = 0;
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(policy) = case["policy"].as_str() else { continue };
        let Ok(policy) = serde_json::from_str::<serde_json::Value>(policy) else { continue };
        let pretty = serde_json::to_string_pretty(&policy).unwrap();
        let escaped = pretty.replace("${", "$${").replace("%{", "%%{");
        for (open, line) in [("<<EOT", "\n"), ("<<-EOT", "\n    ")] {
            let indented = escaped.replace('\n', line);
            let main = format!(
                "resource \"aws_ecr_repository_policy\" \"p\" {{\n  repository = \"r\"\n  policy = {open}{line}{indented}\nEOT\n}}\n"
            );
            let (unit, sources) = only_document(&[("main.tf", main)]);
            each_leaf(&unit, &sources, &mut |text, written| {
                let json = written.replace("$${", "${").replace("%%{", "%{");
                assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text, "{}", case["id"]);
                leaves += 1;
            });
        }
    }
    assert!(leaves > 1500, "{leaves}");
}

/// The policy of a module that consists of `config` and one `aws_ecr_repository_policy` with this `policy`.
fn policy(config: &str, policy: &str) -> (Field<Document>, String) {
    let main = format!(
        "{config}\nresource \"aws_ecr_repository_policy\" \"p\" {{\n  repository = \"r\"\n  policy = {policy}\n}}\n"
    );
    let disk = files(&[("main.tf", &main)]);
    let sources = Sources::new();
    let unit = Loader::new(&disk, &sources, false).evaluate(".", &Options::default());
    (unit.model.attachments[0].document.clone(), main)
}

/// The member `key` of the only document.
fn member<'d>(field: &'d Field<Document>, key: &str) -> &'d Node {
    match &field.fact {
        Fact::Written(Document::Json(document)) => document.get(key).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn bytes<'m>(main: &'m str, node: &Node) -> &'m str {
    &main[node.origin.span.range.as_usize()]
}

#[test]
fn a_text_in_several_pieces_is_all_their_bytes() {
    let locals =
        "locals {\n  account = \"111122223333\"\n  arn = \"arn:aws:iam::${local.account}:root\"\n}";
    let heredoc = "<<EOT\n{ \"A\": \"x-${local.account}-y\", \"B\": \"${local.arn}\", \"C\": \"${local.account}-z\" }\nEOT\n";
    let (document, main) = policy(locals, heredoc);
    assert_eq!(bytes(&main, member(&document, "A")), "\"x-${local.account}-y\"");
    assert_eq!(bytes(&main, member(&document, "B")), "\"arn:aws:iam::${local.account}:root\"");
    assert_eq!(bytes(&main, member(&document, "C")), "\"${local.account}-z\"");
    let hops: Vec<String> =
        member(&document, "B").origin.hops().map(|hop| hop.name.to_string()).collect();
    assert_eq!(hops, ["local.arn"]);
}

#[test]
fn one_unknown_hides_nothing_else() {
    let data = "data \"aws_caller_identity\" \"me\" {}";
    let account = "${data.aws_caller_identity.me.account_id}";
    for text in [
        format!(
            "<<EOT\n{{ \"A\": \"*\", \"B\": \"arn:aws:iam::{account}:root\", \"C\": \"{account}\" }}\nEOT\n"
        ),
        format!(
            "jsonencode({{ A = \"*\", B = \"arn:aws:iam::{account}:root\", C = \"{account}\" }})"
        ),
        format!(
            "<<EOT\n{{ \"A\": ${{jsonencode(\"*\")}}, \"B\": ${{jsonencode(\"arn:aws:iam::{account}:root\")}}, \"C\": \"{account}\" }}\nEOT\n"
        ),
    ] {
        let (document, main) = policy(data, &text);
        assert_eq!(bytes(&main, member(&document, "A")), "\"*\"");
        let Data::String(Text::Partial(parts)) = &member(&document, "B").data else {
            panic!("{document:?}")
        };
        assert_eq!(parts.len(), 3, "{parts:?}");
        assert!(bytes(&main, member(&document, "B")).contains("arn:aws:iam::"), "{main}");
    }
}

#[test]
fn an_unknown_condition_keeps_both_documents() {
    let variable = "variable \"open\" {}";
    let star =
        "jsonencode({ A = var.open ? \"*\" : \"111122223333\", B = var.open ? \"x\" : \"y\" })";
    let (document, main) = policy(variable, star);
    let Fact::Either { arms, .. } = &document.fact else { panic!("{document:?}") };
    let texts: Vec<[&str; 2]> =
        arms.iter().map(|arm| ["A", "B"].map(|key| bytes(&main, member(arm, key)))).collect();
    assert_eq!(arms.len(), 2);
    assert_eq!(texts[0][0], "\"*\"");
    assert_eq!(texts[1][0], "\"111122223333\"");
}

#[test]
fn what_is_no_json_says_where() {
    let (document, main) = policy("", "<<EOT\n{ \"A\": \"x\" \"B\": 1 }\nEOT\n");
    let Fact::Written(Document::NotJson(why)) = &document.fact else { panic!("{document:?}") };
    let place = why.span.unwrap().range.as_usize();
    assert!(main[..place.start].ends_with("\"x\""), "{main} {place:?}");
    for text in ["[]", "null", "\"\"", "\"{\""] {
        let (document, _) = policy("", text);
        assert!(
            matches!(document.fact, Fact::Written(Document::NotJson(_)) | Fact::Unknown(_)),
            "{text}: {document:?}"
        );
    }
}
