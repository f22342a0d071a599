//! Gathers what the entries of a plan say: [`Collector`]. [`tie`](super::tie) makes one model of it.

use super::IdentityPolicies;
use super::adapt::Adapter;
use super::deferred::Deferred;
use super::entry::{Entry, Side};
use super::link::Index;
use super::resources::Kind;
use super::values::State;
use crate::model::{
    Attachment, AttachmentKind, Fact, LifecyclePolicy, Model, Problem, RepositoryKind, Target,
};
use crate::terraform::identity::PolicySource;

/// What has been read of a plan or state.
#[derive(Debug)]
pub(super) struct Collector {
    side: Side,
    pub(super) identity_policies: IdentityPolicies,
    pub(super) model: Model,
    /// What is wrong with entries.
    pub(super) problems: Vec<Problem>,
    /// What hangs on a repository.
    pub(super) links: Vec<Link>,
    /// Attachments whose policy is known only after apply, and the argument that it stands in.
    pub(super) unknown: Vec<(usize, &'static str)>,
    /// Policy documents that are read during apply, by their addresses.
    pub(super) documents: Vec<Deferred>,
    pub(super) document_index: Index<usize>,
}

/// Something that hangs on a repository.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) from: LinkFrom,
    pub(super) kind: RepositoryKind,
    /// The argument that says which.
    pub(super) argument: &'static str,
    /// The name of the repository, where it is known.
    pub(super) name: Option<String>,
    pub(super) region: Option<String>,
}

/// What hangs on a repository, by its index in the model.
#[derive(Clone, Copy, Debug)]
pub(super) enum LinkFrom {
    Attachment(usize),
    LifecyclePolicy(usize),
}

impl Collector {
    /// Nothing yet of this side of the changes.
    pub(super) fn new(side: Side, identity_policies: IdentityPolicies) -> Self {
        Self {
            side,
            identity_policies,
            model: Model::default(),
            problems: Vec::new(),
            links: Vec::new(),
            unknown: Vec::new(),
            documents: Vec::new(),
            document_index: Index::default(),
        }
    }

    /// Adds an entry of a type that matters, of the input at `path`.
    pub(super) fn add(&mut self, kind: Kind, entry: &Entry, path: &str) {
        let exists = entry.exists(self.side, kind.is_data());
        self.problems.extend(entry.problem(path, exists));
        if !exists {
            return;
        }
        let adapter = Adapter::new(entry, self.side);
        match kind {
            Kind::Repository | Kind::PublicRepository => {
                self.model.repositories.push(adapter.repository(kind))
            }
            Kind::CreationTemplate => self.creation_template(&adapter),
            Kind::RepositoryPolicy => self.repository_policy(&adapter, AttachmentKind::Repository),
            Kind::PublicRepositoryPolicy => {
                self.repository_policy(&adapter, AttachmentKind::PublicRepository)
            }
            Kind::RegistryPolicy => {
                self.attach("policy", Some(adapter.resource_policy(AttachmentKind::Registry)))
            }
            Kind::LifecyclePolicy => self.lifecycle_policy(&adapter),
            Kind::ScanningConfiguration => {
                self.model.scanning_rules.extend(adapter.scanning_rules())
            }
            Kind::AccountSetting => self.model.account_settings.push(adapter.account_setting()),
            Kind::Identity(identity) => self.identity(&adapter, identity),
            Kind::PolicyDocument => {
                if let Some(address) = entry.address() {
                    self.document_index.insert(&address, self.documents.len());
                    self.documents.push(Deferred::read(&adapter));
                }
            }
        }
    }

    fn creation_template(&mut self, adapter: &Adapter<'_>) {
        self.model.repositories.push(adapter.repository(Kind::CreationTemplate));
        let mut attachment = adapter.attachment(
            AttachmentKind::CreationTemplate,
            adapter.values(),
            "repository_policy",
        );
        if let Some(attachment) = &mut attachment {
            attachment.target = Target::Address(adapter.place().address.clone());
        }
        self.attach("repository_policy", attachment);
    }

    fn repository_policy(&mut self, adapter: &Adapter<'_>, kind: AttachmentKind) {
        let from = LinkFrom::Attachment(self.model.attachments.len());
        self.links.push(link(adapter, from, kind == AttachmentKind::PublicRepository));
        self.attach("policy", Some(adapter.resource_policy(kind)));
    }

    fn lifecycle_policy(&mut self, adapter: &Adapter<'_>) {
        let from = LinkFrom::LifecyclePolicy(self.model.lifecycle_policies.len());
        self.links.push(link(adapter, from, false));
        self.model
            .lifecycle_policies
            .push(LifecyclePolicy { place: adapter.place().clone(), target: Target::None });
    }

    fn identity(&mut self, adapter: &Adapter<'_>, source: PolicySource) {
        let values = adapter.values();
        let all = self.identity_policies == IdentityPolicies::All;
        match source {
            PolicySource::Document(argument) => {
                self.attach(
                    argument,
                    adapter.attachment(AttachmentKind::Identity, values, argument),
                );
            }
            PolicySource::Arn(argument) => {
                self.model.attachments.extend(adapter.managed_policy(values.get(argument)))
            }
            PolicySource::Arns(argument) => {
                let arns = values.get(argument).elements();
                self.model.attachments.extend(arns.filter_map(|arn| adapter.managed_policy(arn)));
            }
            PolicySource::Role => {
                for block in values.get("inline_policy").elements() {
                    self.attach(
                        "inline_policy",
                        adapter.attachment(AttachmentKind::Identity, block, "policy"),
                    );
                }
                let arns = values.get("managed_policy_arns").elements().filter(|_| all);
                self.model.attachments.extend(arns.filter_map(|arn| adapter.managed_policy(arn)));
            }
        }
    }

    fn attach(&mut self, argument: &'static str, attachment: Option<Attachment>) {
        let Some(attachment) = attachment else { return };
        if matches!(attachment.document.fact, Fact::Unknown(_)) {
            self.unknown.push((self.model.attachments.len(), argument));
        }
        self.model.attachments.push(attachment);
    }
}

/// The way from a policy or lifecycle policy to its repository.
fn link(adapter: &Adapter<'_>, from: LinkFrom, public: bool) -> Link {
    let (kind, argument) = if public {
        (RepositoryKind::Public, "repository_name")
    } else {
        (RepositoryKind::Private, "repository")
    };
    let name = match adapter.values().get(argument).state() {
        State::Known(node) => node.as_str().map(str::to_owned),
        State::Unknown(_) | State::Masked(_) | State::Null => None,
    };
    let region = adapter.region().and_then(|region| region.known().cloned());
    Link { from, kind, argument, name, region }
}
