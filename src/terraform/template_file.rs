//! `template_file`: a template with variables of its own. [`rendered`]

use std::sync::Arc;

use super::EvalError;
use super::eval::{Evaluator, References, Resolved, Source};
use super::evaluation::{Evaluation, Outcome};
use super::relocate::Relocation;
use super::resources::AttributeOf;
use crate::origin::Origin;
use crate::source::{Span, TextRange};
use crate::syntax::hcl;
use crate::syntax::hcl::ast::{Step, Template};
use crate::value::{Data, Entries, Entry, Literal, Piece, Rope, TextMap, Type, Value};

/// The names that the template sees.
struct Variables(Entries);

/// A template and the text that its places are in.
struct Parsed {
    source: Source,
    template: Template,
    /// The places are in the text of the template, which is in no file.
    is_loose: bool,
}

impl References for Variables {
    fn resolve(&self, name: &str, _: &[Step], _: &Source, span: Span) -> Outcome<Resolved> {
        match self.0.get(name) {
            Some(entry) => Ok(Resolved { value: entry.value.clone(), consumed: 0 }),
            None => {
                let message = format!("there is no variable `{name}` in this template");
                Err(EvalError::reference(span, message))
            }
        }
    }
}

/// The value of `rendered`. Its texts come from the template's own bytes, its values from those of `vars`.
pub(super) fn rendered(evaluation: &Evaluation<'_>, of: &AttributeOf<'_>) -> Option<Outcome> {
    of.declaration.attribute("template")?;
    Some(render(evaluation, of))
}

fn render(evaluation: &Evaluation<'_>, of: &AttributeOf<'_>) -> Outcome {
    let text = evaluation.attribute(of, "template")?;
    let origin = Origin::at(of.header);
    let (Some(template), Some(variables)) = (text.as_text(), variables(evaluation, of)?) else {
        let why = text.why().cloned();
        let why = why.unwrap_or_else(|| crate::origin::Why::at("`vars` is not known", of.header));
        return Ok(Value::unknown_not_null(Type::String, why, origin));
    };
    let span = text.origin.span;
    let parsed = parse(evaluation, &text, &template)?;
    let names = of.names(evaluation);
    let evaluator = Evaluator { references: &Variables(variables), ..names.evaluator() };
    let range = TextRange::new(0, u32::try_from(parsed.source.text.len()).unwrap_or(u32::MAX));
    let value = evaluator.eval_template(&parsed.source, &parsed.template, range);
    match (parsed.is_loose, value) {
        (false, value) => value,
        (true, Ok(value)) => Ok(tied(value, span)),
        (true, Err(error)) => Err(EvalError { span, ..error }),
    }
}

/// `vars`, an argument; Terraform 0.11 also took it for a block.
fn variables(evaluation: &Evaluation<'_>, of: &AttributeOf<'_>) -> Outcome<Option<Entries>> {
    if of.declaration.attribute("vars").is_some() {
        let value = evaluation.attribute(of, "vars")?;
        let is_null = value.is_null();
        return Ok(value.entries().cloned().or(is_null.then(Entries::new)));
    }
    let names = of.names(evaluation);
    let blocks = of.declaration.blocks("vars");
    let attributes = blocks.iter().flat_map(|block| block.attributes());
    let entries = attributes.map(|(name, attribute)| {
        let value = names.eval(attribute)?;
        Ok((name.into(), Entry::new(None, value)))
    });
    entries.collect::<Outcome<Entries>>().map(Some)
}

/// The template in a text, with its places in the file that the text was written in, where it was written in one.
fn parse(evaluation: &Evaluation<'_>, value: &Value, text: &str) -> Outcome<Parsed> {
    let bytes: Arc<[u8]> = text.as_bytes().into();
    let (mut template, errors) = hcl::parse_template(&bytes);
    if let Some(error) = errors.first() {
        let message = format!("this is no template: {}", error.message);
        return Err(EvalError::new(value.origin.span, message));
    }
    let file = value.origin.span.file;
    let Some(literal) = value.as_rope().and_then(only_literal) else {
        return Ok(Parsed { source: Source { id: file, text: bytes }, template, is_loose: true });
    };
    let segments = match &literal.map {
        TextMap::Verbatim => &[][..],
        TextMap::Segments(segments) => segments,
        TextMap::Computed => {
            let source = Source { id: file, text: bytes };
            return Ok(Parsed { source, template, is_loose: true });
        }
    };
    Relocation { value: text, start: literal.span.range.start, segments }.template(&mut template);
    let text = Arc::clone(evaluation.modules.sources().get(literal.span.file).text());
    Ok(Parsed { source: Source { id: literal.span.file, text }, template, is_loose: false })
}

/// The literal that is all of a string.
fn only_literal(rope: &Rope) -> Option<&Literal> {
    match rope.pieces() {
        [Piece::Literal(literal)] => Some(literal),
        [Piece::Value(value)] => only_literal(value.as_rope()?),
        _ => None,
    }
}

/// The value with its texts at `span`; what came in by interpolation stays where it was.
fn tied(value: Value, span: Span) -> Value {
    let Data::String(rope) = &value.data else { return value.at(Origin::at(span)) };
    let pieces = rope.pieces().iter().map(|piece| match piece {
        Piece::Literal(literal) => {
            Piece::Literal(Literal { span, map: TextMap::Computed, ..literal.clone() })
        }
        Piece::Value(_) | Piece::Json(_) => piece.clone(),
    });
    let marks = value.marks;
    Value::rope(Rope::concat(pieces, span), Origin::at(span)).marked(marks)
}
