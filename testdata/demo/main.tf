# A module with the mistakes that ecrlint is made to find: `ecrlint check testdata/demo`.

locals {
  settings = {
    tag_mutability = var.tag_mutability
    pullers        = ["*"]
  }
}

resource "aws_ecr_repository" "api" {
  name                 = "api"
  image_tag_mutability = local.settings.tag_mutability
}

# Who may pull: a list in a local, through a jsonencode, into a heredoc.
resource "aws_ecr_repository_policy" "api" {
  repository = aws_ecr_repository.api.name
  policy     = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "pull",
          "Effect": "Allow",
          "Principal": { "AWS": ${jsonencode(local.settings.pullers)} },
          "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        },
        {
          "Sid": "push from the organization",
          "Effect": "Allow",
          "Principal": "*",
          "Action": ["ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"],
          "Condition": { "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }
        }
      ]
    }
  JSON
}

module "worker" {
  source = "./repository"
  name   = "worker"
}
