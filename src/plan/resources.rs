//! The resource types that matter.

use crate::terraform::identity::PolicySource;

/// What a resource type is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// `aws_ecr_repository`
    Repository,
    /// `aws_ecrpublic_repository`
    PublicRepository,
    /// `aws_ecr_repository_creation_template`
    CreationTemplate,
    /// `aws_ecr_repository_policy`
    RepositoryPolicy,
    /// `aws_ecrpublic_repository_policy`
    PublicRepositoryPolicy,
    /// `aws_ecr_registry_policy`
    RegistryPolicy,
    /// `aws_ecr_lifecycle_policy`
    LifecyclePolicy,
    /// `aws_ecr_registry_scanning_configuration`
    ScanningConfiguration,
    /// `aws_ecr_account_setting`
    AccountSetting,
    /// Anything that gives a policy to users, groups or roles.
    Identity(PolicySource),
    /// `data.aws_iam_policy_document`
    PolicyDocument,
}

impl Kind {
    /// What this type is to us; `None` if nothing.
    pub(super) fn of(type_name: &str) -> Option<Self> {
        Some(match type_name {
            "aws_ecr_repository" => Self::Repository,
            "aws_ecrpublic_repository" => Self::PublicRepository,
            "aws_ecr_repository_creation_template" => Self::CreationTemplate,
            "aws_ecr_repository_policy" => Self::RepositoryPolicy,
            "aws_ecrpublic_repository_policy" => Self::PublicRepositoryPolicy,
            "aws_ecr_registry_policy" => Self::RegistryPolicy,
            "aws_ecr_lifecycle_policy" => Self::LifecyclePolicy,
            "aws_ecr_registry_scanning_configuration" => Self::ScanningConfiguration,
            "aws_ecr_account_setting" => Self::AccountSetting,
            "aws_iam_policy_document" => Self::PolicyDocument,
            other => Self::Identity(PolicySource::of(other)?),
        })
    }

    /// A data source?
    pub(super) fn is_data(self) -> bool {
        self == Self::PolicyDocument
    }
}
