//! What the files of a directory declare, override files merged in: [`Module`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use smol_str::SmolStr;

use self::body::{AttributeRef, BlockRef, Declaration, File, Local};
use self::files::FileSet;
use crate::disk::join;
use crate::model::{Problem, ProblemKind};
use crate::source::Span;
use crate::syntax::hcl::ast::{Item, Label};
use crate::terraform::contents::{Contents, is_relevant};
use crate::terraform::loader::is_local;
use crate::terraform::mentions::facts::KnownFacts;
use crate::terraform::variables::KnownVariables;

pub mod body;
pub mod files;
mod json;
pub mod load;
pub mod manifest;

/// The declarations of one directory.
#[derive(Debug, Default)]
pub struct Module {
    /// The directory.
    pub directory: String,
    /// The names of its files.
    pub files: FileSet,
    /// `variable`
    pub variables: Named,
    /// Each entry of the `locals` blocks.
    pub locals: BTreeMap<SmolStr, Local>,
    /// `resource` and `data`
    pub resources: BTreeMap<ResourceKey, Declaration>,
    /// The resources that may say something about ECR, told by their types.
    pub relevant: Vec<ResourceKey>,
    /// `module`
    pub calls: Named,
    /// The directories of the calls whose source is written as a local path, by the names of the calls.
    pub local_calls: BTreeMap<SmolStr, String>,
    /// `output`
    pub outputs: Named,
    /// `provider`, by local name and alias: `aws`, `aws.west`.
    pub providers: Named,
    /// What is wrong with the files.
    pub problems: Vec<Problem>,
    pub(super) contents: OnceLock<Contents>,
    pub(super) facts: Mutex<KnownFacts>,
    pub(super) known_variables: Mutex<KnownVariables>,
}

/// Blocks by their name.
pub type Named = BTreeMap<SmolStr, Declaration>;

/// `type.name` of a resource, or `data.type.name` of a data source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ResourceKey {
    /// Which of the two.
    pub mode: Mode,
    /// `aws_ecr_repository`
    pub type_name: SmolStr,
    /// The name.
    pub name: SmolStr,
}

/// Resources and data sources have names of their own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mode {
    /// `resource`
    Managed,
    /// `data`
    Data,
}

/// Adds files to a module, first the primary ones, then the override files.
#[derive(Debug)]
pub(super) struct Declarer {
    module: Module,
    is_override: bool,
}

impl ResourceKey {
    /// The key of a managed resource.
    pub fn managed(type_name: &str, name: &str) -> Self {
        Self { mode: Mode::Managed, type_name: type_name.into(), name: name.into() }
    }

    /// The key of a data source.
    pub fn data(type_name: &str, name: &str) -> Self {
        Self { mode: Mode::Data, type_name: type_name.into(), name: name.into() }
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            Mode::Managed => write!(f, "{}.{}", self.type_name, self.name),
            Mode::Data => write!(f, "data.{}.{}", self.type_name, self.name),
        }
    }
}

impl Declarer {
    pub(super) fn new(directory: String, files: FileSet) -> Self {
        let module = Module { directory, files, ..Module::default() };
        Self { module, is_override: false }
    }

    /// From here on, files are override files.
    pub(super) const fn begin_overrides(&mut self) {
        self.is_override = true;
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.module.problems.push(problem);
    }

    pub(super) fn finish(mut self) -> Module {
        let module = &mut self.module;
        module.relevant = module.resources.keys().filter(|key| is_relevant(key)).cloned().collect();
        let local = module.calls.iter().filter_map(|(name, call)| {
            let source = call.attribute("source")?.literal_text()?;
            let directory = || join(&module.directory, &source.replace('\\', "/"));
            is_local(source).then(|| (name.clone(), directory()))
        });
        module.local_calls = local.collect();
        self.module
    }

    /// Adds what a file declares.
    pub(super) fn add(&mut self, file: &Arc<File>) {
        for (index, item) in file.body.items.iter().enumerate() {
            match item {
                Item::Block(block) => self.add_block(BlockRef { file, block }, index),
                Item::Attribute(attribute) => {
                    let name = attribute.name.text(&file.source.text);
                    let message = format!("an argument named `{name}` is not expected here");
                    self.note(file, file.span(attribute.name.range), message);
                }
            }
        }
    }

    /// Adds a block, which is this item of its file.
    fn add_block(&mut self, block: BlockRef<'_>, item: usize) {
        let file = block.file;
        let kind = block.block.kind.text(&file.source.text);
        let text = |label: &Label| -> SmolStr { label.text.text(&file.source.text).into() };
        match (kind, block.block.labels.as_slice()) {
            ("resource", [type_name, name]) => {
                let (type_name, name) = (text(type_name), text(name));
                let key = ResourceKey { mode: Mode::Managed, type_name, name };
                self.add_to(|module| &mut module.resources, key, block, item);
            }
            ("data", [type_name, name]) => {
                let (type_name, name) = (text(type_name), text(name));
                let key = ResourceKey { mode: Mode::Data, type_name, name };
                self.add_to(|module| &mut module.resources, key, block, item);
            }
            ("variable", [name]) => {
                self.add_to(|module| &mut module.variables, text(name), block, item);
            }
            ("output", [name]) => {
                self.add_to(|module| &mut module.outputs, text(name), block, item);
            }
            ("module", [name]) => {
                self.add_to(|module| &mut module.calls, text(name), block, item);
            }
            ("provider", [name]) => {
                self.add_provider(&text(name), file, item);
            }
            ("locals", []) => self.add_locals(block, item),
            (
                "terraform" | "moved" | "removed" | "import" | "check" | "ephemeral" | "action"
                | "language",
                _,
            ) => {}
            ("resource" | "data" | "variable" | "output" | "module" | "provider" | "locals", _) => {
                let message = format!("a `{kind}` block has another number of labels");
                self.note(file, block.header(), message);
            }
            _ => {
                let message = format!("blocks of type `{kind}` are not expected here");
                self.note(file, block.header(), message);
            }
        }
    }

    /// A provider without `alias` may be configured once, and one alias once.
    fn add_provider(&mut self, name: &str, file: &Arc<File>, item: usize) {
        let declaration = Declaration::new(file, item);
        let alias = declaration.attribute("alias").and_then(AttributeRef::literal_text);
        let key = alias.map_or_else(|| name.to_owned(), |alias| format!("{name}.{alias}"));
        self.module.providers.entry(key.into()).or_insert(declaration);
    }

    fn add_locals(&mut self, block: BlockRef<'_>, item: usize) {
        let file = block.file;
        for (entry, content) in block.block.body.items.iter().enumerate() {
            let Item::Attribute(attribute) = content else { continue };
            let name: SmolStr = attribute.name.text(&file.source.text).into();
            let span = file.span(attribute.name.range);
            let local = Local::new(file, item, entry);
            match self.module.locals.entry(name.clone()) {
                Entry::Occupied(mut occupied) if self.is_override => {
                    occupied.insert(local);
                }
                Entry::Occupied(_) => {
                    self.note(file, span, format!("there are two locals named `{name}`"));
                }
                Entry::Vacant(_) if self.is_override => {
                    self.note(file, span, nothing_to_override(&format!("local `{name}`")));
                }
                Entry::Vacant(vacant) => {
                    vacant.insert(local);
                }
            }
        }
    }

    fn add_to<K: Ord + fmt::Display>(
        &mut self,
        declarations: impl FnOnce(&mut Module) -> &mut BTreeMap<K, Declaration>,
        key: K,
        block: BlockRef<'_>,
        item: usize,
    ) {
        let file = block.file;
        let kind = || block.block.kind.text(&file.source.text);
        match declarations(&mut self.module).entry(key) {
            Entry::Occupied(mut occupied) if self.is_override => {
                occupied.get_mut().merge(file, item);
            }
            Entry::Occupied(occupied) => {
                let address = occupied.key().to_string();
                let message = format!("there are two {} blocks named `{address}`", kind());
                self.declared_wrongly(block, &address, message);
            }
            Entry::Vacant(vacant) if self.is_override => {
                let address = vacant.key().to_string();
                let message = nothing_to_override(&format!("{} `{address}`", kind()));
                self.declared_wrongly(block, &address, message);
            }
            Entry::Vacant(vacant) => {
                vacant.insert(Declaration::new(file, item));
            }
        }
    }

    /// A declaration that can't be taken: where it is a resource of ECR, something is left unsaid about it.
    fn declared_wrongly(&mut self, block: BlockRef<'_>, address: &str, message: String) {
        let is_ecr = address.starts_with("aws_ecr");
        let kind = if is_ecr { ProblemKind::Evaluation } else { ProblemKind::Note };
        self.module.problems.push(problem(kind, block.file, block.header(), message));
    }

    fn note(&mut self, file: &File, span: Span, message: String) {
        self.module.problems.push(problem(ProblemKind::Note, file, span, message));
    }
}

fn nothing_to_override(what: &str) -> String {
    format!("there is no {what} in the other files that this could override")
}

fn problem(kind: ProblemKind, file: &File, span: Span, message: String) -> Problem {
    Problem { kind, path: file.path.to_string(), span: Some(span), message, help: None }
}
