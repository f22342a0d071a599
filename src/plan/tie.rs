//! Ties the entries of a plan together at its end: which policy hangs on which repository, which value is a default,
//! and what is known of a policy that is known only after apply.

use std::cell::OnceCell;

use super::IdentityPolicies;
use super::address::{Address, module_name};
use super::collect::{Collector, Link, LinkFrom};
use super::configuration::{Configuration, Expressions, FOR_EACH};
use super::identity;
use super::link::{Found, Index, Resolver, Scope};
use crate::model::{
    Attachment, AttachmentKind, Document, Fact, Field, Model, Place, Repository, Target,
};
use crate::origin::{Origin, Why};

/// Most documents that are merged into one.
const MAX_MERGES: usize = 200;

/// The model of a plan that has been read to its end.
pub(super) fn tie(collector: &mut Collector, configuration: &Configuration) -> Tied {
    rescue_policies(collector, configuration);
    collector.documents = Vec::new();
    collector.document_index = Index::default();
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
    let Model { repositories, attachments, lifecycle_policies, .. } = &mut collector.model;
    let repositories = Repositories::new(repositories, configuration);
    for link in links {
        let ends = match link.from {
            LinkFrom::Attachment(index) => attachments
                .get_mut(index)
                .map(|attachment| (&attachment.place, &mut attachment.target)),
            LinkFrom::LifecyclePolicy(index) => {
                lifecycle_policies.get_mut(index).map(|policy| (&policy.place, &mut policy.target))
            }
        };
        if let Some((place, target)) = ends {
            *target = repositories.target(&link, place);
        }
    }
}

/// The repositories of a model, by name and by address.
struct Repositories<'m> {
    configuration: &'m Configuration,
    repositories: &'m [Repository],
    /// In the order of the names.
    by_name: Vec<(&'m str, usize)>,
    all_named: bool,
    /// Only made where names don't tell enough.
    by_address: OnceCell<Index<usize>>,
}

impl<'m> Repositories<'m> {
    fn new(repositories: &'m [Repository], configuration: &'m Configuration) -> Self {
        let name = |repository: &'m Repository| repository.name.known().map(String::as_str);
        let names = repositories.iter().zip(0..);
        let mut by_name: Vec<_> =
            names.filter_map(|(repository, index)| Some((name(repository)?, index))).collect();
        by_name.sort_unstable();
        Self {
            configuration,
            repositories,
            all_named: by_name.len() == repositories.len(),
            by_name,
            by_address: OnceCell::new(),
        }
    }

    /// The repository that `link`, from `place`, leads to: by its name, or by reference.
    fn target(&self, link: &Link, place: &Place) -> Target {
        let Some(name) = &link.name else {
            let found = self.referred(link, place);
            return match found.instances.as_slice() {
                [] => Target::Unknown(why_unknown(&found)),
                referred => self.one_of(referred),
            };
        };
        let named: Vec<usize> =
            self.named(name).filter(|index| self.can_be(*index, link)).collect();
        match named.as_slice() {
            [] if self.all_named => return Target::External(name.as_str().into()),
            [_] => return self.one_of(&named),
            _ => {}
        }
        let found = self.referred(link, place).instances;
        if named.is_empty() {
            let is_nameless = |index: &usize| {
                let repository = self.repositories.get(*index);
                repository.is_some_and(|repository| repository.name.known().is_none())
            };
            let nameless: Vec<usize> = found.into_iter().filter(is_nameless).collect();
            return match nameless.as_slice() {
                [] => Target::External(name.as_str().into()),
                nameless => self.one_of(nameless),
            };
        }
        let referred: Vec<usize> =
            named.iter().copied().filter(|index| found.contains(index)).collect();
        self.one_of(if referred.len() == 1 { &referred } else { &named })
    }

    fn named(&self, name: &str) -> impl Iterator<Item = usize> {
        let first = self.by_name.partition_point(|(other, _)| *other < name);
        let rest = self.by_name.get(first..).unwrap_or_default();
        rest.iter().take_while(move |(other, _)| *other == name).map(|(_, index)| *index)
    }

    /// The repositories that the argument of `link`, from `place`, refers to.
    fn referred(&self, link: &Link, place: &Place) -> Found<usize> {
        let index = self.by_address.get_or_init(|| {
            let mut index = Index::default();
            for (number, repository) in self.repositories.iter().enumerate() {
                if let Some(address) = Address::parse(&repository.place.address) {
                    index.insert(&address, number);
                }
            }
            index
        });
        let resolver = Resolver { configuration: self.configuration, index };
        resolve(&resolver, place, link.argument)
    }

    fn can_be(&self, index: usize, link: &Link) -> bool {
        let Some(repository) = self.repositories.get(index) else { return false };
        let region = repository.region.as_ref().and_then(|region| region.known());
        repository.kind == link.kind
            && region.zip(link.region.as_ref()).is_none_or(|(own, wanted)| own == wanted)
    }

    fn one_of(&self, indexes: &[usize]) -> Target {
        let repositories = indexes.iter().filter_map(|index| self.repositories.get(*index));
        let mut addresses: Vec<_> =
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
            (Err(found), Fact::Unknown(why)) => {
                if let Some(other) = found.others.first() {
                    let reason = format!("{}: it depends on `{other}`", why.reason);
                    *why = Why::with(reason, why.span);
                }
            }
            (Err(_), _) => {}
        }
    }
}

/// The document that the policy of `attachment` comes from, if it comes from exactly one; else what it comes from.
fn rescue(
    attachment: &Attachment,
    argument: &str,
    collector: &Collector,
    resolver: &Resolver<'_, usize>,
) -> Result<Document, Found<usize>> {
    let found = resolve(resolver, &attachment.place, argument);
    match (found.instances.as_slice(), found.others.as_slice()) {
        ([document], []) => merged(*document, collector, resolver, &mut 0).ok_or(found),
        _ => Err(found),
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
