//! Terraform modules to the common model.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use ecrlint::disk::{Disk, DiskError, Name};
use ecrlint::model::{Document, Fact, Field, Model, Target, Unit};
use ecrlint::policy::node::{Data, Node};
use ecrlint::source::{Sources, Span};
use ecrlint::syntax::hcl;
use ecrlint::terraform::{Given, Loader, Options, console};
use serde_json::{Value, json};

use crate::support::testdata;

mod documents;
mod hostile;
mod linking;
mod mentions;
mod origins;
mod standins;
mod terragrunt;

/// Files by their path.
#[derive(Default)]
pub(crate) struct Files(BTreeMap<String, Arc<[u8]>>);

impl Disk for Files {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, DiskError> {
        self.0.get(path).cloned().ok_or(DiskError::NotFound)
    }

    fn list(&self, directory: &str) -> Result<Vec<Name>, DiskError> {
        let prefix = if directory == "." { String::new() } else { format!("{directory}/") };
        let below = self.0.keys().filter_map(|path| path.strip_prefix(&prefix));
        let mut names: Vec<Name> = below
            .map(|rest| match rest.split_once('/') {
                Some((name, _)) => Name { name: name.to_owned(), is_directory: true },
                None => Name { name: rest.to_owned(), is_directory: false },
            })
            .collect();
        names.sort();
        names.dedup();
        if names.is_empty() { Err(DiskError::NotFound) } else { Ok(names) }
    }
}

/// The files below a directory of the project.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Disk for Folder {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, DiskError> {
        if path.starts_with("..") {
            return Err(DiskError::OutsideRoot);
        }
        fs::read(self.0.join(path)).map(Into::into).map_err(|_| DiskError::NotFound)
    }

    fn list(&self, directory: &str) -> Result<Vec<Name>, DiskError> {
        let entries = fs::read_dir(self.0.join(directory)).map_err(|_| DiskError::NotFound)?;
        let mut names: Vec<Name> = entries
            .map(Result::unwrap)
            .map(|entry| Name {
                name: entry.file_name().into_string().unwrap(),
                is_directory: entry.path().is_dir(),
            })
            .collect();
        names.sort();
        Ok(names)
    }
}

pub(crate) fn files(files: &[(&str, &str)]) -> Files {
    let entry = |(path, text): &(&str, &str)| ((*path).to_owned(), Arc::from(text.as_bytes()));
    Files(files.iter().map(entry).collect())
}

/// The root module `.` of some files.
fn evaluate(all: &[(&str, &str)]) -> (Unit, Sources) {
    let disk = files(all);
    let sources = Sources::new();
    let unit = Loader::new(&disk, &sources, false).evaluate(".", &Options::default());
    (unit, sources)
}

/// `kind path:line: message` of each problem.
fn problems(unit: &Unit, sources: &Sources) -> Vec<String> {
    let place = |span: Span| {
        let file = sources.get(span.file);
        format!("{}:{}", file.path(), file.position(span.range.start).line)
    };
    unit.problems
        .iter()
        .map(|problem| {
            let place = problem.span.map_or_else(|| problem.path.clone(), place);
            format!("{} {place}: {}", problem.kind.name(), problem.message)
        })
        .collect()
}

/// The bytes of a place.
fn text(span: Span, sources: &Sources) -> String {
    let file = sources.get(span.file);
    String::from_utf8(span.range.of(file.text()).to_vec()).unwrap()
}

/// A document as JSON; what is unknown in it as `"?"`.
fn as_json(node: &Node) -> Value {
    match &node.data {
        Data::Unknown(_) => json!("?"),
        Data::Null => Value::Null,
        Data::Bool(value) => json!(value),
        Data::Number(digits) => serde_json::from_str(digits).unwrap(),
        Data::String(text) => json!(text.known().unwrap_or("?")),
        Data::Array(items) => items.iter().map(as_json).collect(),
        Data::Object(members) => members
            .iter()
            .map(|member| (member.key.known().unwrap_or("?").to_owned(), as_json(&member.value)))
            .collect(),
    }
}

/// The document of an attachment, by its address.
fn document(model: &Model, address: &str) -> Value {
    let attachment = model.attachments.iter().find(|it| *it.place.address == *address).unwrap();
    match attachment.document.known() {
        Some(Document::Json(node)) => as_json(node),
        other => panic!("{address}: {other:?}"),
    }
}

/// A field as a recorded case has it.
fn field(field: &Field<String>) -> Value {
    match &field.fact {
        Fact::Written(value) | Fact::Default(value) => json!(value),
        Fact::Unknown(_) | Fact::Either { .. } => json!({ "unknown": true }),
    }
}

#[test]
fn problems_of_the_files_are_told() {
    let (unit, sources) = evaluate(&[
        ("a.tf", "resource \"aws_ecr_repository\" \"app\" {}\nlocals {\n  a = [1\n}\n"),
        ("b.tf", "resource \"aws_ecr_repository\" \"app\" {}\nnonsense {}\n"),
        ("x_override.tf", "variable \"gone\" {}\n"),
    ]);
    let told = problems(&unit, &sources);
    assert_eq!(
        told[1..],
        [
            "evaluation b.tf:1: there are two resource blocks named `aws_ecr_repository.app`",
            "note b.tf:2: blocks of type `nonsense` are not expected here",
            "note x_override.tf:1: there is no variable `gone` in the other files that this could override",
        ]
    );
    assert!(told[0].starts_with("syntax a.tf:"), "{told:?}");
}

#[test]
fn local_calls_are_found_in_both_syntaxes() {
    let json = r#"{"module": {"b": {"source": "./b"}, "c": [{"source": "x/y/z"}]}}"#;
    let disk = files(&[
        ("root/main.tf", "module \"a\" {\n  source = \"../a\"\n}\n"),
        ("root/b.tf.json", json),
        ("root/c.tf", "module \"d\" {\n  source = \"./${local.c}\"\n}\nlocals {\n  c = \"c\"\n}\n"),
    ]);
    let sources = Sources::new();
    let loader = Loader::new(&disk, &sources, false);
    assert_eq!(loader.calls("root", &Options::default()), ["a", "root/b", "root/c"]);
}

#[test]
fn a_json_file_may_hold_a_list_of_objects() {
    let json = r#"[
        {"variable": {"tags": {"default": "MUTABLE"}}},
        {"resource": [{"aws_ecr_repository": {"app": {
            "name": "app", "image_tag_mutability": "${var.tags}"
        }}}]}
    ]"#;
    let (unit, sources) = evaluate(&[("main.tf.json", json), ("bad.tf.json", "[{}, null]")]);
    assert_eq!(field(&unit.model.repositories[0].tag_mutability), json!("MUTABLE"));
    let told = problems(&unit, &sources);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with("the file must hold a JSON object"), "{told:?}");
}

/// Each case is a root module with what Terraform 1.11.4 answers, and our own words for what is wrong with it
/// (`UPDATE_EXPECT=1` rewrites these).
#[test]
fn recorded_modules() {
    let mut names: Vec<String> = fs::read_dir(testdata("modules"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() > 50);
    for name in names {
        recorded_module(&name);
    }
}

fn recorded_module(name: &str) {
    let folder = testdata("modules").join(name);
    let path = folder.join("expected.json");
    let mut expected: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let disk = Folder(folder);
    let sources = Sources::new();
    let loader = Loader::new(&disk, &sources, false);
    let options = options(&expected);
    let unit = loader.evaluate(".", &options);
    if let Some(resources) = expected["resources"].as_object() {
        for (address, facts) in resources {
            resource(name, &unit.model, address, facts);
        }
        let is_counted = |address: &&String| !address.contains("aws_ecr_lifecycle_policy");
        let found = unit.model.repositories.len() + unit.model.attachments.len();
        assert_eq!(found, resources.keys().filter(is_counted).count(), "{name}");
    }
    for (output, value) in expected["outputs"].as_object().into_iter().flatten() {
        let answer = output_value(&disk, &loader, &options, output);
        assert_eq!(answer, json!({ "value": value }), "{name}: {output}");
    }
    let told = problems(&unit, &sources);
    if std::env::var_os("UPDATE_EXPECT").is_some() && !told.is_empty() {
        expected["problems"] = json!(told);
        fs::write(path, serde_json::to_string_pretty(&expected).unwrap() + "\n").unwrap();
    }
    let wanted = expected["problems"].as_array().cloned().unwrap_or_default();
    assert_eq!(json!(told), json!(wanted), "{name}");
}

fn options(expected: &Value) -> Options {
    let mut options = Options::default();
    for (name, value) in expected["env"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap().to_owned();
        match name.strip_prefix("TF_VAR_") {
            Some(name) => options.environment.push((name.to_owned(), value)),
            None => options.workspace = value,
        }
    }
    for argument in expected["args"].as_array().into_iter().flatten() {
        let file = argument.as_str().unwrap().strip_prefix("-var-file=").unwrap();
        options.values.push(Given::File(file.to_owned()));
    }
    options
}

fn resource(name: &str, model: &Model, address: &str, facts: &Value) {
    let repository = model.repositories.iter().find(|it| *it.place.address == *address);
    if let Some(repository) = repository {
        assert_eq!(field(&repository.name), facts["name"], "{name}: {address}");
        let tags = field(&repository.tag_mutability);
        assert_eq!(tags, facts["image_tag_mutability"], "{name}: {address}");
        let filters = repository.exclusion_filters.known().into_iter().flatten();
        let filters: Vec<Value> = filters.map(|filter| field(&filter.filter)).collect();
        assert_eq!(
            json!(filters),
            *facts.get("filters").unwrap_or(&json!([])),
            "{name}: {address}"
        );
        return;
    }
    if let Some(policy) = model.lifecycle_policies.iter().find(|it| *it.place.address == *address) {
        assert!(matches!(policy.target, Target::Address(_)), "{name}: {address}");
        return;
    }
    let document = document(model, address);
    match facts["policy"].as_str() {
        Some(text) => {
            let recorded: Value = serde_json::from_str(text).unwrap();
            assert_eq!(document, recorded, "{name}: {address}");
        }
        // Terraform does not know the text; what is known of it is kept all the same.
        None => assert!(document.to_string().contains("\"?\""), "{name}: {address}"),
    }
}

/// The value of an output as the console answers it.
fn output_value(disk: &Folder, loader: &Loader<'_>, options: &Options, name: &str) -> Value {
    let text = disk.read("main.tf").unwrap();
    let parsed = hcl::parse(&text);
    let blocks = parsed.body.items.iter().filter_map(|item| match item {
        hcl::ast::Item::Block(block) => Some(block),
        hcl::ast::Item::Attribute(_) => None,
    });
    let mut outputs = blocks.filter(|block| {
        block.kind.text(&text) == "output" && block.labels[0].text.text(&text) == name
    });
    let output = outputs.next().unwrap();
    let hcl::ast::Item::Attribute(value) = &output.body.items[0] else { panic!("{name}") };
    let expression = std::str::from_utf8(value.value.range.of(&text)).unwrap();
    let (answer, _) = loader
        .with_console(".", options, |evaluator| console::answer(evaluator, expression, false));
    serde_json::from_str(&answer).unwrap()
}

/// As Terraform: the defaults of attributes are those of the overridden type, whatever the newer one says.
#[test]
fn an_override_of_a_type_keeps_its_defaults() {
    let tags = |variable: &str, newer: &str| {
        let (unit, _) = evaluate(&[
            (
                "main.tf",
                &format!(
                    "variable \"c\" {{\n{variable}\n}}\nresource \"aws_ecr_repository\" \"r\" {{\n  image_tag_mutability = var.c.t\n}}\n"
                ),
            ),
            ("x_override.tf", &format!("variable \"c\" {{\n{newer}\n}}\n")),
        ]);
        field(&unit.model.repositories[0].tag_mutability)
    };
    let object = |optional: &str| format!("type = object({{ t = optional(string{optional}) }})\n");
    let (with, without) = (object(", \"IMMUTABLE_WITH_EXCLUSION\""), object(""));
    let newer = object(", \"IMMUTABLE\"");
    let empty = "default = {}\n";
    assert_eq!(tags(&(with.clone() + empty), &newer), json!("IMMUTABLE_WITH_EXCLUSION"));
    assert_eq!(tags(&(with + empty), &(newer.clone() + empty)), json!("IMMUTABLE"));
    // Nothing is set, and the provider has its default.
    assert_eq!(tags(&(without + empty), &newer), json!("MUTABLE"));
    assert_eq!(tags(empty, &newer), json!("MUTABLE"));
}

#[test]
fn a_value_that_a_validation_refuses_is_noted() {
    let main = r#"
variable "tag" {
  default = "MUTABLE"
  validation {
    condition     = startswith(var.tag, "IMMUTABLE")
    error_message = "must be immutable"
  }
  validation {
    condition     = length(var.tag) > 3
    error_message = "must be long"
  }
}
variable "unused" {
  default = ""
  validation {
    condition     = var.unused != ""
    error_message = "must be set"
  }
}
module "inner" {
  source = "./inner"
  tag    = var.tag
}
"#;
    let inner = r#"
variable "tag" {
  validation {
    condition     = contains(local.all, var.tag)
    error_message = "one of ${join(", ", local.all)}"
  }
}
locals { all = ["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"] }
resource "aws_ecr_repository" "r" {
  name                 = "r"
  image_tag_mutability = var.tag
}
"#;
    let (unit, sources) = evaluate(&[("main.tf", main), ("inner/main.tf", inner)]);
    assert_eq!(
        problems(&unit, &sources),
        [
            "note main.tf:3: variable `tag` does not accept this value: must be immutable",
            "note main.tf:3: variable `tag` does not accept this value",
        ]
    );
    assert_eq!(unit.model.repositories.len(), 1);
}
