//! The values that a plan gave to the variables of its root module: [`read`].

use serde_json::Value;

use crate::terraform::Given;

/// Reads the object `variables` of a plan; nothing, if it is no such object.
pub(super) fn read(bytes: &[u8]) -> Vec<Given> {
    let Ok(Value::Object(variables)) = serde_json::from_slice(bytes) else { return Vec::new() };
    let given = |(name, variable): (String, Value)| {
        let value = expression(variable.get("value")?);
        Some(Given::Planned { name, value })
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
        let given = |name: &str, value: &str| Given::Planned {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let expected =
            [given("a", "\"x$${y}\""), given("b", r#"["p$${q}",1,null]"#), given("c", "true")];
        assert_eq!(read(text), expected);
    }
}
