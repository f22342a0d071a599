//! What the bytes of a file tell without parsing it: whether its directory can matter, and which directories it
//! calls. Wrong in one direction only: a file that matters is never passed over.

use memchr::memmem;

/// What the bytes of a Terraform file tell.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Facts {
    /// It may say something about ECR.
    pub(super) ecr: bool,
    /// It attaches identity policies, of whatever content.
    pub(super) identity: bool,
    /// It calls a module from elsewhere, which may be installed.
    pub(super) foreign_module: bool,
    /// The local module sources, as written: `./m`, `../m`.
    pub(super) calls: Vec<String>,
}

impl Facts {
    /// Looks at the bytes of a Terraform file.
    pub(super) fn of(text: &[u8], is_json: bool) -> Self {
        let mut facts = Self::default();
        // A JSON string may hide any word behind escapes.
        let hidden = is_json && memmem::find(text, b"\\u").is_some();
        facts.ecr = hidden
            || ["aws_ecr", "ecr:", "ContainerRegistry"].iter().any(|word| contains(text, word));
        facts.identity = hidden || contains(text, "aws_iam_");
        // Its policy may stand in another file, and name ECR there.
        facts.ecr |= facts.identity && contains(text, "file(");
        for source in sources(text) {
            if source.starts_with("./") || source.starts_with("../") {
                facts.calls.push(source.to_owned());
            } else {
                facts.foreign_module = true;
                facts.ecr |= source.to_ascii_lowercase().contains("ecr");
            }
        }
        facts
    }

    /// What the files of one directory tell together.
    pub(super) fn add(&mut self, other: Self) {
        self.ecr |= other.ecr;
        self.identity |= other.identity;
        self.foreign_module |= other.foreign_module;
        self.calls.extend(other.calls);
    }
}

/// Does this text look like a template?
pub(super) fn is_template(text: &[u8]) -> bool {
    contains(text, "Resources") && contains(text, "AWS::")
}

fn contains(text: &[u8], word: &str) -> bool {
    memmem::find(text, word.as_bytes()).is_some()
}

/// The values of everything that is written `source = "…"` or `"source": "…"`.
fn sources(text: &[u8]) -> impl Iterator<Item = &str> {
    memmem::find_iter(text, b"source").filter_map(move |at| {
        let (before, rest) = text.split_at_checked(at)?;
        if before
            .last()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        {
            return None;
        }
        let rest = rest.strip_prefix(b"source")?;
        let rest = rest.strip_prefix(b"\"").unwrap_or(rest).trim_ascii_start();
        let rest = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b":"))?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"")?;
        let end = memchr::memchr(b'"', rest)?;
        std::str::from_utf8(rest.get(..end)?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::{Facts, is_template};

    #[test]
    fn calls_are_found_by_whole_word() {
        let text = br#"
            module "a" { source = "./a" }
            module "b" { source="../b" }
            module "c" { source = "terraform-aws-modules/ecr/aws" }
            locals { Resource = "arn:aws:x", image_source = "./no" }
        "#;
        let facts = Facts::of(text, false);
        assert_eq!(facts.calls, ["./a", "../b"]);
        assert!(facts.ecr && facts.foreign_module && !facts.identity);
        assert_eq!(Facts::of(br#"{"module": {"a": {"source": "./a"}}}"#, true).calls, ["./a"]);
    }

    #[test]
    fn an_escaped_word_is_not_passed_over() {
        assert!(Facts::of(br#"{"resource": {"aws_\u0065cr_repository": {}}}"#, true).ecr);
        assert!(!Facts::of(br#"resource "aws_s3_bucket" "b" {}"#, false).ecr);
    }

    #[test]
    fn templates_are_told_from_other_files() {
        assert!(is_template(b"Resources:\n  A:\n    Type: AWS::S3::Bucket\n"));
        assert!(!is_template(b"kind: Deployment\n"));
    }
}
