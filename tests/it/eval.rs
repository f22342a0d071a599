//! The evaluator against Terraform's own recorded answers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use ecrlint::disk::{Disk, DiskError, Name};
use ecrlint::origin::{Origin, Why};
use ecrlint::source::{Sources, Span};
use ecrlint::syntax::hcl;
use ecrlint::syntax::hcl::ast::{Body, Item, Step};
use ecrlint::terraform::eval::{Evaluator, References, Resolved, Session, Source};
use ecrlint::terraform::types::Constraint;
use ecrlint::terraform::{EvalError, console};
use ecrlint::value::{Entries, Entry, Type, Value};
use serde_json::Value as Json;

use crate::support::testdata;

/// A directory of test data.
pub(crate) struct TestDisk;

impl Disk for TestDisk {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, DiskError> {
        std::fs::read(testdata(path)).map(Arc::from).map_err(|_| DiskError::NotFound)
    }

    fn list(&self, directory: &str) -> Result<Vec<Name>, DiskError> {
        let entries = std::fs::read_dir(testdata(directory)).map_err(|_| DiskError::NotFound)?;
        let mut names: Vec<Name> = entries
            .map(|entry| entry.unwrap())
            .map(|entry| Name {
                name: entry.file_name().into_string().unwrap(),
                is_directory: entry.file_type().unwrap().is_dir(),
            })
            .collect();
        names.sort();
        Ok(names)
    }
}

/// A module of one file: variables with defaults, locals, and `terraform_data` resources.
pub(crate) struct TestModule {
    pub(crate) source: Source,
    pub(crate) body: Body,
    pub(crate) sources: Sources,
    pub(crate) session: Session,
    pub(crate) root: String,
    values: RefCell<BTreeMap<String, Value>>,
}

impl TestModule {
    pub(crate) fn read(path: &str) -> Self {
        let text: Arc<[u8]> = std::fs::read(testdata(path)).unwrap().into();
        Self::new(path, text)
    }

    pub(crate) fn new(path: &str, text: Arc<[u8]>) -> Self {
        let parsed = hcl::parse(&text);
        assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
        let sources = Sources::new();
        let source = Source { id: sources.add(path, Arc::clone(&text)), text };
        let root = path.rsplit_once('/').map_or(".", |(directory, _)| directory).to_owned();
        Self {
            source,
            body: parsed.body,
            sources,
            session: Session::new(),
            root,
            values: RefCell::default(),
        }
    }

    pub(crate) fn evaluator(&self) -> Evaluator<'_> {
        Evaluator {
            references: self,
            disk: &TestDisk,
            sources: &self.sources,
            root: &self.root,
            session: &self.session,
            instance: 0,
        }
    }

    fn text<'s>(&'s self, ident: &'s hcl::ast::Ident) -> &'s str {
        ident.text(&self.source.text)
    }

    fn blocks<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = &'s hcl::ast::Block> {
        self.body.items.iter().filter_map(move |item| match item {
            Item::Block(block) if self.text(&block.kind) == kind => Some(block),
            _ => None,
        })
    }

    fn attribute<'s>(&'s self, body: &'s Body, name: &str) -> Option<&'s hcl::ast::Expr> {
        body.items.iter().find_map(|item| match item {
            Item::Attribute(attribute) if self.text(&attribute.name) == name => {
                Some(&attribute.value)
            }
            _ => None,
        })
    }

    fn label<'s>(&'s self, block: &'s hcl::ast::Block, index: usize) -> &'s str {
        block.labels[index].text.text(&self.source.text)
    }

    fn variable(&self, name: &str) -> Option<Result<Value, EvalError>> {
        let block = self.blocks("variable").find(|block| self.label(block, 0) == name)?;
        let evaluator = self.evaluator();
        let constraint = match self.attribute(&block.body, "type") {
            Some(ty) => Constraint::parse(&evaluator, &self.source, ty).unwrap(),
            None => Constraint::ANY,
        };
        let default = evaluator.eval(&self.source, self.attribute(&block.body, "default")?);
        let mut value = constraint.convert(default.unwrap()).unwrap();
        if self.attribute(&block.body, "sensitive").is_some() {
            value = value.marked(ecrlint::value::Marks { sensitive: true, ephemeral: false });
        }
        Some(Ok(value))
    }

    fn local(&self, name: &str) -> Option<Result<Value, EvalError>> {
        let expr = self.blocks("locals").find_map(|block| self.attribute(&block.body, name))?;
        Some(self.evaluator().eval(&self.source, expr))
    }

    fn resource(&self, name: &str) -> Option<Result<Value, EvalError>> {
        let block = self.blocks("resource").find(|block| self.label(block, 1) == name)?;
        let evaluator = self.evaluator();
        let origin = Origin::at(self.source.span(block.range));
        let instance = |input: Value| {
            let why = Why::new("known after apply");
            let attributes = [
                ("id", Value::unknown_not_null(Type::String, why.clone(), origin.clone())),
                ("output", Value::unknown_of(input.ty(), why, origin.clone())),
                ("input", input),
                ("triggers_replace", Value::null(Type::Dynamic, origin.clone())),
            ];
            let entries: Entries = attributes
                .into_iter()
                .map(|(name, value)| (name.into(), Entry::new(None, value)))
                .collect();
            Value::object(entries, origin.clone())
        };
        let input = self.attribute(&block.body, "input")?;
        let repeated = |text: String| instance(Value::string(text, origin.clone()));
        if self.attribute(&block.body, "count").is_some() {
            let count = if name == "none" { 0 } else { 3 };
            let items = (0..count).map(|index| repeated(format!("c{index}")));
            return Some(Ok(Value::tuple(items.collect(), origin.clone())));
        }
        if self.attribute(&block.body, "for_each").is_some() {
            let items = [("x", "x=1"), ("y.z", "y.z=2")];
            let entries = items
                .into_iter()
                .map(|(key, input)| (key.into(), Entry::new(None, repeated(input.to_owned()))));
            return Some(Ok(Value::object(entries.collect(), origin.clone())));
        }
        Some(evaluator.eval(&self.source, input).map(instance))
    }

    fn path(&self, name: &str, span: Span) -> Option<Result<Value, EvalError>> {
        matches!(name, "module" | "root" | "cwd").then(|| Ok(Value::string(".", Origin::at(span))))
    }
}

impl References for TestModule {
    fn resolve(
        &self,
        name: &str,
        steps: &[Step],
        source: &Source,
        span: Span,
    ) -> Result<Resolved, EvalError> {
        let Some(Step::Attribute { name: member, .. }) = steps.first() else {
            return Err(EvalError::reference(span, "an attribute is needed"));
        };
        let member = member.text(&source.text);
        let key = format!("{name}.{member}");
        if let Some(value) = self.values.borrow().get(&key) {
            return Ok(Resolved { value: value.clone(), consumed: 1 });
        }
        let value = match name {
            "var" => self.variable(member),
            "local" => self.local(member),
            "terraform_data" => self.resource(member),
            "path" => self.path(member, span),
            "terraform" if member == "workspace" => {
                Some(Ok(Value::string("default", Origin::at(span))))
            }
            _ => None,
        };
        let value =
            value.ok_or_else(|| EvalError::reference(span, format!("there is no `{key}`")))??;
        self.values.borrow_mut().insert(key, value.clone());
        Ok(Resolved { value, consumed: 1 })
    }
}

/// `&&` and `||` beside an unknown: Terraform 1.11 does not short-circuit, later versions do; both answers are right.
const EITHER: [&str; 8] = [
    "literal-046",
    "literal-047",
    "unknown-033",
    "unknown-034",
    "unknown-035",
    "unknown-036",
    "unknown-037",
    "unknown-038",
];

fn agrees(got: &Json, want: &Json, mask: &Json) -> bool {
    let is_unknown = got.get("$unknown").is_some();
    if *mask == Json::Bool(true) || is_unknown {
        return is_unknown && *mask == Json::Bool(true);
    }
    match (got, mask) {
        (Json::Object(got), Json::Object(mask)) => {
            let empty = serde_json::Map::new();
            let want = want.as_object().unwrap_or(&empty);
            let keys = want.keys().chain(mask.keys());
            keys.clone().all(|key| {
                let none = Json::Null;
                let no = Json::Bool(false);
                agrees(
                    got.get(key).unwrap_or(&none),
                    want.get(key).unwrap_or(&none),
                    mask.get(key).unwrap_or(&no),
                )
            }) && got.keys().all(|key| want.contains_key(key) || mask.contains_key(key))
        }
        (Json::Array(got), Json::Array(mask)) if got.len() == mask.len() => {
            let want = want.as_array().unwrap();
            got.iter().zip(want).zip(mask).all(|((got, want), mask)| agrees(got, want, mask))
        }
        _ => got == want,
    }
}

fn same_numbers(got: &Json, want: &Json) -> bool {
    match (got, want) {
        (Json::Number(got), Json::Number(want)) => got.as_f64() == want.as_f64(),
        (Json::Array(got), Json::Array(want)) => {
            got.len() == want.len()
                && got.iter().zip(want).all(|(got, want)| same_numbers(got, want))
        }
        (Json::Object(got), Json::Object(want)) => {
            got.len() == want.len()
                && got
                    .iter()
                    .all(|(key, got)| want.get(key).is_some_and(|want| same_numbers(got, want)))
        }
        _ => got == want,
    }
}

#[test]
fn answers_as_terraform_does() {
    let module = TestModule::read("eval/base/main.tf");
    let cases = std::fs::read_to_string(testdata("eval/expressions.jsonl")).unwrap();
    let mut misses = Vec::new();
    let mut total = 0;
    for line in cases.lines() {
        total += 1;
        let case: Json = serde_json::from_str(line).unwrap();
        let expr = case["expr"].as_str().unwrap();
        let answer = console::answer(&module.evaluator(), expr, true);
        let got: Json = serde_json::from_str(&answer).unwrap();
        let id = case["id"].as_str().unwrap();
        let right = match case["status"].as_str().unwrap() {
            _ if EITHER.contains(&id) && got["value"].is_boolean() => true,
            "error" => got.get("error").is_some(),
            "unknown" => {
                got.get("unknown").is_some()
                    || got
                        .get("value")
                        .is_some_and(|got| agrees(got, &case["value"], &case["unknown"]))
            }
            _ => got.get("value").is_some_and(|value| same_numbers(value, &case["value"])),
        };
        if !right {
            misses.push(format!(
                "{id} {expr:?}\n  want {} {}\n  got  {answer}",
                case["status"], case["value"]
            ));
        }
    }
    assert!(misses.is_empty(), "{} of {total} differ:\n{}", misses.len(), misses.join("\n"));
}
