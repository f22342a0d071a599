//! Public modules that are not installed are judged by their published interface.

use super::{document, evaluate, field, problems, text};
use ecrlint::model::Document;
use serde_json::json;

#[test]
fn a_default_points_at_the_call() {
    let main = "module \"ecr\" {\n  source = \"lgallard/ecr/aws\"\n  name   = \"app\"\n}\n";
    let (unit, sources) = evaluate(&[("main.tf", main)]);
    let repository = &unit.model.repositories[0];
    assert_eq!(&*repository.place.address, "module.ecr.aws_ecr_repository.repo[0]");
    assert_eq!(text(repository.place.block, &sources), "module \"ecr\"");
    assert_eq!(field(&repository.name), json!("app"));
    assert_eq!(text(repository.name.origin.span, &sources), "\"app\"");
    assert_eq!(field(&repository.tag_mutability), json!("MUTABLE"));
    assert_eq!(text(repository.tag_mutability.origin.span, &sources), "module \"ecr\"");
    assert!(repository.tag_mutability.origin.hops().next().is_none());
    assert_eq!(
        problems(&unit, &sources),
        [
            "note main.tf:2: module `ecr` is not installed: it is judged by the published interface of `lgallard/ecr/aws`"
        ]
    );
}

#[test]
fn an_argument_points_at_itself() {
    let main = r#"
        module "ecr" {
          source                          = "terraform-aws-modules/ecr/aws"
          version                         = "~> 2.0"
          repository_name                 = "app"
          repository_image_tag_mutability = "MUTABLE"
          repository_read_access_arns     = ["*"]
          create_lifecycle_policy         = false
        }
    "#;
    let (unit, sources) = evaluate(&[("main.tf", main)]);
    let repository = &unit.model.repositories[0];
    assert_eq!(text(repository.tag_mutability.origin.span, &sources), "\"MUTABLE\"");
    let attachment = &unit.model.attachments[0];
    let statements = document(&unit.model, &attachment.place.address)["Statement"].clone();
    assert_eq!(statements[0]["Principal"], json!({"AWS": "*"}));
    let Some(Document::Json(node)) = attachment.document.known() else { panic!() };
    let statement = match &node.get("Statement").unwrap().data {
        ecrlint::policy::node::Data::Array(items) => &items[0],
        other => panic!("{other:?}"),
    };
    let star = statement.get("Principal").unwrap().get("AWS").unwrap();
    assert_eq!(text(star.origin.span, &sources), "\"*\"");
}

/// lgallard's module makes policies of other inputs than `policy` and `lifecycle_policy`, too.
#[test]
fn inputs_that_stand_for_a_policy_make_one() {
    let main = r#"
        module "rules" {
          source                    = "lgallard/ecr/aws"
          name                      = "app"
          lifecycle_policy_template = "production"
          enable_pull_request_rules = true
          pull_request_rules = [
            { name = "a", type = "approval", enabled = true, conditions = { allowed_principals = ["*"] } },
            { name = "b", type = "approval", enabled = false, conditions = { allowed_principals = ["x"] } },
          ]
        }
        module "none" {
          source             = "lgallard/ecr/aws"
          name               = "other"
          pull_request_rules = [{ name = "a", type = "approval", enabled = true }]
        }
    "#;
    let (unit, _) = evaluate(&[("main.tf", main)]);
    let addresses: Vec<&str> =
        unit.model.attachments.iter().map(|attachment| &*attachment.place.address).collect();
    assert_eq!(addresses, ["module.rules.aws_ecr_repository_policy.policy[0]"]);
    let statements = document(&unit.model, addresses[0])["Statement"].clone();
    assert_eq!(statements.as_array().unwrap().len(), 2);
    assert_eq!(statements[1]["Principal"], json!({"AWS": ["*"]}));
    assert_eq!(unit.model.lifecycle_policies.len(), 1);
}

/// cloudposse's module lets images of an upstream registry be imported into the repositories of some prefixes.
#[test]
fn pull_through_access_is_that_of_some_prefixes() {
    let main = r#"
        module "cache" {
          source                             = "cloudposse/ecr/aws"
          image_names                        = ["docker-hub/nginx", "app"]
          principals_readonly_access         = ["arn:aws:iam::111122223333:root"]
          principals_pull_though_access      = ["*"]
          prefixes_pull_through_repositories = ["docker-hub"]
        }
    "#;
    let (unit, _) = evaluate(&[("main.tf", main)]);
    let statements = |name: &str| {
        let address = format!("module.cache.aws_ecr_repository_policy.name[\"{name}\"]");
        document(&unit.model, &address)["Statement"].as_array().unwrap().len()
    };
    assert_eq!(statements("docker-hub/nginx"), 2);
    assert_eq!(statements("app"), 1);
}

#[test]
fn a_module_inside_a_public_one_has_its_own() {
    let main = r#"
        module "cache" {
          source                      = "terraform-aws-modules/ecr/aws//modules/repository-template"
          prefix                      = "docker-hub"
          image_tag_mutability        = "MUTABLE"
          repository_read_access_arns = ["*"]
        }
    "#;
    let (unit, sources) = evaluate(&[("main.tf", main)]);
    let template = &unit.model.repositories[0];
    assert_eq!(field(&template.name), json!("docker-hub"));
    assert_eq!(text(template.tag_mutability.origin.span, &sources), "\"MUTABLE\"");
    let statements = document(&unit.model, &template.place.address)["Statement"].clone();
    assert_eq!(statements[0]["Principal"], json!({"AWS": "*"}));
}

/// Nothing in a stand-in fails, whichever of its outputs is used.
#[test]
fn all_outputs_can_be_used() {
    let calls = r#"
        module "a" {
          source          = "terraform-aws-modules/ecr/aws"
          repository_name = "a"
        }
        module "b" {
          source      = "cloudposse/ecr/aws"
          image_names = ["b", "c"]
        }
        module "c" {
          source          = "lgallard/ecr/aws"
          name            = "d"
          prevent_destroy = true
        }
    "#;
    for output in [
        "a.repository_name",
        "a.repository_arn",
        "a.repository_registry_id",
        "a.repository_url",
        "b.registry_id",
        "b.repository_arn",
        "b.repository_arn_map",
        "b.repository_name",
        "b.repository_url",
        "b.repository_url_map",
        "c.registry_id",
        "c.repository_arn",
        "c.repository_name",
        "c.repository_url",
    ] {
        let own = format!(
            "resource \"aws_ecr_repository\" \"r\" {{\n  name = jsonencode(module.{output})\n}}\n"
        );
        let (unit, sources) = evaluate(&[("main.tf", &format!("{calls}{own}"))]);
        let told = problems(&unit, &sources);
        assert!(told.iter().all(|note| note.contains("is not installed")), "{output}: {told:?}");
    }
}

#[test]
fn an_installed_module_needs_no_stand_in() {
    let call = "module \"ecr\" {\n  source = \"lgallard/ecr/aws\"\n}\n";
    let manifest = r#"{"Modules": [{"Key": "ecr", "Source": "registry.terraform.io/lgallard/ecr/aws", "Dir": ".terraform/modules/ecr"}]}"#;
    let installed = "resource \"aws_ecr_repository\" \"mine\" {\n  name = \"x\"\n}\n";
    let (unit, sources) = evaluate(&[
        ("main.tf", call),
        (".terraform/modules/modules.json", manifest),
        (".terraform/modules/ecr/main.tf", installed),
    ]);
    assert_eq!(&*unit.model.repositories[0].place.address, "module.ecr.aws_ecr_repository.mine");
    assert!(problems(&unit, &sources).is_empty());
}

#[test]
fn any_other_module_is_named() {
    let main = "module \"a\" {\n  source = \"git::https://example.com/ecr.git\"\n}\nmodule \"b\" {\n  source = \"x/vpc/aws\"\n}\n\
        resource \"aws_ecr_repository\" \"r\" {\n  name = \"r\"\n  image_tag_mutability = module.b.tags\n}\n";
    let (unit, sources) = evaluate(&[("main.tf", main)]);
    assert_eq!(field(&unit.model.repositories[0].tag_mutability), json!({"unknown": true}));
    assert_eq!(
        problems(&unit, &sources),
        [
            "note main.tf:2: module `a` is not installed: `git::https://example.com/ecr.git`",
            "note main.tf:5: modules that are not installed are not looked into: `b`",
        ]
    );
}

/// cloudposse's label module makes up the name of a repository. What is not given comes from the context.
#[test]
fn a_label_is_put_together() {
    let main = r#"
        module "own" {
          source     = "cloudposse/ecr/aws"
          namespace  = "eg"
          stage      = "Test"
          name       = "my_app"
          attributes = ["blue", "blue", ""]
        }
        module "of_context" {
          source  = "cloudposse/ecr/aws"
          context = { namespace = "eg", stage = "prod", name = null, attributes = ["x"], delimiter = "/", label_order = ["stage", "name", "attributes"] }
          name    = "app"
        }
        module "unknown" {
          source  = "cloudposse/ecr/aws"
          name    = var.name
        }
        variable "name" {}
    "#;
    let (unit, sources) = evaluate(&[("main.tf", main)]);
    let addresses: Vec<&str> =
        unit.model.repositories.iter().map(|repository| &*repository.place.address).collect();
    assert_eq!(
        addresses,
        [
            "module.of_context.aws_ecr_repository.name[\"prod/app/x\"]",
            "module.own.aws_ecr_repository.name[\"eg-test-myapp-blue\"]",
            "module.unknown.aws_ecr_repository.name[*]",
        ]
    );
    let told = problems(&unit, &sources);
    let names_inner = |note: &String| note.contains("label") || note.contains("local.");
    assert!(!told.iter().any(names_inner), "{told:?}");
}
