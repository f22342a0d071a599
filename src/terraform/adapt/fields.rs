//! From the arguments of a resource to fields of the model: [`Fields`].

use super::is_ecr;
use super::outward::Outward;
use crate::model::{Fact, Field, ProblemKind};
use crate::origin::{Origin, Why};
use crate::source::Span;
use crate::terraform::EvalError;
use crate::terraform::blocks::{Content, Item, expand};
use crate::terraform::choice::{Choice, Chosen};
use crate::terraform::convert::convert;
use crate::terraform::evaluation::{Evaluation, Outcome};
use crate::terraform::resources::AttributeOf;
use crate::value::{Data, Type, Value};

/// The arguments of one instance of a resource.
#[derive(Clone, Copy)]
pub(super) struct Fields<'f, 'a> {
    pub(super) evaluation: &'f Evaluation<'a>,
    pub(super) of: &'f AttributeOf<'f>,
    pub(super) outward: Outward<'f>,
}

/// How a value becomes a fact.
pub(super) struct Reading<T> {
    /// The type that it is converted to.
    ty: Type,
    /// The fact in a known value of that type.
    read: fn(&Value) -> Option<T>,
}

impl<T> Reading<T> {
    pub(super) const fn new(ty: Type, read: fn(&Value) -> Option<T>) -> Self {
        Self { ty, read }
    }
}

impl Reading<String> {
    pub(super) const TEXT: Self =
        Self::new(Type::String, |value| value.as_text().map(|text| text.into_owned()));
}

impl Reading<bool> {
    pub(super) const BOOL: Self = Self::new(Type::Bool, Value::as_bool);
}

impl<'f, 'a> Fields<'f, 'a> {
    /// The string in an argument.
    pub(super) fn text(&self, name: &str, default: &str) -> Field<String> {
        self.field(name, &Reading::TEXT, default.to_owned())
    }

    /// The truth value in an argument.
    pub(super) fn bool(&self, name: &str, default: bool) -> Field<bool> {
        self.field(name, &Reading::BOOL, default)
    }

    fn field<T: Clone>(&self, name: &str, reading: &Reading<T>, default: T) -> Field<T> {
        match self.value(name) {
            Some(Ok(value)) => self.read(&value, reading, default),
            Some(Err(error)) => self.failed(error),
            None => Field::default(default, self.header()),
        }
    }

    /// The value of an argument; `None` where it is not written.
    pub(super) fn value(&self, name: &str) -> Option<Outcome> {
        let written = self.of.declaration.attribute(name)?;
        let value = self.evaluation.attribute(self.of, name);
        Some(value.and_then(|value| {
            if value.all_marks().ephemeral {
                let message = format!("an ephemeral value can't be kept in `{name}`");
                return Err(EvalError::new(written.span(), message));
            }
            Ok(value)
        }))
    }

    /// The field in a value.
    pub(super) fn read<T: Clone>(
        &self,
        value: &Value,
        reading: &Reading<T>,
        default: T,
    ) -> Field<T> {
        let mut origin = self.outward.origin(&value.origin);
        origin.sensitive |= value.marks.sensitive;
        let fact = match &value.data {
            Data::Null(_) => Fact::Default(default),
            Data::Unknown(unknown) => {
                self.unsaid(&unknown.why);
                Fact::Unknown(self.outward.why(&unknown.why))
            }
            Data::OneOf(one_of) => {
                self.unsaid(&one_of.why);
                let arms = one_of.arms.iter().map(|arm| {
                    let arm = arm.clone().inside(&value.origin).marked(value.marks);
                    self.read(&arm, reading, default.clone())
                });
                Fact::Either { why: self.outward.why(&one_of.why), arms: arms.collect() }
            }
            Data::Bool(_)
            | Data::Number(_)
            | Data::String(_)
            | Data::List(..)
            | Data::Set(..)
            | Data::Tuple(_)
            | Data::Map(..)
            | Data::Object(_) => match self.known(value, reading) {
                Ok(fact) => fact,
                Err(error) => return self.failed(error),
            },
        };
        Field { fact, origin }
    }

    /// Tells a reference to something that is not declared, where that is why a fact of ECR is not known.
    pub(super) fn unsaid(&self, why: &Why) {
        let undeclared = self.evaluation.undeclared.borrow();
        let found = why.span.and_then(|span| Some((span, undeclared.at(span)?)));
        let Some((span, message)) = found else { return };
        if is_ecr(&self.of.key.type_name) {
            let kind = match self.evaluation.has_terragrunt {
                true => ProblemKind::Note,
                false => ProblemKind::Evaluation,
            };
            self.evaluation.tell_at(kind, span, message);
        }
    }

    fn known<T>(&self, value: &Value, reading: &Reading<T>) -> Outcome<Fact<T>> {
        let converted = convert(value.clone(), &reading.ty)
            .map_err(|why| EvalError::new(value.origin.span, format!("wrong type: {why}")))?;
        Ok(match ((reading.read)(&converted), converted.why()) {
            (Some(known), _) => Fact::Written(known),
            (None, Some(why)) => {
                self.unsaid(why);
                Fact::Unknown(self.outward.why(why))
            }
            (None, None) => Fact::Unknown(Why::at("it can't be known", value.origin.span)),
        })
    }

    /// A field that could not be evaluated, which is told.
    pub(super) fn failed<T>(&self, error: EvalError) -> Field<T> {
        let span = self.outward.span(error.span);
        self.evaluation.tell_at(ProblemKind::Evaluation, span, error.message.clone());
        Field::unknown(Why::at(error.message, span), Origin::at(span))
    }

    /// The header of the block, for what it leaves out.
    pub(super) fn header(&self) -> Origin {
        Origin::at(self.outward.span(self.of.header))
    }

    /// A field in the only block of a type. `absent`: what holds where there is none.
    pub(super) fn in_block<T: Clone>(
        &self,
        kind: &str,
        name: &str,
        reading: &Reading<T>,
        absent: T,
    ) -> Field<T> {
        self.of_blocks(kind, &|items| match items.first() {
            None => Field::default(absent.clone(), self.header()),
            Some(Item::Unknown(why, span)) => {
                Field::unknown(self.outward.why(why), Origin::at(self.outward.span(*span)))
            }
            Some(Item::Content(block)) => self.of_block(block, name, reading, absent.clone()),
        })
    }

    /// A field in a block.
    pub(super) fn of_block<T: Clone>(
        &self,
        block: &Content<'_, '_, '_>,
        name: &str,
        reading: &Reading<T>,
        default: T,
    ) -> Field<T> {
        match block.attribute(name).map(|attribute| block.names().eval(attribute)) {
            Some(Ok(value)) => self.read(&value, reading, default),
            Some(Err(error)) => self.failed(error),
            None => Field::default(default, Origin::at(self.outward.span(block.header()))),
        }
    }

    /// A field that is made of all blocks of a type.
    pub(super) fn of_blocks<T: Clone>(
        &self,
        kind: &str,
        make: &dyn Fn(&[Item<'_, '_, '_>]) -> Field<T>,
    ) -> Field<T> {
        let names = self.of.names(self.evaluation);
        let chosen = Choice::each(&|choice| {
            let blocks = self.of.declaration.blocks(kind);
            match expand(blocks, &names, &|value| choice.of(value)) {
                Ok(items) => make(&items),
                Err(error) => self.failed(error),
            }
        });
        self.chosen(chosen)
    }

    fn chosen<T>(&self, chosen: Chosen<Field<T>>) -> Field<T> {
        match chosen {
            Chosen::One(field) => field,
            Chosen::OneOf(one_of, arms) => {
                let arms = arms.into_iter().map(|arm| self.chosen(arm)).collect();
                let why = self.outward.why(&one_of.why);
                let origin = Origin::at(self.outward.span(one_of.condition));
                Field { fact: Fact::Either { why, arms }, origin }
            }
            Chosen::TooMany(one_of) => Field::unknown(self.outward.why(&one_of.why), self.header()),
        }
    }

    /// A span as a reader of the user's files sees it.
    pub(super) fn span(&self, span: Span) -> Span {
        self.outward.span(span)
    }
}
