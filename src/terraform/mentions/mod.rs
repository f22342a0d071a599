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

use self::facts::{Facts, Thing, ThingId};
use self::pieces::may_name;
use super::calls::{Location, dotted};
use super::evaluation::Evaluation;
use super::module::{Module, ResourceKey};
use super::variables::Supplied;

pub(super) mod facts;
mod pieces;

pub(crate) use self::pieces::has_last_piece;

/// What was found out about the policies of a root module so far.
#[derive(Default)]
pub(super) struct Mentions {
    /// Modules by the names of their calls from the root inward, joined by dots.
    places: RefCell<FxHashMap<String, Option<Rc<Place>>>>,
    /// Which policies may name ECR.
    policies: RefCell<FxHashMap<(PlaceId, ThingId), bool>>,
    /// Things that have no such text in them, and refer to none that has.
    innocent: RefCell<FxHashSet<(PlaceId, ThingId)>>,
    /// How many things were looked at.
    looked: Cell<usize>,
}

type PlaceId = usize;

/// A module where it is called, all of its instances together.
struct Place {
    id: PlaceId,
    /// The names of the calls from the root inward, joined by dots.
    path: String,
    module: Arc<Module>,
    /// The caller, and the name of the call.
    parent: Option<(Rc<Self>, SmolStr)>,
}

/// A walk from a policy to all that it refers to.
struct Search<'s, 'a> {
    evaluation: &'s Evaluation<'a>,
    seen: FxHashSet<(PlaceId, ThingId)>,
    open: Vec<(Rc<Place>, ThingId)>,
    /// What was looked at.
    facts: Vec<Arc<Facts>>,
}

/// When more things were looked at, or more modules, everything counts as if it named ECR.
const MAX_THINGS: usize = 200_000;
const MAX_PLACES: usize = 10_000;

impl Evaluation<'_> {
    /// May the policies that a resource of IAM gives, in the module at a path of calls, name ECR?
    pub(super) fn may_name_ecr(&self, path: &str, resource: &ResourceKey) -> bool {
        let Some(place) = self.place(path) else { return true };
        let policy = place.module.thing(Thing::Policy(resource.clone()));
        let known = (place.id, policy);
        if let Some(names) = self.mentions.policies.borrow().get(&known) {
            return *names;
        }
        let mut search = Search {
            evaluation: self,
            seen: FxHashSet::default(),
            open: Vec::new(),
            facts: Vec::new(),
        };
        search.push(&place, policy);
        let names = search.run();
        if !names {
            // It is not evaluated, so this would be told nowhere else.
            let mut noted = self.undeclared.borrow_mut();
            let undeclared = search.facts.iter().flat_map(|facts| &facts.undeclared);
            undeclared.for_each(|(span, message)| noted.add(*span, message));
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
            let Some((place, id)) = self.open.pop() else { return false };
            looked.set(looked.get() + 1);
            let Some(facts) = place.module.facts_of(id) else { continue };
            if self.names_ecr(&place, &facts) {
                return true;
            }
            self.facts.push(facts);
        }
        true
    }

    fn push(&mut self, place: &Rc<Place>, thing: ThingId) {
        let known = (place.id, thing);
        let is_innocent = self.evaluation.mentions.innocent.borrow().contains(&known);
        if !is_innocent && self.seen.insert(known) {
            self.open.push((Rc::clone(place), thing));
        }
    }

    /// Is there such a text in a thing? What it refers to is left open.
    fn names_ecr(&mut self, place: &Rc<Place>, facts: &Facts) -> bool {
        facts.things.iter().for_each(|thing| self.push(place, *thing));
        facts.names_ecr
            || facts.workspace && may_name(self.evaluation.options.workspace.as_bytes())
            || matches!(&facts.thing, Thing::Variable(name) if self.variable(place, name))
            || facts.outputs.iter().any(|(call, output)| self.output(place, call, output.as_ref()))
    }

    /// What a variable is given.
    fn variable(&mut self, place: &Rc<Place>, name: &SmolStr) -> bool {
        if let Some((caller, call)) = &place.parent {
            for thing in
                [Thing::Repetition(call.clone()), Thing::Argument(call.clone(), name.clone())]
            {
                self.push(caller, caller.module.thing(thing));
            }
            return false;
        }
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

    /// An output of a call, or all of them. What it is can't be told where the source of the call is computed.
    fn output(&mut self, caller: &Rc<Place>, call: &str, output: Option<&SmolStr>) -> bool {
        let Some(called) = self.evaluation.place(&dotted(&caller.path, call)) else {
            let source = caller.module.calls.get(call).and_then(|call| call.attribute("source"));
            return source.is_some_and(|source| source.literal_text().is_none());
        };
        let outputs = called.module.outputs.keys();
        for name in outputs.filter(|name| output.is_none_or(|output| output == *name)) {
            self.push(&called, called.module.thing(Thing::Output(name.clone())));
        }
        false
    }
}
