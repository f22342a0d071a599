# Stands in for cloudposse/ecr/aws. Names that its label module would make up are not told here: a repository without
# `image_names` has a name that is not known.

variable "enabled" {
  type    = bool
  default = null
}

variable "context" {
  type    = any
  default = {}
}

variable "name" {
  type    = string
  default = null
}

variable "use_fullname" {
  type    = bool
  default = true
}

variable "image_names" {
  type    = list(string)
  default = []
}

variable "image_tag_mutability" {
  type    = string
  default = "IMMUTABLE"
}

variable "image_tag_mutability_exclusion_filter" {
  type    = list(object({ filter = string, filter_type = optional(string, "WILDCARD") }))
  default = []
}

variable "scan_images_on_push" {
  type    = bool
  default = true
}

variable "encryption_configuration" {
  type    = any
  default = null
}

variable "force_delete" {
  type    = bool
  default = false
}

variable "enable_lifecycle_policy" {
  type    = bool
  default = true
}

variable "principals_full_access" {
  type    = list(string)
  default = []
}

variable "principals_push_access" {
  type    = list(string)
  default = []
}

variable "principals_readonly_access" {
  type    = list(string)
  default = []
}

variable "principals_lambda" {
  type    = list(string)
  default = []
}

variable "organizations_readonly_access" {
  type    = list(string)
  default = []
}

variable "organizations_push_access" {
  type    = list(string)
  default = []
}

variable "organizations_full_access" {
  type    = list(string)
  default = []
}

resource "terraform_data" "label" {}

locals {
  on    = var.enabled != null ? var.enabled : try(var.context.enabled, true) != false
  names = !local.on ? [] : length(var.image_names) > 0 ? var.image_names : [var.use_fullname ? terraform_data.label.id : var.name]

  pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:Describe*", "ecr:GetDownloadUrlForLayer", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:List*"]
  push = ["ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]

  by_principal = [
    { sid = "ReadonlyAccess", principals = var.principals_readonly_access, actions = local.pull },
    { sid = "PushAccess", principals = var.principals_push_access, actions = local.push },
    { sid = "FullAccess", principals = var.principals_full_access, actions = ["ecr:*"] },
    { sid = "CrossAccountPermission", principals = [for account in var.principals_lambda : "arn:aws:iam::${account}:root"], actions = local.pull },
  ]
  by_organization = [
    { sid = "OrganizationsReadonlyAccess", ids = var.organizations_readonly_access, actions = local.pull },
    { sid = "OrganizationsPushAccess", ids = var.organizations_push_access, actions = local.push },
    { sid = "OrganizationsFullAccess", ids = var.organizations_full_access, actions = ["ecr:*"] },
  ]

  statements = concat(
    [for grant in local.by_principal : { Sid = grant.sid, Effect = "Allow", Principal = { AWS = grant.principals }, Action = grant.actions } if length(grant.principals) > 0],
    [for grant in local.by_organization : { Sid = grant.sid, Effect = "Allow", Principal = "*", Action = grant.actions, Condition = { StringEquals = { "aws:PrincipalOrgID" = grant.ids } } } if length(grant.ids) > 0],
    [for account in slice(var.principals_lambda, 0, min(1, length(var.principals_lambda))) : {
      Sid       = "LambdaECRImageCrossAccountRetrievalPolicy"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = local.pull
      Condition = { StringLike = { "aws:SourceArn" = [for account in var.principals_lambda : "arn:aws:lambda:*:${account}:function:*"] } }
    }],
  )
}

resource "aws_ecr_repository" "name" {
  for_each = toset(local.names)

  name                 = each.value
  image_tag_mutability = var.image_tag_mutability
  force_delete         = var.force_delete

  image_scanning_configuration {
    scan_on_push = var.scan_images_on_push
  }

  dynamic "encryption_configuration" {
    for_each = var.encryption_configuration == null ? [] : [var.encryption_configuration]
    content {
      encryption_type = encryption_configuration.value.encryption_type
      kms_key         = encryption_configuration.value.kms_key
    }
  }

  dynamic "image_tag_mutability_exclusion_filter" {
    for_each = var.image_tag_mutability_exclusion_filter
    content {
      filter      = image_tag_mutability_exclusion_filter.value.filter
      filter_type = image_tag_mutability_exclusion_filter.value.filter_type
    }
  }
}

resource "aws_ecr_repository_policy" "name" {
  for_each = toset(length(local.statements) > 0 ? local.names : [])

  repository = aws_ecr_repository.name[each.value].name
  policy     = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}

resource "aws_ecr_lifecycle_policy" "name" {
  for_each = toset(var.enable_lifecycle_policy ? local.names : [])

  repository = aws_ecr_repository.name[each.value].name
  policy     = "{}"
}

output "registry_id" {
  value = one(values(aws_ecr_repository.name)[*].registry_id)
}

output "repository_name" {
  value = try(aws_ecr_repository.name[local.names[0]].name, "")
}

output "repository_url" {
  value = try(aws_ecr_repository.name[local.names[0]].repository_url, "")
}

output "repository_arn" {
  value = try(aws_ecr_repository.name[local.names[0]].arn, "")
}

output "repository_url_map" {
  value = { for name, repository in aws_ecr_repository.name : repository.name => repository.repository_url }
}

output "repository_arn_map" {
  value = { for name, repository in aws_ecr_repository.name : repository.name => repository.arn }
}
