//! The model with its verdicts, as `inspect` shows it: [`UnitView`]. The JSON shape is a contract: fields may be added,
//! none changes its name or meaning.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::json::Location;
use crate::judge::{Judged, JudgedAttachment, JudgedRepository, PolicyVerdict, Ruling};
use crate::model::{
    AttachmentKind, Document, Fact, Field, Place, Repository, RepositoryKind, Target,
};
use crate::mutability::TagVerdict;
use crate::origin::Origin;
use crate::policy::node::{Data, Node, Text, TextPart};
use crate::policy::{Exposure, Pointer, StatementAnalysis};
use crate::source::Sources;

/// A unit.
#[derive(Debug, Serialize)]
pub struct UnitView {
    pub(super) root: String,
    /// The one of several files of variables that it was evaluated with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) var_file: Option<String>,
    pub(super) kind: &'static str,
    pub(super) repositories: Vec<RepositoryView>,
    pub(super) attachments: Vec<AttachmentView>,
}

/// A repository, a public repository or a creation template.
#[derive(Debug, Serialize)]
pub(super) struct RepositoryView {
    pub(super) address: Arc<str>,
    #[serde(rename = "type")]
    pub(super) type_name: Arc<str>,
    pub(super) name: Option<String>,
    pub(super) block: Location,
    pub(super) tag_mutability: TagsView,
    /// Addresses of the policies that hang on it.
    pub(super) policies: Vec<String>,
    /// Addresses of the registry policies of the unit, which hold for every repository.
    pub(super) registry_policies: Vec<String>,
    /// Addresses of the creation templates of the unit that ECR makes a repository of this name from, where a push or a
    /// pull-through cache makes it.
    pub(super) creation_templates: Vec<Arc<str>>,
}

/// The tag setting.
#[derive(Debug, Serialize)]
pub(super) struct TagsView {
    pub(super) verdict: &'static str,
    pub(super) value: Option<String>,
    pub(super) filters: Vec<Option<String>>,
    pub(super) because: Option<String>,
    pub(super) location: Location,
    pub(super) via: Vec<StepView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) arms: Vec<TagArmView>,
}

/// One alternative of a tag setting.
#[derive(Debug, Serialize)]
pub(super) struct TagArmView {
    pub(super) value: String,
    pub(super) verdict: &'static str,
    pub(super) location: Location,
}

/// A reference that a value passed through.
#[derive(Debug, Serialize)]
pub(super) struct StepView {
    pub(super) name: String,
    pub(super) location: Location,
}

/// A policy document and what it hangs on.
#[derive(Debug, Serialize)]
pub(super) struct AttachmentView {
    pub(super) address: Arc<str>,
    #[serde(rename = "type")]
    pub(super) type_name: Arc<str>,
    pub(super) kind: &'static str,
    pub(super) repository: Option<Arc<str>>,
    pub(super) block: Location,
    pub(super) exposure: &'static str,
    pub(super) if_accepted: Option<&'static str>,
    pub(super) because: Option<String>,
    pub(super) document: Value,
    pub(super) location: Location,
    pub(super) via: Vec<StepView>,
    pub(super) statements: Vec<StatementView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) arms: Vec<DocumentArmView>,
}

/// One statement.
#[derive(Debug, Serialize)]
pub(super) struct StatementView {
    pub(super) index: usize,
    pub(super) sid: Option<String>,
    pub(super) exposure: &'static str,
    pub(super) actions: Vec<&'static str>,
    pub(super) pointers: Vec<String>,
    pub(super) location: Location,
}

/// One alternative of a document.
#[derive(Debug, Serialize)]
pub(super) struct DocumentArmView {
    pub(super) exposure: &'static str,
    pub(super) document: Value,
    pub(super) location: Option<Location>,
}

/// What is needed to show a value.
#[derive(Clone, Copy)]
struct Show<'a> {
    sources: &'a Sources,
    sensitive: bool,
}

/// What else in a unit holds for its repositories.
struct Surroundings<'a> {
    /// Addresses of policies by the address of the repository that they hang on, or may hang on.
    policies: FxHashMap<&'a str, Vec<&'a str>>,
    /// Addresses of the registry policies.
    registry_policies: Vec<&'a str>,
    templates: Vec<&'a Repository>,
}

/// The units as JSON text.
pub fn render_json(units: &[UnitView]) -> String {
    super::json::to_text(&json!({"version": 1, "units": units}))
}

impl UnitView {
    /// What is to be shown of a unit, which was evaluated with `var_file` where there are several; sensitive values only
    /// if `sensitive`.
    pub fn new(
        judged: &Judged<'_>,
        var_file: Option<&str>,
        sources: &Sources,
        sensitive: bool,
    ) -> Self {
        let show = Show { sources, sensitive };
        let surroundings = Surroundings::of(judged);
        Self {
            root: judged.unit.root.clone(),
            var_file: var_file.map(str::to_owned),
            kind: judged.unit.kind.name(),
            repositories: judged
                .repositories
                .iter()
                .map(|repository| show.repository(repository, &surroundings))
                .collect(),
            attachments: judged
                .attachments
                .iter()
                .map(|attachment| show.attachment(attachment))
                .collect(),
        }
    }
}

impl<'a> Surroundings<'a> {
    fn of(judged: &Judged<'a>) -> Self {
        let mut policies: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        let mut registry_policies = Vec::new();
        for attachment in judged.attachments.iter().map(|it| it.attachment) {
            let address = &*attachment.place.address;
            if attachment.kind == AttachmentKind::Registry {
                registry_policies.push(address);
            }
            let targets = match &attachment.target {
                Target::Address(target) => std::slice::from_ref(target),
                Target::Ambiguous(targets) => targets,
                Target::None | Target::External(_) | Target::Unknown(_) => &[],
            };
            for target in targets {
                policies.entry(target).or_default().push(address);
            }
        }
        let repositories = judged.unit.model.repositories.iter();
        let templates = repositories.filter(|it| it.kind == RepositoryKind::CreationTemplate);
        Self { policies, registry_policies, templates: templates.collect() }
    }
}

impl Show<'_> {
    fn repository(self, judged: &JudgedRepository<'_>, unit: &Surroundings<'_>) -> RepositoryView {
        let repository = judged.repository;
        let address = &repository.place.address;
        let policies = unit.policies.get(&**address).map_or(&[][..], Vec::as_slice);
        let is_private = repository.kind != RepositoryKind::Public;
        let registry_policies = unit.registry_policies.iter().filter(|_| is_private);
        RepositoryView {
            address: address.clone(),
            type_name: repository.place.type_name.clone(),
            name: self.text(&repository.name),
            block: self.block(&repository.place),
            tag_mutability: self.tags(&judged.tags, judged),
            policies: policies.iter().copied().map(str::to_owned).collect(),
            registry_policies: registry_policies.copied().map(str::to_owned).collect(),
            creation_templates: creation_templates(repository, &unit.templates),
        }
    }

    fn tags(self, verdict: &TagVerdict, judged: &JudgedRepository<'_>) -> TagsView {
        let repository = judged.repository;
        let filters = repository.exclusion_filters.known();
        let arms = verdict.arms.iter().map(|arm| TagArmView {
            value: arm.value.clone(),
            verdict: arm.mutability.as_str(),
            location: self.location(&arm.origin),
        });
        TagsView {
            verdict: verdict.mutability.as_str(),
            value: match &repository.tag_mutability.fact {
                Fact::Written(_) => self.text(&repository.tag_mutability),
                Fact::Default(_) | Fact::Unknown(_) | Fact::Either { .. } => None,
            },
            filters: filters
                .into_iter()
                .flatten()
                .map(|filter| self.text(&filter.filter))
                .collect(),
            because: verdict.because.as_ref().map(|why| why.reason.to_string()),
            location: self.location(&verdict.origin),
            via: self.via(&verdict.origin),
            arms: arms.collect(),
        }
    }

    fn attachment(self, judged: &JudgedAttachment<'_>) -> AttachmentView {
        let attachment = judged.attachment;
        let origin = &attachment.document.origin;
        let mut view = AttachmentView {
            address: attachment.place.address.clone(),
            type_name: attachment.place.type_name.clone(),
            kind: attachment.kind.name(),
            repository: match &attachment.target {
                Target::Address(repository) | Target::External(repository) => {
                    Some(repository.clone())
                }
                Target::None | Target::Ambiguous(_) | Target::Unknown(_) => None,
            },
            block: self.block(&attachment.place),
            exposure: Exposure::Unknown.as_str(),
            if_accepted: None,
            because: None,
            document: Value::Null,
            location: self.location(origin),
            via: self.via(origin),
            statements: Vec::new(),
            arms: Vec::new(),
        };
        match &judged.verdict {
            PolicyVerdict::Known(ruling) => self.ruling(ruling, &mut view),
            PolicyVerdict::Unknown(why) => view.because = Some(why.reason.to_string()),
            PolicyVerdict::Either { why, arms } => {
                view.arms = arms.iter().map(|arm| self.arm(arm)).collect();
                match exposure_in_common(arms) {
                    Some(exposure) => view.exposure = exposure.as_str(),
                    None => view.because = Some(why.reason.to_string()),
                }
            }
        }
        view
    }

    fn ruling(self, ruling: &Ruling<'_>, view: &mut AttachmentView) {
        let analysis = &ruling.analysis;
        view.exposure = analysis.exposure.as_str();
        view.if_accepted = analysis.if_accepted.map(Exposure::as_str);
        view.because = analysis.because.map(|why| why.reason.to_string());
        view.document = self.document(ruling.document);
        view.statements =
            analysis.statements.iter().map(|statement| self.statement(statement)).collect();
    }

    fn arm(self, verdict: &PolicyVerdict<'_>) -> DocumentArmView {
        match verdict {
            PolicyVerdict::Known(ruling) => DocumentArmView {
                exposure: ruling.analysis.exposure.as_str(),
                document: self.document(ruling.document),
                location: Some(self.location(ruling.origin)),
            },
            PolicyVerdict::Unknown(why) | PolicyVerdict::Either { why, .. } => DocumentArmView {
                exposure: exposure(verdict).as_str(),
                document: json!({"$unknown": &*why.reason}),
                location: None,
            },
        }
    }

    fn statement(self, statement: &StatementAnalysis<'_>) -> StatementView {
        StatementView {
            index: statement.index,
            sid: statement.sid.map(str::to_owned),
            exposure: statement.exposure.as_str(),
            actions: statement.actions.iter().map(|class| class.as_str()).collect(),
            pointers: statement.pointers.iter().map(Pointer::json_pointer).collect(),
            location: self.location(statement.origin),
        }
    }

    fn document(self, document: &Document) -> Value {
        match document {
            Document::Json(node) => self.node(node),
            Document::Managed(arn) => json!({"$managed": arn}),
            Document::NotJson(_) => Value::Null,
        }
    }

    fn node(self, node: &Node) -> Value {
        // A document is sensitive as a whole where a part of it is, so only the leaves count.
        match &node.data {
            Data::Bool(_) | Data::Number(_) | Data::String(_)
                if node.origin.sensitive && !self.sensitive =>
            {
                json!({"$sensitive": true})
            }
            Data::Unknown(why) => json!({"$unknown": &*why.reason}),
            Data::Null => Value::Null,
            Data::Bool(value) => Value::Bool(*value),
            Data::Number(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            Data::String(Text::Known(text)) => Value::String(text.to_string()),
            Data::String(Text::Partial(parts)) => json!({"$unknown": reason(parts)}),
            Data::Array(items) => items.iter().map(|item| self.node(item)).collect(),
            Data::Object(members) => {
                let members = members.iter().map(|member| {
                    let key = member.key.known().unwrap_or("$unknown").to_owned();
                    (key, self.node(&member.value))
                });
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    fn text(self, field: &Field<String>) -> Option<String> {
        field.known().filter(|_| self.sensitive || !field.origin.sensitive).cloned()
    }

    fn block(self, place: &Place) -> Location {
        Location::new(place.block, self.sources)
    }

    fn location(self, origin: &Origin) -> Location {
        Location::new(origin.span, self.sources)
    }

    fn via(self, origin: &Origin) -> Vec<StepView> {
        let hops = origin.hops();
        hops.map(|hop| StepView {
            name: hop.name.to_string(),
            location: Location::new(hop.span, self.sources),
        })
        .collect()
    }
}

/// Who is let in, whatever the document turns out to be.
fn exposure(verdict: &PolicyVerdict<'_>) -> Exposure {
    match verdict {
        PolicyVerdict::Known(ruling) => ruling.analysis.exposure,
        PolicyVerdict::Unknown(_) => Exposure::Unknown,
        PolicyVerdict::Either { arms, .. } => exposure_in_common(arms).unwrap_or(Exposure::Unknown),
    }
}

/// What is said of all alternatives: the same of each, or the widest where each lets in named accounts only.
fn exposure_in_common(arms: &[PolicyVerdict<'_>]) -> Option<Exposure> {
    let mut exposures = arms.iter().map(exposure);
    let first = exposures.next()?;
    exposures.try_fold(first, |widest, exposure| match widest {
        _ if widest == exposure => Some(widest),
        _ if widest.names_accounts() && exposure.names_accounts() => Some(widest.max(exposure)),
        _ => None,
    })
}

/// Why a text can't be known: the reason of its first unknown part.
fn reason(parts: &[TextPart]) -> &str {
    let reasons = parts.iter().filter_map(|part| match part {
        TextPart::Known(_) => None,
        TextPart::Unknown { why, .. } => Some(&*why.reason),
    });
    reasons.into_iter().next().unwrap_or_default()
}

/// The templates with the longest prefix of the repository's name.
///
/// Source: Amazon ECR User Guide, "Repository creation templates": the most specific prefix is used, and `ROOT` where
/// there is none.
fn creation_templates(repository: &Repository, templates: &[&Repository]) -> Vec<Arc<str>> {
    let Some(name) = repository.name.known().filter(|_| repository.kind == RepositoryKind::Private)
    else {
        return Vec::new();
    };
    let region = |of: &Repository| of.region.as_ref().and_then(|region| region.known().cloned());
    let specificity = |template: &Repository| {
        let prefix = template.name.known()?;
        let is_elsewhere = region(template).zip(region(repository)).is_some_and(|(a, b)| a != b);
        let rest = name.strip_prefix(prefix.as_str());
        match (prefix.as_str(), rest) {
            _ if is_elsewhere => None,
            (_, Some(rest)) if rest.is_empty() || rest.starts_with('/') => Some(prefix.len()),
            ("ROOT", _) => Some(0),
            _ => None,
        }
    };
    let matching: Vec<_> =
        templates.iter().filter_map(|it| Some((specificity(it)?, *it))).collect();
    let best = matching.iter().map(|(specificity, _)| *specificity).max();
    let best = matching.iter().filter(|(specificity, _)| Some(*specificity) == best);
    best.map(|(_, template)| template.place.address.clone()).collect()
}
