//! Templates to the common model: values, places and reasons.

use std::fmt::Write as _;

use ecrlint::cloudformation::{Options, ParameterValue, read};
use ecrlint::model::{Document, Fact, Field, Unit};
use ecrlint::origin::Origin;
use ecrlint::policy::node::{Data, Node, Text, TextPart};
use ecrlint::source::{Sources, Span};

mod policies;
mod rule;
mod whole;

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
                format!("{} at `{}`", why.reason, self.source(why.span.unwrap()))
            }
            Fact::Written(Document::Managed(arn)) => {
                format!("managed {arn} at {}", self.origin(&field.origin))
            }
            Fact::Default(_) => "none".to_owned(),
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
fn a_resource_whose_condition_is_false_does_not_exist() {
    let text = format!(
        "{PARAMETERS}\nResources:\n  R:\n    Type: AWS::ECR::Repository\n    Condition: No\n"
    );
    let read = template(&text);
    assert!(read.unit.model.repositories.is_empty());
    assert_eq!(read.problems(), ["note: `R` is not made: the condition `No` is false at `R`"]);
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
