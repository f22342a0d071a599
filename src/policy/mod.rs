//! The IAM policy language: documents with unknown leaves, and who they let in. Knows nothing of Terraform.
//!
//! [`analyze`] takes a document as its adapter hands it over and says how far it opens what it hangs on.

pub mod node;
pub mod wildcard;

mod exposure;
mod managed;
mod verdict;

pub use exposure::analyze;
pub use managed::analyze_managed;
pub use verdict::{
    ActionClass, ActionClasses, Analysis, Caller, ClosingTest, Context, Exposure, FailedDeny,
    FailingTest, GrammarProblem, Grantee, Pointer, PolicyKind, Range, RegistryScope, RequestFact,
    StatementAnalysis, Witness,
};
