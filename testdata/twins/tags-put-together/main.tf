locals {
  prefix = "IM"
}

resource "aws_ecr_repository" "joined" {
  name                 = "joined"
  image_tag_mutability = join("", [local.prefix, "MUTABLE"])
}

resource "aws_ecr_repository" "split" {
  name                 = "split"
  image_tag_mutability = split(",", "IMMUTABLE,MUTABLE")[1]
}
