//! The HCL lexer and parser against hcl-edit, over the same bytes in the same run.
//!
//! `cargo bench --bench parse` makes its own files. `cargo bench --bench parse -- DIRECTORY…` takes the `.tf` files
//! under directories, as far as both parsers accept them. The goals: the parser reads at least 4 times as many bytes
//! a second as hcl-edit, the lexer alone at least 10 times.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads files and stops where something is wrong"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ecrlint::syntax::hcl::{self, Lexer, TokenKind};

const ROUNDS: usize = 9;

fn main() {
    let directories: Vec<PathBuf> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .map(PathBuf::from)
        .collect();
    let mut files = Vec::new();
    for directory in &directories {
        collect(directory, &mut files);
    }
    if directories.is_empty() {
        files.extend((0..800).map(generate));
    }
    let all = files.len();
    files.retain(|text| {
        hcl::parse(text.as_bytes()).errors.is_empty() && hcl_edit::parser::parse_body(text).is_ok()
    });
    let bytes: usize = files.iter().map(String::len).sum();
    println!("{} of {all} files, {:.1} MB, on one thread", files.len(), bytes as f64 / 1e6);

    let (mut lexer, mut parser, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(time(&files, |text| {
            black_box(hcl_edit::parser::parse_body(text).is_ok());
        }));
        parser.push(time(&files, |text| {
            black_box(hcl::parse(text.as_bytes()));
        }));
        lexer.push(time(&files, |text| {
            black_box(count_tokens(text));
        }));
    }
    report("hcl-edit", bytes, &theirs, &theirs);
    report("parser", bytes, &parser, &theirs);
    report("lexer", bytes, &lexer, &theirs);
}

fn collect(directory: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "tf") {
            files.extend(std::fs::read_to_string(&path));
        }
    }
}

fn count_tokens(text: &str) -> usize {
    let mut lexer = Lexer::new(text.as_bytes());
    std::iter::repeat_with(|| lexer.next_token())
        .take_while(|token| token.kind != TokenKind::Eof)
        .count()
}

fn time(files: &[String], mut read: impl FnMut(&str)) -> Duration {
    let start = Instant::now();
    for file in files {
        read(file);
    }
    start.elapsed()
}

/// Prints the speed of the median round and the median of the ratios of paired rounds.
fn report(name: &str, bytes: usize, rounds: &[Duration], theirs: &[Duration]) {
    let speed = median(rounds.iter().map(|time| bytes as f64 / 1e6 / time.as_secs_f64()).collect());
    let ratio = median(
        rounds
            .iter()
            .zip(theirs)
            .map(|(ours, theirs)| theirs.as_secs_f64() / ours.as_secs_f64())
            .collect(),
    );
    println!("{name:>10}: {speed:7.1} MB/s, {ratio:5.1} times hcl-edit");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// A file such as people write: its parts in an order that depends on `seed`.
fn generate(seed: usize) -> String {
    let mut text = String::new();
    for part in 0..12 {
        let name = format!("service_{}_{part}", seed % 97);
        match (seed + part * 5) % 6 {
            0 => write!(
                text,
                "variable \"{name}\" {{\n  description = \"How many tasks of {name} run at a time\"\n  type        = \
                 number\n  default     = {part}\n}}\n\n"
            ),
            1 => write!(
                text,
                "# The images of {name}.\nresource \"aws_ecr_repository\" \"{name}\" {{\n  name                 = \
                 \"${{var.prefix}}/{name}\"\n  image_tag_mutability = var.environment == \"prod\" ? \"IMMUTABLE\" : \
                 \"MUTABLE\"\n  force_delete         = false\n\n  image_scanning_configuration {{\n    scan_on_push = \
                 true\n  }}\n\n  tags = merge(local.common_tags, {{\n    Name    = \"{name}\"\n    Service = \
                 upper(var.service)\n  }})\n}}\n\n"
            ),
            2 => write!(
                text,
                "resource \"aws_ecr_repository_policy\" \"{name}\" {{\n  repository = \
                 aws_ecr_repository.{name}.name\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement \
                 = [\n      {{\n        Sid       = \"Pull\"\n        Effect    = \"Allow\"\n        Principal = {{ AWS \
                 = [for id in var.accounts : \"arn:aws:iam::${{id}}:root\"] }}\n        Action = [\n          \
                 \"ecr:BatchGetImage\",\n          \"ecr:GetDownloadUrlForLayer\",\n        ]\n      }}\n    ]\n  \
                 }})\n}}\n\n"
            ),
            3 => write!(
                text,
                "resource \"aws_iam_role_policy\" \"{name}\" {{\n  role   = aws_iam_role.{name}.id\n  policy = \
                 <<EOF\n{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{\n      \"Effect\": \"Allow\",\n      \
                 \"Action\": [\"ecr:*\", \"logs:CreateLogStream\", \"logs:PutLogEvents\"],\n      \"Resource\": \
                 \"${{aws_ecr_repository.{name}.arn}}\"\n    }}\n  ]\n}}\nEOF\n}}\n\n"
            ),
            4 => write!(
                text,
                "module \"{name}\" {{\n  source  = \"terraform-aws-modules/ecr/aws\"\n  version = \"~> 2.{part}\"\n\n  \
                 # Who may pull, who may push\n  repository_read_access_arns       = [data.aws_caller_identity.current.arn, \
                 module.roles[\"{name}\"].arn]\n  repository_read_write_access_arns = try(var.writers[{part}], [])\n  \
                 create_lifecycle_policy           = length(var.rules) > 0 && !var.disabled\n}}\n\n"
            ),
            _ => write!(
                text,
                "locals {{\n  {name} = {{\n    cpu    = 256 * {part}\n    memory = lookup(var.memory, \"{name}\", 512)\n    \
                 image  = \"${{local.registry}}/{name}:${{var.tag}}\"\n    hosts  = \
                 aws_instance.{name}.*.private_ip\n  }}\n}}\n\n"
            ),
        }
        .unwrap();
    }
    text
}
