//! Ties the entries of a plan together at its end: which policy hangs on which repository, which value is a default,
//! and what is known of a policy that is known only after apply.

use std::collections::HashMap;

use super::IdentityPolicies;
use super::address::{Address, module_name};
use super::collect::{Collector, Link, LinkFrom};
use super::configuration::{Configuration, Expressions, FOR_EACH};
use super::identity;
use super::link::{Found, Index, Resolver, Scope};
use crate::model::{Attachment, AttachmentKind, Document, Fact, Field, Model, Place, Target};
use crate::origin::{Origin, Why};

/// Most documents that are merged into one.
const MAX_MERGES: usize = 200;

/// The model of a plan that has been read to its end.
pub(super) fn tie(collector: &mut Collector, configuration: &Configuration) -> Tied {
    rescue_policies(collector, configuration);
    link(collector, configuration);
    let mut model = std::mem::take(&mut collector.model);
    find_defaults(&mut model, configuration);
    let doubtful = match collector.identity_policies {
        IdentityPolicies::All => Vec::new(),
        IdentityPolicies::NamingEcr => drop_foreign(&mut model),
    };
    Tied { model, doubtful }
}

/// What [`tie`] makes.
#[derive(Debug)]
pub(super) struct Tied {
    /// The model.
    pub(super) model: Model,
    /// Identity policies that may name ECR: nothing of them is known.
    pub(super) doubtful: Vec<Attachment>,
}

/// A plan holds what the provider takes where nothing is set: the configuration tells whether somebody set it.
fn find_defaults(model: &mut Model, configuration: &Configuration) {
    for repository in &mut model.repositories {
        let is_set = expressions(configuration, &repository.place)
            .is_none_or(|block| block.references("image_tag_mutability").is_some());
        if !is_set && repository.tag_mutability.known().is_some_and(|value| value == "MUTABLE") {
            repository.tag_mutability =
                Field::default("MUTABLE".to_owned(), Origin::at(repository.place.header));
        }
    }
}

/// Drops the identity policies that do not name ECR, and answers those that may.
fn drop_foreign(model: &mut Model) -> Vec<Attachment> {
    let concerns = |attachment: &mut Attachment| {
        attachment.kind == AttachmentKind::Identity
            && !attachment.document.known().is_some_and(identity::concerns_ecr)
    };
    let dropped = model.attachments.extract_if(.., concerns);
    dropped.filter(|attachment| attachment.document.known().is_none()).collect()
}

/// The expressions of the block that an instance comes from.
fn expressions<'c>(configuration: &'c Configuration, place: &Place) -> Option<&'c Expressions> {
    let address = Address::parse(&place.address)?;
    configuration.get(&module_name(&address.modules))?.block(&address.block_name())
}

/// Finds the repository of each policy and lifecycle policy.
fn link(collector: &mut Collector, configuration: &Configuration) {
    let links = std::mem::take(&mut collector.links);
    if links.is_empty() {
        return;
    }
    let repositories = Repositories::new(&collector.model);
    let resolver = Resolver { configuration, index: &repositories.by_address };
    let mut targets = Vec::new();
    for link in &links {
        let place = match link.from {
            LinkFrom::Attachment(index) => {
                collector.model.attachments.get(index).map(|attachment| &attachment.place)
            }
            LinkFrom::LifecyclePolicy(index) => {
                collector.model.lifecycle_policies.get(index).map(|policy| &policy.place)
            }
        };
        targets.extend(place.map(|place| (link.from, repositories.target(link, place, &resolver))));
    }
    for (from, target) in targets {
        let place = match from {
            LinkFrom::Attachment(index) => {
                collector.model.attachments.get_mut(index).map(|attachment| &mut attachment.target)
            }
            LinkFrom::LifecyclePolicy(index) => {
                collector.model.lifecycle_policies.get_mut(index).map(|policy| &mut policy.target)
            }
        };
        if let Some(place) = place {
            *place = target;
        }
    }
}

/// The repositories of a model, by name and by address.
struct Repositories<'m> {
    model: &'m Model,
    by_name: HashMap<&'m str, Vec<usize>>,
    by_address: Index<usize>,
}

impl<'m> Repositories<'m> {
    fn new(model: &'m Model) -> Self {
        let mut repositories =
            Self { model, by_name: HashMap::new(), by_address: Index::default() };
        for (index, repository) in model.repositories.iter().enumerate() {
            if let Some(name) = repository.name.known() {
                repositories.by_name.entry(name).or_default().push(index);
            }
            if let Some(address) = Address::parse(&repository.place.address) {
                repositories.by_address.insert(&address, index);
            }
        }
        repositories
    }

    /// The repository that `link`, from `place`, leads to: by its name, or by reference.
    fn target(&self, link: &Link, place: &Place, resolver: &Resolver<'_, usize>) -> Target {
        let found = resolve(resolver, place, link.argument);
        let Some(name) = &link.name else {
            return match found.instances.as_slice() {
                [] => Target::Unknown(why_unknown(&found)),
                referred => self.one_of(referred),
            };
        };
        let named = self.by_name.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let named: Vec<usize> =
            named.iter().copied().filter(|index| self.can_be(*index, link)).collect();
        let is_nameless = |index: &usize| {
            self.model
                .repositories
                .get(*index)
                .is_some_and(|repository| repository.name.known().is_none())
        };
        let candidates = if named.is_empty() {
            found.instances.iter().copied().filter(is_nameless).collect()
        } else {
            named
        };
        let referred: Vec<usize> =
            candidates.iter().copied().filter(|index| found.instances.contains(index)).collect();
        match (candidates.as_slice(), referred.as_slice()) {
            ([], _) => Target::External(name.clone()),
            (_, [_]) => self.one_of(&referred),
            _ => self.one_of(&candidates),
        }
    }

    fn can_be(&self, index: usize, link: &Link) -> bool {
        let Some(repository) = self.model.repositories.get(index) else { return false };
        let region = repository.region.as_ref().and_then(|region| region.known());
        repository.kind == link.kind
            && region.zip(link.region.as_ref()).is_none_or(|(own, wanted)| own == wanted)
    }

    fn one_of(&self, indexes: &[usize]) -> Target {
        let repositories = indexes.iter().filter_map(|index| self.model.repositories.get(*index));
        let mut addresses: Vec<String> =
            repositories.map(|repository| repository.place.address.clone()).collect();
        match addresses.len() {
            1 => Target::Address(addresses.remove(0)),
            _ => Target::Ambiguous(addresses),
        }
    }
}

/// What the argument of the resource at `place` refers to.
fn resolve(resolver: &Resolver<'_, usize>, place: &Place, argument: &str) -> Found<usize> {
    let nothing = Found { instances: Vec::new(), others: Vec::new() };
    let Some(address) = Address::parse(&place.address) else { return nothing };
    let Some(block) = expressions(resolver.configuration, place) else { return nothing };
    let for_each = block.references(FOR_EACH).unwrap_or_default();
    let scope = Scope { modules: &address.modules, key: address.block.key.as_ref(), for_each };
    resolver.resolve(block.references(argument).unwrap_or_default(), scope)
}

fn why_unknown(found: &Found<usize>) -> Why {
    match found.others.first() {
        Some(other) => Why::new(format!("known only after apply: it depends on `{other}`")),
        None => Why::new("known only after apply"),
    }
}

/// Finds the policy document behind each policy that is known only after apply.
fn rescue_policies(collector: &mut Collector, configuration: &Configuration) {
    let unknown = std::mem::take(&mut collector.unknown);
    let resolver = Resolver { configuration, index: &collector.document_index };
    let mut documents = Vec::new();
    for (index, argument) in unknown {
        let Some(attachment) = collector.model.attachments.get(index) else { continue };
        documents.push((index, rescue(attachment, argument, collector, &resolver)));
    }
    for (index, document) in documents {
        let Some(attachment) = collector.model.attachments.get_mut(index) else { continue };
        match (document, &mut attachment.document.fact) {
            (Ok(document), fact) => *fact = Fact::Written(document),
            (Err(why), Fact::Unknown(reason)) => *reason = Why { span: reason.span, ..why },
            (Err(_), _) => {}
        }
    }
}

/// The document that the policy of `attachment` comes from, if it comes from exactly one.
fn rescue(
    attachment: &Attachment,
    argument: &str,
    collector: &Collector,
    resolver: &Resolver<'_, usize>,
) -> Result<Document, Why> {
    let found = resolve(resolver, &attachment.place, argument);
    match (found.instances.as_slice(), found.others.as_slice()) {
        ([document], []) => {
            merged(*document, collector, resolver, &mut 0).ok_or_else(|| why_unknown(&found))
        }
        _ => Err(why_unknown(&found)),
    }
}

/// The document with this index, with those that it is made from; `merges` counts them.
fn merged(
    index: usize,
    collector: &Collector,
    resolver: &Resolver<'_, usize>,
    merges: &mut usize,
) -> Option<Document> {
    let mut document = collector.documents.get(index)?.clone();
    let place = document.place().clone();
    for (argument, parts) in document.parts() {
        let found = resolve(resolver, &place, argument);
        let unknown = parts.iter().filter(|part| part.is_err()).count();
        // A document that was read while planning is known, and no instance here.
        let is_document = |other: &String| other.starts_with("data.aws_iam_policy_document.");
        if !found.others.iter().all(is_document) || found.instances.len() != unknown {
            continue;
        }
        let mut instances = found.instances.into_iter();
        for part in parts.iter_mut().filter(|part| part.is_err()) {
            *merges += 1;
            if *merges > MAX_MERGES {
                return None;
            }
            *part = Ok(merged(instances.next()?, collector, resolver, merges)?);
        }
    }
    Some(document.document())
}
