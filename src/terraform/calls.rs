//! Module calls: which module a call means, and its instances. [`Called`]

use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;

use super::EvalError;
use super::contents::Contents;
use super::evaluation::{Evaluation, Instance, NodeKind, Outcome, Parent, Placing};
use super::expand::{Instances, Repetition};
use super::loader::is_local;
use super::module::Module;
use super::module::body::{AttributeRef, BlockRef, Declaration};
use super::scope::Names;
use super::standins::{self, Standin};
use crate::disk::{DiskError, join};
use crate::model::ProblemKind;
use crate::origin::Why;
use crate::source::Span;
use crate::value::Marks;

/// What a module call stands for.
pub(super) enum Called {
    /// Its instances.
    Present(Instances<Rc<Instance>>),
    /// The module is not at hand.
    Absent(Why),
}

/// Where the module lies that a call means.
pub(super) enum Location {
    Directory(String),
    /// It is not installed, but another one stands in for it.
    Standin(&'static Standin),
}

/// A module that is not installed and does not look like one that makes repositories.
pub(super) struct Absent {
    /// Its source.
    span: Span,
    /// The name of the call.
    name: String,
}

/// A module that was found for a call.
struct Found {
    module: Arc<Module>,
    is_standin: bool,
}

impl Evaluation<'_> {
    /// `module.name` in a module instance; `None` where it is not declared.
    pub(super) fn called(
        &self,
        instance: &Rc<Instance>,
        name: &str,
    ) -> Option<Outcome<Rc<Called>>> {
        let (name, call) = instance.module.calls.get_key_value(name)?;
        let header = call.header()?;
        Some(self.once(&instance.called, name, instance, NodeKind::Call, header, || {
            self.call(instance, name, call, header).map(Rc::new)
        }))
    }

    /// `module.….name`: an output of a module instance; `None` where it is not declared.
    pub(super) fn output(&self, instance: &Rc<Instance>, name: &str) -> Option<Outcome> {
        let (name, output) = instance.module.outputs.get_key_value(name)?;
        let header = output.header()?;
        Some(self.once(&instance.outputs, name, instance, NodeKind::Output, header, || {
            let names = Names::of(self, instance);
            let value = output
                .attribute("value")
                .ok_or_else(|| EvalError::new(header, format!("output `{name}` has no `value`")))?;
            let value = names.eval(value)?;
            let flag = |name: &str| output.attribute(name).and_then(AttributeRef::literal_bool);
            Ok(value.marked(Marks {
                sensitive: flag("sensitive") == Some(true),
                ephemeral: flag("ephemeral") == Some(true),
            }))
        }))
    }

    /// What the module that a call of a local directory means may say about ECR; `None` for any other call.
    pub(super) fn contents_of_call(&self, instance: &Instance, name: &str) -> Option<Contents> {
        let directory = instance.module.local_calls.get(name)?;
        let module = self.modules.load(directory).ok()?;
        Some(module.contents(self.modules))
    }

    fn call(
        &self,
        instance: &Rc<Instance>,
        name: &SmolStr,
        call: &Declaration,
        header: Span,
    ) -> Outcome<Called> {
        let names = Names::of(self, instance);
        let found = match self.find(instance, name, call, header)? {
            Ok(found) => found,
            Err(why) => return Ok(Called::Absent(why)),
        };
        if !found.is_standin {
            self.tell_refused_arguments(name, call, &found.module);
        }
        let instances = repetitions(call, &names)?;
        let uncertain = instances.uncertain.clone();
        let mut items = Vec::new();
        for (key, repetition) in instances.items {
            let parent = Parent {
                instance: instance.id,
                call: name.clone(),
                key: key.clone(),
                repetition: Rc::new(repetition),
            };
            let placing = Placing {
                parent: Some(parent),
                path: dotted(&instance.path, name),
                prefix: format!("{}module.{name}{key}.", instance.prefix),
                calls: instance.calls.iter().copied().chain([header]).collect(),
                standin: instance.standin.or(found.is_standin.then_some(header)),
            };
            let child = self.add_instance(Arc::clone(&found.module), placing, header)?;
            items.push((key, child));
        }
        Ok(Called::Present(Instances { form: instances.form, items, uncertain }))
    }

    /// Tells about arguments that the module has no variable for: Terraform refuses them. What was meant, the spelling of
    /// a setting perhaps, does not reach the module.
    fn tell_refused_arguments(&self, name: &str, call: &Declaration, module: &Module) {
        for (argument, attribute) in call.layers().flat_map(BlockRef::attributes) {
            if !module.variables.contains_key(argument) && !is_meta_argument(argument) {
                let message = format!("module `{name}` has no variable `{argument}`");
                self.tell_at(ProblemKind::Note, attribute.name_span(), message);
            }
        }
    }

    /// The module that a call means, or why it is not at hand (which is told).
    fn find(
        &self,
        instance: &Rc<Instance>,
        name: &str,
        call: &Declaration,
        header: Span,
    ) -> Outcome<Result<Found, Why>> {
        let Some(attribute) = call.attribute("source") else {
            return Err(EvalError::new(header, format!("module `{name}` has no `source`")));
        };
        let span = attribute.span();
        let value = Names::of(self, instance).eval(attribute)?;
        let Some(source) = value.as_text() else {
            let why = Why::at(format!("the source of module `{name}` is not known"), span);
            self.tell_at(ProblemKind::Note, span, why.reason.to_string());
            return Ok(Err(why));
        };
        let path = dotted(&instance.path, name);
        Ok(match self.locate(&instance.module.directory, &path, call, &source) {
            Some(Location::Directory(directory)) => {
                self.find_local(instance, name, &directory, span)
            }
            Some(Location::Standin(standin)) => {
                let module = self.modules.standin(standin);
                let message = format!(
                    "module `{name}` is not installed: it is judged by the published interface of `{}`",
                    standin.name
                );
                self.tell_at(ProblemKind::Note, span, message);
                Ok(Found { module, is_standin: true })
            }
            None => Err(self.not_installed(name, &source, span)),
        })
    }

    /// Where the module lies that a call in a module in `directory` means; `path`: the names of the calls from the root
    /// to it. `None` where it is not installed.
    pub(super) fn locate(
        &self,
        directory: &str,
        path: &str,
        call: &Declaration,
        source: &str,
    ) -> Option<Location> {
        if is_local(source) || source.starts_with('/') {
            return Some(Location::Directory(join(directory, &source.replace('\\', "/"))));
        }
        if let Some(installed) = self.manifest.find(path, source) {
            return Some(Location::Directory(installed.to_owned()));
        }
        let version = call.attribute("version").and_then(AttributeRef::literal_text);
        standins::find(source, version).map(Location::Standin)
    }

    /// Notes that a module is not installed: by itself where it may make repositories, else together with others.
    fn not_installed(&self, name: &str, source: &str, span: Span) -> Why {
        let message = format!("module `{name}` is not installed: `{source}`");
        if may_be_ecr(name) || may_be_ecr(source) {
            self.tell_at(ProblemKind::Note, span, message.clone());
        } else {
            let mut absent = self.absent.borrow_mut();
            if !absent.iter().any(|other| other.span == span) {
                absent.push(Absent { span, name: name.to_owned() });
            }
        }
        Why::at(message, span)
    }

    /// The module in a directory.
    fn find_local(
        &self,
        instance: &Rc<Instance>,
        name: &str,
        directory: &str,
        span: Span,
    ) -> Result<Found, Why> {
        if self.is_around(instance, directory) {
            let message = format!("module `{name}` calls itself: `{directory}`");
            self.tell_at(ProblemKind::Evaluation, span, message.clone());
            return Err(Why::at(message, span));
        }
        match self.modules.load(directory) {
            Ok(module) => {
                module.problems.iter().cloned().for_each(|problem| self.tell(problem));
                Ok(Found { module, is_standin: false })
            }
            Err(error) => {
                let message = match error {
                    DiskError::NotFound => {
                        format!("there is no directory `{directory}` for module `{name}`")
                    }
                    error => format!("cannot read `{directory}` of module `{name}`: {error}"),
                };
                let concerns_ecr = may_be_ecr(name) || may_be_ecr(directory);
                let kind = if concerns_ecr { ProblemKind::Evaluation } else { ProblemKind::Note };
                self.tell_at(kind, span, message.clone());
                Err(Why::at(message, span))
            }
        }
    }

    /// Is this directory the module of an instance, or of one that calls it?
    fn is_around(&self, instance: &Rc<Instance>, directory: &str) -> bool {
        let mut around = Some(Rc::clone(instance));
        while let Some(instance) = around {
            if instance.module.directory == directory {
                return true;
            }
            around = instance.parent.as_ref().and_then(|parent| self.instance(parent.instance));
        }
        false
    }
}

impl Absent {
    /// One message for all modules that are not installed; `None` where there are none.
    pub(super) fn message(absent: &[Self]) -> Option<(Span, String)> {
        const NAMED: usize = 5;
        let first = absent.first()?;
        let names: Vec<String> =
            absent.iter().take(NAMED).map(|module| format!("`{}`", module.name)).collect();
        let further = match absent.len().checked_sub(NAMED + 1) {
            Some(more) => format!(" and {} more", more + 1),
            None => String::new(),
        };
        let message = format!(
            "modules that are not installed are not looked into: {}{further}",
            names.join(", ")
        );
        Some((first.span, message))
    }
}

/// Is this an argument of any call, whichever module it means?
fn is_meta_argument(name: &str) -> bool {
    matches!(name, "source" | "version" | "providers" | "count" | "for_each" | "depends_on")
}

/// Does a name or a source look like that of a module which makes repositories?
pub(super) fn may_be_ecr(text: &str) -> bool {
    if !text.as_bytes().windows(3).any(|word| word.eq_ignore_ascii_case(b"ecr")) {
        return false;
    }
    // The words of other services that hold the name.
    let others = ["secret", "decrypt"];
    let text = text.to_ascii_lowercase();
    others.iter().fold(text, |text, other| text.replace(other, "")).contains("ecr")
}

/// The instances that `count` or `for_each` of a block make.
pub(super) fn repetitions(
    block: &Declaration,
    names: &Names<'_, '_>,
) -> Outcome<Instances<Repetition>> {
    let Some((name, attribute)) = block.either_attribute(["count", "for_each"]) else {
        return Ok(Instances::single(Repetition::default()));
    };
    let value = names.eval(attribute)?;
    let span = attribute.span();
    if name == "count" { Instances::counted(&value, span) } else { Instances::keyed(&value, span) }
}

/// The path of a call inside the module at a path of calls.
pub(super) fn dotted(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
