# What the stand-ins for terraform-aws-modules/ecr/aws and its repository-template have in common: who is let in.
# Each says itself what `local.wanted`, `local.private` and `local.public` are.

variable "create" {
  type    = bool
  default = true
}

variable "region" {
  type    = string
  default = null
}

variable "create_repository_policy" {
  type    = bool
  default = true
}

variable "repository_policy" {
  type    = string
  default = null
}

variable "repository_policy_statements" {
  type    = any
  default = {}
}

variable "repository_read_access_arns" {
  type    = list(string)
  default = []
}

variable "repository_lambda_read_access_arns" {
  type    = list(string)
  default = []
}

variable "repository_read_write_access_arns" {
  type    = list(string)
  default = []
}

data "aws_caller_identity" "current" {}

locals {
  writers = var.repository_read_write_access_arns

  # Whom the module lets read where nobody is named: the own account, or everyone of a public repository.
  readers = local.private ? coalescelist(concat(var.repository_read_access_arns, local.writers), ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]) : coalescelist(var.repository_read_access_arns, ["*"])
}

data "aws_iam_policy_document" "repository" {
  count = local.wanted && var.create_repository_policy ? 1 : 0

  statement {
    sid     = local.public ? "PublicReadOnly" : "PrivateReadOnly"
    actions = local.public ? ["ecr-public:BatchGetImage", "ecr-public:GetDownloadUrlForLayer"] : ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:Describe*", "ecr:GetDownloadUrlForLayer", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:List*"]
    principals {
      type        = "AWS"
      identifiers = local.readers
    }
  }

  dynamic "statement" {
    for_each = local.private && length(var.repository_lambda_read_access_arns) > 0 ? [var.repository_lambda_read_access_arns] : []
    content {
      sid     = "PrivateLambdaReadOnly"
      actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      principals {
        type        = "Service"
        identifiers = ["lambda.amazonaws.com"]
      }
      condition {
        test     = "StringLike"
        variable = "aws:sourceArn"
        values   = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.writers) > 0 ? [local.writers] : []
    content {
      sid     = "ReadWrite"
      actions = [for action in ["PutImage", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"] : "${local.public ? "ecr-public" : "ecr"}:${action}"]
      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = var.repository_policy_statements != null ? var.repository_policy_statements : {}
    content {
      sid           = try(statement.value.sid, null)
      effect        = try(statement.value.effect, null)
      actions       = try(statement.value.actions, null)
      not_actions   = try(statement.value.not_actions, null)
      resources     = try(statement.value.resources, null)
      not_resources = try(statement.value.not_resources, null)

      dynamic "principals" {
        for_each = try(statement.value.principals, null) != null ? statement.value.principals : []
        content {
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }
      }

      dynamic "not_principals" {
        for_each = try(statement.value.not_principals, null) != null ? statement.value.not_principals : []
        content {
          type        = not_principals.value.type
          identifiers = not_principals.value.identifiers
        }
      }

      # Called `conditions` up to version 2 and `condition` from version 3 on.
      dynamic "condition" {
        for_each = try(coalesce(try(statement.value.conditions, null), try(statement.value.condition, null)), [])
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}
