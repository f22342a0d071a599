resource "aws_ecr_repository" "service" {
  for_each             = toset(["api", "web"])
  name                 = each.key
  image_tag_mutability = each.key == "api" ? "IMMUTABLE" : "MUTABLE"
}
