//! Policies: objects and texts, with the bytes of each leaf.

use super::{PARAMETERS, repository, template};
use crate::support::Folder;

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
        ("'{\"a\": '", "the policy is not JSON: unclosed `{` at `{`"),
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
    assert!(none.documents().ends_with("? {A: x at `x`} : none"), "{}", none.documents());
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
fn a_policy_that_may_be_left_out_is_not_invalid() {
    let text = "\
Parameters: {Open: {Type: String}}
Conditions: {Maybe: !Equals [!Ref Open, 'yes']}
Resources:
  Repo:
    Type: AWS::ECR::Repository
    Properties:
      ImageTagMutability: IMMUTABLE
      RepositoryPolicyText: !If
        - Maybe
        - Statement: {Effect: Allow, Principal: '*', Action: ecr:BatchGetImage}
        - !Ref AWS::NoValue
";
    let run = Folder::new().with("t.yaml", text).run(&["check", "t.yaml", "--format", "json"]);
    let report = run.json();
    assert_eq!(report["findings"], serde_json::json!([]));
    assert_eq!(report["unknowns"][0]["check"], "wildcard-principal");
}
