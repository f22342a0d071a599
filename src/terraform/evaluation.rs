//! The evaluation of one root module: each thing that has a name is evaluated when it is asked for, and once.
//! [`Evaluation`], [`Instance`]

use std::cell::RefCell;
use std::fmt;
use std::hash::Hash;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::calls::{Absent, Called};
use super::eval::Session;
use super::expand::{Key, Repetition};
use super::loader::Options;
use super::mentions::Mentions;
use super::module::body::{File, Local};
use super::module::load::Modules;
use super::module::manifest::Manifest;
use super::module::{Module, ResourceKey};
use super::resources::Resource;
use super::scope::Names;
use super::terragrunt::Deployment;
use super::variables::Supplied;
use super::{EvalError, references};
use crate::model::{Problem, ProblemKind};
use crate::origin::HopKind;
use crate::source::Span;
use crate::value::Value;

/// The value of something, or why it has none.
pub(super) type Outcome<T = Value> = Result<T, EvalError>;

/// A root module under evaluation.
pub(super) struct Evaluation<'a> {
    pub(super) modules: &'a Modules<'a>,
    pub(super) options: &'a Options,
    /// The directory of the root module.
    pub(super) directory: String,
    pub(super) root: Rc<Instance>,
    pub(super) session: Session,
    pub(super) manifest: Manifest,
    /// What was found out about the policies that may name ECR.
    pub(super) mentions: Mentions,
    /// The references to variables that are not declared, and what to say about each.
    pub(super) undeclared: RefCell<Undeclared>,
    /// Modules that are not installed, by their calls.
    pub(super) absent: RefCell<Vec<Absent>>,
    /// A variable that is not declared is unknown. (An expression of the user's that names one is an error.)
    pub(super) lenient: bool,
    /// The directory whose `terragrunt.hcl` deploys the root module, where that lies elsewhere.
    pub(super) terragrunt: Option<String>,
    /// Terragrunt is in use: it may write files with further declarations.
    pub(super) has_terragrunt: bool,
    /// Values for the variables of the root module.
    pub(super) supplied: FxHashMap<SmolStr, Supplied>,
    /// What a plan says of the variables of the root module.
    pub(super) planned: FxHashMap<SmolStr, Arc<File>>,
    instances: RefCell<Vec<Rc<Instance>>>,
    /// What is being evaluated, the innermost last.
    under_way: RefCell<Vec<Node>>,
    problems: RefCell<Vec<Problem>>,
    told: RefCell<FxHashSet<(Option<Span>, String)>>,
}

/// One use of a module: the root, or an instance of a call.
pub(super) struct Instance {
    pub(super) id: usize,
    pub(super) module: Arc<Module>,
    /// `None` for the root.
    pub(super) parent: Option<Parent>,
    /// The names of the calls from the root inward, joined by dots.
    pub(super) path: String,
    /// What stands before the addresses of its resources: `module.ecr["api"].`
    pub(super) prefix: String,
    /// The headers of the calls from the root inward.
    pub(super) calls: Vec<Span>,
    /// The call of a module that is not installed, whose stand-in this is or is a part of.
    pub(super) standin: Option<Span>,
    pub(super) variables: Memo<SmolStr, (Value, HopKind)>,
    pub(super) locals: Memo<SmolStr, Value>,
    pub(super) outputs: Memo<SmolStr, Value>,
    pub(super) called: Memo<SmolStr, Rc<Called>>,
    pub(super) resources: Memo<ResourceKey, Rc<Resource>>,
}

/// Where a module is called.
pub(super) struct Parent {
    /// The calling module.
    pub(super) instance: usize,
    /// The name of the call.
    pub(super) call: SmolStr,
    pub(super) key: Key,
    pub(super) repetition: Rc<Repetition>,
}

/// What was evaluated; `None` while it is under way.
pub(super) type Memo<K, T> = RefCell<FxHashMap<K, Option<Outcome<T>>>>;

/// Something that is evaluated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Node {
    /// Its module instance.
    pub(super) instance: usize,
    pub(super) kind: NodeKind,
    pub(super) name: NodeName,
    /// Where it is declared.
    pub(super) span: Span,
}

/// What it is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NodeName {
    Plain(SmolStr),
    Resource(ResourceKey),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NodeKind {
    Variable,
    Local,
    Output,
    Call,
    Resource,
    /// An attribute of the resource instance with this address.
    Attribute(Rc<str>),
}

/// References to what is not declared.
#[derive(Default)]
pub(super) struct Undeclared {
    /// Each with what to say about it, in the order of evaluation.
    all: Vec<(Span, String)>,
    places: FxHashMap<Span, usize>,
}

/// Things may wait for each other this deep. Beyond [`DEEP`] locals are evaluated in the order of their dependencies,
/// so that a long chain of them needs no deep stack.
const MAX_DEPTH: usize = 100;
const DEEP: usize = 24;
/// More module instances than this are not made.
const MAX_MODULES: usize = 10_000;

impl<'a> Evaluation<'a> {
    /// Nothing is evaluated yet but what is given to the root module. `deployment`: what deploys it, if it is Terragrunt.
    pub(super) fn new(
        modules: &'a Modules<'a>,
        directory: &str,
        options: &'a Options,
        module: Arc<Module>,
        deployment: Option<&Deployment>,
    ) -> Self {
        let standin = deployment.filter(|it| it.module().is_none()).map(|it| it.span);
        let calls = deployment.iter().map(|it| it.span).collect();
        let placing = Placing { calls, standin, ..Placing::default() };
        let root = Rc::new(Instance::new(0, module, placing));
        let mut evaluation = Self {
            modules,
            options,
            directory: directory.to_owned(),
            session: Session::new(),
            manifest: Manifest::read(directory, modules.disk()),
            mentions: Mentions::default(),
            undeclared: RefCell::default(),
            absent: RefCell::default(),
            lenient: true,
            terragrunt: deployment.map(|it| it.directory.clone()),
            has_terragrunt: false,
            supplied: FxHashMap::default(),
            planned: FxHashMap::default(),
            instances: RefCell::new(vec![Rc::clone(&root)]),
            root,
            under_way: RefCell::default(),
            problems: RefCell::default(),
            told: RefCell::default(),
        };
        let problems = evaluation.root.module.problems.clone();
        problems.into_iter().for_each(|problem| evaluation.tell(problem));
        evaluation.supply();
        evaluation
    }

    /// A module instance.
    pub(super) fn instance(&self, id: usize) -> Option<Rc<Instance>> {
        self.instances.borrow().get(id).cloned()
    }

    /// All module instances that were made so far.
    pub(super) fn instances(&self) -> Vec<Rc<Instance>> {
        self.instances.borrow().clone()
    }

    /// Makes a module instance. `span`: where it is called.
    pub(super) fn add_instance(
        &self,
        module: Arc<Module>,
        place: Placing,
        span: Span,
    ) -> Outcome<Rc<Instance>> {
        let mut instances = self.instances.borrow_mut();
        if instances.len() >= MAX_MODULES {
            let message = format!("there are more than {MAX_MODULES} module instances");
            return Err(EvalError::limit(span, message));
        }
        let instance = Rc::new(Instance::new(instances.len(), module, place));
        instances.push(Rc::clone(&instance));
        Ok(instance)
    }

    /// Tells a problem, once.
    pub(super) fn tell(&self, problem: Problem) {
        if self.told.borrow_mut().insert((problem.span, problem.message.clone())) {
            self.problems.borrow_mut().push(problem);
        }
    }

    /// Tells about a place in the files.
    pub(super) fn tell_at(&self, kind: ProblemKind, span: Span, message: impl Into<String>) {
        let path = self.modules.sources().get(span.file).path().to_string();
        self.tell(Problem { kind, path, span: Some(span), message: message.into(), help: None });
    }

    /// All that was told.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.tell_refused();
        self.tell_undeclared();
        if let Some((span, message)) = Absent::message(&self.absent.take()) {
            self.tell_at(ProblemKind::Note, span, message);
        }
        self.problems.into_inner()
    }

    /// Tells, once for each variable, about references to variables that are not declared and that no fact of ECR hangs
    /// on. Terragrunt may declare them.
    fn tell_undeclared(&self) {
        if self.has_terragrunt {
            return;
        }
        let mut told = FxHashSet::default();
        for (span, message) in self.undeclared.take().all {
            if told.insert(message.clone())
                && !self.told.borrow().iter().any(|(_, other)| *other == message)
            {
                self.tell_at(ProblemKind::Note, span, message);
            }
        }
    }

    /// `local.name`; `None` where it is not declared.
    pub(super) fn local(&self, instance: &Rc<Instance>, name: &str) -> Option<Outcome> {
        let (name, local) = instance.module.locals.get_key_value(name)?;
        if self.under_way.borrow().len() >= DEEP {
            self.locals_in_order(instance, name);
        }
        let local = local.entry()?;
        let span = local.file.span(local.attribute.range);
        Some(self.once(&instance.locals, name, instance, NodeKind::Local, span, || {
            Names::of(self, instance).eval(local)
        }))
    }

    /// Evaluates the locals that a local depends on, each after those that it depends on itself.
    fn locals_in_order(&self, instance: &Rc<Instance>, name: &SmolStr) {
        let mut seen: FxHashSet<SmolStr> = FxHashSet::default();
        let mut open = vec![(name.clone(), false)];
        while let Some((name, is_ready)) = open.pop() {
            let local = instance.module.locals.get(&name).and_then(Local::entry);
            let Some(local) = local else { continue };
            if is_ready {
                let span = local.file.span(local.attribute.range);
                let _ = self.once(&instance.locals, &name, instance, NodeKind::Local, span, || {
                    Names::of(self, instance).eval(local)
                });
            } else if !instance.locals.borrow().contains_key(&name) && seen.insert(name.clone()) {
                open.push((name, true));
                let found = references::locals(local);
                open.extend(found.into_iter().map(|name| (name, false)));
            }
        }
    }

    /// Evaluates something that has not been evaluated yet.
    pub(super) fn once<K: Clone + Eq + Hash + Into<NodeName>, T: Clone>(
        &self,
        memo: &Memo<K, T>,
        key: &K,
        instance: &Instance,
        kind: NodeKind,
        span: Span,
        evaluate: impl FnOnce() -> Outcome<T>,
    ) -> Outcome<T> {
        let node = || {
            let name = key.clone().into();
            Node { instance: instance.id, kind: kind.clone(), name, span }
        };
        match memo.borrow().get(key) {
            Some(Some(known)) => return known.clone(),
            Some(None) => return Err(self.cycle(&node())),
            None => {}
        }
        if self.under_way.borrow().len() >= MAX_DEPTH {
            let message = format!("references lead more than {MAX_DEPTH} levels deep");
            return Err(EvalError::limit(span, message));
        }
        memo.borrow_mut().insert(key.clone(), None);
        self.under_way.borrow_mut().push(node());
        let outcome = evaluate();
        self.under_way.borrow_mut().pop();
        memo.borrow_mut().insert(key.clone(), Some(outcome.clone()));
        outcome
    }

    /// Names everything on the way from a thing back to itself.
    fn cycle(&self, node: &Node) -> EvalError {
        let under_way = self.under_way.borrow();
        let start = under_way.iter().rposition(|other| other == node).unwrap_or_default();
        let names = under_way.iter().skip(start).chain([node]).map(|node| self.name_of(node));
        let way = names.collect::<Vec<_>>().join(" → ");
        let message = format!("`{}` refers to itself: {way}", self.name_of(node));
        EvalError::limit(node.span, message)
    }

    fn name_of(&self, node: &Node) -> String {
        let kind = match &node.kind {
            NodeKind::Attribute(address) => return format!("{address}.{}", node.name),
            NodeKind::Variable => "var.",
            NodeKind::Local => "local.",
            NodeKind::Output => "output.",
            NodeKind::Call => "module.",
            NodeKind::Resource => "",
        };
        let prefix = self.instance(node.instance);
        let prefix = prefix.as_ref().map_or("", |instance| &instance.prefix);
        format!("{prefix}{kind}{}", node.name)
    }
}

impl Undeclared {
    /// Notes a reference.
    pub(super) fn add(&mut self, span: Span, message: &str) {
        let next = self.all.len();
        if *self.places.entry(span).or_insert(next) == next {
            self.all.push((span, message.to_owned()));
        }
    }

    /// What to say about the reference at a place, if it is one of these.
    pub(super) fn at(&self, span: Span) -> Option<&str> {
        let (_, message) = self.all.get(*self.places.get(&span)?)?;
        Some(message)
    }
}

/// Where a module instance stands.
#[derive(Default)]
pub(super) struct Placing {
    pub(super) parent: Option<Parent>,
    pub(super) path: String,
    pub(super) prefix: String,
    pub(super) calls: Vec<Span>,
    pub(super) standin: Option<Span>,
}

impl Instance {
    fn new(id: usize, module: Arc<Module>, place: Placing) -> Self {
        let Placing { parent, path, prefix, calls, standin } = place;
        Self {
            id,
            module,
            parent,
            path,
            prefix,
            calls,
            standin,
            variables: Memo::default(),
            locals: Memo::default(),
            outputs: Memo::default(),
            called: Memo::default(),
            resources: Memo::default(),
        }
    }
}

impl From<SmolStr> for NodeName {
    fn from(name: SmolStr) -> Self {
        Self::Plain(name)
    }
}

impl From<ResourceKey> for NodeName {
    fn from(key: ResourceKey) -> Self {
        Self::Resource(key)
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => f.write_str(name),
            Self::Resource(key) => key.fmt(f),
        }
    }
}
