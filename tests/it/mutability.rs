//! Which tags can be overwritten: the recorded cases through the whole program, and each verdict by itself.

use ecrlint::model::{ExclusionFilter, Fact, Field, Place, Repository, RepositoryKind};
use ecrlint::mutability::{Mutability, TagVerdict, verdict};
use ecrlint::origin::{Origin, Why};
use ecrlint::source::{Sources, Span};
use serde_json::Value;

use crate::support::{Folder, testdata};

#[test]
fn recorded_settings() {
    let text = std::fs::read_to_string(testdata("policy/mutability_truth.jsonl")).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut misses = Vec::new();
    for row in rows {
        let name = match row["format"].as_str().unwrap() {
            "terraform" => "main.tf",
            "plan" => "plan.json",
            _ => "template.json",
        };
        let folder = Folder::new().with(name, row["input"].as_str().unwrap());
        let report = folder.run(&["inspect", name, "--format", "json"]).json();
        let repositories = report["units"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|unit| unit["repositories"].as_array().unwrap());
        let verdict = repositories
            .map(|repository| repository["tag_mutability"]["verdict"].as_str().unwrap())
            .next();
        let verdict = verdict.unwrap_or("not-applicable").to_uppercase().replace('-', "_");
        if !row["accept"].as_array().unwrap().iter().any(|accepted| *accepted == *verdict) {
            misses.push(format!("{}: want {}, got {verdict}", row["id"], row["accept"]));
        }
    }
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

fn origin(at: u32) -> Origin {
    Origin::at(Span::new(Sources::new().add("main.tf", *b"x"), at, at + 1))
}

fn why() -> Why {
    Why::new("variable `x` has no default and no value")
}

fn written<T>(value: T) -> Field<T> {
    Field::written(value, origin(0))
}

fn either<T>(arms: Vec<T>) -> Field<T> {
    let arms = arms.into_iter().map(written).collect();
    Field { fact: Fact::Either { why: why(), arms }, origin: origin(0) }
}

fn filter(pattern: Field<String>) -> ExclusionFilter {
    ExclusionFilter { filter: pattern, filter_type: written("WILDCARD".to_owned()) }
}

fn filters(patterns: &[&str]) -> Field<Vec<ExclusionFilter>> {
    let field = |(index, pattern): (usize, &&str)| {
        Field::written((*pattern).to_owned(), origin(u32::try_from(index).unwrap()))
    };
    written(patterns.iter().enumerate().map(field).map(filter).collect())
}

fn judge(setting: Field<String>, filters: Field<Vec<ExclusionFilter>>) -> TagVerdict {
    verdict(&repository(setting, filters), &[])
}

fn repository(setting: Field<String>, filters: Field<Vec<ExclusionFilter>>) -> Repository {
    let span = origin(0).span;
    Repository {
        place: Place {
            address: "aws_ecr_repository.this".into(),
            type_name: "aws_ecr_repository".into(),
            block: span,
            header: span,
            calls: Vec::new(),
        },
        kind: RepositoryKind::Private,
        name: written("app".to_owned()),
        region: None,
        tag_mutability: setting,
        exclusion_filters: filters,
        scan_on_push: written(true),
        encryption_type: written("AES256".to_owned()),
        kms_key: written(None),
        force_delete: written(false),
        has_lifecycle_policy: written(true),
        change: None,
    }
}

fn text(value: &str) -> Field<String> {
    written(value.to_owned())
}

#[test]
fn filters_are_judged_by_what_they_match() {
    for (setting, patterns, expected) in [
        ("IMMUTABLE_WITH_EXCLUSION", &["*"][..], Mutability::ImmutableVoid),
        ("IMMUTABLE_WITH_EXCLUSION", &["latest", "**"], Mutability::ImmutableVoid),
        ("IMMUTABLE_WITH_EXCLUSION", &["v*"], Mutability::ImmutableHoled),
        ("IMMUTABLE_WITH_EXCLUSION", &["*0"], Mutability::ImmutableHoled),
        ("IMMUTABLE_WITH_EXCLUSION", &["prod"], Mutability::ImmutableHoled),
        (
            "IMMUTABLE_WITH_EXCLUSION",
            &["latest*", "dev-*", "PROD", "v"],
            Mutability::ImmutableFloating,
        ),
        ("MUTABLE_WITH_EXCLUSION", &["v*"], Mutability::MutablePartial),
        ("MUTABLE_WITH_EXCLUSION", &["v*", "*"], Mutability::MutableLocked),
        ("MUTABLE", &[], Mutability::Mutable),
        ("IMMUTABLE", &[], Mutability::Immutable),
        ("IMMUTABLE", &["latest"], Mutability::Invalid),
        ("IMMUTABLE_WITH_EXCLUSION", &[], Mutability::Invalid),
        ("IMMUTABLE_WITH_EXCLUSION", &["***"], Mutability::Invalid),
        ("IMMUTABLE_WITH_EXCLUSION", &["a/b"], Mutability::Invalid),
        ("IMMUTABLE_WITH_EXCLUSION", &[""], Mutability::Invalid),
        ("IMMUTABLE_WITH_EXCLUSION", &["a", "b", "c", "d", "e", "f"], Mutability::Invalid),
        ("Immutable", &[], Mutability::Invalid),
    ] {
        let verdict = judge(text(setting), filters(patterns));
        assert_eq!(verdict.mutability, expected, "{setting} {patterns:?}");
        assert_eq!(
            verdict.problems.is_empty(),
            expected != Mutability::Invalid,
            "{setting} {patterns:?}"
        );
    }
}

#[test]
fn a_leaking_filter_is_named_with_the_tags_that_it_frees() {
    let verdict =
        judge(text("IMMUTABLE_WITH_EXCLUSION"), filters(&["latest", "release-*", "rel-*"]));
    let freed: Vec<(&str, &[String])> = verdict
        .filters
        .iter()
        .map(|filter| (filter.filter.as_str(), filter.tags.as_slice()))
        .collect();
    assert_eq!(
        freed,
        [("release-*", &["release-1.4.0".to_owned()][..]), ("rel-*", &["rel-42".to_owned()])]
    );
    assert_eq!(verdict.origin.span.range.start, 1);
}

#[test]
fn probe_tags_replace_the_built_in_ones() {
    let repository = repository(text("IMMUTABLE_WITH_EXCLUSION"), filters(&["v*"]));
    let probes = ["gold-7".to_owned()];
    assert_eq!(verdict(&repository, &probes).mutability, Mutability::ImmutableFloating);
}

#[test]
fn what_can_not_be_known_is_not_guessed() {
    let unknown = || Field::unknown(why(), origin(7));
    let cases = [
        (judge(unknown(), filters(&[])), Mutability::Unknown),
        (judge(unknown(), filters(&["a/b"])), Mutability::Invalid),
        (judge(text("IMMUTABLE"), Field::unknown(why(), origin(7))), Mutability::Immutable),
        (
            judge(text("IMMUTABLE_WITH_EXCLUSION"), Field::unknown(why(), origin(7))),
            Mutability::Unknown,
        ),
        (
            judge(
                text("IMMUTABLE_WITH_EXCLUSION"),
                written(vec![filter(unknown()), filter(text("*"))]),
            ),
            Mutability::ImmutableVoid,
        ),
        (
            judge(
                text("IMMUTABLE_WITH_EXCLUSION"),
                written(vec![filter(unknown()), filter(text("v*"))]),
            ),
            Mutability::Unknown,
        ),
        (
            judge(either(vec!["MUTABLE".to_owned(), "IMMUTABLE".to_owned()]), filters(&[])),
            Mutability::Unknown,
        ),
        (
            judge(either(vec!["MUTABLE".to_owned(), "MUTABLE".to_owned()]), filters(&[])),
            Mutability::Mutable,
        ),
        (
            judge(
                text("IMMUTABLE_WITH_EXCLUSION"),
                written(vec![filter(either(vec!["v*".to_owned(), "1.*".to_owned()]))]),
            ),
            Mutability::ImmutableHoled,
        ),
        (
            judge(
                text("IMMUTABLE_WITH_EXCLUSION"),
                written(vec![filter(either(vec!["v*".to_owned(), "dev".to_owned()]))]),
            ),
            Mutability::Unknown,
        ),
    ];
    for (index, (verdict, expected)) in cases.iter().enumerate() {
        assert_eq!(verdict.mutability, *expected, "case {index}");
        assert_eq!(verdict.because.is_some(), *expected == Mutability::Unknown, "case {index}");
    }
}

#[test]
fn alternatives_of_one_condition_go_together() {
    // Either immutable, or floating with its filter: never one's setting with the other's filters.
    let setting = either(vec!["IMMUTABLE".to_owned(), "IMMUTABLE_WITH_EXCLUSION".to_owned()]);
    let none_or_latest = vec![Vec::new(), vec![filter(text("latest"))]];
    let verdict = judge(setting, either(none_or_latest));
    let arms: Vec<Mutability> = verdict.arms.iter().map(|arm| arm.mutability).collect();
    assert_eq!(arms, [Mutability::Immutable, Mutability::ImmutableFloating]);
    assert_eq!(verdict.arms[1].value, "IMMUTABLE_WITH_EXCLUSION latest");
}

#[test]
fn public_repositories_have_no_such_setting() {
    let repository =
        Repository { kind: RepositoryKind::Public, ..repository(text("MUTABLE"), filters(&[])) };
    assert_eq!(verdict(&repository, &[]).mutability, Mutability::NotApplicable);
}

#[test]
fn what_is_not_set_is_mutable_by_default() {
    let default = Field::default("MUTABLE".to_owned(), origin(0));
    assert_eq!(judge(default.clone(), filters(&[])).mutability, Mutability::MutableDefault);
    assert_eq!(judge(default, filters(&["latest"])).mutability, Mutability::Invalid);
    let missing_type = ExclusionFilter {
        filter: text("latest"),
        filter_type: Field::default("WILDCARD".to_owned(), origin(0)),
    };
    let verdict = judge(text("IMMUTABLE_WITH_EXCLUSION"), written(vec![missing_type]));
    assert_eq!(verdict.problems[0].message, "an exclusion filter without a type");
}
