//! The functions of Terraform, beyond the recorded answers: origins, what stays known beside an unknown, limits,
//! messages, files.

use std::sync::Arc;

use ecrlint::source::{Segment, Sources, Span};
use ecrlint::syntax::hcl;
use ecrlint::syntax::hcl::ast::Item;
use ecrlint::terraform::eval::Source;
use ecrlint::terraform::{EvalError, Loader, Options};
use ecrlint::value::{Data, Literal, Piece, Rope, TextMap, Value};

use crate::modules::files;

const MAIN: &str = r#"
variable "unknown" {
  type = string
}
variable "others" {
  type = list(string)
}
variable "overrides" {
  type = map(string)
}
variable "secret" {
  default   = "s3cr3t"
  sensitive = true
}
variable "star" {
  default = "*"
}
locals {
  list   = ["a", "*"]
  tagged = { a = "x", b = "*" }
  policy = <<-EOT
    {"Statement": [{"Principal": "${var.star}", "Sid": "p\u0075ll"}]}
  EOT
}
"#;

const POLICY: &str = "{\n  \"Statement\": [{\"Principal\": {\"AWS\": \"*\"}}]\n}\n";

/// Evaluates an expression beside `MAIN` and some files.
fn eval<R>(expression: &str, check: impl FnOnce(Result<Value, EvalError>, &Sources) -> R) -> R {
    let disk = files(&[
        ("root/main.tf", MAIN),
        ("root/policy.json", POLICY),
        ("root/policies/a.json", "{}"),
        ("root/policies/b.json", "{}"),
        ("root/policies/deep/c.json", "{}"),
        ("root/policy.yaml", "Statement:\n- Principal: '*'\n  Sid: yes\n"),
    ]);
    let sources = Sources::new();
    let loader = Loader::new(&disk, &sources, false);
    let (value, _) = loader.with_console("root", &Options::default(), |evaluator| {
        let text: Arc<[u8]> = format!("value = {expression}\n").into_bytes().into();
        let parsed = hcl::parse(&text);
        assert_eq!(parsed.errors, [], "{expression}");
        let source = Source { id: sources.add("expression", Arc::clone(&text)), text };
        match &parsed.body.items[0] {
            Item::Attribute(attribute) => evaluator.eval(&source, &attribute.value),
            Item::Block(_) => panic!("{expression} is no argument"),
        }
    });
    check(value, &sources)
}

fn bytes(sources: &Sources, span: Span) -> String {
    let file = sources.get(span.file);
    String::from_utf8_lossy(span.range.of(file.text())).into_owned()
}

/// The bytes that the value was written with, and the names of the hops.
#[track_caller]
fn written(expression: &str) -> String {
    eval(expression, |value, sources| {
        let origin = value.unwrap().origin;
        let hops: Vec<&str> = origin.hops().map(|hop| &*hop.name).collect();
        [vec![&*bytes(sources, origin.span)], hops].concat().join(" < ")
    })
}

#[track_caller]
fn message(expression: &str) -> String {
    eval(expression, |value, sources| {
        let Err(error) = value else { panic!("{expression} has a value") };
        format!("{} [{}]", error.message, bytes(sources, error.span))
    })
}

/// Each literal piece and the bytes that it says it was written with.
fn literals(rope: &Rope, all: &mut Vec<Literal>) {
    for piece in rope.pieces() {
        match piece {
            Piece::Literal(literal) => all.push(literal.clone()),
            Piece::Value(value) => {
                if let Some(rope) = value.as_rope() {
                    literals(rope, all);
                }
            }
            Piece::Json(_) => {}
        }
    }
}

/// A verbatim piece is what stands in the source; what is no verbatim copy stands in brackets.
fn pieces(expression: &str) -> String {
    eval(expression, |value, sources| {
        let value = value.unwrap();
        let mut all = Vec::new();
        literals(value.as_rope().unwrap(), &mut all);
        let show = |literal: &Literal| {
            let source = bytes(sources, literal.span);
            match &literal.map {
                TextMap::Verbatim => {
                    assert_eq!(source, *literal.text, "{expression}");
                    source
                }
                TextMap::Segments(segments) => {
                    assert_segments(literal, segments, sources);
                    literal.text.to_string()
                }
                TextMap::Computed => format!("[{}]", literal.text),
            }
        };
        all.iter().map(show).collect::<Vec<_>>().join("|")
    })
}

/// The segments tile the text, and verbatim ones are what stands in the source.
fn assert_segments(literal: &Literal, segments: &[Segment], sources: &Sources) {
    let mut at = 0;
    for segment in segments {
        assert_eq!(segment.value.start, at, "{:?}", literal.text);
        at = segment.value.end;
        let text = &literal.text[segment.value.as_usize()];
        let source = bytes(sources, Span { range: segment.source, ..literal.span });
        assert!(text == source || source.len() != text.len(), "{text:?} is not {source:?}");
    }
    assert_eq!(at as usize, literal.text.len());
}

#[test]
fn moved_values_keep_their_origin() {
    for expression in [
        "merge({a = \"x\"}, {a = \"*\"}).a",
        "lookup({a = \"*\"}, \"a\", \"x\")",
        "lookup({}, \"a\", \"*\")",
        "concat([\"x\"], [\"*\"])[1]",
        "flatten([[\"x\"], [[\"*\"]]])[1]",
        "coalesce(null, \"\", \"*\")",
        "coalescelist([], [\"*\"])[0]",
        "element([\"x\", \"*\"], 3)",
        "slice([\"x\", \"*\"], 1, 2)[0]",
        "values({a = \"*\"})[0]",
        "zipmap([\"a\"], [\"*\"]).a",
        "one([\"*\"])",
        "reverse([\"*\", \"x\"])[1]",
        "distinct([\"x\", \"x\", \"*\"])[1]",
        "compact([\"\", \"*\"])[0]",
        "chunklist([\"*\"], 1)[0][0]",
        "sort([\"x\", \"*\"])[0]",
        "tolist(toset([\"x\", \"*\"]))[0]",
        "tolist(setunion([\"x\"], [\"*\"]))[0]",
        "tolist(setsubtract([\"x\", \"*\"], [\"x\"]))[0]",
        "setproduct([\"x\"], [\"*\"])[0][1]",
        "matchkeys([\"x\", \"*\"], [1, 2], [2])[0]",
        "tomap({a = \"*\"})[\"a\"]",
        "keys({\"*\" = 1})[0]",
    ] {
        assert_eq!(written(expression), "\"*\"", "{expression}");
    }
}

#[test]
fn moved_values_keep_their_way() {
    for (expression, way) in [
        ("element(local.list, 1)", "\"*\" < local.list"),
        ("lookup(local.tagged, \"b\", \"\")", "\"*\" < local.tagged"),
        ("merge({}, local.tagged).b", "\"*\" < local.tagged"),
        ("concat([], local.list)[1]", "\"*\" < local.list"),
        ("flatten([local.list])[1]", "\"*\" < local.list"),
        ("values(local.tagged)[1]", "\"*\" < local.tagged"),
        ("one([var.star])", "\"*\" < var.star"),
        ("reverse(local.list)[0]", "\"*\" < local.list"),
        ("keys(local.tagged)[1]", "b < local.tagged"),
        ("jsondecode(jsonencode(local.tagged)).b", "\"*\" < jsonencode < local.tagged"),
    ] {
        assert_eq!(written(expression), way, "{expression}");
    }
}

#[test]
fn computed_texts_point_at_the_call_and_behind_it() {
    assert_eq!(written("upper(\"a\")"), "upper(\"a\") < upper");
    assert_eq!(written("upper(var.star)"), "upper(var.star) < upper < var.star");
    assert_eq!(written("length(local.list)"), "length(local.list)");
    assert_eq!(pieces("upper(\"a\")"), "[A]");
}

#[test]
fn texts_are_put_together_and_cut_without_losing_a_byte() {
    for (expression, expected) in [
        ("format(\"arn:%s/%d\", \"*\", 5)", "arn:|*|/|[5]"),
        ("format(\"100%%-%v\", \"*\")", "100|%|-|*"),
        ("join(\":\", [\"arn\", \"*\"])", "arn|:|*"),
        ("replace(\"a-X-b\", \"X\", \"*\")", "a-|*|-b"),
        ("replace(\"a-b\", \"X\", \"*\")", "a-b"),
        ("split(\",\", \"a,*,c\")[1]", "*"),
        ("trimprefix(\"arn:*\", \"arn:\")", "*"),
        ("trimsuffix(\"*-x\", \"-x\")", "*"),
        ("trimspace(\"  *\\n\")", "*"),
        ("trim(\"--*--\", \"-\")", "*"),
        ("chomp(\"*\\n\")", "*"),
        ("substr(\"é*x\", 1, 1)", "*"),
        ("regex(\"[*]\", \"a*b\")", "*"),
        ("regex(\"(a)([*])\", \"a*b\")[1]", "*"),
        ("basename(\"a/*\")", "*"),
        ("indent(2, \"a\\nb\")", "a\n|[  ]|b"),
        ("split(\"-\", \"x\\\"y-z\")[0]", "x\"y"),
        ("csvdecode(\"a,b\\n1,*\")[0].b", "*"),
        ("file(\"policy.json\")", POLICY),
        ("jsondecode(file(\"policy.json\")).Statement[0].Principal.AWS", "*"),
        ("jsondecode(local.policy).Statement[0].Principal", "*"),
        ("jsondecode(\"{\\\"a\\\": \\\"x\\\\u002ay\\\"}\").a", "x|[*]|y"),
        ("yamldecode(file(\"policy.yaml\")).Statement[0].Principal", "*"),
        (
            "jsondecode(base64decode(base64encode(file(\"policy.json\")))).Statement[0].Principal.AWS",
            "[*]",
        ),
    ] {
        assert_eq!(pieces(expression), expected, "{expression}");
    }
}

#[test]
fn what_a_file_says_is_told_in_the_file() {
    for (expression, place) in [
        (
            "jsondecode(file(\"policy.json\")).Statement[0].Principal.AWS",
            "root/policy.json:2:39 \"*\"",
        ),
        ("yamldecode(file(\"policy.yaml\")).Statement[0].Principal", "root/policy.yaml:2:14 '*'"),
        ("yamldecode(file(\"policy.yaml\")).Statement[0].Sid", "root/policy.yaml:3:8 yes"),
        ("jsondecode(local.policy).Statement[0].Sid", "root/main.tf:22:56 \"p\\u0075ll\""),
    ] {
        let told = eval(expression, |value, sources| {
            let span = value.unwrap().origin.span;
            let file = sources.get(span.file);
            let start = file.position(span.range.start);
            format!("{}:{}:{} {}", file.path(), start.line, start.column, bytes(sources, span))
        });
        assert_eq!(told, place, "{expression}");
    }
    let files = eval("[file(\"policy.json\"), file(\"./policy.json\")]", |value, sources| {
        value.unwrap();
        sources.files().filter(|(_, file)| &**file.path() == "root/policy.json").count()
    });
    assert_eq!(files, 1);
}

/// What is known of the value: text with `?` for what is unknown, elements that are certain.
fn known(expression: &str) -> String {
    fn show(value: &Value) -> String {
        match &value.data {
            Data::String(rope) => rope.pieces().iter().map(show_piece).collect(),
            Data::Unknown(_) => {
                let certain: Vec<String> = value.elements().certain.iter().map(show).collect();
                if certain.is_empty() {
                    "?".to_owned()
                } else {
                    format!("?[{}]", certain.join(", "))
                }
            }
            Data::List(_, items) | Data::Tuple(items) | Data::Set(_, items) => {
                format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
            }
            Data::Bool(value) => value.to_string(),
            other => format!("{other:?}"),
        }
    }
    fn show_piece(piece: &Piece) -> String {
        match piece {
            Piece::Literal(literal) => literal.text.to_string(),
            Piece::Value(value) => show(value),
            Piece::Json(value) => format!("json({})", show(value)),
        }
    }
    eval(expression, |value, _| show(&value.unwrap()))
}

#[test]
fn an_unknown_hides_nothing_beside_it() {
    for (expression, expected) in [
        ("join(\"-\", [\"a\", var.unknown])", "a-?"),
        ("format(\"arn:%s:%d\", var.unknown, 5)", "arn:?:5"),
        ("formatlist(\"%s-%s\", [\"a\", var.unknown], \"*\")", "[a-*, ?-*]"),
        ("replace(\"a-X-*\", \"X\", var.unknown)", "a-?-*"),
        ("lower(\"ARN:${var.unknown}:*\")", "arn:?:*"),
        ("jsonencode([\"*\", var.unknown])", "json([*, ?])"),
        ("concat([\"*\"], var.others)", "?[*]"),
        ("flatten([[\"*\"], var.others, [[\"b\"]]])", "?[*, b]"),
        ("distinct(concat([\"*\"], var.others))", "?[*]"),
        ("compact([\"*\", \"\", var.unknown, \"a-${var.unknown}\"])", "?[*, a-?]"),
        ("setunion([\"*\"], var.others)", "?[*]"),
        ("reverse(concat([\"*\"], var.others))", "?[*]"),
        ("tolist(toset([\"*\", var.unknown]))", "?[*, ?]"),
        ("contains(concat([\"*\"], var.others), \"*\")", "true"),
        ("contains([\"a-${var.unknown}\"], \"*\")", "false"),
        ("contains(var.others, \"*\")", "?"),
        ("merge(var.overrides, {a = \"*\"}).a", "*"),
        ("merge({a = \"*\"}, var.overrides).a", "?"),
        ("lookup(merge(var.overrides, {a = \"*\"}), \"a\", \"x\")", "*"),
        ("startswith(\"arn:${var.unknown}\", \"*\")", "false"),
        ("coalesce(var.unknown, \"*\")", "?"),
        ("coalesce(\"a-${var.unknown}\", \"*\")", "a-?"),
    ] {
        assert_eq!(known(expression), expected, "{expression}");
    }
}

#[test]
fn secrets_stay_marked() {
    let marked =
        |expression: &str| eval(expression, |value, _| value.unwrap().all_marks().sensitive);
    for expression in [
        "upper(var.secret)",
        "join(\"-\", [\"a\", var.secret])",
        "concat([var.secret], [\"a\"])",
        "distinct(concat([var.secret], var.others))",
        "jsonencode({a = var.secret})",
        "toset([var.secret])",
        "length(var.secret)",
        "lookup({a = 1}, var.secret, 2)",
        "try(file(var.secret), sensitive(1))",
    ] {
        assert!(marked(expression), "{expression}");
    }
    for expression in [
        "length([var.secret])",
        "keys({a = var.secret})",
        "element([var.secret, \"a\"], 1)",
        "merge({a = var.secret}, {b = 1}).b",
        "nonsensitive(var.secret)",
        "issensitive(var.secret)",
    ] {
        assert!(!marked(expression), "{expression}");
    }
}

#[test]
fn messages_name_the_argument_and_the_reason() {
    for (expression, expected) in [
        ("upper([])", "`upper`: string required, but this is tuple [[]]"),
        ("upper(null)", "`upper`: it must not be null [null]"),
        ("upper()", "`upper`: it takes 1 arguments; `str` is missing [upper()]"),
        ("upper(\"a\", \"b\")", "`upper`: it takes only 1 arguments [\"b\"]"),
        ("lookup({}, \"a\")", "`lookup`: there is no key `a` [\"a\"]"),
        ("element([], 0)", "`element`: it must not be empty [[]]"),
        ("merge({}, [1])", "`merge`: a map or an object is required, but this is tuple [[1]]"),
        ("format(\"%d\", \"x\")", "`format`: `%d` can't format it: a number is required [\"x\"]"),
        ("format(\"%s\", \"a\", \"b\")", "`format`: the format does not use it [\"b\"]"),
        ("format(\"%y\", 1)", "`format`: `%y` is not a verb [\"%y\"]"),
        ("regex(\"(\", \"a\")", "`regex`: it is not a regular expression [\"(\"]"),
        ("jsondecode(\"{\")", "`jsondecode`: it is not JSON: unclosed `{` [\"{\"]"),
        (
            "cidrhost(\"10.0.0/8\", 1)",
            "`cidrhost`: `10.0.0/8` is not a network such as `10.0.0.0/16` [\"10.0.0/8\"]",
        ),
        ("file(\"none\")", "`file`: can't read `none`: no such file or directory [\"none\"]"),
        ("list(1)", "`list`: it is no longer there; write `tolist([…])` [list(1)]"),
        ("nonsense()", "there is no function `nonsense` [nonsense()]"),
    ] {
        assert_eq!(message(expression), expected);
    }
}

#[test]
fn hostile_calls_are_bounded() {
    for (expression, expected) in [
        ("range(100000)", "more than 1024 numbers"),
        ("setproduct(range(300), range(300))", "more than 65536 combinations"),
        ("format(\"%99999d\", 1)", "more than 4096"),
        ("indent(99999, \"a\")", "between 0 and 1024"),
        (
            "split(\"\", join(\"\", [for i in range(700): format(\"%100d\", i)]))",
            "more than 65536 parts",
        ),
        (
            "replace(format(\"%4096s\", \"\"), \"/ /\", format(\"%4096s\", \"\"))",
            "larger than 16777216 bytes",
        ),
        ("regex(\"((a{1000}){1000}){1000}\", \"a\")", "too large"),
        (
            "parseint(join(\"\", [for i in range(101): format(\"%0100d\", 1)]), 10)",
            "not a whole number",
        ),
    ] {
        let told = message(expression);
        assert!(told.contains(expected), "{expression}: {told}");
    }
}

/// Takes very long where the work grows with the square of the length.
#[test]
fn long_texts_and_lists_are_no_problem() {
    let list = "flatten([for i in range(10): [for j in range(1000): \"${i}-${j}\"]])";
    let text = format!("join(\",\", {list})");
    for expression in [
        format!("length(split(\",\", {text})) == 10000"),
        format!("length(regexall(\"[0-9]+-[0-9]+\", {text})) == 10000"),
        format!("replace({text}, \",\", \", \") != \"\""),
        format!("length(jsondecode(jsonencode({list}))) == 10000"),
        format!("length(jsondecode(\"[\\\"${{join(\"\\\",\\\"\", {list})}}\\\"]\")) == 10000"),
        format!("length(csvdecode(\"a\\n${{join(\"\\n\", {list})}}\")) == 10000"),
        format!("length(distinct({list})) == 10000"),
        format!("length(setsubtract({list}, {list})) == 0"),
        format!("length(zipmap({list}, {list})) == 10000"),
        format!("yamlencode({text}) != \"\""),
        format!("length(yamldecode(yamlencode({list}))) == 10000"),
    ] {
        assert_eq!(known(&expression), "true", "{expression}");
    }
}

#[test]
fn files_are_read_below_the_root_only() {
    let reason = |expression: &str| {
        eval(expression, |value, _| value.unwrap().why().map(|why| why.reason.to_string()))
    };
    assert_eq!(known("fileexists(\"policies/a.json\")"), "true");
    assert_eq!(known("fileexists(\"policies/none.json\")"), "false");
    assert_eq!(known("fileset(\"policies\", \"*.json\")"), "[a.json, b.json]");
    assert_eq!(
        known("fileset(\".\", \"policies/**/*.json\")"),
        "[policies/a.json, policies/b.json, policies/deep/c.json]"
    );
    assert_eq!(known("fileset(\"policies/deep\", \"../*.json\")"), "[../a.json, ../b.json]");
    assert_eq!(known("fileset(\"none\", \"*\")"), "[]");
    assert_eq!(known("filemd5(\"policies/a.json\")"), "99914b932bd37a50b983c5e7c90ae93b");
    assert!(message("fileexists(\"policies\")").contains("is a directory"));
    assert!(message("file(\".\")").contains("is a directory"));
    assert_eq!(
        reason("file(\"~/policy.json\")").unwrap(),
        "`~/policy.json` is not read: it lies in a home directory"
    );
    assert_eq!(
        reason("abspath(\"policy.json\")").unwrap(),
        "the working directory is not looked at"
    );
}

#[test]
fn what_changes_from_run_to_run_is_unknown() {
    for expression in ["timestamp()", "plantimestamp()", "uuid()", "bcrypt(\"a\")"] {
        assert_eq!(known(expression), "?", "{expression}");
        assert_eq!(known(&format!("{expression} == null")), "false", "{expression}");
    }
}

/// Terraform 1.11.4, `terraform metadata functions -json`; the two at the end always fail.
const NAMES: &str = "abs abspath alltrue anytrue base64decode base64encode base64gzip base64sha256 base64sha512 \
    basename bcrypt can ceil chomp chunklist cidrhost cidrnetmask cidrsubnet cidrsubnets coalesce coalescelist \
    compact concat contains csvdecode dirname distinct element endswith ephemeralasnull file filebase64 \
    filebase64sha256 filebase64sha512 fileexists filemd5 fileset filesha1 filesha256 filesha512 flatten floor format \
    formatdate formatlist indent index issensitive join jsondecode jsonencode keys length log lookup lower matchkeys \
    max md5 merge min nonsensitive one parseint pathexpand plantimestamp pow range regex regexall replace reverse \
    rsadecrypt sensitive setintersection setproduct setsubtract setunion sha1 sha256 sha512 signum slice sort split \
    startswith strcontains strrev substr sum templatefile templatestring textdecodebase64 textencodebase64 timeadd \
    timecmp timestamp title tobool tolist tomap tonumber toset tostring transpose trim trimprefix trimspace \
    trimsuffix try upper urlencode uuid uuidv5 values yamldecode yamlencode zipmap list map";

#[test]
fn every_function_of_terraform_is_there() {
    let missing: Vec<&str> = NAMES
        .split_whitespace()
        .filter(|name| {
            [format!("{name}()"), format!("core::{name}()")].iter().any(|call| {
                eval(call, |value, _| {
                    value.is_err_and(|error| error.message.starts_with("there is no function"))
                })
            })
        })
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
    assert_eq!(NAMES.split_whitespace().count(), 120);
}
