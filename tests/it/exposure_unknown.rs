//! Documents with parts that can't be known: a verdict is given only where no completion can change it.

use ecrlint::origin::{Origin, Why};
use ecrlint::policy::node::{Data, Member, Node, Text, TextPart};
use ecrlint::policy::{Context, Exposure, PolicyKind, analyze};

use crate::brute::{Random, World};
use crate::exposure::{kind, owner, read, rows};

/// Reads a document in which `?` in angle brackets stands for what is unknown: `<?>` for any text, `<arn>` for a text
/// that AWS makes, and the string `"<??>"` for any value.
fn document(text: &str) -> Node {
    let mut node = read(text).unwrap();
    hide_markers(&mut node);
    node
}

fn hide_markers(node: &mut Node) {
    match &mut node.data {
        Data::String(text) if text.known() == Some("<??>") => {
            node.data = Data::Unknown(Why::new("not known"))
        }
        Data::String(text) => hide_in(text),
        Data::Array(items) => items.iter_mut().for_each(hide_markers),
        Data::Object(members) => {
            for member in members {
                hide_in(&mut member.key);
                hide_markers(&mut member.value);
            }
        }
        Data::Unknown(_) | Data::Null | Data::Bool(_) | Data::Number(_) => {}
    }
}

fn hide_in(text: &mut Text) {
    let whole = text.known().unwrap().to_owned();
    if !whole.contains('<') {
        return;
    }
    let mut parts = Vec::new();
    for part in whole.split_inclusive('>') {
        let (known, marker) = part.split_once('<').unwrap_or((part, ""));
        if !known.is_empty() {
            parts.push(TextPart::Known(known.into()));
        }
        if !marker.is_empty() {
            parts.push(TextPart::Unknown { why: Why::new("not known"), plain: marker == "arn>" });
        }
    }
    *text = Text::Partial(parts);
}

/// The verdict on `Allow` with this principal, this condition, and further statements.
fn verdict(
    principal: &str,
    condition: &str,
    more: &str,
    context: &Context,
) -> (Exposure, Exposure, Exposure) {
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {principal},
            "Action": "ecr:BatchGetImage", "Condition": {condition}}}{more}]}}"#
    );
    let document = document(&text);
    let analysis = analyze(&document, PolicyKind::Repository, context);
    assert_eq!(analysis.exposure == Exposure::Unknown, analysis.because.is_some());
    (analysis.exposure, analysis.range.mildest, analysis.range.worst)
}

#[test]
fn principals() {
    use Exposure::{
        CrossAccount, CrossAccountRoot, None, Public, SameAccount, ServiceOpen, Unknown,
    };
    let nobody_known = Context::default();
    for (principal, own, known, worst) in [
        (r#"{"AWS": ["*", "<arn>"]}"#, Public, Public, Public),
        (r#"{"AWS": ["*", "<??>"]}"#, Public, Public, Public),
        (r#"{"AWS": "<?>"}"#, Unknown, Unknown, Public),
        (r#"{"AWS": "<??>"}"#, Unknown, Unknown, Public),
        (r#""<??>""#, Unknown, Unknown, Public),
        (r#"{"AWS": "<arn>"}"#, Unknown, Unknown, CrossAccountRoot),
        (r#"{"AWS": "arn:aws:iam::<arn>:root"}"#, Unknown, CrossAccountRoot, CrossAccountRoot),
        (r#"{"AWS": "arn:<arn>:iam::<arn>:role/<?>"}"#, Unknown, CrossAccount, CrossAccount),
        (r#"{"AWS": "arn:aws:iam::<?>:root"}"#, Unknown, CrossAccountRoot, CrossAccountRoot),
        (
            r#"{"AWS": "arn:aws:iam::111122223333:role/<?>"}"#,
            SameAccount,
            CrossAccount,
            CrossAccount,
        ),
        (r#"{"AWS": "arn:aws:iam::444455556666:<?>"}"#, Unknown, Unknown, CrossAccountRoot),
        (r#"{"Service": "<?>.amazonaws.com"}"#, ServiceOpen, ServiceOpen, ServiceOpen),
        (r#"{"AWS": []}"#, None, None, None),
    ] {
        let with_owner = verdict(principal, "{}", "", &owner());
        assert_eq!(
            (with_owner.0, with_owner.2),
            (own, if own == SameAccount { own } else { worst }),
            "{principal}"
        );
        assert_eq!(
            verdict(principal, "{}", "", &nobody_known).0,
            known,
            "{principal} without owner"
        );
    }
}

#[test]
fn conditions() {
    use Exposure::{Public, PublicRestricted, PublicWeak, ServiceOpen, Unknown};
    for (condition, expected, worst) in [
        // What AWS makes has no wildcard; other texts may be anything, even a policy variable.
        (
            r#"{"StringEquals": {"aws:PrincipalOrgID": "<arn>"}}"#,
            PublicRestricted,
            PublicRestricted,
        ),
        (r#"{"StringLike": {"aws:PrincipalOrgID": "<arn>"}}"#, PublicRestricted, PublicRestricted),
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "<?>"}}"#, Unknown, PublicWeak),
        (r#"{"StringLike": {"aws:PrincipalOrgID": "<?>"}}"#, Unknown, PublicWeak),
        (r#"{"StringLike": {"aws:PrincipalOrgID": ["<?>", "o-*"]}}"#, PublicWeak, PublicWeak),
        (r#"{"StringEquals": {"aws:PrincipalTag/team": "<?>"}}"#, PublicWeak, PublicWeak),
        (r#"{"StringNotEquals": {"aws:PrincipalOrgID": "<?>"}}"#, PublicWeak, PublicWeak),
        (
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::<arn>:role/*"}}"#,
            PublicRestricted,
            PublicRestricted,
        ),
        (
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/<arn>"}}"#,
            PublicWeak,
            PublicWeak,
        ),
        (
            r#"{"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:<arn>:function:*"}}"#,
            PublicRestricted,
            PublicRestricted,
        ),
        (r#"{"IpAddress": {"aws:SourceIp": "<?>"}}"#, Unknown, PublicWeak),
        (r#"{"<?>": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, Unknown, Public),
        (r#"{"StringEquals": {"<?>": "o-a1b2c3d4e5"}}"#, Unknown, Public),
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "<??>"}}"#, Unknown, PublicWeak),
        (r#""<??>""#, Unknown, Public),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "<?>"}}"#, Unknown, PublicWeak),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "fal<?>"}}"#, PublicWeak, PublicWeak),
        // A later key that is known in part may replace an earlier one.
        (
            r#"{"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "<?>": "x"}}"#,
            Unknown,
            Public,
        ),
        (
            r#"{"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:PrincipalTag/<?>": "x"}}"#,
            PublicRestricted,
            PublicRestricted,
        ),
        (
            r#"{"StringEquals": {"<?>": "x", "aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
            PublicRestricted,
            PublicRestricted,
        ),
        (r#"{"StringLike": {"aws:SourceAccount": "9*"}, "<?>": {}}"#, Unknown, Public),
        (
            r#"{"StringLike": {"aws:SourceAccount": "9*"}, "StringNot<?>": {}}"#,
            Unknown,
            ServiceOpen,
        ),
        // A text that is known in part may be the variable that compares the caller with the owner.
        (r#"{"StringEquals": {"aws:ResourceAccount": "${aws:Pr<?>}"}}"#, Unknown, PublicWeak),
        (
            r#"{"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalTag/<?>}"}}"#,
            PublicWeak,
            PublicWeak,
        ),
        (r#"{"StringEquals": {"aws:ResourceAccount": "<arn>"}}"#, PublicWeak, PublicWeak),
        // A guard that may be one.
        (
            r#"{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}, "Null": {"aws:PrincipalOrgPaths": "<?>"}}"#,
            Unknown,
            PublicWeak,
        ),
        (
            r#"{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}, "Null": {"aws:PrincipalOrgPaths": "t<?>"}}"#,
            PublicWeak,
            PublicWeak,
        ),
    ] {
        let (exposure, _, at_worst) = verdict(r#""*""#, condition, "", &owner());
        assert_eq!((exposure, at_worst), (expected, worst), "{condition}");
    }
}

#[test]
fn denies_and_other_statements() {
    use Exposure::{Public, PublicRestricted, Unknown};
    let deny = |rest: &str| {
        format!(r#", {{"Effect": "Deny", "Principal": "*", "Action": "ecr:*"{rest}}}"#)
    };
    for (more, expected) in [
        (
            deny(r#", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "<arn>"}}"#),
            PublicRestricted,
        ),
        (deny(r#", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "<?>"}}"#), Unknown),
        (deny(r#", "Condition": {"StringNotEquals": {"aws:UserAgent": "<?>"}}"#), Public),
        (deny(r#", "Condition": {"Bool": {"aws:PrincipalIsAWSService": "f<?>"}}"#), Unknown),
        (deny(r#", "Condition": {"Bool": {"aws:PrincipalIsAWSService": "t<?>"}}"#), Public),
        (deny(r#", "Condition": "<??>""#), Unknown),
        (r#", {"Effect": "<?>", "Principal": "*", "Action": "ecr:*"}"#.to_owned(), Unknown),
        (r#", {"Effect": "Deny", "Principal": "<??>", "Action": "ecr:*"}"#.to_owned(), Unknown),
        (r#", {"Effect": "Deny", "Principal": "*", "Action": "<?>"}"#.to_owned(), Unknown),
        (r#", {"Effect": "Deny", "Principal": "*", "Action": "s3:<?>"}"#.to_owned(), Public),
        (
            r#", {"Effect": "Allow", "Principal": {"AWS": "<?>"}, "Action": "ecr:*"}"#.to_owned(),
            Public,
        ),
        (r#", "<??>""#.to_owned(), Unknown),
    ] {
        assert_eq!(verdict(r#""*""#, "{}", &more, &owner()).0, expected, "{more}");
    }
}

/// All places in a document, each as the way to it.
pub(crate) fn places(node: &Node, way: &mut Vec<usize>, places: &mut Vec<Vec<usize>>) {
    places.push(way.clone());
    let children: Vec<&Node> = match &node.data {
        Data::Array(items) => items.iter().collect(),
        Data::Object(members) => members.iter().map(|member| &member.value).collect(),
        _ => Vec::new(),
    };
    for (index, child) in children.into_iter().enumerate() {
        way.push(index);
        self::places(child, way, places);
        way.pop();
    }
}

/// The value at the end of a way.
pub(crate) fn at<'n>(node: &'n mut Node, way: &[usize]) -> &'n mut Node {
    let Some((index, rest)) = way.split_first() else { return node };
    match &mut node.data {
        Data::Array(items) => at(&mut items[*index], rest),
        Data::Object(members) => at(&mut members[*index].value, rest),
        _ => unreachable!("the way ends at a leaf"),
    }
}

/// Hides a value, or a part of a text, or a key.
fn hide(node: &mut Node, random: &mut Random) {
    let why = || Why::new("hidden");
    let cut = |text: &str, random: &mut Random| {
        let at =
            text.char_indices().map(|(at, _)| at).nth(random.below(text.len().max(1))).unwrap_or(0);
        let (known, hidden) = text.split_at(at);
        let plain = !hidden.is_empty() && !hidden.contains(['*', '?', '$']);
        Text::Partial(vec![TextPart::Known(known.into()), TextPart::Unknown { why: why(), plain }])
    };
    match &mut node.data {
        Data::String(Text::Known(text)) if random.below(2) == 0 => {
            let text = cut(text, random);
            node.data = Data::String(text);
        }
        Data::Object(members) if !members.is_empty() && random.below(2) == 0 => {
            let index = random.below(members.len());
            let key = cut(members[index].key.known().unwrap_or_default(), random);
            members[index].key = key;
        }
        data => *data = Data::Unknown(why()),
    }
}

#[test]
fn hiding_a_part_never_turns_a_verdict() {
    let world = World::get();
    let mut random = Random::new();
    let (mut unknown, mut known) = (0, 0);
    for _ in 0..20_000 {
        let policy = random.policy(world);
        let mut document = world.document(&policy);
        let whole = analyze(&document, PolicyKind::Repository, &owner());
        let truth = whole.if_accepted.unwrap_or(whole.exposure);
        let mut all = Vec::new();
        places(&document, &mut Vec::new(), &mut all);
        let hidden_at = &all[random.below(all.len())];
        hide(at(&mut document, hidden_at), &mut random);
        let hidden = analyze(&document, PolicyKind::Repository, &owner());
        if hidden.exposure == Exposure::Unknown {
            unknown += 1;
        } else {
            known += 1;
        }
        let range = hidden.range;
        assert!(
            (range.mildest..=range.worst).contains(&truth),
            "{truth:?} is not in {range:?}, {hidden_at:?} hidden: {}",
            world.describe(&policy)
        );
    }
    assert!(unknown > 2_000 && known > 2_000, "{unknown} unknown, {known} known");
}

/// All ways to hide one place: the value as a whole, its text from the front, the middle or the last character on, and
/// each of its keys likewise.
fn hidden(node: &Node) -> Vec<Node> {
    let unknown = |known: &str| {
        let unknown = TextPart::Unknown { why: Why::new("hidden"), plain: false };
        Text::Partial(vec![TextPart::Known(known.into()), unknown])
    };
    let cuts = |text: &Text| -> Vec<Text> {
        let text = text.known().unwrap_or_default();
        let last = text.chars().count().saturating_sub(1);
        let head = |length: usize| text.chars().take(length).collect::<String>();
        [0, last / 2, last].map(|length| unknown(&head(length))).into()
    };
    let with = |data| Node { origin: node.origin.clone(), data };
    let mut all = vec![with(Data::Unknown(Why::new("hidden")))];
    match &node.data {
        Data::String(text) => all.extend(cuts(text).into_iter().map(|cut| with(Data::String(cut)))),
        Data::Object(members) => {
            for (index, member) in members.iter().enumerate() {
                for key in cuts(&member.key) {
                    let mut members = members.clone();
                    members[index].key = key;
                    all.push(with(Data::Object(members)));
                }
            }
        }
        _ => {}
    }
    all
}

/// All recorded policies: name, text, kind and world.
fn recorded() -> Vec<(String, String, PolicyKind, Context)> {
    let mut all = Vec::new();
    for (table, policies) in
        [("policy_truth.jsonl", &["policy"][..]), ("look_alikes.jsonl", &["open", "closed"])]
    {
        for row in rows(table) {
            for policy in policies {
                let context = Context {
                    partition: row["context"]["partition"].as_str().map(str::to_owned),
                    ..owner()
                };
                let name = format!("{} ({policy})", row["id"]);
                let text = row[*policy].as_str().unwrap().to_owned();
                all.push((name, text, kind(row["kind"].as_str().unwrap()), context));
            }
        }
    }
    all
}

/// Policies that the service rejects are left out: completions that it rejects do not count.
#[test]
fn hiding_any_place_of_a_recorded_policy_never_turns_its_verdict() {
    let (mut judged, mut wrong) = (0, Vec::new());
    for (id, text, kind, context) in recorded() {
        let Some(document) = read(&text) else { continue };
        let whole = analyze(&document, kind, &context);
        let truth = whole.exposure;
        if truth == Exposure::Invalid {
            continue;
        }
        let mut all = Vec::new();
        places(&document, &mut Vec::new(), &mut all);
        for way in all {
            let mut document = document.clone();
            for hidden in hidden(at(&mut document, &way)) {
                *at(&mut document, &way) = hidden;
                let range = analyze(&document, kind, &context).range;
                judged += 1;
                if !(range.mildest..=range.worst).contains(&truth) {
                    wrong.push(format!("{id}: {truth:?} is not in {range:?}, {way:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {judged}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(judged > 5_000, "{judged}");
}

#[test]
fn a_document_that_can_not_be_known() {
    let origin = Origin::at(read("{}").unwrap().origin.span);
    let unknown = Node { origin: origin.clone(), data: Data::Unknown(Why::new("not known")) };
    let statement = Member {
        key: Text::Known("Statement".into()),
        key_origin: origin.clone(),
        value: unknown.clone(),
    };
    let members = Node { origin, data: Data::Object(vec![statement]) };
    for (document, kind, worst) in [
        (&unknown, PolicyKind::Repository, Exposure::Public),
        (&members, PolicyKind::Registry, Exposure::Public),
        (&members, PolicyKind::Identity, Exposure::IdAdminAll),
    ] {
        let analysis = analyze(document, kind, &owner());
        assert_eq!((analysis.exposure, analysis.range.worst), (Exposure::Unknown, worst));
        assert!(analysis.because.is_some());
    }
}
