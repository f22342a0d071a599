//! The functions over files and their names. Files are read through the call's disk, seen from the root module.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use globset::{GlobBuilder, GlobMatcher};
use smol_str::SmolStr;

use super::FunctionError;
use super::invocation::{Invocation, error};
use super::signature::{Function, Kind, Outcome, string};
use crate::disk::{DiskError, join};
use crate::origin::{HopKind, Origin, Why};
use crate::source::Span;
use crate::value::{Literal, Rope, TextMap, TextShape, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("abspath", &[string("path")], Kind::String, absolute),
    Function::new("basename", &[string("path")], Kind::String, base_name),
    Function::new("dirname", &[string("path")], Kind::String, directory_name),
    Function::new("file", &[string("path")], Kind::String, file),
    Function::new("filebase64", &[string("path")], Kind::String, file_base64),
    Function::new("fileexists", &[string("path")], Kind::Bool, file_exists),
    Function::new("fileset", &[string("path"), string("pattern")], Kind::SetOfString, file_set),
    Function::new("pathexpand", &[string("path")], Kind::String, expand),
];

/// `fileset` looks at no more names.
const MAX_NAMES: usize = 100_000;
/// `fileset` goes no deeper.
const MAX_DEPTH: usize = 64;
/// No longer pattern is compiled, in bytes.
const MAX_PATTERN: usize = 1024;

/// A file that was read.
pub(super) struct File {
    pub(super) path: String,
    pub(super) bytes: Arc<[u8]>,
}

/// The text keeps its place in the file, so that a policy in it is reported there.
fn file(call: &Invocation<'_>) -> Outcome {
    let (path, bytes) = match read(call, 0)? {
        Ok(File { path, bytes }) => (path, bytes),
        Err(unreadable) => return Ok(unreadable),
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Err(error(0, format!("`{path}` is not UTF-8 text; read it with `filebase64`")));
    };
    let text = SmolStr::from(text);
    let end = u32::try_from(text.len()).map_err(|_| error(0, format!("`{path}` is too large")))?;
    let span = Span::new(call.call.sources.add_once(path, bytes), 0, end);
    let rope = Rope::literal(Literal { text, span, map: TextMap::Verbatim });
    let origin = Origin::at(span).through(HopKind::Function, call.function.name, call.call.span);
    Ok(Value::rope(rope, origin))
}

fn file_base64(call: &Invocation<'_>) -> Outcome {
    match read(call, 0)? {
        Ok(file) => call.string(BASE64_STANDARD.encode(&file.bytes), 0),
        Err(unreadable) => Ok(unreadable),
    }
}

/// Reads a file; where the file may be there and just can't be seen from here, an unknown text.
pub(super) fn read(
    call: &Invocation<'_>,
    index: usize,
) -> Result<Result<File, Value>, FunctionError> {
    let written = call.text(index)?;
    let Some(path) = locate(call, &written) else {
        return Ok(Err(out_of_sight(call, Type::String, &written, "it lies in a home directory")));
    };
    check_no_directory(call, index, &written, &path)?;
    match call.call.disk.read(&path) {
        Ok(bytes) => Ok(Ok(File { path, bytes })),
        Err(reason @ (DiskError::OutsideRoot | DiskError::TooLarge)) => {
            Ok(Err(out_of_sight(call, Type::String, &written, &reason.to_string())))
        }
        Err(reason) => Err(error(index, format!("can't read `{written}`: {reason}"))),
    }
}

/// The path as the disk knows it; `None` for one in a home directory.
fn locate(call: &Invocation<'_>, path: &str) -> Option<String> {
    (!path.starts_with('~')).then(|| join(call.call.root, path))
}

/// The root module and what it lies in are directories; the disk need not be asked.
fn check_no_directory(
    call: &Invocation<'_>,
    index: usize,
    written: &str,
    path: &str,
) -> Result<(), FunctionError> {
    let root = join(call.call.root, "");
    let is_above = matches!(path, "." | ".." | "/")
        || root.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is_above { Err(error(index, format!("`{written}` is a directory"))) } else { Ok(()) }
}

fn out_of_sight(call: &Invocation<'_>, ty: Type, path: &str, reason: &str) -> Value {
    let why = Why::at(format!("`{path}` is not read: {reason}"), call.call.span);
    Value::unknown_not_null(ty, why, call.origin())
}

fn file_exists(call: &Invocation<'_>) -> Outcome {
    let written = call.text(0)?;
    let Some(path) = locate(call, &written) else {
        return Ok(out_of_sight(call, Type::Bool, &written, "it lies in a home directory"));
    };
    check_no_directory(call, 0, &written, &path)?;
    let (directory, name) = path.rsplit_once('/').unwrap_or((".", &path));
    match call.call.disk.list(if directory.is_empty() { "/" } else { directory }) {
        Ok(names) => match names.iter().find(|entry| entry.name == name) {
            Some(entry) if entry.is_directory => {
                Err(error(0, format!("`{written}` is a directory")))
            }
            entry => call.bool(entry.is_some()),
        },
        Err(DiskError::NotFound) => call.bool(false),
        Err(reason) => Ok(out_of_sight(call, Type::Bool, &written, &reason.to_string())),
    }
}

fn file_set(call: &Invocation<'_>) -> Outcome {
    let (written, pattern) = (call.text(0)?, call.text(1)?);
    let set = || Type::Set(Type::String.into());
    let Some(mut directory) = locate(call, &written) else {
        return Ok(out_of_sight(call, set(), &written, "it lies in a home directory"));
    };
    let mut pattern = pattern.trim_start_matches("./");
    let mut prefix = String::new();
    while let Some(rest) = pattern.strip_prefix("../") {
        directory = join(&directory, "..");
        prefix.push_str("../");
        pattern = rest;
    }
    let mut walk = Walk::new(call, pattern)?;
    match walk.directory(&directory, "", 0) {
        Ok(()) => {}
        Err(Stop::Unseen(reason)) => {
            return Ok(out_of_sight(call, set(), &written, &reason.to_string()));
        }
        Err(Stop::TooMany) => {
            return Err(call.failure(format!("there are more than {MAX_NAMES} names to look at")));
        }
    }
    let found =
        walk.found.into_iter().map(|path| Value::string(format!("{prefix}{path}"), call.origin()));
    Ok(Value::set(Type::String, found.collect(), call.origin()))
}

/// A walk through directories in search of files that match a pattern.
struct Walk<'a> {
    call: &'a Invocation<'a>,
    matcher: GlobMatcher,
    /// The directories that the pattern begins with, without a wildcard.
    literal: Vec<&'a str>,
    /// How many parts a path has at most.
    max_depth: usize,
    seen: usize,
    found: Vec<String>,
}

/// Why a walk ends before its end.
enum Stop {
    Unseen(DiskError),
    TooMany,
}

impl<'a> Walk<'a> {
    fn new(call: &'a Invocation<'a>, pattern: &'a str) -> Result<Self, FunctionError> {
        let wrong = || error(1, format!("`{pattern}` is not a pattern of file names"));
        if pattern.len() > MAX_PATTERN {
            return Err(error(1, format!("it is longer than {MAX_PATTERN} bytes")));
        }
        let glob =
            GlobBuilder::new(pattern).literal_separator(true).build().map_err(|_| wrong())?;
        let parts: Vec<&str> = pattern.split('/').collect();
        let is_literal = |part: &&&str| !part.contains(['*', '?', '[', '{', '\\']);
        let max_depth =
            if pattern.contains("**") || pattern.contains('{') { MAX_DEPTH } else { parts.len() };
        let literal = parts
            .iter()
            .take(parts.len().saturating_sub(1))
            .take_while(is_literal)
            .copied()
            .collect();
        Ok(Self {
            call,
            matcher: glob.compile_matcher(),
            literal,
            max_depth,
            seen: 0,
            found: Vec::new(),
        })
    }

    fn directory(&mut self, directory: &str, prefix: &str, depth: usize) -> Result<(), Stop> {
        let names = match self.call.call.disk.list(directory) {
            Ok(names) => names,
            Err(DiskError::NotFound) => return Ok(()),
            Err(reason) if depth == 0 => return Err(Stop::Unseen(reason)),
            Err(_) => return Ok(()),
        };
        let only = self.literal.get(depth).copied();
        for entry in names.iter().filter(|entry| only.is_none_or(|only| entry.name == only)) {
            self.seen += 1;
            if self.seen > MAX_NAMES {
                return Err(Stop::TooMany);
            }
            let path = format!("{prefix}{}", entry.name);
            if !entry.is_directory {
                if self.matcher.is_match(&path) {
                    self.found.push(path);
                }
            } else if depth + 1 < self.max_depth {
                self.directory(&join(directory, &entry.name), &format!("{path}/"), depth + 1)?;
            }
        }
        Ok(())
    }
}

/// Where the working directory is, is not known here: it must not decide what is found.
fn absolute(call: &Invocation<'_>) -> Outcome {
    let path = call.text(0)?;
    if path.starts_with('/') {
        return call.string(join("/", &path), 0);
    }
    let why = Why::at("the working directory is not looked at", call.call.span);
    let text = TextShape { prefix: "/".into(), plain: false };
    Ok(Value::unknown_text(text, why, call.origin_of(call.argument(0)?)))
}

fn expand(call: &Invocation<'_>) -> Outcome {
    let path = call.text(0)?;
    match path.strip_prefix('~') {
        None => call.part(0, 0..path.len()),
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            Ok(out_of_sight(call, Type::String, &path, "the home directory is not looked at"))
        }
        Some(_) => Err(error(0, "the home directory of another user can't be told")),
    }
}

fn base_name(call: &Invocation<'_>) -> Outcome {
    let path = call.text(0)?;
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return call.string(if path.is_empty() { "." } else { "/" }, 0);
    }
    let start = trimmed.rfind('/').map_or(0, |slash| slash + 1);
    call.part(0, start..trimmed.len())
}

fn directory_name(call: &Invocation<'_>) -> Outcome {
    let path = call.text(0)?;
    let directory = path.rfind('/').and_then(|slash| path.get(..=slash)).unwrap_or_default();
    call.string(join("", directory), 0)
}
