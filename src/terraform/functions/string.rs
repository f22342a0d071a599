//! The functions over strings.
//!
//! Those that only cut their argument give a part of its rope, so that each byte keeps its origin.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::invocation::{Invocation, error};
use super::pattern;
use super::signature::{Function, Kind, Outcome, Parameter, number, string};
use crate::value::{MAX_WEIGHT, Piece, Rope, TextShape, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("chomp", &[string("str")], Kind::String, chomp),
    Function::new("endswith", &[string("str"), string("suffix")], Kind::Bool, ends_with),
    Function::new("indent", &[number("spaces"), string("str")], Kind::String, indent),
    Function::new("lower", &[TEXT], Kind::String, lower),
    Function::new(
        "replace",
        &[string("str"), string("substr"), REPLACEMENT],
        Kind::String,
        replace,
    ),
    Function::new("split", &[string("separator"), string("str")], Kind::ListOfString, split),
    Function::new("startswith", &[TEXT, string("prefix")], Kind::Bool, starts_with),
    Function::new("strcontains", &[string("str"), string("substr")], Kind::Bool, contains),
    Function::new("strrev", &[string("str")], Kind::String, reverse),
    Function::new(
        "substr",
        &[string("str"), number("offset"), number("length")],
        Kind::String,
        substring,
    ),
    Function::new("title", &[string("str")], Kind::String, title),
    Function::new("trim", &[string("str"), string("cutset")], Kind::String, trim),
    Function::new("trimprefix", &[string("str"), string("prefix")], Kind::String, trim_prefix),
    Function::new("trimspace", &[string("str")], Kind::String, trim_space),
    Function::new("trimsuffix", &[string("str"), string("suffix")], Kind::String, trim_suffix),
    Function::new("upper", &[TEXT], Kind::String, upper),
];

const TEXT: Parameter = string("str").unknown();
const REPLACEMENT: Parameter = string("replace").unknown();

/// More items are not made of one text.
const MAX_ITEMS: usize = 1 << 16;
/// More spaces are not put in front of a line.
const MAX_INDENT: i64 = 1024;

fn starts_with(call: &Invocation<'_>) -> Outcome {
    let (text, prefix) = (call.argument(0)?, call.text(1)?);
    if let Some(text) = text.as_text() {
        return call.bool(text.starts_with(&*prefix));
    }
    // What is known of an unknown text is enough where it is as long, or where it differs already.
    let known = text.text_shape().prefix;
    if known.starts_with(&*prefix) {
        return call.bool(true);
    }
    if !prefix.starts_with(&*known) {
        return call.bool(false);
    }
    Ok(call.unknown(Type::Bool, [text]))
}

fn ends_with(call: &Invocation<'_>) -> Outcome {
    call.bool(call.text(0)?.ends_with(&*call.text(1)?))
}

fn contains(call: &Invocation<'_>) -> Outcome {
    call.bool(call.text(0)?.contains(&*call.text(1)?))
}

fn replace(call: &Invocation<'_>) -> Outcome {
    let (text, substring) = (call.text(0)?, call.text(1)?);
    if let Some(expression) = substring.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
        return replace_pattern(call, &text, expression);
    }
    let (parts, replacement) = (call.parts(0)?, call.argument(2)?);
    let mut pieces = Vec::new();
    let mut end = 0;
    for (at, found) in text.match_indices(&*substring) {
        pieces.extend(parts.pieces(end..at));
        pieces.push(Piece::Value(replacement.clone()));
        end = at + found.len();
    }
    if pieces.is_empty() {
        return Ok(call.argument(0)?.clone());
    }
    pieces.extend(parts.pieces(end..text.len()));
    Ok(Value::rope(Rope::concat(pieces, call.call.span), parts.origin))
}

/// `replace` with a regular expression between slashes; `$1` and `${name}` stand for its groups.
fn replace_pattern(call: &Invocation<'_>, text: &str, expression: &str) -> Outcome {
    let compiled = pattern::compile(expression).map_err(|message| error(1, message))?;
    let Some(replacement) = call.argument(2)?.as_text() else {
        return Ok(call.unknown(Type::String, &call.arguments));
    };
    let mut out = String::new();
    let mut end = 0;
    for captures in compiled.captures_iter(text) {
        let Some(found) = captures.get(0) else { continue };
        out.push_str(text.get(end..found.start()).unwrap_or_default());
        captures.expand(&replacement, &mut out);
        end = found.end();
        if out.len() > MAX_WEIGHT as usize {
            return Err(call.failure(format!("the result is larger than {MAX_WEIGHT} bytes")));
        }
    }
    out.push_str(text.get(end..).unwrap_or_default());
    call.string(out, 0)
}

fn split(call: &Invocation<'_>) -> Outcome {
    let (separator, text) = (call.text(0)?, call.text(1)?);
    let ranges: Vec<Range<usize>> = if separator.is_empty() {
        text.char_indices().map(|(at, c)| at..at + c.len_utf8()).take(MAX_ITEMS + 1).collect()
    } else {
        let mut start = 0;
        let parts = text.split(&*separator).take(MAX_ITEMS + 1);
        parts
            .map(|part| {
                let range = start..start + part.len();
                start = range.end + separator.len();
                range
            })
            .collect()
    };
    if ranges.len() > MAX_ITEMS {
        return Err(call.failure(format!("the text has more than {MAX_ITEMS} parts")));
    }
    let parts = call.parts(1)?;
    let items = ranges.into_iter().map(|range| parts.value(range)).collect();
    Ok(Value::list(Type::String, items, call.origin()))
}

fn substring(call: &Invocation<'_>) -> Outcome {
    let text = call.text(0)?;
    let (offset, length) = (call.integer(1)?, call.integer(2)?);
    // Terraform counts characters as people see them: grapheme clusters.
    let starts: Vec<usize> =
        text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
    let count = i64::try_from(starts.len() - 1).unwrap_or(i64::MAX);
    let from_end = offset < 0;
    let start = if from_end { (count + offset.max(-count)).max(0) } else { offset.min(count) };
    // A length of 0 from the end is taken as no limit: so does Terraform.
    let end = match length {
        ..0 => count,
        0 if from_end => count,
        _ => start.saturating_add(length).min(count),
    };
    let at = |index: i64| {
        usize::try_from(index)
            .ok()
            .and_then(|index| starts.get(index).copied())
            .unwrap_or(text.len())
    };
    call.part(0, at(start)..at(end))
}

fn chomp(call: &Invocation<'_>) -> Outcome {
    let end = call.text(0)?.trim_end_matches(['\r', '\n']).len();
    call.part(0, 0..end)
}

fn trim(call: &Invocation<'_>) -> Outcome {
    let (text, cutset) = (call.text(0)?, call.text(1)?);
    let is_cut = |c| cutset.contains(c);
    let start = text.len() - text.trim_start_matches(is_cut).len();
    let end = text.trim_end_matches(is_cut).len();
    call.part(0, start..end.max(start))
}

fn trim_space(call: &Invocation<'_>) -> Outcome {
    let text = call.text(0)?;
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    call.part(0, start..end.max(start))
}

fn trim_prefix(call: &Invocation<'_>) -> Outcome {
    let (text, prefix) = (call.text(0)?, call.text(1)?);
    let start = if text.starts_with(&*prefix) { prefix.len() } else { 0 };
    call.part(0, start..text.len())
}

fn trim_suffix(call: &Invocation<'_>) -> Outcome {
    let (text, suffix) = (call.text(0)?, call.text(1)?);
    let end = text.strip_suffix(&*suffix).unwrap_or(&text).len();
    call.part(0, 0..end)
}

fn reverse(call: &Invocation<'_>) -> Outcome {
    let reversed: String = call.text(0)?.graphemes(true).rev().collect();
    call.string(reversed, 0)
}

fn indent(call: &Invocation<'_>) -> Outcome {
    let spaces = call.integer(0)?;
    let Some(width) = usize::try_from(spaces).ok().filter(|_| spaces <= MAX_INDENT) else {
        return Err(error(0, format!("it must be between 0 and {MAX_INDENT}")));
    };
    let (text, parts) = (call.text(1)?, call.parts(1)?);
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices('\n') {
        pieces.extend(parts.pieces(start..at + 1));
        pieces.extend(Rope::computed(" ".repeat(width), call.call.span).pieces().iter().cloned());
        start = at + 1;
    }
    pieces.extend(parts.pieces(start..text.len()));
    Ok(Value::rope(Rope::concat(pieces, call.call.span), parts.origin))
}

fn lower(call: &Invocation<'_>) -> Outcome {
    change_case(call, |c| match c {
        // The one letter whose lower case is a single letter although Unicode's full mapping has two.
        'İ' => 'i',
        _ => single(c.to_lowercase(), c),
    })
}

fn upper(call: &Invocation<'_>) -> Outcome {
    change_case(call, |c| single(c.to_uppercase(), c))
}

/// The letter that a mapping gives; the letter itself where the mapping gives several, as in Go.
fn single(mut mapped: impl Iterator<Item = char>, c: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(mapped), None) => mapped,
        _ => c,
    }
}

/// Maps every letter. What is known of a text that is unknown in part stays known.
fn change_case(call: &Invocation<'_>, map: fn(char) -> char) -> Outcome {
    let argument = call.argument(0)?;
    if let Some(text) = argument.as_text() {
        return call.string(text.chars().map(map).collect::<String>(), 0);
    }
    let unknown = |value: &Value| {
        let shape = value.text_shape();
        let prefix = shape.prefix.chars().map(map).collect::<String>().into();
        call.unknown_text(TextShape { prefix, plain: shape.plain }, value)
    };
    let Some(rope) = argument.as_rope() else { return Ok(unknown(argument)) };
    let pieces = rope.pieces().iter().flat_map(|piece| match piece.text() {
        Some(text) => {
            let mapped: String = text.chars().map(map).collect();
            Rope::computed(mapped, call.call.span).pieces().to_vec()
        }
        None => match piece {
            Piece::Value(value) | Piece::Json(value) => vec![Piece::Value(unknown(value))],
            Piece::Literal(_) => vec![piece.clone()],
        },
    });
    Ok(Value::rope(
        Rope::concat(pieces.collect::<Vec<_>>(), call.call.span),
        call.origin_of(argument),
    ))
}

/// The first letter of each word in upper case. A word ends at white space and at ASCII characters that are neither
/// letters, digits nor `_`.
fn title(call: &Invocation<'_>) -> Outcome {
    let mut previous = ' ';
    let titled: String = call
        .text(0)?
        .chars()
        .map(|c| {
            let word_begins = if previous.is_ascii() {
                !previous.is_ascii_alphanumeric() && previous != '_'
            } else {
                !previous.is_alphanumeric() && previous.is_whitespace()
            };
            previous = c;
            if word_begins { title_case(c) } else { c }
        })
        .collect();
    call.string(titled, 0)
}

/// The few digraphs whose title case is not their upper case.
const fn digraph(c: char) -> Option<char> {
    match c {
        'Ǆ'..='ǆ' => Some('ǅ'),
        'Ǉ'..='ǉ' => Some('ǈ'),
        'Ǌ'..='ǌ' => Some('ǋ'),
        'Ǳ'..='ǳ' => Some('ǲ'),
        _ => None,
    }
}

fn title_case(c: char) -> char {
    digraph(c).unwrap_or_else(|| single(c.to_uppercase(), c))
}
