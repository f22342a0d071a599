//! From a plan back to its source.

use std::fs;

use ecrlint::disk::Disk;
use ecrlint::model::{Document, Fact, ProblemKind, Target, Unit};
use ecrlint::origin::HopKind;
use ecrlint::plan::{self, read};
use ecrlint::policy::node::{Data, Node};
use ecrlint::source::{Sources, Span};
use ecrlint::terraform::{Loader, Options};
use serde_json::{Value, json};

use super::{attachment, document, recorded, repository};
use crate::modules::{Folder, files};
use crate::support::testdata;

/// A plan, joined with the root module `src`.
fn joined(plan: &[u8], disk: &dyn Disk, sources: &Sources) -> (Unit, Option<usize>) {
    let mut plan = read(plan, "plan.json", sources, &plan::Options::default()).unwrap();
    let found = plan.join(&Loader::new(disk, sources, false), "src", &Options::default());
    (plan.into_unit(), found)
}

fn joined_case(case: &str, sources: &Sources) -> Unit {
    let disk = Folder(testdata("plans").join(case));
    joined(&recorded(&format!("{case}/plan.json")), &disk, sources).0
}

/// `path:line: text` of a place.
fn at(sources: &Sources, span: Span) -> String {
    let file = sources.get(span.file);
    let text = String::from_utf8_lossy(span.range.of(file.text())).into_owned();
    format!("{}:{}: {text}", file.path(), file.position(span.range.start).line)
}

/// Every resource of the recorded plans is found at the line that its `expected.json` names.
#[test]
fn resources_are_found_in_the_source() {
    let mut found = 0;
    for case in fs::read_dir(testdata("plans")).unwrap() {
        let case = case.unwrap().file_name().into_string().unwrap();
        let Ok(expected) = fs::read(testdata("plans").join(&case).join("expected.json")) else {
            continue;
        };
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let sources = Sources::new();
        let unit = joined_case(&case, &sources);
        for fact in expected["facts"].as_array().into_iter().flatten() {
            let Some(source) = fact["source"].as_object() else { continue };
            let address = fact["address"].as_str().unwrap();
            let wanted = format!("src/{}:{}: ", source["file"].as_str().unwrap(), source["line"]);
            let place = if fact["kind"] == "ecr_repository" {
                let repository = repository(&unit.model, address);
                // An override file wins for what it sets.
                if case.contains("override") {
                    repository.tag_mutability.origin.span
                } else {
                    repository.place.header
                }
            } else {
                attachment(&unit.model, address).place.header
            };
            let got = at(&sources, place);
            let is_at = got.starts_with(&wanted)
                || case.contains("override") && got.starts_with("src/override.tf:");
            assert!(is_at, "{case}: {address}: {got}, not {wanted}");
            found += 1;
        }
    }
    assert!(found > 30, "only {found}");
}

#[test]
fn values_that_both_know_are_shown_in_the_source() {
    let sources = Sources::new();
    let unit = joined_case("30-ecr-basic", &sources);
    let repository = repository(&unit.model, "aws_ecr_repository.app");
    assert_eq!(at(&sources, repository.name.origin.span), "src/main.tf:2: \"team/app\"");
    assert!(matches!(repository.tag_mutability.fact, Fact::Written(_)));
    assert!(at(&sources, repository.tag_mutability.origin.span).starts_with("src/main.tf:3: "));
    let policy = attachment(&unit.model, "aws_ecr_repository_policy.p");
    let principal = principal(policy.document.known().unwrap());
    assert!(
        at(&sources, principal.origin.span).starts_with("src/main.tf:"),
        "{:?}",
        at(&sources, principal.origin.span)
    );
    assert_eq!(unit.problems, []);
}

fn principal(document: &Document) -> &Node {
    let Document::Json(root) = document else { panic!("{document:?}") };
    let Data::Array(statements) = &root.get("Statement").unwrap().data else {
        panic!("no statements")
    };
    statements[0].get("Principal").unwrap()
}

/// A literal `*` beside an unknown ARN: the plan knows nothing, the source proves it.
#[test]
fn the_source_knows_what_the_plan_leaves_open() {
    let sources = Sources::new();
    let unit = joined_case("71-documents", &sources);
    let encoded = document(attachment(&unit.model, "aws_ecr_repository_policy.encoded"));
    assert_eq!(encoded["Statement"][0]["Principal"]["AWS"][0], "*");
    assert!(encoded["Statement"][0]["Principal"]["AWS"][1]["$unknown"].is_string());
    // A document that the plan knows in part is shown in the source.
    let base = attachment(&unit.model, "aws_ecr_repository_policy.base");
    assert_eq!(document(base)["Statement"][1]["Principal"]["AWS"], "*");
    assert!(
        at(&sources, principal(base.document.known().unwrap()).origin.span)
            .starts_with("src/main.tf:")
    );
}

#[test]
fn the_source_knows_the_way_through_locals() {
    let sources = Sources::new();
    let unit = joined_case("70-links", &sources);
    let policy = attachment(&unit.model, "aws_ecr_repository_policy.through_local");
    assert_eq!(policy.target, Target::Address("aws_ecr_repository.counted[0]".into()));
    assert_eq!(unit.problems, []);
}

const HEAD: &str = r#"variable "mode" { type = string }
variable "names" { type = set(string) }
"#;

fn plan_of(address: &str, mode: &str, variables: Value) -> Vec<u8> {
    let after = json!({"name": "x", "image_tag_mutability": mode, "image_tag_mutability_exclusion_filter": []});
    let change =
        json!({"actions": ["create"], "before": null, "after": after, "after_unknown": {}});
    let entry = json!({"address": address, "mode": "managed", "type": "aws_ecr_repository", "name": "r", "change": change});
    json!({"format_version": "1.2", "variables": variables, "resource_changes": [entry]})
        .to_string()
        .into_bytes()
}

/// The keys of instances come from a variable that only the plan has a value for.
#[test]
fn the_source_is_evaluated_with_the_plan_s_variables() {
    let main = format!(
        "{HEAD}resource \"aws_ecr_repository\" \"r\" {{\n  for_each = var.names\n  name = \"x\"\n  image_tag_mutability = var.mode\n}}\n"
    );
    let disk = files(&[("src/main.tf", &main)]);
    let sources = Sources::new();
    let plan = plan_of(
        "aws_ecr_repository.r[\"a\"]",
        "MUTABLE",
        json!({"mode": {"value": "MUTABLE"}, "names": {"value": ["a", "b"]}}),
    );
    let (unit, found) = joined(&plan, &disk, &sources);
    assert_eq!(found, Some(1));
    let repository = repository(&unit.model, "aws_ecr_repository.r[\"a\"]");
    assert!(at(&sources, repository.place.header).starts_with("src/main.tf:3: "));
    let hop = repository.tag_mutability.origin.hops().next().unwrap();
    assert_eq!(
        (hop.kind, at(&sources, hop.span)),
        (HopKind::Variable, "src/main.tf:6: var.mode".to_owned())
    );
    assert_eq!(unit.problems, []);
}

/// A value that the module comes to by itself is shown where it was written, not in the plan's list of variables.
#[test]
fn a_variable_is_shown_where_it_has_its_value() {
    let main = "variable \"mode\" {\n  default = [\"MUTABLE\"]\n}\nresource \"aws_ecr_repository\" \"r\" {\n  name = \"x\"\n  image_tag_mutability = var.mode[0]\n}\n";
    for (planned, place) in [
        ("MUTABLE", "src/main.tf:2: \"MUTABLE\""),
        ("IMMUTABLE", "variable mode of the plan:1: \"IMMUTABLE\""),
    ] {
        let disk = files(&[("src/main.tf", main)]);
        let sources = Sources::new();
        let variables = json!({"mode": {"value": [planned]}});
        let plan = plan_of("aws_ecr_repository.r", planned, variables);
        let (unit, _) = joined(&plan, &disk, &sources);
        let mutability = &repository(&unit.model, "aws_ecr_repository.r").tag_mutability;
        assert_eq!(at(&sources, mutability.origin.span), place);
    }
}

/// A value that only the plan knows is shown where the source leaves it open, with the plan as the evidence.
#[test]
fn what_only_the_plan_knows_has_both_places() {
    let main = "data \"aws_x\" \"d\" {}\nresource \"aws_ecr_repository\" \"r\" {\n  name = \"x\"\n  image_tag_mutability = data.aws_x.d.mode\n}\n";
    let disk = files(&[("src/main.tf", main)]);
    let sources = Sources::new();
    let plan = plan_of("aws_ecr_repository.r", "MUTABLE", json!({}));
    let (unit, _) = joined(&plan, &disk, &sources);
    let mutability = &repository(&unit.model, "aws_ecr_repository.r").tag_mutability;
    assert_eq!(mutability.known().map(String::as_str), Some("MUTABLE"));
    assert_eq!(at(&sources, mutability.origin.span), "src/main.tf:1: data \"aws_x\" \"d\"");
    let way: Vec<_> =
        mutability.origin.hops().map(|hop| (hop.kind, at(&sources, hop.span))).collect();
    assert_eq!(
        way,
        [
            (HopKind::Plan, "plan.json:1: \"MUTABLE\"".to_owned()),
            (HopKind::Attribute, "src/main.tf:4: data.aws_x.d.mode".to_owned()),
        ]
    );
}

/// What the plan knows to be secret stays so, though the source does not say it.
#[test]
fn what_the_plan_calls_sensitive_stays_sensitive() {
    let main = "data \"aws_x\" \"d\" {}\nresource \"aws_ecr_repository_policy\" \"p\" {\n  repository = \"x\"\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Principal = data.aws_x.d.who, Action = \"ecr:*\" }] })\n}\n";
    let disk = files(&[("src/main.tf", main)]);
    let policy =
        json!({"Statement": [{"Effect": "Allow", "Principal": "123456789012", "Action": "ecr:*"}]});
    let change = json!({"actions": ["create"], "before": null, "after": {"repository": "x", "policy": policy.to_string()}, "after_unknown": {}, "after_sensitive": {"policy": true}});
    let entry = json!({"address": "aws_ecr_repository_policy.p", "mode": "managed", "type": "aws_ecr_repository_policy", "name": "p", "change": change});
    let plan = json!({"format_version": "1.2", "resource_changes": [entry]}).to_string();
    let sources = Sources::new();
    let (unit, _) = joined(plan.as_bytes(), &disk, &sources);
    let policy = attachment(&unit.model, "aws_ecr_repository_policy.p");
    let principal = principal(policy.document.known().unwrap());
    assert!(at(&sources, principal.origin.span).starts_with("src/main.tf:"));
    assert!(principal.origin.sensitive);
}

#[test]
fn a_disagreement_is_told() {
    let main = "resource \"aws_ecr_repository\" \"r\" {\n  name = \"x\"\n  image_tag_mutability = \"IMMUTABLE\"\n}\n";
    let disk = files(&[("src/main.tf", main)]);
    let sources = Sources::new();
    let (unit, found) =
        joined(&plan_of("aws_ecr_repository.r", "MUTABLE", json!({})), &disk, &sources);
    assert_eq!(found, Some(1));
    let mutability = &repository(&unit.model, "aws_ecr_repository.r").tag_mutability;
    assert_eq!(mutability.known().map(String::as_str), Some("MUTABLE"));
    assert_eq!(at(&sources, mutability.origin.span), "plan.json:1: \"MUTABLE\"");
    let [note] = unit.problems.as_slice() else { panic!("{:?}", unit.problems) };
    assert_eq!(note.kind, ProblemKind::Note);
    assert_eq!(
        note.message,
        "plan and source disagree about `image_tag_mutability` of `aws_ecr_repository.r`: the plan counts"
    );
}

#[test]
fn without_its_source_a_plan_stays_as_it_is() {
    let disk = files(&[(
        "src/main.tf",
        "resource \"aws_ecr_repository\" \"other\" {\n  name = \"x\"\n}\n",
    )]);
    let sources = Sources::new();
    let plan = plan_of("aws_ecr_repository.r", "MUTABLE", json!({}));
    let (unit, found) = joined(&plan, &disk, &sources);
    assert_eq!(found, Some(0));
    assert_eq!(
        at(&sources, repository(&unit.model, "aws_ecr_repository.r").place.header),
        "plan.json:1: \"aws_ecr_repository.r\""
    );
    assert_eq!(joined(&plan, &files(&[]), &sources).1, Some(0));
    assert_eq!(
        joined(br#"{"format_version":"1.2","resource_changes":[]}"#, &disk, &sources).1,
        None
    );
}
