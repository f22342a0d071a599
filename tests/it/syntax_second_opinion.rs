//! The parser against hcl-edit: the same structure and places where both read a file, and the classes of texts in
//! which hcl-edit differs from Terraform, listed by name.

use std::fs;
use std::path::{Path, PathBuf};

use ecrlint::syntax::hcl::ast::{Body, ExprKind, Item, Part};
use ecrlint::syntax::hcl::parse;
use hcl_edit::Span;
use hcl_edit::structure::{Body as EditBody, Structure};

use crate::support::testdata;

/// An attribute: where it stands, and the bytes of its value.
type Attribute = (String, std::ops::Range<usize>);

/// Texts on which hcl-edit and Terraform differ: class, text, does Terraform take it.
const DIVERGENCES: &[(&str, &str, bool)] = &[
    ("duplicate object keys", "a = { a = 1, a = 2 }\n", true),
    ("duplicate template keys", "a = { \"${x}\" = 1, \"${x}\" = 2 }\n", true),
    ("newline inside the parts of a for", "a = { for k in l : k => c ? 1 :\n 2 }\n", true),
    ("a newline inside the collection of a for", "a = [for k in c ?\n a : b : k]\n", true),
    ("byte order mark", "\u{feff}a = 1\n", true),
    ("a closing bracket behind the end of a heredoc", "a = f(<<EOF\nx\nEOF)\n", false),
    ("a number too large for 64 bits", "a = 1e400\n", true),
    ("a legacy index with a leading zero", "a = foo.01\n", true),
    ("a quoted string over several lines", "a = \"x\ny\"\n", false),
    ("a number with two dots", "a = 1.2.3\n", false),
    ("an address without quotes", "a = 10.1.2.3/32\n", false),
    ("two splats", "a = a.*.b.*.c\n", false),
    ("a newline behind a dot", "a = foo.\nbar\n", false),
    ("for without parts", "a = [for]\n", false),
    ("a heredoc that ends the file", "a = <<EOF\nx\nEOF", false),
    ("a joiner in a name", "a\u{200d}b = 1\n", false),
    ("in without a space", "a = [for x inlocal.y : x]\n", false),
];

/// Heredocs that hcl-edit reads as another text: class, text, the literal text of `a`.
const VALUES: &[(&str, &str, &str)] = &[
    (
        "a first line without indentation",
        "a = <<-P\n{\n  \"R\": [\"${x}\",\n        \"${x}\"]\n}\nP\n",
        "{\n  \"R\": [\"\",\n        \"\"]\n}\n",
    ),
    ("CRLF", "a = <<-EOF\r\n  x\r\n  EOF\r\n", "x\r\n"),
    ("a line of white space", "a = <<-EOF\n  x\n      \n  EOF\n", "x\n      \n"),
    ("an empty heredoc", "a = <<T\n  T\nb = 1\n", ""),
];

#[test]
fn divergences_are_those_that_are_listed() {
    let mut agreed = Vec::new();
    for (class, text, accepts) in DIVERGENCES {
        let errors = parse(text.as_bytes()).errors;
        assert_eq!(errors.is_empty(), *accepts, "{class}: {errors:?}");
        if hcl_edit::parser::parse_body(text).is_ok() == *accepts {
            agreed.push(*class);
        }
    }
    assert_eq!(agreed, Vec::<&str>::new(), "hcl-edit agrees now");
    assert_eq!(parse(b"# \xff\na = 1\n").errors, [], "invalid UTF-8 in a comment");
    assert_ne!(parse(b"a = \"\xff\"\n").errors, [], "invalid UTF-8 in a string");
}

#[test]
fn the_other_classes_are_read_as_terraform_reads_them() {
    let accepted = [
        "a = <<EOF\nEOF\"\nEOF\n",
        "a = [for\n\r\n x in y : x]\n",
        "a = <<-EOF\n  %{ if true }\n  x\n  %{ endif }\n  EOF\n",
        "a = { (x) = 1, (x) = 2 }\n",
    ];
    let rejected = ["a = foo.0.1\n", "a = [for(x)]\n", "a = f()\nb = c ?\n 1 : 2\n"];
    for text in accepted {
        assert_eq!(parse(text.as_bytes()).errors, [], "{text}");
    }
    for text in rejected {
        assert_ne!(parse(text.as_bytes()).errors, [], "{text}");
    }
}

#[test]
fn heredocs_are_read_as_terraform_reads_them() {
    for (class, text, expected) in VALUES {
        let parsed = parse(text.as_bytes());
        assert_eq!(parsed.errors, [], "{class}");
        let Some(Item::Attribute(attribute)) = parsed.body.items.first() else { panic!("{class}") };
        let ExprKind::Template(template) = &attribute.value.kind else { panic!("{class}") };
        let literals = template.parts.iter().filter_map(|part| match part {
            Part::Literal(literal) => Some(literal.text(text.as_bytes())),
            _ => None,
        });
        assert_eq!(literals.collect::<String>(), *expected, "{class}");
    }
    let names = attributes(
        &parse(b"a = <<T\n  T\nb = 1\nc = <<T\n  T\n").body,
        b"a = <<T\n  T\nb = 1\nc = <<T\n  T\n",
    );
    assert_eq!(names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn structure_and_places_are_those_of_hcl_edit() {
    let mut compared = 0;
    for path in terraform_files(&testdata("")) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let ours = parse(text.as_bytes());
        let Ok(theirs) = hcl_edit::parser::parse_body(&text) else { continue };
        if !ours.errors.is_empty() {
            continue;
        }
        let ours = attributes(&ours.body, text.as_bytes());
        let mut expected = Vec::new();
        collect(&theirs, "", &mut expected);
        assert_eq!(ours, expected, "{}", path.display());
        compared += ours.len();
    }
    assert!(compared > 500, "only {compared} attributes were compared");
}

/// The attributes of a body in source order, those of blocks included.
fn attributes(body: &Body, text: &[u8]) -> Vec<Attribute> {
    fn walk(body: &Body, text: &[u8], path: &str, found: &mut Vec<Attribute>) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => {
                    let name = format!("{path}{}", attribute.name.text(text));
                    found.push((name, attribute.value.range.as_usize()));
                }
                Item::Block(block) => {
                    let labels: String = block
                        .labels
                        .iter()
                        .map(|label| format!("{} ", label.text.text(text)))
                        .collect();
                    let path = format!("{path}{} {labels}/ ", block.kind.text(text));
                    walk(&block.body, text, &path, found);
                }
            }
        }
    }
    let mut found = Vec::new();
    walk(body, text, "", &mut found);
    found
}

fn collect(body: &EditBody, path: &str, found: &mut Vec<Attribute>) {
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let span = attribute.value.span().expect("a parsed value has a span");
                found.push((format!("{path}{}", attribute.key.as_str()), span));
            }
            Structure::Block(block) => {
                let labels: String =
                    block.labels.iter().map(|label| format!("{} ", label.as_str())).collect();
                collect(&block.body, &format!("{path}{} {labels}/ ", block.ident.as_str()), found);
            }
        }
    }
}

fn terraform_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).expect("testdata can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(terraform_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "tf") {
            files.push(path);
        }
    }
    files
}
