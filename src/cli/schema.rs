//! `ecrlint schema`.

use super::args::SchemaName;
use super::output::Outcome;

/// The JSON Schema of an output.
pub(super) fn schema(name: SchemaName) -> Outcome {
    let text = match name {
        SchemaName::Check => include_str!("../../docs/schemas/check.json"),
        SchemaName::Inspect => include_str!("../../docs/schemas/inspect.json"),
        SchemaName::Checks => include_str!("../../docs/schemas/checks.json"),
        SchemaName::Eval => include_str!("../../docs/schemas/eval.json"),
    };
    Outcome::clean(text.to_owned())
}
