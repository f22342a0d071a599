//! Policy documents read with spans and judged, against `serde_json` reading the same texts into a `Value`, in the
//! same run and on one core: `cargo bench --bench policy`.
//!
//! Ratios are medians of paired rounds: below 1 is faster than `serde_json` alone. Growth says how many times longer
//! it takes to judge ten times as many statements, conditions or values: 10 is linear.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads the clock and stops where something is wrong"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ecrlint::document::in_string;
use ecrlint::model::Document;
use ecrlint::origin::Origin;
use ecrlint::policy::node::Node;
use ecrlint::policy::{Context, PolicyKind, analyze};
use ecrlint::source::{FileId, Sources, Span};
use ecrlint::syntax::tree::Text;
use serde_json::Value;

const ROUNDS: usize = 15;
const DOCUMENTS: usize = 1000;
const STATEMENTS: usize = 20;
/// The floor of the growth measurements.
const SMALL: usize = 1000;
const GROWTH: usize = 10;

fn main() {
    // `cargo test --benches` asks for nothing to be measured.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let file = Sources::new().add("policy.json", *b"{}");
    let texts: Vec<String> = (0..DOCUMENTS).map(|seed| document(seed, STATEMENTS)).collect();
    compare(&texts, file);
    grow("statements", file, |count| document(0, count));
    grow("conditions", file, |count| {
        one_statement(&format!(
            r#"{{"StringLike":{{{}}}}}"#,
            list(count, |n| format!(r#""aws:PrincipalTag/t{n}":"x""#))
        ))
    });
    grow("values", file, |count| {
        one_statement(&format!(
            r#"{{"StringEquals":{{"aws:PrincipalOrgID":[{}]}}}}"#,
            list(count, |n| format!(r#""o-{n:010}""#))
        ))
    });
}

fn compare(texts: &[String], file: FileId) {
    let (mut serde, mut ours, mut reading) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        serde.push(timed(|| {
            texts
                .iter()
                .for_each(|text| drop(black_box(serde_json::from_str::<Value>(text).unwrap())))
        }));
        reading.push(timed(|| texts.iter().for_each(|text| drop(black_box(read(text, file))))));
        ours.push(timed(|| texts.iter().for_each(|text| judge(&read(text, file)))));
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    println!(
        "{DOCUMENTS} documents of {STATEMENTS} statements, {:.1} MB: serde_json {:.1} ms, ratio of reading {:.2}, of reading and judging {:.2}",
        bytes as f64 / 1e6,
        median(serde.iter().map(Duration::as_secs_f64)) * 1e3,
        ratio(&reading, &serde),
        ratio(&ours, &serde),
    );
}

fn grow(name: &str, file: FileId, text: impl Fn(usize) -> String) {
    let small: Vec<Node> = (0..GROWTH).map(|_| read(&text(SMALL), file)).collect();
    let large = read(&text(SMALL * GROWTH), file);
    let (mut of_small, mut of_large) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // Both take about as long and look at as many bytes, so that other load and the caches hit both alike.
        of_small.push(timed(|| small.iter().for_each(judge)));
        of_large.push(timed(|| judge(&large)));
    }
    let growth = GROWTH as f64;
    println!(
        "{SMALL} {name} in {:.2} ms; ten times as many take {:.1} times as long",
        median(of_small.iter().map(Duration::as_secs_f64)) * 1e3 / growth,
        ratio(&of_large, &of_small) * growth,
    );
}

fn read(text: &str, file: FileId) -> Node {
    let text = Text { value: text.into(), start: 0, detail: None };
    match in_string(&text, file, &Origin::at(Span::new(file, 0, 0))) {
        Document::Json(node) => *node,
        Document::NotJson(_) | Document::Managed(_) => unreachable!("the text is JSON"),
    }
}

fn judge(document: &Node) {
    black_box(analyze(document, PolicyKind::Repository, &Context::default()));
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn ratio(these: &[Duration], those: &[Duration]) -> f64 {
    median(these.iter().zip(those).map(|(this, that)| this.as_secs_f64() / that.as_secs_f64()))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap()
}

fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

fn one_statement(condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage","Condition":{condition}}}]}}"#
    )
}

/// A document as teams write them: accounts and roles that pull, a role that pushes, a service, and now and then
/// everyone of an organization, everyone, and a Deny.
fn document(seed: usize, statements: usize) -> String {
    let statement = |n: usize| {
        let (pull, push) = (
            r#"["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]"#,
            r#"["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"]"#,
        );
        let account = 100_000_000_000 + (seed * 31 + n) % 1_000;
        let (effect, principal, action, condition) = match (seed + n) % 10 {
            0..=3 => ("Allow", format!(r#"{{"AWS": "arn:aws:iam::{account}:root"}}"#), pull, String::new()),
            4 | 5 => ("Allow", format!(r#"{{"AWS": ["arn:aws:iam::{account}:role/ci", "{account}"]}}"#), push, String::new()),
            6 => (
                "Allow",
                r#"{"Service": "codebuild.amazonaws.com"}"#.to_owned(),
                pull,
                format!(r#"{{"StringEquals": {{"aws:SourceAccount": "{account}"}}}}"#),
            ),
            7 => (
                "Allow",
                r#""*""#.to_owned(),
                pull,
                r#"{"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5", "o-f6g7h8i9j0"]}, "Bool": {"aws:SecureTransport": "true"}}"#.to_owned(),
            ),
            8 if n % 40 == 8 => ("Allow", r#"{"AWS": "*"}"#.to_owned(), r#""ecr:Batch*""#, String::new()),
            _ => (
                "Deny",
                r#""*""#.to_owned(),
                r#""ecr:*""#,
                r#"{"Bool": {"aws:SecureTransport": "false"}}"#.to_owned(),
            ),
        };
        let condition = if condition.is_empty() {
            condition
        } else {
            format!(",\n      \"Condition\": {condition}")
        };
        format!(
            "    {{\n      \"Sid\": \"Statement{n}\",\n      \"Effect\": \"{effect}\",\n      \"Principal\": {principal},\n      \"Action\": {action}{condition}\n    }}"
        )
    };
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}",
        list(statements, statement)
    )
}
