//! The values that a plan gave to the variables of its root module: [`read`].

use serde_json::Value;

use crate::terraform::Given;

/// Reads the object `variables` of a plan; nothing, if it is no such object.
///
/// A value is written as `--var` takes it: a text as it stands, anything else as an expression.
pub(super) fn read(bytes: &[u8]) -> Vec<Given> {
    let Ok(Value::Object(variables)) = serde_json::from_slice(bytes) else { return Vec::new() };
    let given = |(name, mut variable): (String, Value)| {
        let value = match variable.get_mut("value")?.take() {
            Value::String(text) => text,
            value => expression(&value),
        };
        Some(Given::Variable { name, value })
    };
    variables.into_iter().filter_map(given).collect()
}

/// JSON is an expression, but for what begins an interpolation in a string.
fn expression(value: &Value) -> String {
    value.to_string().replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::terraform::Given;

    #[test]
    fn values_are_written_as_expressions() {
        let text =
            br#"{"a":{"value":"x${y}"},"b":{"value":["p${q}",1,null]},"c":{"value":true},"d":{}}"#;
        let values: Vec<_> = read(text)
            .into_iter()
            .map(|given| match given {
                Given::Variable { name, value } => format!("{name}={value}"),
                Given::File(path) => path,
            })
            .collect();
        assert_eq!(values, ["a=x${y}", r#"b=["p$${q}",1,null]"#, "c=true"]);
    }
}
