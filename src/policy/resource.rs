//! Which repositories `Resource` and `NotResource` name: [`Extent`].

use super::document::Element;
use super::statement::Resources;
use super::text::{Content, GAP, items};
use super::wildcard::covers;
use crate::origin::Why;

/// How many repositories a statement is about; a later one is more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Extent {
    /// Some, or none.
    Some,
    /// All of some region or account.
    Registry,
    /// All.
    All,
}

/// The least and the greatest extent that unknown parts leave open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extents<'a> {
    pub(super) least: Extent,
    pub(super) most: Extent,
    pub(super) why: Option<&'a Why>,
}

impl<'a> Extents<'a> {
    /// The extent of a statement; one that names no resource is about all.
    pub(super) fn of(resources: &Resources<'a>) -> Self {
        match (resources.resource, resources.not_resource) {
            (None, None) => Self { least: Extent::All, most: Extent::All, why: None },
            (Some(element), None) => Self::named(element),
            (_, Some(element)) => {
                // All but those of another region are all for whoever works in that region.
                let spared = Self::named(element);
                let left =
                    |spared: Extent| if spared == Extent::All { Extent::Some } else { Extent::All };
                Self { least: left(spared.most), most: left(spared.least), why: spared.why }
            }
        }
    }

    fn named(element: Element<'a>) -> Self {
        let mut named = Self { least: Extent::Some, most: Extent::Some, why: None };
        for item in items(element.node()) {
            match Content::of(item.node) {
                Content::Known(pattern) => {
                    let extent = Extent::of(pattern);
                    named.least = named.least.max(extent);
                    named.most = named.most.max(extent);
                }
                Content::Gapped(gapped) => {
                    named.least = named.least.max(Extent::of(&gapped.text));
                    let widest = if gapped.plain {
                        gapped.text.clone()
                    } else {
                        gapped.text.replace(GAP, "*")
                    };
                    named.most = named.most.max(Extent::of(&widest));
                    named.why = named.why.or(Some(gapped.why));
                }
                Content::Unknown(why) => {
                    named.most = Extent::All;
                    named.why = named.why.or(Some(why));
                }
                Content::Other => {}
            }
        }
        named
    }
}

impl Extent {
    /// The extent of one pattern of ARNs.
    fn of(pattern: &str) -> Self {
        if pattern == "*" {
            return Self::All;
        }
        let fields: Vec<&str> = pattern.splitn(6, ':').collect();
        // One that the field's pattern matches; nothing where it matches any.
        let sample = |index: usize| {
            let field = fields.get(index).copied().unwrap_or_default();
            field.replace('*', "").replace('?', "x")
        };
        let or =
            |sample: String, any: &str| if sample.is_empty() { any.to_owned() } else { sample };
        let partition = or(sample(1), "aws");
        let of_service = |service: &str, region: &str, account: &str| {
            // Names have two letters at least.
            covers(pattern, &format!("arn:{partition}:{service}:{region}:{account}:repository/??*"))
        };
        let (region, account) = (or(sample(3), "*"), or(sample(4), "*"));
        if of_service("ecr", "*", "*") || of_service("ecr-public", "", "*") {
            Self::All
        } else if of_service("ecr", &region, &account) || of_service("ecr-public", "", &account) {
            Self::Registry
        } else {
            Self::Some
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Extent;

    #[test]
    fn a_pattern_for_all_names_is_for_all() {
        for (pattern, extent) in [
            ("*", Extent::All),
            ("arn:aws:ecr:*:*:repository/*", Extent::All),
            ("arn:aws-cn:ecr:*", Extent::All),
            ("arn:*:ecr:*:*:*", Extent::All),
            ("arn:aws:ecr-public::*:repository/*", Extent::All),
            ("arn:aws:ecr:*:*:repository/?*", Extent::All),
            ("arn:aws:ecr:*:*:repository/??*", Extent::All),
            ("arn:aws:ecr:*:*:repository/???*", Extent::Some),
            ("arn:aws:ecr:*:111122223333:repository/*", Extent::Registry),
            ("arn:aws:ecr:eu-west-1:111122223333:*", Extent::Registry),
            ("arn:aws:ecr:eu-west-1:*", Extent::Registry),
            ("arn:aws:ecr:eu-*:11112222333?:repository/*", Extent::Registry),
            ("arn:aws:ecr:eu-w*", Extent::Registry),
            ("arn:aws:ecr-public::111122223333:repository/*", Extent::Registry),
            ("arn:aws:ecr:*:*:repository/app-*", Extent::Some),
            ("arn:aws:ecr:*:*:repository/*/*", Extent::Some),
            ("arn:aws:s3:::*", Extent::Some),
            ("", Extent::Some),
        ] {
            assert_eq!(Extent::of(pattern), extent, "{pattern}");
        }
    }
}
