//! Modules that stand in for public ones which are not installed: [`find`].

/// A module of our own that has the inputs of a public one, and does the same as far as ECR is concerned.
#[derive(Debug)]
pub(super) struct Standin {
    /// The module's address in the public registry.
    pub(super) name: &'static str,
    /// The repository that it is developed in.
    repository: &'static str,
    /// The first version, major and minor, whose interface this is.
    since: (u32, u32),
    /// Its text.
    pub(super) text: &'static str,
}

static ALL: [Standin; 3] = [
    Standin {
        name: "terraform-aws-modules/ecr/aws",
        repository: "terraform-aws-modules/terraform-aws-ecr",
        since: (1, 0),
        text: include_str!("terraform_aws_modules_ecr.tf"),
    },
    Standin {
        name: "cloudposse/ecr/aws",
        repository: "cloudposse/terraform-aws-ecr",
        since: (0, 32),
        text: include_str!("cloudposse_ecr.tf"),
    },
    Standin {
        name: "lgallard/ecr/aws",
        repository: "lgallard/terraform-aws-ecr",
        since: (0, 1),
        text: include_str!("lgallard_ecr.tf"),
    },
];

/// The stand-in for a module source, by its registry address or its repository on GitHub, and the version that the call
/// asks for. One that is older than the interface has none.
pub(super) fn find(source: &str, version: Option<&str>) -> Option<&'static Standin> {
    let registry = source.strip_prefix("registry.terraform.io/").unwrap_or(source);
    let registry = registry.strip_prefix("registry.opentofu.org/").unwrap_or(registry);
    let tag = source.split_once("?ref=").map(|(_, tag)| tag);
    let mut all = ALL.iter();
    all.find(|standin| {
        (standin.name == registry || is_repository(source, standin.repository))
            && version.or(tag).and_then(newest).is_none_or(|newest| newest >= standin.since)
    })
}

/// The major and minor number up to which a version constraint or a tag reaches, where it has an end: `1.2.3`, `= 1.2`,
/// `v1.2.3`, `~> 1.2.0`. (`~> 1.2` reaches to the end of the major version.)
fn newest(constraint: &str) -> Option<(u32, u32)> {
    let constraint = constraint.split(',').next_back()?.trim();
    let (is_pessimistic, rest) = match constraint.strip_prefix("~>") {
        Some(rest) => (true, rest),
        None => (false, constraint.trim_start_matches(['=', 'v'])),
    };
    let mut numbers = rest.trim().trim_start_matches('v').split('.');
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next().map_or(Some(u32::MAX), |minor| minor.parse().ok())?;
    let has_patch = numbers.next().is_some();
    Some((major, if is_pessimistic && !has_patch { u32::MAX } else { minor }))
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

    #[test]
    fn an_old_version_has_another_interface() {
        let is_known = |version| find("cloudposse/ecr/aws", version).is_some();
        for version in [None, Some("0.32.0"), Some("~> 0.30"), Some(">= 0.20"), Some("~> 1.0.0")] {
            assert!(is_known(version), "{version:?}");
        }
        for version in [Some("0.27.0"), Some("= 0.31.1"), Some("~> 0.30.0"), Some(">= 0.1, 0.20.0")]
        {
            assert!(!is_known(version), "{version:?}");
        }
        assert!(find("github.com/cloudposse/terraform-aws-ecr?ref=0.30.1", None).is_none());
        assert!(find("github.com/cloudposse/terraform-aws-ecr?ref=main", None).is_some());
    }
}
