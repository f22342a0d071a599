//! Values of conditions: who can match each.
//!
//! "Fixed values (values that don't contain a wildcard or a policy variable)" restrict: Amazon S3 User Guide, "The
//! meaning of public". The thresholds of addresses are those of the same page.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::key::Class;
use super::node::{Data, Node};
use super::operator::{Base, Matching};
use super::text::{Content, GAP, Gapped, has_variable};
use super::wildcard::{is_pattern, matches_ignoring_case};
use crate::origin::Why;

/// Who can match a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Matchers {
    /// Only callers whom the value names.
    Fixed,
    /// Nobody: `*` under `StringEquals`, a private address as the source.
    Nobody,
    /// Strangers too.
    Anyone(Opening),
}

/// What opens a value to strangers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Opening {
    /// A wildcard in an id.
    Id,
    /// A wildcard where the account belongs.
    Account,
    /// A wildcard where the organization belongs.
    Organization,
    /// A wildcard in the part of a unique id that AWS makes.
    UniqueId,
    /// A range of addresses that is too wide.
    WideRange,
    /// Not an address at all.
    NoAddress,
    /// A policy variable: the caller stands on both sides.
    Variable,
    /// The operator does not fit the key.
    Operator,
}

/// What a value is compared with, and how.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    pub(super) base: Base,
    pub(super) class: Class,
    /// The key as written.
    pub(super) key: &'a str,
    /// Is `${…}` a policy variable? Version 2012-10-17 says so.
    pub(super) language: Language<'a>,
}

/// The version of the policy language.
#[derive(Clone, Copy, Debug)]
pub(super) enum Language<'a> {
    /// 2012-10-17: with policy variables.
    WithVariables,
    /// 2008-10-17, or no version: `${…}` is text.
    WithoutVariables,
    /// It can't be known.
    Unknown(&'a Why),
}

/// Who can match a value that may be unknown in part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict<'a> {
    /// With the completion that lets in most.
    pub(super) worst: Matchers,
    /// Some completion keeps strangers out.
    pub(super) may_be_closed: bool,
    /// Why it can't be known.
    pub(super) why: Option<&'a Why>,
}

/// IPv4 ranges that are at least this narrow restrict.
const NARROW_V4: u8 = 8;
/// IPv6 ranges that are at least this narrow restrict.
const NARROW_V6: u8 = 32;
/// Addresses that never are the source of a request to ECR.
const PRIVATE_V4: [(Ipv4Addr, u8); 5] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
];
const PRIVATE_V6: [(Ipv6Addr, u8); 3] = [
    (Ipv6Addr::new(0xFC00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::LOCALHOST, 128),
];
/// Pairs of key and variable that compare the caller with the owner of the repository.
const TWO_SIDED: [(&str, &str); 4] = [
    ("aws:PrincipalAccount", "aws:ResourceAccount"),
    ("aws:ResourceAccount", "aws:PrincipalAccount"),
    ("aws:PrincipalOrgID", "aws:ResourceOrgID"),
    ("aws:ResourceOrgID", "aws:PrincipalOrgID"),
];

impl Matchers {
    /// No stranger can.
    pub(super) const fn keep_strangers_out(self) -> bool {
        matches!(self, Self::Fixed | Self::Nobody)
    }
}

impl<'a> Verdict<'a> {
    /// Who can match `node`.
    pub(super) fn on(node: &'a Node, with: Comparison<'a>) -> Self {
        match content(node) {
            Content::Known(text) => Self::on_text(text, with),
            Content::Gapped(gapped) => Self::on_gapped(&gapped, with),
            Content::Unknown(why) => Self {
                worst: Matchers::Anyone(Opening::Operator),
                may_be_closed: true,
                why: Some(why),
            },
            Content::Other => Self::exactly(Matchers::Anyone(Opening::Operator)),
        }
    }

    const fn exactly(worst: Matchers) -> Self {
        Self { worst, may_be_closed: worst.keep_strangers_out(), why: None }
    }

    fn on_text(text: &str, with: Comparison<'a>) -> Self {
        match with.language {
            Language::WithVariables => Self::exactly(matchers(text, with, true)),
            Language::WithoutVariables => Self::exactly(matchers(text, with, false)),
            Language::Unknown(why) => {
                let (new, old) = (matchers(text, with, true), matchers(text, with, false));
                let worst = if new.keep_strangers_out() { old } else { new };
                let may_be_closed = new.keep_strangers_out() || old.keep_strangers_out();
                Self {
                    worst,
                    may_be_closed,
                    why: (worst.keep_strangers_out() != may_be_closed).then_some(why),
                }
            }
        }
    }

    fn on_gapped(gapped: &Gapped<'a>, with: Comparison<'a>) -> Self {
        let variables = !matches!(with.language, Language::WithoutVariables);
        let as_letters = matchers(&gapped.text, with, variables);
        let as_stars = matchers(&gapped.text.replace(GAP, "*"), with, variables);
        let is_range = matches!(with.base, Base::Address { .. });
        let worst = match (gapped.plain, is_range) {
            (_, true) => Matchers::Anyone(Opening::WideRange),
            _ if !as_letters.keep_strangers_out() => as_letters,
            (true, false) => as_letters,
            (false, false) if !as_stars.keep_strangers_out() => as_stars,
            (false, false) if variables => Matchers::Anyone(Opening::Variable),
            (false, false) => as_letters,
        };
        // A gap before the first wildcard may hold all that has to be fixed, unless it is one id.
        let gap_leads = match (gapped.text.find(GAP), gapped.text.find(['*', '?'])) {
            (Some(gap), Some(wildcard)) => gap < wildcard && with.class != Class::Id,
            _ => false,
        };
        let may_be_closed = as_letters.keep_strangers_out()
            || gap_leads
            || is_range
            || variables && may_be_two_sided(gapped, with.key)
            || variables && may_be_escape(gapped, with);
        Self {
            worst,
            may_be_closed,
            why: (worst.keep_strangers_out() != may_be_closed).then_some(gapped.why),
        }
    }
}

/// What is known of a value; numbers and booleans count as their text.
pub(super) fn content(node: &Node) -> Content<'_> {
    match &node.data {
        Data::Number(text) => Content::Known(text),
        Data::Bool(true) => Content::Known("true"),
        Data::Bool(false) => Content::Known("false"),
        Data::Unknown(_) | Data::Null | Data::String(_) | Data::Array(_) | Data::Object(_) => {
            Content::of(node)
        }
    }
}

fn matchers(text: &str, with: Comparison<'_>, variables: bool) -> Matchers {
    if variables && is_two_sided(text, with.key) {
        return Matchers::Fixed;
    }
    if !variables || !has_variable(text) {
        return text_matchers(text, with);
    }
    // `${*}`, `${?}` and `${$}` stand for the characters themselves.
    let literal = text.replace("${*}", "x").replace("${?}", "x").replace("${$}", "x");
    match has_variable(&literal) {
        true => Matchers::Anyone(Opening::Variable),
        false => text_matchers(&literal, with),
    }
}

fn is_two_sided(text: &str, key: &str) -> bool {
    let variable = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let is = |name: &str, pair: &str| name.trim().eq_ignore_ascii_case(pair);
    variable.is_some_and(|variable| TWO_SIDED.iter().any(|(a, b)| is(key, a) && is(variable, b)))
}

/// May a text that is known in part be such a variable? What AWS makes holds no `$`.
fn may_be_two_sided(gapped: &Gapped<'_>, key: &str) -> bool {
    let pattern = gapped.text.replace(GAP, "*");
    let is = |variable: &str| matches_ignoring_case(&pattern, &format!("${{{variable}}}"));
    (!gapped.plain || pattern.starts_with("${"))
        && TWO_SIDED.iter().any(|(a, b)| key.eq_ignore_ascii_case(a) && is(b))
}

/// May what looks like a variable be the escape of a character, and the text then keep strangers out?
fn may_be_escape(gapped: &Gapped<'_>, with: Comparison<'_>) -> bool {
    let escapes = ["${*", "${?", "${$", "${"].map(|start| format!("{start}{GAP}"));
    let begun = escapes.iter().find(|escape| gapped.text.contains(escape.as_str()));
    begun.is_some_and(|escape| {
        let completed = gapped.text.replace(escape.as_str(), "x");
        !gapped.plain && matchers(&completed, with, true).keep_strangers_out()
    })
}

/// Who can match a text without variables.
fn text_matchers(text: &str, with: Comparison<'_>) -> Matchers {
    let open_if =
        |is_open: bool, opening| if is_open { Matchers::Anyone(opening) } else { Matchers::Fixed };
    let matching = match (with.base, with.class) {
        (Base::Address { .. }, Class::Address) => return range_matchers(text),
        (_, Class::Open(_) | Class::Service) => return Matchers::Anyone(Opening::Operator),
        (Base::Text { matching, .. }, _) => matching,
        (
            Base::Address { .. }
            | Base::Date(_)
            | Base::Number(_)
            | Base::Bool
            | Base::Binary
            | Base::Null,
            _,
        ) => {
            return Matchers::Anyone(Opening::Operator);
        }
    };
    if matches!(matching, Matching::Exact | Matching::ExactIgnoringCase) || !is_pattern(text) {
        let is_no_address = with.class == Class::Address && text.parse::<IpAddr>().is_err();
        return if is_pattern(text) || is_no_address { Matchers::Nobody } else { Matchers::Fixed };
    }
    let before = |separator: char| text.split(separator).next().unwrap_or_default();
    match (with.class, matching) {
        (Class::PrincipalArn, Matching::Like) => {
            open_if(literal_colons(text) < 5, Opening::Account)
        }
        (Class::PrincipalArn | Class::OtherArn, _) => {
            open_if(account(text).is_none(), Opening::Account)
        }
        (Class::SourceArn, _) => match account(text) {
            // The ARN of a bucket has no account; a whole one names one bucket all the same.
            Some("") | None => Matchers::Anyone(Opening::Account),
            Some(_) => Matchers::Fixed,
        },
        (Class::OrganizationPath, _) => open_if(is_pattern(before('/')), Opening::Organization),
        (Class::UniqueId, _) => open_if(is_pattern(before(':')), Opening::UniqueId),
        (Class::Id, _) => Matchers::Anyone(Opening::Id),
        (Class::Address, _) => Matchers::Anyone(Opening::WideRange),
        (Class::Service | Class::Open(_), _) => Matchers::Anyone(Opening::Operator),
    }
}

/// The colons before the first wildcard.
fn literal_colons(text: &str) -> usize {
    text.split(['*', '?']).next().unwrap_or_default().matches(':').count()
}

/// The account field of a pattern of ARNs, if no wildcard is in it or stands for it.
fn account(pattern: &str) -> Option<&str> {
    pattern.split(':').nth(4).filter(|account| !is_pattern(account))
}

/// Who can call from a range of addresses.
pub(super) fn range_matchers(text: &str) -> Matchers {
    let Some((address, length)) = range(text) else { return Matchers::Anyone(Opening::NoAddress) };
    let (is_private, is_narrow) = match address {
        // `::ffff:192.0.2.1` is an IPv4 address.
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => {
            match (v6.to_ipv4_mapped(), length.checked_sub(96)) {
                (Some(v4), Some(length)) => (is_private_v4(v4, length), length >= NARROW_V4),
                _ => (false, false),
            }
        }
        IpAddr::V6(v6) => (is_private_v6(v6, length), length >= NARROW_V6),
        IpAddr::V4(v4) => (is_private_v4(v4, length), length >= NARROW_V4),
    };
    match (is_private, is_narrow) {
        (true, _) => Matchers::Nobody,
        (false, true) => Matchers::Fixed,
        (false, false) => Matchers::Anyone(Opening::WideRange),
    }
}

/// An address and the number of its leading bits that count.
pub(super) fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(longest);
    (length <= longest).then_some((address, length))
}

fn is_private_v4(address: Ipv4Addr, length: u8) -> bool {
    let within = |net: &Ipv4Addr, bits: u8| {
        let difference = address.to_bits() ^ net.to_bits();
        length >= bits && difference.leading_zeros() >= u32::from(bits)
    };
    PRIVATE_V4.iter().any(|(net, bits)| within(net, *bits))
}

fn is_private_v6(address: Ipv6Addr, length: u8) -> bool {
    let within = |net: &Ipv6Addr, bits: u8| {
        let difference = address.to_bits() ^ net.to_bits();
        length >= bits && difference.leading_zeros() >= u32::from(bits)
    };
    PRIVATE_V6.iter().any(|(net, bits)| within(net, *bits))
}
