//! A linter for AWS ECR in infrastructure code.
//!
//! Three front ends read Terraform source, Terraform plans and CloudFormation templates into one [`model`]; checks
//! run over it and report [`finding`]s that point at the bytes that decide.

#[path = "../checks/mod.rs"]
pub mod checks;
pub mod cli;
pub mod cloudformation;
pub mod config;
pub mod date;
pub mod disk;
pub mod document;
pub mod finding;
pub mod judge;
pub mod model;
pub mod mutability;
pub mod number;
pub mod origin;
pub mod plan;
pub mod plan_scope;
pub mod policy;
pub mod report;
pub mod source;
pub mod syntax;
pub mod terraform;
pub mod value;
pub mod waiver;
