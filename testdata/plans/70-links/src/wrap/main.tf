variable "repository" { type = string }

module "pol" {
  source     = "../pol"
  repository = var.repository
}
