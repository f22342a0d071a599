//! The plan reader against a program that reads the file and passes over its JSON with `serde_json`, in the same run.
//!
//! `cargo bench --bench plan` makes a plan of its own, in three spellings. `cargo bench --bench plan -- PLAN…` takes
//! plans from files. Ratios are medians of paired rounds: below 1 is faster than the other program.
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads files and stops where something is wrong"
)]

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ecrlint::plan::{Options, read};
use ecrlint::source::Sources;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

const ROUNDS: usize = 9;

fn main() {
    let named: Vec<PathBuf> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .map(PathBuf::from)
        .collect();
    let plans =
        if named.is_empty() { generate(Path::new(env!("CARGO_TARGET_TMPDIR"))) } else { named };
    for plan in plans {
        measure(&plan);
    }
}

fn measure(path: &Path) {
    let size = fs::metadata(path).unwrap().len();
    let found = ours(File::open(path).unwrap());
    println!("{} ({} MB, {found} resources)", path.display(), size / 1_000_000);
    if let Some(peak) = peak_memory() {
        println!("  peak memory of the process so far: {peak}");
    }
    let (mut theirs, mut file, mut pipe, mut plain) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(time(|| read_only(File::open(path).unwrap())));
        theirs.push(time(|| ignore(path)));
        file.push(time(|| ours(File::open(path).unwrap())));
        pipe.push(time(|| ours(piped(path))));
    }
    report("read, nothing else", size, &plain, &theirs);
    report("read and serde_json's IgnoredAny", size, &theirs, &theirs);
    report("ecrlint, from a file", size, &file, &theirs);
    report("ecrlint, from a pipe", size, &pipe, &theirs);
}

fn ours(input: impl Read) -> usize {
    let unit = read(input, "plan.json", &Sources::new(), &Options::default()).unwrap().into_unit();
    unit.model.repositories.len() + unit.model.attachments.len()
}

fn ignore(path: &Path) -> usize {
    let bytes = fs::read(path).unwrap();
    serde_json::from_slice::<IgnoredAny>(&bytes).unwrap();
    bytes.len()
}

fn read_only(mut input: impl Read) -> usize {
    let mut buffer = vec![0; 1 << 20];
    let mut total = 0;
    loop {
        match input.read(&mut buffer).unwrap() {
            0 => return total,
            count => total += count,
        }
    }
}

/// The file's bytes through a pipe, as `cat` would write them.
fn piped(path: &Path) -> impl Read {
    let mut file = File::open(path).unwrap();
    let (reader, mut writer) = io::pipe().unwrap();
    std::thread::spawn(move || io::copy(&mut file, &mut writer));
    reader
}

fn time<T>(run: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(run());
    start.elapsed()
}

fn report(what: &str, size: u64, times: &[Duration], others: &[Duration]) {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let seconds = median(times.iter().map(Duration::as_secs_f64).collect());
    let ratio = median(
        times
            .iter()
            .zip(others)
            .map(|(time, other)| time.as_secs_f64() / other.as_secs_f64())
            .collect(),
    );
    println!("  {what:<34} {:>6.0} MB/s  {ratio:.2}x", size as f64 / seconds / 1e6);
}

/// The most memory that the process has used, where the system tells.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(peak.trim().to_owned())
}

/// One plan as terraform writes it, as `jq .` and as `jq -S .` write it.
fn generate(directory: &Path) -> Vec<PathBuf> {
    let plan = plan(12_000);
    let sorted: Value = sort(&plan);
    [
        ("plan.json", serde_json::to_vec(&plan)),
        ("plan-pretty.json", serde_json::to_vec_pretty(&plan)),
        ("plan-sorted.json", serde_json::to_vec_pretty(&sorted)),
    ]
    .into_iter()
    .map(|(name, bytes)| {
        let path = directory.join(name);
        fs::write(&path, bytes.unwrap()).unwrap();
        path
    })
    .collect()
}

/// A plan with this many resources, one in fifty of ECR.
fn plan(resources: usize) -> Value {
    let entries: Vec<Value> = (0..resources).map(entry).collect();
    let blocks: Vec<Value> = entries.iter().map(block).collect();
    let planned: Vec<Value> = entries
        .iter()
        .map(|entry| json!({"address": entry["address"], "values": entry["change"]["after"]}))
        .collect();
    json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": entries,
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"resources": planned}}},
        "configuration": {"root_module": {"resources": blocks}},
        "applyable": true,
        "complete": true,
        "errored": false,
    })
}

fn entry(index: usize) -> Value {
    let statement = json!({"Statement": [{"Action": "ecr:BatchGetImage", "Effect": "Allow", "Principal": "*"}], "Version": "2012-10-17"});
    let tags = json!({"Environment": "prod", "Team": format!("team-{index}"), "Service": "größe"});
    let (type_name, after) = match index % 50 {
        0 => (
            "aws_ecr_repository",
            json!({"name": format!("app-{index}"), "image_tag_mutability": "MUTABLE", "tags": tags}),
        ),
        25 => (
            "aws_ecr_repository_policy",
            json!({"repository": format!("app-{}", index - 25), "policy": statement.to_string()}),
        ),
        _ if index.is_multiple_of(3) => (
            "aws_iam_role",
            json!({"name": format!("role-{index}"), "assume_role_policy": statement.to_string(), "tags": tags, "tags_all": tags}),
        ),
        _ => (
            "aws_cloudwatch_metric_alarm",
            json!({"alarm_name": format!("alarm-{index}"), "dimensions": {"QueueName": "q"}, "alarm_description": "x > y", "tags": tags, "tags_all": tags}),
        ),
    };
    json!({
        "address": format!("module.m{}.{type_name}.r[\"{index}\"]", index % 100),
        "mode": "managed",
        "type": type_name,
        "name": "r",
        "index": index.to_string(),
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": ["update"],
            "before": after,
            "after": after,
            "after_unknown": {"tags": {}, "tags_all": {}},
            "before_sensitive": {"tags": {}, "tags_all": {}},
            "after_sensitive": {"tags": {}, "tags_all": {}},
        },
    })
}

fn block(entry: &Value) -> Value {
    json!({
        "address": format!("{}.r", entry["type"].as_str().unwrap()),
        "mode": "managed",
        "type": entry["type"],
        "name": "r",
        "provider_config_key": "aws",
        "expressions": {"name": {"references": ["each.key"]}, "tags": {"references": ["local.tags"]}},
        "schema_version": 0,
    })
}

/// The same value with the keys of its objects in order.
fn sort(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sort).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(key, value)| (key.clone(), sort(value))).collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            members.into_iter().collect()
        }
        other => other.clone(),
    }
}
