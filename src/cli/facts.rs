//! What the bytes of a file tell without parsing it: whether its directory can matter, and which directories it
//! calls. Wrong in one direction only: a file that matters is never passed over.

use memchr::memmem;

use crate::disk::join;
use crate::terraform::has_last_piece;

/// What the bytes of a Terraform file tell.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Facts {
    /// It may say something about ECR.
    pub(super) ecr: bool,
    /// It attaches identity policies, of whatever content.
    pub(super) identity: bool,
    /// The name of ECR stands in it, or the last piece of it: a policy may be made of that.
    pub(super) name: bool,
    /// It calls a module from elsewhere, which may be installed.
    pub(super) foreign_module: bool,
    /// The local module sources, as written: `./m`, `../m`.
    pub(super) calls: Vec<String>,
    /// The directories of the modules that are installed for it.
    pub(super) installed: Vec<String>,
}

impl Facts {
    /// Looks at the bytes of a Terraform file.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut facts = Self::default();
        // Escapes in strings and labels may hide any word.
        let hidden = memchr::memchr_iter(b'\\', text)
            .any(|at| matches!(text.get(at + 1), Some(b'u' | b'U')));
        facts.ecr = hidden
            || ["aws_ecr", "ecr:", "ContainerRegistry"].iter().any(|word| contains(text, word));
        facts.identity = hidden || contains(text, "aws_iam_") || contains(text, "aws_ssoadmin_");
        facts.name = has_name(text) || facts.identity && has_last_piece(text);
        // Its policy may stand in another file, and name ECR there.
        facts.ecr |= facts.identity && contains(text, "file(");
        for source in sources(text) {
            // A module anywhere may be meant.
            let Source::Written(source) = source else {
                facts.ecr |= contains(text, "module");
                continue;
            };
            if source.starts_with("./") || source.starts_with("../") {
                facts.calls.push(source.to_owned());
            } else {
                facts.foreign_module = true;
                facts.ecr |= source.to_ascii_lowercase().contains("ecr");
            }
        }
        facts
    }

    /// The directories that are called from the one that this is told of.
    pub(super) fn targets(&self, directory: &str) -> Vec<String> {
        let local = self.calls.iter().map(|source| join(directory, source));
        local.chain(self.installed.iter().cloned()).collect()
    }

    /// Looks at the bytes of a file with values of variables.
    pub(super) fn of_values(text: &[u8]) -> Self {
        Self { name: has_name(text), ..Self::default() }
    }

    /// What the files of one directory tell together.
    pub(super) fn add(&mut self, other: Self) {
        self.ecr |= other.ecr;
        self.identity |= other.identity;
        self.name |= other.name;
        self.foreign_module |= other.foreign_module;
        self.calls.extend(other.calls);
    }
}

/// Does this text look like a template?
pub(super) fn is_template(text: &[u8]) -> bool {
    contains(text, "Resources") && contains(text, "AWS::")
}

/// Does the name of ECR stand in this text as a service of IAM: at the beginning of a string, in a list that a string
/// holds, or as the key of an object?
fn has_name(text: &[u8]) -> bool {
    ["ecr", "ECR", "Ecr"].iter().any(|name| {
        memmem::find_iter(text, name.as_bytes()).any(|at| {
            let before = text.get(..at).unwrap_or_default().last().copied();
            let rest = text.get(at + name.len()..).unwrap_or_default();
            let next = rest.first().copied().unwrap_or(b'"');
            let is_text = matches!(before, Some(b'"' | b',' | b';' | b'|'))
                && matches!(next, b'"' | b':' | b'-' | b'$' | b'%' | b',' | b';' | b'|');
            let is_key = before.is_none_or(|it| it.is_ascii_whitespace() || b"{,(".contains(&it))
                && matches!(rest.trim_ascii_start().first(), Some(b'=' | b':' | b')'));
            is_text || is_key
        })
    })
}

fn contains(text: &[u8], word: &str) -> bool {
    memmem::find(text, word.as_bytes()).is_some()
}

/// What stands behind `source =` or `"source":`.
enum Source<'t> {
    Written(&'t str),
    Computed,
}

/// The values of everything that is called `source`.
fn sources(text: &[u8]) -> impl Iterator<Item = Source<'_>> {
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
        let (rest, in_json) = match rest.split_first()? {
            (b'=', rest) => (rest.trim_ascii_start(), false),
            (b':', rest) => (rest.trim_ascii_start(), true),
            _ => return None,
        };
        let Some(rest) = rest.strip_prefix(b"\"") else {
            return (!in_json).then_some(Source::Computed);
        };
        let end = memchr::memchr(b'"', rest)?;
        let source = std::str::from_utf8(rest.get(..end)?).ok()?;
        Some(if source.contains("${") { Source::Computed } else { Source::Written(source) })
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
        let facts = Facts::of(text);
        assert_eq!(facts.calls, ["./a", "../b"]);
        assert!(facts.ecr && facts.foreign_module && !facts.identity);
        assert_eq!(Facts::of(br#"{"module": {"a": {"source": "./a"}}}"#).calls, ["./a"]);
    }

    #[test]
    fn a_computed_source_may_mean_any_module() {
        for source in ["local.source", "\"./${local.name}\"", "(\"./m\")"] {
            let facts = Facts::of(format!("module \"m\" {{ source = {source} }}").as_bytes());
            assert!(facts.ecr && facts.calls.is_empty(), "{source}");
        }
        for no in [
            r#"resource "aws_s3_object" "o" { source = var.file }"#,
            r#"module "m" { pattern = "{\"source\": [\"aws.ec2\"]}" }"#,
        ] {
            assert!(!Facts::of(no.as_bytes()).ecr, "{no}");
        }
    }

    #[test]
    fn the_name_of_the_service_is_told_from_other_uses_of_the_word() {
        for yes in [
            "value = \"ecr\"",
            "services = [\"s3\", \"ECR\"]",
            "\"s3,ecr\"",
            "\"ecr${local.x}\"",
            "{ ecr = [\"PutImage\"] }",
            "ecr: x",
        ] {
            assert!(Facts::of_values(yes.as_bytes()).name, "{yes}");
        }
        for no in [
            "image = \"${var.account}.dkr.ecr.${var.region}.amazonaws.com\"",
            "\"com.amazonaws.${var.region}.ecr.dkr\"",
            "# the image is in ecr",
            "secret = \"secret\"",
            "module.ecr.url",
        ] {
            assert!(!Facts::of_values(no.as_bytes()).name, "{no}");
        }
    }

    #[test]
    fn an_escaped_word_is_not_passed_over() {
        assert!(Facts::of(br#"{"resource": {"aws_\u0065cr_repository": {}}}"#).ecr);
        assert!(Facts::of(br#"resource "aws_\U00000065cr_repository" "r" {}"#).ecr);
        assert!(!Facts::of(br#"resource "aws_s3_bucket" "b" {}"#).ecr);
    }

    #[test]
    fn templates_are_told_from_other_files() {
        assert!(is_template(b"Resources:\n  A:\n    Type: AWS::S3::Bucket\n"));
        assert!(!is_template(b"kind: Deployment\n"));
    }
}
