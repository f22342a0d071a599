//! What all evaluators of a root module share: [`Session`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Source;
use crate::disk::DiskError;
use crate::source::Span;
use crate::syntax::hcl::ast::Template;
use crate::terraform::EvalError;

/// What evaluation has cost so far, and the template files that were read.
#[derive(Debug, Default)]
pub struct Session {
    steps: Cell<u64>,
    depth: Cell<u32>,
    templates: RefCell<FxHashMap<String, Result<Rc<TemplateFile>, DiskError>>>,
}

/// A template file.
#[derive(Debug)]
pub(super) struct TemplateFile {
    pub(super) source: Source,
    pub(super) template: Template,
    /// Why it can't be rendered.
    pub(super) error: Option<EvalError>,
}

/// Expressions evaluated and elements handled for one root module.
const MAX_STEPS: u64 = 50_000_000;
/// Expressions within expressions, references followed included. A level takes about 2 KiB of stack.
const MAX_DEPTH: u32 = 300;

/// Keeps count of one level of depth until it is dropped.
pub(super) struct Depth<'s>(&'s Session);

impl Session {
    /// Nothing is spent yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Spends some steps.
    ///
    /// # Errors
    /// Where none are left.
    pub fn spend(&self, steps: u64, span: Span) -> Result<(), EvalError> {
        let spent = self.steps.get().saturating_add(steps);
        self.steps.set(spent);
        if spent > MAX_STEPS {
            return Err(EvalError::limit(span, "the evaluation of this module takes too long"));
        }
        Ok(())
    }

    /// One step, one level deeper until the result is dropped.
    pub(super) fn enter(&self, span: Span) -> Result<Depth<'_>, EvalError> {
        self.spend(1, span)?;
        self.depth.set(self.depth.get() + 1);
        let entered = Depth(self);
        if self.depth.get() > MAX_DEPTH {
            return Err(EvalError::limit(span, "this expression is nested too deep"));
        }
        Ok(entered)
    }

    /// The template file at `path`, which is read once.
    pub(super) fn template(
        &self,
        path: &str,
        read: impl FnOnce() -> Result<TemplateFile, DiskError>,
    ) -> Result<Rc<TemplateFile>, DiskError> {
        if let Some(file) = self.templates.borrow().get(path) {
            return file.clone();
        }
        let file = read().map(Rc::new);
        self.templates.borrow_mut().insert(path.to_owned(), file.clone());
        file
    }
}

impl Drop for Depth<'_> {
    fn drop(&mut self) {
        self.0.depth.set(self.0.depth.get().saturating_sub(1));
    }
}
