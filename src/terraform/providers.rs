//! Which provider configuration a resource has, and its region.

use std::rc::Rc;

use super::evaluation::{Evaluation, Instance, Outcome};
use super::module::body::File;
use super::resources::AttributeOf;
use super::scope::Names;
use crate::syntax::hcl::ast::{Expr, ExprKind, Step};

impl Evaluation<'_> {
    /// The `region` of the provider configuration of a resource; `None` where it sets none.
    pub(super) fn provider_region(&self, of: &AttributeOf<'_>) -> Option<Outcome> {
        let written = of.declaration.attribute("provider");
        let named = written.and_then(|attribute| name(attribute.expr(), attribute.file));
        let default = || of.key.type_name.split('_').next().unwrap_or_default().to_owned();
        let mut provider = named.unwrap_or_else(default);
        let mut module = Rc::clone(of.module);
        loop {
            if let Some(configuration) = module.module.providers.get(&*provider) {
                let region = configuration.attribute("region")?;
                return Some(Names::of(self, &module).eval(region));
            }
            provider = passed(self, &module, &provider)?;
            let parent = module.parent.as_ref()?.instance;
            module = self.instance(parent)?;
        }
    }
}

/// The provider of the caller that a module gets under a name.
fn passed(evaluation: &Evaluation<'_>, module: &Instance, provider: &str) -> Option<String> {
    let parent = module.parent.as_ref()?;
    let caller = evaluation.instance(parent.instance)?;
    let providers = caller.module.calls.get(&parent.call)?.attribute("providers");
    let items = match providers.map(|attribute| (&attribute.expr().kind, attribute.file)) {
        Some((ExprKind::Object(items), file)) => items.iter().map(move |item| (item, file)),
        // A provider without an alias is passed on by itself.
        _ => return (!provider.contains('.')).then(|| provider.to_owned()),
    };
    let mut items = items.filter(|(item, file)| name(&item.key, file).as_deref() == Some(provider));
    items.next().and_then(|(item, file)| name(&item.value, file))
}

/// `aws` or `aws.west`
fn name(expr: &Expr, file: &File) -> Option<String> {
    let text = &file.source.text;
    match &expr.kind {
        ExprKind::Variable(name) => Some(name.text(text).to_owned()),
        ExprKind::Traversal(traversal) => {
            let ExprKind::Variable(root) = &traversal.base.kind else { return None };
            let [Step::Attribute { name, .. }] = traversal.steps.as_slice() else { return None };
            Some(format!("{}.{}", root.text(text), name.text(text)))
        }
        _ => super::module::body::literal_text(expr, text).map(str::to_owned),
    }
}
