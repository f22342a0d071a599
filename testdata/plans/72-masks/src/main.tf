# Sensitive values are in the plan in clear text; only the masks say so.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "org" {
  type      = string
  sensitive = true
  default   = "o-tösecret€1"
}

variable "name" {
  type      = string
  sensitive = true
  default   = "name-secret"
}

resource "aws_ecr_repository" "app" {
  name = var.name
  tags = { Owner = var.org, Team = "open" }
}

resource "aws_ecr_repository_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "ecr:*", Sid = var.org }]
  })
}
