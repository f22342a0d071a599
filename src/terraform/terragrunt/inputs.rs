//! The `inputs` of Terragrunt are values of variables.

use std::rc::Rc;
use std::sync::Arc;

use super::{above, inputs_of, layers, local};
use crate::origin::{HopKind, Origin, Why};
use crate::source::{Span, TextRange};
use crate::syntax::hcl::ast::{Expr, ExprKind, ObjectItem, Step};
use crate::terraform::EvalError;
use crate::terraform::eval::{Evaluator, References, Resolved, Source};
use crate::terraform::evaluation::{Evaluation, Outcome};
use crate::terraform::module::body::literal_text;
use crate::terraform::module::load::Parsed;
use crate::terraform::variables::Supplied;
use crate::value::Value;

/// The names in a file: its locals; all others are not known.
struct Names<'n, 'a> {
    evaluation: &'n Evaluation<'a>,
    directory: &'n str,
    parsed: &'n Parsed,
    /// How deep locals may still refer to one another.
    depth: usize,
}

const MAX_DEPTH: usize = 16;

impl Evaluation<'_> {
    /// Supplies the `inputs` for the root module of the `terragrunt.hcl` files above and in a directory and of the files
    /// that the nearest includes, the nearest last. (Terragrunt reads one above only where it is included, which nearly
    /// all are.)
    pub(in crate::terraform) fn supply_terragrunt(&mut self, directory: &str) {
        let nearest = layers(self.modules, directory).files;
        let mut files: Vec<(bool, Arc<Parsed>)> = above(directory)
            .filter_map(|directory| self.modules.terragrunt(&directory))
            .map(|file| (false, file))
            .collect();
        files.reverse();
        files.retain(|(_, file)| !nearest.iter().any(|other| Arc::ptr_eq(file, other)));
        let own = nearest.len().saturating_sub(1);
        files.extend(nearest.into_iter().enumerate().map(|(at, file)| (at == own, file)));
        for (is_own, parsed) in files {
            self.has_terragrunt = true;
            if is_own {
                parsed.problems.iter().cloned().for_each(|problem| self.tell(problem));
            }
            self.supply_inputs(directory, is_own, &parsed);
        }
    }

    /// The `inputs` of one file: an object, or several merged.
    fn supply_inputs(&mut self, directory: &str, is_own: bool, parsed: &Parsed) {
        let Some(inputs) = inputs_of(parsed) else { return };
        let expr = inputs.expr();
        let parts = match &expr.kind {
            ExprKind::Call(call) if call.name.of(&parsed.file.source.text) == b"merge" => {
                call.arguments.as_slice()
            }
            _ => std::slice::from_ref(expr),
        };
        for part in parts {
            if let ExprKind::Object(items) = &part.kind {
                self.supply_items(directory, parsed, items);
                continue;
            }
            match self.names(directory, parsed).eval(part) {
                Ok(value) if value.entries().is_some() => {
                    for (name, entry) in value.entries().into_iter().flat_map(|it| it.iter()) {
                        self.supply_input(name, entry.value.clone());
                    }
                }
                // What is computed for many modules together is about accounts and regions.
                _ if !is_own => {}
                _ => self.supply_computed(parsed.file.span(part.range)),
            }
        }
    }

    /// Inputs that are computed as a whole: any variable may be among them.
    fn supply_computed(&mut self, span: Span) {
        for name in Rc::clone(&self.root).module.variables.keys() {
            let why = Why::at(format!("Terragrunt computes the inputs, `{name}` may be one"), span);
            self.supply_input(name, Value::unknown(why, Origin::at(span)));
        }
    }

    /// Inputs by their names: what is written as a literal is a value, what is computed is not known.
    fn supply_items(&mut self, directory: &str, parsed: &Parsed, items: &[ObjectItem]) {
        for item in items {
            let text = &parsed.file.source.text;
            let name = match &item.key.kind {
                ExprKind::Variable(name) => Some(name.text(text)),
                _ => literal_text(&item.key, text),
            };
            let Some(name) = name else { continue };
            let value = self.names(directory, parsed).eval(&item.value).unwrap_or_else(|_| {
                let span = parsed.file.span(item.value.range);
                let why = Why::at(format!("Terragrunt computes the input `{name}`"), span);
                Value::unknown(why, Origin::at(span))
            });
            self.supply_input(name, value);
        }
    }

    fn supply_input(&mut self, name: &str, value: Value) {
        if self.root.module.variables.contains_key(name) {
            self.supplied.insert(name.into(), Supplied::Value(Ok(value)));
        }
    }

    fn names<'n>(&'n self, directory: &'n str, parsed: &'n Parsed) -> Names<'n, 'n> {
        Names { evaluation: self, directory, parsed, depth: MAX_DEPTH }
    }
}

impl Names<'_, '_> {
    fn eval(&self, expr: &Expr) -> Outcome {
        let modules = self.evaluation.modules;
        let evaluator = Evaluator {
            references: self,
            disk: modules.disk(),
            sources: modules.sources(),
            root: self.directory,
            session: &self.evaluation.session,
            instance: 0,
        };
        evaluator.eval(&self.parsed.file.source, expr)
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
        let first = match steps.first() {
            Some(Step::Attribute { name, .. }) => name.text(&source.text),
            _ => "",
        };
        let Some(local) = local(self.parsed, first).filter(|_| name == "local") else {
            let range = steps.iter().map(Step::range).fold(span.range, TextRange::cover);
            let name = String::from_utf8_lossy(range.of(&source.text)).into_owned();
            let why = Why::at(format!("Terragrunt computes `{name}`"), source.span(range));
            return Ok(Resolved { value: Value::unknown(why, Origin::at(span)), consumed: 0 });
        };
        let Some(depth) = self.depth.checked_sub(1) else {
            return Err(EvalError::limit(span, "locals refer to one another too deep"));
        };
        let value = Names { depth, ..*self }.eval(local.expr())?;
        let range = steps.first().map_or(span.range, |step| span.range.cover(step.range()));
        let value = value.through(HopKind::Local, format!("local.{first}"), source.span(range));
        Ok(Resolved { value, consumed: 1 })
    }
}
