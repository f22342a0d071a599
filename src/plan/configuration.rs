//! The part of a plan that says what refers to what: [`Configuration`]. Only what can lead to a resource of ours is
//! kept.

use std::collections::HashMap;
use std::io::Read;

use serde_json::Value;

use super::address::block_name;
use super::resources::Kind;
use super::scan::{ScanError, Scanner};

/// Deepest nesting of modules that is followed.
const MAX_MODULES: usize = 100;

/// The arguments whose expressions are kept.
const ARGUMENTS: [&str; 8] = [
    "repository",
    "repository_name",
    "policy",
    "repository_policy",
    "inline_policy",
    "image_tag_mutability",
    "source_policy_documents",
    "override_policy_documents",
];

/// The configuration that a plan was made from, as far as it concerns us.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    /// By their names without keys: `a.b`, empty for the root.
    modules: HashMap<String, Module>,
}

/// A module that holds a block of ours, itself or in a module that it calls.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// What its call passes to it.
    pub(super) arguments: Expressions,
    /// By name in the module: `data.aws_iam_policy_document.this`.
    blocks: HashMap<String, Expressions>,
    /// Its outputs.
    pub(super) outputs: Expressions,
}

/// Named expressions: for each, what it refers to.
#[derive(Debug, Default)]
pub(super) struct Expressions(Vec<(Box<str>, References)>);

/// What an expression refers to, as the plan has it: each reference in full (`aws_ecr_repository.app.id`), followed
/// by its shorter forms (`aws_ecr_repository.app`). Function calls and constants leave no trace.
pub(super) type References = Box<[Box<str>]>;

impl Configuration {
    /// Reads the object that comes next in the scanner: the value of the plan's `configuration`.
    ///
    /// # Errors
    /// The input can't be read on.
    pub(super) fn read(&mut self, scanner: &mut Scanner<impl Read>) -> Result<(), ScanError> {
        if scanner.enter_object()? {
            while let Some(key) = scanner.key()? {
                if key == "root_module" {
                    self.module(scanner, String::new(), 0).map(drop)?
                } else {
                    scanner.skip()?
                }
            }
        }
        Ok(())
    }

    /// The module with this name.
    pub(super) fn get(&self, module: &str) -> Option<&Module> {
        self.modules.get(module)
    }

    /// Reads a module and those that it calls. Does one of them hold a block of ours?
    fn module(
        &mut self,
        scanner: &mut Scanner<impl Read>,
        name: String,
        depth: usize,
    ) -> Result<bool, ScanError> {
        let mut module = Module::default();
        let mut matters = false;
        if depth > MAX_MODULES {
            scanner.skip()?;
            return Ok(false);
        }
        if !scanner.enter_object()? {
            return Ok(false);
        }
        while let Some(key) = scanner.key()? {
            match key {
                "resources" => module.read_blocks(scanner)?,
                "outputs" => module.outputs = outputs(whole(scanner)?),
                "module_calls" => matters |= self.calls(scanner, &name, depth + 1)?,
                _ => scanner.skip()?,
            }
        }
        matters |= !module.blocks.is_empty();
        if matters {
            self.modules.insert(name, module);
        }
        Ok(matters)
    }

    fn calls(
        &mut self,
        scanner: &mut Scanner<impl Read>,
        caller: &str,
        depth: usize,
    ) -> Result<bool, ScanError> {
        let mut matters = false;
        if scanner.enter_object()? {
            while let Some(call) = scanner.key()? {
                let name =
                    if caller.is_empty() { call.to_owned() } else { format!("{caller}.{call}") };
                matters |= self.call(scanner, name, depth)?;
            }
        }
        Ok(matters)
    }

    /// Reads a module call and the module that it calls.
    fn call(
        &mut self,
        scanner: &mut Scanner<impl Read>,
        name: String,
        depth: usize,
    ) -> Result<bool, ScanError> {
        let mut arguments = Expressions::default();
        let mut matters = false;
        if scanner.enter_object()? {
            while let Some(key) = scanner.key()? {
                match key {
                    "expressions" => {
                        arguments.0.extend(Expressions::of(whole(scanner)?, |_| true).0)
                    }
                    "for_each_expression" => arguments.add_for_each(&whole(scanner)?),
                    "module" => matters = self.module(scanner, name.clone(), depth)?,
                    _ => scanner.skip()?,
                }
            }
        }
        if let Some(module) = self.modules.get_mut(&name) {
            module.arguments = arguments;
        }
        Ok(matters)
    }
}

impl Module {
    /// The expressions of a block in this module.
    pub(super) fn block(&self, name: &str) -> Option<&Expressions> {
        self.blocks.get(name)
    }

    fn read_blocks(&mut self, scanner: &mut Scanner<impl Read>) -> Result<(), ScanError> {
        if !scanner.enter_array()? {
            return Ok(());
        }
        while scanner.element()? {
            if scanner.object_of_type(|type_name| Kind::of(type_name).is_some())? {
                let (base, bytes) = scanner.take_kept();
                let block = bytes.map_or(Ok(Value::Null), serde_json::from_slice);
                self.add_block(block.map_err(|error| ScanError::Syntax(base, error.to_string()))?);
            }
        }
        Ok(())
    }

    fn add_block(&mut self, mut block: Value) {
        let text =
            |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = block_name(text("mode") == "data", &text("type"), &text("name"));
        let mut expressions =
            Expressions::of(take(&mut block, "expressions"), |name| ARGUMENTS.contains(&name));
        expressions.add_for_each(&take(&mut block, "for_each_expression"));
        self.blocks.insert(name, expressions);
    }
}

impl Expressions {
    fn of(expressions: Value, wanted: impl Fn(&str) -> bool) -> Self {
        let Value::Object(expressions) = expressions else { return Self::default() };
        let wanted = expressions.into_iter().filter(|(name, _)| wanted(name));
        Self(
            wanted
                .map(|(name, expression)| {
                    (name.into(), references(&expression).unwrap_or_default())
                })
                .collect(),
        )
    }

    /// No argument can have this name.
    fn add_for_each(&mut self, expression: &Value) {
        self.0.extend(references(expression).map(|references| ("for_each".into(), references)));
    }

    /// What each of the expressions refers to.
    pub(super) fn all(&self) -> impl Iterator<Item = &[Box<str>]> {
        self.0.iter().map(|(_, references)| &**references)
    }

    /// What the expression with this name refers to; `None` if there is no such expression.
    pub(super) fn get(&self, name: &str) -> Option<&[Box<str>]> {
        self.0.iter().find(|(key, _)| **key == *name).map(|(_, references)| &**references)
    }
}

/// Reads the outputs of a module.
fn outputs(outputs: Value) -> Expressions {
    let Value::Object(outputs) = outputs else { return Expressions::default() };
    let expressions =
        outputs.into_iter().map(|(name, mut output)| (name, take(&mut output, "expression")));
    Expressions::of(Value::Object(expressions.collect()), |_| true)
}

/// The references of one expression; `None` if it is not an object.
fn references(expression: &Value) -> Option<References> {
    let references = expression.as_object()?.get("references").and_then(Value::as_array);
    Some(references.into_iter().flatten().filter_map(Value::as_str).map(Box::from).collect())
}

fn take(object: &mut Value, key: &str) -> Value {
    object.get_mut(key).map(Value::take).unwrap_or_default()
}

/// Reads the value that comes next as a whole.
fn whole(scanner: &mut Scanner<impl Read>) -> Result<Value, ScanError> {
    let (base, bytes) = scanner.whole()?;
    let value = bytes.map_or(Ok(Value::Null), serde_json::from_slice);
    value.map_err(|error| ScanError::Syntax(base, error.to_string()))
}
