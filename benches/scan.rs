//! How long `ecrlint check` takes over a large tree, against only walking and reading the same files.
//!
//! `cargo bench --bench scan` prints one line a tree: the medians of nine rounds in turn, and their ratio. The trees
//! are made anew, the same each time.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark may stop where the library may not"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rayon::prelude::*;

/// Rounds of which the median counts.
const ROUNDS: usize = 9;

/// A tree to scan.
struct Tree {
    name: &'static str,
    modules: usize,
    /// One module in so many has ECR resources.
    ecr_every: usize,
}

const TREES: [Tree; 3] = [
    Tree { name: "1,000 files, ECR in 5 %", modules: 100, ecr_every: 20 },
    Tree { name: "10,000 files, ECR in 5 %", modules: 1000, ecr_every: 20 },
    Tree { name: "1,000 files, ECR in all", modules: 100, ecr_every: 1 },
];

fn main() {
    // `cargo test --benches` asks for nothing to be measured.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let top = std::env::temp_dir().join(format!("ecrlint-bench-{}", std::process::id()));
    for tree in &TREES {
        let root = top.join(tree.modules.to_string()).join(tree.ecr_every.to_string());
        tree.write(&root);
        let (mut ours, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            plain.push(timed(|| walk_and_read(&root)));
            ours.push(timed(|| check(&root)));
        }
        let (ours, plain) = (median(ours), median(plain));
        println!(
            "{:<26} check {:>8.1} ms, walk and read {:>8.1} ms, ratio {:.2}",
            tree.name,
            milliseconds(ours),
            milliseconds(plain),
            milliseconds(ours) / milliseconds(plain)
        );
    }
    fs::remove_dir_all(&top).expect("the tree was ours");
}

impl Tree {
    fn write(&self, root: &Path) {
        for number in 0..self.modules {
            let directory = root.join(format!("team-{:02}/module-{number:04}", number % 50));
            fs::create_dir_all(&directory).expect("a temporary directory");
            for file in 0..9 {
                write(&directory, &format!("part-{file}.tf"), &ordinary(number * 9 + file));
            }
            let last = if number.is_multiple_of(self.ecr_every) {
                repository(number)
            } else {
                ordinary(number)
            };
            write(&directory, "main.tf", &last);
        }
    }
}

/// Some resources that have nothing to do with ECR.
fn ordinary(seed: usize) -> String {
    let resource = |index: usize| {
        format!(
            "# Queue {index} of part {seed}\nresource \"aws_sqs_queue\" \"q_{seed}_{index}\" {{\n  name = \"queue-{seed}-{index}\"\n  \
             delay_seconds = {}\n  tags = merge(var.tags, {{\n    Part = \"{seed}\"\n    Name = \"${{var.prefix}}-queue-{index}\"\n  }})\n}}\n\n",
            (seed * 7 + index) % 900
        )
    };
    (0..12).map(resource).collect()
}

/// A repository with a policy, through variables and locals.
fn repository(seed: usize) -> String {
    let setting = if seed.is_multiple_of(3) { "MUTABLE" } else { "IMMUTABLE" };
    format!(
        "variable \"mutability\" {{\n  default = \"{setting}\"\n}}\n\nlocals {{\n  accounts = [\"111122223333\"]\n}}\n\n\
         resource \"aws_ecr_repository\" \"this\" {{\n  name = \"app-{seed}\"\n  image_tag_mutability = var.mutability\n}}\n\n\
         resource \"aws_ecr_repository_policy\" \"this\" {{\n  repository = aws_ecr_repository.this.name\n  \
         policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{\n      Effect = \"Allow\"\n      \
         Principal = {{ AWS = [for a in local.accounts : \"arn:aws:iam::${{a}}:root\"] }}\n      Action = \"ecr:BatchGetImage\"\n    }}]\n  }})\n}}\n"
    )
}

fn write(directory: &Path, name: &str, text: &str) {
    fs::write(directory.join(name), text).expect("a temporary directory");
}

fn check(root: &Path) {
    let status = Command::new(env!("CARGO_BIN_EXE_ecrlint"))
        .args(["check", "--format", "json"])
        .current_dir(root)
        .stdout(Stdio::null())
        .status()
        .expect("the program runs");
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
}

fn walk_and_read(root: &Path) {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in ignore::Walk::new(root) {
        files.push(entry.expect("a tree of ours").into_path());
    }
    let bytes: usize =
        files.par_iter().filter_map(|path| fs::read(path).ok()).map(|text| text.len()).sum();
    assert!(bytes > 0, "the tree is not empty");
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
