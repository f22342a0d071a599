//! The places of values are those of the whole plan: byte offset, line and column.

use ecrlint::model::{Document, Fact, Field};
use ecrlint::origin::Origin;
use ecrlint::plan::{Options, read};
use ecrlint::policy::node::{Data, Node};
use ecrlint::source::{Sources, Span};

use super::{attachment, document, recorded, repository};

/// The bytes of a span are found at its place in the plan; answers them and line and column.
#[track_caller]
fn at(sources: &Sources, plan: &[u8], span: Span) -> (String, u64, u64) {
    let file = sources.get(span.file);
    let position = file.position(span.range.start);
    let start = usize::try_from(position.offset).unwrap();
    let text = span.range.of(file.text());
    assert_eq!(
        String::from_utf8_lossy(&plan[start..start + text.len()]),
        String::from_utf8_lossy(text)
    );
    let before = String::from_utf8_lossy(&plan[..start]);
    let before = before.strip_prefix('\u{FEFF}').unwrap_or(&before);
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() as u64 + 1;
    assert_eq!((position.line, position.column), (line, column));
    (String::from_utf8_lossy(text).into_owned(), line, column)
}

fn spellings() -> Vec<Vec<u8>> {
    let compact = recorded("30-ecr-basic/plan.json");
    let value: serde_json::Value = serde_json::from_slice(&compact).unwrap();
    let pretty = serde_json::to_vec_pretty(&value).unwrap();
    let marked = [b"\xEF\xBB\xBF".as_slice(), &pretty].concat();
    let noisy = ["│ Wärnung\n".as_bytes(), &pretty].concat();
    vec![compact, pretty, marked, noisy]
}

#[test]
fn values_are_where_the_plan_has_them() {
    for plan in spellings() {
        let sources = Sources::new();
        let unit =
            read(plan.as_slice(), "plan.json", &sources, &Options::default()).unwrap().into_unit();
        let repository = repository(&unit.model, "aws_ecr_repository.app");
        let text = |origin: &Origin| at(&sources, &plan, origin.span).0;
        assert_eq!(text(&repository.tag_mutability.origin), "\"MUTABLE\"");
        assert_eq!(text(&repository.name.origin), "\"team/app\"");
        assert_eq!(at(&sources, &plan, repository.place.header).0, "\"aws_ecr_repository.app\"");
        let (block, ..) = at(&sources, &plan, repository.place.block);
        let block: serde_json::Value = serde_json::from_str(&block).unwrap();
        assert_eq!(block["type"], "aws_ecr_repository");
    }
}

/// The bytes inside the string that holds the policy, escapes and all.
#[test]
fn policies_are_pointed_into() {
    for plan in spellings() {
        let sources = Sources::new();
        let unit =
            read(plan.as_slice(), "plan.json", &sources, &Options::default()).unwrap().into_unit();
        let policy = attachment(&unit.model, "aws_ecr_repository_policy.p");
        assert_eq!(document(policy)["Statement"][0]["Principal"], "*");
        let Some(Document::Json(root)) = policy.document.known() else { panic!() };
        let Data::Array(statements) = &root.get("Statement").unwrap().data else { panic!() };
        let principal = statements[0].get("Principal").unwrap();
        assert_eq!(at(&sources, &plan, principal.origin.span).0, r#"\"*\""#);
        every_leaf(root, &mut |node| _ = at(&sources, &plan, node.origin.span));
    }
}

fn every_leaf(node: &Node, see: &mut impl FnMut(&Node)) {
    see(node);
    match &node.data {
        Data::Array(items) => items.iter().for_each(|item| every_leaf(item, see)),
        Data::Object(members) => members.iter().for_each(|member| every_leaf(&member.value, see)),
        Data::Unknown(_) | Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
    }
}

/// A value that is not set points to the resource, an unknown one to the mask that says so.
#[test]
fn what_is_not_there_has_a_place_too() {
    let sources = Sources::new();
    let plan = recorded("45-ecr-unknown-mutability/plan.json");
    let unit =
        read(plan.as_slice(), "plan.json", &sources, &Options::default()).unwrap().into_unit();
    let repository = repository(&unit.model, "aws_ecr_repository.r");
    let Field { fact: Fact::Unknown(why), origin } = &repository.tag_mutability else {
        panic!("known")
    };
    assert_eq!(why.span, Some(origin.span));
    let (text, ..) = at(&sources, &plan, origin.span);
    assert_eq!(text, "true");
    let offset =
        usize::try_from(sources.get(origin.span.file).position(origin.span.range.start).offset)
            .unwrap();
    assert!(plan[..offset].ends_with(b"\"image_tag_mutability\":"));
    assert_eq!(repository.scan_on_push.origin.span, repository.place.header);
}

/// Offsets stay true far behind the first megabyte.
#[test]
fn a_large_plan_keeps_its_places() {
    let filler = r#"{"address":"null_resource.größe","type":"null_resource","change":{"actions":["no-op"],"after":{"x":["\\\"]}"]}}}"#;
    let entry = r#"{"address":"aws_ecr_repository.r","mode":"managed","type":"aws_ecr_repository","change":{"actions":["create"],"after":{"image_tag_mutability":"MUTABLE"}}}"#;
    let mut plan = r#"{"format_version":"1.2","resource_changes":["#.to_owned();
    for round in 0..20_000 {
        plan.push_str(if round % 97 == 0 { entry } else { filler });
        plan.push_str(if round % 1_000 == 999 { ",\n" } else { "," });
    }
    plan.pop();
    plan.pop();
    plan.push_str("]}");
    let sources = Sources::new();
    let unit =
        read(plan.as_bytes(), "plan.json", &sources, &Options::default()).unwrap().into_unit();
    assert_eq!(unit.model.repositories.len(), 207);
    for repository in &unit.model.repositories {
        assert_eq!(
            at(&sources, plan.as_bytes(), repository.tag_mutability.origin.span).0,
            "\"MUTABLE\""
        );
    }
}
