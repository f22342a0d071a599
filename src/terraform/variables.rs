//! Variables: where their values come from, and what becomes of them on the way. [`Supplied`]
//!
//! Source: "Input Variables" in Terraform's documentation; the order of precedence is measured.

use std::rc::Rc;
use std::sync::{Arc, PoisonError};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::EvalError;
use super::eval::{Evaluator, References, Resolved, Source};
use super::evaluation::{Evaluation, Instance, NodeKind, Outcome};
use super::loader::Given;
use super::module::Module;
use super::module::body::{AttributeRef, BlockRef, Declaration, File};
use super::module::load::{Content, cannot_read};
use super::scope::Names;
use super::types::Constraint;
use crate::disk::join;
use crate::model::ProblemKind;
use crate::origin::{HopKind, Origin, Why};
use crate::source::Span;
use crate::syntax::hcl;
use crate::syntax::hcl::ast::{Body, Step};
use crate::value::{Marks, Type, Value};

/// A value for a variable of the root module.
#[derive(Clone, Debug)]
pub(super) enum Supplied {
    /// From a file.
    Value(Outcome),
    /// From the command line or the environment: its meaning depends on the type of the variable.
    Text(Arc<File>),
}

/// What the blocks of a variable say, whoever calls its module.
#[derive(Debug)]
pub(super) struct Declared {
    constraint: Option<Constraint>,
    /// The `default`, converted.
    default: Option<Outcome>,
    nullable: bool,
    marks: Marks,
}

/// What the variables of a module say, as far as it was asked for.
pub(super) type KnownVariables = FxHashMap<SmolStr, Outcome<Arc<Declared>>>;

/// Variable values and defaults refer to nothing.
struct NoNames;

impl References for NoNames {
    fn resolve(&self, name: &str, _: &[Step], _: &Source, span: Span) -> Outcome<Resolved> {
        let message = format!("a value may not refer to anything, and this refers to `{name}`");
        Err(EvalError::reference(span, message))
    }
}

impl<'a> Evaluation<'a> {
    /// Reads the values that are given to the root module, the weakest first.
    pub(super) fn supply(&mut self) {
        let root = &Rc::clone(&self.root);
        for (name, text) in &self.options.environment {
            self.supply_text(name, text, &format!("TF_VAR_{name}"));
        }
        let terragrunt = self.terragrunt.as_ref().unwrap_or(&self.directory).clone();
        self.supply_terragrunt(&terragrunt);
        let files = &root.module.files;
        for name in &files.values {
            self.supply_file(root, &join(&self.directory, name));
        }
        for given in &self.options.values {
            match given {
                Given::Variable { name, value } => {
                    self.supply_text(name, value, &format!("--var {name}"));
                }
                Given::File(path) => self.supply_file(root, path),
                Given::Planned { name, value } => {
                    let file = self.text_file(value, &format!("variable {name} of the plan"));
                    self.planned.insert(name.as_str().into(), file);
                }
            }
        }
    }

    fn supply_text(&mut self, name: &str, text: &str, path: &str) {
        let file = self.text_file(text, path);
        self.supplied.insert(name.into(), Supplied::Text(file));
    }

    fn text_file(&self, text: &str, path: &str) -> Arc<File> {
        let text: Arc<[u8]> = text.as_bytes().into();
        let id = self.modules.sources().add(path, Arc::clone(&text));
        Arc::new(File { source: Source { id, text }, path: path.into(), body: Body::default() })
    }

    fn supply_file(&mut self, root: &Rc<Instance>, path: &str) {
        let text = match self.modules.disk().read(path) {
            Ok(text) => text,
            Err(error) => return self.tell(cannot_read(path, &error)),
        };
        let parsed = self.modules.parse(path, text, Content::Values);
        parsed.problems.into_iter().for_each(|problem| self.tell(problem));
        for (name, attribute) in parsed.file.attributes() {
            if root.module.variables.contains_key(name) {
                let value = self.constant(attribute);
                self.supplied.insert(name.into(), Supplied::Value(value));
            } else {
                let message = format!("there is no variable `{name}` in this module");
                self.tell_at(ProblemKind::Note, attribute.name_span(), message);
            }
        }
    }

    /// `var.name` and how it came by its value; `None` where it is not declared.
    pub(super) fn variable(
        &self,
        instance: &Rc<Instance>,
        name: &str,
    ) -> Option<Outcome<(Value, HopKind)>> {
        let (name, variable) = instance.module.variables.get_key_value(name)?;
        let header = variable.header()?;
        Some(self.once(&instance.variables, name, instance, NodeKind::Variable, header, || {
            self.value_of(instance, name, variable, header)
        }))
    }

    fn value_of(
        &self,
        instance: &Rc<Instance>,
        name: &SmolStr,
        variable: &Declaration,
        header: Span,
    ) -> Outcome<(Value, HopKind)> {
        let declared = self.declared(&instance.module, name, variable)?;
        let constraint = declared.constraint.as_ref();
        let own = self.own_value(instance, name, &declared, header);
        let planned = self.planned.get(name).filter(|_| instance.parent.is_none());
        let (value, kind) = match planned {
            None => own?,
            Some(file) => {
                let planned = converted(name, self.expression(file)?, constraint)?;
                match own {
                    Ok((value, kind)) if value.equals(&planned) == Some(true) => (value, kind),
                    Ok(_) | Err(_) => (planned, HopKind::Variable),
                }
            }
        };
        Ok((value.marked(declared.marks), kind))
    }

    /// What the blocks of a variable say: found out once, whichever root asks.
    fn declared(
        &self,
        module: &Module,
        name: &SmolStr,
        variable: &Declaration,
    ) -> Outcome<Arc<Declared>> {
        let known = || module.known_variables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(declared) = known().get(name) {
            return declared.clone();
        }
        let declared = self.constraint(variable).map(|constraint| {
            let default = variable.attribute("default").map(|default| {
                converted(name, self.default(name, variable, default)?, constraint.as_ref())
            });
            let marks = Marks {
                sensitive: flag(variable, "sensitive") == Some(true),
                ephemeral: flag(variable, "ephemeral") == Some(true),
            };
            let nullable = flag(variable, "nullable") != Some(false);
            Arc::new(Declared { constraint, default, nullable, marks })
        });
        known().insert(name.clone(), declared.clone());
        declared
    }

    /// The value that the module by itself comes to.
    fn own_value(
        &self,
        instance: &Rc<Instance>,
        name: &SmolStr,
        declared: &Declared,
        header: Span,
    ) -> Outcome<(Value, HopKind)> {
        let constraint = declared.constraint.as_ref();
        let given = match &instance.parent {
            None => self.supplied(name, constraint)?.map(|it| (it, HopKind::Variable)),
            Some(_) => self.argument(instance, name)?.map(|it| (it, HopKind::ModuleArgument)),
        };
        match (given, &declared.default) {
            (Some((given, kind)), _) if declared.nullable || !given.is_null() => {
                Ok((converted(name, given, constraint)?, kind))
            }
            (_, Some(default)) => Ok((default.clone()?, HopKind::VariableDefault)),
            (Some((null, _)), None) => {
                let message = format!("variable `{name}` must not be null, and has no default");
                Err(EvalError::new(null.origin.span, message))
            }
            (None, None) => {
                let why = Why::at(format!("variable `{name}` has no default and no value"), header);
                let ty = constraint.map_or(Type::Dynamic, |it| it.ty().clone());
                Ok((Value::unknown_of(ty, why, Origin::at(header)), HopKind::Variable))
            }
        }
    }

    /// The type that the strongest layer gives, with the defaults of the primary block.
    fn constraint(&self, variable: &Declaration) -> Outcome<Option<Constraint>> {
        let parse =
            |ty: AttributeRef<'_>| Constraint::parse(&self.constants(), &ty.file.source, ty.expr());
        let Some(ty) = variable.attribute("type") else { return Ok(None) };
        let primary = variable.block().and_then(|block| block.attribute("type"));
        Ok(Some(match primary {
            Some(primary) if primary.span() == ty.span() => parse(ty)?,
            Some(primary) => parse(primary)?.overridden_by(parse(ty)?),
            None => Constraint::ANY.overridden_by(parse(ty)?),
        }))
    }

    /// The `default`, as the type beside it has it. (An override file may replace either.)
    fn default(&self, name: &str, variable: &Declaration, default: AttributeRef<'_>) -> Outcome {
        let value = self.constant(default)?;
        let same = |block: &BlockRef<'_>| {
            block.attribute("default").is_some_and(|it| it.span() == default.span())
        };
        let beside = variable.layers().find(same).and_then(|block| block.attribute("type"));
        match beside {
            Some(ty) if variable.layers().count() > 1 => {
                let constraint = Constraint::parse(&self.constants(), &ty.file.source, ty.expr())?;
                converted(name, value, Some(&constraint))
            }
            _ => Ok(value),
        }
    }

    /// The value that the root module is given for a variable.
    fn supplied(&self, name: &str, constraint: Option<&Constraint>) -> Outcome<Option<Value>> {
        match self.supplied.get(name) {
            None => Ok(None),
            Some(Supplied::Value(value)) => value.clone().map(Some),
            Some(Supplied::Text(file)) => self.text_value(file, constraint).map(Some),
        }
    }

    /// A text from the command line or the environment: as it stands for a variable that is a string or says nothing
    /// of its type, else an expression.
    fn text_value(&self, file: &File, constraint: Option<&Constraint>) -> Outcome {
        let length = u32::try_from(file.source.text.len()).unwrap_or(u32::MAX);
        let whole = file.span(crate::source::TextRange::new(0, length));
        if constraint.is_none_or(|constraint| *constraint.ty() == Type::String) {
            let text = String::from_utf8_lossy(&file.source.text).into_owned();
            return Ok(Value::string(text, Origin::at(whole)));
        }
        self.expression(file)
    }

    fn expression(&self, file: &File) -> Outcome {
        let (expr, errors) = hcl::parse_expression(&file.source.text);
        match errors.into_iter().next() {
            Some(error) => Err(EvalError::new(file.span(error.range), error.message)),
            None => self.constants().eval(&file.source, &expr),
        }
    }

    /// What a call passes for a variable.
    fn argument(&self, instance: &Rc<Instance>, name: &str) -> Outcome<Option<Value>> {
        let Some(parent) = &instance.parent else { return Ok(None) };
        let Some(caller) = self.instance(parent.instance) else { return Ok(None) };
        let call = caller.module.calls.get(&parent.call);
        let Some(argument) = call.and_then(|call| call.attribute(name)) else { return Ok(None) };
        let names = Names::of(self, &caller);
        names.repeated(&parent.key, Rc::clone(&parent.repetition)).eval(argument).map(Some)
    }

    /// The value of an argument that may not refer to anything.
    fn constant(&self, attribute: AttributeRef<'_>) -> Outcome {
        self.constants().eval(&attribute.file.source, attribute.expr())
    }

    pub(super) fn constants(&self) -> Evaluator<'_> {
        Evaluator {
            references: &NoNames,
            disk: self.modules.disk(),
            sources: self.modules.sources(),
            root: &self.directory,
            session: &self.session,
            instance: 0,
        }
    }
}

fn flag(variable: &Declaration, name: &str) -> Option<bool> {
    variable.attribute(name).and_then(AttributeRef::literal_bool)
}

/// The value as the type of the variable `name` has it.
fn converted(name: &str, value: Value, constraint: Option<&Constraint>) -> Outcome {
    let Some(constraint) = constraint else { return Ok(value) };
    let span = value.origin.span;
    constraint.convert(value).map_err(|why| {
        EvalError::new(span, format!("this is no value for variable `{name}`: {why}"))
    })
}
