locals {
  mutability = {
    dev  = "MUTABLE"
    prod = "IMMUTABLE"
  }
}

resource "aws_ecr_repository" "app" {
  name                 = "app"
  image_tag_mutability = local.mutability["prod"]
}
