//! Which files of a directory make a module: [`FileSet`].
//!
//! Source: Terraform's `configs` package (`parser_config_dir.go`) and OpenTofu's page "Files and directories".

use crate::disk::Name;

/// The names of the files of one module directory that count.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FileSet {
    /// Configuration files in the order of their names.
    pub primary: Vec<String>,
    /// Override files, in the order in which they are merged over the others.
    pub overrides: Vec<String>,
    /// Files with values for the variables of a root module that are read by themselves, weakest first.
    pub values: Vec<String>,
    /// Files that only OpenTofu reads, where Terraform is asked for.
    pub not_read: Vec<String>,
}

/// The extensions of configuration files. The first two are Terraform's, the others OpenTofu's.
const EXTENSIONS: [&str; 4] = [".tf", ".tf.json", ".tofu", ".tofu.json"];

impl FileSet {
    /// Picks the files that count from the names in a directory. `tofu`: read `.tofu` files, as OpenTofu does.
    pub fn of(names: &[Name], tofu: bool) -> Self {
        let mut set = Self::default();
        let names = names.iter().filter(|name| !name.is_directory).map(|name| &*name.name);
        let names: Vec<&str> = names.filter(|name| !is_ignored(name)).collect();
        for name in &names {
            match base(name) {
                Some((_, extension)) if extension.starts_with(".tofu") && !tofu => {
                    set.not_read.push((*name).to_owned());
                }
                Some((base, extension)) => {
                    if tofu && is_hidden(base, extension, &names) {
                        continue;
                    }
                    let is_override = base == "override" || base.ends_with("_override");
                    let list = if is_override { &mut set.overrides } else { &mut set.primary };
                    list.push((*name).to_owned());
                }
                None => {}
            }
        }
        set.primary.sort();
        set.overrides.sort();
        set.not_read.sort();
        set.values = value_files(&names);
        set
    }

    /// Is there no configuration file at all?
    pub const fn is_empty(&self) -> bool {
        self.primary.is_empty() && self.overrides.is_empty()
    }
}

/// Files that editors leave behind.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// A configuration file's name in two: before the extension, and the extension.
fn base(name: &str) -> Option<(&str, &'static str)> {
    EXTENSIONS.iter().find_map(|extension| Some((name.strip_suffix(extension)?, *extension)))
}

/// Does a `.tofu` file of the same name stand in for this `.tf` file?
fn is_hidden(base: &str, extension: &str, names: &[&str]) -> bool {
    let Some(rest) = extension.strip_prefix(".tf") else { return false };
    let twin = format!("{base}.tofu{rest}");
    names.contains(&&*twin)
}

/// `terraform.tfvars`, `terraform.tfvars.json`, then the `*.auto.tfvars` of both syntaxes by the bytes of their names.
fn value_files(names: &[&str]) -> Vec<String> {
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"];
    let first = fixed.iter().filter(|name| names.contains(name)).copied();
    let is_auto =
        |name: &&&str| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json");
    let mut automatic: Vec<&str> = names.iter().filter(is_auto).copied().collect();
    automatic.sort_unstable();
    first.chain(automatic).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::FileSet;
    use crate::disk::Name;

    fn set(names: &[&str], tofu: bool) -> FileSet {
        let names: Vec<Name> = names
            .iter()
            .map(|name| Name { name: (*name).to_owned(), is_directory: *name == "sub.tf" })
            .collect();
        FileSet::of(&names, tofu)
    }

    #[test]
    fn only_the_files_of_the_module_count() {
        let names = [
            "#a.tf#",
            ".b.tf",
            "TERRAFORM.TF",
            "a.tftest.hcl",
            "main.tf",
            "main.tf.bak",
            "main.tf~",
            "main.tofu",
            "sub.tf",
            "x.tf.json",
            "x.tfmock.hcl",
        ];
        let terraform = set(&names, false);
        assert_eq!(terraform.primary, ["main.tf", "x.tf.json"]);
        assert_eq!(terraform.not_read, ["main.tofu"]);
        assert!(terraform.overrides.is_empty());
        let tofu = set(&names, true);
        assert_eq!(tofu.primary, ["main.tofu", "x.tf.json"]);
        assert!(tofu.not_read.is_empty());
    }

    #[test]
    fn overrides_and_values_are_in_order() {
        let names = [
            "B.auto.tfvars",
            "a.auto.tfvars.json",
            "a_override.tf",
            "my.tfvars",
            "override.tf.json",
            "terraform.tfvars",
            "terraform.tfvars.json",
            "z_override.tf",
        ];
        let set = set(&names, false);
        assert_eq!(set.overrides, ["a_override.tf", "override.tf.json", "z_override.tf"]);
        let values =
            ["terraform.tfvars", "terraform.tfvars.json", "B.auto.tfvars", "a.auto.tfvars.json"];
        assert_eq!(set.values, values);
    }
}
