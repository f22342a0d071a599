# Stands in for the module repository-template of terraform-aws-modules/ecr/aws.

variable "create" {
  type    = bool
  default = true
}

variable "region" {
  type    = string
  default = null
}

variable "applied_for" {
  type    = list(string)
  default = ["PULL_THROUGH_CACHE"]
}

variable "prefix" {
  type    = string
  default = ""
}

variable "image_tag_mutability" {
  type    = string
  default = "IMMUTABLE"
}

variable "image_tag_mutability_exclusion_filter" {
  type    = list(object({ filter = string, filter_type = string }))
  default = null
}

variable "encryption_type" {
  type    = string
  default = "AES256"
}

variable "kms_key_arn" {
  type    = string
  default = null
}

variable "lifecycle_policy" {
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
  # Whom the module lets read where nobody is named: the own account.
  readers = coalescelist(concat(var.repository_read_access_arns, local.writers), ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"])
}

data "aws_iam_policy_document" "repository" {
  count = var.create && var.create_repository_policy ? 1 : 0

  statement {
    sid     = "PrivateReadOnly"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:Describe*", "ecr:GetDownloadUrlForLayer", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:List*"]
    principals {
      type        = "AWS"
      identifiers = local.readers
    }
  }

  dynamic "statement" {
    for_each = length(var.repository_lambda_read_access_arns) > 0 ? [var.repository_lambda_read_access_arns] : []
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
      actions = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
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

resource "aws_ecr_repository_creation_template" "this" {
  count = var.create ? 1 : 0

  applied_for          = var.applied_for
  prefix               = var.prefix
  region               = var.region
  image_tag_mutability = var.image_tag_mutability
  lifecycle_policy     = var.lifecycle_policy
  repository_policy    = var.create_repository_policy ? data.aws_iam_policy_document.repository[0].json : var.repository_policy

  dynamic "encryption_configuration" {
    for_each = var.encryption_type != null ? [var.encryption_type] : []
    content {
      encryption_type = encryption_configuration.value
      kms_key         = var.encryption_type == "KMS" ? var.kms_key_arn : null
    }
  }

  dynamic "image_tag_mutability_exclusion_filter" {
    for_each = var.image_tag_mutability_exclusion_filter != null ? var.image_tag_mutability_exclusion_filter : []
    content {
      filter      = image_tag_mutability_exclusion_filter.value.filter
      filter_type = image_tag_mutability_exclusion_filter.value.filter_type
    }
  }
}
