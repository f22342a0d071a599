//! `ecrlint eval`.

use std::io::{self, BufRead};

use super::args::{EvalArgs, When};
use super::disk::RealDisk;
use super::inputs::Trust;
use super::output::{Outcome, Status, Usage, colored};
use super::run::{STACK, guarded};
use super::walk::cannot_read;
use crate::disk::{Disk, join};
use crate::model::{Problem, ProblemKind};
use crate::report::text;
use crate::source::Sources;
use crate::terraform::{Loader, console};

/// Answers each expression on standard input with one line of JSON.
pub(super) fn eval(args: &EvalArgs) -> Result<Outcome, Usage> {
    let trust = Trust::of(std::slice::from_ref(&args.dir), args.module.root.as_deref())?;
    let disk = RealDisk::new(trust.root).map_err(Usage::new)?;
    let sources = Sources::new();
    // Expressions may be nested as deep as the parser takes them.
    let evaluated = std::thread::scope(|scope| {
        let work = || answers(args, &disk, &sources);
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.map_err(Usage::new).map(std::thread::ScopedJoinHandle::join)
    })?;
    let Ok((output, problems)) = evaluated else {
        return Err(Usage::new("the evaluation broke off"));
    };
    let is_incomplete = problems.iter().any(|problem| problem.kind != ProblemKind::Note);
    Ok(Outcome {
        output,
        messages: text::render_problems(
            problems.iter(),
            &sources,
            colored(When::Auto, &io::stderr()),
        ),
        status: if is_incomplete { Status::Incomplete } else { Status::Clean },
    })
}

/// The answers, one a line, and what there is to say about the module.
fn answers(args: &EvalArgs, disk: &RealDisk, sources: &Sources) -> (String, Vec<Problem>) {
    let root = join(".", &args.dir);
    if let Err(error) = disk.list(&root) {
        return (String::new(), vec![cannot_read(&args.dir, &error)]);
    }
    let loader = Loader::new(disk, sources, args.module.tofu);
    loader.with_console(&root, &args.module.terraform_options(false), |evaluator| {
        let mut out = String::new();
        for line in io::stdin().lock().split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            let expression =
                if args.jsonl { serde_json::from_str(&line) } else { Ok(line.into_owned()) };
            let answer = match expression {
                Ok(expression) => guarded(&expression, || {
                    Ok(console::answer(evaluator, &expression, args.show_sensitive))
                }),
                Err(error) => Ok(error_object(&format!("the line is not a JSON string: {error}"))),
            };
            out.push_str(&answer.unwrap_or_else(|problem| error_object(&problem.message)));
            out.push('\n');
        }
        out
    })
}

fn error_object(message: &str) -> String {
    serde_json::json!({ "error": message }).to_string()
}
