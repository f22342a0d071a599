//! How evaluation grows: a tree of modules with many resources, and locals that refer to one another.
//!
//! `cargo bench --bench eval` prints a line a size, with the time per resource or local and the ratio to the size
//! before: 1.0 is linear growth. `cargo bench --bench eval -- DIRECTORY` compares evaluation with parsing alone over the
//! `.tf` files below a directory; the goal is that it adds at most half of the time. Both keep all trees until the end,
//! and freeing them counts in both.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads files and stops where something is wrong"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ecrlint::disk::{Disk, DiskError, Name};
use ecrlint::source::Sources;
use ecrlint::syntax::hcl;
use ecrlint::terraform::{Loader, Options, console};

/// Rounds of which the fastest counts.
const ROUNDS: usize = 5;

/// Files by their path, and the names in each directory.
#[derive(Default)]
struct Files {
    texts: BTreeMap<String, Arc<[u8]>>,
    directories: HashMap<String, BTreeSet<Name>>,
}

impl Disk for Files {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, DiskError> {
        self.texts.get(path).cloned().ok_or(DiskError::NotFound)
    }

    fn list(&self, directory: &str) -> Result<Vec<Name>, DiskError> {
        let names = self.directories.get(directory).ok_or(DiskError::NotFound)?;
        Ok(names.iter().cloned().collect())
    }
}

impl Files {
    fn add(&mut self, path: &str, text: impl Into<Arc<[u8]>>) {
        self.texts.insert(path.to_owned(), text.into());
        let (mut below, mut is_directory) = (path, false);
        loop {
            let (directory, name) = below.rsplit_once('/').unwrap_or((".", below));
            let name = Name { name: name.to_owned(), is_directory };
            self.directories.entry(directory.to_owned()).or_default().insert(name);
            if directory == "." {
                break;
            }
            (below, is_directory) = (directory, true);
        }
    }
}

fn main() {
    // `cargo test --benches` asks for nothing to be measured.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let directories: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    for directory in &directories {
        against_parsing(Path::new(directory));
    }
    if directories.is_empty() {
        grow();
    }
}

/// Prints how evaluation grows.
fn grow() {
    growth("resources in modules", &[500, 1000, 2000, 4000], |count| {
        let files = module_tree(count);
        Box::new(move || {
            let unit =
                Loader::new(&files, &Sources::new(), false).evaluate(".", &Options::default());
            assert_eq!(unit.model.repositories.len() + unit.model.attachments.len(), count);
        })
    });
    growth("a chain of locals", &[1000, 2000, 4000, 8000], |count| {
        locals(count, |index| index - 1)
    });
    growth("a tree of locals", &[1000, 2000, 4000, 8000], |count| locals(count, |index| index / 2));
}

/// Prints how the time of `prepare`'s work grows with its size.
fn growth(name: &str, sizes: &[usize], prepare: impl Fn(usize) -> Box<dyn Fn()>) {
    let mut before: Option<f64> = None;
    for size in sizes {
        let work = prepare(*size);
        let fastest = (0..ROUNDS).map(|_| timed(&work)).min().unwrap_or_default();
        let each = fastest.as_secs_f64() * 1e6 / *size as f64;
        let ratio = before.map_or_else(String::new, |before| format!("ratio {:.2}", each / before));
        println!(
            "{name:<22} {size:>6}: {:>8.2} ms, {each:>7.2} us each {ratio}",
            fastest.as_secs_f64() * 1e3
        );
        before = Some(each);
    }
}

fn timed(work: &dyn Fn()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Ten modules that each make repositories and their policies from a map, two levels deep.
fn module_tree(count: usize) -> Files {
    const CALLS: usize = 10;
    let mut files = Files::default();
    let mut main = String::from("locals {\n  accounts = [\"111122223333\", \"444455556666\"]\n}\n");
    for call in 0..CALLS {
        writeln!(main, "module \"team_{call}\" {{\n  source   = \"./team\"\n  accounts = local.accounts\n  names = {{").unwrap();
        for index in 0..count / (2 * CALLS) {
            writeln!(main, "    \"app-{call}-{index}\" = {{ mutability = \"IMMUTABLE\" }}")
                .unwrap();
        }
        main.push_str("  }\n}\n");
    }
    files.add("main.tf", main.into_bytes());
    let team = r#"
variable "accounts" { type = list(string) }
variable "names" {
  type = map(object({ mutability = optional(string, "MUTABLE"), scan = optional(bool, true) }))
}
module "repository" {
  source     = "../repository"
  for_each   = var.names
  name       = each.key
  mutability = each.value.mutability
  readers    = [for account in var.accounts : "arn:aws:iam::${account}:root"]
}
"#;
    files.add("team/main.tf", team.as_bytes());
    let repository = r#"
variable "name" {}
variable "mutability" {}
variable "readers" { type = list(string) }
resource "aws_ecr_repository" "this" {
  name                 = var.name
  image_tag_mutability = var.mutability
}
resource "aws_ecr_repository_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for reader in var.readers : { Effect = "Allow", Principal = { AWS = reader }, Action = ["ecr:BatchGetImage"] }],
      length(var.readers) > 5 ? [{ Effect = "Allow", Principal = "*", Action = "ecr:BatchGetImage" }] : [],
    )
  })
}
"#;
    files.add("repository/main.tf", repository.as_bytes());
    files
}

/// Locals that each use another one; the last one is asked for.
fn locals(count: usize, uses: impl Fn(usize) -> usize) -> Box<dyn Fn()> {
    let mut text = String::from("locals {\n  l0 = { name = \"x\", list = [1, 2, 3] }\n");
    for index in 1..count {
        let used = uses(index);
        writeln!(
            text,
            "  l{index} = merge(local.l{used}, {{ name = \"${{local.l0.name}}-{index}\" }})"
        )
        .unwrap();
    }
    text.push_str("  all = [");
    (0..count).for_each(|index| write!(text, "local.l{index}.name, ").unwrap());
    text.push_str("]\n}\n");
    let mut files = Files::default();
    files.add("main.tf", text.into_bytes());
    Box::new(move || {
        let sources = Sources::new();
        let loader = Loader::new(&files, &sources, false);
        let (answer, _) = loader.with_console(".", &Options::default(), |evaluator| {
            console::answer(evaluator, "length(local.all)", false)
        });
        assert_eq!(answer, format!("{{\"value\":{count}}}"));
    })
}

/// Parses all files below a directory, then evaluates each directory whose module no other one calls.
fn against_parsing(corpus: &Path) {
    let mut files = Files::default();
    for entry in ignore::WalkBuilder::new(corpus).standard_filters(false).build().flatten() {
        let name = entry.file_name().to_string_lossy();
        if name.ends_with(".tf")
            && let Ok(text) = std::fs::read(entry.path())
            && let Ok(path) = entry.path().strip_prefix(corpus)
        {
            files.add(&path.to_string_lossy(), text);
        }
    }
    let mut directories: Vec<&str> = files
        .texts
        .keys()
        .map(|path| path.rsplit_once('/').map_or(".", |(directory, _)| directory))
        .collect();
    directories.dedup();
    let parse = || drop(files.texts.values().map(|text| hcl::parse(text)).collect::<Vec<_>>());
    let evaluate = || {
        let sources = Sources::new();
        let loader = Loader::new(&files, &sources, false);
        let called: HashSet<String> = directories
            .iter()
            .flat_map(|directory| loader.calls(directory, &Options::default()))
            .collect();
        for root in directories.iter().filter(|directory| !called.contains(**directory)) {
            loader.evaluate(root, &Options::default());
        }
    };
    let (mut parsed, mut evaluated) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        parsed = parsed.min(timed(&parse));
        evaluated = evaluated.min(timed(&evaluate));
    }
    println!(
        "{} files in {} directories: parsing {:.1} ms, parsing and evaluation {:.1} ms, ratio {:.2}",
        files.texts.len(),
        directories.len(),
        parsed.as_secs_f64() * 1e3,
        evaluated.as_secs_f64() * 1e3,
        evaluated.as_secs_f64() / parsed.as_secs_f64()
    );
}
