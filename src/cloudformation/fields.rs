//! Properties to fields of the model.

use super::document::alternatives;
use super::value::{Data, MAX_ARMS, Value};
use crate::model::{ExclusionFilter, Field};
use crate::origin::Why;

/// A string; `default` is what the service takes where there is none.
pub(super) fn string(value: &Value, default: &str) -> Field<String> {
    field(value, &mut |value| match scalar(value) {
        Ok(Some(text)) => Field::written(text, value.origin.clone()),
        Ok(None) => Field::default(default.to_owned(), value.origin.clone()),
        Err(why) => Field::unknown(why, value.origin.clone()),
    })
}

/// A name, which CloudFormation makes up where there is none.
pub(super) fn name(value: &Value) -> Field<String> {
    field(value, &mut |value| match scalar(value) {
        Ok(Some(text)) => Field::written(text, value.origin.clone()),
        Ok(None) => {
            let why = Why::at(
                "CloudFormation makes up the name when the stack is deployed",
                value.origin.span,
            );
            Field::unknown(why, value.origin.clone())
        }
        Err(why) => Field::unknown(why, value.origin.clone()),
    })
}

/// A string that may be absent.
pub(super) fn optional(value: &Value) -> Field<Option<String>> {
    field(value, &mut |value| match scalar(value) {
        Ok(Some(text)) => Field::written(Some(text), value.origin.clone()),
        Ok(None) => Field::default(None, value.origin.clone()),
        Err(why) => Field::unknown(why, value.origin.clone()),
    })
}

/// A boolean, false where it is absent. CloudFormation takes the words as text too.
pub(super) fn boolean(value: &Value) -> Field<bool> {
    field(value, &mut |value| match scalar(value) {
        Ok(Some(text)) => Field::written(text.eq_ignore_ascii_case("true"), value.origin.clone()),
        Ok(None) => Field::default(false, value.origin.clone()),
        Err(why) => Field::unknown(why, value.origin.clone()),
    })
}

/// Is there a value?
pub(super) fn presence(value: &Value) -> Field<bool> {
    field(value, &mut |value| match &value.data {
        Data::Absent => Field::default(false, value.origin.clone()),
        Data::Unknown(unknown) => Field::unknown(unknown.why.clone(), value.origin.clone()),
        Data::Bool(_)
        | Data::Number(_)
        | Data::String(_)
        | Data::List(_)
        | Data::Map(_)
        | Data::Json(_)
        | Data::Either(_) => Field::written(true, value.origin.clone()),
    })
}

/// The exclusion filters of the tag setting.
pub(super) fn exclusion_filters(value: &Value) -> Field<Vec<ExclusionFilter>> {
    field(value, &mut |value| match &value.data {
        Data::Absent => Field::default(Vec::new(), value.origin.clone()),
        Data::List(items) => {
            Field::written(items.iter().map(exclusion_filter).collect(), value.origin.clone())
        }
        Data::Unknown(unknown) => Field::unknown(unknown.why.clone(), value.origin.clone()),
        Data::Bool(_)
        | Data::Number(_)
        | Data::String(_)
        | Data::Map(_)
        | Data::Json(_)
        | Data::Either(_) => Field::unknown(wrong_kind(value, "a list"), value.origin.clone()),
    })
}

fn exclusion_filter(item: &Value) -> ExclusionFilter {
    let part = |key: &str| name(&item.get(key, item.origin.span));
    ExclusionFilter {
        filter: part("ImageTagMutabilityExclusionFilterValue"),
        filter_type: part("ImageTagMutabilityExclusionFilterType"),
    }
}

fn field<T>(value: &Value, convert: &mut dyn FnMut(&Value) -> Field<T>) -> Field<T> {
    alternatives(value, &mut { MAX_ARMS }, convert)
}

/// The text of a scalar, `None` if absent, or why it can't be known.
fn scalar(value: &Value) -> Result<Option<String>, Why> {
    match (value.as_known(), value.why()) {
        _ if value.is_absent() => Ok(None),
        (Some(text), _) => Ok(Some(text)),
        (None, Some(why)) => Err(why.clone()),
        (None, None) => Err(wrong_kind(value, "a string")),
    }
}

fn wrong_kind(value: &Value, wanted: &str) -> Why {
    Why::at(format!("here stands {}, not {wanted}", value.kind()), value.origin.span)
}
