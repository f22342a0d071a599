//! Which reader takes a named file or standard input: [`reader_of`].

use crate::plan::{self, InputKind};

/// The readers that take a whole input.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// Terraform source in the native syntax.
    Hcl,
    /// Terraform source in JSON.
    JsonHcl,
    /// A CloudFormation template.
    Template,
    /// A plan or a state; also whatever people hand in instead, which the plan reader explains.
    Plan,
}

/// How many bytes [`reader_of`] wants to see.
pub(super) const HEAD: usize = 64 << 10;

/// Tells by its first bytes who reads an input. The name counts for source in the native syntax, in which any text
/// may be quoted, and where the bytes say nothing.
pub(super) fn reader_of(head: &[u8], name: &str) -> Kind {
    let by_name = by_name(name);
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let by_content = match plan::sniff(head) {
        InputKind::Template => Some(Kind::Template),
        InputKind::Terraform => Some(Kind::Hcl),
        InputKind::TerraformJson => Some(Kind::JsonHcl),
        InputKind::Plan | InputKind::State => Some(Kind::Plan),
        InputKind::BinaryPlan
        | InputKind::PlanLog
        | InputKind::HumanOutput
        | InputKind::RawState
        | InputKind::CloudPlan
        | InputKind::ProviderSchemas
        | InputKind::JsonArray
        | InputKind::OtherJson
        | InputKind::Compressed
        | InputKind::Empty
        | InputKind::Other => None,
    };
    match (by_name, by_content) {
        (Some(Kind::Hcl), Some(kind)) if text.starts_with(b"{") => kind,
        (Some(Kind::Hcl), _) => Kind::Hcl,
        (_, Some(kind)) => kind,
        (Some(kind), None) => kind,
        (None, None) => Kind::Plan,
    }
}

fn by_name(name: &str) -> Option<Kind> {
    let (stem, extension) = name.rsplit_once('.')?;
    match extension {
        "tf" | "tofu" => Some(Kind::Hcl),
        "json" if stem.ends_with(".tf") || stem.ends_with(".tofu") => Some(Kind::JsonHcl),
        "yaml" | "yml" | "template" => Some(Kind::Template),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, reader_of};

    #[test]
    fn the_content_decides() {
        for (text, kind) in [
            ("{\"format_version\":\"1.2\",\"planned_values\":{}}", Kind::Plan),
            ("\u{feff}{ \"applyable\": true, \"configuration\": {}}", Kind::Plan),
            ("{\"Resources\": {\"A\": {\"Type\": \"AWS::ECR::Repository\"}}}", Kind::Template),
            ("{\"resource\": {}}", Kind::JsonHcl),
            ("# comment\nAWSTemplateFormatVersion: 2010-09-09\nResources:\n  A:\n", Kind::Template),
            ("# comment\nresource \"a\" \"b\" {\n}\n", Kind::Hcl),
            ("Terraform will perform the following actions:\n", Kind::Plan),
            ("[command]terraform show\n{\"format_version\":\"1.2\"}", Kind::Plan),
            ("PK\u{3}\u{4}", Kind::Plan),
        ] {
            assert_eq!(reader_of(text.as_bytes(), "input"), kind, "{text}");
        }
    }

    #[test]
    fn the_name_decides_where_the_content_says_nothing() {
        assert_eq!(reader_of(b"a = 1\n", "x.tf"), Kind::Hcl);
        assert_eq!(reader_of(b"{ a", "x.tf"), Kind::Hcl);
        assert_eq!(reader_of(b"a = <<E\n{\"format_version\":\"1.2\"}\nE\n", "x.tf"), Kind::Hcl);
        assert_eq!(reader_of(b"{}", "x.tf.json"), Kind::JsonHcl);
        assert_eq!(reader_of(b"a: 1\n", "x.yaml"), Kind::Template);
        assert_eq!(reader_of(b"{\"format_version\":\"1.2\"}", "x.tf"), Kind::Plan);
    }
}
