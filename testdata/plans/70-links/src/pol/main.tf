variable "repository" { type = string }

resource "aws_ecr_repository_policy" "this" {
  repository = var.repository
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "ecr:*" }]
  })
}
