//! Whether a policy may name ECR, told by the texts that its value is made of, without evaluating them: [`Mentions`].
//!
//! Most policies of users, groups and roles have nothing to do with ECR, and evaluating them costs more than all the
//! rest. What is told here is wrong in one direction only: a policy that names an action of ECR is never passed over,
//! not even where the word is put together from pieces. What stands beside actions of other services in a statement
//! does not count, nor does what only decides about a value: a condition, an index, a count.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::calls::{Location, dotted};
use super::evaluation::Evaluation;
use super::module::body::{AttributeRef, BlockRef, Declaration, File, Local};
use super::module::{Module, ResourceKey};
use super::others;
use super::references::{Role, walk};
use super::scope::{no_variable, wanted};
use super::variables::Supplied;
use crate::source::{Span, TextRange};
use crate::syntax::hcl::ast::{Expr, ExprKind, Step};

/// What was found out about the policies of a root module so far.
#[derive(Default)]
pub(super) struct Mentions {
    /// Modules by the names of their calls from the root inward, joined by dots.
    places: RefCell<FxHashMap<String, Option<Rc<Place>>>>,
    /// Which policies may name ECR, by the path of their module.
    policies: RefCell<FxHashMap<(String, ResourceKey), bool>>,
    /// Things that have no such text in them, and refer to none that has.
    innocent: RefCell<FxHashSet<(usize, Thing)>>,
    /// How many things were looked at.
    looked: Cell<usize>,
}

/// A module where it is called, all of its instances together.
struct Place {
    id: usize,
    /// The names of the calls from the root inward, joined by dots.
    path: String,
    module: Arc<Module>,
    /// The caller, and the name of the call.
    parent: Option<(Rc<Self>, SmolStr)>,
}

/// Something that a policy may refer to.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Thing {
    Variable(SmolStr),
    Local(SmolStr),
    Output(SmolStr),
    /// A resource or data source, or one argument of it.
    Resource(ResourceKey, Option<SmolStr>),
    /// What repeats a call.
    Repetition(SmolStr),
}

/// A walk from a policy to all that it refers to.
struct Search<'s, 'a> {
    evaluation: &'s Evaluation<'a>,
    seen: FxHashSet<(usize, Thing)>,
    open: Vec<(Rc<Place>, Thing)>,
    /// References to variables that are not declared.
    undeclared: Vec<(Span, String)>,
}

/// When more things were looked at, or more modules, everything counts as if it named ECR.
const MAX_THINGS: usize = 200_000;
const MAX_PLACES: usize = 10_000;

impl Evaluation<'_> {
    /// May the policies of a resource, in the module at a path of calls, name ECR? They stand in `attributes` and
    /// `blocks` of it.
    pub(super) fn may_name_ecr<'m>(
        &self,
        path: &str,
        (key, resource): (&ResourceKey, &'m Declaration),
        attributes: impl IntoIterator<Item = AttributeRef<'m>>,
        blocks: impl IntoIterator<Item = BlockRef<'m>>,
    ) -> bool {
        let known = (path.to_owned(), key.clone());
        if let Some(names) = self.mentions.policies.borrow().get(&known) {
            return *names;
        }
        let Some(place) = self.place(path) else { return true };
        let mut search = Search {
            evaluation: self,
            seen: FxHashSet::default(),
            open: Vec::new(),
            undeclared: Vec::new(),
        };
        let names = search.repetition(&place, resource)
            || attributes.into_iter().any(|attribute| search.attribute(&place, attribute))
            || blocks.into_iter().any(|block| search.block(&place, block))
            || search.run();
        if !names {
            // It is not evaluated, so this would be told nowhere else.
            let mut undeclared = self.undeclared.borrow_mut();
            search.undeclared.iter().for_each(|(span, message)| undeclared.add(*span, message));
            self.mentions.innocent.borrow_mut().extend(search.seen);
        }
        self.mentions.policies.borrow_mut().insert(known, names);
        names
    }

    /// What the module at a path of calls declares; `None` where it is not at hand.
    pub(super) fn module_at(&self, path: &str) -> Option<Arc<Module>> {
        self.place(path).map(|place| Arc::clone(&place.module))
    }

    /// The module at a path of calls; `None` where it is not at hand, or a source on the way is computed.
    fn place(&self, path: &str) -> Option<Rc<Place>> {
        if let Some(known) = self.mentions.places.borrow().get(path) {
            return known.clone();
        }
        if self.mentions.places.borrow().len() >= MAX_PLACES {
            self.mentions.looked.set(MAX_THINGS);
            return None;
        }
        let place = match path.rsplit_once('.') {
            _ if path.is_empty() => {
                let module = Arc::clone(&self.root.module);
                Some(Rc::new(Place { id: 0, path: String::new(), module, parent: None }))
            }
            Some((caller, name)) => self.place(caller).and_then(|it| self.called_place(&it, name)),
            None => self.place("").and_then(|it| self.called_place(&it, path)),
        };
        self.mentions.places.borrow_mut().insert(path.to_owned(), place.clone());
        place
    }

    /// The module that a call means; `None` where it is not at hand, or its source is computed.
    fn called_place(&self, caller: &Rc<Place>, name: &str) -> Option<Rc<Place>> {
        let (name, call) = caller.module.calls.get_key_value(name)?;
        let source = call.attribute("source")?.literal_text()?;
        let path = dotted(&caller.path, name);
        let module = match self.locate(&caller.module.directory, &path, call, source)? {
            Location::Directory(directory) if caller.is_in(&directory) => return None,
            Location::Directory(directory) => self.modules.load(&directory).ok()?,
            Location::Standin(standin) => self.modules.standin(standin),
        };
        let parent = Some((Rc::clone(caller), name.clone()));
        let id = self.mentions.places.borrow().len();
        Some(Rc::new(Place { id, path, module, parent }))
    }
}

impl Place {
    /// Is this directory its module, or one that calls it?
    fn is_in(&self, directory: &str) -> bool {
        let mut around = Some(self);
        while let Some(place) = around {
            if place.module.directory == directory {
                return true;
            }
            around = place.parent.as_ref().map(|(caller, _)| &**caller);
        }
        false
    }
}

impl Search<'_, '_> {
    /// Is there such a text in anything that is still open?
    fn run(&mut self) -> bool {
        let looked = &self.evaluation.mentions.looked;
        while looked.get() < MAX_THINGS {
            let Some((place, thing)) = self.open.pop() else { return false };
            looked.set(looked.get() + 1);
            if self.thing(&place, &thing) {
                return true;
            }
        }
        true
    }

    fn push(&mut self, place: &Rc<Place>, thing: Thing) {
        let known = (place.id, thing);
        let is_innocent = self.evaluation.mentions.innocent.borrow().contains(&known);
        if !is_innocent && self.seen.insert(known.clone()) {
            self.open.push((Rc::clone(place), known.1));
        }
    }

    fn thing(&mut self, place: &Rc<Place>, thing: &Thing) -> bool {
        let module = Arc::clone(&place.module);
        match thing {
            Thing::Local(name) => {
                let local = module.locals.get(name).and_then(Local::entry);
                local.is_some_and(|local| self.attribute(place, local))
            }
            Thing::Output(name) => module
                .outputs
                .get(name)
                .and_then(|output| output.attribute("value"))
                .is_some_and(|value| self.attribute(place, value)),
            Thing::Variable(name) => self.variable(place, name),
            Thing::Repetition(name) => {
                module.calls.get(name).is_some_and(|call| self.repetition(place, call))
            }
            Thing::Resource(key, wanted) => {
                let Some(declaration) = module.resources.get(key) else { return false };
                match wanted {
                    // Its outputs stand in a state file.
                    _ if &*key.type_name == "terraform_remote_state" => true,
                    Some(name) => {
                        let wanted = declaration.attribute(name);
                        wanted.is_some_and(|wanted| self.attribute(place, wanted))
                            || self.repetition(place, declaration)
                    }
                    None => {
                        let counts = |name| !matches!(name, "count" | "for_each");
                        declaration
                            .attributes()
                            .into_iter()
                            .any(|(name, it)| counts(name) && self.attribute(place, it))
                            || self.repetition(place, declaration)
                            || declaration.layers().any(|block| self.blocks(place, block))
                    }
                }
            }
        }
    }

    /// What a block is repeated for. How often that is brings no text.
    fn repetition(&mut self, place: &Rc<Place>, block: &Declaration) -> bool {
        match block.either_attribute(["count", "for_each"]) {
            Some(("for_each", attribute)) => self.attribute(place, attribute),
            Some((_, count)) => {
                self.pass_over_expr(place, count.expr(), count.file);
                false
            }
            None => false,
        }
    }

    fn variable(&mut self, place: &Rc<Place>, name: &str) -> bool {
        let Some(variable) = place.module.variables.get(name) else { return false };
        if let Some(default) = variable.attribute("default")
            && self.attribute(place, default)
        {
            return true;
        }
        match &place.parent {
            Some((caller, call)) => {
                let argument = caller.module.calls.get(call).and_then(|it| it.attribute(name));
                self.push(caller, Thing::Repetition(call.clone()));
                argument.is_some_and(|argument| self.attribute(caller, argument))
            }
            None => {
                let planned = self.evaluation.planned.get(name);
                let supplied = match self.evaluation.supplied.get(name) {
                    Some(Supplied::Value(Ok(value))) => {
                        value.to_json().is_none_or(|text| may_name(text.as_bytes()))
                    }
                    Some(Supplied::Text(file)) => may_name(&file.source.text),
                    Some(Supplied::Value(Err(_))) | None => false,
                };
                supplied || planned.is_some_and(|file| may_name(&file.source.text))
            }
        }
    }

    fn block(&mut self, place: &Rc<Place>, block: BlockRef<'_>) -> bool {
        if others::is_block(block) {
            self.pass_over(place, block);
            return false;
        }
        block.attributes().any(|(_, attribute)| self.attribute(place, attribute))
            || self.blocks(place, block)
    }

    /// Is there such a text in a block of this one?
    fn blocks(&mut self, place: &Rc<Place>, block: BlockRef<'_>) -> bool {
        block.all_blocks().any(|inner| self.block(place, inner))
    }

    /// Looks at a block that does not count, for nothing but variables that are not declared.
    fn pass_over(&mut self, place: &Rc<Place>, block: BlockRef<'_>) {
        for (_, attribute) in block.attributes() {
            self.pass_over_expr(place, attribute.expr(), attribute.file);
        }
        block.all_blocks().for_each(|inner| self.pass_over(place, inner));
    }

    fn pass_over_expr(&mut self, place: &Rc<Place>, expr: &Expr, file: &File) {
        walk(expr, &mut |expr, _| {
            if let ExprKind::Traversal(traversal) = &expr.kind
                && let ExprKind::Variable(name) = &traversal.base.kind
                && name.is("var", &file.source.text)
            {
                self.variable_of(place, name.range, &traversal.steps, file);
            }
            true
        });
    }

    /// Is there such a text in an argument? What it refers to is left open.
    fn attribute(&mut self, place: &Rc<Place>, attribute: AttributeRef<'_>) -> bool {
        let (file, expr) = (attribute.file, attribute.expr());
        let text = &file.source.text;
        let TextRange { mut start, end } = expr.range;
        let mut of_others = FxHashSet::default();
        let mut found = false;
        walk(expr, &mut |expr, role| {
            let is_text = role == Role::Part
                && match &expr.kind {
                    ExprKind::Binary(_) | ExprKind::Unary(_) => false,
                    _ => !of_others.contains(&expr.range),
                };
            if !is_text {
                found |= may_name(TextRange::new(start, expr.range.start).of(text));
                start = expr.range.end;
                self.pass_over_expr(place, expr, file);
                return false;
            }
            match &expr.kind {
                ExprKind::Call(call) => {
                    let name = call.name.of(text);
                    found |= brings_text(name);
                    if name == b"jsonencode" {
                        let encoded = call.arguments.iter();
                        encoded.for_each(|it| others::find_objects(it, text, &mut of_others));
                    }
                }
                ExprKind::Object(items) => {
                    found |= items.iter().any(|item| is_bare_piece(&item.key, text));
                }
                ExprKind::Traversal(traversal) => {
                    if let ExprKind::Variable(name) = &traversal.base.kind {
                        found |= self.refer(place, name.range, &traversal.steps, file);
                    }
                }
                _ => {}
            }
            true
        });
        found || may_name(TextRange::new(start, end).of(text))
    }

    /// Leaves open what a reference names. Is it something that may hold such a text, but can't be looked into?
    fn refer(&mut self, place: &Rc<Place>, name: TextRange, steps: &[Step], file: &File) -> bool {
        let text = &file.source.text;
        let module = &place.module;
        let step = |at: usize| match steps.get(at) {
            Some(Step::Attribute { name, .. }) => Some(name.text(text)),
            _ => None,
        };
        let Some(first) = step(0) else { return false };
        match name.of(text) {
            // The names of directories and workspaces are texts, too.
            b"path" => return true,
            b"terraform" => return may_name(self.evaluation.options.workspace.as_bytes()),
            b"var" => {
                if let Some(name) = self.variable_of(place, name, steps, file) {
                    self.push(place, Thing::Variable(name));
                }
            }
            b"local" => {
                if let Some((name, _)) = module.locals.get_key_value(first) {
                    self.push(place, Thing::Local(name.clone()));
                }
            }
            b"module" => {
                if let Some((name, _)) = module.calls.get_key_value(first) {
                    self.push(place, Thing::Repetition(name.clone()));
                    return self.refer_to_call(place, name, wanted(steps, 1, text));
                }
            }
            b"each" | b"count" | b"self" => {}
            b"data" => {
                if let Some(name) = step(1) {
                    self.push(place, Thing::Resource(ResourceKey::data(first, name), None));
                }
            }
            type_name => {
                let key = ResourceKey::managed(&String::from_utf8_lossy(type_name), first);
                // What AWS makes names nothing; other attributes may be made of any argument.
                let wanted = wanted(steps, 1, text).filter(|_| type_name.starts_with(b"aws_"));
                let wanted = wanted.map(SmolStr::from);
                self.push(place, Thing::Resource(key, wanted));
            }
        }
        false
    }

    /// The variable that a reference names. One that is not declared is noted.
    fn variable_of(
        &mut self,
        place: &Place,
        name: TextRange,
        steps: &[Step],
        file: &File,
    ) -> Option<SmolStr> {
        let step = steps.first()?;
        let Step::Attribute { name: variable, .. } = step else { return None };
        let variable = variable.text(&file.source.text);
        let declared = place.module.variables.get_key_value(variable);
        if declared.is_none() {
            let range = name.cover(step.range());
            self.undeclared.push((file.span(range), no_variable(variable)));
        }
        declared.map(|(name, _)| name.clone())
    }

    /// An output of a call, or all of them. What it is can't be told where the source of the call is computed.
    fn refer_to_call(&mut self, caller: &Rc<Place>, name: &str, output: Option<&str>) -> bool {
        let Some(called) = self.evaluation.place(&dotted(&caller.path, name)) else {
            let source = caller.module.calls.get(name).and_then(|call| call.attribute("source"));
            return source.is_some_and(|source| source.literal_text().is_none());
        };
        let outputs = called.module.outputs.keys();
        for name in outputs.filter(|name| output.is_none_or(|output| output == &***name)) {
            self.push(&called, Thing::Output(name.clone()));
        }
        false
    }
}

/// May these bytes of an expression name ECR, be the piece that completes its name, or hide that behind escapes?
fn may_name(bytes: &[u8]) -> bool {
    memchr::memchr3_iter(b'r', b'R', b'\\', bytes).any(|at| {
        if bytes.get(at) == Some(&b'\\') {
            return bytes.get(at + 1).is_some_and(|next| next.eq_ignore_ascii_case(&b'u'));
        }
        if bytes.get(..at).is_some_and(|before| ends_with(before, b"ec")) {
            return bytes.get(at + 1).is_none_or(|next| !next.is_ascii_alphabetic());
        }
        completes_name(bytes, at)
    })
}

/// Stands the last piece of ECR's name in these bytes, as of one that is cut in two?
pub(crate) fn has_last_piece(bytes: &[u8]) -> bool {
    memchr::memchr2_iter(b'r', b'R', bytes).any(|at| completes_name(bytes, at))
}

/// Is the `r` at this offset the last piece of a name that is cut in two, or the end of it, as in `cr:*` and `r:*`?
fn completes_name(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    let start = if ends_with(before, b"c") { at - 1 } else { at };
    ends_piece(bytes.get(at + 1..).unwrap_or_default()) && begins_piece(bytes, start)
}

fn ends_with(bytes: &[u8], end: &[u8]) -> bool {
    let start = bytes.len().checked_sub(end.len());
    start.and_then(|start| bytes.get(start..)).is_some_and(|it| it.eq_ignore_ascii_case(end))
}

/// Does a piece of a text begin at this offset? It does so behind a quote, an interpolation, a verb of `format`, a line
/// break, and white space that an interpolation takes away.
fn begins_piece(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    let solid = before.trim_ascii_end();
    let space = before.get(solid.len()..).unwrap_or_default();
    if !space.is_empty() {
        return solid.ends_with(b"~}") || space.contains(&b'\n');
    }
    match solid {
        [] | [.., b'"' | b'}'] => true,
        [before @ .., b's' | b'v' | b'q' | b'x' | b'X'] => {
            let is_flag = |byte: &u8| byte.is_ascii_digit() || b"+-# .*".contains(byte);
            let start = before.iter().rfind(|byte| !is_flag(byte));
            matches!(start, Some(b'%' | b']'))
        }
        _ => false,
    }
}

/// May the name of ECR end before these bytes, or be followed by another piece?
fn ends_piece(rest: &[u8]) -> bool {
    let solid = rest.trim_ascii_start();
    let is_broken = || rest.iter().take(rest.len() - solid.len()).any(|byte| *byte == b'\n');
    match rest.first() {
        None | Some(b':' | b'-' | b'"' | b'$' | b'%') => true,
        Some(byte) if byte.is_ascii_whitespace() => {
            solid.starts_with(b"${~") || solid.starts_with(b"%{~") || is_broken()
        }
        Some(_) => false,
    }
}

/// Is this key of an object a piece that completes the name of ECR, written without quotes?
fn is_bare_piece(key: &Expr, text: &[u8]) -> bool {
    let ExprKind::Variable(name) = &key.kind else { return false };
    let name = name.range.of(text);
    name.eq_ignore_ascii_case(b"r") || name.eq_ignore_ascii_case(b"cr")
}

/// May a function of this name bring in a text that does not stand in the expression, or take away what keeps the
/// pieces of a name apart?
fn brings_text(function: &[u8]) -> bool {
    let is = |word: &[u8]| function.starts_with(word) || function.ends_with(word);
    let cuts = ["replace", "substr", "strrev", "regex", "split", "trim"];
    is(b"file")
        || is(b"base64")
        || function == b"yamldecode"
        || cuts.iter().any(|cut| function.starts_with(cut.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::may_name;

    #[test]
    fn the_word_is_found_in_bytes() {
        for yes in [
            "\"ecr:*\"",
            "[\"ECR\"]",
            "ecr-public:Get",
            "${ecr}",
            "\\u0065cr:*",
            "ecr",
            "\"cr:*\"",
            "\"${local.e}cr:*\"",
            "[\"e\", \"c\", \"R\"]",
            "\"${local.ec}r-public:*\"",
            "format(\"%scr:*\", local.e)",
            "format(\"%[2]sr${\"\"}:*\", local.ec)",
            "format(\"%-2scr:*\", local.e)",
            "format(\"%xr:*\", 236)",
            "\"e${\"\" ~}  cr:*\"",
            "\"${local.ec}r  ${~ \":*\"}\"",
            "chomp(<<-E\n  cr\nE\n)",
        ] {
            assert!(may_name(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            "secretsmanager:*",
            "kms:Decrypt",
            "c",
            "ec",
            "\"ssm:GetParameter\"",
            "[for r in var.rules : r.name]",
            "[\n  for r in var.rules : r.name\n]",
            "\"role:x\"",
        ] {
            assert!(!may_name(no.as_bytes()), "{no}");
        }
    }
}
