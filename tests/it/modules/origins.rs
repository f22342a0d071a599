//! Where values come from: every leaf of a policy points at the bytes that it was written with, and knows its way.

use super::{evaluate, text};
use ecrlint::model::Document;
use ecrlint::origin::Origin;
use ecrlint::policy::node::{Data, Node};

const MAIN: &str = r#"
variable "open" {
  default = "*"
}
variable "account" {
  type    = string
  default = "111122223333"
}
locals {
  star     = var.open
  readers  = { ci = ["arn:aws:iam::444455556666:role/ci", local.star] }
  actions  = concat(["ecr:BatchGetImage"], ["ecr:PutImage"])
  defaults = { Effect = "Allow" }
}
module "repository" {
  source  = "./repository"
  readers = local.readers
  actions = local.actions
}
resource "aws_ecr_repository_policy" "merged" {
  repository = "merged"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for name, who in local.readers : merge(local.defaults, {
      Sid       = name
      Principal = { AWS = who }
      Action    = local.actions
    })]
  })
}
resource "aws_ecr_repository_policy" "heredoc" {
  repository = "heredoc"
  policy     = <<-JSON
    {
      "Statement": [{
        "Sid": "a \"quoted\" \u0041",
        "Effect": "Allow",
        "Principal": {"AWS": ${jsonencode(local.readers.ci)}},
        "Action": "ecr:BatchGetImage",
        "Resource": "${var.open}"
      }, {
        "Effect": "Deny",
        "Principal": {"AWS": "arn:aws:iam::${var.account}:root"}
      }]
    }
  JSON
}
"#;

const REPOSITORY: &str = r#"
variable "readers" {
  type = map(list(string))
}
variable "actions" {
  type = list(string)
}
data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = var.readers
    content {
      sid     = statement.key
      actions = var.actions
      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }
}
resource "aws_ecr_repository_policy" "this" {
  repository = "this"
  policy     = data.aws_iam_policy_document.this.json
}
"#;

/// Calls `visit` with each known string of a document.
fn leaves(node: &Node, visit: &mut dyn FnMut(&str, &Origin)) {
    match &node.data {
        Data::String(text) => visit(text.known().unwrap(), &node.origin),
        Data::Array(items) => items.iter().for_each(|item| leaves(item, visit)),
        Data::Object(members) => members.iter().for_each(|member| leaves(&member.value, visit)),
        Data::Unknown(_) | Data::Null | Data::Bool(_) | Data::Number(_) => {}
    }
}

#[test]
fn every_leaf_points_at_its_bytes() {
    let (unit, sources) = evaluate(&[("main.tf", MAIN), ("repository/main.tf", REPOSITORY)]);
    let mut seen = 0;
    for attachment in &unit.model.attachments {
        let Some(Document::Json(node)) = attachment.document.known() else { panic!() };
        leaves(node, &mut |leaf, origin| {
            seen += 1;
            let bytes = text(origin.span, &sources);
            let address = &attachment.place.address;
            let written = match leaf {
                // The key of an object, in its own right.
                "ci" => "ci".to_owned(),
                "a \"quoted\" A" => r#""a \"quoted\" \u0041""#.to_owned(),
                "arn:aws:iam::111122223333:root" => {
                    r#""arn:aws:iam::${var.account}:root""#.to_owned()
                }
                // What the provider adds is put down to the blocks that leave it out.
                "2012-10-17" | "Allow" if address.starts_with("module.") => return,
                leaf => format!("\"{leaf}\""),
            };
            assert_eq!(bytes, written, "{address}");
        });
    }
    assert_eq!(seen, 22);
}

#[test]
fn a_leaf_knows_its_way() {
    let (unit, sources) = evaluate(&[("main.tf", MAIN), ("repository/main.tf", REPOSITORY)]);
    let attachment = unit.model.attachments.iter().find(|it| it.place.calls.len() == 1).unwrap();
    let Some(Document::Json(node)) = attachment.document.known() else { panic!() };
    let principal = node.get("Statement").and_then(|statements| match &statements.data {
        Data::Array(items) => items[0].get("Principal")?.get("AWS"),
        _ => None,
    });
    let Data::Array(identifiers) = &principal.unwrap().data else { panic!() };
    let star = identifiers.iter().find(|node| text(node.origin.span, &sources) == "\"*\"").unwrap();
    let way: Vec<&str> = star.origin.hops().map(|hop| &*hop.name).collect();
    assert_eq!(
        way,
        [
            "data.aws_iam_policy_document.this.json",
            "statement.value",
            "var.readers",
            "local.readers",
            "local.star",
            "var.open"
        ]
    );
}
