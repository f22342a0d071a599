//! Strangers and request contexts that a document's own values suggest: [`strangers`], [`values`].

use core::net::IpAddr;
use std::collections::BTreeMap;

use super::condition::Test;
use super::key::{Class, Key, Openness, Presence};
use super::operator::{Base, Operator};
use super::request::{Request, is_within};
use super::value::{Language, range, range_matchers};
use super::verdict::Context;
use super::wildcard::is_pattern;

/// A caller from outside, with what is his own.
pub(super) struct Stranger {
    pub(super) account: String,
    /// Of a role or user.
    pub(super) arn: String,
    /// The organization's id and a path in it.
    pub(super) organization: Option<String>,
    path: Option<String>,
}

/// Accounts of strangers; one of them is not the owner.
const ACCOUNTS: [&str; 2] = ["999999999999", "888888888888"];
const ROLE: &str = "role/outsider";
const ORGANIZATION: &str = "o-outsider00";
/// Stands for the organization that the repository is in.
const OWN_ORGANIZATION: &str = "o-owner00000";
const PATH: &str = "r-out0/ou-out0-00000000/";
const UNIQUE_ID: &str = "AROAOUTSIDER000000000:session";
const ADDRESSES: [&str; 4] = ["192.0.2.77", "198.51.100.77", "203.0.113.77", "2001:db8::77"];
const PRIVATE_ADDRESSES: [&str; 3] = ["10.9.8.7", "172.16.9.8", "192.168.9.8"];
/// More candidates than this are not made from the values of a document.
const CANDIDATES_MAX: usize = 16;

impl Stranger {
    /// What he brings to every request, and what it has of the repository.
    pub(super) fn request(&self, context: &Context) -> Request {
        let resource = self.arn.rsplit(':').next().unwrap_or_default();
        let user = self
            .arn
            .contains(":user/")
            .then(|| resource.rsplit('/').next().unwrap_or_default().to_owned());
        let mut request = Request::default();
        request.set("aws:PrincipalAccount", vec![self.account.clone()]);
        request.set("aws:PrincipalArn", vec![self.arn.clone()]);
        let kind = if user.is_some() { "User" } else { "AssumedRole" };
        request.set("aws:PrincipalType", vec![kind.to_owned()]);
        request.set("aws:username", user.into_iter().collect());
        request.set("aws:PrincipalOrgID", self.organization.iter().cloned().collect());
        request.set("aws:PrincipalOrgPaths", self.path.iter().cloned().collect());
        request.set("aws:PrincipalIsAWSService", vec!["false".to_owned()]);
        request.set("aws:ResourceAccount", vec![owner(context).to_owned()]);
        request.set("aws:ResourceOrgID", vec![OWN_ORGANIZATION.to_owned()]);
        request
    }
}

/// The account that the repository is in, or one that stands for it.
fn owner(context: &Context) -> &str {
    context.owner_account.as_deref().unwrap_or("111122223333")
}

/// Is the key told by the stranger himself?
fn is_own(key: &str) -> bool {
    const OWN: [&str; 7] = [
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principaltype",
        "aws:username",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalisawsservice",
    ];
    OWN.contains(&key)
}

/// Strangers who may pass the tests, by key in lower case. The plainest comes first. Those whom the document fixes by
/// an account or organization are none.
pub(super) fn strangers(
    by_key: &BTreeMap<String, Vec<&Test<'_>>>,
    context: &Context,
) -> Vec<Stranger> {
    let own = context.owner_account.as_deref();
    let stranger = ACCOUNTS.into_iter().find(|account| Some(*account) != own).unwrap_or_default();
    let mut strangers = Vec::new();
    for arn in arns(by_key, stranger) {
        let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        if Some(account.as_str()) == own || !super::principal::is_account(&account) {
            continue;
        }
        for organization in organizations(by_key) {
            let (organization, path) = organization.unzip();
            strangers.push(Stranger {
                account: account.clone(),
                arn: arn.clone(),
                organization,
                path,
            });
        }
    }
    strangers
}

/// ARNs of strangers: a role, and what the document's patterns suggest.
fn arns(by_key: &BTreeMap<String, Vec<&Test<'_>>>, stranger: &str) -> Vec<String> {
    let patterns = |key: &str| by_key.get(key).map_or_else(Vec::new, |tests| known_values(tests));
    let mut arns = vec![arn(stranger, ROLE)];
    for pattern in patterns("aws:principalarn").into_iter().map(variables_to_stars) {
        if is_pattern(&pattern) {
            arns.extend(arns_like(&pattern, stranger));
        }
    }
    for pattern in patterns("aws:principalaccount") {
        if is_pattern(pattern) {
            arns.push(arn(&account_like(pattern), ROLE));
        }
    }
    for name in patterns("aws:username") {
        arns.push(arn(stranger, &format!("user/{}", completed(name, "x"))));
    }
    if by_key.contains_key("aws:principaltype") || by_key.contains_key("aws:username") {
        arns.push(arn(stranger, "user/outsider"));
    }
    arns
}

/// Organizations of strangers, with a path in each: none, one, and what the document's patterns suggest.
fn organizations(by_key: &BTreeMap<String, Vec<&Test<'_>>>) -> Vec<Option<(String, String)>> {
    let patterns = |key: &str| by_key.get(key).map_or_else(Vec::new, |tests| known_values(tests));
    let mut organizations = vec![None];
    let (ids, paths) = (patterns("aws:principalorgid"), patterns("aws:principalorgpaths"));
    if by_key.contains_key("aws:principalorgid") || by_key.contains_key("aws:principalorgpaths") {
        organizations.push(Some((ORGANIZATION.to_owned(), format!("{ORGANIZATION}/{PATH}"))));
    }
    for pattern in ids.into_iter().filter(|pattern| is_pattern(pattern)) {
        let id = completed(pattern, "outsider00");
        organizations.push(Some((id.clone(), format!("{id}/{PATH}"))));
    }
    for pattern in paths {
        if is_pattern(pattern.split('/').next().unwrap_or_default()) {
            let path = completed(pattern, "outsider00");
            let id = path.split('/').next().unwrap_or_default().to_owned();
            organizations.push(Some((id, path)));
        }
    }
    organizations
}

fn arn(account: &str, resource: &str) -> String {
    format!("arn:aws:iam::{account}:{resource}")
}

/// ARNs of strangers that a pattern may match.
fn arns_like(pattern: &str, stranger: &str) -> [String; 2] {
    let fields: Vec<&str> = pattern.splitn(6, ':').collect();
    let account = fields.get(4).filter(|field| is_pattern(field));
    let account = account.map_or_else(|| stranger.to_owned(), |field| account_like(field));
    let last = pattern.rsplit(':').next().unwrap_or_default();
    let resource = completed(last.trim_start_matches('*'), "outsider");
    let resource = if resource.contains('/') { resource } else { ROLE.to_owned() };
    // `StringLike` matches across colons, and the path of a role may hold any text.
    let behind_wildcard =
        pattern.find(['*', '?']).and_then(|wildcard| pattern.get(wildcard..)).unwrap_or_default();
    let tail = completed(behind_wildcard.trim_start_matches('*'), "x");
    [arn(&account, &resource), arn(stranger, &format!("role/{}", tail.trim_start_matches('/')))]
}

/// The pattern with `*` for each policy variable.
fn variables_to_stars(pattern: &str) -> String {
    let mut parts = pattern.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "*" + part.split_once('}').map_or("", |(_, rest)| rest))
}

/// A twelve-digit account that the pattern may match.
fn account_like(pattern: &str) -> String {
    match pattern.split_once('*') {
        Some((head, tail)) => {
            let (head, tail) = (head.replace('?', "9"), tail.replace(['*', '?'], "9"));
            let fill = 12_usize.saturating_sub(head.len() + tail.len());
            format!("{head}{}{tail}", "9".repeat(fill))
        }
        None => pattern.replace('?', "9"),
    }
}

/// The pattern with its wildcards filled in.
fn completed(pattern: &str, fill: &str) -> String {
    let star = if fill.len() == 1 || pattern.matches('*').count() > 1 { "x" } else { fill };
    pattern.replace('*', star).replace('?', "x")
}

fn known_values<'a>(tests: &[&Test<'a>]) -> Vec<&'a str> {
    let values = tests.iter().filter_map(|test| test.known_values()).flatten();
    values.take(CANDIDATES_MAX).collect()
}

/// The policy variables in the values of a test, as written.
pub(super) fn variables<'a>(test: &Test<'a>) -> impl Iterator<Item = &'a str> {
    let values = known_values(&[test]).into_iter();
    values.flat_map(|value| {
        let names = value.split("${").skip(1).filter_map(|part| part.split_once('}'));
        names.map(|(name, _)| name.trim())
    })
}

/// What a stranger's request may have for a key, the plainest first; `None` for keys that he tells by himself, in `own`.
pub(super) fn values(
    key: &str,
    tests: &[&Test<'_>],
    own: &Request,
    language: Language<'_>,
    context: &Context,
) -> Option<Vec<Vec<String>>> {
    if is_own(key) {
        return None;
    }
    let known = Key::named(key);
    let of_document = known_values(tests);
    let absent = (known.presence != Presence::Always).then(Vec::new);
    let mut values: Vec<String> = Vec::new();
    match (known.class, known.presence) {
        (_, Presence::ServiceCall | Presence::Never) | (Class::Open(Openness::UnknownKey), _) => {}
        (Class::UniqueId, _) => {
            values.push(UNIQUE_ID.to_owned());
            let is_open = |value: &&&str| is_pattern(value.split(':').next().unwrap_or_default());
            let open = of_document.iter().filter(is_open);
            values.extend(open.map(|value| completed(value, "AROAOUTSIDER000000000")));
        }
        (Class::Address, _) => values.extend(addresses(&of_document)),
        (Class::Open(Openness::PrivateAddress), _) => {
            values.extend(PRIVATE_ADDRESSES.map(str::to_owned));
            values.extend(of_document.iter().filter_map(|value| address_in(value)));
        }
        (Class::Open(Openness::Time), _) => values.extend(times(key, &of_document, context)),
        (Class::Open(Openness::Resource), _) if key == "aws:resourceaccount" => {
            values.push(owner(context).to_owned());
        }
        // He can't choose these, and only patterns match what he has.
        (Class::Id | Class::OtherArn | Class::OrganizationPath, _) => {
            values.push("outsider".to_owned());
            let patterns = of_document.iter().filter(|value| is_pattern(value));
            values.extend(patterns.map(|value| completed(value, "outsider00")));
        }
        _ => {
            values.extend(defaults(key).iter().map(|value| (*value).to_owned()));
            values.extend(tests.iter().filter_map(|test| beyond(test)).flatten());
            let resolved = of_document.iter().filter_map(|value| own.resolve(value, language));
            values.extend(resolved.map(|value| completed(&value, "x")));
        }
    }
    Some(absent.into_iter().chain(values.into_iter().map(|value| vec![value])).collect())
}

/// Keys that say which way a request takes: their values go together.
const WAY: [&str; 8] = [
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourcevpcarn",
    "aws:vpcsourceip",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
];

/// Do the values of this key depend on those of others?
pub(super) fn is_linked(key: &str) -> bool {
    WAY.contains(&key)
}

/// Can a request have all this? It comes either over the internet, with an address, or through a VPC endpoint. A key
/// that the document does not ask for is left out of the request, and may have what it has to.
pub(super) fn is_consistent(request: &Request) -> bool {
    let has = |key: &str| request.find(key).map(|values| !values.is_empty());
    let endpoint = ["aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp"].map(has);
    // These are not set for every service.
    let about_endpoint =
        ["aws:SourceVpcArn", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths"].map(has);
    let over_endpoint = endpoint.contains(&Some(true)) || about_endpoint.contains(&Some(true));
    let over_internet = endpoint.contains(&Some(false));
    match has("aws:SourceIp") {
        Some(true) => !over_endpoint,
        Some(false) => !over_internet,
        None => !(over_endpoint && over_internet),
    }
}

/// What a key commonly has.
fn defaults(key: &str) -> &'static [&'static str] {
    match key {
        "aws:securetransport" | "aws:multifactorauthpresent" => &["true", "false"],
        "aws:viaawsservice" => &["false", "true"],
        "aws:requestedregion" => &["us-east-1"],
        "aws:tokenissuetime" => &["2026-01-01T00:00:00Z"],
        _ => &["other"],
    }
}

/// Numbers on both sides of those that a test names.
fn beyond(test: &Test<'_>) -> Option<Vec<String>> {
    let Some(Operator { base: Base::Number(_), .. }) = test.operator else { return None };
    let numbers = test.known_values()?.into_iter().filter_map(|value| value.parse::<i64>().ok());
    Some(
        numbers
            .flat_map(|n| [n.saturating_sub(1), n.saturating_add(1)])
            .map(|n| n.to_string())
            .collect(),
    )
}

/// Addresses of strangers: in the wide ranges of the document, and not in the narrow ones.
fn addresses(of_document: &[&str]) -> Vec<String> {
    let is_wide = |value: &str| !range_matchers(value).keep_strangers_out();
    let (wide, narrow): (Vec<&str>, Vec<&str>) =
        of_document.iter().partition(|value| is_wide(value));
    let suggested = wide.into_iter().filter_map(address_in);
    let plain = ADDRESSES.into_iter().map(str::to_owned);
    let is_strange = |address: &String| !narrow.iter().any(|net| is_within(net, address));
    plain.chain(suggested).filter(is_strange).collect()
}

/// An address in the range, not its first.
fn address_in(range_text: &str) -> Option<String> {
    let (address, length) = range(range_text)?;
    let inside = match address {
        IpAddr::V4(v4) if length < 31 => IpAddr::V4((v4.to_bits() | 1).into()),
        IpAddr::V6(v6) if length < 127 => IpAddr::V6((v6.to_bits() | 1).into()),
        address => address,
    };
    Some(inside.to_string())
}

/// Moments at which the request may be made: today, or else any.
fn times(key: &str, of_document: &[&str], context: &Context) -> Vec<String> {
    let any = match (key, context.today) {
        ("aws:epochtime", _) => ["1782907200", "1000000000", "4000000000"],
        (_, Some(today)) => return vec![format!("{today}T12:00:00Z")],
        (_, None) => ["2026-07-01T12:00:00Z", "2001-01-01T00:00:00Z", "2099-12-31T00:00:00Z"],
    };
    any.into_iter().chain(of_document.iter().copied()).map(str::to_owned).collect()
}
