# Policy documents that are read during apply, because of one unknown ARN.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = "{}"
}

resource "aws_ecr_repository" "app" {
  name                 = "app"
  image_tag_mutability = "IMMUTABLE"
}

data "aws_iam_policy_document" "base" {
  statement {
    sid     = "pull"
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.ci.arn]
    }
  }
  statement {
    sid     = "open"
    actions = ["ecr:PutImage"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = ["o-1"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = ["o-2"]
    }
  }
}

data "aws_iam_policy_document" "known" {
  statement {
    actions = ["ecr:ListImages"]
    principals {
      type        = "AWS"
      identifiers = ["111122223333"]
    }
  }
}

data "aws_iam_policy_document" "merged" {
  source_policy_documents = [data.aws_iam_policy_document.base.json, data.aws_iam_policy_document.known.json]
  statement {
    sid     = "pull"
    effect  = "Deny"
    actions = ["ecr:*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

resource "aws_ecr_repository_policy" "base" {
  repository = aws_ecr_repository.app.name
  policy     = data.aws_iam_policy_document.base.json
}

resource "aws_ecr_repository_policy" "merged" {
  repository = aws_ecr_repository.app.name
  policy     = data.aws_iam_policy_document.merged.json
}

# Not rescued: nobody knows what else is in it.
resource "aws_ecr_repository_policy" "function" {
  repository = aws_ecr_repository.app.name
  policy     = replace(data.aws_iam_policy_document.base.json, "o-1", aws_iam_role.ci.unique_id)
}

resource "aws_ecr_repository_policy" "encoded" {
  repository = aws_ecr_repository.app.name
  policy     = jsonencode({ Statement = [{ Effect = "Allow", Principal = { AWS = ["*", aws_iam_role.ci.arn] }, Action = "ecr:*" }] })
}

data "aws_iam_policy_document" "identity" {
  statement {
    actions   = ["ecr:*"]
    resources = ["*"]
  }
  statement {
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.ci.arn]
  }
}

resource "aws_iam_policy" "identity" {
  name   = "identity"
  policy = data.aws_iam_policy_document.identity.json
}

# Nothing to do with ECR.
resource "aws_iam_policy" "other" {
  name   = "other"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}

resource "aws_iam_policy" "unknown" {
  name   = "unknown"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = aws_iam_role.ci.arn }] })
}
