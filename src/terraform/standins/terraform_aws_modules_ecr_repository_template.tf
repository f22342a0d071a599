# Stands in for the module repository-template of terraform-aws-modules/ecr/aws.

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

locals {
  wanted  = var.create
  private = local.wanted
  public  = false
}

resource "aws_ecr_repository_creation_template" "this" {
  count = local.wanted ? 1 : 0

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
