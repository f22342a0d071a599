//! Modules that stand in for public ones which are not installed: [`find`].

/// A module of our own that has the inputs of a public one, and does the same as far as ECR is concerned.
#[derive(Debug)]
pub(super) struct Standin {
    /// The module's address in the public registry, with the directory in it.
    pub(super) name: &'static str,
    /// The repository that it is developed in, with the directory in it.
    repository: &'static str,
    /// The first version, major and minor, whose interface this is.
    since: (u32, u32),
    /// Its text.
    pub(super) text: &'static str,
}

static ALL: [Standin; 4] = [
    Standin {
        name: "terraform-aws-modules/ecr/aws",
        repository: "terraform-aws-modules/terraform-aws-ecr",
        since: (1, 0),
        text: concat!(
            include_str!("terraform_aws_modules_ecr.tf"),
            include_str!("terraform_aws_modules_policy.tf")
        ),
    },
    Standin {
        name: "terraform-aws-modules/ecr/aws//modules/repository-template",
        repository: "terraform-aws-modules/terraform-aws-ecr//modules/repository-template",
        since: (1, 0),
        text: concat!(
            include_str!("terraform_aws_modules_ecr_repository_template.tf"),
            include_str!("terraform_aws_modules_policy.tf")
        ),
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
    let (address, query) = source.split_once('?').unwrap_or((source, ""));
    let registry = address.strip_prefix("registry.terraform.io/").unwrap_or(address);
    let registry = registry.strip_prefix("registry.opentofu.org/").unwrap_or(registry);
    let tag = query.split('&').find_map(|argument| argument.strip_prefix("ref="));
    let mut all = ALL.iter();
    all.find(|standin| {
        (standin.name == registry || is_repository(address, standin.repository))
            && version.or(tag).and_then(newest).is_none_or(|newest| newest >= standin.since)
    })
}

/// The major and minor number up to which a version constraint or a tag reaches, where it has an end: `1.2.3`, `= 1.2`,
/// `v1.2.3`, `tags/1.2.3`, `~> 1.2.0`. (`~> 1.2` reaches to the end of the major version.)
fn newest(constraint: &str) -> Option<(u32, u32)> {
    let constraint = constraint.rsplit(['/', ',']).next()?.trim();
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

/// Is `address` this repository on GitHub, and the same directory in it? `github.com/o/r`,
/// `git::https://github.com/o/r.git//modules/x`, `git@github.com:o/r.git`.
fn is_repository(address: &str, repository: &str) -> bool {
    let address = address.replacen(".git//", "//", 1);
    let address = address.strip_suffix(".git").unwrap_or(&address);
    let before = address.strip_suffix(repository).and_then(|before| {
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
        let template = "terraform-aws-modules/ecr/aws//modules/repository-template";
        for source in [
            template,
            "registry.opentofu.org/terraform-aws-modules/ecr/aws//modules/repository-template",
            "git::https://github.com/terraform-aws-modules/terraform-aws-ecr.git//modules/repository-template?ref=v3.0.0",
        ] {
            assert_eq!(name(source), Some(template), "{source}");
        }
        assert_eq!(name("terraform-aws-modules/ecr/aws//modules/other"), None);
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
        for tag in ["?ref=0.30.1", "?ref=tags/0.30.1", "?depth=1&ref=refs/tags/0.30.1"] {
            let source = format!("git::https://github.com/cloudposse/terraform-aws-ecr.git{tag}");
            assert!(find(&source, None).is_none(), "{source}");
        }
        assert!(find("github.com/cloudposse/terraform-aws-ecr?ref=main", None).is_some());
    }
}
