# Stands in for lgallard/ecr/aws.

variable "name" {
  type = string
}

variable "image_tag_mutability" {
  type    = string
  default = "MUTABLE"
}

variable "scan_on_push" {
  type    = bool
  default = true
}

variable "image_scanning_configuration" {
  type    = any
  default = null
}

variable "encryption_type" {
  type    = string
  default = "AES256"
}

variable "kms_key" {
  type    = string
  default = null
}

variable "force_delete" {
  type    = bool
  default = false
}

variable "prevent_destroy" {
  type    = bool
  default = false
}

variable "policy" {
  type    = string
  default = null
}

variable "enable_pull_request_rules" {
  type    = bool
  default = false
}

variable "pull_request_rules" {
  type = list(object({
    type    = string
    enabled = bool
    conditions = optional(object({
      tag_patterns            = optional(list(string), [])
      require_scan_completion = optional(bool, true)
      allowed_principals      = optional(list(string), [])
    }), {})
    actions = optional(object({ block_on_failure = optional(bool, true) }), {})
  }))
  default = []
}

variable "lifecycle_policy" {
  type    = string
  default = null
}

variable "lifecycle_policy_template" {
  type    = string
  default = null
}

variable "lifecycle_keep_latest_n_images" {
  type    = number
  default = null
}

variable "lifecycle_expire_untagged_after_days" {
  type    = number
  default = null
}

variable "lifecycle_expire_tagged_after_days" {
  type    = number
  default = null
}

resource "aws_ecr_repository" "repo" {
  count = var.prevent_destroy ? 0 : 1

  name                 = var.name
  image_tag_mutability = var.image_tag_mutability
  force_delete         = var.force_delete

  encryption_configuration {
    encryption_type = var.encryption_type
    kms_key         = var.kms_key
  }

  image_scanning_configuration {
    scan_on_push = try(var.image_scanning_configuration.scan_on_push, var.scan_on_push)
  }
}

resource "aws_ecr_repository" "repo_protected" {
  count = var.prevent_destroy ? 1 : 0

  name                 = var.name
  image_tag_mutability = var.image_tag_mutability
  force_delete         = var.force_delete

  encryption_configuration {
    encryption_type = var.encryption_type
    kms_key         = var.kms_key
  }

  image_scanning_configuration {
    scan_on_push = try(var.image_scanning_configuration.scan_on_push, var.scan_on_push)
  }
}

locals {
  repository = one(concat(aws_ecr_repository.repo, aws_ecr_repository.repo_protected))
}

# Each rule lets the own account pull. Who may push is said by an approval that blocks; otherwise it is the own account.
data "aws_caller_identity" "current" {}

locals {
  own_account = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"
  rules       = [for rule in var.pull_request_rules : rule if var.enable_pull_request_rules && rule.enabled]
  approvals   = [for rule in local.rules : rule if rule.type == "approval" && rule.actions.block_on_failure]
  others      = [for rule in local.rules : rule if rule.type != "approval" || !rule.actions.block_on_failure]
  push        = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]

  statements = concat(
    [for rule in local.rules : {
      Effect    = "Allow"
      Principal = { AWS = local.own_account }
      Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:Describe*", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy", "ecr:ListImages"]
    }],
    [for rule in local.approvals : {
      Effect    = "Allow"
      Principal = { AWS = coalescelist(rule.conditions.allowed_principals, [local.own_account]) }
      Action    = concat(local.push, ["ecr:TagResource"])
      Condition = merge(
        length(rule.conditions.tag_patterns) > 0 ? { StringLike = { "ecr:ImageTag" = rule.conditions.tag_patterns } } : {},
        { StringEquals = rule.conditions.require_scan_completion ? { "ecr:ResourceTag/ScanStatus" = "completed" } : { "ecr:ResourceTag/ApprovalStatus" = "approved" } },
      )
    }],
    [for rule in local.others : { Effect = "Allow", Principal = { AWS = local.own_account }, Action = local.push }],
  )
  policies = [for policy in [var.policy, length(local.rules) > 0 ? jsonencode({ Version = "2012-10-17", Statement = local.statements }) : null] : policy if policy != null]
}

resource "aws_ecr_repository_policy" "policy" {
  count = length(local.policies) > 0 ? 1 : 0

  repository = local.repository.name
  policy     = local.policies[0]
}

locals {
  # A template or any one rule makes a lifecycle policy, and so does one that is written out.
  expiry = [for given in [
    var.lifecycle_policy_template, var.lifecycle_keep_latest_n_images, var.lifecycle_expire_untagged_after_days, var.lifecycle_expire_tagged_after_days
  ] : given if given != null]
  lifecycle_policies = [for policy in [var.lifecycle_policy, length(local.expiry) > 0 ? "{}" : null] : policy if policy != null && policy != ""]
}

resource "aws_ecr_lifecycle_policy" "lifecycle_policy" {
  count = length(local.lifecycle_policies) > 0 ? 1 : 0

  repository = local.repository.name
  policy     = local.lifecycle_policies[0]
}

output "repository_name" {
  value = local.repository.name
}

output "repository_arn" {
  value = local.repository.arn
}

output "repository_url" {
  value = local.repository.repository_url
}

output "registry_id" {
  value = local.repository.registry_id
}
