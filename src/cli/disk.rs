//! The real file system, as far as the root of trust: [`RealDisk`]. Nothing else in the program opens files.
#![expect(clippy::disallowed_methods, reason = "this is the one place that touches the disk")]

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::disk::{Disk, DiskError, Name};

/// The largest source file or template that is read, in bytes.
pub(super) const MAX_FILE: u64 = 64 << 20;

/// The real file system below a root of trust. Paths are seen from the working directory.
#[derive(Debug)]
pub(super) struct RealDisk {
    working_directory: PathBuf,
    root: RwLock<PathBuf>,
    /// The real path of each directory that was asked for: most files lie in directories that were seen before.
    directories: Mutex<HashMap<String, Result<PathBuf, DiskError>>>,
}

impl RealDisk {
    /// A disk that hands out what lies below `root`, which must be a real path.
    pub(super) fn new(root: PathBuf) -> io::Result<Self> {
        Ok(Self {
            working_directory: working_directory()?,
            root: RwLock::new(root),
            directories: Mutex::default(),
        })
    }

    /// Opens a file for reading as a stream, however large it is.
    pub(super) fn open(&self, path: &str) -> Result<fs::File, DiskError> {
        let real = self.real_file(path)?;
        Ok(fs::File::open(real)?)
    }

    /// Reads a file into `buffer`, whose content it replaces.
    pub(super) fn read_into(&self, path: &str, buffer: &mut Vec<u8>) -> Result<(), DiskError> {
        fill(self.open(path)?, buffer)
    }

    /// The same for a regular file that was found by walking, without following links, from a path in the root.
    pub(super) fn read_here(&self, path: &str, buffer: &mut Vec<u8>) -> Result<(), DiskError> {
        fill(fs::File::open(path)?, buffer)
    }

    /// Is there a directory by this path?
    pub(super) fn is_directory(&self, path: &str) -> bool {
        self.real_directory(path).is_ok_and(|real| real.is_dir())
    }

    /// Widens the root of trust so that it holds this directory, if there is one.
    pub(super) fn widen(&self, directory: &str) {
        let Ok(real) = fs::canonicalize(self.working_directory.join(directory)) else { return };
        if real.is_dir() {
            let mut root = self.root.write().unwrap_or_else(PoisonError::into_inner);
            *root = common_ancestor(&root, &real);
            self.directories.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    fn real_file(&self, path: &str) -> Result<PathBuf, DiskError> {
        let (directory, name) = path.rsplit_once('/').unwrap_or((".", path));
        let directory = self.real_directory(if directory.is_empty() { "/" } else { directory })?;
        let mut real = directory.join(name);
        let mut metadata = fs::symlink_metadata(&real)?;
        if metadata.is_symlink() || name == ".." {
            real = self.confined(&real)?;
            metadata = fs::metadata(&real)?;
        }
        match metadata {
            file if file.is_file() => Ok(real),
            directory if directory.is_dir() => {
                Err(DiskError::Other("it is a directory".to_owned()))
            }
            _ => Err(DiskError::Other("it is not a regular file".to_owned())),
        }
    }

    fn real_directory(&self, path: &str) -> Result<PathBuf, DiskError> {
        let mut known = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(path) {
            Some(real) => real.clone(),
            None => {
                let real = self.confined(&self.working_directory.join(path));
                known.insert(path.to_owned(), real.clone());
                real
            }
        }
    }

    fn confined(&self, path: &Path) -> Result<PathBuf, DiskError> {
        // Many that are looked for are not there, which this tells with one call to the system.
        fs::metadata(path)?;
        let real = fs::canonicalize(path)?;
        let root = self.root.read().unwrap_or_else(PoisonError::into_inner);
        if real.starts_with(&*root) { Ok(real) } else { Err(DiskError::OutsideRoot) }
    }
}

impl Disk for RealDisk {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, DiskError> {
        read_all(self.open(path)?)
    }

    fn list(&self, directory: &str) -> Result<Vec<Name>, DiskError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.real_directory(directory)?)? {
            let entry = entry?;
            // A name that is not UTF-8 can't be said in Terraform either.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = entry.file_type()?;
            let is_directory = kind.is_dir() || (kind.is_symlink() && entry.path().is_dir());
            names.push(Name { name, is_directory });
        }
        names.sort();
        Ok(names)
    }
}

/// The disk with the directory `.` holding nothing but one file, which lies elsewhere.
pub(super) struct WithFile<'a> {
    pub(super) disk: &'a RealDisk,
    pub(super) name: &'static str,
    pub(super) text: Arc<[u8]>,
}

impl Disk for WithFile<'_> {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, DiskError> {
        if path == self.name { Ok(Arc::clone(&self.text)) } else { self.disk.read(path) }
    }

    fn list(&self, directory: &str) -> Result<Vec<Name>, DiskError> {
        match directory {
            "." => Ok(vec![Name { name: self.name.to_owned(), is_directory: false }]),
            _ => self.disk.list(directory),
        }
    }
}

/// Reads a stream whole, but not more than [`MAX_FILE`].
pub(super) fn read_all(input: impl Read) -> Result<Arc<[u8]>, DiskError> {
    let mut bytes = Vec::new();
    fill(input, &mut bytes)?;
    Ok(bytes.into())
}

fn fill(input: impl Read, buffer: &mut Vec<u8>) -> Result<(), DiskError> {
    buffer.clear();
    input.take(MAX_FILE + 1).read_to_end(buffer)?;
    if buffer.len() as u64 > MAX_FILE { Err(DiskError::TooLarge) } else { Ok(()) }
}

impl From<io::Error> for DiskError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::Other("permission denied".to_owned()),
            _ => Self::Other(plain(&error)),
        }
    }
}

/// What the system says, without the number behind it.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

/// Reads a file that the user names for the program itself, wherever it lies.
pub(super) fn read_anywhere(path: &str) -> Result<Arc<[u8]>, DiskError> {
    Ok(fs::read(path)?.into())
}

/// Writes a file that the user names, with what `write` writes.
pub(super) fn write(
    path: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), DiskError> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    write(&mut file)?;
    Ok(file.flush()?)
}

/// The working directory, real.
pub(super) fn working_directory() -> io::Result<PathBuf> {
    fs::canonicalize(std::env::current_dir()?)
}

/// The real path of what a user names.
pub(super) fn real_path(path: &str) -> Result<PathBuf, DiskError> {
    Ok(fs::canonicalize(path)?)
}

/// The top of the git work tree around a real path.
pub(super) fn git_top(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|ancestor| ancestor.join(".git").exists()).map(Path::to_owned)
}

/// The directory that a path lies in.
pub(super) fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}

/// The nearest directory that holds both.
pub(super) fn common_ancestor(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}
