//! The part of a plan that says what refers to what: [`Configuration`]. Only what can lead to a resource of ours is
//! kept.

use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use super::address::block_name;
use super::resources::Kind;
use super::scan::{ScanError, Scanner};
use crate::source::Base;
use crate::terraform::identity::PolicySource;

/// Deepest nesting of modules that is followed.
const MAX_MODULES: usize = 100;

/// The arguments of blocks whose expressions are kept.
const ARGUMENTS: [&str; 7] = [
    "repository",
    "repository_name",
    "policy",
    "repository_policy",
    "image_tag_mutability",
    "source_policy_documents",
    "override_policy_documents",
];

/// The name of a block's or call's `for_each` among its expressions. No argument can have it.
pub(super) const FOR_EACH: &str = "for_each";

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
    blocks: Named<Expressions>,
    /// Its outputs.
    pub(super) outputs: Expressions,
}

/// Expressions by their names.
pub(super) type Expressions = Named<Expression>;

/// Things by their names, in the order of the names.
#[derive(Debug)]
pub(super) struct Named<T>(Box<[(Box<str>, T)]>);

/// What an expression refers to: `aws_ecr_repository.app.id`. Function calls and constants leave no trace.
#[derive(Debug, Default)]
pub(super) struct Expression(Box<[Box<str>]>);

impl Configuration {
    /// Reads the object that comes next in the scanner: the value of the plan's `configuration`.
    ///
    /// # Errors
    /// The input can't be read on.
    pub(super) fn read(&mut self, scanner: &mut Scanner<impl Read>) -> Result<(), ScanError> {
        if scanner.enter_object()? {
            while let Some(key) = scanner.key()? {
                if key == "root_module" {
                    self.module(scanner, String::new(), 0)?;
                } else {
                    scanner.skip()?;
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
        let mut outputs = Kept::default();
        let mut matters = false;
        if depth > MAX_MODULES {
            scanner.skip()?;
            return Ok(false);
        }
        if scanner.enter_object()? {
            while let Some(key) = scanner.key()? {
                match key {
                    "resources" => module.read_blocks(scanner)?,
                    "outputs" => outputs = Kept::read(scanner)?,
                    "module_calls" => matters |= self.calls(scanner, &name, depth + 1)?,
                    _ => scanner.skip()?,
                }
            }
        }
        matters |= !module.blocks.0.is_empty();
        if matters {
            let Named(outputs) = outputs.parse::<Named<Output>>()?;
            let expression = |(name, output): (Box<str>, Output)| (name, output.expression);
            module.outputs = outputs.into_iter().map(expression).filter(refers).collect();
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
        let (mut arguments, mut for_each) = (Kept::default(), Kept::default());
        let mut matters = false;
        if scanner.enter_object()? {
            while let Some(key) = scanner.key()? {
                match key {
                    "expressions" => arguments = Kept::read(scanner)?,
                    "for_each_expression" => for_each = Kept::read(scanner)?,
                    "module" => matters = self.module(scanner, name.clone(), depth)?,
                    _ => scanner.skip()?,
                }
            }
        }
        if let Some(module) = self.modules.get_mut(&name) {
            let for_each = (FOR_EACH.into(), for_each.parse()?);
            let Named(arguments) = arguments.parse::<Expressions>()?;
            module.arguments = arguments.into_iter().chain([for_each]).filter(refers).collect();
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
        let wanted = |type_name: &str| Kind::of(type_name).is_some_and(has_references);
        let mut blocks = Vec::new();
        if scanner.enter_array()? {
            while scanner.element()? {
                if scanner.object_of_type(wanted)? {
                    let block: Block = Kept::take(scanner).parse()?;
                    let name = block_name(block.mode == "data", &block.type_name, &block.name);
                    blocks.push((name.into(), block.expressions()));
                }
            }
        }
        self.blocks = blocks.into_iter().collect();
        Ok(())
    }
}

fn refers((_, expression): &(Box<str>, Expression)) -> bool {
    !expression.0.is_empty()
}

/// Do references of blocks of this kind lead to what we want to know?
const fn has_references(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Identity(PolicySource::Arn(_) | PolicySource::Arns(_) | PolicySource::Role)
    )
}

impl Expressions {
    /// What the expression with this name refers to; `None` if there is no such expression.
    pub(super) fn references(&self, name: &str) -> Option<&[Box<str>]> {
        self.get(name).map(|Expression(references)| &**references)
    }

    /// What each of the expressions refers to.
    pub(super) fn all(&self) -> impl Iterator<Item = &[Box<str>]> {
        self.0.iter().map(|(_, Expression(references))| &**references)
    }
}

impl<T> Named<T> {
    fn get(&self, name: &str) -> Option<&T> {
        let index = self.0.binary_search_by(|(key, _)| (**key).cmp(name)).ok()?;
        self.0.get(index).map(|(_, value)| value)
    }
}

impl<T> FromIterator<(Box<str>, T)> for Named<T> {
    fn from_iter<I: IntoIterator<Item = (Box<str>, T)>>(items: I) -> Self {
        let mut items: Box<[_]> = items.into_iter().collect();
        items.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self(items)
    }
}

/// A value that may have to be decoded once it is known whether it matters.
#[derive(Debug, Default)]
struct Kept(Option<(Base, Box<[u8]>)>);

impl Kept {
    /// Reads the value that comes next.
    fn read(scanner: &mut Scanner<impl Read>) -> Result<Self, ScanError> {
        scanner.keep()?;
        Ok(Self::take(scanner))
    }

    /// What the scanner keeps.
    fn take(scanner: &mut Scanner<impl Read>) -> Self {
        let (base, bytes) = scanner.take_kept();
        Self(bytes.map(|bytes| (base, bytes.into())))
    }

    /// The value decoded; the default, if there is none or one of another shape.
    fn parse<T: for<'de> Deserialize<'de> + Default>(&self) -> Result<T, ScanError> {
        let Some((base, bytes)) = &self.0 else { return Ok(T::default()) };
        serde_json::from_slice(bytes).or_else(|error| match error.classify() {
            Category::Data => Ok(T::default()),
            Category::Io | Category::Syntax | Category::Eof => {
                Err(ScanError::Syntax(*base, error.to_string()))
            }
        })
    }
}

/// A block in the configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Block {
    mode: String,
    #[serde(rename = "type")]
    type_name: String,
    name: String,
    expressions: Expressions,
    #[serde(rename = "for_each_expression")]
    for_each: Expression,
}

impl Block {
    /// The expressions of the arguments that matter.
    fn expressions(self) -> Expressions {
        let Named(arguments) = self.expressions;
        let arguments =
            arguments.into_iter().filter(|(argument, _)| ARGUMENTS.contains(&&**argument));
        let for_each = [(FOR_EACH.into(), self.for_each)].into_iter().filter(refers);
        arguments.chain(for_each).collect()
    }
}

/// An output of a module.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Output {
    expression: Expression,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NamedVisitor(PhantomData))
    }
}

struct NamedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for NamedVisitor<T> {
    type Value = Named<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members.into_iter().collect())
    }
}

impl Expression {
    /// A plan follows each reference with its shorter forms (`aws_ecr_repository.app`), which say nothing more.
    fn of(mut references: Vec<Box<str>>) -> Self {
        references.dedup_by(|shorter, reference| {
            let rest = reference.strip_prefix(&**shorter);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        });
        Self(references.into())
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExpressionVisitor)
    }
}

struct ExpressionVisitor;

impl<'de> Visitor<'de> for ExpressionVisitor {
    type Value = Expression;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an expression or nested blocks")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut expression = Expression::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "references" {
                expression = Expression::of(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(expression)
    }

    /// Nested blocks: what they refer to is not asked.
    fn visit_seq<A: SeqAccess<'de>>(self, mut blocks: A) -> Result<Self::Value, A::Error> {
        while blocks.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Expression::default())
    }
}
