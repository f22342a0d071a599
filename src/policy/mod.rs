//! The IAM policy language: documents with unknown leaves, and who they let in. Knows nothing of Terraform.
//!
//! [`analyze`] takes a document as its adapter hands it over and says how far it opens what it hangs on.

pub mod mention;
pub mod node;
pub mod wildcard;

mod action;
mod allow;
mod candidates;
mod condition;
mod deny;
mod document;
mod exposure;
mod granted;
mod identity;
mod key;
mod managed;
mod operator;
mod principal;
mod problem;
mod request;
mod resource;
mod statement;
mod text;
mod value;
mod verdict;
mod witness;

pub use exposure::analyze;
pub use managed::analyze_managed;
pub use verdict::{
    ActionClass, ActionClasses, Analysis, Caller, ClosingTest, Context, Exposure, FailedDeny,
    FailingTest, GrammarProblem, Grantee, Pointer, PolicyKind, Range, RegistryScope, RequestFact,
    StatementAnalysis, Witness,
};
