//! The command line: exit statuses, streams, and inputs that are no good.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::Folder;

const MUTABLE: &str = "resource \"aws_ecr_repository\" \"app\" {\n  name = \"app\"\n  image_tag_mutability = \"MUTABLE\"\n}\n";

#[track_caller]
fn incomplete(folder: &Folder, args: &[&str], message: &str) {
    let outcome = folder.run(args);
    assert_eq!(outcome.status, 3, "{outcome:?}");
    assert!(outcome.stderr.contains(message), "{message}: {outcome:?}");
}

#[test]
fn nothing_to_read_is_never_clean() {
    let folder =
        Folder::new().with("docs/readme.md", "text").with("empty.tf", "").with("blank.json", " \n");
    incomplete(&folder, &["check", "nowhere"], "cannot read `nowhere`: no such file or directory");
    incomplete(
        &folder,
        &["check", "docs"],
        "there is no Terraform file and no template under `docs`",
    );
    incomplete(&folder, &["check", "empty.tf"], "`empty.tf` is empty");
    incomplete(&folder, &["check", "blank.json"], "`blank.json` is empty");
    incomplete(&folder, &["check", "-"], "standard input is empty");
}

#[test]
fn bad_usage_is_told_apart() {
    let folder = Folder::new().with("main.tf", MUTABLE);
    for args in [
        &["check", "--nonsense"][..],
        &["check", "--select", "unused-waive"],
        &["check", "--format", "xml"],
        &["check", "--var", "novalue"],
        &["check", "--owner-account", "123"],
        &["check", "--today", "yesterday"],
        &["check", "--config", "nowhere.hcl"],
        &["explain", "nothing"],
        &["nonsense"],
    ] {
        let outcome = folder.run(args);
        assert_eq!(outcome.status, 2, "{args:?}: {outcome:?}");
        assert!(outcome.stdout.is_empty() && !outcome.stderr.is_empty(), "{args:?}: {outcome:?}");
    }
    assert!(
        folder.run(&["explain", "unused-waive"]).stderr.contains("did you mean `unused-waiver`?")
    );
}

#[test]
fn unreadable_files_are_reported() {
    let folder = Folder::new().with("main.tf", "locals {}\n").with("a/main.tf", "locals {}\n");
    symlink("loop.tf", folder.path().join("pool.tf")).unwrap();
    symlink("pool.tf", folder.path().join("loop.tf")).unwrap();
    incomplete(&folder, &["check"], "cannot read `loop.tf`: too many levels of symbolic links");
    incomplete(&folder, &["check", "loop.tf"], "cannot read `loop.tf`");
    // Root may read everything, so the second half needs another user.
    let secret = folder.path().join("a/main.tf");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&secret).is_err() {
        incomplete(&folder, &["check", "a"], "cannot read `a/main.tf`: permission denied");
    }
}

#[test]
fn a_loop_of_directories_ends() {
    let folder = Folder::new().with("a/main.tf", "locals {}\n");
    symlink("..", folder.path().join("a/up")).unwrap();
    let outcome = folder.run(&["check", "--format", "json"]);
    assert_eq!(
        (outcome.status, outcome.json()["summary"]["files"].as_u64()),
        (0, Some(1)),
        "{outcome:?}"
    );
}

#[test]
fn results_and_messages_go_to_their_streams() {
    let folder = Folder::new().with("main.tf", "locals {}\n");
    let outcome = folder.run(&["check", ".", "nowhere", "--format", "json"]);
    assert_eq!(outcome.status, 3);
    assert_eq!(outcome.json()["errors"][0]["kind"], "input");
    assert!(outcome.stderr.contains("nowhere") && !outcome.stderr.contains('\u{1b}'));
    let colored = folder.run(&["check", "nowhere", "--color", "always"]);
    assert!(colored.stderr.contains("\u{1b}["));
}

#[test]
fn a_report_can_be_written_to_files() {
    let folder = Folder::new().with("main.tf", "locals {}\n");
    let outcome = folder.run(&["check", "--output", "json=a.json", "--output", "sarif=b.sarif"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    for name in ["a.json", "b.sarif"] {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    }
    assert_eq!(folder.run(&["check", "--output", "json=nowhere/a.json"]).status, 2);
}

#[test]
fn every_check_has_a_page() {
    let folder = Folder::new();
    let list = folder.run(&["checks", "--format", "json"]).json();
    for check in list["checks"].as_array().unwrap() {
        let id = check["id"].as_str().unwrap();
        let page = folder.run(&["explain", id]);
        assert!(page.status == 0 && page.stdout.starts_with(&format!("# {id}\n")), "{page:?}");
    }
}

#[test]
fn called_modules_are_read_wherever_they_lie() {
    let folder = Folder::new()
        .with("envs/dev/main.tf", "module \"m\" {\n  source = \"../../modules/m\"\n}\n")
        .with("modules/m/main.tf", "# aws_ecr\nresource {\n");
    // Without a git work tree the root of trust is widened to the called module; a given one is not.
    let outcome = folder.run(&["check", "envs/dev", "--format", "json"]);
    assert_eq!(outcome.json()["summary"]["units"], 1, "{outcome:?}");
}

#[test]
fn hostile_files_are_told_with_their_place() {
    let deep = format!("# aws_ecr\na = {}\n", "[".repeat(10_000));
    let folder = Folder::new()
        .with("deep/main.tf", deep)
        .with("nul/main.tf", format!("# aws_ecr\n{}", "\0".repeat(1000)))
        .with("broken/main.tf", format!("{MUTABLE}resource \"aws_ecr_repository\" {{\n"));
    incomplete(&folder, &["check", "deep"], "deep/main.tf:2:");
    incomplete(&folder, &["check", "nul"], "nul/main.tf:2:1");
    incomplete(&folder, &["check", "broken"], "broken/main.tf:5:");
}

#[test]
fn a_huge_file_is_refused() {
    let folder = Folder::new().with("main.tf", "locals {}\n");
    let huge = std::fs::File::create(folder.path().join("huge.tf")).unwrap();
    huge.set_len(100 << 20).unwrap();
    incomplete(&folder, &["check"], "cannot read `huge.tf`: it is too large");
    let outcome = folder.run(&["check", "huge.tf"]);
    assert_eq!(outcome.status, 3, "{outcome:?}");
}

/// A data file that is met on the way is hardly a template: it is told, and changes no exit status.
#[test]
fn a_huge_file_of_data_is_passed_over_with_a_note() {
    let folder = Folder::new().with("main.tf", "locals {}\n");
    let huge = std::fs::File::create(folder.path().join("data.json")).unwrap();
    huge.set_len(100 << 20).unwrap();
    let outcome = folder.run(&["check"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("note: data.json: cannot read `data.json`"), "{outcome:?}");
}

const PLAN: &str = r#"{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[
{"address":"aws_ecr_repository.app","mode":"managed","type":"aws_ecr_repository","name":"app",
"change":{"actions":["create"],"before":null,"after":{"name":"app","image_tag_mutability":"MUTABLE"},"after_unknown":{}}}]}"#;

#[test]
fn standard_input_is_told_apart_by_content() {
    let folder = Folder::new();
    let plan = folder.pipe(&["check", "-", "--format", "json"], PLAN);
    assert_eq!(
        (plan.status, plan.findings()),
        (1, vec!["-:3:mutable-tags".to_owned()]),
        "{plan:?}"
    );
    let source = folder.pipe(&["check", "-"], "resource {\n");
    assert!(source.status == 3 && source.stderr.contains("<stdin>.tf:1:"), "{source:?}");
    let plan = folder.pipe(&["check", "--plan", "-"], "resource {\n");
    assert!(plan.status == 3 && !plan.stderr.contains("<stdin>.tf"), "{plan:?}");
}

#[test]
fn severities_and_unknowns_decide_the_exit_status() {
    let unknown = PLAN.replace("\"image_tag_mutability\":\"MUTABLE\"", "\"x\":1");
    let unknown = unknown
        .replace("\"after_unknown\":{}", "\"after_unknown\":{\"image_tag_mutability\":true}");
    let folder = Folder::new().with("plan.json", PLAN).with("unknown.json", unknown);
    for (args, status) in [
        (&["check", "plan.json"][..], 1),
        (&["check", "plan.json", "--fail-on", "high"], 0),
        (&["check", "plan.json", "--fail-on", "none"], 0),
        (&["check", "plan.json", "--ignore", "CKV_AWS_51"], 0),
        (&["check", "plan.json", "--select", "force-delete"], 0),
        (&["check", "plan.json", "nowhere"], 3),
        (&["check", "unknown.json"], 0),
        (&["check", "unknown.json", "--unknown", "fail"], 1),
        (&["check", "unknown.json", "--unknown", "ignore"], 0),
    ] {
        assert_eq!(folder.run(args).status, status, "{args:?}");
    }
    let ignored = folder.run(&["check", "unknown.json", "--unknown", "ignore", "--format", "json"]);
    assert_eq!(ignored.json()["unknowns"], serde_json::json!([]));
}

#[test]
fn output_does_not_depend_on_the_number_of_threads() {
    let mut folder = Folder::new().with("plan.json", PLAN);
    for number in 0..20 {
        folder = folder
            .with(&format!("plan-{number}.json"), PLAN.replace("app", &format!("app{number}")));
    }
    let names: Vec<String> = (0..20).map(|number| format!("plan-{number}.json")).collect();
    let args: Vec<&str> =
        ["check", "--format", "json"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let one = folder.run(&[&args[..], &["--jobs", "1"]].concat());
    let many = folder.run(&[&args[..], &["--jobs", "7"]].concat());
    assert_eq!((one.findings().len(), &one.stdout), (20, &many.stdout));
}

#[test]
fn a_broken_file_is_reported_where_it_matters() {
    let broken = "resource \"aws_s3_bucket\" {\n";
    let folder = Folder::new()
        .with("main.tf", "locals {}\n")
        .with("templates/{{name}}.tf", broken)
        .with("app/main.tf", broken);
    // A directory that says nothing about ECR is not read, unless it is named.
    assert_eq!(folder.run(&["check"]).status, 0);
    incomplete(&folder, &["check", "app"], "app/main.tf:1:");
    incomplete(&folder, &["check", ".", "app/main.tf"], "app/main.tf:1:");
}

#[test]
fn expressions_are_answered_line_by_line() {
    let folder = Folder::new().with(
        "main.tf",
        "variable \"a\" {\n  default = 1\n}\nvariable \"s\" {\n  default   = \"x\"\n  sensitive = true\n}\n",
    );
    let outcome =
        folder.pipe(&["eval", "--var", "a=2"], "var.a + 1\nvar.s\n)(\nterraform.workspace\n");
    let answers: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(answers.len(), 4, "{outcome:?}");
    assert_eq!((answers[0], answers[1]), ("{\"value\":3}", "{\"sensitive\":true}"));
    assert!(answers[2].starts_with("{\"error\":"), "{outcome:?}");
    assert_eq!((answers[3], outcome.status), ("{\"value\":\"default\"}", 0));
    let lines =
        folder.pipe(&["eval", "--jsonl", "--show-sensitive"], "\"[\\n  var.s\\n]\"\nnonsense\n");
    let answers: Vec<&str> = lines.stdout.lines().collect();
    assert_eq!(answers[0], "{\"value\":[\"x\"]}");
    assert!(answers[1].contains("not a JSON string"), "{lines:?}");
    assert_eq!(folder.pipe(&["eval", "--dir", "nowhere"], "1\n").status, 3);
}

#[test]
fn why_tells_each_verdict() {
    let folder = Folder::new().with("main.tf", MUTABLE);
    for target in ["aws_ecr_repository.app", "main.tf:2"] {
        let outcome = folder.run(&["why", target]);
        assert_eq!(outcome.status, 0, "{outcome:?}");
        assert!(outcome.stdout.contains("fail            mutable-tags\n"), "{outcome:?}");
        assert!(outcome.stdout.contains("not applicable  wildcard-principal\n"), "{outcome:?}");
    }
    assert_eq!(folder.run(&["why", "aws_ecr_repository.other"]).status, 3);
}

#[test]
fn sensitive_values_are_never_shown() {
    let folder = Folder::new().with(
        "main.tf",
        "variable \"who\" {\n  default   = \"arn:aws:iam::999988887777:user/*\"\n  sensitive = true\n}\n\
         resource \"aws_ecr_repository_policy\" \"p\" {\n  repository = \"r\"\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    \
         Statement = [{ Effect = \"Allow\", Principal = { AWS = [var.who, \"*\"] }, Action = \"ecr:*\" }]\n  })\n}\n",
    );
    let strict = ["--profile", "strict"];
    for format in [
        "human",
        "concise",
        "json",
        "sarif",
        "junit",
        "github",
        "gitlab",
        "markdown",
        "html",
        "tfc-run-task",
    ] {
        let outcome = folder.run(&[&["check", "--format", format][..], &strict].concat());
        assert!(!outcome.stdout.contains("999988887777"), "{outcome:?}");
        assert!(!outcome.stderr.contains("999988887777"), "{outcome:?}");
    }
    let outcome = folder.run(&["inspect", "--format", "json"]);
    assert!(
        outcome.stdout.contains("$sensitive") && !outcome.stdout.contains("999988887777"),
        "{outcome:?}"
    );
    assert!(!folder.run(&["why", "aws_ecr_repository_policy.p"]).stdout.contains("999988887777"));
    assert!(
        folder
            .run(&["inspect", "--format", "json", "--show-sensitive"])
            .stdout
            .contains("999988887777")
    );
}

#[test]
fn each_file_of_variables_is_tried() {
    let folder = Folder::new()
        .with(
            "main.tf",
            MUTABLE.replace("\"MUTABLE\"", "var.mutability")
                + "variable \"mutability\" {\n  type = string\n}\n",
        )
        .with("env/dev.tfvars", "mutability = \"MUTABLE\"\n")
        .with("env/prod.tfvars", "mutability = \"IMMUTABLE\"\n");
    let outcome = folder.run(&["check", "--each-var-file", "env/*.tfvars", "--format", "json"]);
    assert_eq!(outcome.findings(), ["env/dev.tfvars:1:mutable-tags"], "{outcome:?}");
    let report = outcome.json();
    assert_eq!(report["findings"][0]["instances"][0]["var_file"], "env/dev.tfvars");
    assert_eq!(
        (&report["unknowns"], &report["summary"]["units"]),
        (&serde_json::json!([]), &2.into())
    );
    let text = folder.run(&["check", "--each-var-file", "env/*.tfvars"]).stdout;
    assert!(text.contains("= at: aws_ecr_repository.app in . with env/dev.tfvars\n"), "{text}");
    incomplete(
        &folder,
        &["check", "--each-var-file", "nowhere/*"],
        "no file of variables matches `nowhere/*`",
    );
}

/// A variable that is misspelt on the command line would be passed over in silence.
#[test]
fn what_the_command_line_asks_for_in_vain_is_told() {
    let module = MUTABLE.replace("\"MUTABLE\"", "var.mutability") + "variable \"mutability\" {}\n";
    let folder = Folder::new().with("main.tf", &*module).with("main.tofu", &*module);
    let outcome = folder.run(&["check", "-v", "--var", "mutabilty=MUTABLE"]);
    assert!(outcome.stderr.contains("no module declares the variable `mutabilty`"), "{outcome:?}");
    assert!(outcome.stderr.contains("`main.tofu` is not read"), "{outcome:?}");
    let outcome = folder.run(&["check", "-v", "--tofu", "--var", "mutability=MUTABLE"]);
    assert_eq!((outcome.status, &*outcome.stderr), (1, ""), "{outcome:?}");
}

/// What is the same of every alternative is said of the policy, and of named accounts the widest grant.
#[test]
fn inspect_says_what_holds_for_each_alternative() {
    let arms = |first: &str, second: &str| {
        let main = format!(
            "variable \"open\" {{}}\nresource \"aws_ecr_repository_policy\" \"p\" {{\n  repository = \"r\"\n  policy = jsonencode({{ Statement = \
             [{{ Effect = \"Allow\", Principal = {{ AWS = var.open ? {first} : {second} }}, Action = \"ecr:BatchGetImage\" }}] }})\n}}\n"
        );
        let report =
            Folder::new().with("main.tf", main).run(&["inspect", "--format", "json"]).json();
        report["units"][0]["attachments"][0]["exposure"].as_str().unwrap().to_owned()
    };
    let (role, root) = ("\"arn:aws:iam::111122223333:role/a\"", "\"111122223333\"");
    assert_eq!(arms(role, root), "cross-account-root");
    assert_eq!(arms(role, "\"arn:aws:iam::111122223333:role/b\""), "cross-account");
    assert_eq!(arms("\"*\"", "\"\\u002a\""), "public");
    assert_eq!(arms("\"*\"", root), "unknown");
}

/// A policy of the registry holds for every repository, and a template for those that ECR makes by its prefix.
#[test]
fn inspect_shows_what_else_concerns_a_repository() {
    let main = r#"
resource "aws_ecr_repository" "app" {
  name = "team/app"
}
resource "aws_ecr_repository" "other" {
  name = "teams"
}
resource "aws_ecrpublic_repository" "public" {
  repository_name = "team/site"
}
resource "aws_ecr_repository_creation_template" "team" {
  prefix      = "team"
  applied_for = ["CREATE_ON_PUSH"]
}
resource "aws_ecr_repository_creation_template" "root" {
  prefix      = "ROOT"
  applied_for = ["PULL_THROUGH_CACHE"]
}
resource "aws_ecr_registry_policy" "registry" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "ecr:BatchGetImage" }] })
}
"#;
    let folder = Folder::new().with("main.tf", main);
    let report = folder.run(&["inspect", "--format", "json"]).json();
    let repositories = report["units"][0]["repositories"].as_array().unwrap();
    let related = |name: &str| {
        let found = repositories.iter().find(|found| found["name"] == name).unwrap();
        (found["registry_policies"].to_string(), found["creation_templates"].to_string())
    };
    let registry = r#"["aws_ecr_registry_policy.registry"]"#.to_owned();
    let template = |name: &str| format!("[\"aws_ecr_repository_creation_template.{name}\"]");
    assert_eq!(related("team/app"), (registry.clone(), template("team")));
    assert_eq!(related("teams"), (registry, template("root")));
    assert_eq!(related("team/site"), ("[]".to_owned(), "[]".to_owned()));

    let text = folder.run(&["inspect"]).stdout;
    assert!(text.contains("    registry  aws_ecr_registry_policy.registry\n"), "{text}");
    assert!(text.contains("    template  aws_ecr_repository_creation_template.team\n"), "{text}");
}

/// Terragrunt keeps modules and their uses apart: a module is evaluated once for each `terragrunt.hcl` that runs it.
#[test]
fn modules_are_run_by_terragrunt() {
    let module = "variable \"tags\" {}\nvariable \"policy\" {\n  default = null\n}\n\
        resource \"aws_ecr_repository\" \"r\" {\n  name = \"r-${var.env}\"\n  image_tag_mutability = var.tags\n}\n";
    let run = |tags: &str| {
        format!(
            "include {{\n  path = find_in_parent_folders()\n}}\nterraform {{\n  source = \"../../modules//ecr\"\n}}\ninputs = {{\n  tags = {tags}\n}}\n"
        )
    };
    let folder = Folder::new()
        .with(".git/HEAD", "")
        .with("modules/ecr/main.tf", module)
        .with("live/terragrunt.hcl", "inputs = {\n  region = \"eu-west-1\"\n}\n")
        .with("live/dev/terragrunt.hcl", run("\"MUTABLE\""))
        .with("live/stage/terragrunt.hcl", run("dependency.x.outputs.tags"))
        .with("live/prod/terragrunt.hcl", run("\"IMMUTABLE\""));
    for path in [".", "live"] {
        let outcome = folder.run(&["check", path, "--format", "json"]);
        assert_eq!(outcome.status, 1, "{outcome:?}");
        let report = outcome.json();
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0]["location"]["path"], "live/dev/terragrunt.hcl");
        assert_eq!(findings[0]["root"], "modules/ecr");
        assert_eq!(findings[0]["instances"][0]["var_file"], "live/dev/terragrunt.hcl");
        let unknowns = report["unknowns"].as_array().unwrap();
        assert_eq!(unknowns.len(), 1, "{unknowns:?}");
        assert_eq!(unknowns[0]["because"], "Terragrunt computes `dependency.x.outputs.tags`");
        assert_eq!(unknowns[0]["instances"][0]["var_file"], "live/stage/terragrunt.hcl");
    }
    // One use alone, and the module alone.
    let prod = folder.run(&["check", "live/prod", "--unknown", "fail"]);
    assert_eq!(prod.status, 0, "{prod:?}");
    let alone = folder.run(&["check", "modules", "--format", "json"]);
    assert_eq!(
        alone.json()["unknowns"][0]["because"],
        "variable `tags` has no default and no value"
    );
}

/// As a call of a module that is not installed: told where it looks like ECR or is named.
#[test]
fn what_terragrunt_deploys_from_elsewhere_is_told() {
    let run =
        |source: &str| format!("terraform {{\n  source = \"git::https://x/y//{source}\"\n}}\n");
    let folder = Folder::new()
        .with(".git/HEAD", "")
        .with("live/a/terragrunt.hcl", run("ecr"))
        .with("live/b/terragrunt.hcl", run("secrets"))
        .with("live/ecr/terragrunt.hcl", run("images"));
    let told = |path: &str| {
        let outcome = folder.run(&["check", path]);
        assert_eq!(outcome.status, 0, "{outcome:?}");
        let lines = outcome.stderr.lines().filter(|line| line.contains("not at hand"));
        lines.map(|line| line.split(':').nth(1).unwrap().trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told("."), ["live/a/terragrunt.hcl", "live/ecr/terragrunt.hcl"]);
    assert_eq!(told("live/b"), ["live/b/terragrunt.hcl"]);

    // What can't be parsed may deploy anything.
    let folder = folder.with("live/ecr/terragrunt.hcl", "terraform {\n");
    let outcome = folder.run(&["check", "."]);
    assert_eq!(outcome.status, 3, "{outcome:?}");
    assert!(outcome.stderr.contains("live/ecr/terragrunt.hcl:2:1"), "{outcome:?}");
}

#[test]
fn terragrunt_reads_json_too() {
    let folder = Folder::new()
        .with(".git/HEAD", "")
        .with("ecr/main.tf", "variable \"tags\" {}\nresource \"aws_ecr_repository\" \"r\" {\n  name = \"r\"\n  image_tag_mutability = var.tags\n}\n")
        .with("live/terragrunt.hcl.json", r#"{"terraform": {"source": "..//ecr"}, "locals": {"tags": "MUTABLE"}, "inputs": {"tags": "${local.tags}"}}"#);
    let report = folder.run(&["check", ".", "--format", "json"]).json();
    assert_eq!(report["findings"][0]["location"]["path"], "live/terragrunt.hcl.json");
    assert_eq!(report["summary"]["units"], 1);
}

/// What a module says about ECR may stand in a module that is installed for it, or be made of pieces.
#[test]
fn roots_below_a_directory_are_read_where_anything_of_theirs_may_matter() {
    let manifest = r#"{"Modules": [{"Key": "app", "Source": "registry.terraform.io/acme/app/aws", "Dir": ".terraform/modules/app"}]}"#;
    let policy = "resource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"${var.service}:*\", Resource = \"*\" }] })\n}\nvariable \"service\" {}\n";
    let folder = Folder::new()
        .with("installed/main.tf", "module \"app\" {\n  source = \"acme/app/aws\"\n}\n")
        .with("installed/.terraform/modules/modules.json", manifest)
        .with(
            "installed/.terraform/modules/app/main.tf",
            "resource \"aws_ecr_repository\" \"r\" {\n  name = \"r\"\n}\n",
        )
        .with("pieces/main.tf", policy)
        .with("pieces/x.auto.tfvars", "service = \"ecr\"\n")
        .with("other/main.tf", policy)
        .with("other/x.auto.tfvars", "service = \"s3\"\n");
    let outcome = folder.run(&["check", ".", "--format", "json"]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    let report = outcome.json();
    let findings = report["findings"].as_array().unwrap();
    let roots: Vec<&str> = findings.iter().map(|it| it["root"].as_str().unwrap()).collect();
    assert_eq!(roots, ["installed", "pieces"], "{findings:?}");
}
