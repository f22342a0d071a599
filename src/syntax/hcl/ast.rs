//! The HCL syntax tree. It holds byte ranges and no text: it outlives the text and is cheap to keep; read the
//! bytes of a range with [`TextRange::of`].
//!
//! Source: the HCL native syntax specification (`hclsyntax/spec.md`), and Terraform's answers where that is silent.

use crate::source::{Segment, TextRange};

/// The attributes and blocks of a file or a block.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Body {
    /// All bytes between the braces, or the whole file.
    pub range: TextRange,
    /// In source order, duplicates kept.
    pub items: Vec<Item>,
}

/// An attribute or a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// `name = value`
    Attribute(Attribute),
    /// `type "label" { … }`
    Block(Block),
}

/// `name = value`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attribute {
    /// From the name to the end of the value.
    pub range: TextRange,
    /// The name.
    pub name: Ident,
    /// The `=`.
    pub equals: TextRange,
    /// The value.
    pub value: Expr,
}

/// An identifier: the bytes of the range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ident {
    /// The bytes.
    pub range: TextRange,
}

/// `type "label" { … }`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// From the type to the closing brace.
    pub range: TextRange,
    /// The block type: `resource`, `locals`.
    pub kind: Ident,
    /// The labels.
    pub labels: Vec<Label>,
    /// The `{`.
    pub open: TextRange,
    /// The content.
    pub body: Body,
    /// The `}`; `None` where it is missing (an error was reported).
    pub close: Option<TextRange>,
}

/// A block label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The bytes, quotes included.
    pub range: TextRange,
    /// The text. For a quoted label the bytes between the quotes, escapes decoded.
    pub text: Literal,
}

/// An expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expr {
    /// Its bytes, own brackets included.
    pub range: TextRange,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExprKind {
    /// A number, written as the bytes of the expression.
    Number,
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// A quoted string or a heredoc.
    Template(Box<Template>),
    /// `[a, b]`
    Tuple(Vec<Expr>),
    /// `{ a = b }`
    Object(Vec<ObjectItem>),
    /// A bare identifier: the first name of a reference, a `for` variable, or a type keyword.
    Variable(Ident),
    /// `base.name[key]…`: one or more steps from a base.
    Traversal(Box<Traversal>),
    /// `name(args)`
    Call(Box<Call>),
    /// `condition ? yes : no`
    Conditional(Box<Conditional>),
    /// `first op operand …`
    Binary(Box<Binary>),
    /// `-operand` or `!operand`
    Unary(Box<Unary>),
    /// `(inner)`
    Paren(Box<Expr>),
    /// `[for …]` or `{for …}`
    For(Box<For>),
    /// Nothing usable stands here; an error was reported.
    Missing,
}

/// `key = value` in an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectItem {
    /// The key. A bare [`ExprKind::Variable`] is a literal key, unless it stands in parentheses.
    pub key: Expr,
    /// The `=` or `:`.
    pub separator: TextRange,
    /// The value.
    pub value: Expr,
}

/// Steps from a base.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Traversal {
    /// Where it begins.
    pub base: Expr,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One step of a traversal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// `.name`
    Attribute {
        /// With the dot.
        range: TextRange,
        /// The name.
        name: Ident,
    },
    /// `[key]`
    Index {
        /// With the brackets.
        range: TextRange,
        /// The key.
        key: Expr,
    },
    /// `.0`: the old form of an index.
    LegacyIndex {
        /// With the dot.
        range: TextRange,
        /// The digits.
        digits: TextRange,
    },
    /// `.*` and the attribute steps that it applies to each element.
    AttributeSplat {
        /// The `.*`.
        range: TextRange,
        /// What is taken from each element.
        each: Vec<Step>,
    },
    /// `[*]` and all the steps behind it, which it applies to each element.
    FullSplat {
        /// The `[*]`.
        range: TextRange,
        /// What is taken from each element.
        each: Vec<Step>,
    },
}

/// `name(args)`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The name, with its namespaces: `core::upper`, `provider::aws::arn_parse`.
    pub name: TextRange,
    /// The `(`.
    pub open: TextRange,
    /// The arguments.
    pub arguments: Vec<Expr>,
    /// The `...` behind the last argument.
    pub expand: Option<TextRange>,
    /// The `)`; `None` where it is missing (an error was reported).
    pub close: Option<TextRange>,
}

/// `condition ? yes : no`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conditional {
    /// The condition.
    pub condition: Expr,
    /// The `?`.
    pub question: TextRange,
    /// The value where it holds.
    pub yes: Expr,
    /// The `:`.
    pub colon: TextRange,
    /// The value where it does not hold.
    pub no: Expr,
}

/// `first op operand op operand …`: operators of one level of precedence, applied from left to right. A list and not
/// nested pairs, so that a chain of thousands of operators is no deep tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binary {
    /// The first operand.
    pub first: Expr,
    /// What is applied to it in turn: one or more.
    pub rest: Vec<Operation>,
}

/// An operator and its right operand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation {
    /// The operator.
    pub op: BinaryOp,
    /// Its bytes.
    pub op_range: TextRange,
    /// The right operand.
    pub operand: Expr,
}

/// A binary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

/// `-operand` or `!operand`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unary {
    /// The operator.
    pub op: UnaryOp,
    /// Its bytes.
    pub op_range: TextRange,
    /// The operand.
    pub operand: Expr,
}

/// A unary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// `[for key, value in collection : result if condition]` or `{for … : key => value}`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct For {
    /// The first of two variables.
    pub key_name: Option<Ident>,
    /// The only, or the second, variable.
    pub value_name: Ident,
    /// What is iterated.
    pub collection: Expr,
    /// The key of an object `for`; `None` in a list `for`.
    pub key: Option<Expr>,
    /// The value.
    pub value: Expr,
    /// The `...` that groups values by key.
    pub group: Option<TextRange>,
    /// The condition behind `if`.
    pub condition: Option<Expr>,
}

/// A quoted string or a heredoc.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// Which of them.
    pub kind: TemplateKind,
    /// Its parts, with escapes decoded, indentation removed and strip markers applied.
    pub parts: Vec<Part>,
}

/// How a template is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TemplateKind {
    /// `"…"`
    Quoted,
    /// `<<MARKER`
    Heredoc,
    /// `<<-MARKER`: the common indentation is removed.
    IndentedHeredoc,
    /// A whole text parsed as a template, as `templatefile` does.
    Bare,
}

/// A part of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Text.
    Literal(Literal),
    /// `${expr}`
    Interpolation {
        /// With `${` and `}`.
        range: TextRange,
        /// The expression.
        expr: Expr,
    },
    /// `%{ if condition }…%{ else }…%{ endif }`
    If {
        /// From `%{ if` to the end of `%{ endif }`.
        range: TextRange,
        /// The condition.
        condition: Expr,
        /// The parts where it holds.
        yes: Vec<Part>,
        /// The parts where it does not hold.
        no: Vec<Part>,
    },
    /// `%{ for key, value in collection }…%{ endfor }`
    For {
        /// From `%{ for` to the end of `%{ endfor }`.
        range: TextRange,
        /// The first of two variables.
        key_name: Option<Ident>,
        /// The only, or the second, variable.
        value_name: Ident,
        /// What is iterated.
        collection: Expr,
        /// The parts that are repeated.
        body: Vec<Part>,
    },
}

/// Text of a template, with the way back from each byte of its value to the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Literal {
    /// The bytes that it was written with.
    pub range: TextRange,
    /// The value and its map; `None` where the value is the bytes of `range` as they stand.
    pub decoded: Option<Box<Decoded>>,
}

/// A decoded text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decoded {
    /// The value.
    pub text: Box<str>,
    /// They tile the value in order.
    pub segments: Box<[Segment]>,
}

impl Ident {
    /// The name in `text`, which is the text that the tree was parsed from.
    pub fn text(self, text: &[u8]) -> &str {
        std::str::from_utf8(self.range.of(text)).unwrap_or_default()
    }

    /// Is this the name in `text`, which is the text that the tree was parsed from?
    pub fn is(self, name: &str, text: &[u8]) -> bool {
        self.range.of(text) == name.as_bytes()
    }
}

impl Step {
    /// Its bytes, with the dot or the brackets; of a splat only `.*` or `[*]`.
    pub const fn range(&self) -> TextRange {
        match self {
            Self::Attribute { range, .. }
            | Self::Index { range, .. }
            | Self::LegacyIndex { range, .. }
            | Self::AttributeSplat { range, .. }
            | Self::FullSplat { range, .. } => *range,
        }
    }
}

impl Literal {
    /// The value, given the text that the tree was parsed from.
    pub fn text<'a>(&'a self, text: &'a [u8]) -> &'a str {
        match &self.decoded {
            Some(decoded) => &decoded.text,
            None => std::str::from_utf8(self.range.of(text)).unwrap_or_default(),
        }
    }
}

impl Block {
    /// The bytes from the type to the `{` (exclusive): what a finding about something absent points at.
    pub fn header(&self) -> TextRange {
        let end = self.labels.last().map_or(self.kind.range.end, |label| label.range.end);
        TextRange::new(self.range.start, end)
    }
}
