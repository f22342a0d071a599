//! The plan reader against a program that reads the file and passes over its JSON with `serde_json`, in the same run.
//!
//! `cargo bench --bench plan` makes plans of 10 and 100 MB, in three spellings. `cargo bench --bench plan -- 500` makes
//! them in other sizes, and `-- PLAN…` takes plans from files. Ratios are medians of paired rounds: below 1 is faster
//! than the other program.
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads files and stops where something is wrong"
)]

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufWriter, Read};
use std::iter;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ecrlint::plan::{Options, read};
use ecrlint::source::Sources;
use serde::de::IgnoredAny;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

const ROUNDS: usize = 9;

/// Makes this process be `ecrlint` with the arguments behind it, and tell the most memory that it needed.
const PEAK: &str = "--peak";

/// Makes this process be the other program, which only passes over one plan.
const IGNORE: &str = "--ignore";

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [option, arguments @ ..] = arguments.as_slice()
        && option == PEAK
    {
        let name = OsString::from("ecrlint");
        ecrlint::cli::main(iter::once(name).chain(arguments.iter().map(OsString::from)));
        eprintln!("{}", peak_memory().unwrap_or_default());
        return;
    }
    if let [option, plan] = arguments.as_slice()
        && option == IGNORE
    {
        ignore(Path::new(plan));
        return;
    }
    arguments.retain(|argument| !argument.starts_with("--"));
    if arguments.is_empty() {
        arguments = vec!["10".to_owned(), "100".to_owned()];
    }
    for argument in arguments {
        match argument.parse() {
            Ok(megabytes) => generate(megabytes).iter().for_each(|plan| measure(plan)),
            Err(_) => measure(Path::new(&argument)),
        }
    }
}

fn measure(path: &Path) {
    let size = fs::metadata(path).unwrap().len();
    let found = ours(File::open(path).unwrap());
    println!("{} ({} MB, {found} resources)", path.display(), size / 1_000_000);
    println!("  peak memory of `ecrlint check PLAN`: {}", peak(&[path.as_os_str()], Stdio::null()));
    let mut cat = Command::new("cat").arg(path).stdout(Stdio::piped()).spawn().unwrap();
    let input = Stdio::from(cat.stdout.take().unwrap());
    println!("  peak memory of `ecrlint check -`:    {}", peak(&["-".as_ref()], input));
    cat.wait().unwrap();
    let (mut theirs, mut file, mut pipe, mut plain) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut check, mut other_program) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(time(|| read_only(File::open(path).unwrap())));
        theirs.push(time(|| ignore(path)));
        file.push(time(|| ours(File::open(path).unwrap())));
        pipe.push(time(|| ours(piped(path))));
        check.push(time(|| program(env!("CARGO_BIN_EXE_ecrlint").as_ref(), "check", path)));
        other_program.push(time(|| program(&std::env::current_exe().unwrap(), IGNORE, path)));
    }
    report("read, nothing else", size, &plain, &theirs);
    report("read whole and serde_json's IgnoredAny", size, &theirs, &theirs);
    report("ecrlint, from a file", size, &file, &theirs);
    report("ecrlint, from a pipe", size, &pipe, &theirs);
    report("a program that only does that", size, &other_program, &other_program);
    report("`ecrlint check`, the whole program", size, &check, &other_program);
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

/// The most memory that a process needs that checks an input, from its start to the end of the report.
fn peak(paths: &[&OsStr], input: Stdio) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([PEAK, "check", "--quiet", "--format", "json"]).args(paths);
    let outcome = command.stdin(input).stdout(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&outcome.stderr).trim().to_owned()
}

/// Runs a program from its start to its end.
fn program(program: &Path, argument: &str, path: &Path) -> bool {
    let mut command = Command::new(program);
    command.arg(argument).arg(path).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().success()
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

/// One plan of about this size as terraform writes it, as `jq .` and as `jq -S .` write it.
fn generate(megabytes: usize) -> Vec<PathBuf> {
    let resources = megabytes * 600;
    let [plain, sorted] = [false, true].map(|sorted| Part::Plan { resources, sorted });
    let path = |name: &str| {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("plan-{megabytes}{name}.json"))
    };
    let paths = vec![path(""), path("-pretty"), path("-sorted")];
    let mut files =
        paths.iter().map(|path| BufWriter::new(File::create(path).unwrap())).collect::<Vec<_>>();
    serde_json::to_writer(&mut files[0], &plain).unwrap();
    serde_json::to_writer_pretty(&mut files[1], &plain).unwrap();
    serde_json::to_writer_pretty(&mut files[2], &sorted).unwrap();
    paths
}

/// A part of a plan, written piece by piece: a large plan does not fit into memory.
enum Part {
    /// A plan with so many resources, one in fifty of ECR; with the keys of its objects in order?
    Plan { resources: usize, sorted: bool },
    /// Something small.
    Value(Value),
    /// An object with one key.
    Under(&'static str, Box<Part>),
    /// A part for each resource.
    Each { resources: usize, sorted: bool, part: fn(usize) -> Value },
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plan { resources, sorted } => serializer.collect_map(plan(*resources, *sorted)),
            Self::Value(value) => value.serialize(serializer),
            Self::Under(key, part) => serializer.collect_map([(key, part)]),
            Self::Each { resources, sorted, part } => {
                serializer.collect_seq((0..*resources).map(|index| {
                    let value = part(index);
                    if *sorted { sort(&value) } else { value }
                }))
            }
        }
    }
}

/// Ten resources are instances of one block.
fn plan(resources: usize, sorted: bool) -> Vec<(&'static str, Part)> {
    let each = |resources, part| Part::Each { resources, sorted, part };
    let module = |resources, part| {
        Part::Under(
            "root_module",
            Box::new(Part::Under("resources", Box::new(each(resources, part)))),
        )
    };
    let mut sections = vec![
        ("format_version", Part::Value(json!("1.2"))),
        ("terraform_version", Part::Value(json!("1.11.4"))),
        ("planned_values", module(resources, planned)),
        ("resource_changes", each(resources, entry)),
        ("prior_state", Part::Under("values", Box::new(module(resources, planned)))),
        ("configuration", module(resources / 10, block)),
        ("applyable", Part::Value(json!(true))),
        ("complete", Part::Value(json!(true))),
        ("errored", Part::Value(json!(false))),
    ];
    if sorted {
        sections.sort_by_key(|(key, _)| *key);
    }
    sections
}

fn planned(index: usize) -> Value {
    let entry = entry(index);
    json!({"address": entry["address"], "type": entry["type"], "values": entry["change"]["after"]})
}

fn entry(index: usize) -> Value {
    let statement = json!({"Statement": [{"Action": "ecr:BatchGetImage", "Effect": "Allow", "Principal": "*"}], "Version": "2012-10-17"});
    let trust = json!({"Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}], "Version": "2012-10-17"});
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
            json!({"name": format!("role-{index}"), "assume_role_policy": trust.to_string(), "inline_policy": [], "tags": tags, "tags_all": tags}),
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

fn block(index: usize) -> Value {
    let entry = entry(index);
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
