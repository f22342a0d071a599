terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.40"
    }
  }

  backend "s3" {
    bucket         = "example-state"
    key            = "registry/terraform.tfstate"
    region         = "eu-central-1"
    dynamodb_table = "example-locks"
    encrypt        = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

locals {
  tags = {
    Team        = "platform"
    Environment = var.environment
    ManagedBy   = "terraform"
  }

  # Names of images, and how many of each are kept.
  images = {
    api     = { keep = 30, public = false }
    web     = { keep = 10, public = false }
    builder = { keep = 5, public = true }
  }

  public_images = [for name, image in local.images : name if image.public]
  account_arns  = { for id in var.accounts : id => "arn:aws:iam::${id}:root" }
}

resource "aws_ecr_repository" "this" {
  for_each = local.images

  name                 = "${var.prefix}/${each.key}"
  image_tag_mutability = each.value.public ? "IMMUTABLE" : var.mutability
  force_delete         = false

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.registry.arn
  }

  tags = merge(local.tags, {
    Name = each.key
  })

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags["LastScan"]]
  }
}

resource "aws_ecr_repository_policy" "this" {
  for_each   = aws_ecr_repository.this
  repository = each.value.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AllowPull"
        Effect    = "Allow"
        Principal = { AWS = values(local.account_arns) }
        Action = [
          "ecr:BatchGetImage",
          "ecr:GetDownloadUrlForLayer",
        ]
      },
      {
        Sid       = "AllowLambda"
        Effect    = "Allow"
        Principal = { Service = "lambda.amazonaws.com" }
        Action    = ["ecr:BatchGetImage"]
        Condition = {
          StringLike = {
            "aws:sourceArn" = "arn:aws:lambda:${var.region}:${var.account}:function:*"
          }
        }
      },
    ]
  })
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each   = aws_ecr_repository.this
  repository = each.value.name
  policy     = <<-EOF
    {
      "rules": [
        {
          "rulePriority": 1,
          "description": "keep the last ${local.images[each.key].keep} images",
          "selection": {
            "tagStatus": "any",
            "countType": "imageCountMoreThan",
            "countNumber": ${local.images[each.key].keep}
          },
          "action": { "type": "expire" }
        }
      ]
    }
  EOF
}

output "urls" {
  description = "Where each image is pushed to"
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}
