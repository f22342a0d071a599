//! Modules that stand in for public ones which are not installed: [`find`].

/// A module of our own that has the inputs of a public one, and does the same as far as ECR is concerned.
#[derive(Debug)]
pub(super) struct Standin {
    /// The module's address in the public registry.
    pub(super) name: &'static str,
    /// The repository that it is developed in.
    repository: &'static str,
    /// Its text.
    pub(super) text: &'static str,
}

static ALL: [Standin; 3] = [
    Standin {
        name: "terraform-aws-modules/ecr/aws",
        repository: "terraform-aws-modules/terraform-aws-ecr",
        text: include_str!("terraform_aws_modules_ecr.tf"),
    },
    Standin {
        name: "cloudposse/ecr/aws",
        repository: "cloudposse/terraform-aws-ecr",
        text: include_str!("cloudposse_ecr.tf"),
    },
    Standin {
        name: "lgallard/ecr/aws",
        repository: "lgallard/terraform-aws-ecr",
        text: include_str!("lgallard_ecr.tf"),
    },
];

/// The stand-in for a module source, by its registry address or its repository on GitHub.
pub(super) fn find(source: &str, version: Option<&str>) -> Option<&'static Standin> {
    let _ = version;
    let registry = source.strip_prefix("registry.terraform.io/").unwrap_or(source);
    let registry = registry.strip_prefix("registry.opentofu.org/").unwrap_or(registry);
    ALL.iter().find(|standin| standin.name == registry || is_repository(source, standin.repository))
}

/// `github.com/o/r`, `git::https://github.com/o/r.git?ref=v1`, `git@github.com:o/r.git`: without a directory inside.
fn is_repository(source: &str, repository: &str) -> bool {
    let source = source.split('?').next().unwrap_or_default();
    let source = source.strip_suffix(".git").unwrap_or(source);
    let before = source.strip_suffix(repository).and_then(|before| {
        before.strip_suffix("github.com/").or(before.strip_suffix("github.com:"))
    });
    before
        .is_some_and(|before| before.is_empty() || before.ends_with("//") || before.ends_with('@'))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn sources_of_public_modules_are_known() {
        let name = |source| find(source, None).map(|standin| standin.name);
        assert_eq!(name("cloudposse/ecr/aws"), Some("cloudposse/ecr/aws"));
        assert_eq!(name("registry.terraform.io/lgallard/ecr/aws"), Some("lgallard/ecr/aws"));
        for source in [
            "github.com/terraform-aws-modules/terraform-aws-ecr",
            "git::https://github.com/terraform-aws-modules/terraform-aws-ecr.git?ref=v1.6.0",
            "git@github.com:terraform-aws-modules/terraform-aws-ecr.git",
        ] {
            assert_eq!(name(source), Some("terraform-aws-modules/ecr/aws"), "{source}");
        }
        assert_eq!(name("github.com/evil/x-github.com/cloudposse/terraform-aws-ecr"), None);
        assert_eq!(name("other/ecr/aws"), None);
    }
}
