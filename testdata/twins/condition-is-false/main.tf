variable "extra" {
  default = false
}

resource "aws_ecr_repository" "app" {
  name                 = "app"
  image_tag_mutability = "IMMUTABLE"
}

resource "aws_ecr_repository" "extra" {
  count                = var.extra ? 1 : 0
  name                 = "extra"
  image_tag_mutability = "MUTABLE"
}
