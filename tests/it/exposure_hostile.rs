//! Documents that are wrong, broken or huge: told as invalid with their worst meaning, and never a panic.

use ecrlint::document::in_string;
use ecrlint::model::Document;
use ecrlint::origin::Origin;
use ecrlint::policy::node::{Data, Member, Node, Text};
use ecrlint::policy::{Analysis, Exposure, PolicyKind, analyze};
use ecrlint::source::{Sources, Span};
use ecrlint::syntax::tree;

use crate::brute::Random;
use crate::exposure::{owner, read};
use crate::exposure_unknown::{at, places};
use crate::support::Folder;

const KINDS: [PolicyKind; 5] = [
    PolicyKind::Repository,
    PolicyKind::Registry,
    PolicyKind::CreationTemplate,
    PolicyKind::PublicRepository,
    PolicyKind::Identity,
];

fn judge(text: &str) -> Analysis<'static> {
    analyze(Box::leak(Box::new(read(text).unwrap())), PolicyKind::Repository, &owner())
}

/// The document's verdict, what it would mean, and the problems that name what is wrong.
#[track_caller]
fn check(text: &str, expected: (Exposure, Option<Exposure>), problems: &[&str]) {
    let analysis = judge(text);
    assert_eq!((analysis.exposure, analysis.if_accepted), expected, "{text}");
    let messages: Vec<&str> =
        analysis.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, problems, "{text}");
    let rejected = analysis.problems.iter().any(|problem| problem.rejected);
    assert_eq!(rejected, analysis.exposure == Exposure::Invalid, "{text}");
}

fn invalid(meaning: Exposure) -> (Exposure, Option<Exposure>) {
    (Exposure::Invalid, Some(meaning))
}

/// A statement that lets everyone pull, with these changes: `{}` stands for more members.
fn statement(members: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{{members}}}]}}"#)
}

const EVERYONE: &str = r#""Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage""#;

#[test]
fn what_is_no_policy() {
    use Exposure::None;
    check("[]", invalid(None), &["a policy document is an object"]);
    check("7", invalid(None), &["a policy document is an object"]);
    check("{}", invalid(None), &["the document has no `Statement`"]);
    check(r#"{"Statement": []}"#, invalid(None), &["the document has no statement"]);
    check(r#"{"Statement": [[]]}"#, invalid(None), &["a statement is an object"]);
    check(
        r#"{"Statement": 1}"#,
        invalid(None),
        &["`Statement` is neither an object nor a list of objects"],
    );
}

#[test]
fn elements() {
    use Exposure::{None, Public, PublicRestricted};
    let with = |more: &str| statement(&format!("{EVERYONE}{more}"));
    let org = r#"{"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#;
    check(
        &with(&format!(r#", "Conditions": {org}"#)),
        invalid(Public),
        &["`Conditions` is not an element of a statement"],
    );
    check(
        &with(&format!(r#", "condition": {org}"#)),
        invalid(PublicRestricted),
        &["`condition` is in an odd case"],
    );
    check(
        &with(&format!(r#", "Condition": {org}, "Condition": {{}}"#)),
        (Public, Option::None),
        &["this `Condition` is lost: a later one replaces it"],
    );
    check(
        &with(r#", "NotAction": "ecr:PutImage""#),
        invalid(Public),
        &["`NotAction` beside `Action`"],
    );
    check(&with(r#", "Resource": "*", "Sid": "with spaces""#), (Public, Option::None), &[]);
    check(&with(r#", "Sid": 1"#), invalid(Public), &["`Sid` is not a text"]);
    check(&with(r#", "Condition": []"#), invalid(Public), &["`Condition` is not an object"]);
    check(
        &statement(r#""Effect": "Allow", "Principal": "*""#),
        invalid(None),
        &["the statement has no `Action`"],
    );
    check(
        &statement(r#""Principal": "*", "Action": "ecr:*""#),
        invalid(Public),
        &["the statement has no `Effect`"],
    );
    check(
        &format!(r#"{{"Version": "2012-10-18", "Statement": {{{EVERYONE}}}}}"#),
        invalid(Public),
        &["`2012-10-18` is not a version of the policy language"],
    );
}

#[test]
fn a_misspelling_has_a_suggestion() {
    for (more, suggestion) in [
        (r#", "Conditions": {}"#, "did you mean `Condition`?"),
        (
            r#", "Condition": {"StringEqual": {"aws:PrincipalOrgID": "o-1"}}"#,
            "did you mean `StringEquals`?",
        ),
        (
            r#", "Condition": {"StringEquals": {"aws:PrincipleOrgID": "o-1"}}"#,
            "did you mean `aws:PrincipalOrgID`?",
        ),
    ] {
        let analysis = judge(&statement(&format!("{EVERYONE}{more}")));
        assert_eq!(analysis.problems[0].help.as_deref(), Some(suggestion));
    }
    let misspelt =
        judge(&statement(r#""Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImages""#));
    assert_eq!(misspelt.problems[0].help.as_deref(), Some("did you mean `ecr:BatchGetImage`?"));
}

#[test]
fn principals() {
    use Exposure::{CrossAccount, CrossAccountRoot, None, Public, SameAccount, ServiceOpen};
    let with = |principal: &str| {
        statement(&format!(
            r#""Effect": "Allow", "Principal": {principal}, "Action": "ecr:BatchGetImage""#
        ))
    };
    for (principal, meaning, problem) in [
        (
            r#""444455556666""#,
            CrossAccountRoot,
            "the principal `444455556666` stands without its type",
        ),
        (r#""111122223333""#, SameAccount, "the principal `111122223333` stands without its type"),
        (
            r#""lambda.amazonaws.com""#,
            ServiceOpen,
            "the principal `lambda.amazonaws.com` stands without its type",
        ),
        (r#"["*"]"#, Public, "a list of principals without their type"),
        (r#"{"*": "*"}"#, Public, "`*` is not a type of principal"),
        (r#"{"aws": "*"}"#, Public, "the type of principal `aws` is in an odd case"),
        (
            r#"{"AWS": "arn:aws:iam::*:role/ci"}"#,
            Public,
            "`arn:aws:iam::*:role/ci` is a pattern: a principal is named as a whole",
        ),
        (
            r#"{"AWS": "arn:aws:iam::444455556666:group/g"}"#,
            CrossAccount,
            "`arn:aws:iam::444455556666:group/g` is not an account, user or role",
        ),
        (r#"{"AWS": "4444"}"#, CrossAccount, "`4444` is not an account, user or role"),
        (r#"{"AWS": "lambda.amazonaws.com"}"#, ServiceOpen, "`lambda.amazonaws.com` is a service"),
        (r#"{"Service": "lambda"}"#, ServiceOpen, "`lambda` is not a service"),
        (r#"{"AWS": [["*"]]}"#, None, "a principal is named by a text"),
        (r#"{}"#, None, "no principal is named"),
        (r#"null"#, None, "this names no principal"),
    ] {
        check(&with(principal), invalid(meaning), &[problem]);
    }
}

#[test]
fn actions_of_the_other_kind_of_repository() {
    let document =
        read(&statement(r#""Effect": "Allow", "Principal": "*", "Action": "ecr:PutImage""#))
            .unwrap();
    let analysis = analyze(&document, PolicyKind::PublicRepository, &owner());
    assert_eq!((analysis.exposure, analysis.if_accepted), invalid(Exposure::Public));
    assert_eq!(analysis.problems[0].help.as_deref(), Some("write `ecr-public:PutImage`"));
}

#[test]
fn a_rejected_deny_is_not_credited() {
    let deny = r#"{"Effect": "deny", "Principal": "*", "Action": "ecr:*"}"#;
    let text = format!(r#"{{"Statement": [{{{EVERYONE}}}, {deny}]}}"#);
    check(&text, invalid(Exposure::Public), &["`deny` is not an effect"]);
}

/// Replaces each value of the document in turn by each of `values`, and judges the result.
fn with_wrong_types(document: &Node, values: &[Data], judge: &mut impl FnMut(&Node)) {
    let mut ways = Vec::new();
    places(document, &mut Vec::new(), &mut ways);
    for way in ways {
        let mut document = document.clone();
        for value in values {
            at(&mut document, &way).data = value.clone();
            judge(&document);
        }
    }
}

#[test]
fn wrong_types_in_every_position() {
    let document = read(
        r#"{"Version": "2012-10-17", "Id": "x", "Statement": [
            {"Sid": "a", "Effect": "Allow", "Principal": {"AWS": ["*", "444455556666"], "Service": "x.amazonaws.com"},
             "Action": ["ecr:*"], "Resource": ["*"],
             "Condition": {"StringLike": {"aws:PrincipalOrgID": ["o-*"]}, "Null": {"aws:SourceIp": "true"}}},
            {"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "NotAction": "ecr:Get*", "NotResource": "*",
             "Condition": {"ForAnyValue:NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::1"]}}}]}"#,
    )
    .unwrap();
    let values: Vec<Data> =
        ["null", "true", "7", r#""x""#, r#""""#, "[]", "{}", r#"[["x"]]"#, r#"{"": {"": []}}"#]
            .iter()
            .map(|text| read(text).unwrap().data)
            .collect();
    let mut judged = 0;
    with_wrong_types(&document, &values, &mut |document| {
        for kind in KINDS {
            let analysis = analyze(document, kind, &owner());
            assert_eq!(analysis.if_accepted.is_some(), analysis.exposure == Exposure::Invalid);
            assert!(analysis.statements.iter().all(|statement| statement.pointers.len() < 20));
            judged += 1;
        }
    });
    assert!(judged > 1_000, "{judged}");
}

#[test]
fn cut_texts_are_no_policies() {
    let whole = format!(r#"{{"Statement": [{{{EVERYONE}}}]}}"#);
    for end in 0..whole.len() {
        let file = Sources::new().add("policy.json", whole.as_bytes());
        let text = tree::Text { value: whole[..end].into(), start: 0, detail: None };
        let document = in_string(&text, file, &Origin::at(Span::new(file, 0, 0)));
        let Document::NotJson(why) = document else { panic!("{}", text.value) };
        assert!(why.reason.starts_with("the policy is not JSON: "), "{}", why.reason);
        let span = why.span.unwrap();
        assert!(span.range.end as usize <= end, "{span:?} of {end}");
    }
}

/// Of a policy that is not JSON the finding has the reason and the place, whatever it is written in.
#[test]
fn texts_that_are_no_policies_are_found() {
    for (policy, message, columns) in [
        (
            r#""everyone may pull""#,
            "the policy is not JSON: `everyone` is not a JSON value",
            (13, 21),
        ),
        (r#""""#, "the policy is not JSON: expected a JSON value", (12, 14)),
        (r#""{\"Statement\": [""#, "the policy is not JSON: unclosed `{`", (13, 14)),
        (r#""[1,]""#, "the policy is not JSON: a comma before `]`", (15, 16)),
        ("null", "the policy is null", (12, 16)),
        ("7", "a policy document is an object", (12, 13)),
        ("jsonencode([7])", "a policy document is an object", (23, 26)),
        ("jsonencode({})", "the document has no `Statement`", (23, 25)),
    ] {
        let text = format!(
            "resource \"aws_ecr_repository_policy\" \"a\" {{\n  repository = \"a\"\n  policy = {policy}\n}}\n"
        );
        let report =
            Folder::new().with("main.tf", text).run(&["check", ".", "--format", "json"]).json();
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{policy}: {findings:?}");
        assert_eq!(findings[0]["check"], "invalid-policy");
        assert_eq!(findings[0]["message"], message);
        let column = |end: &str| findings[0]["location"][end]["column"].as_u64().unwrap();
        assert_eq!((column("start"), column("end")), columns, "{policy}");
    }
}

const CLOSED: &str = r#"{"Version": "2012-10-17", "Id": "x", "Statement": [
    {"Sid": "a", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "ecr:*", "Resource": "*",
     "Condition": {"StringLike": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}},
    {"Effect": "Deny", "NotPrincipal": {"AWS": "444455556666"}, "NotAction": "ecr:Get*", "NotResource": "arn:aws:s3:::b",
     "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}}]}"#;

/// What the document means, and the problems that are told, when `change` has changed one of its objects: each in turn,
/// at 0, 1 and so on until it returns `false`.
fn with_each_object(change: impl Fn(&mut Vec<Member>, usize) -> bool) -> Vec<(Exposure, String)> {
    let document = read(CLOSED).unwrap();
    let mut ways = Vec::new();
    places(&document, &mut Vec::new(), &mut ways);
    let mut all = Vec::new();
    for (way, index) in ways.iter().flat_map(|way| (0..20).map(move |index| (way, index))) {
        let mut document = document.clone();
        let Data::Object(members) = &mut at(&mut document, way).data else { continue };
        if change(members, index) {
            let analysis = analyze(&document, PolicyKind::Repository, &owner());
            let messages = analysis.problems.iter().map(|problem| problem.message.as_str());
            let meaning = analysis.if_accepted.unwrap_or(analysis.exposure);
            all.push((meaning, messages.collect::<Vec<_>>().join("; ")));
        }
    }
    all
}

#[test]
fn keys_in_odd_case() {
    let swap = |c: char| {
        if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
    };
    let all = with_each_object(|members, index| {
        let Some(member) = members.get_mut(index) else { return false };
        member.key = Text::Known(member.key.known().unwrap().chars().map(swap).collect());
        true
    });
    assert_eq!(all.len(), 20);
    let untold = all.iter().filter(|(_, messages)| !messages.contains("in an odd case"));
    assert_eq!(untold.count(), 2, "condition keys alone may be in any case: {all:?}");
    assert!(all.iter().all(|(meaning, _)| *meaning == Exposure::PublicRestricted), "{all:?}");
}

#[test]
fn unknown_elements_in_every_object() {
    let all = with_each_object(|members, index| {
        let text = Data::String(Text::Known("x".into()));
        let mut member = members[0].clone();
        (member.key, member.value.data) = (Text::Known("Foo".into()), text);
        members.push(member);
        index == 0
    });
    assert_eq!(all.len(), 9);
    let untold = all.iter().filter(|(_, messages)| messages.is_empty());
    assert_eq!(untold.count(), 2, "there are more condition keys than are known: {all:?}");
    assert!(all.iter().all(|(meaning, _)| *meaning == Exposure::PublicRestricted), "{all:?}");
}

#[test]
fn every_key_twice() {
    let all = with_each_object(|members, index| {
        let Some(member) = members.get(index).cloned() else { return false };
        members.push(member);
        true
    });
    assert_eq!(all.len(), 20);
    assert!(all.iter().all(|(_, messages)| messages.contains("is lost")), "{all:?}");
    assert!(all.iter().all(|(meaning, _)| *meaning == Exposure::PublicRestricted), "{all:?}");
}

#[test]
fn any_text_is_judged() {
    let mut random = Random::new();
    let (mut judged, mut invalid) = (0, 0);
    for _ in 0..20_000 {
        let mut text: Vec<char> = CLOSED.chars().collect();
        for _ in 0..=random.below(3) {
            let at = random.below(text.len());
            let other = ['{', '}', '[', ']', '"', ',', ':', '*', '?', '$', '\\', '7', 'é', '\0'];
            text[at] = other[random.below(other.len())];
        }
        let Some(document) = read(&String::from_iter(text)) else { continue };
        let analysis = analyze(&document, KINDS[random.below(KINDS.len())], &owner());
        assert_eq!(analysis.if_accepted.is_some(), analysis.exposure == Exposure::Invalid);
        judged += 1;
        invalid += usize::from(analysis.exposure == Exposure::Invalid);
    }
    assert!(judged > 2_000 && invalid > 1_000, "{judged} judged, {invalid} invalid");
}

/// A document with this many statements, every other one a Deny that spares strangers.
fn long(statements: usize) -> Node {
    let pair = format!(
        r#"{{{EVERYONE}, "Resource": "*"}},{{"Effect":"Deny","Principal":"*","Action":"ecr:*","Resource": "*","Condition":{{"StringEquals":{{"aws:UserAgent":"x"}}}}}}"#
    );
    let text = format!(r#"{{"Statement":[{}]}}"#, vec![pair; statements / 2].join(","));
    assert!(text.len() > 100 * statements, "{}", text.len());
    read(&text).unwrap()
}

/// More than ten megabytes.
#[test]
fn a_hundred_thousand_statements() {
    let document = long(100_000);
    let analysis = analyze(&document, PolicyKind::Repository, &owner());
    assert_eq!((analysis.exposure, analysis.if_accepted), invalid(Exposure::Public));
    assert_eq!(analysis.statements.len(), 100_000);
    assert_eq!(analysis.problems.len(), 1, "only its length is wrong");
}

#[test]
fn many_of_everything_take_linear_time() {
    let count = 100_000;
    let list = |item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
    let condition = |body: &str| statement(&format!(r#"{EVERYONE}, "Condition": {{{body}}}"#));
    for (text, meaning) in [
        (
            condition(&list(&|n| format!(r#""StringLik{n}":{{"aws:UserAgent":"x"}}"#))),
            Exposure::PublicWeak,
        ),
        (
            condition(&format!(
                r#""StringLike":{{{}}}"#,
                list(&|n| format!(r#""aws:Principal{n}":"x""#))
            )),
            Exposure::PublicWeak,
        ),
        (
            condition(&format!(
                r#""ForAllValues:StringLike":{{{keys}}},"Null":{{{keys}}}"#,
                keys = list(&|n| format!(r#""k{n}":"false""#))
            )),
            Exposure::PublicWeak,
        ),
        (
            condition(&format!(
                r#""StringLike":{{"aws:PrincipalOrgID":[{}]}}"#,
                list(&|n| format!(r#""o-{n}""#))
            )),
            Exposure::PublicRestricted,
        ),
        (
            statement(&format!(
                r#""Effect":"Allow","Principal":{{"AWS":[{}]}},"Action":[{}]"#,
                list(&|n| format!(r#""{n:012}""#)),
                list(&|n| format!(r#""ecr:*{n}*a*b""#))
            )),
            Exposure::CrossAccountRoot,
        ),
        (statement(&list(&|n| format!(r#""Efect{n}":1"#))), Exposure::None),
        (
            statement(&format!(r#"{EVERYONE},{}"#, list(&|_| r#""Condition":{}"#.to_owned()))),
            Exposure::Public,
        ),
    ] {
        assert_eq!(judge(&text).if_accepted, Some(meaning), "{}", &text[..120]);
    }
    let star = "*a".repeat(2_000_000);
    judge(&statement(&format!(
        r#""Effect":"Allow","Principal":{{"AWS":"{star}"}},"Action":"ecr:{star}""#
    )));
    judge(&condition(&format!(
        r#""StringLike":{{"aws:PrincipalArn":"{star}","aws:username":"{star}"}}"#
    )));
}
