//! A text that is not YAML throughout: the lines that are in the way are left out, and the rest is read.
//!
//! The parser gives up at the first error, so a single forgotten quote would hide everything below it. Here the line
//! of the error (or the one where its token began, or the block around it) is blanked, whichever lets the parser come
//! furthest, and the text is read again. Offsets stay what they were.

use std::borrow::Cow;

use super::{Parsed, Pass, Stop, read};

/// How many errors of one text are repaired.
const MAX_REPAIRS: usize = 16;

/// CloudFormation takes templates of at most 1 MB; larger texts are not read again and again.
const MAX_LENGTH: usize = 1 << 20;

/// Reads a text, and reports each place that is in the way of the rest.
pub(super) fn parse(text: &str) -> Parsed {
    let mut text = Cow::Borrowed(text);
    let mut pass = read(&text);
    let mut stops = Vec::new();
    while let Some(stop) = pass.stop.take() {
        stops.push(stop.error.clone());
        if stops.len() > MAX_REPAIRS || text.len() > MAX_LENGTH {
            break;
        }
        let Some((repaired, next)) = repair(&text, &stop) else { break };
        text = Cow::Owned(repaired);
        pass = next;
    }
    pass.parsed.errors.append(&mut stops);
    pass.parsed
}

/// The text without the lines that let the parser come furthest when they are left out.
fn repair(text: &str, stop: &Stop) -> Option<(String, Pass)> {
    let mut best: Option<(String, Pass)> = None;
    for lines in candidates(text, stop) {
        let Some(blanked) = blank(text, lines) else { continue };
        let pass = read(&blanked);
        if reach(&pass) > best.as_ref().map_or(stop.at, |(_, best)| reach(best)) {
            let done = pass.stop.is_none();
            best = Some((blanked, pass));
            if done {
                break;
            }
        }
    }
    best
}

/// How far a pass came.
fn reach(pass: &Pass) -> usize {
    pass.stop.as_ref().map_or(usize::MAX, |stop| stop.at)
}

/// What could be left out, the least first.
fn candidates(text: &str, stop: &Stop) -> Vec<std::ops::Range<usize>> {
    let behind_good = text
        .get(stop.good..)
        .map_or(stop.good, |rest| stop.good + rest.len() - rest.trim_start().len());
    let reported = stop.error.range.start as usize;
    let mut lines = Vec::new();
    for at in [reported, stop.at, behind_good] {
        let line = line(text, at);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    for at in [reported, stop.at] {
        let own = block(text, line(text, at));
        let around = parent(text, &own).map(|parent| block(text, parent));
        for wider in std::iter::once(own).chain(around) {
            if !lines.contains(&wider) {
                lines.push(wider);
            }
        }
    }
    lines
}

/// The line that holds the byte, with its line break.
fn line(text: &str, at: usize) -> std::ops::Range<usize> {
    let at = at.min(text.len());
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |line| line + 1);
    let end =
        text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |line| at + line + 1);
    start..end
}

/// The line and all below it that are indented deeper.
fn block(text: &str, first: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let own = indent(text.get(first.clone()).unwrap_or_default()).unwrap_or_default();
    let mut end = first.end;
    for line in text.get(first.end..).unwrap_or_default().split_inclusive('\n') {
        if indent(line).is_some_and(|indent| indent <= own) {
            break;
        }
        end += line.len();
    }
    first.start..end
}

/// The nearest line above that is indented less.
fn parent(text: &str, inner: &std::ops::Range<usize>) -> Option<std::ops::Range<usize>> {
    let own = indent(text.get(inner.clone())?)?;
    let mut end = inner.start;
    for line in text.get(..inner.start)?.split_inclusive('\n').rev() {
        let start = end - line.len();
        if indent(line).is_some_and(|indent| indent < own) {
            return Some(start..end);
        }
        end = start;
    }
    None
}

/// How deep a line is indented; `None` for a line without content.
fn indent(line: &str) -> Option<usize> {
    let content = line.trim_start_matches([' ', '\t']);
    let blank = content.trim_end().is_empty() || content.starts_with('#');
    (!blank).then(|| line.len() - content.len())
}

/// The text with spaces in place of everything but line breaks; `None` where there is nothing to blank.
fn blank(text: &str, lines: std::ops::Range<usize>) -> Option<String> {
    let (before, rest) = text.split_at_checked(lines.start)?;
    let (content, after) = rest.split_at_checked(lines.len())?;
    let spaces: String = content
        .bytes()
        .map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' })
        .collect();
    (spaces != content).then(|| [before, &spaces, after].concat())
}
