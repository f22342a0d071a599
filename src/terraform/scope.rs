//! What the names in an expression stand for: [`Names`].

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use rustc_hash::FxHasher;

use super::EvalError;
use super::calls::Called;
use super::eval::{Evaluator, References, Resolved, Source};
use super::evaluation::{Evaluation, Instance, Outcome};
use super::expand::{Each, Form, Instances, Key, Repetition};
use super::module::ResourceKey;
use super::module::body::AttributeRef;
use super::resources::{AttributeOf, ResourceInstance};
use crate::origin::{HopKind, Origin, Why};
use crate::source::{Span, TextRange};
use crate::syntax::hcl::ast::Step;
use crate::value::{Entries, Entry, Value};

/// The names that the expressions of a block see.
#[derive(Clone)]
pub(super) struct Names<'e, 'a> {
    pub(super) evaluation: &'e Evaluation<'a>,
    pub(super) instance: Rc<Instance>,
    /// What `each` and `count` mean here.
    repetition: Option<Rc<Repetition>>,
    /// The `dynamic` blocks around, the innermost first.
    iterator: Option<Rc<Iteration>>,
    /// Tells apart the evaluations of one expression.
    id: u64,
}

/// The name that a `dynamic` block gives to what it is repeated for.
struct Iteration {
    name: String,
    each: Each,
    outer: Option<Rc<Self>>,
}

/// One reference: the names and the steps behind it.
#[derive(Clone, Copy)]
struct Reference<'r> {
    name: &'r str,
    steps: &'r [Step],
    source: &'r Source,
    /// The bytes of `name`.
    span: Span,
}

impl<'e, 'a> Names<'e, 'a> {
    /// The names that a module's own expressions see.
    pub(super) fn of(evaluation: &'e Evaluation<'a>, instance: &Rc<Instance>) -> Self {
        let id = hash((instance.id, 0));
        Self { evaluation, instance: Rc::clone(instance), repetition: None, iterator: None, id }
    }

    /// The names inside one instance of a repeated block.
    pub(super) fn repeated(mut self, key: &Key, repetition: Rc<Repetition>) -> Self {
        self.id = hash((self.id, key));
        self.repetition = Some(repetition);
        self
    }

    /// The names inside one turn of a `dynamic` block.
    pub(super) fn iterated(mut self, name: &str, turn: usize, each: Each) -> Self {
        self.id = hash((self.id, turn));
        let outer = self.iterator.take();
        self.iterator = Some(Rc::new(Iteration { name: name.to_owned(), each, outer }));
        self
    }

    /// The value of an argument.
    pub(super) fn eval(&self, attribute: AttributeRef<'_>) -> Outcome {
        self.evaluator().eval(&attribute.file.source, attribute.expr())
    }

    /// An evaluator that sees these names.
    pub(super) fn evaluator(&self) -> Evaluator<'_> {
        let modules = self.evaluation.modules;
        Evaluator {
            references: self,
            disk: modules.disk(),
            sources: modules.sources(),
            root: &self.evaluation.directory,
            session: &self.evaluation.session,
            instance: self.id,
        }
    }

    fn iteration(&self, name: &str) -> Option<&Each> {
        let first = self.iterator.as_deref();
        let mut chain = std::iter::successors(first, |iterator| iterator.outer.as_deref());
        chain.find(|iterator| iterator.name == name).map(|iterator| &iterator.each)
    }

    fn variable(&self, reference: Reference<'_>) -> Outcome<Resolved> {
        let name = reference.attribute(0)?;
        match self.evaluation.variable(&self.instance, name) {
            Some(outcome) => {
                let (value, kind) = outcome?;
                Ok(reference.resolved(1, kind, value))
            }
            None => {
                let span = reference.upto(1);
                let message = no_variable(name);
                if !self.evaluation.lenient {
                    return Err(EvalError::reference(span, message));
                }
                self.evaluation.undeclared.borrow_mut().add(span, &message);
                let value = Value::unknown(Why::at(message, span), Origin::at(span));
                Ok(Resolved { value, consumed: 1 })
            }
        }
    }

    fn local(&self, reference: Reference<'_>) -> Outcome<Resolved> {
        let name = reference.attribute(0)?;
        match self.evaluation.local(&self.instance, name) {
            Some(outcome) => Ok(reference.resolved(1, HopKind::Local, outcome?)),
            None => {
                let message = format!("there is no local `{name}` in this module");
                Err(EvalError::reference(reference.upto(1), message))
            }
        }
    }

    fn each(&self, reference: Reference<'_>) -> Outcome<Resolved> {
        let each = self.repetition.as_ref().and_then(|repetition| repetition.each.as_ref());
        let Some(each) = each else {
            let message = "`each` means something only where there is `for_each`";
            return Err(EvalError::reference(reference.span, message));
        };
        reference.pick(each)
    }

    fn count(&self, reference: Reference<'_>) -> Outcome<Resolved> {
        let index = self.repetition.as_ref().and_then(|repetition| repetition.index.as_ref());
        match (index, reference.attribute(0)?) {
            (Some(index), "index") => Ok(reference.resolved(1, HopKind::Iteration, index.clone())),
            _ => {
                let message = "`count.index` means something only where there is `count`";
                Err(EvalError::reference(reference.span, message))
            }
        }
    }

    fn path(&self, reference: Reference<'_>) -> Outcome<Resolved> {
        let path = match reference.attribute(0)? {
            "module" => relative(&self.evaluation.directory, &self.instance.module.directory),
            "root" | "cwd" => ".".to_owned(),
            other => {
                let message = format!("there is no `path.{other}`");
                return Err(EvalError::reference(reference.upto(1), message));
            }
        };
        Ok(Resolved { value: Value::string(path, Origin::at(reference.upto(1))), consumed: 1 })
    }

    fn terraform(&self, reference: Reference<'_>) -> Outcome<Resolved> {
        let origin = Origin::at(reference.upto(1));
        let value = match reference.attribute(0)? {
            "workspace" => Value::string(&*self.evaluation.options.workspace, origin),
            name @ "applying" => {
                let why = Why::at(format!("`terraform.{name}` depends on the run"), origin.span);
                Value::unknown(why, origin)
            }
            other => {
                let message = format!("there is no `terraform.{other}`");
                return Err(EvalError::reference(reference.upto(1), message));
            }
        };
        Ok(Resolved { value, consumed: 1 })
    }

    /// `module.name`, with an output where one is asked for.
    fn module(&self, reference: Reference<'_>) -> Outcome<Resolved> {
        let name = reference.attribute(0)?;
        let Some(called) = self.evaluation.called(&self.instance, name) else {
            let message = format!("there is no module `{name}` in this module");
            return Err(EvalError::reference(reference.upto(1), message));
        };
        match &*called? {
            Called::Absent(why) => {
                let value = Value::unknown(why.clone(), Origin::at(reference.upto(1)));
                Ok(reference.resolved(1, HopKind::Output, value))
            }
            Called::Present(instances) => {
                reference.among(1, HopKind::Output, instances, |instance, output| match output {
                    Some(output) => self.output(reference, name, instance, output),
                    None => Ok(self.outputs(instance, reference.upto(1))),
                })
            }
        }
    }

    fn output(
        &self,
        reference: Reference<'_>,
        call: &str,
        instance: &Rc<Instance>,
        output: &str,
    ) -> Outcome {
        self.evaluation.output(instance, output).unwrap_or_else(|| {
            let message = format!("module `{call}` has no output `{output}`");
            Err(EvalError::reference(reference.span, message))
        })
    }

    /// All outputs as an object; one without a value is unknown in it.
    fn outputs(&self, instance: &Rc<Instance>, span: Span) -> Value {
        let names = instance.module.outputs.keys();
        let entries: Entries = names
            .filter_map(|name| {
                let value = self.evaluation.output(instance, name)?;
                Some((name.clone(), Entry::new(None, value.unwrap_or_else(unknown_after))))
            })
            .collect();
        Value::object(entries, Origin::at(span))
    }

    /// `type.name` or `data.type.name`, with an attribute where one is asked for.
    fn resource(&self, reference: Reference<'_>) -> Outcome<Resolved> {
        let (key, named) = if reference.name == "data" {
            let key = ResourceKey::data(reference.attribute(0)?, reference.attribute(1)?);
            (key, 2)
        } else if let Ok(name) = reference.attribute(0) {
            (ResourceKey::managed(reference.name, name), 1)
        } else {
            let message = format!("`{}` is no name that has a meaning here", reference.name);
            return Err(EvalError::reference(reference.span, message));
        };
        let declared = self.instance.module.resources.get_key_value(&key);
        let found = declared.zip(self.evaluation.resource(&self.instance, &key));
        let Some(((key, declaration), resource)) = found else {
            let kind = if named == 2 { "data source" } else { "resource" };
            let message = format!("there is no {kind} `{key}` in this module");
            return Err(EvalError::reference(reference.upto(named), message));
        };
        let resource = resource?;
        let origin = Origin::at(reference.upto(named));
        if let Some(value) = resource.collection(reference.wanted(named)) {
            return Ok(reference.resolved(named, HopKind::Attribute, value));
        }
        let value = |instance: &Rc<ResourceInstance>, name: Option<&str>| {
            let header = resource.header;
            let of = AttributeOf { key, module: &self.instance, declaration, header, instance };
            match name {
                Some(name) => self.evaluation.attribute(&of, name),
                None => Ok(self.evaluation.whole(&of, origin.clone())),
            }
        };
        let resolved = reference.among(named, HopKind::Attribute, &resource.instances, value)?;
        if resolved.consumed == named {
            resource.remember(reference.wanted(named), &resolved.value);
        }
        Ok(resolved)
    }
}

impl References for Names<'_, '_> {
    fn resolve(
        &self,
        name: &str,
        steps: &[Step],
        source: &Source,
        span: Span,
    ) -> Outcome<Resolved> {
        let reference = Reference { name, steps, source, span };
        if let Some(each) = self.iteration(name) {
            return reference.pick(each);
        }
        match name {
            "var" => self.variable(reference),
            "local" => self.local(reference),
            "module" => self.module(reference),
            "each" => self.each(reference),
            "count" => self.count(reference),
            "path" => self.path(reference),
            "terraform" => self.terraform(reference),
            "self" => {
                let message = "`self` means something only in provisioners and conditions";
                Err(EvalError::reference(span, message))
            }
            _ => self.resource(reference),
        }
    }
}

impl<'r> Reference<'r> {
    /// The name in a step.
    fn attribute(self, step: usize) -> Outcome<&'r str> {
        match self.steps.get(step) {
            Some(Step::Attribute { name, .. }) => Ok(name.text(&self.source.text)),
            _ => {
                let message = format!("`{}` must be followed by a name", self.name);
                Err(EvalError::reference(self.span, message))
            }
        }
    }

    /// The bytes up to and with so many steps.
    fn upto(self, steps: usize) -> Span {
        let ranges = self.steps.iter().take(steps).map(Step::range);
        Span { range: ranges.fold(self.span.range, TextRange::cover), ..self.span }
    }

    fn resolved(self, consumed: usize, kind: HopKind, value: Value) -> Resolved {
        let span = self.upto(consumed);
        let name = std::str::from_utf8(span.range.of(&self.source.text)).unwrap_or_default();
        Resolved { value: value.through(kind, name, span), consumed }
    }

    /// `each.key` or `each.value`, also by the name of an iterator.
    fn pick(self, each: &Each) -> Outcome<Resolved> {
        match self.attribute(0)? {
            "key" => Ok(self.resolved(1, HopKind::Iteration, each.key.clone())),
            "value" => Ok(self.resolved(1, HopKind::Iteration, each.value.clone())),
            other => {
                let message = format!("`{}` has no attribute `{other}`", self.name);
                Err(EvalError::reference(self.upto(1), message))
            }
        }
    }

    fn wanted(self, named: usize) -> Option<&'r str> {
        wanted(self.steps, named, &self.source.text)
    }

    /// Something that may be repeated. `named`: how many steps name it. `value` gives an attribute of an instance, or
    /// the whole of it.
    fn among<T>(
        self,
        named: usize,
        kind: HopKind,
        instances: &Instances<T>,
        value: impl Fn(&T, Option<&str>) -> Outcome,
    ) -> Outcome<Resolved> {
        let wanted = self.wanted(named);
        let is_indexed =
            matches!(self.steps.get(named), Some(Step::Index { .. } | Step::LegacyIndex { .. }));
        let stands_for_all = instances.unknown_one();
        match (instances.form, instances.items.first(), stands_for_all) {
            (Form::Single, Some((_, only)), _) => {
                let wanted = self.attribute(named).ok();
                let consumed = named + usize::from(wanted.is_some());
                Ok(self.resolved(consumed, kind, value(only, wanted)?))
            }
            (_, _, Some(any)) if is_indexed => {
                let consumed = named + 1 + usize::from(wanted.is_some());
                Ok(self.resolved(consumed, kind, value(any, wanted)?))
            }
            (_, _, Some(_)) => {
                let why = instances.uncertain.clone();
                let why = why.unwrap_or_else(|| Why::at("it is not known", self.upto(named)));
                let value = Value::unknown(why, Origin::at(self.upto(named)));
                Ok(self.resolved(named, kind, value))
            }
            (form, _, None) => {
                let value = self.collection(named, form, instances, wanted, value);
                Ok(self.resolved(named, kind, value))
            }
        }
    }

    /// All instances, each with the attribute that is asked for or as a whole.
    fn collection<T>(
        self,
        named: usize,
        form: Form,
        instances: &Instances<T>,
        wanted: Option<&str>,
        value: impl Fn(&T, Option<&str>) -> Outcome,
    ) -> Value {
        let origin = Origin::at(self.upto(named));
        let item = |item: &T| match (wanted, value(item, wanted)) {
            (Some(wanted), value) => {
                let value = value.unwrap_or_else(unknown_after);
                let entries = [(wanted.into(), Entry::new(None, value))];
                Value::object(entries.into_iter().collect(), origin.clone())
            }
            (None, value) => value.unwrap_or_else(unknown_after),
        };
        let items = instances.items.iter().map(|(key, instance)| (key, item(instance)));
        if form == Form::Keyed {
            let entries = items.filter_map(|(key, value)| match key {
                Key::Name(name) => Some((name.clone(), Entry::new(None, value))),
                Key::None | Key::Index(_) | Key::Unknown => None,
            });
            Value::object(entries.collect(), origin)
        } else {
            Value::tuple(items.map(|(_, value)| value).collect(), origin)
        }
    }
}

/// Stands for a value that could not be evaluated inside a larger one.
pub(super) fn unknown_after(error: EvalError) -> Value {
    Value::unknown(Why::at(error.message, error.span), Origin::at(error.span))
}

/// The attribute that is asked for behind the `named` steps that name something that may be repeated: `x.a`, `x[0].a`,
/// `x[*].a`.
pub(super) fn wanted<'r>(steps: &'r [Step], named: usize, text: &'r [u8]) -> Option<&'r str> {
    let attribute = |step: &'r Step| match step {
        Step::Attribute { name, .. } => Some(name.text(text)),
        Step::Index { .. }
        | Step::LegacyIndex { .. }
        | Step::AttributeSplat { .. }
        | Step::FullSplat { .. } => None,
    };
    match steps.get(named)? {
        step @ Step::Attribute { .. } => attribute(step),
        Step::Index { .. } | Step::LegacyIndex { .. } => steps.get(named + 1).and_then(attribute),
        Step::AttributeSplat { each, .. } | Step::FullSplat { each, .. } => {
            each.first().and_then(attribute)
        }
    }
}

/// What to say about a reference to a variable that is not declared.
pub(super) fn no_variable(name: &str) -> String {
    format!("there is no variable `{name}` in this module")
}

/// The way from one directory to another; both are seen from the same place.
pub(super) fn relative(from: &str, to: &str) -> String {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - shared);
    let down = to.iter().skip(shared).map(String::as_str);
    let way = up.chain(down).collect::<Vec<_>>().join("/");
    if way.is_empty() { ".".to_owned() } else { way }
}

fn hash(what: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    what.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn ways_between_directories() {
        assert_eq!(relative(".", "m"), "m");
        assert_eq!(relative("a/b", "a/b"), ".");
        assert_eq!(relative("envs/prod", "modules/ecr"), "../../modules/ecr");
        assert_eq!(relative("../x", "../y/z"), "../y/z");
    }
}
