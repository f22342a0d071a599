//! The ARNs of resources that policies name: their form is known before the resource is made. [`of`]

use super::evaluation::Evaluation;
use super::resources::{AttributeOf, why};
use crate::origin::Origin;
use crate::value::{Data, Literal, Piece, Rope, TextMap, TextShape, Value};

/// The form of the ARNs of a resource type.
struct Form {
    type_name: &'static str,
    service: &'static str,
    has_region: bool,
    /// What stands before the name: `role/`.
    before_name: &'static str,
    /// The argument with the name.
    name: &'static str,
    /// The argument with a path between them.
    path: Option<&'static str>,
}

const fn iam(type_name: &'static str, before_name: &'static str) -> Form {
    Form {
        type_name,
        service: "iam",
        has_region: false,
        before_name,
        name: "name",
        path: Some("path"),
    }
}

/// Source: "Actions, resources, and condition keys" in the Service Authorization Reference.
static FORMS: [Form; 6] = [
    iam("aws_iam_role", "role/"),
    iam("aws_iam_user", "user/"),
    iam("aws_iam_group", "group/"),
    iam("aws_iam_policy", "policy/"),
    Form {
        type_name: "aws_ecr_repository",
        service: "ecr",
        has_region: true,
        before_name: "repository/",
        name: "name",
        path: None,
    },
    Form {
        type_name: "aws_ecrpublic_repository",
        service: "ecr-public",
        has_region: false,
        before_name: "repository/",
        name: "repository_name",
        path: None,
    },
];

/// The value of `arn`, of which the partition, the region and the account can't be known; `None` for another attribute
/// or type.
pub(super) fn of(evaluation: &Evaluation<'_>, of: &AttributeOf<'_>, name: &str) -> Option<Value> {
    let form = FORMS.iter().find(|form| name == "arn" && form.type_name == &*of.key.type_name)?;
    let span = of.header;
    let literal =
        |text: &str| Piece::Literal(Literal { text: text.into(), span, map: TextMap::Computed });
    let unknown = |prefix: &str| {
        let shape = TextShape { prefix: prefix.into(), plain: true };
        Piece::Value(Value::unknown_text(shape, why(of, Some(name)), Origin::at(span)))
    };
    let written = |argument: &str| {
        of.declaration.attribute(argument)?;
        let value = evaluation.attribute(of, argument).ok()?;
        matches!(value.data, Data::String(_)).then_some(Piece::Value(value))
    };
    let mut pieces = vec![literal("arn:"), unknown("aws"), literal(":"), literal(form.service)];
    pieces.push(literal(":"));
    pieces.extend(form.has_region.then(|| unknown("")));
    pieces.extend([literal(":"), unknown(""), literal(":"), literal(form.before_name)]);
    let has_path = form.path.is_some_and(|path| of.declaration.attribute(path).is_some());
    pieces.extend(has_path.then(|| unknown("")));
    pieces.push(written(form.name).unwrap_or_else(|| unknown("")));
    Some(Value::rope(Rope::concat(pieces, span), Origin::at(span)))
}
