//! The one integration-test binary.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may stop where the library may not"
)]

mod brute;
mod cli;
mod cloudformation;
mod config;
mod eval;
mod eval_limits;
mod eval_origins;
mod exposure;
mod exposure_hostile;
mod exposure_unknown;
mod functions;
mod json;
mod modules;
mod mutability;
mod pages;
mod plan;
mod report;
mod schema;
mod support;
mod syntax;
mod syntax_recovery;
mod syntax_second_opinion;
mod tidy;
mod twins;
mod waivers;
mod yaml;
