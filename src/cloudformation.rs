//! CloudFormation templates, SAM's and CDK's among them: YAML or JSON, read into the common model.
//!
//! A template is told by its content, see [`is_template`]. Its expressions are evaluated as far as the template and
//! the given parameters say: a condition that can't be decided gives both of its branches, anything else that only
//! the deployment knows is unknown, with the reason. (AWS CloudFormation Template Reference.)

use std::collections::BTreeMap;

use memchr::memmem;

use crate::model::{Model, Problem, ProblemKind, Unit, UnitKind};
use crate::source::{FileId, Sources, Span};
use crate::syntax::SyntaxError;

mod adapt;
mod cidr;
mod conditions;
mod document;
mod evaluate;
mod fields;
mod intrinsics;
mod parameters;
mod resources;
mod strings;
mod template;
mod value;

pub use parameters::read_parameters;

/// What is known about a deployment.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values of parameters by name. They win over the defaults.
    pub parameters: BTreeMap<String, ParameterValue>,
}

/// The value of a parameter.
#[derive(Clone, PartialEq, Debug)]
pub struct ParameterValue {
    /// The text, as the service takes it; lists are written with commas.
    pub value: String,
    /// Where it was written, if that is in a file. Otherwise the parameter's name in the template stands for it.
    pub span: Option<Span>,
}

/// Larger texts are not read, in bytes. The service itself takes 1 MB.
const MAX_LENGTH: usize = 8 << 20;

/// Is this a template? It has `Resources` with a `Type`, or `AWSTemplateFormatVersion`.
pub fn is_template(sources: &Sources, file: FileId) -> bool {
    is_short_enough(sources, file)
        && template::parse(sources, file).is_ok_and(|template| template.is_template())
}

/// Can a text be a template that says something to the checks? Never wrong when it says no, and fast: it only looks
/// for words. With `all_identities`, every identity policy counts; without, only those that name an ECR action.
pub fn may_matter(text: &[u8], all_identities: bool) -> bool {
    let has = |word: &str| memmem::find(text, word.as_bytes()).is_some();
    // Any word may hide behind escapes.
    if has("\\u00") || has("\\x") {
        return true;
    }
    if !has("Resources") || !has("Type") {
        return false;
    }
    let identities = has("AWS::IAM::") || has("AWS::Serverless::") || has("AWS::SSO::");
    has("AWS::ECR::")
        || (identities && (all_identities || names_action(text) || has("ContainerRegistry")))
}

/// Does a text name an action of ECR? Fetching a token does not count: it is granted on everything by its nature.
fn names_action(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'e', b'E', text).any(|at| {
        let rest = text.get(at..).unwrap_or_default();
        let action = ["ecr:", "ecr-public:"].iter().find_map(|prefix| {
            let (service, action) = rest.split_at_checked(prefix.len())?;
            service.eq_ignore_ascii_case(prefix.as_bytes()).then_some(action)
        });
        action.is_some_and(|action| {
            !action.starts_with(b"GetAuthorizationToken\"")
                && !action.starts_with(b"GetAuthorizationToken\n")
        })
    })
}

/// Reads a text that should be a template. What is wrong with it, even that it is none, is in the unit's problems.
pub fn read(sources: &Sources, file: FileId, options: &Options) -> Unit {
    let mut unit = new_unit(sources, file);
    let not_read = if !is_short_enough(sources, file) {
        let message = format!("the template is larger than {} MiB", MAX_LENGTH >> 20);
        Some((message, "CloudFormation itself takes at most 1 MB"))
    } else if is_utf16(sources.get(file).text()) {
        let message = "this file is UTF-16, which CloudFormation does not read".to_owned();
        Some((message, "save it as UTF-8: in PowerShell, with `Out-File -Encoding utf8`"))
    } else {
        None
    };
    if let Some((message, help)) = not_read {
        unit.problems.push(input_problem(sources, file, message, help));
        return unit;
    }
    match template::parse(sources, file) {
        Ok(template) if template.is_template() => {
            resources::read(&template, sources, options, &mut unit)
        }
        Ok(template::Template { errors, .. }) | Err(errors) => {
            unit.problems.extend(errors.iter().map(|error| syntax_problem(sources, file, error)));
            let message = "this is not a CloudFormation template".to_owned();
            unit.problems.push(input_problem(
                sources,
                file,
                message,
                "a template has `Resources`, each with a `Type`",
            ));
        }
    }
    unit
}

/// Reads a text that may be a template; `None` where it is none.
pub fn read_if_template(sources: &Sources, file: FileId, options: &Options) -> Option<Unit> {
    if !is_short_enough(sources, file) {
        return Some(read(sources, file, options));
    }
    let template = template::parse(sources, file).ok().filter(template::Template::is_template)?;
    let mut unit = new_unit(sources, file);
    resources::read(&template, sources, options, &mut unit);
    Some(unit)
}

fn new_unit(sources: &Sources, file: FileId) -> Unit {
    let root = sources.get(file).path().to_string();
    Unit {
        root,
        kind: UnitKind::CloudFormation,
        model: Model::default(),
        before: None,
        problems: Vec::new(),
    }
}

fn is_short_enough(sources: &Sources, file: FileId) -> bool {
    sources.get(file).text().len() <= MAX_LENGTH
}

/// A template begins with an ASCII character: a NUL beside it gives UTF-16 away even without a byte order mark.
const fn is_utf16(text: &[u8]) -> bool {
    matches!(text, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, ..] | [_, 0, ..])
}

fn input_problem(sources: &Sources, file: FileId, message: String, help: &str) -> Problem {
    let path = sources.get(file).path().to_string();
    Problem { kind: ProblemKind::Input, path, span: None, message, help: Some(help.to_owned()) }
}

fn syntax_problem(sources: &Sources, file: FileId, error: &SyntaxError) -> Problem {
    Problem {
        kind: ProblemKind::Syntax,
        path: sources.get(file).path().to_string(),
        span: Some(Span { file, range: error.range }),
        message: error.message.to_string(),
        help: error.help.as_deref().map(str::to_owned),
    }
}
