//! Configuration in JSON as the same tree as native syntax: [`configuration`] and [`values`].
//!
//! JSON alone does not tell a block from an argument; Terraform decides by its schema, so this knows the block types
//! of what is read here. Strings are templates, except where Terraform reads them as they stand. Source: the page
//! "JSON Configuration Syntax".

use crate::source::TextRange;
use crate::syntax::SyntaxError;
use crate::syntax::hcl;
use crate::syntax::hcl::ast::{
    Attribute, Block, Body, Decoded, Expr, ExprKind, Ident, Item, Label, Literal, ObjectItem, Part,
    Template, TemplateKind, Unary, UnaryOp,
};
use crate::syntax::tree::{Member, Node, NodeKind, Text};
use crate::terraform::relocate::Relocation;

/// How the strings of a value are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Strings {
    /// As templates.
    Template,
    /// As they stand.
    Literal,
    /// As expressions of native syntax: types and references.
    Expression,
}

/// What may stand in a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Schema {
    /// A block type with this many labels is looked up in [`TOP`].
    File,
    /// A resource or data source whose nested blocks have these types.
    Resource(&'static [&'static str]),
    /// `dynamic`: `content` holds the nested blocks of the resource.
    Dynamic(&'static [&'static str]),
    Variable,
    ModuleCall,
    /// Arguments only.
    Plain,
}

struct Converter<'a> {
    text: &'a [u8],
    errors: Vec<SyntaxError>,
}

/// The block types of a file and how many labels they have.
const TOP: &[(&str, usize)] = &[
    ("resource", 2),
    ("data", 2),
    ("variable", 1),
    ("output", 1),
    ("module", 1),
    ("provider", 1),
    ("locals", 0),
    ("terraform", 0),
    ("moved", 0),
    ("removed", 0),
    ("import", 0),
    ("check", 1),
    ("ephemeral", 2),
];

/// The nested block types of the resources that are read here. Those of others are taken for arguments.
const NESTED: &[(&str, &[&str])] = &[
    (
        "aws_ecr_repository",
        &[
            "encryption_configuration",
            "image_scanning_configuration",
            "image_tag_mutability_exclusion_filter",
        ],
    ),
    (
        "aws_ecr_repository_creation_template",
        &["encryption_configuration", "image_tag_mutability_exclusion_filter"],
    ),
    ("aws_ecrpublic_repository", &["catalog_data"]),
    ("aws_ecr_registry_scanning_configuration", &["rule", "repository_filter"]),
    ("aws_iam_policy_document", &["statement", "principals", "not_principals", "condition"]),
    ("aws_ecr_lifecycle_policy_document", &["rule", "selection", "action"]),
    ("aws_iam_role", &["inline_policy"]),
];

/// The body of a configuration file: an object, or several in a list.
pub(super) fn configuration(root: &Node, text: &[u8]) -> (Body, Vec<SyntaxError>) {
    let mut converter = Converter { text, errors: Vec::new() };
    let mut items = Vec::new();
    let nodes = match &root.kind {
        NodeKind::Array(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(root),
    };
    for node in nodes {
        converter.require_object(node);
        items.extend(converter.body(node, Schema::File).items);
    }
    (Body { range: root.range, items }, converter.errors)
}

/// The body of a file of variable values: arguments, whose strings are read as they stand.
pub(super) fn values(root: &Node, text: &[u8]) -> (Body, Vec<SyntaxError>) {
    let mut converter = Converter { text, errors: Vec::new() };
    converter.require_object(root);
    let members = members(root).filter(|member| &*member.key.value != "//");
    let items = members
        .map(|member| Item::Attribute(converter.attribute(member, Strings::Literal)))
        .collect();
    (Body { range: root.range, items }, converter.errors)
}

impl Schema {
    /// The schema of a block of this type in a file.
    fn of(kind: &str, type_name: &str) -> Self {
        match kind {
            "resource" | "data" => {
                let nested = NESTED.iter().find(|(name, _)| *name == type_name);
                Self::Resource(nested.map_or(&[], |(_, blocks)| *blocks))
            }
            "variable" => Self::Variable,
            "module" => Self::ModuleCall,
            _ => Self::Plain,
        }
    }

    /// The number of labels and the body of a block type in a body of this schema; `None` for an argument.
    fn block(self, name: &str) -> Option<(usize, Self)> {
        match self {
            Self::File => {
                TOP.iter().find(|(kind, _)| *kind == name).map(|(_, labels)| (*labels, Self::Plain))
            }
            Self::Resource(nested) if name == "dynamic" => Some((1, Self::Dynamic(nested))),
            Self::Resource(_) if matches!(name, "lifecycle" | "connection") => {
                Some((0, Self::Plain))
            }
            Self::Resource(_) if name == "provisioner" => Some((1, Self::Plain)),
            Self::Resource(nested) if nested.contains(&name) => Some((0, self)),
            Self::Dynamic(nested) if name == "content" => Some((0, Self::Resource(nested))),
            Self::Variable if name == "validation" => Some((0, Self::Plain)),
            Self::Resource(_)
            | Self::Dynamic(_)
            | Self::Variable
            | Self::ModuleCall
            | Self::Plain => None,
        }
    }

    fn strings(self, argument: &str) -> Strings {
        match (self, argument) {
            (Self::Variable, "type") | (Self::Resource(_), "provider" | "depends_on") => {
                Strings::Expression
            }
            (Self::ModuleCall, "providers" | "depends_on") => Strings::Expression,
            (Self::Variable, _) | (Self::ModuleCall, "source" | "version") => Strings::Literal,
            _ => Strings::Template,
        }
    }
}

impl Converter<'_> {
    fn require_object(&mut self, file: &Node) {
        if !matches!(file.kind, NodeKind::Object(_)) {
            self.error(file.range, "the file must hold a JSON object");
        }
    }

    fn body(&mut self, node: &Node, schema: Schema) -> Body {
        let mut items = Vec::new();
        for member in members(node) {
            let name = &*member.key.value;
            if name == "//" {
                continue;
            }
            match schema.block(name) {
                Some((labels, body)) => {
                    self.blocks(member, &mut Vec::new(), member, labels, body, &mut items);
                }
                None => {
                    items.push(Item::Attribute(self.attribute(member, schema.strings(name))));
                }
            }
        }
        Body { range: node.range, items }
    }

    /// The blocks of one type: below the `kind` stand `missing` levels of labels, and then one body or a list of them.
    fn blocks(
        &mut self,
        kind: &Member,
        labels: &mut Vec<Label>,
        member: &Member,
        missing: usize,
        schema: Schema,
        items: &mut Vec<Item>,
    ) {
        for node in objects(&member.value) {
            if !matches!(node.kind, NodeKind::Object(_)) {
                let name = &kind.key.value;
                self.error(node.range, format!("`{name}` must be an object, or a list of them"));
                continue;
            }
            if missing == 0 {
                let name = kind.key.value.as_ref();
                let type_name = labels.first().map(|label| label.text.text(self.text).to_owned());
                let schema = match schema {
                    Schema::Plain => Schema::of(name, type_name.as_deref().unwrap_or_default()),
                    other => other,
                };
                items.push(Item::Block(self.block(kind, labels, member, node, schema)));
                continue;
            }
            for inner in members(node) {
                labels.push(Label { range: inner.key_range, text: literal(&inner.key) });
                self.blocks(kind, labels, inner, missing - 1, schema, items);
                labels.pop();
            }
        }
    }

    fn block(
        &mut self,
        kind: &Member,
        labels: &[Label],
        member: &Member,
        node: &Node,
        schema: Schema,
    ) -> Block {
        let start = member.key_range.start;
        Block {
            range: TextRange::new(start, node.range.end),
            kind: self.ident(kind),
            labels: labels.to_vec(),
            open: TextRange::new(node.range.start, node.range.start + 1),
            body: self.body(node, schema),
            close: Some(TextRange::new(node.range.end.saturating_sub(1), node.range.end)),
        }
    }

    fn attribute(&mut self, member: &Member, strings: Strings) -> Attribute {
        let end = member.key_range.end;
        Attribute {
            range: TextRange::new(member.key_range.start, member.value.range.end),
            name: self.ident(member),
            equals: TextRange::new(end, end),
            value: self.expr(&member.value, strings),
        }
    }

    /// A name is the bytes of its range, so it can't have been written with escapes.
    fn ident(&mut self, member: &Member) -> Ident {
        let range = content(member.key_range);
        if range.of(self.text) != member.key.value.as_bytes() {
            self.error(member.key_range, "this name must be written without escapes");
        }
        Ident { range }
    }

    fn expr(&mut self, node: &Node, strings: Strings) -> Expr {
        let kind = match &node.kind {
            NodeKind::Null | NodeKind::Hole(_) => ExprKind::Null,
            NodeKind::Bool(value) => ExprKind::Bool(*value),
            NodeKind::Number(digits) => number(node.range, digits),
            NodeKind::String(text) => return self.string(node.range, text, strings),
            NodeKind::Array(items) => {
                ExprKind::Tuple(items.iter().map(|item| self.expr(item, strings)).collect())
            }
            NodeKind::Object(members) => ExprKind::Object(
                members
                    .iter()
                    .map(|member| ObjectItem {
                        key: self.string(member.key_range, &member.key, strings),
                        separator: TextRange::new(member.key_range.end, member.key_range.end),
                        value: self.expr(&member.value, strings),
                    })
                    .collect(),
            ),
        };
        Expr { range: node.range, kind }
    }

    fn string(&mut self, range: TextRange, text: &Text, strings: Strings) -> Expr {
        let has_marker = text.value.contains("${") || text.value.contains("%{");
        let relocation =
            Relocation { value: &text.value, start: text.start, segments: text.segments() };
        if strings == Strings::Expression {
            let (mut expr, errors) = hcl::parse_expression(text.value.as_bytes());
            relocation.expr(&mut expr);
            self.take_errors(errors, relocation);
            return expr;
        }
        let mut template = Template { kind: TemplateKind::Quoted, parts: Vec::new() };
        if strings == Strings::Template && has_marker {
            let (mut parsed, errors) = hcl::parse_template(text.value.as_bytes());
            relocation.template(&mut parsed);
            self.take_errors(errors, relocation);
            template.parts = parsed.parts;
        } else if !text.value.is_empty() {
            template.parts.push(Part::Literal(literal(text)));
        }
        Expr { range, kind: ExprKind::Template(Box::new(template)) }
    }

    fn take_errors(&mut self, errors: Vec<SyntaxError>, relocation: Relocation<'_>) {
        self.errors.extend(errors.into_iter().map(|mut error| {
            relocation.error(&mut error);
            error
        }));
    }

    fn error(&mut self, range: TextRange, message: impl Into<Box<str>>) {
        self.errors.push(SyntaxError { range, message: message.into(), help: None, related: None });
    }
}

/// The members of an object.
fn members(node: &Node) -> impl Iterator<Item = &Member> {
    let members: &[Member] = match &node.kind {
        NodeKind::Object(members) => members,
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::Number(_)
        | NodeKind::String(_)
        | NodeKind::Array(_)
        | NodeKind::Hole(_) => &[],
    };
    members.iter()
}

/// Where a block may stand: an object, or a list of objects. `null` is no block.
fn objects(node: &Node) -> impl Iterator<Item = &Node> {
    let nodes = match &node.kind {
        NodeKind::Array(items) => items.as_slice(),
        NodeKind::Null => &[],
        NodeKind::Object(_)
        | NodeKind::Bool(_)
        | NodeKind::Number(_)
        | NodeKind::String(_)
        | NodeKind::Hole(_) => std::slice::from_ref(node),
    };
    nodes.iter()
}

/// The bytes between the quotes.
const fn content(range: TextRange) -> TextRange {
    TextRange::new(range.start + 1, range.end.saturating_sub(1))
}

/// JSON knows negative numbers, native syntax knows the operator.
fn number(range: TextRange, digits: &str) -> ExprKind {
    if !digits.starts_with('-') {
        return ExprKind::Number;
    }
    let operand = TextRange::new(range.start + 1, range.end);
    ExprKind::Unary(Box::new(Unary {
        op: UnaryOp::Negate,
        op_range: TextRange::new(range.start, range.start + 1),
        operand: Expr { range: operand, kind: ExprKind::Number },
    }))
}

fn literal(text: &Text) -> Literal {
    let segments = text.segments();
    let decoded = (!segments.is_empty())
        .then(|| Box::new(Decoded { text: text.value.as_str().into(), segments: segments.into() }));
    Literal { range: text.content_range(), decoded }
}
