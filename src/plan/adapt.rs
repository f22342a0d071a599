//! From an entry of a plan to the common model.

use super::entry::{Entry, Side};
use super::resources::Kind;
use super::values::{State, View};
use crate::document;
use crate::model::{
    AccountSetting, Attachment, AttachmentKind, Change, Document, ExclusionFilter, Field, Place,
    Repository, RepositoryKind, ScanningRule, Target,
};
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::syntax::tree::{Node, NodeKind, Text};

/// Reads the facts of one entry.
#[derive(Debug)]
pub(super) struct Adapter<'e> {
    entry: &'e Entry,
    values: View<'e>,
    place: Place,
}

impl<'e> Adapter<'e> {
    /// For the facts of `entry` on this side of the change.
    pub(super) fn new(entry: &'e Entry, side: Side) -> Self {
        let values = match side {
            Side::Before => entry.before(),
            Side::After => entry.values(),
        };
        Self { entry, values, place: entry.place.clone() }
    }

    /// A repository, public repository or creation template.
    pub(super) fn repository(&self, kind: Kind) -> Repository {
        let (kind, name, force_delete) = match kind {
            Kind::PublicRepository => (RepositoryKind::Public, "repository_name", "force_destroy"),
            Kind::CreationTemplate => (RepositoryKind::CreationTemplate, "prefix", "force_delete"),
            _ => (RepositoryKind::Private, "name", "force_delete"),
        };
        let encryption = self.values.get("encryption_configuration").first();
        let scanning = self.values.get("image_scanning_configuration").first();
        let kms_key = self
            .field(encryption.get("kms_key"), None, |node| Some(Some(node.as_str()?.to_owned())));
        let has_lifecycle_policy =
            self.field(self.values.get("lifecycle_policy"), false, |_| Some(true));
        Repository {
            place: self.place.clone(),
            kind,
            name: self.text(self.values.get(name), ""),
            region: self.region(),
            tag_mutability: self.text(self.values.get("image_tag_mutability"), "MUTABLE"),
            exclusion_filters: self.exclusion_filters(),
            scan_on_push: self.boolean(scanning.get("scan_on_push")),
            encryption_type: self.text(encryption.get("encryption_type"), "AES256"),
            kms_key,
            force_delete: self.boolean(self.values.get(force_delete)),
            has_lifecycle_policy,
            change: self.change(),
        }
    }

    /// The policy in the argument `argument` of what `view` shows; `None` where there is none.
    pub(super) fn attachment(
        &self,
        kind: AttachmentKind,
        view: View<'e>,
        argument: &str,
    ) -> Option<Attachment> {
        Some(self.attached(kind, self.document(view.get(argument))?))
    }

    /// The `policy` of a resource that can't be without one: where the plan leaves it out, it is not known.
    pub(super) fn resource_policy(&self, kind: AttachmentKind) -> Attachment {
        let document = self.document(self.values.get("policy")).unwrap_or_else(|| {
            let header = self.place.header;
            Field::unknown(Why::at("left out of this plan", header), Origin::at(header))
        });
        self.attached(kind, document)
    }

    fn attached(&self, kind: AttachmentKind, document: Field<Document>) -> Attachment {
        Attachment {
            place: self.place.clone(),
            kind,
            target: Target::None,
            document,
            change: self.change(),
        }
    }

    /// The attachment of an AWS-managed policy by its ARN; `None` where it is something else.
    pub(super) fn managed_policy(&self, arn: View<'e>) -> Option<Attachment> {
        let State::Known(node) = arn.state() else { return None };
        let text = node.as_str().filter(|text| text.contains(":iam::aws:policy/"))?;
        let document = Field::written(Document::Managed(text.to_owned()), self.origin(arn, node));
        Some(self.attached(AttachmentKind::Identity, document))
    }

    /// The rules of a registry scanning configuration.
    pub(super) fn scanning_rules(&self) -> Vec<ScanningRule> {
        let rule = |rule: View<'e>| ScanningRule {
            place: self.place.clone(),
            frequency: self.text(rule.get("scan_frequency"), ""),
            filters: rule
                .get("repository_filter")
                .elements()
                .map(|filter| self.text(filter.get("filter"), ""))
                .collect(),
        };
        self.values.get("rule").elements().map(rule).collect()
    }

    /// An account setting.
    pub(super) fn account_setting(&self) -> AccountSetting {
        AccountSetting {
            place: self.place.clone(),
            name: self.text(self.values.get("name"), ""),
            value: self.text(self.values.get("value"), ""),
        }
    }

    /// The values of the entry.
    pub(super) fn values(&self) -> View<'e> {
        self.values
    }

    /// Where the entry stands.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// The argument `region`, where it is set.
    pub(super) fn region(&self) -> Option<Field<String>> {
        let region = self.values.get("region");
        (!matches!(region.state(), State::Null)).then(|| self.text(region, ""))
    }

    /// A string.
    pub(super) fn text(&self, view: View<'e>, default: &str) -> Field<String> {
        self.field(view, default.to_owned(), |node| node.as_str().map(str::to_owned))
    }

    /// Where a value that `view` shows was written.
    pub(super) fn origin(&self, view: View<'_>, node: &Node) -> Origin {
        let origin = Origin::at(self.entry.span(node.range));
        if view.is_sensitive() { origin.sensitive() } else { origin }
    }

    /// The policy in the string `text`, which is the node that `view` shows.
    pub(super) fn document_in(&self, view: View<'_>, node: &Node, text: &Text) -> Document {
        document::in_string(text, self.entry.file, &self.origin(view, node))
    }

    /// Why a value can't be known; `None` where it can.
    pub(super) fn why_unknown(&self, view: View<'_>) -> Option<(Why, Span)> {
        let (reason, node) = match view.state() {
            State::Unknown(mask) => ("known only after apply", mask),
            State::Masked(node) => ("left out of this plan because it is sensitive", node),
            State::Null | State::Known(_) => return None,
        };
        let span = self.entry.span(node.range);
        Some((Why::at(reason, span), span))
    }

    fn boolean(&self, view: View<'e>) -> Field<bool> {
        self.field(view, false, |node| match &node.kind {
            NodeKind::Bool(value) => Some(*value),
            _ => None,
        })
    }

    fn exclusion_filters(&self) -> Field<Vec<ExclusionFilter>> {
        let view = self.values.get("image_tag_mutability_exclusion_filter");
        let filter = |filter: View<'e>| ExclusionFilter {
            filter: self.text(filter.get("filter"), ""),
            filter_type: self.text(filter.get("filter_type"), "WILDCARD"),
        };
        let filters: Vec<_> = view.elements().map(filter).collect();
        if filters.is_empty() && self.why_unknown(view).is_none() {
            return Field::default(filters, Origin::at(self.place.header));
        }
        self.field(view, Vec::new(), |_| Some(filters.clone()))
    }

    /// A policy; `None` where there is none.
    fn document(&self, view: View<'_>) -> Option<Field<Document>> {
        self.read(view, |node| match &node.kind {
            NodeKind::String(text) => Some(self.document_in(view, node, text)),
            _ => None,
        })
    }

    fn field<T>(
        &self,
        view: View<'_>,
        default: T,
        read: impl FnOnce(&Node) -> Option<T>,
    ) -> Field<T> {
        self.read(view, read)
            .unwrap_or_else(|| Field::default(default, Origin::at(self.place.header)))
    }

    /// A value that is set or unknown; `None` where it is null or absent.
    fn read<T>(&self, view: View<'_>, read: impl FnOnce(&Node) -> Option<T>) -> Option<Field<T>> {
        if let Some((why, span)) = self.why_unknown(view) {
            return Some(Field::unknown(why, Origin::at(span)));
        }
        let State::Known(node) = view.state() else { return None };
        let origin = self.origin(view, node);
        Some(match read(node) {
            Some(value) => Field::written(value, origin),
            None => Field::unknown(
                Why::at("the plan has a value of another type here", origin.span),
                origin,
            ),
        })
    }

    fn change(&self) -> Option<Change> {
        self.entry.change()?;
        let leaves = |action: &str| matches!(action, "no-op" | "read");
        Some(if self.entry.acts_only(leaves) { Change::Nothing } else { Change::Something })
    }
}
