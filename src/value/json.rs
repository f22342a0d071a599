//! The JSON text of a value, byte for byte as `jsonencode` writes it.
//!
//! Keys are sorted by bytes, there are no spaces, and `<`, `>`, `&`, U+2028 and U+2029 are escaped, as Go's
//! `encoding/json` does.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{Data, Entries, Value};

/// No longer text is made, in bytes: escapes within escapes double with each level.
const MAX_TEXT: usize = 16 << 20;

impl Value {
    /// The JSON text; `None` where something is unknown or infinite, or the text is too large.
    pub fn to_json(&self) -> Option<String> {
        let mut out = String::new();
        (self.is_wholly_known() && write(self, &mut out)).then_some(out)
    }
}

/// Writes a JSON string with its quotes.
pub fn escape_json(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    out.push_str(&escaped(text));
    out.push('"');
}

/// The text as it stands between the quotes of a JSON string.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(is_escaped) {
        let plain = part.strip_suffix(is_escaped).unwrap_or(part);
        out.push_str(plain);
        match part.get(plain.len()..).and_then(|rest| rest.chars().next()) {
            None => {}
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some(other) => {
                // Writing to a string can't fail.
                let _ = write!(out, "\\u{:04x}", u32::from(other));
            }
        }
    }
    Cow::Owned(out)
}

const fn is_escaped(char: char) -> bool {
    matches!(char, '"' | '\\' | '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

/// Appends the text; `false` where there is none.
fn write(value: &Value, out: &mut String) -> bool {
    match &value.data {
        Data::Null(_) => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) if number.is_infinite() => return false,
        Data::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Data::String(rope) => match rope.text() {
            Some(text) => escape_json(&text, out),
            None => return false,
        },
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            return write_items(items, out);
        }
        Data::Map(_, entries) | Data::Object(entries) => return write_entries(entries, out),
        Data::Unknown(_) | Data::OneOf(_) => return false,
    }
    out.len() <= MAX_TEXT
}

fn write_items(items: &[Value], out: &mut String) -> bool {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if !write(item, out) {
            return false;
        }
    }
    out.push(']');
    true
}

fn write_entries(entries: &Entries, out: &mut String) -> bool {
    out.push('{');
    for (index, (key, entry)) in entries.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        escape_json(key, out);
        out.push(':');
        if !write(&entry.value, out) {
            return false;
        }
    }
    out.push('}');
    true
}
