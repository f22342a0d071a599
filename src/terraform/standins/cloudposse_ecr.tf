# Stands in for cloudposse/ecr/aws.

variable "enabled" {
  type    = bool
  default = null
}

variable "context" {
  type    = any
  default = {}
}

variable "namespace" {
  type    = string
  default = null
}

variable "tenant" {
  type    = string
  default = null
}

variable "environment" {
  type    = string
  default = null
}

variable "stage" {
  type    = string
  default = null
}

variable "name" {
  type    = string
  default = null
}

variable "attributes" {
  type    = list(string)
  default = []
}

variable "delimiter" {
  type    = string
  default = null
}

variable "label_order" {
  type    = list(string)
  default = null
}

variable "label_value_case" {
  type    = string
  default = null
}

variable "regex_replace_chars" {
  type    = string
  default = null
}

variable "id_length_limit" {
  type    = number
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

# Spelled so in the versions up to now.
variable "principals_pull_though_access" {
  type    = list(string)
  default = []
}

variable "principals_pull_through_access" {
  type    = list(string)
  default = []
}

variable "prefixes_pull_through_repositories" {
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

# The name, as cloudposse/label/null puts it together: what is not given comes from the context.
locals {
  delimiter = [for given in [var.delimiter, try(var.context.delimiter, null), "-"] : given if given != null][0]
  order = [for given in [
    var.label_order, try(var.context.label_order, null), ["namespace", "tenant", "environment", "stage", "name", "attributes"]
  ] : given if try(length(given), 0) > 0][0]
  case  = [for given in [var.label_value_case, try(var.context.label_value_case, null), "lower"] : given if given != null][0]
  other = [for given in [var.regex_replace_chars, try(var.context.regex_replace_chars, null), "/[^-a-zA-Z0-9]/"] : given if given != null][0]
  limit = [for given in [var.id_length_limit, try(var.context.id_length_limit, null), 0] : given if given != null][0]

  given = {
    namespace   = [var.namespace, try(var.context.namespace, null)]
    tenant      = [var.tenant, try(var.context.tenant, null)]
    environment = [var.environment, try(var.context.environment, null)]
    stage       = [var.stage, try(var.context.stage, null)]
    name        = [var.name, try(var.context.name, null)]
  }
  plain = { for part, given in local.given : part => try(replace([for text in given : text if text != null][0], local.other, ""), "") }
  words = merge(
    { for part, text in local.plain : part => { lower = lower(text), upper = upper(text), title = title(lower(text)), none = text }[local.case] },
    { attributes = join(local.delimiter, distinct(compact([
      for text in concat(try(concat(var.context.attributes, []), []), var.attributes) :
      { lower = lower(replace(text, local.other, "")), upper = upper(replace(text, local.other, "")), title = title(lower(replace(text, local.other, ""))), none = replace(text, local.other, "") }[local.case]
    ]))) },
  )
  label = join(local.delimiter, compact([for part in local.order : local.words[part]]))
  short = "${trimsuffix(substr(local.label, 0, max(0, local.limit - 5 - length(local.delimiter))), local.delimiter)}${local.delimiter}${local.case == "upper" ? upper(md5(local.label)) : md5(local.label)}"
  id    = local.limit > 0 && length(local.label) > local.limit ? substr(local.short, 0, local.limit) : local.label
}

locals {
  on    = var.enabled != null ? var.enabled : try(var.context.enabled, true) != false
  names = !local.on ? [] : length(var.image_names) > 0 ? var.image_names : [var.use_fullname ? local.id : local.words.name]

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

  pull_through = concat(var.principals_pull_though_access, var.principals_pull_through_access)

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
  for_each = toset(length(local.statements) + length(local.pull_through) > 0 ? local.names : [])

  repository = aws_ecr_repository.name[each.value].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.statements, [for principals in [local.pull_through] : {
      Sid       = "PullThroughAccess"
      Effect    = "Allow"
      Principal = { AWS = principals }
      Action    = ["ecr:BatchImportUpstreamImage", "ecr:TagResource"]
    } if length(principals) > 0 && contains(var.prefixes_pull_through_repositories, try(regex("^[a-z][a-z0-9._-]+", each.value), ""))])
  })
}

resource "aws_ecr_lifecycle_policy" "name" {
  for_each = toset(var.enable_lifecycle_policy ? local.names : [])

  repository = aws_ecr_repository.name[each.value].name
  policy     = "{}"
}

output "registry_id" {
  value = try(aws_ecr_repository.name[local.names[0]].registry_id, "")
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
