//! The template as a whole: what it is told by, what is wrong with it, loops, parameter files, hostile texts.

use std::fmt::Write as _;

use ecrlint::cloudformation::{Options, is_template, may_matter, read, read_parameters};
use ecrlint::model::ProblemKind;
use ecrlint::source::Sources;

use super::{PARAMETERS, repository, template};
use crate::support::Folder;

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let cases = [
        (
            "!Ref Nothing",
            "evaluation: there is no parameter and no resource `Nothing` at `!Ref Nothing`",
        ),
        (
            "!GetAtt Nothing.Arn",
            "evaluation: there is no resource `Nothing` at `!GetAtt Nothing.Arn`",
        ),
        (
            "!Sub '${Nothing}'",
            "evaluation: there is no parameter and no resource `Nothing` at `${Nothing}`",
        ),
        ("!If [Nope, A, B]", "evaluation: there is no condition `Nope` at `Nope`"),
        ("!Join [x]", "evaluation: `Fn::Join` takes a delimiter and a list at `!Join [x]`"),
        (
            "!FindInMap [Env, x, Mode]",
            "evaluation: the mapping `Env` has no `x.Mode` at `!FindInMap [Env, x, Mode]`",
        ),
        (
            "!Nonsense x",
            "evaluation: `Nonsense` is no intrinsic function that is known here at `!Nonsense x`",
        ),
        ("!If [Loop, A, B]", "evaluation: the condition `Loop` depends on itself at `Loop`"),
    ];
    for (expression, expected) in cases {
        let sections = format!("{PARAMETERS}\n  Loop: !Not [!Condition Loop]");
        let read = repository(&sections, &format!("      ImageTagMutability: {expression}"));
        assert_eq!(read.problems(), [expected], "{expression}");
        assert!(
            read.tags().contains("unknown") || read.tags().contains('?'),
            "{expression}: {}",
            read.tags()
        );
    }
}

#[test]
fn a_resource_without_a_type_is_told() {
    let read = template("Resources:\n  A: {Type: AWS::S3::Bucket}\n  B: {Type: 5}\n  C:\n");
    assert_eq!(
        read.problems(),
        [
            "evaluation: `B` has no `Type`, or one that is no string at `B`",
            "evaluation: `C` has no `Type`, or one that is no string at `C`",
        ]
    );
}

#[test]
fn a_template_in_utf16_is_told_once() {
    let text = "Resources:\n  R:\n    Type: AWS::ECR::Repository\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for text in [[&b"\xFF\xFE"[..], &little].concat(), [&b"\xFE\xFF"[..], &big].concat(), little] {
        let outcome = Folder::new().with("t.yaml", text).run(&["check", "t.yaml"]);
        assert_eq!(outcome.status, 3, "{outcome:?}");
        assert_eq!(outcome.stderr.matches("error[").count(), 1, "{outcome:?}");
        assert!(outcome.stderr.contains("UTF-16") && outcome.stderr.contains("t.yaml"));
    }
}

#[test]
fn references_that_lead_back_to_themselves_are_told() {
    let sections = "Parameters:\n  A: {Type: String, Default: !Ref B}\n  B: {Type: String, AllowedValues: [{Ref: B}]}\nMappings:\n  M: {a: {b: [[!FindInMap [M, a, b]]]}}";
    for (expression, place) in [
        ("!Ref A", "B"),
        ("!Ref B", "{Ref: B}"),
        ("!FindInMap [M, a, b]", "[[!FindInMap [M, a, b]]]"),
    ] {
        let read = repository(sections, &format!("      ImageTagMutability: {expression}"));
        let problem = format!("evaluation: only a literal value can stand here at `{place}`");
        assert_eq!(read.problems(), [problem], "{expression}");
        assert_eq!(read.tags(), "unknown: only a literal value can stand here");
    }
}

#[test]
fn a_resource_of_the_wrong_shape_is_told_and_nothing_about_it_is_guessed() {
    let read = template(
        "Resources:\n  A: {Type: AWS::ECR::Repository, Condition: 5, Properties: [ImageTagMutability]}",
    );
    assert_eq!(
        read.problems(),
        [
            "evaluation: here stands the name of a condition at `5`",
            "evaluation: the properties of a resource are an object at `[ImageTagMutability]`",
        ]
    );
    assert_eq!(read.tags(), "unknown: the properties of a resource are an object");
}

#[test]
fn notes_about_the_whole_template() {
    let text = "Transform: [AWS::Serverless-2016-10-31, MyMacro]\nResources:\n  R: {Type: AWS::ECR::Repository}\n  R:\n    Type: AWS::ECR::Repository\n    Properties:\n      ImageTagMutability: A\n      ImageTagMutability: B\n---\nx: 1\n";
    let read = template(text);
    assert_eq!(
        read.problems(),
        [
            "note: only the first document of a template is read at `---`",
            "note: `R` is written twice: the last one counts at `R`",
            "note: a macro may change what stands here when the stack is deployed at `MyMacro`",
            "note: `ImageTagMutability` is written twice: the last one counts at `ImageTagMutability`",
        ]
    );
    assert_eq!(read.tags(), "B at `B`");
}

#[test]
fn a_syntax_error_makes_the_absent_unknown_in_its_resource_alone() {
    let text = "Resources:\n  A:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: a\n      ImageTagMutability: \"IMMUTABLE\n  B:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: b\n";
    let read = template(text);
    let [a, b] = read.unit.model.repositories.as_slice() else { panic!("{:?}", read.unit) };
    assert_eq!(read.field(&a.tag_mutability), "unknown: a syntax error hides it");
    assert_eq!(read.field(&b.tag_mutability), "default MUTABLE at `B`");
    assert_eq!(read.problems(), ["syntax: unclosed string at `\"IMMUTABLE`"]);
}

#[test]
fn templates_are_told_by_their_content() {
    let cases = [
        ("Resources:\n  A: {Type: AWS::S3::Bucket}\n", true),
        ("AWSTemplateFormatVersion: '2010-09-09'\n", true),
        ("{\"Resources\": {\"A\": {\"Type\": \"X\"}}}", true),
        ("{Resources: {A: {Type: X}}}", true),
        ("resources:\n  A: {Type: x}\n", false),
        ("Resources: []\n", false),
        ("{\"format_version\": \"1.0\"}", false),
        ("", false),
    ];
    for (text, expected) in cases {
        let sources = Sources::new();
        let file = sources.add("x", text.as_bytes());
        assert_eq!(is_template(&sources, file), expected, "{text}");
        let inputs = read(&sources, file, &Options::default());
        let told = inputs.problems.iter().any(|problem| problem.kind == ProblemKind::Input);
        assert_eq!(told, !expected, "{text}");
    }
}

#[test]
fn a_template_that_says_nothing_is_passed_over() {
    let role = |action: &str| {
        format!(
            "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Policies: [{{Action: \"{action}\"}}]\n"
        )
    };
    let cases = [
        ("Resources: {R: {Type: AWS::ECR::Repository}}".to_owned(), true, true),
        ("Resources: {R: {Type: AWS::S3::Bucket}}".to_owned(), false, false),
        (r#"{"Resources": {"R": {"Type": "AWS::\u0045CR::Repository"}}}"#.to_owned(), true, true),
        (role("ecr:PutImage"), true, true),
        (role("ECR:*"), true, true),
        (role("ecr:GetAuthorizationToken"), false, true),
        (role("ecr:GetAuthorizationToken*"), true, true),
        (role("s3:Get"), false, true),
        ("kind: Deployment\nimage: x.dkr.ecr.y\n".to_owned(), false, false),
    ];
    for (text, by_default, all) in cases {
        assert_eq!(may_matter(text.as_bytes(), false), by_default, "{text}");
        assert_eq!(may_matter(text.as_bytes(), true), all, "{text}");
    }
}

#[test]
fn hostile_templates_are_bounded() {
    let mut chain = "Conditions:\n".to_owned();
    for level in 0..5000 {
        writeln!(chain, "  C{level}: !Not [!Condition C{}]", level + 1).unwrap();
    }
    chain.push_str("  C5000: !Equals [a, a]");
    let read = repository(&chain, "      ImageTagMutability: !If [C0, A, B]");
    assert!(read.tags().contains("depends on itself"), "{}", read.tags());

    let mut wide = "Conditions:\n  C0: !Equals [a, a]\n".to_owned();
    for level in 1..40 {
        let parts = vec![format!("!Condition C{}", level - 1); 10].join(", ");
        writeln!(wide, "  C{level}: !And [{parts}]").unwrap();
    }
    assert_eq!(
        repository(&wide, "      ImageTagMutability: !If [C39, A, B]")
            .unit
            .model
            .repositories
            .len(),
        1
    );

    let mut loops = "Resources:\n".to_owned();
    let mut indent = "  ".to_owned();
    for level in 0..20 {
        writeln!(loops, "{indent}Fn::ForEach::L{level}:\n{indent}- V{level}\n{indent}- [a, b, c, d, e, f, g, h, i, j]\n{indent}-").unwrap();
        indent.push_str("  ");
    }
    writeln!(loops, "{indent}R: {{Type: AWS::ECR::Repository}}").unwrap();
    assert!(template(&loops).unit.model.repositories.len() < 100_000);

    let mut choices = "Parameters:\n".to_owned();
    for index in 0..12 {
        writeln!(choices, "  P{index}: {{Type: String, AllowedValues: [a, b, c]}}").unwrap();
    }
    let all: String = (0..12).map(|index| format!("${{P{index}}}")).collect();
    assert!(
        repository(&choices, &format!("      ImageTagMutability: !Sub '{all}'"))
            .tags()
            .contains("unknown")
    );
}
#[test]
fn loops_are_written_out() {
    let text = "\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'a,b-c'}
Resources:
  Fn::ForEach::Repos:
    - Name
    - !Ref Names
    - Repo&{Name}:
        Type: AWS::ECR::Repository
        Properties:
          RepositoryName: !Ref Name
          ImageTagMutability: !Sub 'IM${Name}'
          RepositoryPolicyText:
            Fn::ForEach::Parts: [Part, [x, y], {'${Part}': '${Name}/${Part}'}]
";
    let read = template(text);
    let shown: Vec<String> = read
        .unit
        .model
        .repositories
        .iter()
        .map(|repository| {
            format!("{} {}", repository.place.address, repository.name.known().unwrap())
        })
        .collect();
    assert_eq!(shown, ["Repoa a", "Repobc b-c"]);
    assert_eq!(read.unit.model.repositories[0].tag_mutability.known().unwrap(), "IMa");
    assert!(
        read.documents().starts_with("{x: a/x at `'${Name}/${Part}'`, y: a/y at"),
        "{}",
        read.documents()
    );
}

#[test]
fn the_path_of_a_construct_is_the_address() {
    let text = r#"{"Resources": {"Repo4A3F": {"Type": "AWS::ECR::Repository", "Metadata": {"aws:cdk:path": "Stack/Repo/Resource"}}}}"#;
    assert_eq!(&*template(text).unit.model.repositories[0].place.address, "Stack/Repo/Resource");
}

#[test]
fn parameter_files_have_several_shapes() {
    let texts = [
        r#"[{"ParameterKey": "A", "ParameterValue": "x,y"}, {"ParameterKey": "B", "UsePreviousValue": true}]"#,
        r#"{"Parameters": {"A": "x,y"}}"#,
        r#"["A=x,y"]"#,
        r#"{"A": ["x", "y"]}"#,
        "A: x,y\n",
    ];
    for text in texts {
        let sources = Sources::new();
        let (values, problems) = read_parameters(&sources, sources.add("p", text.as_bytes()));
        assert_eq!(problems, [], "{text}");
        assert_eq!(values.len(), 1, "{text}");
        let value = &values["A"];
        assert_eq!(value.value, "x,y", "{text}");
        assert!(text[value.span.unwrap().range.as_usize()].contains('y'), "{text}");
    }
    let sources = Sources::new();
    let (_, problems) = read_parameters(&sources, sources.add("p", *b"[{\"a\": 1}]"));
    assert_eq!(problems[0].kind, ProblemKind::Input);
}

#[test]
fn of_what_the_cdk_writes_only_templates_are_read() {
    let template = r#"{"Resources": {"A": {"Type": "AWS::ECR::Repository"}}}"#;
    let folder = Folder::new()
        .with("cdk.out/App.template.json", template)
        .with("cdk.out/assembly-Prod/App.template.json", template)
        .with("cdk.out/asset.1a2b.json", template)
        .with("cdk.out/asset.1a2b/stack.yaml", template);
    let report = folder.run(&["check", ".", "--format", "json"]).json();
    let paths: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["location"]["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["cdk.out/App.template.json", "cdk.out/assembly-Prod/App.template.json"]);
}
