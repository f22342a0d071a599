resource "terraform_data" "mutability" {
  input = "MUTABLE"
}

resource "aws_ecr_repository" "app" {
  name                 = "app"
  image_tag_mutability = terraform_data.mutability.output
}
