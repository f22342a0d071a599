//! `yamlencode`: the YAML text of a value, in the style that Terraform writes.
//!
//! Collections are blocks, a list is not indented below its key, keys are quoted, and so are strings unless they have
//! several lines, which are written as a literal block. Lines of quoted text are folded at 80 columns.

use crate::value::{Data, Entries, Value};

/// The text of a value that is wholly known.
pub(super) fn encode(value: &Value) -> Result<String, String> {
    let mut writer = Writer { out: String::new(), line_start: 0 };
    writer.node(value, 0, Place::Root)?;
    Ok(writer.out)
}

const MAX_COLUMN: usize = 80;

struct Writer {
    out: String,
    /// Where the current line begins.
    line_start: usize,
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// Behind `key:`.
    Member,
    /// Behind `-`.
    Item,
}

impl Writer {
    /// Writes a node and a line break. `indent` is that of the collection around it.
    fn node(&mut self, value: &Value, indent: usize, place: Place) -> Result<(), String> {
        match &value.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items)
                if !items.is_empty() =>
            {
                self.sequence(items, indent, place)
            }
            Data::Map(_, entries) | Data::Object(entries) if !entries.is_empty() => {
                self.mapping(entries, indent, place)
            }
            _ => {
                if place != Place::Root {
                    self.out.push(' ');
                }
                self.scalar(value, indent, place)
            }
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize, place: Place) -> Result<(), String> {
        let indent = match place {
            Place::Root | Place::Member => indent,
            Place::Item => indent + 2,
        };
        self.begin(place);
        for (index, item) in items.iter().enumerate() {
            self.margin(indent, index == 0 && place == Place::Item);
            self.out.push('-');
            self.node(item, indent, Place::Item)?;
        }
        Ok(())
    }

    fn mapping(&mut self, entries: &Entries, indent: usize, place: Place) -> Result<(), String> {
        let indent = match place {
            Place::Root => indent,
            Place::Member | Place::Item => indent + 2,
        };
        self.begin(place);
        for (index, (key, entry)) in entries.iter().enumerate() {
            self.margin(indent, index == 0 && place == Place::Item);
            self.quoted(key, None);
            self.out.push(':');
            self.node(&entry.value, indent, Place::Member)?;
        }
        Ok(())
    }

    /// A collection begins on its own line behind a key, and on the same line behind a dash.
    fn begin(&mut self, place: Place) {
        match place {
            Place::Root => {}
            Place::Member => self.end_line(),
            Place::Item => self.out.push(' '),
        }
    }

    fn margin(&mut self, indent: usize, already_there: bool) {
        if !already_there {
            self.out.extend(std::iter::repeat_n(' ', indent));
        }
    }

    fn end_line(&mut self) {
        self.out.push('\n');
        self.line_start = self.out.len();
    }

    fn scalar(&mut self, value: &Value, indent: usize, place: Place) -> Result<(), String> {
        let plain = match &value.data {
            Data::String(_) => {
                let text = value.as_text().ok_or("the text is too large")?;
                if text.contains('\n') && fits_block(&text) {
                    self.block(&text, indent);
                } else {
                    self.quoted(&text, Some(indent));
                    self.end_line();
                }
                return Ok(());
            }
            Data::Null(_) => "null".to_owned(),
            Data::Bool(value) => value.to_string(),
            Data::Number(number) => number.to_string(),
            Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
                self.out.push_str("[]");
                self.end_line();
                return Ok(());
            }
            Data::Map(..) | Data::Object(_) => {
                self.out.push_str("{}");
                self.end_line();
                return Ok(());
            }
            Data::Unknown(_) | Data::OneOf(_) => return Err("the value is not known".to_owned()),
        };
        self.out.push_str(&plain);
        self.end_line();
        if place == Place::Root {
            // A plain scalar could go on in the next line.
            self.out.push_str("...\n");
        }
        Ok(())
    }

    /// A literal block: `|`, a digit where the text begins with blanks, and `-` or `+` for its line breaks at the end.
    fn block(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        let trimmed = text.trim_end_matches('\n');
        match text.len() - trimmed.len() {
            0 => self.out.push('-'),
            1 if !trimmed.is_empty() => {}
            _ => self.out.push('+'),
        }
        self.end_line();
        for line in text.split_terminator('\n') {
            if !line.is_empty() {
                self.margin(indent + 2, false);
                self.out.push_str(line);
            }
            self.end_line();
        }
    }

    /// A text in double quotes, folded at blanks where `fold` gives the indent of the lines that follow.
    fn quoted(&mut self, text: &str, fold: Option<usize>) {
        self.out.push('"');
        let mut column = self.out.get(self.line_start..).map_or(0, |line| line.chars().count());
        let mut after_blank = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let blank_inside = c == ' ' && !after_blank && at > 0 && chars.peek().is_some();
            after_blank = c == ' ';
            match fold {
                Some(indent) if blank_inside && column > MAX_COLUMN => {
                    self.end_line();
                    self.margin(indent + 2, false);
                    column = indent + 2;
                    if matches!(chars.peek(), Some((_, ' '))) {
                        self.out.push('\\');
                        column += 1;
                    }
                }
                Some(_) | None => {
                    let escaped = escape(c);
                    column += escaped.chars().count();
                    self.out.push_str(&escaped);
                }
            }
        }
        self.out.push('"');
    }
}

/// Can the text be written as a literal block: no line ends in a blank, and every character prints?
fn fits_block(text: &str) -> bool {
    let blank_at_end = |line: &str| line.ends_with([' ', '\t']);
    !text.split('\n').any(blank_at_end)
        && text.chars().all(|c| c == '\n' || escape(c).len() == c.len_utf8())
}

/// A character inside double quotes.
fn escape(c: char) -> String {
    match c {
        '"' | '\\' => format!("\\{c}"),
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{B}' => "\\v".to_owned(),
        '\u{C}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1B}' => "\\e".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        '\u{FEFF}' => "\\uFEFF".to_owned(),
        '\u{10000}'.. => format!("\\U{:08X}", u32::from(c)),
        _ if c.is_control() => format!("\\x{:02X}", u32::from(c)),
        _ => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::encode;
    use crate::origin::Origin;
    use crate::source::{Sources, Span};
    use crate::value::{Entries, Entry, Type, Value};

    fn origin() -> Origin {
        Origin::at(Span::new(Sources::new().add("x", *b""), 0, 0))
    }

    fn text(text: &str) -> Value {
        Value::string(text, origin())
    }

    fn tuple(items: Vec<Value>) -> Value {
        Value::tuple(items, origin())
    }

    fn object(entries: Vec<(&str, Value)>) -> Value {
        let entries: Entries =
            entries.into_iter().map(|(key, value)| (key.into(), Entry::new(None, value))).collect();
        Value::object(entries, origin())
    }

    #[test]
    fn collections_are_blocks() {
        let value = object(vec![
            ("a", tuple(vec![Value::number(1, origin()), text("x")])),
            ("b", object(vec![("c", Value::null(Type::Dynamic, origin()))])),
            ("d", tuple(vec![])),
            ("e", object(vec![])),
            ("f", tuple(vec![tuple(vec![text("p"), text("q")]), object(vec![("g", text("h"))])])),
        ]);
        let expected = "\"a\":\n- 1\n- \"x\"\n\"b\":\n  \"c\": null\n\"d\": []\n\"e\": {}\n\
                        \"f\":\n- - \"p\"\n  - \"q\"\n- \"g\": \"h\"\n";
        assert_eq!(encode(&value).unwrap(), expected);
    }

    #[test]
    fn texts_of_several_lines_are_literal_blocks() {
        for (written, expected) in [
            ("a\nb", "|-\n  a\n  b\n"),
            ("a\nb\n", "|\n  a\n  b\n"),
            ("a\n\n", "|+\n  a\n\n"),
            ("\n", "|2+\n\n"),
            (" a\nb", "|2-\n   a\n  b\n"),
            ("a \nb", "\"a \\nb\"\n"),
            ("a\tb", "\"a\\tb\"\n"),
        ] {
            assert_eq!(encode(&text(written)).unwrap(), expected, "{written:?}");
        }
        assert_eq!(encode(&Value::number(1, origin())).unwrap(), "1\n...\n");
    }

    #[test]
    fn long_lines_are_folded_at_blanks() {
        let words = "word ".repeat(20);
        let lines: Vec<String> =
            encode(&text(words.trim())).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [85, 17]);
        assert!(lines[1].starts_with("  word"));
    }
}
