//! Events to a tree: containers, tags, anchors and merge keys.

use granit_parser::{Event, ScalarStyle, Span, StructureStyle, Tag as GranitTag};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::{MAX_COPIES, MAX_DEPTH, range, scalar, span_range, syntax_error};
use crate::source::TextRange;
use crate::syntax::SyntaxError;
use crate::syntax::tree::{Member, Node, NodeKind, Tag, Text};

pub(super) struct Builder<'a> {
    text: &'a str,
    /// The collections that are open, outermost first.
    open: Vec<Open>,
    root: Option<Node>,
    errors: Vec<SyntaxError>,
    anchors: FxHashMap<usize, Anchor>,
    /// How many values were copied for anchors and aliases.
    copies: usize,
    /// Behind the last token.
    good: usize,
}

/// A collection whose end has not come yet.
struct Open {
    range: TextRange,
    tag: Option<Box<Tag>>,
    anchor: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping { members: Vec<Member>, key: Option<(Text, TextRange)> },
}

/// What an anchor names.
enum Anchor {
    /// A collection that is still open.
    Open,
    Node {
        node: Node,
        size: usize,
        depth: usize,
    },
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            open: Vec::new(),
            root: None,
            errors: Vec::new(),
            anchors: FxHashMap::default(),
            copies: 0,
            good: 0,
        }
    }

    /// Behind the last token that became part of the tree.
    pub(super) fn good(&self) -> usize {
        self.good
    }

    pub(super) fn event(&mut self, event: Event<'_>, span: &Span) {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                self.scalar(&value, style, anchor, tag.as_deref(), span);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.start(Content::Sequence(Vec::new()), style, anchor, tag.as_deref(), span);
            }
            Event::MappingStart(style, anchor, tag) => {
                let content = Content::Mapping { members: Vec::new(), key: None };
                self.start(content, style, anchor, tag.as_deref(), span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span_range(span)),
            Event::Alias(anchor) => self.alias(anchor, span_range(span)),
            Event::UnresolvedAlias(name) => {
                let message = format_args!("the alias `*{name}` names no anchor");
                self.errors.push(syntax_error(span_range(span), message));
                self.push(missing(span_range(span)));
            }
            // Stream and document marks; comments and anchor names are not asked for.
            _ => {}
        }
        self.good = self.good.max(span.byte_range().unwrap_or_default().end);
    }

    /// The tree. Collections that are still open, because the text broke off, end here.
    pub(super) fn finish(mut self) -> (Option<Node>, Vec<SyntaxError>) {
        while !self.open.is_empty() {
            self.end(range(self.good, self.good));
        }
        (self.root, self.errors)
    }

    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&GranitTag>,
        span: &Span,
    ) {
        let from =
            span.tag_span().and_then(|tag| tag.byte_range()).map_or(self.good, |tag| tag.end);
        let (text, mut range) = scalar::text(self.text, value, style, span, from);
        if range.is_empty()
            && TextRange::new(range.start, range.start + 1).of(self.text.as_bytes()) == b":"
        {
            // The parser puts a value that is missing before the colon.
            range = TextRange::new(range.start + 1, range.start + 1);
        }
        let is_plain =
            style == ScalarStyle::Plain && !tag.is_some_and(forces_string) && !self.expects_key();
        let typed = is_plain.then(|| scalar::resolve(&text.value, range)).flatten();
        let kind = typed.unwrap_or(NodeKind::String(text));
        let node = Node { range, tag: custom_tag(tag, span), kind };
        self.remember(anchor, &node);
        self.push(node);
    }

    fn start(
        &mut self,
        content: Content,
        style: StructureStyle,
        anchor: usize,
        tag: Option<&GranitTag>,
        span: &Span,
    ) {
        let mut range = span_range(span);
        if style == StructureStyle::Block {
            range.end = range.start;
        }
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor::Open);
        }
        self.open.push(Open { range, tag: custom_tag(tag, span), anchor, content });
    }

    /// Closes the innermost collection; `end` is its closing bracket, or empty for a block.
    fn end(&mut self, end: TextRange) {
        let Some(mut open) = self.open.pop() else { return };
        if !end.is_empty() {
            open.range = open.range.cover(end);
        }
        let kind = match open.content {
            Content::Sequence(items) => {
                open.range = items.last().map_or(open.range, |item| open.range.cover(item.range));
                NodeKind::Array(items)
            }
            Content::Mapping { mut members, key } => {
                // A key without a value is left over where the text broke off.
                members.extend(key.map(|(key, key_range)| Member {
                    key,
                    key_range,
                    value: missing(key_range),
                }));
                for member in &members {
                    open.range = open.range.cover(member.key_range).cover(member.value.range);
                }
                NodeKind::Object(self.merge(members))
            }
        };
        let node = Node { range: open.range, tag: open.tag, kind };
        self.remember(open.anchor, &node);
        self.push(node);
    }

    /// Writes out the merge keys of a mapping: what it has itself wins over what it merges, and what is merged
    /// first over what is merged later (yaml.org/type/merge.html).
    fn merge(&mut self, members: Vec<Member>) -> Vec<Member> {
        let is_merge = |member: &Member| &*member.key.value == "<<" && member.key_range.len() == 2;
        if !members.iter().any(is_merge) {
            return members;
        }
        let (merges, own): (Vec<_>, Vec<_>) = members.into_iter().partition(is_merge);
        let mut keys: FxHashSet<SmolStr> =
            own.iter().map(|member| member.key.value.clone()).collect();
        let mut merged = Vec::new();
        for merge in merges {
            let sources = match merge.value.kind {
                NodeKind::Array(items) => items,
                _ => vec![merge.value],
            };
            for source in sources {
                match source.kind {
                    NodeKind::Object(members) => {
                        merged.extend(
                            members
                                .into_iter()
                                .filter(|member| keys.insert(member.key.value.clone())),
                        );
                    }
                    _ => self.errors.push(syntax_error(
                        source.range,
                        "`<<` takes a mapping or a list of mappings",
                    )),
                }
            }
        }
        merged.extend(own);
        merged
    }

    fn alias(&mut self, anchor: usize, range: TextRange) {
        let node = self.copy(anchor).unwrap_or_else(|message| {
            self.errors.push(syntax_error(range, message));
            missing(range)
        });
        self.push(node);
    }

    /// What an anchor names, if it may be written out here.
    fn copy(&mut self, anchor: usize) -> Result<Node, String> {
        match self.anchors.get(&anchor) {
            Some(Anchor::Open) => Err("the alias stands inside of what it names".to_owned()),
            Some(Anchor::Node { depth, .. }) if self.open.len() + depth > MAX_DEPTH => {
                Err(format!("nested more than {MAX_DEPTH} levels deep"))
            }
            Some(Anchor::Node { node, size, .. }) if self.copies + size <= MAX_COPIES => {
                self.copies += size;
                Ok(node.clone())
            }
            Some(Anchor::Node { .. }) | None => {
                Err(format!("anchors and aliases copy more than {MAX_COPIES} values"))
            }
        }
    }

    fn remember(&mut self, anchor: usize, node: &Node) {
        if anchor == 0 {
            return;
        }
        let (size, depth) = measure(node);
        if self.copies + size > MAX_COPIES {
            self.anchors.remove(&anchor);
            return;
        }
        self.copies += size;
        self.anchors.insert(anchor, Anchor::Node { node: node.clone(), size, depth });
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Mapping { key: None, .. }, .. }))
    }

    /// Puts a finished value where it belongs.
    fn push(&mut self, node: Node) {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::Sequence(items)) => items.push(node),
            Some(Content::Mapping { members, key }) => match key.take() {
                Some((key, key_range)) => members.push(Member { key, key_range, value: node }),
                None => {
                    let key_range = node.range;
                    *key = Some(match node.kind {
                        NodeKind::String(text) => (text, key_range),
                        _ => {
                            self.errors.push(syntax_error(key_range, "a key must be a scalar"));
                            let bytes = key_range.start as usize..key_range.end as usize;
                            let written = self.text.get(bytes).unwrap_or_default();
                            (Text::verbatim(written, key_range.start), key_range)
                        }
                    });
                }
            },
        }
    }
}

/// The tag, unless it is one of YAML's own.
fn custom_tag(tag: Option<&GranitTag>, span: &Span) -> Option<Box<Tag>> {
    let tag = tag.filter(|tag| tag.is_custom() && tag.suffix() != "!")?;
    let range = span.tag_span().map_or_else(|| span_range(span), |tag| span_range(&tag));
    Some(Box::new(Tag { name: tag.suffix().into(), range }))
}

/// `!` and `!!str` make a string of any plain scalar.
fn forces_string(tag: &GranitTag) -> bool {
    tag.suffix() == "!" || tag.is_yaml_core_schema_tag("str")
}

fn missing(range: TextRange) -> Node {
    Node { range, tag: None, kind: NodeKind::Null }
}

/// How many values a tree has, and how many of its collections lie inside each other.
fn measure(node: &Node) -> (usize, usize) {
    let add = |(size, depth): (usize, usize), child: &Node| {
        let (child_size, child_depth) = measure(child);
        (size + child_size, depth.max(child_depth + 1))
    };
    match &node.kind {
        NodeKind::Array(items) => items.iter().fold((1, 1), add),
        NodeKind::Object(members) => members.iter().map(|member| &member.value).fold((1, 1), add),
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::Number(_)
        | NodeKind::String(_)
        | NodeKind::Hole(_) => (1, 0),
    }
}
