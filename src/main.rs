//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    ecrlint::cli::main(std::env::args_os())
}
