//! The report as text and as JSON, from findings made by hand.

use ecrlint::finding::{Arm, Finding, Label, Severity, UnknownFinding};
use ecrlint::model::{Problem, ProblemKind};
use ecrlint::origin::Why;
use ecrlint::policy::Exposure;
use ecrlint::report::{
    Counts, Report, UnitFindings, github, gitlab, html, json, junit, markdown, run_task, sarif,
    text, written,
};
use ecrlint::source::{FileId, Sources, Span};

use crate::support::Folder;

const MAIN: &str = "variable \"who\" {\n  default = \"*\"\n}\n\nresource \"aws_ecr_repository_policy\" \"this\" {\n  policy = var.who\u{202e}\n}\n";

fn span(file: FileId, text: &str, part: &str) -> Span {
    let start = u32::try_from(text.find(part).unwrap()).unwrap();
    Span::new(file, start, start + u32::try_from(part.len()).unwrap())
}

fn finding(file: FileId, severity: Severity, address: &str) -> Finding {
    Finding {
        check: "wildcard-principal",
        severity,
        address: address.into(),
        message: "anyone may pull".to_owned(),
        help: "name the accounts".to_owned(),
        primary: Label {
            span: span(file, MAIN, "\"*\""),
            message: "1: every AWS account".to_owned(),
        },
        related: vec![Label {
            span: span(file, MAIN, "var.who"),
            message: "2: used here".to_owned(),
        }],
        exposure: Some(Exposure::Public),
        fixes: Vec::new(),
        scopes: Vec::new(),
    }
}

fn report(sources: &Sources) -> Report {
    let file = sources.add("main.tf", MAIN.as_bytes());
    let unknown = UnknownFinding {
        check: "mutable-tags",
        address: "aws_ecr_repository.a".into(),
        because: Why::at("`var.who` depends on \u{1b}[31m", span(file, MAIN, "who")),
        place: span(file, MAIN, "var.who"),
        arms: vec![Arm {
            value: "*".to_owned(),
            verdict: "mutable",
            place: span(file, MAIN, "\"*\""),
        }],
    };
    let problem = Problem {
        kind: ProblemKind::Syntax,
        path: "main.tf".to_owned(),
        span: Some(span(file, MAIN, "}")),
        message: "a brace too many".to_owned(),
        help: Some("remove it".to_owned()),
    };
    let unit = |root: &str, severity| UnitFindings {
        root: root.to_owned(),
        var_file: None,
        resources: 1,
        findings: vec![finding(file, severity, "m.b"), finding(file, severity, "m.a")],
        waived: Vec::new(),
        unknowns: vec![unknown.clone()],
        problems: vec![problem.clone()],
    };
    let counts = Counts { files: 3, units: 2, resources: 0 };
    Report::merge(
        vec![unit("prod", Severity::Medium), unit("dev", Severity::High)],
        counts,
        sources,
    )
}

#[test]
fn findings_at_one_place_are_one_finding_with_all_instances() {
    let sources = Sources::new();
    let report = report(&sources);
    assert_eq!((report.findings.len(), report.unknowns.len(), report.problems.len()), (1, 1, 1));
    assert_eq!(report.findings[0].finding.severity, Severity::High);
    let instances: Vec<String> = report.findings[0]
        .instances
        .iter()
        .map(|instance| format!("{}/{}", instance.root, instance.address))
        .collect();
    assert_eq!(instances, ["dev/m.a", "dev/m.b", "prod/m.a", "prod/m.b"]);
}

#[test]
fn a_finding_is_annotated_source() {
    let sources = Sources::new();
    let report = report(&sources);
    let options = text::Options { colored: false, verbose: false };
    crate::support::golden(
        "report/human.txt",
        &written(|out| text::write(&report, &sources, options, out)),
    );
    crate::support::golden(
        "report/concise.txt",
        &written(|out| text::write_concise(&report, &sources, false, out)),
    );
    crate::support::golden(
        "report/problems.txt",
        &text::render_problems(report.errors(), &sources, false),
    );
    let colored = text::Options { colored: true, ..options };
    crate::support::golden(
        "report/color.txt",
        &written(|out| text::write(&report, &sources, colored, out)),
    );
}

#[test]
fn json_has_the_shape_of_the_contract() {
    let sources = Sources::new();
    let report = report(&sources);
    crate::support::golden(
        "report/report.json",
        &written(|out| json::write(&report, &sources, out)),
    );
}

#[test]
fn other_formats_are_as_recorded() {
    let sources = Sources::new();
    let report = report(&sources);
    let golden = crate::support::golden;
    let mut sarif: serde_json::Value =
        serde_json::from_str(&written(|out| sarif::write(&report, &sources, out))).unwrap();
    let rules = sarif.pointer_mut("/runs/0/tool/driver/rules").unwrap().take();
    assert_eq!(rules.as_array().unwrap().len(), ecrlint::checks::ALL.len());
    golden("report/sarif.json", &format!("{sarif:#}\n"));
    golden("report/junit.xml", &written(|out| junit::write(&report, &sources, out)));
    golden("report/github.txt", &written(|out| github::write(&report, &sources, out)));
    golden("report/gitlab.json", &written(|out| gitlab::write(&report, &sources, out)));
    golden("report/markdown.md", &written(|out| markdown::write(&report, &sources, true, out)));
    golden("report/report.html", &written(|out| html::write(&report, &sources, out)));
    golden("report/run_task.json", &written(|out| run_task::write(&report, &sources, true, out)));
}

#[test]
fn a_clean_report_never_says_fail() {
    let sources = Sources::new();
    let clean = Report::merge(Vec::new(), Counts::default(), &sources);
    let options = text::Options { colored: false, verbose: false };
    for text in [
        written(|out| text::write(&clean, &sources, options, out)),
        written(|out| markdown::write(&clean, &sources, false, out)),
    ] {
        assert!(!text.to_lowercase().contains("fail"), "{text}");
    }
    assert!(
        written(|out| markdown::write(&report(&sources), &sources, true, out)).contains("fail")
    );
}

/// A key of an instance may hold a line break, and some CI systems read commands from the beginnings of lines.
#[test]
fn names_begin_no_line_of_a_junit_report() {
    let plan = r#"{"format_version": "1.2", "resource_changes": [{
        "address": "aws_ecr_repository.a[\"x\n::error::y\"]", "mode": "managed",
        "type": "aws_ecr_repository", "name": "a", "index": "x\n::error::y",
        "change": {"actions": ["create"], "before": null, "after": {"name": "a"}}
    }]}"#;
    let folder = Folder::new().with("plan.json", plan);
    let text = folder.run(&["check", "plan.json", "--format", "junit"]).stdout;
    assert!(text.contains("::error::y") && !text.contains("\n::error"), "{text}");
}
