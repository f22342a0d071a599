//! The origins of the leaves of policies: for every literal piece the reported bytes are those that it was written with.

use std::fmt::Write as _;

use ecrlint::model::{Document, Fact, Field};
use ecrlint::origin::Origin;
use ecrlint::policy::node::{Data, Node, Text};
use ecrlint::source::Sources;
use ecrlint::terraform::{Loader, Options};

use crate::modules::files;

/// Random modules with one policy. Each leaf of it holds a word of its own.
struct Generator {
    state: u64,
    locals: String,
    variables: String,
    child: String,
    template: String,
    words: usize,
}

impl Generator {
    fn new(seed: u64) -> Self {
        Self {
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            locals: String::new(),
            variables: String::new(),
            child: String::new(),
            template: String::new(),
            words: 0,
        }
    }

    fn pick(&mut self, count: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 33) % count
    }

    fn word(&mut self) -> String {
        self.words += 1;
        format!("word-{}-é", self.words)
    }

    /// An expression for a string that is written in one piece.
    fn leaf(&mut self) -> String {
        let word = self.word();
        let number = self.words;
        match self.pick(16) {
            0 | 1 => format!("\"{word}\""),
            2 => {
                writeln!(self.locals, "  l{number} = \"{word}\"").unwrap();
                format!("local.l{number}")
            }
            3 => {
                writeln!(self.locals, "  l{number} = {{ a = [\"x\", \"{word}\"] }}").unwrap();
                format!("local.l{number}.a[1]")
            }
            4 => {
                writeln!(self.variables, "variable \"v{number}\" {{\n  default = \"{word}\"\n}}")
                    .unwrap();
                format!("var.v{number}")
            }
            5 => {
                writeln!(self.child, "output \"o{number}\" {{\n  value = \"{word}\"\n}}").unwrap();
                format!("module.child.o{number}")
            }
            6 => format!("\"${{\"{word}\"}}\""),
            7 => format!("[for v in [\"{word}\"] : v][0]"),
            8 => format!("true ? \"{word}\" : \"other\""),
            9 => format!("merge({{ a = \"x\" }}, {{ a = \"{word}\" }}).a"),
            10 => format!("concat([\"x\"], [\"{word}\"])[1]"),
            11 => format!("coalesce(null, \"{word}\")"),
            12 => format!("lookup({{ a = \"{word}\" }}, \"a\", \"x\")"),
            13 => format!("try(var.none.x, \"{word}\")"),
            14 => format!("flatten([[\"x\"], [[\"{word}\"]]])[1]"),
            _ => format!("jsondecode(jsonencode({{ a = \"{word}\" }})).a"),
        }
    }

    /// An object in HCL.
    fn object(&mut self, depth: u64) -> String {
        let value = match self.pick(4) {
            0 if depth > 0 => self.object(depth - 1),
            1 => format!("[{}, {}]", self.leaf(), self.leaf()),
            _ => self.leaf(),
        };
        format!("{{ Sid = {}, Value = {value} }}", self.leaf())
    }

    /// An object in JSON inside a template; `quote` is how a quote is written there.
    fn json(&mut self, depth: u64, quote: &str) -> String {
        let sid = self.json_leaf(quote);
        let value = match self.pick(5) {
            0 if depth > 0 => self.json(depth - 1, quote),
            1 => format!("${{jsonencode({})}}", self.object(1)),
            2 => format!("[{}, {}]", self.json_leaf(quote), self.json_leaf(quote)),
            _ => self.json_leaf(quote),
        };
        format!("{{ {quote}Sid{quote}: {sid}, {quote}Value{quote}: {value} }}")
    }

    fn json_leaf(&mut self, quote: &str) -> String {
        match self.pick(3) {
            0 => format!("{quote}${{{}}}{quote}", self.leaf()),
            1 => format!("${{jsonencode({})}}", self.leaf()),
            _ => format!("{quote}{}{quote}", self.word()),
        }
    }

    fn policy(&mut self) -> String {
        match self.pick(7) {
            0 => format!("jsonencode({})", self.object(2)),
            1 => format!("<<EOT\n{}\nEOT\n", self.json(2, "\"")),
            2 => format!("<<-EOT\n      {}\n    EOT\n", self.json(2, "\"")),
            3 => format!("\"{}\"", self.json(2, "\\\"")),
            4 => {
                let object = self.object(2);
                writeln!(self.locals, "  document = jsonencode({object})").unwrap();
                "local.document".to_owned()
            }
            5 => {
                let word = self.word();
                self.template = format!("{{ \"Sid\": \"{word}\", \"Value\": \"${{value}}\" }}");
                format!("templatefile(\"policy.tpl\", {{ value = {} }})", self.leaf())
            }
            _ => {
                format!("join(\"\\n\", [\"{{ \\\"Sid\\\":\", \"\\\"{}\\\"\", \"}}\"])", self.word())
            }
        }
    }
}

#[test]
fn the_bytes_of_each_leaf_are_those_it_was_written_with() {
    let mut leaves = 0;
    for seed in 1..=400 {
        let mut generator = Generator::new(seed);
        let policy = generator.policy();
        let Generator { locals, variables, child, template, words, .. } = generator;
        let main = format!(
            "variable \"none\" {{\n  default = {{}}\n}}\nmodule \"child\" {{\n  source = \"./child\"\n}}\nlocals {{\n{locals}}}\n{variables}\
             resource \"aws_ecr_repository_policy\" \"p\" {{\n  repository = \"r\"\n  policy = {policy}\n}}\n"
        );
        let disk =
            files(&[("main.tf", &main), ("child/main.tf", &child), ("policy.tpl", &template)]);
        let sources = Sources::new();
        let unit = Loader::new(&disk, &sources, false).evaluate(".", &Options::default());
        let document = match &unit.model.attachments[0].document.fact {
            Fact::Written(Document::Json(document)) => document,
            other => panic!("{other:?}\n{main}"),
        };
        let mut found = 0;
        each_string(document, &mut |text, origin| {
            let file = sources.get(origin.span.file);
            let bytes = std::str::from_utf8(origin.span.range.of(file.text())).unwrap();
            let written = bytes.replace("\\\"", "\"");
            assert_eq!(written, format!("\"{text}\""), "{main}");
            found += 1;
        });
        assert!(found > 0 && found <= words, "{found} of {words}\n{main}");
        leaves += found;
    }
    assert!(leaves > 900, "{leaves}");
}

fn each_string(node: &Node, visit: &mut dyn FnMut(&str, &Origin)) {
    match &node.data {
        Data::String(text) => visit(text.known().unwrap(), &node.origin),
        Data::Array(items) => items.iter().for_each(|item| each_string(item, visit)),
        Data::Object(members) => {
            members.iter().for_each(|member| each_string(&member.value, visit))
        }
        Data::Unknown(_) | Data::Null | Data::Bool(_) | Data::Number(_) => panic!("{node:?}"),
    }
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
