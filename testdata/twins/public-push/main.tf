resource "aws_ecrpublic_repository" "app" {
  repository_name = "app"
}

resource "aws_ecrpublic_repository_policy" "app" {
  repository_name = aws_ecrpublic_repository.app.repository_name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Pull"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["ecr-public:PutImage"]
    }]
  })
}
