//! From blocks to the document: [`Builder`].

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use super::{Policy, Statement, known, lossy, object, string};
use crate::model::{Document, Fact, ProblemKind};
use crate::origin::{Origin, Why};
use crate::policy::node::{Data, Member, Node, Text, TextPart};
use crate::source::Span;
use crate::terraform::blocks::{Content, Item, expand};
use crate::terraform::choice::Choice;
use crate::terraform::convert::convert;
use crate::terraform::evaluation::{Evaluation, Outcome};
use crate::terraform::module::body::AttributeRef;
use crate::terraform::render;
use crate::terraform::resources::AttributeOf;
use crate::terraform::{EvalError, scope};
use crate::value::{self, Others, Type, Value};

pub(super) struct Builder<'b, 'a> {
    pub(super) evaluation: &'b Evaluation<'a>,
    pub(super) of: &'b AttributeOf<'b>,
    pub(super) choice: &'b Choice,
}

impl Builder<'_, '_> {
    pub(super) fn policy(&self) -> Outcome<Policy> {
        let mut policy = Policy::default();
        self.documents("source_json", &mut policy, None)?;
        self.documents("source_policy_documents", &mut policy, Some(&mut BTreeSet::new()))?;
        policy.merge(self.own()?);
        for source in ["override_json", "override_policy_documents"] {
            if self.overrides_anything(source)? {
                // Which statements are replaced can't be known.
                policy.statements.retain(|statement| statement.sid.is_none());
            }
            self.documents(source, &mut policy, None)?;
        }
        Ok(policy)
    }

    /// What the blocks of the data source itself say.
    fn own(&self) -> Outcome<Policy> {
        let header = Origin::at(self.of.header);
        let text = |name| Ok(self.attribute(name)?.map(|value| render::node(&value)));
        let version: Option<Node> = text("version")?;
        let version = version.unwrap_or_else(|| string("2012-10-17", &header));
        let id = text("policy_id")?.filter(|id| known(id) != Some(""));
        let is_old = known(&version) == Some("2008-10-17");
        let blocks = self.of.declaration.blocks("statement");
        let mut statements = Vec::new();
        for item in self.expand(blocks, &self.of.names(self.evaluation))? {
            statements.push(match item {
                Item::Content(content) => self.statement(&content, is_old)?,
                Item::Unknown(why, span) => unknown(why, span),
            });
        }
        unique(&statements, &mut BTreeSet::new())?;
        Ok(Policy { version: Some(version), id, statements })
    }

    fn statement(&self, content: &Content<'_, '_, '_>, is_old: bool) -> Outcome<Statement> {
        let origin = Origin::at(content.header());
        let text = |name| {
            let value = self.in_block(content, name)?;
            Ok(value.filter(|value| !value.is_null()).map(|value| render::node(&value)))
        };
        let sid: Option<Node> = text("sid")?;
        let sid = sid.filter(|sid| known(sid) != Some(""));
        let effect = text("effect")?.unwrap_or_else(|| string("Allow", &origin));
        let set = |name, variables| self.set(content, name, variables, is_old);
        let node = object(
            &origin,
            [
                ("Sid", sid.clone()),
                ("Effect", Some(effect)),
                ("Action", set("actions", false)?),
                ("NotAction", set("not_actions", false)?),
                ("Resource", set("resources", true)?),
                ("NotResource", set("not_resources", true)?),
                ("Principal", self.principals(content, "principals", is_old)?),
                ("NotPrincipal", self.principals(content, "not_principals", is_old)?),
                ("Condition", self.conditions(content, is_old)?),
            ],
        );
        Ok(Statement { sid: sid.as_ref().and_then(known).map(Into::into), node })
    }

    fn principals(
        &self,
        content: &Content<'_, '_, '_>,
        kind: &str,
        is_old: bool,
    ) -> Outcome<Option<Node>> {
        let items = self.expand(content.blocks(kind), content.names())?;
        let Some(first) = items.first() else { return Ok(None) };
        let origin = Origin::at(first.span());
        let mut types: Vec<Member> = Vec::new();
        for item in &items {
            let block = match item {
                Item::Content(block) => block,
                Item::Unknown(why, span) => {
                    let data = Data::Unknown(why.clone());
                    return Ok(Some(Node { origin: Origin::at(*span), data }));
                }
            };
            let Some(name) = self.in_block(block, "type")? else { continue };
            let Some(identifiers) = self.set(block, "identifiers", true, is_old)? else {
                continue;
            };
            add_to(&mut types, render::node(&name), identifiers);
        }
        if let [only] = types.as_slice()
            && only.key.known() == Some("*")
            && known(&only.value) == Some("*")
        {
            return Ok(Some(only.value.clone()));
        }
        types.sort_by(|a, b| a.key.known().cmp(&b.key.known()));
        Ok(Some(Node { origin, data: Data::Object(types) }))
    }

    fn conditions(&self, content: &Content<'_, '_, '_>, is_old: bool) -> Outcome<Option<Node>> {
        let items = self.expand(content.blocks("condition"), content.names())?;
        let Some(first) = items.first() else { return Ok(None) };
        let origin = Origin::at(first.span());
        let mut tests: Vec<Member> = Vec::new();
        for item in &items {
            let block = match item {
                Item::Content(block) => block,
                Item::Unknown(why, span) => {
                    let data = Data::Unknown(why.clone());
                    return Ok(Some(Node { origin: Origin::at(*span), data }));
                }
            };
            let (Some(test), Some(variable)) =
                (self.in_block(block, "test")?, self.in_block(block, "variable")?)
            else {
                continue;
            };
            let values = self.list(block, "values", is_old)?;
            let Some(values) = values else { continue };
            let (test, variable) = (render::node(&test), render::node(&variable));
            let test_text = text_of(&test);
            let position = tests.iter().position(|member| member.key == test_text);
            let position = position.unwrap_or_else(|| {
                let value = Node { origin: Origin::at(block.header()), data: Data::Object(vec![]) };
                tests.push(Member { key: test_text, key_origin: test.origin, value });
                tests.len() - 1
            });
            if let Some(Node { data: Data::Object(variables), .. }) =
                tests.get_mut(position).map(|member| &mut member.value)
            {
                add_to(variables, variable, values);
                variables.sort_by(|a, b| a.key.known().cmp(&b.key.known()));
            }
        }
        tests.sort_by(|a, b| a.key.known().cmp(&b.key.known()));
        Ok(Some(Node { origin, data: Data::Object(tests) }))
    }

    /// A set of strings: one as it is, more as an array in falling order.
    fn set(
        &self,
        content: &Content<'_, '_, '_>,
        name: &str,
        variables: bool,
        is_old: bool,
    ) -> Outcome<Option<Node>> {
        self.strings(content, name, variables.then_some(is_old), Type::Set)
    }

    /// A list of strings: one as it is, more as an array.
    fn list(
        &self,
        content: &Content<'_, '_, '_>,
        name: &str,
        is_old: bool,
    ) -> Outcome<Option<Node>> {
        self.strings(content, name, Some(is_old), Type::List)
    }

    /// `variables`: `&{` stands for `${`, which the old version of the language does not have.
    fn strings(
        &self,
        content: &Content<'_, '_, '_>,
        name: &str,
        variables: Option<bool>,
        collection: fn(Arc<Type>) -> Type,
    ) -> Outcome<Option<Node>> {
        let Some(value) = self.in_block(content, name)?.filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let span = value.origin.span;
        let ty = collection(Arc::new(Type::String));
        let is_set = matches!(ty, Type::Set(_));
        let value = convert(value, &ty)
            .map_err(|why| EvalError::new(span, format!("`{name}` has the wrong type: {why}")))?;
        let origin = value.origin.clone();
        let mut nodes = match value.items() {
            Some(items) => {
                let items = items.iter().map(|item| self.choice.of(item.clone().inside(&origin)));
                items.filter(|item| !item.is_null()).map(|item| render::node(&item)).collect()
            }
            // What is known of the elements is told all the same.
            None => match render::node(&value) {
                Node { data: Data::Array(nodes), .. } => nodes,
                node => return Ok(Some(node)),
            },
        };
        if let Some(is_old) = variables {
            nodes.iter_mut().try_for_each(|node| with_variables(node, is_old))?;
        }
        if is_set {
            nodes.reverse();
        }
        Ok(match nodes.len() {
            0 => None,
            1 => nodes.pop(),
            _ => Some(Node { origin, data: Data::Array(nodes) }),
        })
    }

    /// Merges documents that are given as texts. `sids`: no id of a statement may stand in them twice.
    fn documents(
        &self,
        name: &str,
        policy: &mut Policy,
        mut sids: Option<&mut BTreeSet<Box<str>>>,
    ) -> Outcome<()> {
        for value in self.texts(name)? {
            let span = value.origin.span;
            match render::policy(&value).fact {
                Fact::Written(Document::Json(node)) => {
                    let (read, losses) = lossy::read(&node, span)?;
                    for (span, message) in losses {
                        self.evaluation.tell_at(ProblemKind::Note, span, message);
                    }
                    if let Some(sids) = &mut sids {
                        unique(&read.statements, sids)?;
                    }
                    policy.merge(read);
                }
                Fact::Written(Document::NotJson(why)) => {
                    return Err(EvalError::new(why.span.unwrap_or(span), why.reason.to_string()));
                }
                Fact::Unknown(why) | Fact::Either { why, .. } => {
                    policy.statements.push(unknown(why, span));
                }
                Fact::Written(Document::Managed(_)) | Fact::Default(_) => {}
            }
        }
        Ok(())
    }

    /// Is one of these documents unknown, so that it may replace statements that have an id?
    fn overrides_anything(&self, name: &str) -> Outcome<bool> {
        let texts = self.texts(name)?;
        Ok(texts.iter().any(|value| matches!(render::policy(value).fact, Fact::Unknown(_))))
    }

    /// The texts of one argument: a text, or a list of them, of which one stands for any that are not known. What is
    /// empty is passed over.
    fn texts(&self, name: &str) -> Outcome<Vec<Value>> {
        let Some(value) = self.attribute(name)? else { return Ok(Vec::new()) };
        let is_text = matches!(value.data, value::Data::String(_)) || value.ty() == Type::String;
        let texts: Vec<Value> = if is_text {
            vec![value]
        } else {
            let elements = value.elements();
            let others = (elements.others != Others::None).then(|| value.any_element());
            let texts = elements.certain.into_iter().chain(others);
            texts.map(|text| self.choice.of(text)).collect()
        };
        let is_empty = |value: &Value| value.is_null() || value.as_text().as_deref() == Some("");
        Ok(texts.into_iter().filter(|value| !is_empty(value)).collect())
    }

    /// An argument of the data source that is not null.
    fn attribute(&self, name: &str) -> Outcome<Option<Value>> {
        let Some(attribute) = self.of.declaration.attribute(name) else { return Ok(None) };
        let value = self.eval(&self.of.names(self.evaluation), attribute)?;
        Ok(Some(value).filter(|value| !value.is_null()))
    }

    fn in_block(&self, content: &Content<'_, '_, '_>, name: &str) -> Outcome<Option<Value>> {
        let Some(attribute) = content.attribute(name) else { return Ok(None) };
        self.eval(content.names(), attribute).map(Some)
    }

    fn eval(&self, names: &scope::Names<'_, '_>, attribute: AttributeRef<'_>) -> Outcome {
        Ok(self.choice.of(names.eval(attribute)?))
    }

    fn expand<'m, 'e, 'a>(
        &self,
        blocks: Vec<crate::terraform::module::body::BlockRef<'m>>,
        names: &scope::Names<'e, 'a>,
    ) -> Outcome<Vec<Item<'m, 'e, 'a>>> {
        expand(blocks, names, &|value| self.choice.of(value))
    }
}

/// Adds the ids of statements to `sids`. The provider refuses one that is there already.
fn unique(statements: &[Statement], sids: &mut BTreeSet<Box<str>>) -> Outcome<()> {
    for statement in statements {
        let Some(sid) = &statement.sid else { continue };
        if !sids.insert(sid.clone()) {
            let message = format!("two statements have the id `{sid}`");
            return Err(EvalError::new(statement.node.origin.span, message));
        }
    }
    Ok(())
}

/// Adds identifiers or values under a key. Those that stand under the same key are joined.
fn add_to(members: &mut Vec<Member>, key: Node, value: Node) {
    let text = text_of(&key);
    let Some(member) = members.iter_mut().find(|member| member.key == text) else {
        members.push(Member { key: text, key_origin: key.origin, value });
        return;
    };
    let origin = member.value.origin.clone();
    let old = std::mem::replace(&mut member.value, Node { origin, data: Data::Null });
    let items = [old, value].into_iter().flat_map(|node| match node.data {
        Data::Array(items) => items,
        _ => vec![node],
    });
    member.value.data = Data::Array(items.collect());
}

/// A key of an object.
fn text_of(node: &Node) -> Text {
    match &node.data {
        Data::String(text) => text.clone(),
        Data::Unknown(why) => {
            Text::Partial(vec![TextPart::Unknown { why: why.clone(), plain: false }])
        }
        Data::Number(digits) => Text::Known(digits.clone()),
        Data::Bool(value) => Text::Known(value.to_string().into()),
        Data::Null | Data::Array(_) | Data::Object(_) => Text::Known("".into()),
    }
}

/// `&{` stands for `${`, so that Terraform does not take it for a template.
fn with_variables(node: &mut Node, is_old: bool) -> Outcome<()> {
    const MARKER: &str = "&{";
    let Data::String(text) = &mut node.data else { return Ok(()) };
    let parts: Vec<&mut SmolStr> = match text {
        Text::Known(known) => vec![known],
        Text::Partial(parts) => parts
            .iter_mut()
            .filter_map(|part| match part {
                TextPart::Known(known) => Some(known),
                TextPart::Unknown { .. } => None,
            })
            .collect(),
    };
    for part in parts.into_iter().filter(|part| part.contains(MARKER)) {
        if is_old {
            let message = "policy variables need the version `2012-10-17`";
            return Err(EvalError::new(node.origin.span, message));
        }
        *part = part.replace(MARKER, "${").into();
    }
    Ok(())
}

fn unknown(why: Why, span: Span) -> Statement {
    Statement { sid: None, node: Node { origin: Origin::at(span), data: Data::Unknown(why) } }
}
