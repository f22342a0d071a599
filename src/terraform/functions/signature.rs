//! How a function is declared: [`Function`], [`Parameter`], [`Kind`].

use std::sync::Arc;

use super::FunctionError;
use super::invocation::Invocation;
use crate::value::{Type, Value};

/// The outcome of a call.
pub(super) type Outcome = Result<Value, FunctionError>;

/// A function.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) parameters: &'static [Parameter],
    /// Takes any further arguments.
    pub(super) rest: Option<Parameter>,
    /// The type of the result; [`Kind::Any`] where it depends on the arguments.
    pub(super) returns: Kind,
    /// The result may be null even though no argument is.
    pub(super) nullable: bool,
    pub(super) run: fn(&Invocation<'_>) -> Outcome,
}

/// A parameter. What it does not accept never reaches the function: null is an error, an unknown argument makes the
/// result unknown, marks go from the argument to the result.
#[derive(Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) accepts_null: bool,
    /// The function says itself what is known of its result.
    pub(super) accepts_unknown: bool,
    /// Marks of the argument, and inside of it, stay where they are: the function only moves values.
    pub(super) accepts_marks: bool,
}

/// The type of a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Any,
    Bool,
    Number,
    String,
    ListOfAny,
    ListOfBool,
    ListOfNumber,
    ListOfString,
    MapOfAny,
    MapOfListOfString,
    SetOfAny,
    SetOfString,
}

impl Function {
    pub(super) const fn new(
        name: &'static str,
        parameters: &'static [Parameter],
        returns: Kind,
        run: fn(&Invocation<'_>) -> Outcome,
    ) -> Self {
        Self { name, parameters, rest: None, returns, nullable: false, run }
    }

    /// Takes any number of further arguments.
    pub(super) const fn rest(mut self, parameter: Parameter) -> Self {
        self.rest = Some(parameter);
        self
    }

    /// May return null.
    pub(super) const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The parameter of an argument.
    pub(super) fn parameter(&self, argument: usize) -> Option<&Parameter> {
        self.parameters.get(argument).or(self.rest.as_ref())
    }
}

impl Parameter {
    pub(super) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, accepts_null: false, accepts_unknown: false, accepts_marks: false }
    }

    pub(super) const fn null(mut self) -> Self {
        self.accepts_null = true;
        self
    }

    pub(super) const fn unknown(mut self) -> Self {
        self.accepts_unknown = true;
        self
    }

    pub(super) const fn marks(mut self) -> Self {
        self.accepts_marks = true;
        self
    }
}

impl Kind {
    pub(super) fn to_type(self) -> Type {
        let list = |element| Type::List(Arc::new(element));
        match self {
            Self::Any => Type::Dynamic,
            Self::Bool => Type::Bool,
            Self::Number => Type::Number,
            Self::String => Type::String,
            Self::ListOfAny => list(Type::Dynamic),
            Self::ListOfBool => list(Type::Bool),
            Self::ListOfNumber => list(Type::Number),
            Self::ListOfString => list(Type::String),
            Self::MapOfAny => Type::Map(Arc::new(Type::Dynamic)),
            Self::MapOfListOfString => Type::Map(Arc::new(list(Type::String))),
            Self::SetOfAny => Type::Set(Arc::new(Type::Dynamic)),
            Self::SetOfString => Type::Set(Arc::new(Type::String)),
        }
    }
}

/// A parameter of any type.
pub(super) const fn any(name: &'static str) -> Parameter {
    Parameter::new(name, Kind::Any)
}

/// A parameter of type `string`.
pub(super) const fn string(name: &'static str) -> Parameter {
    Parameter::new(name, Kind::String)
}

/// A parameter of type `number`.
pub(super) const fn number(name: &'static str) -> Parameter {
    Parameter::new(name, Kind::Number)
}
