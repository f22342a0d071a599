//! What the things that a module declares say by themselves, whichever root calls the module: [`Facts`].

use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashSet};
use smol_str::SmolStr;

use super::pieces::{brings_text, is_bare_piece, may_name};
use crate::source::{Span, TextRange};
use crate::syntax::hcl::ast::{Expr, ExprKind, Step};
use crate::terraform::identity::PolicySource;
use crate::terraform::module::body::{AttributeRef, BlockRef, Declaration, File, Local};
use crate::terraform::module::{Module, ResourceKey};
use crate::terraform::others;
use crate::terraform::references::{Role, walk};
use crate::terraform::scope::{no_variable, wanted};

/// Something in a module that may bring text into a policy.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(in crate::terraform) enum Thing {
    /// The policies that a resource of IAM gives.
    Policy(ResourceKey),
    /// A resource or data source, or one argument of it.
    Resource(ResourceKey, Option<SmolStr>),
    Local(SmolStr),
    /// The default of a variable.
    Variable(SmolStr),
    Output(SmolStr),
    /// An argument of a call.
    Argument(SmolStr, SmolStr),
    /// What repeats a call.
    Repetition(SmolStr),
}

/// The number of a thing in its module.
pub(super) type ThingId = usize;

/// What a thing says by itself, and what it refers to.
#[derive(Debug)]
pub(in crate::terraform) struct Facts {
    pub(super) thing: Thing,
    /// A text that may name ECR stands in it, or something that can't be looked into.
    pub(super) names_ecr: bool,
    /// It holds the name of the workspace.
    pub(super) workspace: bool,
    /// Other things in its module.
    pub(super) things: Vec<ThingId>,
    /// Outputs of calls: one, or all of them.
    pub(super) outputs: Vec<(SmolStr, Option<SmolStr>)>,
    /// References to variables that are not declared, and what to say about each.
    pub(super) undeclared: Vec<(Span, String)>,
}

/// The facts of a module that were asked for, by things.
pub(in crate::terraform) type KnownFacts = IndexMap<Thing, Option<Arc<Facts>>, FxBuildHasher>;

/// Collects the facts of a thing.
struct Finder<'m> {
    module: &'m Module,
    names_ecr: bool,
    workspace: bool,
    things: Vec<Thing>,
    outputs: Vec<(SmolStr, Option<SmolStr>)>,
    undeclared: Vec<(Span, String)>,
}

impl Module {
    /// The number of a thing.
    pub(super) fn thing(&self, thing: Thing) -> ThingId {
        number(&mut lock(&self.facts), thing)
    }

    /// What a thing says by itself: found out once, whichever root asks. `None` where there is no such thing.
    pub(super) fn facts_of(&self, id: ThingId) -> Option<Arc<Facts>> {
        let thing = match lock(&self.facts).get_index(id)? {
            (_, Some(facts)) => return Some(Arc::clone(facts)),
            (thing, None) => thing.clone(),
        };
        let mut finder = Finder {
            module: self,
            names_ecr: false,
            workspace: false,
            things: Vec::new(),
            outputs: Vec::new(),
            undeclared: Vec::new(),
        };
        finder.thing(&thing);
        let mut known = lock(&self.facts);
        let things = take(&mut finder.things).into_iter();
        let facts = Arc::new(Facts {
            thing,
            names_ecr: finder.names_ecr,
            workspace: finder.workspace,
            things: things.map(|thing| number(&mut known, thing)).collect(),
            outputs: finder.outputs,
            undeclared: finder.undeclared,
        });
        let (_, slot) = known.get_index_mut(id)?;
        *slot = Some(Arc::clone(&facts));
        Some(facts)
    }
}

fn lock(known: &Mutex<KnownFacts>) -> MutexGuard<'_, KnownFacts> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

fn number(known: &mut KnownFacts, thing: Thing) -> ThingId {
    let entry = known.entry(thing);
    let id = entry.index();
    entry.or_default();
    id
}

impl Finder<'_> {
    fn thing(&mut self, thing: &Thing) {
        let module = self.module;
        match thing {
            Thing::Policy(key) => {
                if let Some(resource) = module.resources.get(key) {
                    self.policy(key, resource);
                }
            }
            Thing::Resource(key, wanted) => {
                if let Some(resource) = module.resources.get(key) {
                    self.resource(key, resource, wanted.as_deref());
                }
            }
            Thing::Local(name) => {
                if let Some(local) = module.locals.get(name).and_then(Local::entry) {
                    self.attribute(local);
                }
            }
            Thing::Variable(name) => self.attribute_of(module.variables.get(name), "default"),
            Thing::Output(name) => self.attribute_of(module.outputs.get(name), "value"),
            Thing::Argument(call, name) => self.attribute_of(module.calls.get(call), name),
            Thing::Repetition(call) => {
                if let Some(call) = module.calls.get(call) {
                    self.repetition(call);
                }
            }
        }
    }

    fn policy(&mut self, key: &ResourceKey, resource: &Declaration) {
        match PolicySource::of(&key.type_name) {
            Some(PolicySource::Document(argument)) => {
                self.repetition(resource);
                self.attribute_of(Some(resource), argument);
            }
            Some(PolicySource::Role) => {
                let blocks = resource.blocks("inline_policy");
                if !blocks.is_empty() {
                    self.repetition(resource);
                    blocks.into_iter().for_each(|block| self.block(block));
                }
            }
            Some(PolicySource::Arn(_) | PolicySource::Arns(_)) | None => {}
        }
    }

    fn resource(&mut self, key: &ResourceKey, resource: &Declaration, wanted: Option<&str>) {
        // The outputs that it reads stand in a state file.
        self.names_ecr |= &*key.type_name == "terraform_remote_state";
        self.repetition(resource);
        if let Some(name) = wanted {
            return self.attribute_of(Some(resource), name);
        }
        for (name, attribute) in resource.attributes() {
            if !matches!(name, "count" | "for_each") {
                self.attribute(attribute);
            }
        }
        resource.layers().for_each(|block| self.blocks(block));
    }

    fn attribute_of(&mut self, block: Option<&Declaration>, name: &str) {
        if let Some(attribute) = block.and_then(|block| block.attribute(name)) {
            self.attribute(attribute);
        }
    }

    /// What a block is repeated for. How often that is brings no text.
    fn repetition(&mut self, block: &Declaration) {
        match block.either_attribute(["count", "for_each"]) {
            Some(("for_each", attribute)) => self.attribute(attribute),
            Some((_, count)) => self.pass_over_expr(count.expr(), count.file),
            None => {}
        }
    }

    fn block(&mut self, block: BlockRef<'_>) {
        if others::is_block(block) {
            return self.pass_over(block);
        }
        block.attributes().for_each(|(_, attribute)| self.attribute(attribute));
        self.blocks(block);
    }

    fn blocks(&mut self, block: BlockRef<'_>) {
        block.all_blocks().for_each(|inner| self.block(inner));
    }

    /// Looks at a block that does not count, for nothing but variables that are not declared.
    fn pass_over(&mut self, block: BlockRef<'_>) {
        for (_, attribute) in block.attributes() {
            self.pass_over_expr(attribute.expr(), attribute.file);
        }
        block.all_blocks().for_each(|inner| self.pass_over(inner));
    }

    fn pass_over_expr(&mut self, expr: &Expr, file: &File) {
        walk(expr, &mut |expr, _| {
            if let ExprKind::Traversal(traversal) = &expr.kind
                && let ExprKind::Variable(name) = &traversal.base.kind
                && name.is("var", &file.source.text)
            {
                let _ = self.variable(name.range, &traversal.steps, file);
            }
            true
        });
    }

    fn attribute(&mut self, attribute: AttributeRef<'_>) {
        let (file, expr) = (attribute.file, attribute.expr());
        let text = &file.source.text;
        let TextRange { mut start, end } = expr.range;
        let mut of_others = FxHashSet::default();
        walk(expr, &mut |expr, role| {
            let is_text = role == Role::Part
                && match &expr.kind {
                    ExprKind::Binary(_) | ExprKind::Unary(_) => false,
                    _ => !of_others.contains(&expr.range),
                };
            if !is_text {
                self.names_ecr |= may_name(TextRange::new(start, expr.range.start).of(text));
                start = expr.range.end;
                self.pass_over_expr(expr, file);
                return false;
            }
            match &expr.kind {
                ExprKind::Call(call) => {
                    let name = call.name.of(text);
                    self.names_ecr |= brings_text(name);
                    if name == b"jsonencode" {
                        let encoded = call.arguments.iter();
                        encoded.for_each(|it| others::find_objects(it, text, &mut of_others));
                    }
                }
                ExprKind::Object(items) => {
                    self.names_ecr |= items.iter().any(|item| is_bare_piece(&item.key, text));
                }
                ExprKind::Traversal(traversal) => {
                    if let ExprKind::Variable(name) = &traversal.base.kind {
                        self.refer(name.range, &traversal.steps, file);
                    }
                }
                _ => {}
            }
            true
        });
        self.names_ecr |= may_name(TextRange::new(start, end).of(text));
    }

    fn refer(&mut self, name: TextRange, steps: &[Step], file: &File) {
        let text = &file.source.text;
        let module = self.module;
        let step = |at: usize| match steps.get(at) {
            Some(Step::Attribute { name, .. }) => Some(name.text(text)),
            _ => None,
        };
        let Some(first) = step(0) else { return };
        match name.of(text) {
            // The names of directories and workspaces are texts, too.
            b"path" => self.names_ecr = true,
            b"terraform" => self.workspace = true,
            b"var" => {
                let variable = self.variable(name, steps, file).cloned();
                self.things.extend(variable.map(Thing::Variable));
            }
            b"local" => {
                if let Some((name, _)) = module.locals.get_key_value(first) {
                    self.things.push(Thing::Local(name.clone()));
                }
            }
            b"module" => {
                if let Some((name, _)) = module.calls.get_key_value(first) {
                    self.things.push(Thing::Repetition(name.clone()));
                    self.outputs.push((name.clone(), wanted(steps, 1, text).map(SmolStr::from)));
                }
            }
            b"each" | b"count" | b"self" => {}
            b"data" => {
                if let Some(name) = step(1) {
                    self.declared(ResourceKey::data(first, name), None);
                }
            }
            type_name => {
                let key = ResourceKey::managed(&String::from_utf8_lossy(type_name), first);
                // What AWS makes names nothing; other attributes may be made of any argument.
                let wanted = wanted(steps, 1, text).filter(|_| type_name.starts_with(b"aws_"));
                self.declared(key, wanted.map(SmolStr::from));
            }
        }
    }

    fn declared(&mut self, key: ResourceKey, wanted: Option<SmolStr>) {
        if self.module.resources.contains_key(&key) {
            self.things.push(Thing::Resource(key, wanted));
        }
    }

    /// The variable that a reference names. One that is not declared is noted.
    fn variable(&mut self, name: TextRange, steps: &[Step], file: &File) -> Option<&SmolStr> {
        let Some(step @ Step::Attribute { name: variable, .. }) = steps.first() else {
            return None;
        };
        let variable = variable.text(&file.source.text);
        let declared = self.module.variables.get_key_value(variable);
        if declared.is_none() {
            let range = name.cover(step.range());
            self.undeclared.push((file.span(range), no_variable(variable)));
        }
        declared.map(|(name, _)| name)
    }
}
