//! Which repository a policy hangs on.

use super::evaluate;
use ecrlint::model::Target;

/// `policy -> target` of each attachment.
fn targets(files: &[(&str, &str)]) -> Vec<String> {
    let (unit, _) = evaluate(files);
    let target = |target: &Target| match target {
        Target::None => "-".to_owned(),
        Target::Address(address) => address.to_string(),
        Target::External(name) => format!("external {name}"),
        Target::Ambiguous(addresses) => format!("one of {}", addresses.join(", ")),
        Target::Unknown(why) => format!("unknown: {}", why.reason),
    };
    let attachments = unit.model.attachments.iter();
    attachments.map(|it| format!("{} -> {}", it.place.address, target(&it.target))).collect()
}

#[test]
fn by_name_and_by_reference() {
    let main = r#"
        variable "prefix" {}
        resource "aws_ecr_repository" "known" {
          name = "known"
        }
        resource "aws_ecr_repository" "each" {
          for_each = toset(["a", "b"])
          name     = "${var.prefix}-${each.key}"
        }
        resource "aws_ecr_repository" "unknown" {
          name = var.prefix
        }
        resource "aws_ecr_repository_policy" "by_name" {
          repository = "known"
          policy     = "{}"
        }
        resource "aws_ecr_repository_policy" "by_id" {
          repository = aws_ecr_repository.known.id
          policy     = "{}"
        }
        resource "aws_ecr_repository_policy" "each" {
          for_each   = aws_ecr_repository.each
          repository = each.value.name
          policy     = "{}"
        }
        resource "aws_ecr_repository_policy" "unknown" {
          repository = aws_ecr_repository.unknown.name
          policy     = "{}"
        }
        resource "aws_ecr_repository_policy" "external" {
          repository = "elsewhere"
          policy     = "{}"
        }
        resource "aws_ecr_repository_policy" "nobody_knows" {
          repository = data.aws_ssm_parameter.name.value
          policy     = "{}"
        }
        data "aws_ssm_parameter" "name" {}
    "#;
    assert_eq!(
        targets(&[("main.tf", main)]),
        [
            "aws_ecr_repository_policy.by_id -> aws_ecr_repository.known",
            "aws_ecr_repository_policy.by_name -> aws_ecr_repository.known",
            r#"aws_ecr_repository_policy.each["a"] -> aws_ecr_repository.each["a"]"#,
            r#"aws_ecr_repository_policy.each["b"] -> aws_ecr_repository.each["b"]"#,
            "aws_ecr_repository_policy.external -> external elsewhere",
            "aws_ecr_repository_policy.nobody_knows -> unknown: `data.aws_ssm_parameter.name.value` is read when Terraform runs",
            "aws_ecr_repository_policy.unknown -> aws_ecr_repository.unknown",
        ]
    );
}

#[test]
fn by_module_and_by_region() {
    let main = r#"
        provider "aws" {
          region = "eu-west-1"
        }
        provider "aws" {
          alias  = "west"
          region = "us-west-2"
        }
        resource "aws_ecr_repository" "here" {
          name = "app"
        }
        resource "aws_ecr_repository" "there" {
          provider = aws.west
          name     = "app"
        }
        module "repository" {
          for_each  = toset(["x", "y"])
          source    = "./repository"
          providers = { aws = aws.west }
        }
        resource "aws_ecr_repository_policy" "here" {
          repository = "app"
          policy     = "{}"
        }
        resource "aws_ecr_repository_policy" "there" {
          region     = "us-west-2"
          repository = "app"
          policy     = "{}"
        }
        resource "aws_ecr_repository_policy" "output" {
          provider   = aws.west
          repository = module.repository["y"].name
          policy     = "{}"
        }
    "#;
    let repository = r#"
        variable "name" {}
        resource "aws_ecr_repository" "this" {
          name = var.name
        }
        resource "aws_ecr_repository_policy" "this" {
          repository = aws_ecr_repository.this.name
          policy     = "{}"
        }
        output "name" {
          value = aws_ecr_repository.this.name
        }
    "#;
    assert_eq!(
        targets(&[("main.tf", main), ("repository/main.tf", repository)]),
        [
            "aws_ecr_repository_policy.here -> aws_ecr_repository.here",
            r#"aws_ecr_repository_policy.output -> one of module.repository["x"].aws_ecr_repository.this, module.repository["y"].aws_ecr_repository.this"#,
            "aws_ecr_repository_policy.there -> aws_ecr_repository.there",
            r#"module.repository["x"].aws_ecr_repository_policy.this -> module.repository["x"].aws_ecr_repository.this"#,
            r#"module.repository["y"].aws_ecr_repository_policy.this -> module.repository["y"].aws_ecr_repository.this"#,
        ]
    );
}
