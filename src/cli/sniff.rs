//! What a named file or standard input is, told by its first bytes: [`sniff`].

/// The readers that take a whole input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

/// How many bytes [`sniff`] wants to see.
pub(super) const HEAD: usize = 64 << 10;

const TERRAFORM_KEYS: [&str; 13] = [
    "//",
    "check",
    "data",
    "import",
    "locals",
    "module",
    "moved",
    "output",
    "provider",
    "removed",
    "resource",
    "terraform",
    "variable",
];

const TEMPLATE_KEYS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// Tells the kind of an input by its first bytes; the name counts where they say nothing.
pub(super) fn sniff(head: &[u8], name: &str) -> Kind {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let by_name = by_name(name);
    if text.starts_with(b"{") {
        let key = first_key(text);
        if by_name == Some(Kind::JsonHcl) || TERRAFORM_KEYS.contains(&key) {
            return Kind::JsonHcl;
        }
        let is_template =
            TEMPLATE_KEYS.contains(&key) || (has(text, b"\"Resources\"") && has(text, b"AWS::"));
        return match by_name {
            _ if is_template => Kind::Template,
            Some(Kind::Hcl) if key.is_empty() => Kind::Hcl,
            _ => Kind::Plan,
        };
    }
    let lines = || text.split(|byte| *byte == b'\n');
    let looks_like = |test: fn(&str) -> bool| {
        lines().filter_map(|line| std::str::from_utf8(line).ok()).any(test)
    };
    match by_name {
        Some(kind) => kind,
        None if looks_like(is_template_line) => Kind::Template,
        None if looks_like(is_hcl_line) => Kind::Hcl,
        None => Kind::Plan,
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

/// The first key of a JSON object; empty where there is none.
fn first_key(text: &[u8]) -> &str {
    let key = text.get(1..).map(<[u8]>::trim_ascii_start).and_then(|rest| rest.strip_prefix(b"\""));
    let key = key.and_then(|rest| rest.split(|byte| *byte == b'"').next());
    key.and_then(|key| std::str::from_utf8(key).ok()).unwrap_or_default()
}

/// `Resources:` and its like at the start of a line.
fn is_template_line(line: &str) -> bool {
    let key = line.split(':').next().unwrap_or_default().trim_matches(['"', '\'']);
    line.contains(':') && TEMPLATE_KEYS.contains(&key)
}

/// `resource "type" "name" {` and its like.
fn is_hcl_line(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next().is_some_and(|word| TERRAFORM_KEYS.contains(&word))
        && words.next().is_some_and(|word| word.starts_with(['"', '{']))
}

fn has(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}

#[cfg(test)]
mod tests {
    use super::{Kind, sniff};

    #[test]
    fn the_content_decides() {
        for (text, kind) in [
            ("{\"format_version\":\"1.2\"}", Kind::Plan),
            ("\u{feff}{ \"applyable\": true, \"configuration\": {}}", Kind::Plan),
            ("{\"Resources\": {}}", Kind::Template),
            (
                "{\"x\": 1, \"Resources\": {\"A\": {\"Type\": \"AWS::ECR::Repository\"}}}",
                Kind::Template,
            ),
            ("{\"resource\": {}}", Kind::JsonHcl),
            ("# comment\nResources:\n  A:\n", Kind::Template),
            ("# comment\nresource \"a\" \"b\" {\n}\n", Kind::Hcl),
            ("locals {}\n", Kind::Hcl),
            ("Terraform will perform the following actions:\n", Kind::Plan),
            ("[command]terraform show\n{\"format_version\":\"1.2\"}", Kind::Plan),
            ("PK\u{3}\u{4}", Kind::Plan),
        ] {
            assert_eq!(sniff(text.as_bytes(), "input"), kind, "{text}");
        }
    }

    #[test]
    fn the_name_decides_where_the_content_says_nothing() {
        assert_eq!(sniff(b"a = 1\n", "x.tf"), Kind::Hcl);
        assert_eq!(sniff(b"{ a", "x.tf"), Kind::Hcl);
        assert_eq!(sniff(b"{}", "x.tf.json"), Kind::JsonHcl);
        assert_eq!(sniff(b"a: 1\n", "x.yaml"), Kind::Template);
        assert_eq!(sniff(b"{\"format_version\":\"1.2\"}", "x.tf"), Kind::Plan);
    }
}
