//! `aws_iam_policy_document` as the provider renders it (the rules are measured).

use serde_json::{Value, json};

use super::{document, evaluate, files, problems};
use ecrlint::model::Fact;
use ecrlint::source::Sources;
use ecrlint::terraform::{Loader, Options, console};

/// The value of an attribute of `data.aws_iam_policy_document.d`.
fn attribute(main: &str, name: &str) -> Value {
    let disk = files(&[("main.tf", main)]);
    let sources = Sources::new();
    let loader = Loader::new(&disk, &sources, false);
    let expression = format!("data.aws_iam_policy_document.d.{name}");
    let (answer, _) = loader.with_console(".", &Options::default(), |evaluator| {
        console::answer(evaluator, &expression, false)
    });
    serde_json::from_str(&answer).unwrap()
}

/// The document of `data.aws_iam_policy_document.d`, read back.
fn rendered(body: &str) -> Value {
    let answer =
        attribute(&format!("data \"aws_iam_policy_document\" \"d\" {{\n{body}\n}}\n"), "json");
    let text = answer["value"].as_str().unwrap_or_else(|| panic!("{answer}"));
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_text_is_that_of_the_provider() {
    let main = r#"
        data "aws_iam_policy_document" "d" {
          policy_id = "id"
          statement {
            sid     = "One"
            actions = ["ecr:BatchGetImage", "ecr:PutImage"]
            principals {
              type        = "AWS"
              identifiers = ["arn:aws:iam::111122223333:root"]
            }
            condition {
              test     = "StringLike"
              variable = "aws:userid"
              values   = ["<a>&b"]
            }
          }
        }
    "#;
    let pretty = "{\n  \"Version\": \"2012-10-17\",\n  \"Id\": \"id\",\n  \"Statement\": [\n    {\n      \
        \"Sid\": \"One\",\n      \"Effect\": \"Allow\",\n      \"Action\": [\n        \
        \"ecr:PutImage\",\n        \"ecr:BatchGetImage\"\n      ],\n      \"Principal\": {\n        \
        \"AWS\": \"arn:aws:iam::111122223333:root\"\n      },\n      \"Condition\": {\n        \
        \"StringLike\": {\n          \"aws:userid\": \"\\u003ca\\u003e\\u0026b\"\n        }\n      }\n    \
        }\n  ]\n}";
    assert_eq!(attribute(main, "json"), json!({ "value": pretty }));
    let minified = "{\"Version\":\"2012-10-17\",\"Id\":\"id\",\"Statement\":[{\"Sid\":\"One\",\"Effect\":\
        \"Allow\",\"Action\":[\"ecr:PutImage\",\"ecr:BatchGetImage\"],\"Principal\":{\"AWS\":\
        \"arn:aws:iam::111122223333:root\"},\"Condition\":{\"StringLike\":{\"aws:userid\":\
        \"\\u003ca\\u003e\\u0026b\"}}}]}";
    assert_eq!(attribute(main, "minified_json"), json!({ "value": minified }));
}

#[test]
fn principals_are_joined_by_type() {
    let principal = |blocks: &str| {
        rendered(&format!("statement {{\n{blocks}\n}}"))["Statement"][0]["Principal"].clone()
    };
    let block = |ty: &str, ids: &str| {
        format!("principals {{\n type = \"{ty}\"\n identifiers = {ids}\n}}\n")
    };
    assert_eq!(principal(&block("*", r#"["*"]"#)), json!("*"));
    assert_eq!(principal(&block("AWS", r#"["*"]"#)), json!({"AWS": "*"}));
    assert_eq!(
        principal(&(block("*", r#"["*"]"#) + &block("AWS", r#"["1"]"#))),
        json!({"*": "*", "AWS": "1"})
    );
    assert_eq!(
        principal(&(block("AWS", r#"["a", "b", "a"]"#) + &block("AWS", r#"["c"]"#))),
        json!({"AWS": ["b", "a", "c"]})
    );
}

#[test]
fn conditions_are_joined_by_test_and_variable() {
    let condition = |test: &str, variable: &str, values: &str| {
        format!(
            "condition {{\n test = \"{test}\"\n variable = \"{variable}\"\n values = {values}\n}}\n"
        )
    };
    let blocks = condition("StringEquals", "b", r#"["2", "1"]"#)
        + &condition("StringEquals", "a", r#"["1"]"#)
        + &condition("StringEquals", "b", r#"["3"]"#)
        + &condition("Bool", "B", r#"["true"]"#);
    let document = rendered(&format!("statement {{\n{blocks}}}"));
    let expected = json!({"Bool": {"B": "true"}, "StringEquals": {"a": "1", "b": ["2", "1", "3"]}});
    assert_eq!(document["Statement"][0]["Condition"], expected);
}

#[test]
fn variables_of_the_policy_language_are_written_with_an_ampersand() {
    let statement = r#"statement {
      actions   = ["s3:&{x}"]
      resources = ["arn:&{aws:username}"]
    }"#;
    let document = rendered(statement);
    assert_eq!(document["Statement"][0]["Resource"], json!("arn:${aws:username}"));
    assert_eq!(document["Statement"][0]["Action"], json!("s3:&{x}"));
    let main = format!(
        "data \"aws_iam_policy_document\" \"d\" {{\n version = \"2008-10-17\"\n {statement}\n}}\n"
    );
    let answer = attribute(&main, "json");
    assert_eq!(answer, json!({"error": "policy variables need the version `2012-10-17`"}));
}

#[test]
fn documents_are_merged_in_order() {
    let main = r#"
        locals {
          first  = jsonencode({ Id = "1", Statement = [{ Sid = "A", Effect = "Deny" }, { Effect = "Deny" }] })
          second = jsonencode({ Version = "2008-10-17", Statement = [{ Sid = "B", Effect = "Deny" }] })
        }
        data "aws_iam_policy_document" "d" {
          source_policy_documents   = [local.first, "", local.second]
          override_policy_documents = [jsonencode({ Statement = [{ Sid = "own", Effect = "Deny" }, { Effect = "Allow" }] })]
          statement {
            sid    = "A"
            effect = "Allow"
          }
          statement {
            sid = "own"
          }
        }
        resource "aws_ecr_registry_policy" "p" {
          policy = data.aws_iam_policy_document.d.json
        }
    "#;
    let (unit, _) = evaluate(&[("main.tf", main)]);
    let expected = json!({
        "Version": "2012-10-17",
        "Id": "1",
        "Statement": [
            {"Sid": "A", "Effect": "Allow"},
            {"Effect": "Deny"},
            {"Sid": "B", "Effect": "Deny"},
            {"Sid": "own", "Effect": "Deny"},
            {"Effect": "Allow"},
        ],
    });
    assert_eq!(document(&unit.model, "aws_ecr_registry_policy.p"), expected);
}

#[test]
fn what_a_merge_loses_is_told() {
    let main = r#"
        data "aws_iam_policy_document" "d" {
          source_policy_documents = [<<JSON
{"Statement": [
  {"effect": "Allow", "Principal": "123456789012", "Conditions": {}},
  {"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": {"NumericLessThan": {"x": 1}, "Bool": {"y": true}}}
]}
JSON
          ]
        }
        resource "aws_ecr_registry_policy" "p" {
          policy = data.aws_iam_policy_document.d.json
        }
    "#;
    let (unit, sources) = evaluate(&[("main.tf", main)]);
    let statements = document(&unit.model, "aws_ecr_registry_policy.p")["Statement"].clone();
    let expected = json!([
        {"Effect": "Allow", "Principal": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": {"Bool": {"y": "true"}}},
    ]);
    assert_eq!(statements, expected);
    assert_eq!(
        problems(&unit, &sources),
        [
            "note main.tf:5: `aws_iam_policy_document` takes a principal that is a bare string for `\"*\"`: everyone",
            "note main.tf:5: `aws_iam_policy_document` drops the unknown element `Conditions`",
            "note main.tf:6: `aws_iam_policy_document` drops the condition on `x`: its value is no string",
        ]
    );
}

#[test]
fn a_statement_that_is_no_list_fails() {
    let main = r#"
        data "aws_iam_policy_document" "d" {
          source_policy_documents = [jsonencode({ Statement = { Effect = "Allow" } })]
        }
        resource "aws_ecr_registry_policy" "p" {
          policy = data.aws_iam_policy_document.d.json
        }
    "#;
    let (unit, sources) = evaluate(&[("main.tf", main)]);
    assert_eq!(
        problems(&unit, &sources),
        ["evaluation main.tf:3: the provider takes no `Statement` here that is not a list"]
    );
    assert!(matches!(unit.model.attachments[0].document.fact, Fact::Unknown(_)));
}

#[test]
fn an_unknown_part_hides_nothing_else() {
    let main = r#"
        variable "extra" { type = list(string) }
        variable "documents" { type = list(string) }
        data "aws_iam_policy_document" "d" {
          source_policy_documents = var.documents
          statement {
            actions = ["ecr:*"]
            principals {
              type        = "AWS"
              identifiers = concat(["*"], var.extra)
            }
          }
          dynamic "statement" {
            for_each = var.extra
            content {
              sid = statement.value
            }
          }
        }
        resource "aws_ecr_registry_policy" "p" {
          policy = data.aws_iam_policy_document.d.json
        }
    "#;
    let (unit, _) = evaluate(&[("main.tf", main)]);
    let known = json!({"Effect": "Allow", "Action": "ecr:*", "Principal": {"AWS": ["?", "*"]}});
    assert_eq!(
        document(&unit.model, "aws_ecr_registry_policy.p")["Statement"],
        json!(["?", known, "?"])
    );
}

#[test]
fn an_unknown_condition_gives_both_documents() {
    let main = r#"
        variable "open" { type = bool }
        data "aws_iam_policy_document" "d" {
          dynamic "statement" {
            for_each = var.open ? [1] : []
            content {
              sid = "open"
            }
          }
          statement {
            sid = "always"
          }
        }
        resource "aws_ecr_registry_policy" "p" {
          policy = data.aws_iam_policy_document.d.json
        }
    "#;
    let (unit, _) = evaluate(&[("main.tf", main)]);
    let Fact::Either { arms, why } = &unit.model.attachments[0].document.fact else { panic!() };
    assert_eq!(&*why.reason, "variable `open` has no default and no value");
    let statements: Vec<usize> = arms
        .iter()
        .map(|arm| match arm.known() {
            Some(ecrlint::model::Document::Json(node)) => {
                super::as_json(node)["Statement"].as_array().unwrap().len()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(statements, [2, 1]);
}

/// Ids are unique among the sources and among the own statements; overrides may repeat them.
#[test]
fn statements_with_the_same_id_are_refused() {
    let own = "statement {\n  sid = \"x\"\n  actions = [\"ecr:PutImage\"]\n}\n";
    let documents = |name: &str| {
        format!(
            "{name} = [for action in [\"ecr:a\", \"ecr:b\"] : jsonencode({{ Statement = [{{ Sid = \"x\", Action = action }}] }})]\n"
        )
    };
    let document = |body: &str| format!("data \"aws_iam_policy_document\" \"d\" {{\n{body}}}\n");
    for body in [own.repeat(2), documents("source_policy_documents")] {
        let answer = attribute(&document(&body), "json");
        assert_eq!(answer, json!({ "error": "two statements have the id `x`" }), "{body}");
    }
    let body = own.to_owned() + &documents("override_policy_documents");
    assert_eq!(rendered(&body)["Statement"].as_array().unwrap().len(), 1);
    assert_eq!(rendered(&body)["Statement"][0]["Action"], "ecr:b");
}
