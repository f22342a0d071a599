//! What the library may ask of a file system: [`Disk`]. The command line answers from the real one, an editor puts
//! its open buffers over it, and tests answer from memory.
//!
//! Paths are those that the user knows: relative to the working directory (or absolute), with `/`.

use std::fmt;
use std::sync::Arc;

/// A file system, as far as the library may see it.
///
/// An implementation hands out nothing outside its root of trust, neither by `..` nor through a link.
pub trait Disk: Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// See [`DiskError`].
    fn read(&self, path: &str) -> Result<Arc<[u8]>, DiskError>;

    /// The names in a directory, sorted by byte.
    ///
    /// # Errors
    /// See [`DiskError`].
    fn list(&self, directory: &str) -> Result<Vec<Name>, DiskError>;
}

/// A name in a directory.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Name {
    /// The last part of the path.
    pub name: String,
    /// Is it (or does it link to) a directory?
    pub is_directory: bool,
}

/// Why a path can't be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DiskError {
    /// There is nothing by this path.
    NotFound,
    /// It lies outside the root of trust.
    OutsideRoot,
    /// It is larger than what is read.
    TooLarge,
    /// Any other reason, as the system words it.
    Other(String),
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("no such file or directory"),
            Self::OutsideRoot => f.write_str("it lies outside the root directory of the scan"),
            Self::TooLarge => f.write_str("it is too large"),
            Self::Other(reason) => f.write_str(reason),
        }
    }
}

/// `path` seen from `directory`, cleaned: `.` and inner `..` are resolved by name, `/` is the separator.
pub fn join(directory: &str, path: &str) -> String {
    let absolute = path.starts_with('/') || directory.starts_with('/');
    let directory = if path.starts_with('/') { "" } else { directory };
    let mut joined = String::with_capacity(directory.len() + path.len() + 2);
    if absolute {
        joined.push('/');
    }
    let root = joined.len();
    let push = |joined: &mut String, part: &str| {
        if joined.len() > root {
            joined.push('/');
        }
        joined.push_str(part);
    };
    for path in [directory.trim_start_matches('/'), path] {
        if is_clean(path) {
            push(&mut joined, path);
            continue;
        }
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." if joined.len() > root && joined.rsplit('/').next() != Some("..") => {
                    joined.truncate(joined.rfind('/').map_or(root, |at| at.max(root)));
                }
                ".." if absolute => {}
                other => push(&mut joined, other),
            }
        }
    }
    if joined.is_empty() { ".".to_owned() } else { joined }
}

/// Is there certainly nothing to clean in a relative path, as in most?
fn is_clean(path: &str) -> bool {
    let bytes = path.as_bytes();
    let is_special = |at: usize| matches!(bytes.get(at), None | Some(b'.' | b'/'));
    !is_special(0) && !memchr::memchr_iter(b'/', bytes).any(|slash| is_special(slash + 1))
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn join_cleans_by_name() {
        assert_eq!(join("a/b", "../c"), "a/c");
        assert_eq!(join(".", "./x.tf"), "x.tf");
        assert_eq!(join("a", ".."), ".");
        assert_eq!(join("..", "../b"), "../../b");
        assert_eq!(join("/a", "../../b"), "/b");
        assert_eq!(join("//a/", "b//c/"), "/a/b/c");
        assert_eq!(join("a/.b/../c/", "d/.."), "a/c");
        assert_eq!(join(".a", ""), ".a");
        assert_eq!(join("a", "/b/./c"), "/b/c");
    }
}
