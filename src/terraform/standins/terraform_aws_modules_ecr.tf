# Stands in for terraform-aws-modules/ecr/aws.

variable "create_repository" {
  type    = bool
  default = true
}

variable "attach_repository_policy" {
  type    = bool
  default = true
}

variable "create_lifecycle_policy" {
  type    = bool
  default = true
}

variable "create_registry_policy" {
  type    = bool
  default = false
}

variable "manage_registry_scanning_configuration" {
  type    = bool
  default = false
}

variable "repository_type" {
  type    = string
  default = "private"
}

variable "repository_name" {
  type    = string
  default = ""
}

variable "repository_image_tag_mutability" {
  type    = string
  default = "IMMUTABLE"
}

variable "repository_image_tag_mutability_exclusion_filter" {
  type    = any
  default = null
}

variable "repository_encryption_type" {
  type    = string
  default = null
}

variable "repository_kms_key" {
  type    = string
  default = null
}

variable "repository_image_scan_on_push" {
  type    = bool
  default = true
}

variable "repository_force_delete" {
  type    = bool
  default = null
}

variable "repository_lifecycle_policy" {
  type    = string
  default = ""
}

variable "registry_policy" {
  type    = string
  default = null
}

variable "registry_scan_type" {
  type    = string
  default = "ENHANCED"
}

variable "registry_scan_rules" {
  type    = any
  default = []
}

locals {
  wanted  = var.create && var.create_repository
  private = local.wanted && var.repository_type == "private"
  public  = local.wanted && var.repository_type == "public"
}

resource "aws_ecr_repository" "this" {
  count = local.private ? 1 : 0

  name                 = var.repository_name
  image_tag_mutability = var.repository_image_tag_mutability
  force_delete         = var.repository_force_delete
  region               = var.region

  encryption_configuration {
    encryption_type = var.repository_encryption_type
    kms_key         = var.repository_kms_key
  }

  image_scanning_configuration {
    scan_on_push = var.repository_image_scan_on_push
  }

  dynamic "image_tag_mutability_exclusion_filter" {
    for_each = var.repository_image_tag_mutability_exclusion_filter != null ? var.repository_image_tag_mutability_exclusion_filter : []
    content {
      filter      = image_tag_mutability_exclusion_filter.value.filter
      filter_type = image_tag_mutability_exclusion_filter.value.filter_type
    }
  }
}

resource "aws_ecr_repository_policy" "this" {
  count = local.private && var.attach_repository_policy ? 1 : 0

  repository = aws_ecr_repository.this[0].name
  policy     = var.create_repository_policy ? data.aws_iam_policy_document.repository[0].json : var.repository_policy
}

resource "aws_ecr_lifecycle_policy" "this" {
  count = local.private && var.create_lifecycle_policy ? 1 : 0

  repository = aws_ecr_repository.this[0].name
  policy     = var.repository_lifecycle_policy
}

resource "aws_ecrpublic_repository" "this" {
  count = local.public ? 1 : 0

  repository_name = var.repository_name
}

resource "aws_ecrpublic_repository_policy" "example" {
  count = local.public ? 1 : 0

  repository_name = aws_ecrpublic_repository.this[0].repository_name
  policy          = var.create_repository_policy ? data.aws_iam_policy_document.repository[0].json : var.repository_policy
}

resource "aws_ecr_registry_policy" "this" {
  count = var.create && var.create_registry_policy ? 1 : 0

  policy = var.registry_policy
}

resource "aws_ecr_registry_scanning_configuration" "this" {
  count = var.create && var.manage_registry_scanning_configuration ? 1 : 0

  scan_type = var.registry_scan_type

  dynamic "rule" {
    for_each = var.registry_scan_rules != null ? var.registry_scan_rules : []
    content {
      scan_frequency = rule.value.scan_frequency
      dynamic "repository_filter" {
        for_each = try(tolist(rule.value.filter), [rule.value.filter])
        content {
          filter      = repository_filter.value.filter
          filter_type = try(repository_filter.value.filter_type, "WILDCARD")
        }
      }
    }
  }
}

output "repository_name" {
  value = try(aws_ecr_repository.this[0].name, aws_ecrpublic_repository.this[0].id, null)
}

output "repository_arn" {
  value = try(aws_ecr_repository.this[0].arn, aws_ecrpublic_repository.this[0].arn, null)
}

output "repository_registry_id" {
  value = try(aws_ecr_repository.this[0].registry_id, aws_ecrpublic_repository.this[0].registry_id, null)
}

output "repository_url" {
  value = try(aws_ecr_repository.this[0].repository_url, aws_ecrpublic_repository.this[0].repository_uri, null)
}
