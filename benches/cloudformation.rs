//! Templates read into the model, against the bare events of `granit-parser` over the same texts, in the same run.
//!
//! `cargo bench --bench cloudformation` makes 1,000 templates (three YAML to one JSON), all with ECR and one in
//! twenty with ECR. `cargo bench --bench cloudformation -- DIR…` takes the `.yaml` and `.json` files below
//! directories. Ratios are medians of paired rounds: below 1 is faster than the events alone.
//!
//! Where `cfn-guard` (crates.io) is installed, or the variable `CFN_GUARD` names it, the whole program is then timed
//! against it over the same files, in the same rounds, each with two rules of the same meaning:
//! `benches/cloudformation.guard`. Once with what both print by themselves, once with JSON.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads files and stops where something is wrong"
)]

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ecrlint::cloudformation::{Options, may_matter, read_if_template};
use ecrlint::source::Sources;
use granit_parser::Parser;

const ROUNDS: usize = 9;
/// Rounds against cfn-guard, which takes seconds.
const GUARD_ROUNDS: usize = 5;
const TEMPLATES: usize = 1000;

fn main() {
    // `cargo test --benches` asks for nothing to be measured.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let named: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    for directory in &named {
        let mut texts = Vec::new();
        collect(Path::new(directory), &mut texts);
        measure(directory, &texts);
        compare_with_guard(Path::new(directory));
    }
    if named.is_empty() {
        for (name, ecr_every) in [("ECR in every template", 1), ("ECR in one of twenty", 20)] {
            let texts = generate(ecr_every);
            measure(name, &texts);
            let directory =
                std::env::temp_dir().join(format!("ecrlint-bench-{}", std::process::id()));
            write(&directory, &texts);
            compare_with_guard(&directory);
            fs::remove_dir_all(directory).unwrap();
        }
    }
}

/// Times this program and cfn-guard over the templates of a directory.
fn compare_with_guard(directory: &Path) {
    let guard = std::env::var_os("CFN_GUARD").unwrap_or_else(|| "cfn-guard".into());
    if Command::new(&guard).arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("  cfn-guard is not installed (`cargo install cfn-guard`): not compared");
        return;
    }
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/cloudformation.guard");
    let outputs: [(&str, &[&str], &[&str]); 2] = [
        ("for people", &[], &[]),
        (
            "JSON",
            &["--format", "json"],
            &["--structured", "--show-summary", "none", "--output-format", "json"],
        ),
    ];
    for (output, our_options, their_options) in outputs {
        let mut ours = Command::new(env!("CARGO_BIN_EXE_ecrlint"));
        ours.arg("check").arg(directory);
        ours.args(["--select", "mutable-tags,wildcard-principal"]).args(our_options);
        let mut theirs = Command::new(&guard);
        theirs.arg("validate").args(their_options);
        theirs.arg("--rules").arg(&rules).arg("--data").arg(directory);
        let (mut times, mut guard_times) = (Vec::new(), Vec::new());
        for _ in 0..GUARD_ROUNDS {
            // Both say by their status that there are findings.
            times.push(timed(|| bytes_printed(&mut ours, 1)));
            guard_times.push(timed(|| bytes_printed(&mut theirs, 19)));
        }
        let ratio = guard_times
            .iter()
            .zip(&times)
            .map(|(theirs, ours)| theirs.as_secs_f64() / ours.as_secs_f64());
        println!(
            "  output {output}: ecrlint {:.0} ms, cfn-guard {:.0} ms: {:.1} times faster",
            median(times.iter().map(Duration::as_secs_f64)) * 1e3,
            median(guard_times.iter().map(Duration::as_secs_f64)) * 1e3,
            median(ratio),
        );
    }
}

fn bytes_printed(command: &mut Command, status: i32) -> usize {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(status), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout.len()
}

/// Writes the texts as the files of a new directory.
fn write(directory: &Path, texts: &[String]) {
    fs::create_dir_all(directory).unwrap();
    for (index, text) in texts.iter().enumerate() {
        let extension = if text.starts_with('{') { "json" } else { "yaml" };
        fs::write(directory.join(format!("template-{index}.{extension}")), text).unwrap();
    }
}

fn measure(name: &str, texts: &[String]) {
    let bytes: usize = texts.iter().map(String::len).sum();
    let (mut events, mut reading) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        events.push(timed(|| texts.iter().map(|text| count_events(text)).sum()));
        reading.push(timed(|| texts.iter().map(|text| count_resources(text)).sum()));
    }
    let ratio =
        events.iter().zip(&reading).map(|(events, ours)| ours.as_secs_f64() / events.as_secs_f64());
    let found: usize = texts.iter().map(|text| count_resources(text)).sum();
    println!(
        "{name}: {} templates, {:.1} MB, {found} resources; events {:.1} ms, read {:.1} ms, ratio {:.2}",
        texts.len(),
        bytes as f64 / 1e6,
        median(events.iter().map(Duration::as_secs_f64)) * 1e3,
        median(reading.iter().map(Duration::as_secs_f64)) * 1e3,
        median(ratio),
    );
}

fn count_events(text: &str) -> usize {
    Parser::new_from_str(text).filter(|event| event.is_ok()).count()
}

fn count_resources(text: &str) -> usize {
    if !may_matter(text.as_bytes(), false) {
        return 0;
    }
    let sources = Sources::new();
    let file = sources.add("template", text.as_bytes());
    let unit = read_if_template(&sources, file, &Options::default()).unwrap();
    unit.model.repositories.len() + unit.model.attachments.len()
}

fn timed(work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap()
}

/// Templates of 20 resources; in one of `ecr_every` half of them are repositories.
fn generate(ecr_every: usize) -> Vec<String> {
    (0..TEMPLATES)
        .map(|seed| {
            let ecr = seed.is_multiple_of(ecr_every);
            if seed % 4 == 3 { json(seed, ecr) } else { yaml(seed, ecr) }
        })
        .collect()
}

fn yaml(seed: usize, ecr: bool) -> String {
    let mut text = format!(
        "AWSTemplateFormatVersion: \"2010-09-09\"\nDescription: Service {seed}\n\nParameters:\n  Stage:\n    Type: String\n    Default: dev\n  Mode:\n    Type: String\n    Default: MUTABLE\n\nConditions:\n  IsProd: !Equals [!Ref Stage, prod]\n\nResources:\n"
    );
    for index in 0..20 {
        if ecr && index % 2 == 0 {
            let mode = match (seed + index) % 3 {
                0 => "IMMUTABLE",
                1 => "!Ref Mode",
                _ => "!If [IsProd, IMMUTABLE, MUTABLE]",
            };
            write!(
                text,
                "  Repository{index}:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: !Sub \"${{AWS::StackName}}-{index}\"\n      ImageTagMutability: {mode}\n      RepositoryPolicyText:\n        Version: \"2012-10-17\"\n        Statement:\n          - Sid: Pull\n            Effect: Allow\n            Principal:\n              AWS: !Sub arn:${{AWS::Partition}}:iam::12345678901{}:root\n            Action:\n              - ecr:BatchGetImage\n              - ecr:GetDownloadUrlForLayer\n",
                index % 10
            )
            .unwrap();
        } else {
            write!(
                text,
                "  # Queue {index} of service {seed}\n  Queue{index}:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Sub \"${{AWS::StackName}}-queue-{index}\"\n      VisibilityTimeout: {}\n      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt Dead{index}.Arn\n        maxReceiveCount: 5\n      Tags:\n        - Key: Service\n          Value: 'service-{seed}'\n        - Key: Stage\n          Value: !Ref Stage\n",
                30 + index
            )
            .unwrap();
        }
    }
    text
}

fn json(seed: usize, ecr: bool) -> String {
    let resource = |index: usize| {
        let value = if ecr && index.is_multiple_of(2) {
            serde_json::json!({"Type": "AWS::ECR::Repository", "Properties": {
                "RepositoryName": {"Fn::Sub": format!("${{AWS::StackName}}-{index}")},
                "ImageTagMutability": {"Ref": "Mode"},
                "RepositoryPolicyText": {"Version": "2012-10-17", "Statement": [{
                    "Sid": "Pull", "Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    "Principal": {"AWS": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::111122223333:root"]]}}
                }]}
            }})
        } else {
            serde_json::json!({"Type": "AWS::SQS::Queue", "Properties": {
                "QueueName": {"Fn::Sub": format!("${{AWS::StackName}}-queue-{index}")}, "VisibilityTimeout": 30 + index,
                "Tags": [{"Key": "Service", "Value": format!("service-{seed}")}, {"Key": "Stage", "Value": {"Ref": "Stage"}}]
            }})
        };
        (format!("Resource{index}"), value)
    };
    let resources: serde_json::Map<String, serde_json::Value> = (0..20).map(resource).collect();
    let parameters = serde_json::json!({
        "Stage": {"Type": "String", "Default": "dev"}, "Mode": {"Type": "String", "Default": "MUTABLE"}
    });
    let template = serde_json::json!({"AWSTemplateFormatVersion": "2010-09-09", "Parameters": parameters, "Resources": resources});
    serde_json::to_string_pretty(&template).unwrap()
}

/// The texts of the templates below a directory.
fn collect(directory: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            collect(&path, texts);
        } else if matches!(extension, Some("yaml" | "yml" | "json")) {
            texts.push(fs::read_to_string(&path).unwrap());
        }
    }
}
