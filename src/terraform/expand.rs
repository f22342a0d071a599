//! How often a block is there: `count`, `for_each` and `dynamic`. [`Instances`], [`Repetition`]

use std::fmt::{self, Write};

use smol_str::SmolStr;

use super::EvalError;
use crate::number::Number;
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::value::{Data, Entries, Type, Value};

/// More instances of one block than this are an error.
pub(super) const MAX_INSTANCES: usize = 20_000;

/// What a block stands for: itself, or one thing for each repetition.
#[derive(Clone, Debug)]
pub(super) struct Instances<T> {
    /// How they are told apart.
    pub(super) form: Form,
    /// The instances in order.
    pub(super) items: Vec<(Key, T)>,
    /// Why it can't be known whether (all of) these exist.
    pub(super) uncertain: Option<Why>,
}

/// How the instances of a block are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// There is one, without a key.
    Single,
    /// By number: `count`.
    Counted,
    /// By name: `for_each`.
    Keyed,
}

/// The key of an instance.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Key {
    /// It has none.
    None,
    /// `[0]`
    Index(usize),
    /// `["name"]`
    Name(SmolStr),
    /// The instance stands for all whose keys can't be known.
    Unknown,
}

/// What `count.index`, `each.key` and `each.value` mean in one instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Repetition {
    /// `count.index`
    pub(super) index: Option<Value>,
    /// `each.key` and `each.value`
    pub(super) each: Option<Each>,
}

/// A key and a value that a block is repeated for.
#[derive(Clone, Debug)]
pub(super) struct Each {
    /// `each.key`
    pub(super) key: Value,
    /// `each.value`
    pub(super) value: Value,
}

/// What a `dynamic` block is repeated for.
#[derive(Clone, Debug)]
pub(super) enum Iterations {
    /// These, in order.
    Known(Vec<Each>),
    /// It can't be known for what.
    Unknown(Why),
}

impl<T> Instances<T> {
    /// The only instance of a block that is not repeated.
    pub(super) fn single(item: T) -> Self {
        Self { form: Form::Single, items: vec![(Key::None, item)], uncertain: None }
    }

    /// The same instances with other content.
    pub(super) fn map<U>(self, mut change: impl FnMut(&Key, T) -> U) -> Instances<U> {
        let items = self.items.into_iter();
        let items = items.map(|(key, item)| {
            let item = change(&key, item);
            (key, item)
        });
        Instances { form: self.form, items: items.collect(), uncertain: self.uncertain }
    }

    /// The instance that stands for all whose keys can't be known, if there is one.
    pub(super) fn unknown_one(&self) -> Option<&T> {
        self.uncertain.as_ref()?;
        self.items.iter().find(|(key, _)| *key == Key::Unknown).map(|(_, item)| item)
    }
}

impl Instances<Repetition> {
    /// The instances that `count` makes. `span`: the bytes of its value.
    pub(super) fn counted(count: &Value, span: Span) -> Result<Self, EvalError> {
        let (number, uncertain) = match &count.data {
            Data::Unknown(unknown) => {
                let index = Value::unknown_of(Type::Number, unknown.why.clone(), Origin::at(span));
                let repetition = Repetition { index: Some(index), each: None };
                return Ok(Self::unknown(Form::Counted, repetition, unknown.why.clone()));
            }
            Data::OneOf(one_of) => {
                let numbers: Result<Vec<_>, _> =
                    one_of.arms.iter().map(|arm| Self::counted(arm, span)).collect();
                let longest = numbers?.into_iter().max_by_key(|instances| instances.items.len());
                let longest = longest.unwrap_or_else(|| Self::none(Form::Counted));
                return Ok(Self { uncertain: Some(one_of.why.clone()), ..longest });
            }
            Data::Null(_) => return Err(EvalError::new(span, "`count` must not be null")),
            _ => (whole_number(count), None),
        };
        let Some(number) = number else {
            return Err(EvalError::new(span, "`count` must be a whole number, zero or more"));
        };
        if number > MAX_INSTANCES {
            return Err(EvalError::new(
                span,
                format!("`count` makes more than {MAX_INSTANCES} instances"),
            ));
        }
        let items = (0..number).map(|index| {
            let value = Value::number(Number::from_count(index), Origin::at(span));
            (Key::Index(index), Repetition { index: Some(value), each: None })
        });
        Ok(Self { form: Form::Counted, items: items.collect(), uncertain })
    }

    /// The instances that `for_each` makes. `span`: the bytes of its value.
    pub(super) fn keyed(for_each: &Value, span: Span) -> Result<Self, EvalError> {
        if for_each.marks.sensitive {
            let message = "`for_each` must not be sensitive: its keys would be shown";
            return Err(EvalError::new(span, message));
        }
        match &for_each.data {
            Data::Map(_, entries) | Data::Object(entries) => {
                let items = each_entry(entries, &for_each.origin).map(|(key, each)| {
                    (Key::Name(key), Repetition { index: None, each: Some(each) })
                });
                Ok(Self { form: Form::Keyed, items: items.collect(), uncertain: None })
            }
            Data::Set(Type::String | Type::Dynamic, items) => {
                Ok(Self::of_set(items, &for_each.origin))
            }
            Data::Unknown(unknown) => {
                let each = unknown_each(&unknown.why, Origin::at(span));
                let repetition = Repetition { index: None, each: Some(each) };
                Ok(Self::unknown(Form::Keyed, repetition, unknown.why.clone()))
            }
            Data::OneOf(one_of) => {
                let arms: Result<Vec<_>, _> =
                    one_of.arms.iter().map(|arm| Self::keyed(arm, span)).collect();
                Ok(Self::union(arms?, one_of.why.clone()))
            }
            Data::Null(_) => Err(EvalError::new(span, "`for_each` must not be null")),
            Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::List(..)
            | Data::Set(..)
            | Data::Tuple(_) => {
                let ty = for_each.ty();
                let message =
                    format!("`for_each` must be a map, or a set of strings, and this is a {ty}");
                Err(EvalError::new(span, message))
            }
        }
    }

    fn of_set(items: &[Value], origin: &Origin) -> Self {
        let mut instances = Self::none(Form::Keyed);
        for item in items {
            let item = item.clone().inside(origin);
            let each = Each { key: item.clone(), value: item.clone() };
            let repetition = Repetition { index: None, each: Some(each) };
            match item.as_text() {
                Some(text) => instances.items.push((Key::Name(text.into()), repetition)),
                None => {
                    instances.uncertain = item.why().cloned();
                    instances.items.push((Key::Unknown, repetition));
                }
            }
        }
        instances
    }

    fn unknown(form: Form, repetition: Repetition, why: Why) -> Self {
        Self { form, items: vec![(Key::Unknown, repetition)], uncertain: Some(why) }
    }

    const fn none(form: Form) -> Self {
        Self { form, items: Vec::new(), uncertain: None }
    }

    /// All instances that any of the arms makes.
    fn union(arms: Vec<Self>, why: Why) -> Self {
        let mut all: Vec<(Key, Repetition)> = arms.into_iter().flat_map(|arm| arm.items).collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all.dedup_by(|(a, _), (b, _)| a == b);
        Self { form: Form::Keyed, items: all, uncertain: Some(why) }
    }
}

impl Iterations {
    /// What the `for_each` of a `dynamic` block repeats it for. `span`: the bytes of its value.
    pub(super) fn of(for_each: &Value, span: Span) -> Result<Self, EvalError> {
        match &for_each.data {
            Data::Map(_, entries) | Data::Object(entries) => {
                let each = each_entry(entries, &for_each.origin).map(|(_, each)| each);
                Ok(Self::Known(each.collect()))
            }
            Data::List(_, items) | Data::Tuple(items) => {
                let each = items.iter().enumerate().map(|(index, item)| {
                    let key = Value::number(Number::from_count(index), item.origin.clone());
                    Each { key, value: item.clone().inside(&for_each.origin) }
                });
                Ok(Self::Known(each.collect()))
            }
            Data::Set(_, items) => {
                let each = items.iter().map(|item| {
                    let item = item.clone().inside(&for_each.origin);
                    Each { key: item.clone(), value: item }
                });
                Ok(Self::Known(each.collect()))
            }
            Data::Unknown(unknown) => Ok(Self::Unknown(unknown.why.clone())),
            Data::OneOf(one_of) => Ok(Self::Unknown(one_of.why.clone())),
            Data::Null(_) => Err(EvalError::new(span, "`for_each` must not be null")),
            Data::Bool(_) | Data::Number(_) | Data::String(_) => {
                let ty = for_each.ty();
                Err(EvalError::new(
                    span,
                    format!("`for_each` must be a collection, and this is a {ty}"),
                ))
            }
        }
    }
}

impl fmt::Display for Key {
    /// As it stands in an address: `[0]`, `["name"]`, nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Name(name) => {
                f.write_str("[\"")?;
                write_escaped(name, f)?;
                f.write_str("\"]")
            }
            Self::Unknown => f.write_str("[*]"),
        }
    }
}

/// The text of a string literal of native syntax.
fn write_escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '$' | '%' if characters.peek() == Some(&'{') => {
                f.write_char(character)?;
                f.write_char(character)?;
            }
            other => f.write_char(other)?,
        }
    }
    Ok(())
}

fn each_entry<'a>(
    entries: &'a Entries,
    origin: &'a Origin,
) -> impl Iterator<Item = (SmolStr, Each)> + 'a {
    entries.iter().map(move |(key, entry)| {
        let key_origin = entry
            .key_origin
            .as_ref()
            .map_or_else(|| origin.clone(), |key_origin| key_origin.inside(origin));
        let value = entry.value.clone().inside(origin);
        (key.clone(), Each { key: Value::string(key.clone(), key_origin), value })
    })
}

fn unknown_each(why: &Why, origin: Origin) -> Each {
    let key = Value::unknown_not_null(Type::String, why.clone(), origin.clone());
    Each { key, value: Value::unknown(why.clone(), origin) }
}

fn whole_number(value: &Value) -> Option<usize> {
    let number = match value.as_number() {
        Some(number) => number.to_i64(),
        None => Number::parse(&value.as_text()?)?.to_i64(),
    };
    usize::try_from(number?).ok()
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn keys_are_quoted_as_in_addresses() {
        let name = |text: &str| Key::Name(text.into()).to_string();
        assert_eq!(name("a.b/c\"d"), r#"["a.b/c\"d"]"#);
        assert_eq!(name("${y} %{z} $ %"), r#"["$${y} %%{z} $ %"]"#);
        assert_eq!(name("é\n\\"), r#"["é\n\\"]"#);
        assert_eq!(Key::Index(3).to_string(), "[3]");
    }
}
