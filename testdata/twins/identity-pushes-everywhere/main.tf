resource "aws_iam_policy" "ci" {
  name = "ci"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "Push"
      Effect   = "Allow"
      Action   = ["ecr:PutImage"]
      Resource = "*"
    }]
  })
}
