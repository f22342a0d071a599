//! Terragrunt: the `inputs` of `terragrunt.hcl` are values of variables, and its `terraform.source` is the module that
//! it runs. [`module_directories`]
//!
//! Source: Terragrunt's documentation, "Configuration Blocks and Attributes" (`terraform`, `include`, `inputs`) and
//! "Built-in Functions".

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::evaluation::{Evaluation, Instance};
use super::loader::{Given, is_local};
use super::module::body::{File, attributes, literal_text};
use super::module::load::{Content, Parsed};
use super::variables::Supplied;
use crate::disk::join;
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::syntax::hcl;
use crate::syntax::hcl::ast::{Body, Expr, ExprKind, Item, ObjectItem, Part, Step};
use crate::value::Value;

/// The name of Terragrunt's configuration file.
pub const FILE_NAME: &str = "terragrunt.hcl";

/// Is this the path of a `terragrunt.hcl`?
pub fn is_configuration(path: &str) -> bool {
    path.rsplit('/').next() == Some(FILE_NAME)
}

/// The local directories that a `terragrunt.hcl` with this text, in `directory`, may run: where the source depends on a
/// condition, those of both sides. `to_repository`: the way from there to the top of the repository, as in `../..`.
pub fn module_directories(
    text: &[u8],
    directory: &str,
    to_repository: impl Fn() -> Option<String>,
) -> BTreeSet<String> {
    let body = hcl::parse(text).body;
    let sources = Sources { text, body: &body, to_repository };
    let found = blocks(&body, "terraform", text)
        .filter_map(|block| attribute(block, "source", text))
        .flat_map(|source| sources.texts(source, MAX_DEPTH));
    let local = found.filter(|source| is_local(source));
    local.map(|source| join(directory, source.split('?').next().unwrap_or_default())).collect()
}

/// Sources that refer to locals are followed this deep, and this many alternatives of one.
const MAX_DEPTH: usize = 16;
const MAX_TEXTS: usize = 16;

/// What a source may be.
struct Sources<'a, F> {
    text: &'a [u8],
    body: &'a Body,
    to_repository: F,
}

impl<F: Fn() -> Option<String>> Sources<'_, F> {
    /// The texts that an expression may have; none where that can't be told.
    fn texts(&self, expr: &Expr, depth: usize) -> Vec<String> {
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        match &expr.kind {
            ExprKind::Paren(inner) => self.texts(inner, depth),
            ExprKind::Conditional(conditional) => {
                let mut texts = self.texts(&conditional.yes, depth);
                texts.extend(self.texts(&conditional.no, depth));
                texts
            }
            ExprKind::Template(template) => {
                let mut texts = vec![String::new()];
                for part in &template.parts {
                    let ends = match part {
                        Part::Literal(literal) => vec![literal.text(self.text).to_owned()],
                        Part::Interpolation { expr, .. } => self.texts(expr, depth),
                        Part::If { .. } | Part::For { .. } => Vec::new(),
                    };
                    let pairs =
                        texts.iter().flat_map(|start| ends.iter().map(move |end| (start, end)));
                    texts =
                        pairs.take(MAX_TEXTS).map(|(start, end)| format!("{start}{end}")).collect();
                }
                texts
            }
            ExprKind::Call(call) => match call.name.of(self.text) {
                b"get_terragrunt_dir" => vec![".".to_owned()],
                b"get_repo_root" | b"get_path_to_repo_root" => {
                    (self.to_repository)().into_iter().collect()
                }
                _ => Vec::new(),
            },
            ExprKind::Traversal(traversal) => match (&traversal.base.kind, &*traversal.steps) {
                (ExprKind::Variable(base), [Step::Attribute { name, .. }])
                    if base.is("local", self.text) =>
                {
                    let name = name.text(self.text);
                    blocks(self.body, "locals", self.text)
                        .filter_map(|block| attribute(block, name, self.text))
                        .flat_map(|value| self.texts(value, depth))
                        .collect()
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

/// The bodies of the blocks of a type.
fn blocks<'b>(body: &'b Body, kind: &str, text: &[u8]) -> impl Iterator<Item = &'b Body> {
    body.items.iter().filter_map(move |item| match item {
        Item::Block(block) if block.kind.is(kind, text) => Some(&block.body),
        Item::Block(_) | Item::Attribute(_) => None,
    })
}

/// The value of an argument.
fn attribute<'b>(body: &'b Body, name: &str, text: &[u8]) -> Option<&'b Expr> {
    body.items.iter().find_map(|item| match item {
        Item::Attribute(attribute) if attribute.name.is(name, text) => Some(&attribute.value),
        Item::Attribute(_) | Item::Block(_) => None,
    })
}

impl Evaluation<'_> {
    /// The `inputs` of the `terragrunt.hcl` files above and beside the module, or above and including the one that is
    /// given to run it, the nearest last. (Terragrunt reads one above only where it is included, which nearly all are.)
    pub(super) fn supply_terragrunt(&mut self, root: &Rc<Instance>) {
        /// Levels that are looked at above the module.
        const MAX_LEVELS: usize = 8;
        let given = self.options.values.iter().find_map(|given| match given {
            Given::File(path) if is_configuration(path) => Some(join(path, "..")),
            Given::File(_) | Given::Variable { .. } | Given::Planned { .. } => None,
        });
        let nearest = given.unwrap_or_else(|| self.directory.clone());
        let mut directories = vec![nearest.clone()];
        for _ in 0..MAX_LEVELS {
            let Some(last) = directories.last() else { break };
            let above = join(last, "..");
            if *last == above {
                break;
            }
            directories.push(above);
        }
        for directory in directories.iter().rev() {
            let path = join(directory, FILE_NAME);
            if let Ok(text) = self.modules.disk().read(&path) {
                self.has_terragrunt = true;
                self.supply_inputs(root, &path, text, *directory == nearest);
            }
        }
    }

    /// The `inputs` of one file: an object, or several merged.
    fn supply_inputs(
        &mut self,
        root: &Rc<Instance>,
        path: &str,
        text: Arc<[u8]>,
        is_nearest: bool,
    ) {
        let Parsed { file, body, .. } = self.modules.parse(path, text, Content::Values);
        let inputs = attributes(&file, &body).find(|(name, _)| *name == "inputs");
        let Some((_, inputs)) = inputs else { return };
        let expr = inputs.expr();
        let parts = match &expr.kind {
            ExprKind::Call(call) if call.name.of(&file.source.text) == b"merge" => {
                call.arguments.as_slice()
            }
            _ => std::slice::from_ref(expr),
        };
        for part in parts {
            match &part.kind {
                ExprKind::Object(items) => self.supply_items(root, &file, items),
                // What is computed for many modules together is about accounts and regions.
                _ if !is_nearest => {}
                _ => self.supply_computed(root, file.span(part.range)),
            }
        }
    }

    /// Inputs that are computed as a whole: any variable may be among them.
    fn supply_computed(&mut self, root: &Rc<Instance>, span: Span) {
        for name in root.module.variables.keys() {
            let why = Why::at(format!("Terragrunt computes the inputs, `{name}` may be one"), span);
            let value = Value::unknown(why, Origin::at(span));
            self.supplied.insert(name.clone(), Supplied::Value(Ok(value)));
        }
    }

    /// Inputs by their names: what is written as a literal is a value, what is computed is not known.
    fn supply_items(&mut self, root: &Rc<Instance>, file: &File, items: &[ObjectItem]) {
        for item in items {
            let text = &file.source.text;
            let name = match &item.key.kind {
                ExprKind::Variable(name) => Some(name.text(text)),
                _ => literal_text(&item.key, text),
            };
            let Some(name) = name.filter(|name| root.module.variables.contains_key(*name)) else {
                continue;
            };
            let span = file.span(item.value.range);
            let value = self.constants().eval(&file.source, &item.value).unwrap_or_else(|_| {
                let why = Why::at(format!("Terragrunt computes the input `{name}`"), span);
                Value::unknown(why, Origin::at(span))
            });
            self.supplied.insert(name.into(), Supplied::Value(Ok(value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::module_directories;

    fn directories(source: &str) -> Vec<String> {
        let text = format!(
            "locals {{\n  base = \"../..//modules\"\n  loop = local.loop\n}}\nterraform {{\n  source = {source}\n}}\n"
        );
        let way = || Some("../..".to_owned());
        module_directories(text.as_bytes(), "live/prod", way).into_iter().collect()
    }

    #[test]
    fn a_local_source_is_a_directory() {
        for source in [
            "\"../../modules/ecr\"",
            "\"../..//modules/ecr\"",
            "\"${local.base}/ecr?ref=x\"",
            "\"${get_repo_root()}//modules/ecr\"",
            "\"${get_terragrunt_dir()}/../../modules/ecr\"",
        ] {
            assert_eq!(directories(source), ["modules/ecr"], "{source}");
        }
    }

    #[test]
    fn both_sides_of_a_condition_count() {
        let remote = "\"git::https://example.com/modules//ecr?ref=${get_env(\"TAG\")}\"";
        let source = format!("\"${{(get_env(\"E\") == \"prod\") ? {remote} : \"../ecr\"}}\"");
        assert_eq!(directories(&source), ["live/ecr"]);
        let source = "\"../${local.x ? \"a\" : \"b\"}\"";
        assert_eq!(directories(source), ["live/a", "live/b"]);
    }

    #[test]
    fn what_lies_elsewhere_or_is_computed_is_no_directory() {
        for source in [
            "\"tfr:///terraform-aws-modules/ecr/aws?version=2.2.0\"",
            "\"git::https://example.com/modules//ecr\"",
            "\"${find_in_parent_folders(\"modules\")}/ecr\"",
            "local.loop",
        ] {
            assert!(directories(source).is_empty(), "{source}");
        }
    }
}
