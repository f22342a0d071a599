//! Which repository a policy hangs on: [`link`].

use std::collections::HashMap;

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
    /// The resource that the argument refers to: `aws_ecr_repository.this`.
    reference: Option<String>,
}

/// What hangs on a repository.
#[derive(Clone, Copy)]
pub(super) enum From {
    Attachment(usize),
    LifecyclePolicy(usize),
}

/// A name of a repository, known or not.
pub(super) type NameValue = Data;

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
            reference: fields.of.declaration.attribute(argument).and_then(reference),
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

/// A name in a form that can be compared.
pub(super) fn name_value(value: &Value) -> NameValue {
    render::node(value).data
}

/// Finds the repository of each link. `names`: those of the repositories of the model.
pub(super) fn link(model: &mut Model, names: &[Option<NameValue>], links: &[Link]) {
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
    all: &'m [Repository],
    by_name: HashMap<&'m str, Vec<&'m Repository>>,
    /// Those whose names are not known as a whole.
    nameless: Vec<(&'m Repository, &'m NameValue)>,
}

impl<'m> Repositories<'m> {
    fn new(all: &'m [Repository], names: &'m [Option<NameValue>]) -> Self {
        let mut by_name: HashMap<&str, Vec<&Repository>> = HashMap::new();
        let mut nameless = Vec::new();
        for (repository, name) in all.iter().zip(names) {
            match (repository.name.known(), name) {
                (Some(known), _) => by_name.entry(known).or_default().push(repository),
                (None, Some(name)) => nameless.push((repository, name)),
                (None, None) => {}
            }
        }
        Self { all, by_name, nameless }
    }

    fn target(&self, link: &Link) -> Target {
        let value = match &link.name {
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                return Target::Unknown(Why::at(error.message.clone(), error.span));
            }
            None => return Target::Unknown(Why::new("it does not say which repository")),
        };
        let name = name_value(value);
        let known = match &name {
            Data::String(Text::Known(known)) => Some(known),
            _ => None,
        };
        let named: Vec<&Repository> = match known {
            Some(known) => self.by_name.get(&**known).cloned().unwrap_or_default(),
            None => {
                let same = self.nameless.iter().filter(|(_, other)| **other == name);
                same.map(|(repository, _)| *repository).collect()
            }
        };
        let mut candidates: Vec<&Repository> =
            named.into_iter().filter(|repository| can_be(repository, link)).collect();
        if candidates.is_empty() && known.is_none() {
            candidates = self.referred(link);
        }
        narrow(&mut candidates, |repository| is_referred(repository, link));
        narrow(&mut candidates, |repository| repository.place.address.starts_with(&link.module));
        if !link.key.is_empty() {
            narrow(&mut candidates, |repository| repository.place.address.ends_with(&link.key));
        }
        match (candidates.as_slice(), known) {
            ([only], _) => Target::Address(only.place.address.clone()),
            ([], Some(known)) => Target::External(known.to_string()),
            ([], None) => {
                let why = value.why().cloned();
                Target::Unknown(why.unwrap_or_else(|| Why::at("it is null", value.origin.span)))
            }
            (several, _) => Target::Ambiguous(
                several.iter().map(|repository| repository.place.address.clone()).collect(),
            ),
        }
    }

    /// The repositories that the argument refers to.
    fn referred(&self, link: &Link) -> Vec<&'m Repository> {
        let all = self.all.iter();
        all.filter(|repository| can_be(repository, link) && is_referred(repository, link)).collect()
    }
}

/// Keeps those for which `holds`, if there are any.
fn narrow(candidates: &mut Vec<&Repository>, holds: impl Fn(&Repository) -> bool) {
    if candidates.iter().any(|candidate| holds(candidate)) {
        candidates.retain(|candidate| holds(candidate));
    }
}

fn can_be(repository: &Repository, link: &Link) -> bool {
    let own = repository.region.as_ref().and_then(Field::known);
    let wanted = link.region.as_ref().and_then(Field::known);
    repository.kind == link.kind && own.zip(wanted).is_none_or(|(own, wanted)| own == wanted)
}

/// Is it an instance of the resource that the argument refers to?
fn is_referred(repository: &Repository, link: &Link) -> bool {
    let Some(reference) = &link.reference else { return false };
    let rest = repository.place.address.strip_prefix(&link.module);
    let rest = rest.and_then(|rest| rest.strip_prefix(&**reference));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}
