//! Policies of IAM are passed over only where nothing that they are made of can name ECR.

use super::{evaluate, problems};

/// A call whose source is computed.
fn computed(source: &str, meta: &str) -> String {
    format!(
        "module \"m\" {{\n  source = {source}\n  {meta}\n  names = [\"PutImage\"]\n}}\n\
         locals {{\n  source = \"./m\"\n}}\n"
    )
}

/// A policy with these actions.
fn policy(meta: &str, actions: &str) -> String {
    let statement = format!(r#"{{ Effect = "Allow", Action = {actions}, Resource = "*" }}"#);
    format!(
        "resource \"aws_iam_policy\" \"p\" {{\n  {meta}\n  policy = jsonencode({{ Statement = [{statement}] }})\n}}\n"
    )
}

fn addresses(files: &[(&str, &str)]) -> Vec<String> {
    let (unit, _) = evaluate(files);
    unit.model.attachments.into_iter().map(|it| it.place.address.to_string()).collect()
}

#[test]
fn what_names_ecr_is_found_wherever_it_is_written() {
    let module = "module \"m\" {\n  source = \"./m\"\n  names = [\"PutImage\"]\n}\n";
    let output = "variable \"names\" {}\noutput \"actions\" {\n  value = [for name in var.names : \"ecr:${name}\"]\n}\n";
    for (actions, meta, further, others) in [
        ("\"ecr:PutImage\"", "", "", vec![]),
        ("[\"s3:GetObject\", \"ECR:*\"]", "", "", vec![]),
        ("\"${local.service}:*\"", "", "locals {\n  service = \"ecr\"\n}\n", vec![]),
        ("var.actions", "", "variable \"actions\" {\n  default = [\"ecr:PutImage\"]\n}\n", vec![]),
        (
            "var.given",
            "",
            "variable \"given\" {}\n",
            vec![("x.auto.tfvars", "given = \"ecr:*\"\n")],
        ),
        ("module.m.actions", "", module, vec![("m/main.tf", output)]),
        ("values(module.m)[0]", "", module, vec![("m/main.tf", output)]),
        ("module.m.actions", "", &computed("local.source", ""), vec![("m/main.tf", output)]),
        (
            "module.m[0].actions",
            "",
            &computed("\"./${\"m\"}\"", "count = 1"),
            vec![("m/main.tf", output)],
        ),
        ("jsondecode(file(\"a.json\"))", "", "", vec![("a.json", "[\"ecr:PutImage\"]")]),
        ("base64decode(\"ZWNyOio=\")", "", "", vec![]),
        ("jsondecode(\"\\\"\\\\u0065cr:*\\\"\")", "", "", vec![]),
        (
            "terraform_data.t.input",
            "",
            "resource \"terraform_data\" \"t\" {\n  input = \"ecr:*\"\n}\n",
            vec![],
        ),
        ("\"e${local.rest}\"", "", "locals {\n  rest = \"cr:*\"\n}\n", vec![]),
        ("\"${local.ec}r:*\"", "", "locals {\n  ec = \"ec\"\n}\n", vec![]),
        ("join(\"\", [\"e\", \"c\", \"r\", \":*\"])", "", "", vec![]),
        ("join(\"c\", [\"e\", \"r:*\"])", "", "", vec![]),
        ("format(\"%scr:*\", \"e\")", "", "", vec![]),
        ("replace(\"e_c_r:*\", \"_\", \"\")", "", "", vec![]),
        ("strrev(\"*:rce\")", "", "", vec![]),
        ("\"${substr(\"secretr:*\", 1, 2)}${substr(\"secretr:*\", 6, 3)}\"", "", "", vec![]),
        ("\"${basename(\"${path.module}/ecr\")}:*\"", "", "", vec![]),
        (
            "data.terraform_remote_state.s.outputs.actions",
            "",
            "data \"terraform_remote_state\" \"s\" {\n  backend = \"local\"\n  config = { path = \"s.tfstate\" }\n}\n",
            vec![(
                "s.tfstate",
                r#"{"version": 4, "outputs": {"actions": {"value": "ecr:*", "type": "string"}}}"#,
            )],
        ),
        ("\"${each.key}:*\"", "for_each = { ecr = true }", "", vec![]),
        ("yamldecode(\"\\\"\\\\x65cr:*\\\"\")", "", "", vec![]),
        ("join(\"\", concat([\"e\"], keys({ cr = 1 }), [\":*\"]))", "", "", vec![]),
    ] {
        let main = policy(meta, actions) + further;
        let mut files = vec![("main.tf", main.as_str())];
        files.extend(others);
        let found = addresses(&files);
        assert_eq!(found.len(), 1, "{actions}: {found:?}");
    }
}

/// The source of a module may be made of variables and locals.
#[test]
fn a_module_whose_source_is_computed_counts() {
    let output = |action: &str| format!("output \"actions\" {{\n  value = [\"{action}\"]\n}}\n");
    let found = |source: &str, further: &str, action: &str| {
        let main = policy("", "module.m.actions")
            + &format!("module \"m\" {{\n  source = {source}\n}}\n{further}");
        addresses(&[("main.tf", &main), ("m/main.tf", &output(action))])
    };
    for (source, further) in [
        ("\"./${local.name}\"", "locals {\n  name = \"m\"\n}\n"),
        ("local.source", "locals {\n  source = \"./m\"\n}\n"),
        ("var.source", "variable \"source\" {\n  default = \"./m\"\n}\n"),
    ] {
        assert_eq!(found(source, further, "ecr:PutImage"), ["aws_iam_policy.p"], "{source}");
        assert!(found(source, further, "s3:GetObject").is_empty(), "{source}");
    }
    assert!(found("var.source", "variable \"source\" {}\n", "ecr:PutImage").is_empty());
}

#[test]
fn what_a_caller_passes_counts() {
    let callee = policy("", "var.actions") + "variable \"actions\" {}\n";
    let calls = "module \"yes\" {\n  source = \"./m\"\n  actions = local.all[\"push\"]\n}\n\
                 module \"no\" {\n  source = \"./m\"\n  actions = [\"s3:GetObject\"]\n}\n\
                 locals {\n  all = { push = [\"ecr:PutImage\"] }\n}\n";
    let found = addresses(&[("main.tf", calls), ("m/main.tf", &callee)]);
    assert_eq!(found, ["module.yes.aws_iam_policy.p"]);
}

#[test]
fn inline_policies_of_roles_and_documents_count() {
    let main = r#"
        resource "aws_iam_role" "r" {
          assume_role_policy = "{}"
          dynamic "inline_policy" {
            for_each = ["ecr"]
            content {
              policy = data.aws_iam_policy_document.d[inline_policy.value].json
            }
          }
        }
        data "aws_iam_policy_document" "d" {
          for_each = toset(["ecr"])
          statement {
            actions   = ["${each.key}:PutImage"]
            resources = ["*"]
          }
        }
    "#;
    assert_eq!(addresses(&[("main.tf", main)]), ["aws_iam_role.r"]);
}

#[test]
fn resources_count_only_beside_actions_that_may_be_of_ecr() {
    let statement = |actions: &str, further: &str| {
        let arn = "arn:aws:ecr:eu-west-1:111122223333:repository/app";
        let main = format!(
            r#"
            resource "aws_iam_policy" "object" {{
              policy = jsonencode({{
                Statement = [{{ Effect = "Allow", Action = {actions}, Resource = "{arn}" {further} }}]
              }})
            }}
            resource "aws_iam_policy" "block" {{
              policy = data.aws_iam_policy_document.d.json
            }}
            data "aws_iam_policy_document" "d" {{
              dynamic "statement" {{
                for_each = ["{arn}"]
                content {{
                  actions   = flatten([{actions}])
                  resources = [statement.value]
                }}
              }}
              statement {{
                actions   = {actions}
                resources = ["{arn}"]
              }}
            }}
            "#
        );
        addresses(&[("main.tf", &main)])
    };
    let both = ["aws_iam_policy.block", "aws_iam_policy.object"];
    assert!(statement("[\"s3:GetObject\", \"kms:*\"]", "").is_empty());
    assert_eq!(statement("[\"s3:GetObject\", \"ecr:*\"]", ""), both);
    assert_eq!(statement("[\"*\"]", ""), both);
    assert_eq!(statement("[\"s3:GetObject\"]", ", Action = [\"*\"]"), ["aws_iam_policy.object"]);
    assert_eq!(
        statement("[\"s3:GetObject\"]", ", (\"Action\") = \"*\""),
        ["aws_iam_policy.object"]
    );
}

#[test]
fn a_statement_that_is_taken_apart_counts() {
    let found = |statement: &str| {
        let main = format!(
            "resource \"aws_iam_policy\" \"p\" {{\n policy = jsonencode({{ Statement = [{statement}] }})\n}}\n"
        );
        addresses(&[("main.tf", &main)]).len()
    };
    let other = r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "ecr:*" }"#;
    assert_eq!(found(other), 0);
    assert_eq!(found(&format!("merge({other}, {{ Action = \"*\" }})")), 1);
    assert_eq!(found(&format!("{{ Effect = \"Allow\", Action = {other}.Resource }}")), 1);
    assert_eq!(found(&format!("{{ Action = [for it in [{other}] : it.Resource] }}")), 1);
}

#[test]
fn what_only_decides_brings_no_text() {
    // That the count has no value is told, unless the policy is passed over.
    let told = |actions: &str| {
        let main = policy("count = tonumber(\"ecr\")", actions)
            + "locals {\n  services = { x = \"s3\" }\n}\n";
        let (unit, sources) = evaluate(&[("main.tf", &main)]);
        problems(&unit, &sources).len()
    };
    assert_eq!(told("local.services[\"ecr\"]"), 0);
    assert_eq!(told("\"${path.root == \"ecr\" ? \"kms\" : local.services.x}:*\""), 0);
    assert_eq!(told("[for service in local.services : \"${service}:*\" if service != \"ecr\"]"), 0);
    assert_eq!(told("\"${path.root == \"ecr\" ? \"ecr\" : local.services.x}:*\""), 1);
}

#[test]
fn what_is_wrong_is_told_of_policies_that_are_passed_over() {
    let callee = policy("", "[\"s3:${var.gone}\"]") + "nonsense {}\n";
    let main = "module \"m\" {\n  source = \"./m\"\n}\n";
    let (unit, sources) = evaluate(&[
        ("main.tf", &(policy("", "local.actions") + main + "locals {\n  actions = var.lost\n}\n")),
        ("m/main.tf", &callee),
    ]);
    assert!(unit.model.attachments.is_empty());
    let mut told = problems(&unit, &sources);
    told.sort();
    assert_eq!(
        told,
        [
            "note m/main.tf:3: there is no variable `gone` in this module",
            "note m/main.tf:5: blocks of type `nonsense` are not expected here",
            "note main.tf:9: there is no variable `lost` in this module",
        ]
    );
}
