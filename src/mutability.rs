//! Which tags of a repository can be overwritten: [`verdict`].
//!
//! The rules are those of `image_tag_mutability` with exclusion filters (Amazon ECR User Guide, "Preventing image tags
//! from being overwritten"). A filter is judged by the tags that it matches, not by how it is written.

use crate::model::{ExclusionFilter, Fact, Field, Repository, RepositoryKind};
use crate::origin::{Origin, Why};
use crate::policy::wildcard;

/// Tags that name a release: an exclusion filter that matches one of them lets a release be overwritten.
pub const RELEASE_TAGS: [&str; 15] = [
    "1.2.3",
    "v1.2.3",
    "v2",
    "1.2.0",
    "2024.06.01",
    "release-1.4.0",
    "rel-42",
    "prod",
    "prod-20240601",
    "stable",
    "sha-3f9c2ab",
    "3f9c2ab1d2e3",
    "build-1234",
    "1234",
    "main-3f9c2ab",
];

/// Which tags can be overwritten.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mutability {
    /// All: set to `MUTABLE`.
    Mutable,
    /// All: not set.
    MutableDefault,
    /// All but those that a filter matches.
    MutablePartial,
    /// None in effect: `MUTABLE_WITH_EXCLUSION` with a filter for every tag.
    MutableLocked,
    /// All in effect: `IMMUTABLE_WITH_EXCLUSION` with a filter for every tag.
    ImmutableVoid,
    /// Those that a filter matches, releases among them.
    ImmutableHoled,
    /// Those that a filter matches; no release is among them.
    ImmutableFloating,
    /// None.
    Immutable,
    /// The service will reject the setting.
    Invalid,
    /// Parts that can't be known decide.
    Unknown,
    /// There is no such setting: a repository of ECR Public.
    NotApplicable,
}

/// Which tags of one repository can be overwritten, and why.
#[derive(Clone, PartialEq, Debug)]
pub struct TagVerdict {
    /// The verdict.
    pub mutability: Mutability,
    /// The place that decides: the setting or a filter.
    pub origin: Origin,
    /// Why it can't be known.
    pub because: Option<Why>,
    /// Where it depends on a condition that can't be known: each alternative.
    pub arms: Vec<TagArm>,
    /// The filters that decide, for verdicts that depend on filters.
    pub filters: Vec<FilterVerdict>,
    /// Why the setting is rejected.
    pub problems: Vec<TagProblem>,
}

/// One alternative of a setting.
#[derive(Clone, PartialEq, Debug)]
pub struct TagArm {
    /// The setting or filter, in short.
    pub value: String,
    /// The verdict on it.
    pub mutability: Mutability,
    /// Where it was written.
    pub origin: Origin,
}

/// An exclusion filter and what it matches.
#[derive(Clone, PartialEq, Debug)]
pub struct FilterVerdict {
    /// The pattern.
    pub filter: String,
    /// Where it was written.
    pub origin: Origin,
    /// The probe tags that it matches.
    pub tags: Vec<String>,
}

/// Why a setting is rejected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TagProblem {
    /// The tightest place.
    pub origin: Origin,
    /// What is wrong: lower case, no full stop, user text in backticks.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// How much a filter matches; a later one is more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Reach {
    NoRelease,
    Releases,
    Everything,
}

/// The service takes at most this many filters.
const FILTERS_MAX: usize = 5;
/// A filter has at most this many characters.
const FILTER_LENGTH_MAX: usize = 128;
/// A filter has at most this many `*`.
const FILTER_STARS_MAX: usize = 2;
/// More alternatives than this are not told apart.
const SCENARIOS_MAX: usize = 32;

const SETTINGS: [&str; 4] =
    ["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE", "MUTABLE_WITH_EXCLUSION"];

/// Says which tags of `repository` can be overwritten. `probes` are the tags that no exclusion filter should free;
/// empty for [`RELEASE_TAGS`].
pub fn verdict(repository: &Repository, probes: &[String]) -> TagVerdict {
    if repository.kind == RepositoryKind::Public {
        return TagVerdict::new(Mutability::NotApplicable, &repository.tag_mutability.origin);
    }
    let mut scenarios = Vec::new();
    let (setting, filters) = (&repository.tag_mutability, &repository.exclusion_filters);
    if let Err(why) = expand(setting, filters, &mut scenarios) {
        return TagVerdict::unknown(why, &setting.origin);
    }
    let verdicts: Vec<TagVerdict> =
        scenarios.iter().map(|(setting, filters)| judge(setting, filters, probes)).collect();
    combine(&scenarios, verdicts, repository)
}

type Setting = Field<String>;
type Filters = Field<Vec<ExclusionFilter>>;

/// Lists the alternatives of a setting and its filters. Alternatives of one condition go together arm by arm.
fn expand<'a>(
    setting: &'a Setting,
    filters: &'a Filters,
    scenarios: &mut Vec<(&'a Setting, &'a Filters)>,
) -> Result<(), Why> {
    match (&setting.fact, &filters.fact) {
        (Fact::Either { why, arms }, Fact::Either { why: same, arms: filter_arms })
            if why == same && arms.len() == filter_arms.len() =>
        {
            arms.iter()
                .zip(filter_arms)
                .try_for_each(|(setting, filters)| expand(setting, filters, scenarios))
        }
        (Fact::Either { arms, .. }, _) => {
            arms.iter().try_for_each(|arm| expand(arm, filters, scenarios))
        }
        (_, Fact::Either { arms, .. }) => {
            arms.iter().try_for_each(|arm| expand(setting, arm, scenarios))
        }
        (Fact::Written(_) | Fact::Default(_) | Fact::Unknown(_), _)
            if scenarios.len() >= SCENARIOS_MAX =>
        {
            Err(Why::new("it depends on too many conditions"))
        }
        (Fact::Written(_) | Fact::Default(_) | Fact::Unknown(_), _) => {
            scenarios.push((setting, filters));
            Ok(())
        }
    }
}

/// One verdict for all alternatives, if they agree.
fn combine(
    scenarios: &[(&Setting, &Filters)],
    mut verdicts: Vec<TagVerdict>,
    repository: &Repository,
) -> TagVerdict {
    let mutability = verdicts.first().map(|verdict| verdict.mutability);
    if verdicts.iter().all(|verdict| Some(verdict.mutability) == mutability) && !verdicts.is_empty()
    {
        return verdicts.swap_remove(0);
    }
    let (setting, filters) = (&repository.tag_mutability, &repository.exclusion_filters);
    let (place, why) = match (&setting.fact, &filters.fact) {
        (Fact::Either { why, .. }, _) => (setting.origin.clone(), why.clone()),
        (_, Fact::Either { why, .. }) => (filters.origin.clone(), why.clone()),
        _ => (setting.origin.clone(), Why::new("it is one of several values")),
    };
    let arms = scenarios.iter().zip(&verdicts).map(|((setting, filters), verdict)| TagArm {
        value: in_short(setting, filters),
        mutability: verdict.mutability,
        origin: verdict.origin.clone(),
    });
    TagVerdict { arms: arms.collect(), ..TagVerdict::unknown(why, &place) }
}

fn in_short(setting: &Setting, filters: &Filters) -> String {
    let patterns = filters.known().into_iter().flatten().filter_map(|filter| filter.filter.known());
    let words: Vec<&str> =
        setting.known().into_iter().chain(patterns).map(String::as_str).collect();
    words.join(" ")
}

/// The verdict on one alternative.
fn judge(setting: &Setting, filters: &Filters, probes: &[String]) -> TagVerdict {
    let mut problems = Vec::new();
    if let Some(filters) = filters.known() {
        filters.iter().for_each(|filter| check_filter(filter, &mut problems));
    }
    check_setting(setting, filters, &mut problems);
    if let Some(first) = problems.first() {
        let origin = first.origin.clone();
        return TagVerdict { problems, ..TagVerdict::new(Mutability::Invalid, &origin) };
    }
    let (value, by_default) = match &setting.fact {
        Fact::Written(value) => (value.as_str(), false),
        Fact::Default(value) => (value.as_str(), true),
        Fact::Unknown(why) | Fact::Either { why, .. } => {
            return TagVerdict::unknown(why.clone(), &setting.origin);
        }
    };
    match value {
        "IMMUTABLE" => TagVerdict::new(Mutability::Immutable, &setting.origin),
        "IMMUTABLE_WITH_EXCLUSION" => judge_filters(filters, probes, |reach| match reach {
            Reach::Everything => Mutability::ImmutableVoid,
            Reach::Releases => Mutability::ImmutableHoled,
            Reach::NoRelease => Mutability::ImmutableFloating,
        }),
        "MUTABLE_WITH_EXCLUSION" => {
            let verdict = judge_filters(filters, probes, |reach| match reach {
                Reach::Everything => Mutability::MutableLocked,
                Reach::Releases | Reach::NoRelease => Mutability::MutablePartial,
            });
            match verdict.mutability {
                Mutability::MutablePartial => {
                    TagVerdict { origin: setting.origin.clone(), ..verdict }
                }
                _ => verdict,
            }
        }
        _ if by_default => TagVerdict::new(Mutability::MutableDefault, &setting.origin),
        _ => TagVerdict::new(Mutability::Mutable, &setting.origin),
    }
}

/// The verdict of filters that are free of errors. `name` says what a reach means.
fn judge_filters(
    filters: &Filters,
    probes: &[String],
    name: impl Fn(Reach) -> Mutability,
) -> TagVerdict {
    let list = match &filters.fact {
        Fact::Written(list) | Fact::Default(list) => list,
        Fact::Unknown(why) | Fact::Either { why, .. } => {
            return TagVerdict::unknown(why.clone(), &filters.origin);
        }
    };
    let probed: Vec<Probed> =
        list.iter().map(|filter| Probed::new(&filter.filter, probes)).collect();
    // Filters are an OR: the widest decides.
    let least = probed.iter().map(|filter| filter.least).max().unwrap_or(Reach::NoRelease);
    let most = probed.iter().map(|filter| filter.most).max().unwrap_or(Reach::NoRelease);
    let open = probed.iter().find(|filter| filter.least != filter.most);
    if let Some((filter, why)) = open.and_then(|filter| Some((filter, filter.why.as_ref()?)))
        && name(least) != name(most)
    {
        let arms = filter.arms.iter().map(|(reach, arm)| TagArm {
            value: arm.filter.clone(),
            mutability: name(least.max(*reach)),
            origin: arm.origin.clone(),
        });
        return TagVerdict {
            arms: arms.collect(),
            ..TagVerdict::unknown(why.clone(), &filter.origin)
        };
    }
    let arms = probed.into_iter().flat_map(|filter| filter.arms);
    let deciding: Vec<FilterVerdict> =
        arms.filter(|(reach, _)| *reach == least).map(|(_, filter)| filter).collect();
    let origin = deciding.first().map_or(&filters.origin, |filter| &filter.origin).clone();
    TagVerdict { filters: deciding, ..TagVerdict::new(name(least), &origin) }
}

/// A filter that was tried on the probe tags.
struct Probed {
    origin: Origin,
    /// Its known alternatives; of a known filter, itself.
    arms: Vec<(Reach, FilterVerdict)>,
    /// Why it is not known.
    why: Option<Why>,
    least: Reach,
    most: Reach,
}

impl Probed {
    fn new(filter: &Field<String>, probes: &[String]) -> Self {
        let mut probed = Self {
            origin: filter.origin.clone(),
            arms: Vec::new(),
            why: None,
            least: Reach::Everything,
            most: Reach::NoRelease,
        };
        probed.try_on(filter, probes);
        probed
    }

    fn try_on(&mut self, filter: &Field<String>, probes: &[String]) {
        match &filter.fact {
            Fact::Written(pattern) | Fact::Default(pattern) => {
                let (reach, tags) = reach(pattern, probes);
                self.least = self.least.min(reach);
                self.most = self.most.max(reach);
                self.arms.push((
                    reach,
                    FilterVerdict { filter: pattern.clone(), origin: filter.origin.clone(), tags },
                ));
            }
            Fact::Unknown(why) => {
                self.why.get_or_insert_with(|| why.clone());
                (self.least, self.most) = (Reach::NoRelease, Reach::Everything);
            }
            Fact::Either { why, arms } => {
                self.why.get_or_insert_with(|| why.clone());
                arms.iter().take(SCENARIOS_MAX).for_each(|arm| self.try_on(arm, probes));
            }
        }
    }
}

/// How much a filter matches, and which of the probe tags.
fn reach(pattern: &str, probes: &[String]) -> (Reach, Vec<String>) {
    let matches = |tag: &&str| wildcard::matches(pattern, tag);
    let tags: Vec<String> = match probes {
        [] => RELEASE_TAGS.into_iter().filter(matches).map(str::to_owned).collect(),
        probes => probes.iter().map(String::as_str).filter(matches).map(str::to_owned).collect(),
    };
    let reach = match pattern.bytes().all(|byte| byte == b'*') {
        true => Reach::Everything,
        false if tags.is_empty() => Reach::NoRelease,
        false => Reach::Releases,
    };
    (reach, tags)
}

/// What is wrong with the setting and how it goes together with the filters.
fn check_setting(setting: &Setting, filters: &Filters, problems: &mut Vec<TagProblem>) {
    let mut problem = |origin: &Origin, message: String, help: String| {
        problems.push(TagProblem { origin: origin.clone(), message, help });
    };
    let count = filters.known().map(Vec::len);
    if count.is_some_and(|count| count > FILTERS_MAX) {
        let message = format!("{} exclusion filters", count.unwrap_or_default());
        problem(&filters.origin, message, format!("a repository takes at most {FILTERS_MAX}"));
    }
    let Some(value) = setting.known() else { return };
    let is_default = matches!(setting.fact, Fact::Default(_));
    match (value.as_str(), count) {
        (value, _) if !SETTINGS.contains(&value) => {
            let upper = value.to_ascii_uppercase();
            let near = SETTINGS.into_iter().find(|setting| **setting == upper);
            let help = match near {
                Some(setting) => format!("write `{setting}`: the case of the letters counts"),
                None => format!("it is one of `{}`", SETTINGS.join("`, `")),
            };
            problem(&setting.origin, format!("`{value}` is not a tag mutability"), help);
        }
        ("IMMUTABLE_WITH_EXCLUSION" | "MUTABLE_WITH_EXCLUSION", Some(0)) => problem(
            &setting.origin,
            format!("`{value}` without an exclusion filter"),
            "add one to five filters: applying fails without them, and planning does not tell"
                .to_owned(),
        ),
        ("IMMUTABLE" | "MUTABLE", Some(1..)) => {
            let message = match is_default {
                true => "exclusion filters without a tag mutability".to_owned(),
                false => format!("exclusion filters beside `{value}`"),
            };
            let help = "filters belong to `IMMUTABLE_WITH_EXCLUSION` and `MUTABLE_WITH_EXCLUSION`";
            problem(&filters.origin, message, help.to_owned());
        }
        _ => {}
    }
}

/// What is wrong with one filter (API reference, `ImageTagMutabilityExclusionFilter`; the limit of `*` is in the user
/// guide).
fn check_filter(filter: &ExclusionFilter, problems: &mut Vec<TagProblem>) {
    let mut problem = |field: &Field<String>, message: String, help: &str| {
        problems.push(TagProblem { origin: field.origin.clone(), message, help: help.to_owned() });
    };
    match &filter.filter.fact {
        Fact::Written(pattern) => {
            let is_allowed =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '*' | '-');
            if let Some(c) = pattern.chars().find(|c| !is_allowed(*c)) {
                let help = "a filter holds letters, digits, `.`, `_`, `-` and `*`";
                problem(
                    &filter.filter,
                    format!("`{}` in an exclusion filter", c.escape_default()),
                    help,
                );
            } else if pattern.is_empty() || pattern.len() > FILTER_LENGTH_MAX {
                let message = format!("an exclusion filter of {} characters", pattern.len());
                problem(&filter.filter, message, "a filter has 1 to 128 characters");
            } else if pattern.matches('*').count() > FILTER_STARS_MAX {
                let message =
                    format!("more than {FILTER_STARS_MAX} `*` in the exclusion filter `{pattern}`");
                problem(&filter.filter, message, "split it into several filters");
            }
        }
        Fact::Default(_) => {
            problem(&filter.filter, "an exclusion filter without a pattern".to_owned(), "set one")
        }
        Fact::Unknown(_) | Fact::Either { .. } => {}
    }
    match &filter.filter_type.fact {
        Fact::Written(kind) if kind != "WILDCARD" => {
            let message = format!("`{kind}` is not a type of exclusion filters");
            problem(
                &filter.filter_type,
                message,
                "write `WILDCARD`: the case of the letters counts",
            );
        }
        Fact::Default(_) => {
            problem(
                &filter.filter_type,
                "an exclusion filter without a type".to_owned(),
                "add the type `WILDCARD`",
            );
        }
        Fact::Written(_) | Fact::Unknown(_) | Fact::Either { .. } => {}
    }
}

impl Mutability {
    /// As reports write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mutable => "mutable",
            Self::MutableDefault => "mutable-default",
            Self::MutablePartial => "mutable-partial",
            Self::MutableLocked => "mutable-locked",
            Self::ImmutableVoid => "immutable-void",
            Self::ImmutableHoled => "immutable-holed",
            Self::ImmutableFloating => "immutable-floating",
            Self::Immutable => "immutable",
            Self::Invalid => "invalid",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not-applicable",
        }
    }
}

impl TagVerdict {
    fn new(mutability: Mutability, origin: &Origin) -> Self {
        Self {
            mutability,
            origin: origin.clone(),
            because: None,
            arms: Vec::new(),
            filters: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn unknown(why: Why, origin: &Origin) -> Self {
        Self { because: Some(why), ..Self::new(Mutability::Unknown, origin) }
    }
}
