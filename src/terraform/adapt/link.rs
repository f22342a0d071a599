//! Which repository a policy hangs on: [`link`].

use std::collections::HashMap;
use std::sync::Arc;

use super::fields::Fields;
use super::{Adapter, key};
use crate::model::{Field, Model, Repository, RepositoryKind, Target};
use crate::origin::Why;
use crate::policy::node::{Data, Text};
use crate::syntax::hcl::ast::{ExprKind, Step};
use crate::terraform::evaluation::Outcome;
use crate::terraform::module::body::AttributeRef;
use crate::terraform::render;
use crate::value::Value;

/// A policy that hangs on a repository.
pub(super) struct Link {
    from: From,
    kind: RepositoryKind,
    /// The name of the repository.
    name: Option<Outcome>,
    region: Option<Field<String>>,
    /// What stands before the addresses of the policy's module.
    module: String,
    /// The key of the policy, as it stands in its address.
    key: String,
    /// The address of the resource that the argument refers to, without a key.
    reference: Option<String>,
}

/// What hangs on a repository.
#[derive(Clone, Copy)]
pub(super) enum From {
    Attachment(usize),
    LifecyclePolicy(usize),
}

/// What policies name a repository by.
pub(super) struct Named {
    /// Its name.
    name: Option<String>,
    /// Its address without the key.
    block: String,
}

impl Named {
    /// The names of a repository with this `name`.
    pub(super) fn new(fields: Fields<'_, '_>, name: Option<&Value>) -> Self {
        let block = format!("{}{}", fields.of.module.prefix, fields.of.key);
        Self { name: name.map(name_key), block }
    }
}

impl Adapter<'_, '_> {
    /// The link of a policy, whose `argument` names the repository.
    pub(super) fn link(
        &self,
        fields: Fields<'_, '_>,
        from: From,
        argument: &str,
        kind: RepositoryKind,
    ) -> Link {
        Link {
            from,
            kind,
            name: fields.value(argument),
            region: self.region(fields),
            module: fields.of.module.prefix.clone(),
            key: key(&fields).to_string(),
            reference: (fields.of.declaration.attribute(argument).and_then(reference))
                .map(|reference| format!("{}{reference}", fields.of.module.prefix)),
        }
    }
}

/// `type.name` at the beginning of an argument.
fn reference(attribute: AttributeRef<'_>) -> Option<String> {
    let text = &attribute.file.source.text;
    let ExprKind::Traversal(traversal) = &attribute.expr().kind else { return None };
    let ExprKind::Variable(root) = &traversal.base.kind else { return None };
    let Some(Step::Attribute { name, .. }) = traversal.steps.first() else { return None };
    Some(format!("{}.{}", root.text(text), name.text(text)))
}

/// A name in a form that can be compared: names that are unknown in the same places for the same reasons are the same.
fn name_key(value: &Value) -> String {
    match render::node(value).data {
        Data::String(Text::Known(known)) => known.into(),
        // No name of a repository begins with a control character.
        unknown => format!("\u{1}{unknown:?}"),
    }
}

/// Finds the repository of each link. `names`: those of the repositories of the model.
pub(super) fn link(model: &mut Model, names: &[Named], links: &[Link]) {
    let repositories = Repositories::new(&model.repositories, names);
    let targets: Vec<Target> = links.iter().map(|link| repositories.target(link)).collect();
    for (link, target) in links.iter().zip(targets) {
        let place = match link.from {
            From::Attachment(index) => {
                model.attachments.get_mut(index).map(|attachment| &mut attachment.target)
            }
            From::LifecyclePolicy(index) => {
                model.lifecycle_policies.get_mut(index).map(|policy| &mut policy.target)
            }
        };
        if let Some(place) = place {
            *place = target;
        }
    }
}

struct Repositories<'m> {
    by_name: HashMap<&'m str, Vec<Candidate<'m>>>,
    by_block: HashMap<&'m str, Vec<Candidate<'m>>>,
}

#[derive(Clone, Copy)]
struct Candidate<'m> {
    repository: &'m Repository,
    block: &'m str,
}

impl<'m> Repositories<'m> {
    fn new(all: &'m [Repository], names: &'m [Named]) -> Self {
        let mut repositories = Self { by_name: HashMap::new(), by_block: HashMap::new() };
        for (repository, Named { name, block }) in all.iter().zip(names) {
            let candidate = Candidate { repository, block };
            if let Some(name) = name {
                repositories.by_name.entry(name).or_default().push(candidate);
            }
            repositories.by_block.entry(block).or_default().push(candidate);
        }
        repositories
    }

    fn target(&self, link: &Link) -> Target {
        let value = match &link.name {
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                return Target::Unknown(Why::at(error.message.clone(), error.span));
            }
            None => return Target::Unknown(Why::new("it does not say which repository")),
        };
        let known = value.as_text();
        let named = self.by_name.get(name_key(value).as_str()).into_iter().flatten();
        let mut candidates: Vec<Candidate<'_>> =
            named.copied().filter(|candidate| can_be(candidate.repository, link)).collect();
        if candidates.is_empty() && known.is_none() {
            candidates = self.referred(link);
        }
        narrow(&mut candidates, |candidate| link.reference.as_deref() == Some(candidate.block));
        narrow(&mut candidates, |candidate| candidate.address().starts_with(&link.module));
        if !link.key.is_empty() {
            narrow(&mut candidates, |candidate| candidate.address().ends_with(&link.key));
        }
        match (candidates.as_slice(), known) {
            ([only], _) => Target::Address(Arc::clone(only.address())),
            ([], Some(known)) => Target::External(known.into()),
            ([], None) => {
                let why = value.why().cloned();
                Target::Unknown(why.unwrap_or_else(|| Why::at("it is null", value.origin.span)))
            }
            (several, _) => Target::Ambiguous(
                several.iter().map(|candidate| Arc::clone(candidate.address())).collect(),
            ),
        }
    }

    /// The repositories that the argument refers to.
    fn referred(&self, link: &Link) -> Vec<Candidate<'m>> {
        let Some(block) = &link.reference else { return Vec::new() };
        let all = self.by_block.get(block.as_str()).into_iter().flatten();
        all.copied().filter(|candidate| can_be(candidate.repository, link)).collect()
    }
}

impl<'m> Candidate<'m> {
    fn address(self) -> &'m Arc<str> {
        &self.repository.place.address
    }
}

/// Keeps those for which `holds`, if there are any.
fn narrow(candidates: &mut Vec<Candidate<'_>>, holds: impl Fn(&Candidate<'_>) -> bool) {
    if candidates.iter().any(&holds) {
        candidates.retain(holds);
    }
}

fn can_be(repository: &Repository, link: &Link) -> bool {
    let own = repository.region.as_ref().and_then(Field::known);
    let wanted = link.region.as_ref().and_then(Field::known);
    repository.kind == link.kind && own.zip(wanted).is_none_or(|(own, wanted)| own == wanted)
}
