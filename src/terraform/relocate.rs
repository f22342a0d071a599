//! Moves an HCL tree that was parsed from a decoded string (of JSON, of a heredoc) to the bytes that the string was
//! written with: [`Relocation`].

use crate::source::{Segment, TextRange};
use crate::syntax::SyntaxError;
use crate::syntax::hcl::ast::{
    Decoded, Expr, ExprKind, For, Literal, ObjectItem, Part, Step, Template,
};

/// Where the bytes of a decoded string lie in the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relocation<'a> {
    /// The decoded string.
    pub(super) value: &'a str,
    /// The source byte of its first byte.
    pub(super) start: u32,
    /// How its bytes map to the source; empty where they are the same bytes from `start` on.
    pub(super) segments: &'a [Segment],
}

impl Relocation<'_> {
    pub(super) fn error(self, error: &mut SyntaxError) {
        self.range(&mut error.range);
        if let Some((range, _)) = &mut error.related {
            self.range(range);
        }
    }

    pub(super) fn template(self, template: &mut Template) {
        self.parts(&mut template.parts);
    }

    pub(super) fn expr(self, expr: &mut Expr) {
        self.range(&mut expr.range);
        match &mut expr.kind {
            ExprKind::Number | ExprKind::Bool(_) | ExprKind::Null | ExprKind::Missing => {}
            ExprKind::Template(template) => self.template(template),
            ExprKind::Tuple(items) => items.iter_mut().for_each(|item| self.expr(item)),
            ExprKind::Object(items) => items.iter_mut().for_each(|item| self.object_item(item)),
            ExprKind::Variable(name) => self.range(&mut name.range),
            ExprKind::Traversal(traversal) => {
                self.expr(&mut traversal.base);
                self.steps(&mut traversal.steps);
            }
            ExprKind::Call(call) => {
                self.range(&mut call.name);
                self.range(&mut call.open);
                call.arguments.iter_mut().for_each(|argument| self.expr(argument));
                self.ranges([&mut call.expand, &mut call.close]);
            }
            ExprKind::Conditional(conditional) => {
                self.expr(&mut conditional.condition);
                self.range(&mut conditional.question);
                self.expr(&mut conditional.yes);
                self.range(&mut conditional.colon);
                self.expr(&mut conditional.no);
            }
            ExprKind::Binary(binary) => {
                self.expr(&mut binary.first);
                for operation in &mut binary.rest {
                    self.range(&mut operation.op_range);
                    self.expr(&mut operation.operand);
                }
            }
            ExprKind::Unary(unary) => {
                self.range(&mut unary.op_range);
                self.expr(&mut unary.operand);
            }
            ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::For(each) => self.each(each),
        }
    }

    fn object_item(self, item: &mut ObjectItem) {
        self.expr(&mut item.key);
        self.range(&mut item.separator);
        self.expr(&mut item.value);
    }

    fn each(self, each: &mut For) {
        if let Some(name) = &mut each.key_name {
            self.range(&mut name.range);
        }
        self.range(&mut each.value_name.range);
        self.expr(&mut each.collection);
        self.ranges([&mut each.group]);
        let optional = [&mut each.key, &mut each.condition];
        optional.into_iter().flatten().for_each(|expr| self.expr(expr));
        self.expr(&mut each.value);
    }

    fn steps(self, steps: &mut [Step]) {
        for step in steps {
            match step {
                Step::Attribute { range, name } => {
                    self.range(range);
                    self.range(&mut name.range);
                }
                Step::Index { range, key } => {
                    self.range(range);
                    self.expr(key);
                }
                Step::LegacyIndex { range, digits } => {
                    self.range(range);
                    self.range(digits);
                }
                Step::AttributeSplat { range, each } | Step::FullSplat { range, each } => {
                    self.range(range);
                    self.steps(each);
                }
            }
        }
    }

    fn parts(self, parts: &mut [Part]) {
        for part in parts {
            match part {
                Part::Literal(literal) => self.literal(literal),
                Part::Interpolation { range, expr } => {
                    self.range(range);
                    self.expr(expr);
                }
                Part::If { range, condition, yes, no } => {
                    self.range(range);
                    self.expr(condition);
                    self.parts(yes);
                    self.parts(no);
                }
                Part::For { range, key_name, value_name, collection, body } => {
                    self.range(range);
                    if let Some(name) = key_name {
                        self.range(&mut name.range);
                    }
                    self.range(&mut value_name.range);
                    self.expr(collection);
                    self.parts(body);
                }
            }
        }
    }

    /// A text keeps its value; where that is not the bytes of the source any more, it gets a map.
    fn literal(self, literal: &mut Literal) {
        let decoded_range = literal.range;
        self.range(&mut literal.range);
        if self.segments.is_empty() && literal.decoded.is_none() {
            return;
        }
        let (text, segments) = match literal.decoded.take() {
            Some(decoded) => (decoded.text, decoded.segments.into_vec()),
            None => {
                let text = self.value.get(decoded_range.as_usize()).unwrap_or_default();
                let value = TextRange::new(0, decoded_range.len());
                (text.into(), vec![Segment { value, source: decoded_range }])
            }
        };
        let segments = segments.into_iter().flat_map(|segment| self.compose(segment)).collect();
        literal.decoded = Some(Box::new(Decoded { text, segments }));
    }

    /// A segment whose source is the decoded string, as segments whose source is the file.
    fn compose(self, segment: Segment) -> Vec<Segment> {
        let whole = |mut segment: Segment| {
            self.range(&mut segment.source);
            vec![segment]
        };
        if !segment.is_verbatim() || self.segments.is_empty() {
            return whole(segment);
        }
        let first = self.segments.partition_point(|own| own.value.end <= segment.source.start);
        let own = self.segments.iter().skip(first);
        own.take_while(|own| own.value.start < segment.source.end)
            .map(|own| {
                let start = own.value.start.max(segment.source.start);
                let end = own.value.end.min(segment.source.end);
                let mut source = TextRange::new(start, end);
                self.range(&mut source);
                let shift = |at: u32| segment.value.start + (at - segment.source.start);
                Segment { value: TextRange::new(shift(start), shift(end)), source }
            })
            .collect()
    }

    fn ranges<const N: usize>(self, ranges: [&mut Option<TextRange>; N]) {
        ranges.into_iter().flatten().for_each(|range| self.range(range));
    }

    fn range(self, range: &mut TextRange) {
        let start = self.start_of(range.start);
        let end = if range.is_empty() { start } else { self.end_of(range.end) };
        *range = TextRange::new(start, end);
    }

    fn start_of(self, at: u32) -> u32 {
        let index = self.segments.partition_point(|segment| segment.value.end <= at);
        match self.segments.get(index).or(self.segments.last()) {
            None => self.start + at,
            Some(segment) if at >= segment.value.end => segment.source.end,
            Some(segment) if segment.is_verbatim() => {
                segment.source.start + at.saturating_sub(segment.value.start)
            }
            Some(segment) => segment.source.start,
        }
    }

    fn end_of(self, at: u32) -> u32 {
        let index = self.segments.partition_point(|segment| segment.value.end < at);
        match self.segments.get(index).or(self.segments.last()) {
            None => self.start + at,
            Some(segment) if segment.is_verbatim() && at <= segment.value.end => {
                segment.source.start + at.saturating_sub(segment.value.start)
            }
            Some(segment) => segment.source.end,
        }
    }
}
