//! Resources and data sources: their instances, and what their attributes are. [`Resource`]

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::calls::repetitions;
use super::evaluation::{Evaluation, Instance, Memo, NodeKind, Outcome};
use super::expand::{Instances, Key, Repetition};
use super::module::body::Declaration;
use super::module::{Mode, ResourceKey};
use super::scope::{Names, unknown_after};
use super::{arn, data_source};
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::value::{Entries, Entry, TextShape, Type, Unknown, Value};

/// A resource or data source with its instances.
pub(super) struct Resource {
    /// The header of its block.
    pub(super) header: Span,
    pub(super) instances: Instances<Rc<ResourceInstance>>,
    /// The values of all instances together, by the attribute that was asked for.
    collections: RefCell<FxHashMap<Option<String>, Value>>,
}

/// One instance of a resource.
pub(super) struct ResourceInstance {
    /// `module.ecr.aws_ecr_repository.this["api"]`
    pub(super) address: Rc<str>,
    pub(super) key: Key,
    pub(super) repetition: Rc<Repetition>,
    attributes: Memo<SmolStr, Value>,
}

/// An instance of a resource, and where that is declared.
#[derive(Clone, Copy)]
pub(super) struct AttributeOf<'r> {
    pub(super) key: &'r ResourceKey,
    /// The module instance.
    pub(super) module: &'r Rc<Instance>,
    /// The block.
    pub(super) declaration: &'r Declaration,
    /// The header of the block.
    pub(super) header: Span,
    pub(super) instance: &'r ResourceInstance,
}

/// Attributes that AWS makes, of almost every resource.
const COMPUTED: [&str; 2] = ["arn", "id"];
/// Further ones of repositories.
const COMPUTED_OF_REPOSITORIES: [&str; 2] = ["registry_id", "repository_url"];

impl Resource {
    /// The values of all instances together, if they were asked for before.
    pub(super) fn collection(&self, wanted: Option<&str>) -> Option<Value> {
        self.collections.borrow().get(&wanted.map(str::to_owned)).cloned()
    }

    /// Keeps the values of all instances together.
    pub(super) fn remember(&self, wanted: Option<&str>, value: &Value) {
        self.collections.borrow_mut().insert(wanted.map(str::to_owned), value.clone());
    }
}

impl Evaluation<'_> {
    /// A resource or data source of a module instance; `None` where it is not declared.
    pub(super) fn resource(
        &self,
        instance: &Rc<Instance>,
        key: &ResourceKey,
    ) -> Option<Outcome<Rc<Resource>>> {
        let declaration = instance.module.resources.get(key)?;
        let header = declaration.header()?;
        Some(self.once(&instance.resources, key, instance, NodeKind::Resource, header, || {
            let repetitions = repetitions(declaration, &Names::of(self, instance))?;
            let instances = repetitions.map(|own, repetition| {
                Rc::new(ResourceInstance {
                    address: format!("{}{key}{own}", instance.prefix).into(),
                    key: own.clone(),
                    repetition: Rc::new(repetition),
                    attributes: Memo::default(),
                })
            });
            Ok(Rc::new(Resource { header, instances, collections: RefCell::default() }))
        }))
    }

    /// An attribute of an instance, evaluated once.
    pub(super) fn attribute(&self, of: &AttributeOf<'_>, name: &str) -> Outcome {
        if let Some(Some(known)) = of.instance.attributes.borrow().get(name) {
            return known.clone();
        }
        let key: SmolStr = name.into();
        let written = of.declaration.attribute(name);
        let span = written.map_or(of.header, |found| found.span());
        let memo = &of.instance.attributes;
        let kind = NodeKind::Attribute(Rc::clone(&of.instance.address));
        self.once(memo, &key, of.module, kind, span, || {
            if let Some(value) = data_source::attribute(self, of, name) {
                return value;
            }
            match written {
                Some(attribute) => of.names(self).eval(attribute),
                None => Ok(arn::of(self, of, name).unwrap_or_else(|| computed(of, name))),
            }
        })
    }

    /// An instance as a whole: an object of which the attributes that are written are known.
    pub(super) fn whole(&self, of: &AttributeOf<'_>, origin: Origin) -> Value {
        let written = of.declaration.attributes();
        let is_repository = of.key.type_name.starts_with("aws_ecr");
        let further = if is_repository { &COMPUTED_OF_REPOSITORIES[..] } else { &[] };
        let computed = COMPUTED.iter().chain(further).chain(data_source::made(of.key)).copied();
        let names = written.keys().copied().filter(|name| !is_meta(name)).chain(computed);
        let entries: Entries = names
            .map(|name| {
                let value = self.attribute(of, name).unwrap_or_else(unknown_after);
                (name.into(), Entry::new(None, value))
            })
            .collect();
        let unknown = Unknown {
            not_null: true,
            attributes: Some(Arc::new(entries)),
            ..Unknown::new(Type::Dynamic, why(of, None))
        };
        Value::from_unknown(unknown, origin)
    }
}

impl AttributeOf<'_> {
    /// The names that the expressions of the instance see.
    pub(super) fn names<'e, 'a>(&self, evaluation: &'e Evaluation<'a>) -> Names<'e, 'a> {
        let names = Names::of(evaluation, self.module);
        names.repeated(&self.instance.key, Rc::clone(&self.instance.repetition))
    }
}

fn is_meta(name: &str) -> bool {
    matches!(name, "count" | "for_each" | "provider" | "depends_on" | "lifecycle")
}

/// An attribute that is not written: what the provider makes of it.
fn computed(of: &AttributeOf<'_>, name: &str) -> Value {
    let origin = Origin::at(of.header);
    let text = shape(&of.key.type_name, name);
    match (&*of.key.type_name, name) {
        ("aws_ecr_repository" | "aws_ecr_repository_creation_template", "image_tag_mutability")
            if of.key.mode == Mode::Managed =>
        {
            Value::string("MUTABLE", origin)
        }
        _ if text != TextShape::default() => Value::unknown_text(text, why(of, Some(name)), origin),
        _ => Value::unknown(why(of, Some(name)), origin),
    }
}

/// What is known of the texts that AWS makes: they hold no wildcard.
fn shape(type_name: &str, name: &str) -> TextShape {
    let is_made = type_name.starts_with("aws_")
        && (matches!(
            name,
            "arn"
                | "id"
                | "account_id"
                | "owner_id"
                | "user_id"
                | "unique_id"
                | "registry_id"
                | "partition"
                | "dns_suffix"
                | "region"
                | "name"
                | "repository_url"
                | "repository_uri"
                | "invoke_arn"
                | "qualified_arn"
                | "role_arn"
                | "master_account_id"
                | "master_account_arn"
        ) || name.ends_with("_arn"));
    let prefix = match name {
        "arn" => "arn:aws",
        _ if name.ends_with("_arn") => "arn:aws",
        "partition" => "aws",
        _ => "",
    };
    if is_made { TextShape { prefix: prefix.into(), plain: true } } else { TextShape::default() }
}

/// Why an attribute that is not written, or the whole of an instance, can't be known.
pub(super) fn why(of: &AttributeOf<'_>, name: Option<&str>) -> Why {
    let name = name.map(|name| format!(".{name}")).unwrap_or_default();
    let reason = match of.key.mode {
        Mode::Managed => format!("`{}{name}` is known only after apply", of.key),
        Mode::Data => format!("`{}{name}` is read when Terraform runs", of.key),
    };
    Why::at(reason, of.header)
}
