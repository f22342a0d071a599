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

variable "lifecycle_policy" {
  type    = string
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

resource "aws_ecr_repository_policy" "policy" {
  count = var.policy != null ? 1 : 0

  repository = local.repository.name
  policy     = var.policy
}

resource "aws_ecr_lifecycle_policy" "lifecycle_policy" {
  count = var.lifecycle_policy != null ? 1 : 0

  repository = local.repository.name
  policy     = var.lifecycle_policy
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
