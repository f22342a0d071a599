//! Tells by its first bytes what an input is: [`sniff`], [`InputKind`].

use std::io::Read;

use super::decode::Decoder;
use super::scan::Scanner;

/// Bytes that are looked at.
const PREFIX: u64 = 64 * 1024;

/// What an input is, by its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InputKind {
    /// A plan in JSON, as `terraform show -json FILE` prints it; perhaps behind lines that a wrapper wrote.
    Plan,
    /// A state in JSON, as `terraform show -json` prints it.
    State,
    /// A CloudFormation template, YAML or JSON.
    Template,
    /// Terraform source in the native syntax.
    Terraform,
    /// Terraform source in JSON.
    TerraformJson,
    /// A plan as `terraform plan -out` writes it.
    BinaryPlan,
    /// The log of `terraform plan -json`.
    PlanLog,
    /// What terraform prints for people.
    HumanOutput,
    /// A state as terraform stores it.
    RawState,
    /// The stand-in for a plan that HCP Terraform keeps.
    CloudPlan,
    /// The output of `terraform providers schema -json`.
    ProviderSchemas,
    /// A JSON array.
    JsonArray,
    /// Another JSON object.
    OtherJson,
    /// A compressed file.
    Compressed,
    /// Nothing but white space.
    Empty,
    /// Anything else.
    Other,
}

/// What the input is that begins with `first_bytes`: a few KiB, or all of a smaller input.
pub fn sniff(first_bytes: &[u8]) -> InputKind {
    match first_bytes {
        [b'P', b'K', 3, 4, ..] => return InputKind::BinaryPlan,
        [0x1F, 0x8B, ..] | [0x28, 0xB5, 0x2F, 0xFD, ..] | [b'B', b'Z', b'h', ..] => {
            return InputKind::Compressed;
        }
        _ => {}
    }
    let mut text = Vec::new();
    // Reading from memory does not fail.
    let _ =
        Decoder::new(first_bytes).and_then(|decoder| decoder.take(PREFIX).read_to_end(&mut text));
    let text = text.trim_ascii_start();
    match text {
        [] => InputKind::Empty,
        [b'{', ..] => object(text),
        [b'[', rest @ ..]
            if matches!(
                rest.trim_ascii_start().first(),
                Some(b'{' | b'[' | b'"' | b']' | b'0'..=b'9')
            ) =>
        {
            InputKind::JsonArray
        }
        _ if plan_in(text).is_some() => InputKind::Plan,
        _ => lines(&String::from_utf8_lossy(text)),
    }
}

/// The offset of the first object in `text` that begins as a plan or state in JSON does.
pub(super) fn plan_in(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'{', text).find(|at| {
        let key = text.get(at + 1..).unwrap_or_default().trim_ascii_start();
        let Some((b'"', key)) = key.split_first() else { return false };
        let key = key.split(|byte| *byte == b'"').next().unwrap_or_default();
        std::str::from_utf8(key)
            .is_ok_and(|key| key == "format_version" || by_key(key) == Some(InputKind::Plan))
    })
}

/// What a JSON object is, by its keys.
fn object(text: &[u8]) -> InputKind {
    let mut has_format = false;
    let Ok(mut scanner) = Scanner::new(text) else { return InputKind::OtherJson };
    if scanner.enter_object().is_ok() {
        while let Ok(Some(key)) = scanner.key() {
            has_format |= key == "format_version";
            match by_key(key) {
                Some(InputKind::State) if !has_format => {}
                Some(kind) => return kind,
                None => {}
            }
            if scanner.skip().is_err() {
                break;
            }
        }
    }
    if has_format { InputKind::Plan } else { InputKind::OtherJson }
}

/// What an object is that has this key at its top.
pub(super) fn by_key(key: &str) -> Option<InputKind> {
    Some(match key {
        "resource_changes"
        | "planned_values"
        | "prior_state"
        | "configuration"
        | "output_changes"
        | "resource_drift"
        | "relevant_attributes"
        | "deferred_changes"
        | "applyable"
        | "complete"
        | "errored"
        | "plan_format_version"
        | "plan" => InputKind::Plan,
        "values" => InputKind::State,
        "@level" | "@message" | "@module" | "@timestamp" => InputKind::PlanLog,
        "lineage" | "serial" => InputKind::RawState,
        "remote_plan_format" => InputKind::CloudPlan,
        "provider_schemas" => InputKind::ProviderSchemas,
        "AWSTemplateFormatVersion" | "Resources" => InputKind::Template,
        "resource" | "data" | "module" | "variable" | "locals" | "output" | "provider"
        | "terraform" | "moved" | "import" | "removed" | "check" => InputKind::TerraformJson,
        _ => return None,
    })
}

/// What a text is that is not JSON.
fn lines(text: &str) -> InputKind {
    const FOR_PEOPLE: [&str; 6] = [
        "\u{1B}[",
        "used the selected providers to generate the following",
        "will perform the following actions",
        "No changes. ",
        "Planned to ",
        "│ Error:",
    ];
    if FOR_PEOPLE.iter().any(|mark| text.contains(mark))
        || text.starts_with("Plan: ")
        || text.contains("\nPlan: ")
    {
        return InputKind::HumanOutput;
    }
    let mut in_comment = false;
    for line in text.lines() {
        let trimmed = line.trim();
        in_comment |= trimmed.starts_with("/*");
        if in_comment
            || trimmed.is_empty()
            || ["#", "//", "---", "%"].iter().any(|mark| trimmed.starts_with(mark))
        {
            in_comment &= !trimmed.contains("*/");
            continue;
        }
        let word =
            trimmed.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
        let kind = match word.as_bytes() {
            [b':', rest @ ..] if matches!(rest.first(), None | Some(b' ')) => InputKind::Template,
            [first, ..] if word.len() < trimmed.len() && matches!(first, b' ' | b'=' | b'{') => {
                let rest = word.trim_start();
                if rest.starts_with(['=', '{', '"']) {
                    InputKind::Terraform
                } else {
                    InputKind::Other
                }
            }
            _ => InputKind::Other,
        };
        return kind;
    }
    // Nothing but comments is Terraform source, if anything.
    InputKind::Terraform
}

#[cfg(test)]
mod tests {
    use super::{InputKind, sniff};

    #[test]
    fn kinds_are_told_apart_by_content() {
        let utf16: Vec<u8> =
            "{\"format_version\":\"1.2\"".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let cases: &[(&[u8], InputKind)] = &[
            (b"", InputKind::Empty),
            (b" \n", InputKind::Empty),
            (b"PK\x03\x04rest", InputKind::BinaryPlan),
            (b"\x1F\x8B\x08", InputKind::Compressed),
            (br#"{"format_version":"1.2","planned_values":{"#, InputKind::Plan),
            (b"\xEF\xBB\xBF{\n  \"applyable\": true", InputKind::Plan),
            (&utf16, InputKind::Plan),
            (b"[command]terraform show -json\n{\"format_version\":\"1.2\"", InputKind::Plan),
            (br#"{"plan_format_version": "1.0", "plan": {"#, InputKind::Plan),
            (br#"{"format_version":"1.0","terraform_version":"1.11.4","values":{}}"#, InputKind::State),
            (br#"{"format_version":"1.0","provider_schemas":{}}"#, InputKind::ProviderSchemas),
            (br#"{"version": 4, "terraform_version": "1.11.4", "serial": 3"#, InputKind::RawState),
            (br#"{"remote_plan_format":1,"run_id":"run-x"}"#, InputKind::CloudPlan),
            (br#"{"@level":"info","@message":"Terraform 1.11.4"}"#, InputKind::PlanLog),
            (br#"[{"format_version":"1.2"}]"#, InputKind::JsonArray),
            (br#"{"Resources":{}}"#, InputKind::Template),
            (br#"{"resource":{"aws_ecr_repository":{}}}"#, InputKind::TerraformJson),
            (br#"{"name":"x"}"#, InputKind::OtherJson),
            (b"# a comment\nResources:\n  Repo:\n", InputKind::Template),
            (b"/* a\n b */\nresource \"aws_ecr_repository\" \"a\" {}\n", InputKind::Terraform),
            (b"x = 1\n", InputKind::Terraform),
            (b"locals{}", InputKind::Terraform),
            (b"# only\n", InputKind::Terraform),
            (b"\x1B[1mTerraform\x1B[0m will", InputKind::HumanOutput),
            (b"\nTerraform used the selected providers to generate the following execution\nplan.", InputKind::HumanOutput),
            (b"No changes. Your infrastructure matches the configuration.", InputKind::HumanOutput),
            (b"hello world", InputKind::Other),
            (b"\x00\x00\x00\x00", InputKind::Other),
        ];
        for (bytes, kind) in cases {
            assert_eq!(sniff(bytes), *kind, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
