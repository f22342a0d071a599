//! `csvdecode`: comma-separated values with a header line (RFC 4180, as strictly as Go's reader).

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use smol_str::SmolStr;

use super::invocation::{Invocation, error};
use super::signature::Outcome;
use crate::value::{Entry, Type, Value};

/// A field: its bytes without quotes, and whether it is quoted (`""` stands for `"` in it then).
#[derive(Clone, PartialEq, Eq, Debug)]
struct Field {
    range: Range<usize>,
    quoted: bool,
}

/// A list of objects, one for each line behind the header.
pub(super) fn decode(call: &Invocation<'_>) -> Outcome {
    let text = call.text(0)?;
    let records = parse(&text).map_err(|message| error(0, message))?;
    let Some((header, records)) = records.split_first() else {
        return Err(error(0, "the header line is missing"));
    };
    let mut names: Vec<SmolStr> = Vec::with_capacity(header.len());
    let mut types = BTreeMap::new();
    for field in header {
        let name: SmolStr = field.text(&text).into();
        if types.insert(name.clone(), Type::String).is_some() {
            return Err(error(0, format!("there are two columns `{name}`")));
        }
        names.push(name);
    }
    let parts = call.parts(0)?;
    let value = |field: &Field| {
        let read = field.text(&text);
        if read.len() == field.range.len() {
            return parts.value(field.range.clone());
        }
        // It is not written as it reads.
        Value::string(read, parts.origin.clone())
    };
    let object = |record: &Vec<Field>| {
        let entries = names.iter().zip(record);
        let entries = entries.map(|(name, field)| (name.clone(), Entry::new(None, value(field))));
        Value::object(entries.collect(), parts.origin.clone())
    };
    let objects = records.iter().map(object).collect();
    Ok(Value::list(Type::Object(Arc::new(types)), objects, parts.origin.clone()))
}

impl Field {
    fn text(&self, text: &str) -> String {
        let written = text.get(self.range.clone()).unwrap_or_default().replace("\r\n", "\n");
        if self.quoted { written.replace("\"\"", "\"") } else { written }
    }
}

/// The records, all with as many fields as the first. Empty lines are skipped.
fn parse(text: &str) -> Result<Vec<Vec<Field>>, String> {
    let mut records: Vec<Vec<Field>> = Vec::new();
    let mut at = 0;
    let mut line = 1;
    while at < text.len() {
        let start = at;
        let record =
            parse_record(text, &mut at).map_err(|message| format!("line {line}: {message}"))?;
        if !record.is_empty() {
            if records.first().is_some_and(|first| first.len() != record.len()) {
                return Err(format!(
                    "line {line}: it has {} fields, unlike the first line",
                    record.len()
                ));
            }
            records.push(record);
        }
        line += text.get(start..at).unwrap_or_default().matches('\n').count();
    }
    Ok(records)
}

/// One record and the line break behind it; without fields for an empty line.
fn parse_record(text: &str, at: &mut usize) -> Result<Vec<Field>, String> {
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    if let Some(length) = line_break(rest(*at)) {
        *at += length;
        return Ok(Vec::new());
    }
    let mut record = Vec::new();
    loop {
        if rest(*at).starts_with('"') {
            let end = closing_quote(text, *at + 1).ok_or("a quoted field is not closed")?;
            record.push(Field { range: *at + 1..end, quoted: true });
            *at = end + 1;
        } else {
            let field = rest(*at);
            let end = field.find(',').unwrap_or(field.len()).min(line_end(field));
            if field.get(..end).is_some_and(|field| field.contains('"')) {
                return Err("a quote inside a field that is not quoted".to_owned());
            }
            record.push(Field { range: *at..*at + end, quoted: false });
            *at += end;
        }
        if rest(*at).starts_with(',') {
            *at += 1;
            continue;
        }
        *at += match line_break(rest(*at)) {
            Some(length) => length,
            None if rest(*at).is_empty() => 0,
            None => return Err("text behind a closing quote".to_owned()),
        };
        return Ok(record);
    }
}

/// The quote that ends a field which begins at `start`.
fn closing_quote(text: &str, start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += text.get(at..)?.find('"')?;
        if !text.get(at + 1..)?.starts_with('"') {
            return Some(at);
        }
        at += 2;
    }
}

/// How long the line break at the beginning is.
fn line_break(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        [b'\r'] => Some(1),
        _ => None,
    }
}

/// Where the first line ends.
fn line_end(text: &str) -> usize {
    let end = text.find('\n').unwrap_or(text.len());
    text.get(..end).map_or(end, |line| line.strip_suffix('\r').map_or(end, str::len))
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn read(text: &str) -> Result<Vec<Vec<String>>, String> {
        let records = parse(text)?;
        Ok(records
            .iter()
            .map(|record| record.iter().map(|field| field.text(text)).collect())
            .collect())
    }

    #[test]
    fn fields_may_be_quoted() {
        assert_eq!(read("a,b\r\n1,\"x\"\"y\"\r\n").unwrap(), [["a", "b"], ["1", "x\"y"]]);
        assert_eq!(read("a,\"b\nc, d\"\n\n1,").unwrap(), [["a", "b\nc, d"], ["1", ""]]);
        assert_eq!(read("").unwrap(), Vec::<Vec<String>>::new());
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in ["a,b\n1", "a\n1,2", "a,b\n1, \"x\"", "a\nx\"y", "a\n\"x\"y", "a\n\"x"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read("a\n\n\"x").unwrap_err().starts_with("line 3:"));
    }
}
