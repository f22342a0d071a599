//! The files of variables that `--each-var-file` means: [`matching`].

use globset::GlobMatcher;

use super::disk::RealDisk;
use crate::disk::{Disk, join};

/// Directories are looked into this deep below a root module.
const MAX_DEPTH: usize = 4;

/// The files below a root module whose path from there matches, sorted.
pub(super) fn matching(root: &str, glob: &GlobMatcher, disk: &RealDisk) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), 0)];
    while let Some((inside, depth)) = open.pop() {
        for name in disk.list(&join(root, &inside)).unwrap_or_default() {
            let path =
                if inside.is_empty() { name.name } else { format!("{inside}/{}", name.name) };
            match name.is_directory {
                true if depth < MAX_DEPTH && !path.starts_with('.') => open.push((path, depth + 1)),
                false if glob.is_match(&path) => found.push(join(root, &path)),
                true | false => {}
            }
        }
    }
    found.sort();
    found
}
