//! From a plan back to the source that it was made from: [`Joiner`].
//!
//! What the plan knows stays as it is, and what it leaves open the source may know. A value that both agree on is
//! shown where the source has it; where they disagree, it is shown in the plan, and a note says so.

use std::collections::HashMap;
use std::sync::Arc;

use super::address::{Address, module_name};
use super::agree;
use crate::model::{Attachment, Model, Place, Problem, ProblemKind, Repository, Target};

/// Joins the resources of a plan with those of its source.
#[derive(Debug)]
pub(super) struct Joiner<'s> {
    source: &'s Model,
    repositories: Lookup,
    attachments: Lookup,
    lifecycle_policies: Lookup,
    /// How many resources of the plan are in the source.
    pub(super) found: usize,
    /// Where plan and source disagree.
    pub(super) notes: Vec<Problem>,
}

/// The indexes of resources by address, and by block: the source may not know the keys of all instances.
#[derive(Debug)]
struct Lookup {
    by_address: HashMap<Arc<str>, Vec<usize>>,
    by_block: HashMap<String, Vec<usize>>,
}

impl Lookup {
    fn of<'p>(places: impl Iterator<Item = &'p Place>) -> Self {
        let mut lookup = Self { by_address: HashMap::new(), by_block: HashMap::new() };
        for (index, place) in places.enumerate() {
            lookup.by_address.entry(place.address.clone()).or_default().push(index);
            lookup.by_block.entry(block(place)).or_default().push(index);
        }
        lookup
    }

    /// The resources at the address of `place`; else, with `false`, other instances of its block.
    fn get(&self, place: &Place) -> (&[usize], bool) {
        match self.by_address.get(&place.address) {
            Some(indexes) => (indexes, true),
            None => {
                (self.by_block.get(&block(place)).map(Vec::as_slice).unwrap_or_default(), false)
            }
        }
    }
}

/// The address of a block: that of its instances without keys.
fn block(place: &Place) -> String {
    match Address::parse(&place.address) {
        Some(address) => format!("{} {}", module_name(&address.modules), address.block_name()),
        None => place.address.to_string(),
    }
}

impl<'s> Joiner<'s> {
    /// Joins with this source.
    pub(super) fn new(source: &'s Model) -> Self {
        Self {
            source,
            repositories: Lookup::of(
                source.repositories.iter().map(|repository| &repository.place),
            ),
            attachments: Lookup::of(source.attachments.iter().map(|attachment| &attachment.place)),
            lifecycle_policies: Lookup::of(
                source.lifecycle_policies.iter().map(|policy| &policy.place),
            ),
            found: 0,
            notes: Vec::new(),
        }
    }

    /// Joins all resources of `plan`.
    pub(super) fn model(&mut self, plan: &mut Model) {
        plan.repositories.iter_mut().for_each(|repository| self.repository(repository));
        plan.attachments.iter_mut().for_each(|attachment| _ = self.attachment(attachment));
        for policy in &mut plan.lifecycle_policies {
            let (indexes, _) = self.lifecycle_policies.get(&policy.place);
            if let Some(source) =
                indexes.first().and_then(|index| self.source.lifecycle_policies.get(*index))
            {
                self.found += 1;
                join_place(&mut policy.place, &source.place);
                join_target(&mut policy.target, &source.target);
            }
        }
    }

    fn repository(&mut self, plan: &mut Repository) {
        let (indexes, exact) = self.repositories.get(&plan.place);
        let Some(source) = indexes.first().and_then(|index| self.source.repositories.get(*index))
        else {
            return;
        };
        self.found += 1;
        let planned_at = plan.place.clone();
        join_place(&mut plan.place, &source.place);
        agree::field(&mut plan.name, &source.name, exact);
        agree::field(&mut plan.scan_on_push, &source.scan_on_push, exact);
        agree::field(&mut plan.encryption_type, &source.encryption_type, exact);
        agree::field(&mut plan.kms_key, &source.kms_key, exact);
        agree::field(&mut plan.force_delete, &source.force_delete, exact);
        agree::field(&mut plan.has_lifecycle_policy, &source.has_lifecycle_policy, exact);
        let mut disagree = Vec::new();
        if !agree::field(&mut plan.tag_mutability, &source.tag_mutability, exact) {
            disagree.push("image_tag_mutability");
        }
        if !agree::filters(&mut plan.exclusion_filters, &source.exclusion_filters, exact) {
            disagree.push("image_tag_mutability_exclusion_filter");
        }
        disagree.retain(|_| exact);
        self.notes.extend(disagree.iter().map(|argument| disagreement(&planned_at, argument)));
    }

    /// Joins a policy; answers whether the source has it.
    pub(super) fn attachment(&mut self, plan: &mut Attachment) -> bool {
        let (indexes, exact) = self.attachments.get(&plan.place);
        let sources = indexes.iter().filter_map(|index| self.source.attachments.get(*index));
        let sources: Vec<_> = sources.filter(|source| source.kind == plan.kind).collect();
        let Some(first) = sources.first() else { return false };
        self.found += 1;
        let planned_at = plan.place.clone();
        join_place(&mut plan.place, &first.place);
        if exact {
            join_target(&mut plan.target, &first.target);
        }
        // A role has several policies, in no order.
        let agreed = sources
            .iter()
            .any(|source| agree::document(&mut plan.document, &source.document, exact));
        if !agreed && exact && sources.len() == 1 {
            self.notes.push(disagreement(&planned_at, "policy"));
        }
        true
    }
}

fn disagreement(planned_at: &Place, argument: &str) -> Problem {
    let address = &planned_at.address;
    Problem {
        kind: ProblemKind::Note,
        path: String::new(),
        span: Some(planned_at.header),
        message: format!(
            "plan and source disagree about `{argument}` of `{address}`: the plan counts"
        ),
        help: Some(
            "see that the plan was made from this source, with the same variables".to_owned(),
        ),
    }
}

/// The resource is shown where the source has it.
fn join_place(plan: &mut Place, source: &Place) {
    plan.block = source.block;
    plan.header = source.header;
    plan.calls.clone_from(&source.calls);
}

/// The source knows the way through its locals.
fn join_target(plan: &mut Target, source: &Target) {
    match (&*plan, source) {
        (Target::Unknown(_), Target::Address(_) | Target::External(_) | Target::Ambiguous(_)) => {
            *plan = source.clone()
        }
        (Target::Ambiguous(candidates), Target::Address(address))
            if candidates.contains(address) =>
        {
            *plan = source.clone()
        }
        _ => {}
    }
}
