//! Which resources of IAM give policies to users, groups and roles, and in which arguments: `PolicySource`

/// Where a resource of IAM has its policies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PolicySource {
    /// A document in this argument.
    Document(&'static str),
    /// The ARN of a policy in this argument.
    Arn(&'static str),
    /// The ARNs of policies in this argument.
    Arns(&'static str),
    /// `aws_iam_role`: `inline_policy` blocks and `managed_policy_arns`.
    Role,
}

impl PolicySource {
    /// Where resources of this type have their policies; `None` if they give none.
    pub(crate) fn of(type_name: &str) -> Option<Self> {
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
            "aws_ssoadmin_managed_policy_attachment" => Self::Arn("managed_policy_arn"),
            "aws_iam_role_policy_attachments_exclusive"
            | "aws_iam_user_policy_attachments_exclusive"
            | "aws_iam_group_policy_attachments_exclusive" => Self::Arns("policy_arns"),
            "aws_iam_role" => Self::Role,
            _ => return None,
        })
    }
}
