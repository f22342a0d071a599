//! Templates to the common model: values, places and reasons.

use std::fmt::Write as _;

use ecrlint::cloudformation::{
    Options, ParameterValue, is_template, may_matter, read, read_parameters,
};
use ecrlint::model::{Document, Fact, Field, ProblemKind, Unit};
use ecrlint::origin::Origin;
use ecrlint::policy::node::{Data, Node, Text, TextPart};
use ecrlint::source::{Sources, Span};

/// A template and what was made of it.
struct Read {
    sources: Sources,
    unit: Unit,
}

fn template(text: &str) -> Read {
    with_parameters(text, &[])
}

fn with_parameters(text: &str, parameters: &[(&str, &str)]) -> Read {
    let sources = Sources::new();
    let file = sources.add("template", text.as_bytes());
    let value = |value: &str| ParameterValue { value: value.to_owned(), span: None };
    let parameters =
        parameters.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect();
    let unit = read(&sources, file, &Options { parameters });
    Read { sources, unit }
}

/// A template with one repository, `Repo`, whose properties are `properties` (YAML, four blanks deep).
fn repository(sections: &str, properties: &str) -> Read {
    template(&format!(
        "{sections}\nResources:\n  Repo:\n    Type: AWS::ECR::Repository\n    Properties:\n{properties}\n"
    ))
}

impl Read {
    fn source(&self, span: Span) -> String {
        String::from_utf8(span.range.of(self.sources.get(span.file).text()).to_vec()).unwrap()
    }

    /// The bytes of an origin, and the steps that the value took from there.
    fn origin(&self, origin: &Origin) -> String {
        let mut shown = format!("`{}`", self.source(origin.span));
        let mut hops: Vec<_> = origin.hops().collect();
        hops.reverse();
        for hop in hops {
            write!(shown, " > {} `{}`", hop.name, self.source(hop.span)).unwrap();
        }
        shown
    }

    fn field(&self, field: &Field<String>) -> String {
        let origin = self.origin(&field.origin);
        match &field.fact {
            Fact::Written(value) => format!("{value} at {origin}"),
            Fact::Default(value) => format!("default {value} at {origin}"),
            Fact::Unknown(why) => format!("unknown: {}", why.reason),
            Fact::Either { why, arms } => {
                let arms: Vec<String> = arms.iter().map(|arm| self.field(arm)).collect();
                format!("{} ? {}", why.reason, arms.join(" : "))
            }
        }
    }

    /// The tag setting of the only repository.
    fn tags(&self) -> String {
        let [repository] = self.unit.model.repositories.as_slice() else {
            panic!("{:?}", self.unit)
        };
        self.field(&repository.tag_mutability)
    }

    fn document(&self, field: &Field<Document>) -> String {
        match &field.fact {
            Fact::Written(Document::Json(node)) => self.node(node),
            Fact::Written(Document::NotJson(why)) => {
                format!("not JSON: {} at `{}`", why.reason, self.source(why.span.unwrap()))
            }
            Fact::Written(Document::Managed(arn)) => {
                format!("managed {arn} at {}", self.origin(&field.origin))
            }
            Fact::Default(_) => panic!("a document is never a default"),
            Fact::Unknown(why) => format!("unknown: {}", why.reason),
            Fact::Either { why, arms } => {
                let arms: Vec<String> = arms.iter().map(|arm| self.document(arm)).collect();
                format!("{} ? {}", why.reason, arms.join(" : "))
            }
        }
    }

    /// The documents of all attachments, one a line.
    fn documents(&self) -> String {
        let shown = self
            .unit
            .model
            .attachments
            .iter()
            .map(|attachment| self.document(&attachment.document));
        shown.collect::<Vec<_>>().join("\n")
    }

    /// A policy with the source bytes of each leaf.
    fn node(&self, node: &Node) -> String {
        let origin = self.origin(&node.origin);
        match &node.data {
            Data::Unknown(why) => format!("?({})", why.reason),
            Data::Null => format!("null at {origin}"),
            Data::Bool(value) => format!("{value} at {origin}"),
            Data::Number(number) => format!("#{number} at {origin}"),
            Data::String(text) => format!("{} at {origin}", show_text(text)),
            Data::Array(items) => {
                format!(
                    "[{}]",
                    items.iter().map(|item| self.node(item)).collect::<Vec<_>>().join(", ")
                )
            }
            Data::Object(members) => {
                let member = |member: &ecrlint::policy::node::Member| {
                    format!("{}: {}", show_text(&member.key), self.node(&member.value))
                };
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn problems(&self) -> Vec<String> {
        let show = |problem: &ecrlint::model::Problem| {
            let place =
                problem.span.map(|span| format!(" at `{}`", self.source(span))).unwrap_or_default();
            format!("{}: {}{place}", problem.kind.name(), problem.message)
        };
        self.unit.problems.iter().map(show).collect()
    }
}

fn show_text(text: &Text) -> String {
    match text {
        Text::Known(text) => text.to_string(),
        Text::Partial(parts) => {
            let part = |part: &TextPart| match part {
                TextPart::Known(text) => text.to_string(),
                TextPart::Unknown { plain: true, .. } => "<plain>".to_owned(),
                TextPart::Unknown { plain: false, .. } => "<any>".to_owned(),
            };
            parts.iter().map(part).collect()
        }
    }
}

const PARAMETERS: &str = "\
Parameters:
  Mode:
    Type: String
    Default: MUTABLE
  Open:
    Type: String
  Choice:
    Type: String
    AllowedValues: [MUTABLE, IMMUTABLE]
  Latest:
    Type: AWS::SSM::Parameter::Value<String>
    Default: /the/name
  Accounts:
    Type: CommaDelimitedList
    Default: \"111111111111, *\"
Mappings:
  Env:
    dev: {Mode: MUTABLE}
    prod: {Mode: 'IMMUTABLE'}
Conditions:
  Yes: !Equals [a, a]
  No: !Not [!Condition Yes]
  Maybe: !Equals [!Ref Open, prod]
  AlsoMaybe: !And [!Condition Maybe, !Condition Yes]
  Both: !Or [!Condition Yes, !Condition Maybe]";

#[test]
fn a_literal_points_at_its_bytes() {
    assert_eq!(repository("", "      ImageTagMutability: MUTABLE").tags(), "MUTABLE at `MUTABLE`");
    assert_eq!(
        repository("", "      ImageTagMutability: \"MUTABLE\"").tags(),
        "MUTABLE at `\"MUTABLE\"`"
    );
    let json = r#"{"Resources": {"R": {"Type": "AWS::ECR::Repository", "Properties": {"ImageTagMutability": "IMMUTABLE"}}}}"#;
    assert_eq!(template(json).tags(), "IMMUTABLE at `\"IMMUTABLE\"`");
}

#[test]
fn an_absent_setting_points_at_the_logical_id() {
    assert_eq!(repository("", "      RepositoryName: x").tags(), "default MUTABLE at `Repo`");
    let bare = r#"{"Resources": {"R": {"Type": "AWS::ECR::Repository"}}}"#;
    assert_eq!(template(bare).tags(), "default MUTABLE at `\"R\"`");
    assert_eq!(
        repository("", "      ImageTagMutability:").tags(),
        "default MUTABLE at `ImageTagMutability`"
    );
    let removed = repository("", "      ImageTagMutability: !Ref AWS::NoValue");
    assert_eq!(removed.tags(), "default MUTABLE at `!Ref AWS::NoValue`");
}

#[test]
fn intrinsics_are_evaluated_and_leave_a_trace() {
    let cases = [
        ("!Ref Mode", "MUTABLE at `MUTABLE` > parameter `Mode` `!Ref Mode`"),
        ("{Ref: Mode}", "MUTABLE at `MUTABLE` > parameter `Mode` `{Ref: Mode}`"),
        ("!Sub '${Mode}'", "MUTABLE at `MUTABLE` > parameter `Mode` `${Mode}`"),
        ("!Sub 'IM${Mode}'", "IMMUTABLE at `!Sub 'IM${Mode}'`"),
        ("!Sub ['${A}', {A: !Ref Mode}]", "MUTABLE at `MUTABLE` > parameter `Mode` `!Ref Mode`"),
        ("!Sub 'x${!Mode}'", "x${Mode} at `!Sub 'x${!Mode}'`"),
        ("!Join ['', [IM, MUTABLE]]", "IMMUTABLE at `!Join ['', [IM, MUTABLE]]`"),
        ("!Join ['_', [IMMUTABLE]]", "IMMUTABLE at `IMMUTABLE`"),
        ("!Select [1, [a, MUTABLE]]", "MUTABLE at `MUTABLE`"),
        ("!Select ['0', !Split [',', 'MUTABLE,b']]", "MUTABLE at `MUTABLE`"),
        (
            "!FindInMap [Env, prod, Mode]",
            "IMMUTABLE at `'IMMUTABLE'` > mapping `Env.prod.Mode` `!FindInMap [Env, prod, Mode]`",
        ),
        ("!FindInMap [Env, test, Mode, {DefaultValue: MUTABLE}]", "MUTABLE at `MUTABLE`"),
        (
            "!If [Yes, IMMUTABLE, MUTABLE]",
            "IMMUTABLE at `IMMUTABLE` > condition `Yes` `!If [Yes, IMMUTABLE, MUTABLE]`",
        ),
        (
            "!If [No, IMMUTABLE, !Ref Mode]",
            "MUTABLE at `MUTABLE` > parameter `Mode` `!Ref Mode` > condition `No` `!If [No, IMMUTABLE, !Ref Mode]`",
        ),
        (
            "!If [Both, IMMUTABLE, MUTABLE]",
            "IMMUTABLE at `IMMUTABLE` > condition `Both` `!If [Both, IMMUTABLE, MUTABLE]`",
        ),
        ("{'Fn::Base64': MUTABLE}", "TVVUQUJMRQ== at `{'Fn::Base64': MUTABLE}`"),
        ("!Select [0, !Cidr [10.0.0.0/16, 1, 8]]", "10.0.0.0/24 at `!Cidr [10.0.0.0/16, 1, 8]`"),
        ("!ToJsonString {a: b}", "unknown: here stands a string, not a string"),
        ("5", "5 at `5`"),
    ];
    for (expression, expected) in cases {
        let read = repository(PARAMETERS, &format!("      ImageTagMutability: {expression}"));
        assert_eq!(read.tags(), expected, "{expression}");
        assert_eq!(read.problems(), Vec::<String>::new(), "{expression}");
    }
}

#[test]
fn the_unknown_has_a_reason() {
    let cases = [
        ("!Ref Open", "unknown: parameter `Open` has no default and no value"),
        (
            "!Ref Latest",
            "unknown: parameter `Latest` is read from the SSM Parameter Store when the stack is deployed",
        ),
        ("!Ref AWS::Region", "unknown: `AWS::Region` is known when the stack is deployed"),
        ("!ImportValue x", "unknown: `Fn::ImportValue` takes it from another stack"),
        ("!GetAtt Repo.Arn", "unknown: `Repo.Arn` is known when the stack is deployed"),
        ("!Sub 'IM${Open}'", "unknown: parameter `Open` has no default and no value"),
        (
            "'{{resolve:ssm:/mode}}'",
            "unknown: a dynamic reference is looked up when the stack is deployed",
        ),
        (
            "!Transform {Name: AWS::Include}",
            "unknown: `Fn::Transform` puts in what is not in the template",
        ),
        (
            "!If [Maybe, IMMUTABLE, MUTABLE]",
            "condition `Maybe` is open: parameter `Open` has no default and no value ? IMMUTABLE at `IMMUTABLE` > condition `Maybe` `!If [Maybe, IMMUTABLE, MUTABLE]` : MUTABLE at `MUTABLE` > condition `Maybe` `!If [Maybe, IMMUTABLE, MUTABLE]`",
        ),
        (
            "!Ref Choice",
            "parameter `Choice` has no default and no value ? MUTABLE at `MUTABLE` > parameter `Choice` `!Ref Choice` : IMMUTABLE at `IMMUTABLE` > parameter `Choice` `!Ref Choice`",
        ),
        (
            "!Join ['', [IM, !If [Maybe, MUTABLE, X]]]",
            "condition `Maybe` is open: parameter `Open` has no default and no value ? IMMUTABLE at `!Join ['', [IM, !If [Maybe, MUTABLE, X]]]` : IMX at `!Join ['', [IM, !If [Maybe, MUTABLE, X]]]`",
        ),
        (
            "!FindInMap [Env, !Ref Open, Mode]",
            "the key of the mapping `Env` is open: parameter `Open` has no default and no value ? MUTABLE at `MUTABLE` > mapping `Env.dev.Mode` `!FindInMap [Env, !Ref Open, Mode]` : IMMUTABLE at `'IMMUTABLE'` > mapping `Env.prod.Mode` `!FindInMap [Env, !Ref Open, Mode]`",
        ),
    ];
    for (expression, expected) in cases {
        let read = repository(PARAMETERS, &format!("      ImageTagMutability: {expression}"));
        assert_eq!(read.tags(), expected, "{expression}");
        assert_eq!(read.problems(), Vec::<String>::new(), "{expression}");
    }
}

#[test]
fn the_same_condition_is_decided_once() {
    let maybe = "condition `Maybe` is open: parameter `Open` has no default and no value";
    let read = repository(
        PARAMETERS,
        "      ImageTagMutability: !If [Maybe, !If [Maybe, A, B], !If [AlsoMaybe, C, D]]",
    );
    // Where `Maybe` is false, `AlsoMaybe` is.
    let tags = read.tags();
    assert!(
        tags.starts_with(maybe) && tags.contains("? A at") && tags.contains(": D at"),
        "{tags}"
    );
    // A resource that exists under a condition sees it hold.
    let text = format!(
        "{PARAMETERS}\nResources:\n  R:\n    Type: AWS::ECR::Repository\n    Condition: AlsoMaybe\n    Properties:\n      ImageTagMutability: !If [Maybe, IMMUTABLE, MUTABLE]\n"
    );
    assert!(template(&text).tags().starts_with("IMMUTABLE at"));
}

#[test]
fn parameters_come_from_outside() {
    let text = "Parameters:\n  Mode: {Type: String, Default: MUTABLE}\nResources:\n  R:\n    Type: AWS::ECR::Repository\n    Properties: {ImageTagMutability: !Ref Mode}\n";
    let read = with_parameters(text, &[("Mode", "IMMUTABLE"), ("Unused", "x")]);
    assert_eq!(read.tags(), "IMMUTABLE at `Mode` > parameter `Mode` `!Ref Mode`");
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
fn a_resource_whose_condition_is_false_does_not_exist() {
    let text = format!(
        "{PARAMETERS}\nResources:\n  R:\n    Type: AWS::ECR::Repository\n    Condition: No\n"
    );
    let read = template(&text);
    assert!(read.unit.model.repositories.is_empty());
    assert_eq!(read.problems(), ["note: `R` is not made: the condition `No` is false at `R`"]);
}

const POLICY: &str = "      RepositoryPolicyText:";

#[test]
fn a_policy_is_read_with_the_bytes_of_each_leaf() {
    let expected = "{Version: 2012-10-17 at `2012-10-17`, Statement: [{Principal: * at `\"*\"`, Count: 5 at `5`}]}";
    let yaml = format!(
        "{POLICY}\n        Version: 2012-10-17\n        Statement:\n          - Principal: \"*\"\n            Count: 5"
    );
    assert_eq!(repository("", &yaml).documents(), expected);
    let flow =
        format!("{POLICY} {{Version: 2012-10-17, Statement: [{{Principal: \"*\", Count: 5}}]}}");
    assert_eq!(repository("", &flow).documents(), expected);
}

#[test]
fn a_policy_in_a_string_is_read_with_the_bytes_of_each_leaf() {
    let cases = [
        ("|\n        {\n          \"Principal\": \"*\"\n        }", "{Principal: * at `\"*\"`}"),
        (">-\n        {\n          \"Principal\": \"*\"}", "{Principal: * at `\"*\"`}"),
        (
            "'{\"Principal\": \"*\", \"it''s\": \"it''s\"}'",
            "{Principal: * at `\"*\"`, it's: it's at `\"it''s\"`}",
        ),
        (r#""{\"Principal\": \"*\"}""#, r#"{Principal: * at `\"*\"`}"#),
        (
            "!Sub '{\"AWS\": \"${Mode}\"}'",
            "{AWS: MUTABLE at `MUTABLE` > parameter `Mode` `${Mode}`}",
        ),
        ("!Sub '{\"AWS\": \"a${Mode}b\"}'", "{AWS: aMUTABLEb at `\"a${Mode}b\"`}"),
        (
            "!Sub '{\"AWS\": [\"a${AWS::AccountId}\", \"*\"]}'",
            "{AWS: [a<plain> at `\"a${AWS::AccountId}\"`, * at `\"*\"`]}",
        ),
        ("!Sub '{\"AWS\": ${Open}}'", "{AWS: ?(parameter `Open` has no default and no value)}"),
        ("!Sub '{\"AWS\": 1 ${Open}}'", "unknown: parameter `Open` has no default and no value"),
        (
            "!Join ['', ['{\"A\": \"', !Ref Mode, '\"}']]",
            "{A: MUTABLE at `MUTABLE` > parameter `Mode` `!Ref Mode`}",
        ),
        ("!ToJsonString {Principal: '*'}", "{Principal: * at `'*'`}"),
        ("'{\"a\": '", "not JSON: unclosed `{` at `{`"),
        ("!Ref Open", "unknown: parameter `Open` has no default and no value"),
    ];
    for (text, expected) in cases {
        let read = repository(PARAMETERS, &format!("{POLICY} {text}"));
        assert_eq!(read.documents(), expected, "{text}");
        assert_eq!(read.problems(), Vec::<String>::new(), "{text}");
    }
    let json = r#"{"Resources": {"R": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryPolicyText": "{\n\t\"Principal\": \"\u002a\"}"}}}}"#;
    assert_eq!(template(json).documents(), r#"{Principal: * at `\"\u002a\"`}"#);
}

#[test]
fn unknown_parts_of_a_policy_hide_nothing_beside_them() {
    let text = format!(
        "{POLICY}\n        AWS: [!Sub 'arn:${{AWS::Partition}}:iam::${{Open}}:root', !GetAtt Repo.Arn, !Ref Open, '*']\n        Gone: !Ref AWS::NoValue"
    );
    assert_eq!(
        repository(PARAMETERS, &text).documents(),
        "{AWS: [arn:<plain>:iam::<any>:root at `!Sub 'arn:${AWS::Partition}:iam::${Open}:root'`, <plain> at `!GetAtt Repo.Arn`, ?(parameter `Open` has no default and no value), * at `'*'`]}"
    );
    let lists = format!("{POLICY}\n        AWS: !Ref Accounts");
    assert_eq!(
        repository(PARAMETERS, &lists).documents(),
        "{AWS: [111111111111 at `111111111111` > parameter `Accounts` `!Ref Accounts`, * at `*` > parameter `Accounts` `!Ref Accounts`]}"
    );
}

#[test]
fn a_condition_inside_of_a_policy_makes_alternatives() {
    let text = format!(
        "{POLICY}\n        Statement: [!If [Maybe, {{A: x}}, !Ref AWS::NoValue], {{B: !If [Maybe, y, z]}}]"
    );
    assert_eq!(
        repository(PARAMETERS, &text).documents(),
        "condition `Maybe` is open: parameter `Open` has no default and no value ? {Statement: [{A: x at `x`}, {B: y at `y` > condition `Maybe` `!If [Maybe, y, z]`}]} : {Statement: [{B: z at `z` > condition `Maybe` `!If [Maybe, y, z]`}]}"
    );
    let none =
        repository(PARAMETERS, &format!("{POLICY} !If [Maybe, {{A: x}}, !Ref AWS::NoValue]"));
    assert!(
        none.documents().ends_with("? {A: x at `x`} : {Statement: []}"),
        "{}",
        none.documents()
    );
    let known = repository(PARAMETERS, &format!("{POLICY} !If [No, {{A: x}}, !Ref AWS::NoValue]"));
    assert_eq!(known.documents(), "");
}

#[test]
fn every_place_of_a_policy_is_known() {
    let text = "\
Resources:
  Public: {Type: AWS::ECR::PublicRepository, Properties: {RepositoryPolicyText: {A: 1}}}
  Registry: {Type: AWS::ECR::RegistryPolicy, Properties: {PolicyText: '{\"A\": 2}'}}
  Template: {Type: AWS::ECR::RepositoryCreationTemplate, Properties: {Prefix: x, RepositoryPolicy: '{\"A\": 3}'}}
  Policy: {Type: AWS::IAM::Policy, Properties: {PolicyDocument: {A: 4}}}
  Managed: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {A: 5}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns:
        - arn:aws:iam::aws:policy/AdministratorAccess
        - !Sub arn:${AWS::Partition}:iam::aws:policy/PowerUserAccess
        - !Ref Managed
      Policies: [{PolicyName: x, PolicyDocument: {A: 6}}]
  Group: {Type: AWS::IAM::Group, Properties: {Policies: [{PolicyDocument: {A: 7}}]}}
  Function:
    Type: AWS::Serverless::Function
    Properties: {Policies: [AmazonEC2ContainerRegistryReadOnly, {Statement: []}, {SQSPollerPolicy: {QueueName: x}}]}
  Bucket: {Type: AWS::S3::Bucket}
";
    let read = template(text);
    let shown: Vec<String> = read
        .unit
        .model
        .attachments
        .iter()
        .map(|attachment| {
            format!(
                "{} {:?} {}",
                attachment.place.address,
                attachment.kind,
                read.document(&attachment.document)
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Public PublicRepository {A: 1 at `1`}",
            "Registry Registry {A: #2 at `2`}",
            "Template CreationTemplate {A: #3 at `3`}",
            "Policy Identity {A: 4 at `4`}",
            "Managed Identity {A: 5 at `5`}",
            "Role Identity {A: 6 at `6`}",
            "Role Identity managed arn:aws:iam::aws:policy/AdministratorAccess at `arn:aws:iam::aws:policy/AdministratorAccess`",
            "Role Identity managed arn:aws:iam::aws:policy/PowerUserAccess at `!Sub arn:${AWS::Partition}:iam::aws:policy/PowerUserAccess`",
            "Group Identity {A: 7 at `7`}",
            "Function Identity managed arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly at `AmazonEC2ContainerRegistryReadOnly`",
            "Function Identity {Statement: []}",
        ]
    );
    assert_eq!(read.unit.model.repositories.len(), 2);
}

#[test]
fn the_settings_of_a_repository() {
    let read = repository(
        "",
        "      RepositoryName: x
      ImageTagMutability: IMMUTABLE_WITH_EXCLUSION
      ImageTagMutabilityExclusionFilters:
        - {ImageTagMutabilityExclusionFilterType: WILDCARD, ImageTagMutabilityExclusionFilterValue: latest*}
      ImageScanningConfiguration: {ScanOnPush: 'true'}
      EncryptionConfiguration: {EncryptionType: KMS, KmsKey: k}
      EmptyOnDelete: true
      LifecyclePolicy: {LifecyclePolicyText: '{}'}",
    );
    let repository = &read.unit.model.repositories[0];
    assert_eq!(repository.name.known().unwrap(), "x");
    let filters = repository.exclusion_filters.known().unwrap();
    assert_eq!(read.field(&filters[0].filter), "latest* at `latest*`");
    assert_eq!(repository.scan_on_push.known(), Some(&true));
    assert_eq!(repository.encryption_type.known().unwrap(), "KMS");
    assert_eq!(repository.kms_key.known().unwrap().as_deref(), Some("k"));
    assert_eq!(repository.force_delete.known(), Some(&true));
    assert_eq!(repository.has_lifecycle_policy.known(), Some(&true));
    assert_eq!(read.source(repository.place.header), "Repo");
}

#[test]
fn a_retained_repository_is_never_emptied() {
    let text = "Resources:\n  R:\n    Type: AWS::ECR::Repository\n    DeletionPolicy: Retain\n    Properties: {EmptyOnDelete: true}\n";
    assert_eq!(template(text).unit.model.repositories[0].force_delete.known(), Some(&false));
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
    assert_eq!(template(text).unit.model.repositories[0].place.address, "Stack/Repo/Resource");
}

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
            "note: `Nonsense` is no intrinsic function that is known here at `!Nonsense x`",
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
