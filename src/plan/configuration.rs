//! The part of a plan that says what refers to what: [`Configuration`]. Only what can lead to a resource of ours is
//! kept.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt;
use std::io::Read;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use smallvec::SmallVec;

use super::address::block_name;
use super::resources::Kind;
use super::scan::{ScanError, Scanner};
use super::texts::Texts;
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
    modules: Named<Module, Box<str>>,
}

/// A module that holds a block of ours, itself or in a module that it calls.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// What its call passes to it.
    pub(super) arguments: Expressions,
    /// By name in the module: `data.aws_iam_policy_document.this`.
    blocks: Named<Expressions, Box<str>>,
    /// Its outputs.
    pub(super) outputs: Expressions,
}

/// Expressions by their names.
pub(super) type Expressions = Named<References>;

/// Things by their names, in the order of the names.
#[derive(Debug)]
pub(super) struct Named<T, K = Arc<str>>(Box<[(K, T)]>);

/// What an expression refers to. Most refer to one thing at most.
type References = SmallVec<[Arc<str>; 1]>;

/// Reads a configuration.
#[derive(Debug, Default)]
struct Reader {
    /// A called module stands right before the one that calls it.
    modules: Vec<(Box<str>, Module)>,
    /// The names and references so far. Modules have most of them in common.
    texts: Texts,
}

impl Configuration {
    /// Reads the object that comes next in the scanner: the value of the plan's `configuration`.
    ///
    /// # Errors
    /// The input can't be read on.
    pub(super) fn read(&mut self, scanner: &mut Scanner<impl Read>) -> Result<(), ScanError> {
        let mut reader = Reader::default();
        if scanner.enter_object()? {
            while let Some(key) = scanner.key()? {
                if key == "root_module" {
                    reader.module(scanner, "", 0)?;
                } else {
                    scanner.skip()?;
                }
            }
        }
        self.modules = reader.modules.into_iter().collect();
        Ok(())
    }

    /// The module with this name.
    pub(super) fn get(&self, module: &str) -> Option<&Module> {
        self.modules.get(module)
    }
}

impl Reader {
    /// Reads a module and those that it calls. Does one of them hold a block of ours?
    fn module(
        &mut self,
        scanner: &mut Scanner<impl Read>,
        name: &str,
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
                    "resources" => module.blocks = self.blocks(scanner)?,
                    "outputs" => outputs = Kept::read(scanner)?,
                    "module_calls" => matters |= self.calls(scanner, name, depth + 1)?,
                    _ => scanner.skip()?,
                }
            }
        }
        matters |= !module.blocks.0.is_empty();
        if matters {
            let Members(outputs) = outputs.parse::<Members<Output>>()?;
            let expression = |(name, output): (Box<str>, Output)| (name, output.expression);
            module.outputs = self.expressions(outputs.into_iter().map(expression).filter(refers));
            self.modules.push((name.into(), module));
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
                matters |= self.call(scanner, &name, depth)?;
            }
        }
        Ok(matters)
    }

    /// Reads a module call and the module that it calls.
    fn call(
        &mut self,
        scanner: &mut Scanner<impl Read>,
        name: &str,
        depth: usize,
    ) -> Result<bool, ScanError> {
        let (mut arguments, mut for_each) = (Kept::default(), Kept::default());
        let mut matters = false;
        let before = self.modules.len();
        if scanner.enter_object()? {
            while let Some(key) = scanner.key()? {
                match key {
                    "expressions" => arguments = Kept::read(scanner)?,
                    "for_each_expression" => for_each = Kept::read(scanner)?,
                    "module" => matters = self.module(scanner, name, depth)?,
                    _ => scanner.skip()?,
                }
            }
        }
        if matters {
            let Members(mut arguments) = arguments.parse::<Members<Expression>>()?;
            let variables = variables(self.modules.get(before..).unwrap_or_default());
            arguments.retain(|(name, _)| variables.contains(&**name));
            let for_each = (FOR_EACH.into(), for_each.parse()?);
            let kept = arguments.into_iter().chain([for_each]).filter(refers);
            let arguments = self.expressions(kept);
            if let Some((_, module)) = self.modules.last_mut() {
                module.arguments = arguments;
            }
        }
        Ok(matters)
    }

    fn blocks(
        &mut self,
        scanner: &mut Scanner<impl Read>,
    ) -> Result<Named<Expressions, Box<str>>, ScanError> {
        let wanted = |type_name: &str| Kind::of(type_name).is_some_and(has_references);
        let mut blocks = Vec::new();
        if scanner.enter_array()? {
            while scanner.element()? {
                if scanner.object_of_type(wanted)? {
                    let block: Block = Kept::take(scanner).parse()?;
                    let name = block_name(block.mode == "data", &block.type_name, &block.name);
                    blocks.push((name.into(), self.expressions(block.expressions())));
                }
            }
        }
        Ok(blocks.into_iter().collect())
    }

    fn expressions(
        &mut self,
        expressions: impl Iterator<Item = (Box<str>, Expression)>,
    ) -> Expressions {
        let expression = |(name, Expression(references)): (Box<str>, Expression)| {
            let references = references.iter().map(|reference| self.texts.get(reference));
            let references = references.collect();
            (self.texts.get(&name), references)
        };
        expressions.map(expression).collect()
    }
}

/// The variables that modules refer to.
fn variables(modules: &[(Box<str>, Module)]) -> HashSet<&str> {
    let expressions = modules.iter().flat_map(|(_, module)| {
        let blocks = module.blocks.0.iter().map(|(_, expressions)| expressions);
        blocks.chain([&module.arguments, &module.outputs])
    });
    let references = expressions.flat_map(Expressions::all).flatten();
    let variables = references.filter_map(|reference| reference.strip_prefix("var."));
    variables.filter_map(|variable| variable.split(['.', '[']).next()).collect()
}

impl Module {
    /// The expressions of a block in this module.
    pub(super) fn block(&self, name: &str) -> Option<&Expressions> {
        self.blocks.get(name)
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
    pub(super) fn references(&self, name: &str) -> Option<&[Arc<str>]> {
        self.get(name).map(SmallVec::as_slice)
    }

    /// What each of the expressions refers to.
    pub(super) fn all(&self) -> impl Iterator<Item = &[Arc<str>]> {
        self.0.iter().map(|(_, references)| references.as_slice())
    }
}

impl<T, K: Borrow<str>> Named<T, K> {
    fn get(&self, name: &str) -> Option<&T> {
        let index = self.0.binary_search_by(|(key, _)| key.borrow().cmp(name)).ok()?;
        self.0.get(index).map(|(_, value)| value)
    }
}

impl<T, K: Borrow<str>> FromIterator<(K, T)> for Named<T, K> {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(items: I) -> Self {
        let mut items: Box<[_]> = items.into_iter().collect();
        items.sort_unstable_by(|(one, _), (other, _)| one.borrow().cmp(other.borrow()));
        Self(items)
    }
}

impl<T, K> Default for Named<T, K> {
    fn default() -> Self {
        Self(Box::default())
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
    expressions: Members<Expression>,
    #[serde(rename = "for_each_expression")]
    for_each: Expression,
}

impl Block {
    /// The expressions of the arguments that matter.
    fn expressions(self) -> impl Iterator<Item = (Box<str>, Expression)> {
        let Members(arguments) = self.expressions;
        let arguments =
            arguments.into_iter().filter(|(argument, _)| ARGUMENTS.contains(&&**argument));
        let for_each = [(FOR_EACH.into(), self.for_each)].into_iter().filter(refers);
        arguments.chain(for_each)
    }
}

/// An output of a module.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Output {
    expression: Expression,
}

/// The members of an object in the configuration.
#[derive(Debug)]
struct Members<T>(Vec<(Box<str>, T)>);

/// What an expression in the configuration refers to: `aws_ecr_repository.app.id`. Function calls and constants leave
/// no trace.
#[derive(Debug, Default)]
struct Expression(Vec<Box<str>>);

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor(PhantomData))
    }
}

struct MembersVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for MembersVisitor<T> {
    type Value = Members<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

impl Expression {
    /// A plan follows each reference with its shorter forms (`aws_ecr_repository.app`), which say nothing more.
    fn of(mut references: Vec<Box<str>>) -> Self {
        references.dedup_by(|shorter, reference| {
            let rest = reference.strip_prefix(&**shorter);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        });
        Self(references)
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
