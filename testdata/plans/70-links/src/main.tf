terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

locals {
  star = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "ecr:*" }] })
}

resource "aws_ecr_repository" "by_key" {
  for_each = toset(["a", "odd \"key\" ${"$"}{x} é"])
  name     = "by-key-${md5(each.key)}"
}

resource "aws_ecr_repository" "counted" {
  count = 2
  name  = "counted-${count.index}"
}

# The whole resource as for_each: the key is the same on both sides.
resource "aws_ecr_repository_policy" "chained" {
  for_each   = aws_ecr_repository.by_key
  repository = each.value.id
  policy     = local.star
}

resource "aws_ecr_repository_policy" "constant_index" {
  repository = aws_ecr_repository.counted[1].id
  policy     = local.star
}

resource "aws_ecr_repository_policy" "counted" {
  count      = 2
  repository = aws_ecr_repository.counted[count.index].id
  policy     = local.star
}

resource "aws_ecr_repository_policy" "through_local" {
  repository = local.id
  policy     = local.star
}

locals {
  id = aws_ecr_repository.counted[0].id
}

# A module that repeats, and a policy that takes one of its outputs.
module "repo" {
  source   = "./repo"
  for_each = toset(["x", "y"])
  name     = "mod-${each.key}"
}

resource "aws_ecr_repository_policy" "output" {
  repository = module.repo["y"].id
  policy     = local.star
}

resource "aws_ecr_repository_policy" "output_by_key" {
  for_each   = toset(["x", "y"])
  repository = module.repo[each.key].id
  policy     = local.star
}

# Two modules between the policy and its repository, both ways.
module "wrap" {
  source     = "./wrap"
  repository = module.repo["x"].id
}

resource "aws_ecr_repository_policy" "external" {
  repository = "somewhere-else"
  policy     = local.star
}

resource "aws_ecrpublic_repository" "public" {
  repository_name = "public"
}

resource "aws_ecrpublic_repository_policy" "public" {
  repository_name = aws_ecrpublic_repository.public.id
  policy          = local.star
}
