//! What a command leaves behind, and how it is said: [`Outcome`].
#![expect(clippy::disallowed_methods, reason = "colours depend on the environment")]

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use super::args::When;

/// The end of a command.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Results.
    pub(super) output: String,
    /// Everything else.
    pub(super) messages: String,
    /// The exit status.
    pub(super) status: Status,
}

/// Bad usage or configuration: what to print about it.
#[derive(Debug)]
pub(super) struct Usage(pub(super) String);

/// Exit statuses; a greater one outranks a lesser.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) enum Status {
    /// Nothing to complain about.
    #[default]
    Clean = 0,
    /// Findings at or above the threshold.
    Findings = 1,
    /// Bad usage or configuration.
    Usage = 2,
    /// Something could not be analysed.
    Incomplete = 3,
}

impl Outcome {
    /// Results and nothing to complain about.
    pub(super) fn clean(output: String) -> Self {
        Self { output, ..Self::default() }
    }

    /// Prints it.
    pub(super) fn print(self) -> ExitCode {
        let Self { output, messages, status } = self;
        let status = status.print(&messages, |stream| stream.write_all(output.as_bytes()));
        ExitCode::from(status as u8)
    }
}

impl Status {
    /// Prints messages, and the results that `write` writes. Answers what the exit status becomes by it: a reader that
    /// went away is no error.
    #[must_use]
    pub(super) fn print(
        self,
        messages: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Self {
        let (mut errors, mut results) = (io::stderr(), BufWriter::new(io::stdout().lock()));
        let told = errors.write_all(messages.as_bytes()).and_then(|()| errors.flush());
        let written = write(&mut results).and_then(|()| results.flush());
        let is_lost = |result: io::Result<()>| {
            result.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe)
        };
        if is_lost(told) | is_lost(written) { Self::Incomplete } else { self }
    }
}

impl Usage {
    /// A message of one line.
    pub(super) fn new(message: impl std::fmt::Display) -> Self {
        Self(format!("error: {message}\n"))
    }
}

impl From<Usage> for Outcome {
    fn from(usage: Usage) -> Self {
        Self { messages: usage.0, status: Status::Usage, ..Self::default() }
    }
}

/// Shall a stream be coloured? `--color`, then `NO_COLOR`, `CLICOLOR_FORCE` or `FORCE_COLOR`, `CLICOLOR=0`,
/// `TERM=dumb`, and at last whether it is a terminal.
pub(super) fn colored(when: When, stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let is = |name, value: &str| set(name).is_some_and(|actual| actual == value);
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if set("NO_COLOR").is_some() => false,
        When::Auto
            if ["CLICOLOR_FORCE", "FORCE_COLOR"]
                .into_iter()
                .any(|name| set(name).is_some() && !is(name, "0")) =>
        {
            true
        }
        When::Auto if is("CLICOLOR", "0") || is("TERM", "dumb") => false,
        When::Auto => stream.is_terminal(),
    }
}
