//! The command line: the only part that touches disk, environment, clock and terminal.

use std::ffi::OsString;
use std::process::ExitCode;

mod args;
mod check;
mod disk;
mod eval;
mod explain;
mod facts;
mod inputs;
mod inspect;
mod output;
mod read;
mod run;
mod schema;
mod scope;
mod select;
mod settings;
mod sniff;
mod var_files;
mod walk;
mod why;

use args::Command;
use output::{Outcome, Status};

/// Runs the program with its arguments (the first is its own name) and prints what there is to say.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match args::parse(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come here too; a reader that went away is no error.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(Status::Usage as u8)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    // A panic is caught where it happens and told as a problem of its input.
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = match &cli.command {
        Command::Check(args) => check::check(args),
        Command::Explain { check } => explain::explain(check),
        Command::Checks { format } => Ok(explain::list(*format)),
        Command::Schema { name } => Ok(schema::schema(*name)),
        Command::Inspect(args) => inspect::inspect(args),
        Command::Why(args) => why::why(args),
        Command::Eval(args) => eval::eval(args),
    };
    outcome.unwrap_or_else(Outcome::from).print()
}
