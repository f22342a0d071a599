//! Terraform modules from files in memory to the common model.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecrlint::disk::{Disk, DiskError, Name};
use ecrlint::source::Sources;
use ecrlint::terraform::{Loader, Options};

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

pub(crate) fn files(files: &[(&str, &str)]) -> Files {
    let entry = |(path, text): &(&str, &str)| ((*path).to_owned(), Arc::from(text.as_bytes()));
    Files(files.iter().map(entry).collect())
}

#[test]
fn problems_of_the_files_are_told() {
    let disk = files(&[
        ("a.tf", "resource \"aws_ecr_repository\" \"app\" {}\nlocals {\n  a = [1\n}\n"),
        ("b.tf", "resource \"aws_ecr_repository\" \"app\" {}\nnonsense {}\n"),
        ("x_override.tf", "variable \"gone\" {}\n"),
    ]);
    let sources = Sources::new();
    let unit = Loader::new(&disk, &sources, false).evaluate(".", &Options::default());
    let told: Vec<String> = unit
        .problems
        .iter()
        .map(|problem| format!("{} {}: {}", problem.kind.name(), problem.path, problem.message))
        .collect();
    assert_eq!(
        told[1..],
        [
            "evaluation b.tf: there are two resource blocks named `aws_ecr_repository.app`",
            "note b.tf: blocks of type `nonsense` are not expected here",
            "note x_override.tf: there is no `gone` in the other files that this could override",
        ]
    );
    assert!(told[0].starts_with("syntax a.tf: "), "{told:?}");
}

#[test]
fn local_calls_are_found_in_both_syntaxes() {
    let disk = files(&[
        ("root/main.tf", "module \"a\" {\n  source = \"../a\"\n}\n"),
        (
            "root/b.tf.json",
            "{\"module\": {\"b\": {\"source\": \"./b\"}, \"c\": [{\"source\": \"x/y/z\"}]}}",
        ),
    ]);
    let sources = Sources::new();
    assert_eq!(Loader::new(&disk, &sources, false).calls("root"), ["a", "root/b"]);
}
