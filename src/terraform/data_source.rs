//! Attributes that the linter can work out as the provider does: [`attribute`].

use super::evaluation::{Evaluation, Outcome};
use super::module::{Mode, ResourceKey};
use super::resources::{AttributeOf, why};
use super::{EvalError, policy_document, remote_state, template_file};
use crate::origin::Origin;
use crate::value::{Type, Value};

/// The two texts of a policy document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// `json`: over several lines.
    Json,
    /// `minified_json`: without space.
    Minified,
}

/// An attribute that is not written in the block, and that follows from what is; `None` for any other.
pub(super) fn attribute(
    evaluation: &Evaluation<'_>,
    of: &AttributeOf<'_>,
    name: &str,
) -> Option<Outcome> {
    let same_as =
        |other: &str| of.declaration.attribute(other).map(|_| evaluation.attribute(of, other));
    match (of.key.mode, &*of.key.type_name, name) {
        (Mode::Data, "aws_iam_policy_document", "json") => {
            Some(policy_document::json(evaluation, of, Kind::Json))
        }
        (Mode::Data, "aws_iam_policy_document", "minified_json") => {
            Some(policy_document::json(evaluation, of, Kind::Minified))
        }
        // The name of a repository is its id.
        (_, "aws_ecr_repository", "id") => same_as("name"),
        (_, "aws_ecrpublic_repository", "id") => same_as("repository_name"),
        (Mode::Data, "null_data_source", "outputs") => same_as("inputs"),
        (Mode::Managed, "terraform_data", _) if of.declaration.attribute(name).is_none() => {
            Some(terraform_data(evaluation, of, name))
        }
        (_, "template_file", "rendered") => template_file::rendered(evaluation, of),
        (Mode::Data, "terraform_remote_state", "outputs") => remote_state::outputs(evaluation, of),
        _ => None,
    }
}

/// What Terraform itself makes of a `terraform_data` resource before it is applied.
fn terraform_data(evaluation: &Evaluation<'_>, of: &AttributeOf<'_>, name: &str) -> Outcome {
    let origin = Origin::at(of.header);
    match name {
        "id" => Ok(Value::unknown_not_null(Type::String, why(of, Some(name)), origin)),
        "output" => {
            let input = evaluation.attribute(of, "input")?;
            Ok(Value::unknown_of(input.ty(), why(of, Some(name)), origin))
        }
        "input" | "triggers_replace" => Ok(Value::null(Type::Dynamic, origin)),
        _ => {
            let message = format!("a `terraform_data` resource has no attribute `{name}`");
            Err(EvalError::reference(of.header, message))
        }
    }
}

/// The names of such attributes of a type.
pub(super) fn made(key: &ResourceKey) -> &'static [&'static str] {
    match (key.mode, &*key.type_name) {
        (Mode::Data, "aws_iam_policy_document") => &["json", "minified_json"],
        (Mode::Data, "null_data_source" | "terraform_remote_state") => &["outputs"],
        (Mode::Managed, "terraform_data") => &["id", "output", "input", "triggers_replace"],
        (_, "template_file") => &["rendered"],
        _ => &[],
    }
}
