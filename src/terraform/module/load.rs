//! Reads the modules of a run, each directory once: [`Modules`].

use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::body::File;
use super::files::FileSet;
use super::{Declarer, Module, json};
use crate::disk::{Disk, DiskError, join};
use crate::model::{Problem, ProblemKind};
use crate::source::{FileId, Sources};
use crate::syntax::hcl::ast::Body;
use crate::syntax::{SyntaxError, hcl, json as json_syntax};
use crate::terraform::TERRAGRUNT_FILES;
use crate::terraform::eval::Source;
use crate::terraform::standins::Standin;

/// The modules that were read. Roots that run in parallel share it.
pub struct Modules<'a> {
    disk: &'a dyn Disk,
    sources: &'a Sources,
    tofu: bool,
    known: Slots<String, Result<Arc<Module>, DiskError>>,
    standins: Slots<&'static str, Arc<Module>>,
    standin_files: Mutex<Vec<FileId>>,
    values: Slots<String, Option<Arc<Parsed>>>,
    terragrunt: Slots<String, Option<Arc<Parsed>>>,
}

/// What is read once: whoever comes second waits for that one thing alone. The first read is the first freed: so memory
/// is given back in the order in which it was taken.
type Slots<K, V> = Mutex<IndexMap<K, Arc<OnceLock<V>>, FxBuildHasher>>;

/// A file with its tree, and what is wrong with it.
pub struct Parsed {
    /// The file.
    pub file: Arc<File>,
    /// Its syntax errors.
    pub problems: Vec<Problem>,
}

/// What a JSON file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// Configuration.
    Configuration,
    /// Values of variables.
    Values,
}

impl<'a> Modules<'a> {
    /// Nothing is read yet. `tofu`: read `.tofu` files, as OpenTofu does.
    pub fn new(disk: &'a dyn Disk, sources: &'a Sources, tofu: bool) -> Self {
        Self {
            disk,
            sources,
            tofu,
            known: Mutex::default(),
            standins: Mutex::default(),
            standin_files: Mutex::default(),
            values: Mutex::default(),
            terragrunt: Mutex::default(),
        }
    }

    /// Where files come from.
    pub const fn disk(&self) -> &'a dyn Disk {
        self.disk
    }

    /// Where texts are kept.
    pub const fn sources(&self) -> &'a Sources {
        self.sources
    }

    /// The module in a directory.
    ///
    /// # Errors
    /// The directory can't be read. What is wrong with its files is told in [`Module::problems`].
    pub fn load(&self, directory: &str) -> Result<Arc<Module>, DiskError> {
        let slot = slot(&self.known, directory.to_owned());
        slot.get_or_init(|| self.read(directory).map(Arc::new)).clone()
    }

    /// Is there one among the modules that were read?
    pub(in crate::terraform) fn any(&self, mut holds: impl FnMut(&Module) -> bool) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut read = known.values().filter_map(|slot| slot.get()?.as_ref().ok());
        read.any(|module| holds(module))
    }

    /// The module that stands in for one which is not installed.
    pub(in crate::terraform) fn standin(&self, standin: &Standin) -> Arc<Module> {
        let slot = slot(&self.standins, standin.name);
        let module = slot.get_or_init(|| {
            let path = format!("{} (stand-in)", standin.name);
            let parsed = self.parse(&path, standin.text.as_bytes().into(), Content::Configuration);
            let mut files = self.standin_files.lock().unwrap_or_else(PoisonError::into_inner);
            files.push(parsed.file.source.id);
            let mut declarer = Declarer::new(path, FileSet::default());
            declarer.add(&parsed.file);
            Arc::new(declarer.finish())
        });
        Arc::clone(module)
    }

    /// Was any stand-in read?
    pub(in crate::terraform) fn has_standins(&self) -> bool {
        !self.standin_files.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Is this the file of a stand-in?
    pub(in crate::terraform) fn is_standin(&self, file: FileId) -> bool {
        self.standin_files.lock().unwrap_or_else(PoisonError::into_inner).contains(&file)
    }

    fn read(&self, directory: &str) -> Result<Module, DiskError> {
        let files = FileSet::of(&self.disk.list(directory)?, self.tofu);
        let mut declarer = Declarer::new(directory.to_owned(), files.clone());
        if let Some(name) = files.not_read.first() {
            declarer.problem(not_read(&join(directory, name)));
        }
        for name in &files.primary {
            self.declare(&join(directory, name), &mut declarer);
        }
        declarer.begin_overrides();
        for name in &files.overrides {
            self.declare(&join(directory, name), &mut declarer);
        }
        Ok(declarer.finish())
    }

    fn declare(&self, path: &str, declarer: &mut Declarer) {
        match self.disk.read(path) {
            Ok(text) => {
                let parsed = self.parse(path, text, Content::Configuration);
                parsed.problems.into_iter().for_each(|problem| declarer.problem(problem));
                declarer.add(&parsed.file);
            }
            Err(error) => declarer.problem(cannot_read(path, &error)),
        }
    }

    /// A file of Terragrunt, which many roots share; `None` where it can't be read.
    pub(in crate::terraform) fn values(&self, path: &str) -> Option<Arc<Parsed>> {
        let slot = slot(&self.values, path.to_owned());
        let read =
            || Some(Arc::new(self.parse(path, self.disk.read(path).ok()?, Content::Configuration)));
        slot.get_or_init(read).clone()
    }

    /// The file that Terragrunt reads in a directory: every root below asks for it.
    pub(in crate::terraform) fn terragrunt(&self, directory: &str) -> Option<Arc<Parsed>> {
        let slot = slot(&self.terragrunt, directory.to_owned());
        let find = || TERRAGRUNT_FILES.iter().find_map(|name| self.values(&join(directory, name)));
        slot.get_or_init(find).clone()
    }

    /// Reads a file's text by the syntax that its name tells.
    pub fn parse(&self, path: &str, text: Arc<[u8]>, content: Content) -> Parsed {
        let is_json = path.ends_with(".json");
        let path: Arc<str> = path.into();
        let id = self.sources.add(Arc::clone(&path), Arc::clone(&text));
        let (body, errors) = match (is_json, content) {
            (false, _) => {
                let parsed = hcl::parse(&text);
                (parsed.body, parsed.errors)
            }
            (true, content) => parse_json(&text, content),
        };
        let file = Arc::new(File { source: Source { id, text }, path, body });
        let problems = errors.into_iter().map(|error| syntax_problem(&file, error)).collect();
        Parsed { file, problems }
    }
}

fn slot<K: Eq + Hash, V>(slots: &Slots<K, V>, key: K) -> Arc<OnceLock<V>> {
    let mut slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(slots.entry(key).or_default())
}

fn parse_json(text: &[u8], content: Content) -> (Body, Vec<SyntaxError>) {
    let json_syntax::Parsed { root, mut errors, .. } = json_syntax::parse(text);
    let Some(root) = root else { return (Body::default(), errors) };
    let (body, more) = match content {
        Content::Configuration => json::configuration(&root, text),
        Content::Values => json::values(&root, text),
    };
    errors.extend(more);
    (body, errors)
}

/// A file that can't be read.
pub fn cannot_read(path: &str, error: &DiskError) -> Problem {
    Problem {
        kind: ProblemKind::Input,
        path: path.to_owned(),
        span: None,
        message: format!("cannot read `{path}`: {error}"),
        help: None,
    }
}

/// A file that only OpenTofu reads, while Terraform is asked for.
fn not_read(path: &str) -> Problem {
    Problem {
        kind: ProblemKind::Note,
        path: path.to_owned(),
        span: None,
        message: format!("`{path}` is not read: Terraform does not know `.tofu` files"),
        help: Some("with `--tofu` they count as they do for OpenTofu".to_owned()),
    }
}

fn syntax_problem(file: &File, error: SyntaxError) -> Problem {
    Problem {
        kind: ProblemKind::Syntax,
        path: file.path.to_string(),
        span: Some(file.span(error.range)),
        message: error.message.into(),
        help: error.help.map(Into::into),
    }
}
