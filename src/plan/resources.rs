//! The resource types that matter.

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
    Identity(Identity),
    /// `data.aws_iam_policy_document`
    PolicyDocument,
}

/// Where a resource of IAM has its policies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Identity {
    /// A document in this argument.
    Document(&'static str),
    /// The ARN of a policy in this argument.
    Arn(&'static str),
    /// The ARNs of policies in this argument.
    Arns(&'static str),
    /// `aws_iam_role`: `inline_policy` blocks and `managed_policy_arns`.
    Role,
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
            other => Self::Identity(Identity::of(other)?),
        })
    }

    /// A data source?
    pub(super) fn is_data(self) -> bool {
        self == Self::PolicyDocument
    }
}

impl Identity {
    fn of(type_name: &str) -> Option<Self> {
        Some(match type_name {
            "aws_iam_policy"
            | "aws_iam_role_policy"
            | "aws_iam_user_policy"
            | "aws_iam_group_policy" => Self::Document("policy"),
            "aws_ssoadmin_permission_set_inline_policy" => Self::Document("inline_policy"),
            "aws_iam_role_policy_attachment"
            | "aws_iam_user_policy_attachment"
            | "aws_iam_group_policy_attachment"
            | "aws_iam_policy_attachment" => Self::Arn("policy_arn"),
            "aws_iam_role_policy_attachments_exclusive"
            | "aws_iam_user_policy_attachments_exclusive"
            | "aws_iam_group_policy_attachments_exclusive" => Self::Arns("policy_arns"),
            "aws_iam_role" => Self::Role,
            _ => return None,
        })
    }
}
