//! `.terraform/modules/modules.json`: where `terraform init` put the modules of a root: [`Manifest`].

use std::collections::BTreeMap;

use crate::disk::{Disk, join};
use crate::syntax::json;
use crate::syntax::tree::Node;

/// The installed modules of a root.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Manifest {
    /// By the names of the calls from the root inward, joined by dots.
    modules: BTreeMap<String, Installed>,
}

/// An installed module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Installed {
    /// The `source` that it was installed for.
    pub source: String,
    /// Its directory, as the user knows it.
    pub directory: String,
}

impl Manifest {
    /// Reads the manifest of a root; an empty one where there is none, or none that can be read.
    pub fn read(root: &str, disk: &dyn Disk) -> Self {
        let Ok(text) = disk.read(&join(root, ".terraform/modules/modules.json")) else {
            return Self::default();
        };
        let parsed = json::parse(&text);
        let entries = parsed.root.as_ref().and_then(|root| root.get("Modules"));
        let entries = entries.and_then(Node::as_array).unwrap_or_default();
        let modules = entries.iter().filter_map(|entry| {
            let text = |key: &str| entry.get(key)?.as_str();
            let (key, source, directory) = (text("Key")?, text("Source")?, text("Dir")?);
            // On Windows, Terraform writes backslashes.
            let directory = join(root, &directory.replace('\\', "/"));
            Some((key.to_owned(), Installed { source: source.to_owned(), directory }))
        });
        Self { modules: modules.collect() }
    }

    /// The directories of all installed modules.
    pub fn directories(&self) -> impl Iterator<Item = &str> {
        self.modules.values().map(|module| &*module.directory)
    }

    /// The module that a call was installed as, if it was installed for the source that the call has now. `path`: the
    /// names of the calls from the root inward, joined by dots.
    pub fn find(&self, path: &str, source: &str) -> Option<&str> {
        let installed = self.modules.get(path)?;
        // A registry source may be written without the host that the manifest adds.
        let is_same = installed.source == source
            || installed.source.strip_suffix(source).is_some_and(|host| host.ends_with('/'));
        is_same.then_some(&*installed.directory)
    }
}
