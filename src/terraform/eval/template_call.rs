//! `templatefile` and `templatestring`.

use std::sync::Arc;

use super::access::unknown_like;
use super::scope::Scope;
use super::session::TemplateFile;
use super::{Context, Evaluator, Source};
use crate::disk::{DiskError, join};
use crate::origin::{Origin, Why};
use crate::source::{Span, TextRange};
use crate::syntax::hcl;
use crate::syntax::hcl::ast::{Call, ExprKind, Template};
use crate::terraform::convert::convert;
use crate::terraform::{ErrorKind, EvalError};
use crate::value::{Data, Entries, Marks, Type, Value};

impl Evaluator<'_> {
    /// `templatefile(path, variables)`: the path is seen from the root module.
    pub(super) fn template_file(
        &self,
        context: Context<'_>,
        arguments: &[Value],
        spans: &[Span],
        span: Span,
    ) -> Result<Value, EvalError> {
        let Arguments { text: path, text_span, variables, marks } =
            Arguments::read(context, arguments, spans, span)?;
        let (Some(path_text), Some(variables)) = (path.as_text(), variables) else {
            let unknown =
                arguments.iter().find(|argument| !argument.is_wholly_known()).unwrap_or(&path);
            return Ok(unknown_like(unknown, Type::Dynamic, Origin::at(span)));
        };
        let full_path = join(self.root, &path_text);
        let file = match self.session.template(&full_path, || self.read_template(&full_path)) {
            Ok(file) => file,
            Err(DiskError::NotFound) => {
                return Err(EvalError::new(text_span, format!("there is no file `{path_text}`")));
            }
            Err(error @ (DiskError::OutsideRoot | DiskError::TooLarge | DiskError::Other(_))) => {
                let why =
                    Why::at(format!("the file `{path_text}` can't be read: {error}"), text_span);
                return Ok(Value::unknown(why, Origin::at(span)).marked(marks));
            }
        };
        if let Some(error) = &file.error {
            return Err(error.clone());
        }
        self.render(context, &file.source, &file.template, &variables)
            .map(|value| value.marked(marks))
    }

    /// `templatestring(reference, variables)`. The result is one text, whose origin is the call.
    pub(super) fn template_string(
        &self,
        context: Context<'_>,
        call: &Call,
        arguments: &[Value],
        spans: &[Span],
        span: Span,
    ) -> Result<Value, EvalError> {
        let Arguments { text, text_span, variables, marks } =
            Arguments::read(context, arguments, spans, span)?;
        let is_reference =
            |kind: &ExprKind| matches!(kind, ExprKind::Variable(_) | ExprKind::Traversal(_));
        if !call.arguments.first().is_some_and(|argument| is_reference(&argument.kind)) {
            return Err(EvalError::new(
                text_span,
                "`templatestring` takes its template from a reference only",
            ));
        }
        let (Some(template_text), Some(variables)) = (text.as_text(), variables) else {
            let unknown =
                arguments.iter().find(|argument| !argument.is_wholly_known()).unwrap_or(&text);
            return Ok(unknown_like(unknown, Type::Dynamic, Origin::at(span)));
        };
        let bytes: Arc<[u8]> = template_text.as_bytes().into();
        let (template, errors) = hcl::parse_template(&bytes);
        if let Some(error) = errors.first() {
            return Err(EvalError::new(
                text_span,
                format!("this is no template: {}", error.message),
            ));
        }
        // Places in the text are no places in a file.
        let source = Source { id: context.source.id, text: bytes };
        let here = |error: EvalError| EvalError { span, ..error };
        let value = self.render(context, &source, &template, &variables).map_err(here)?;
        let marks = marks.union(value.all_marks());
        let value = match (&value.data, value.as_text()) {
            (Data::String(_), Some(text)) => Value::string(text.into_owned(), Origin::at(span)),
            (Data::String(rope), None) => {
                let why =
                    value.why().cloned().unwrap_or_else(|| Why::at("the text is too large", span));
                Value::unknown_text(rope.shape(), why, Origin::at(span))
            }
            _ => value.at(Origin::at(span)),
        };
        Ok(value.marked(marks))
    }

    fn render(
        &self,
        context: Context<'_>,
        source: &Source,
        template: &Template,
        variables: &Entries,
    ) -> Result<Value, EvalError> {
        let range = TextRange::new(0, u32::try_from(source.text.len()).unwrap_or(u32::MAX));
        let scope = Scope::Template { variables, instance: context.scope.instance() };
        let value = self.template(Context { source, scope }, template, range);
        // A name that is missing is an ordinary error of the call.
        value.map_err(|error| match error.kind {
            ErrorKind::Reference => EvalError { kind: ErrorKind::Value, ..error },
            ErrorKind::Value | ErrorKind::Limit => error,
        })
    }

    fn read_template(&self, path: &str) -> Result<TemplateFile, DiskError> {
        let text = self.disk.read(path)?;
        let id = self.sources.add(path, Arc::clone(&text));
        let source = Source { id, text };
        let (template, errors) = hcl::parse_template(&source.text);
        let error = errors
            .into_iter()
            .next()
            .map(|error| EvalError::new(source.span(error.range), error.message));
        Ok(TemplateFile { source, template, error })
    }
}

/// The arguments of both functions.
struct Arguments {
    /// The path or the template, a string.
    text: Value,
    text_span: Span,
    /// `None` where they can't be known.
    variables: Option<Entries>,
    marks: Marks,
}

impl Arguments {
    fn read(
        context: Context<'_>,
        arguments: &[Value],
        spans: &[Span],
        span: Span,
    ) -> Result<Self, EvalError> {
        if context.scope.is_in_template() {
            return Err(EvalError::new(span, "a template can't render another one"));
        }
        let ([text, variables], [text_span, variables_span]) = (arguments, spans) else {
            return Err(EvalError::new(span, "two arguments are needed"));
        };
        let text =
            convert(text.clone(), &Type::String).map_err(|why| EvalError::new(*text_span, why))?;
        if text.is_null() || variables.is_null() {
            let place = if text.is_null() { text_span } else { variables_span };
            return Err(EvalError::new(*place, "the argument must not be null"));
        }
        let marks = text.marks.union(variables.all_marks());
        let known = match &variables.data {
            Data::Map(_, entries) | Data::Object(entries) => Some(Entries::clone(entries)),
            Data::Unknown(_) | Data::OneOf(_) => None,
            Data::Null(_)
            | Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::List(..)
            | Data::Set(..)
            | Data::Tuple(_) => {
                return Err(EvalError::new(*variables_span, "the variables must be a map"));
            }
        };
        let wrong = known.iter().flat_map(Entries::keys).find(|name| !hcl::is_identifier(name));
        if let Some(name) = wrong {
            return Err(EvalError::new(
                *variables_span,
                format!("`{name}` can't be the name of a variable"),
            ));
        }
        Ok(Self { text, text_span: *text_span, variables: known, marks })
    }
}
