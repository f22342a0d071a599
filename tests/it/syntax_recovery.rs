//! Half-typed files: what is kept of a file while somebody edits one line of it.

use std::collections::HashMap;
use std::fs;

use ecrlint::syntax::hcl::{self, ast::Body, ast::Item};

use crate::support::testdata;

/// What is typed as a new line, at the indentation of the line before.
const NEW_LINES: [&str; 14] = [
    "typed",
    "typed =",
    "typed = \"open",
    "typed = \"open ${var.",
    "typed = {",
    "typed = [",
    "typed = [{",
    "typed = merge(var.a, {",
    "typed = concat(",
    "typed = <<EOF",
    "typed = <<-TYPED",
    "typed = var.",
    "typed \"label\"",
    "typed {",
];

/// How often attributes outside of the edited line were kept.
#[derive(Default, Debug)]
struct Score {
    files: usize,
    whole: usize,
    expected: usize,
    kept: usize,
    /// Attributes that the good file does not have.
    strange: usize,
}

#[test]
fn half_typed_files_keep_their_attributes() {
    let mut score = Score::default();
    for entry in fs::read_dir(testdata("syntax/good")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert_eq!(hcl::parse(text.as_bytes()).errors, []);
        score.add_file(&text);
    }
    assert!(score.files > 1000, "{score:?}");
    assert!(score.kept * 1000 >= score.expected * 995, "{score:?}");
    assert!(score.whole * 100 >= score.files * 98, "{score:?}");
    assert!(score.strange * 100 <= score.expected, "{score:?}");
}

impl Score {
    /// Makes all the edits of a good file.
    fn add_file(&mut self, good: &str) {
        let expected = attributes(good);
        let lines: Vec<&str> = good.lines().collect();
        let mut edited: Vec<usize> = expected.iter().map(|attribute| attribute.line).collect();
        edited.dedup();
        for &line in &edited {
            let text = lines[line];
            let indent = &text[..text.len() - text.trim_start().len()];
            let last = lines_of(&expected, line);
            for new in NEW_LINES {
                self.add(&expected, &with_line(&lines, last, &format!("{indent}{new}")), None);
            }
            let name_end = indent.len() + text.trim_start().find([' ', '=']).unwrap();
            let equals = text.find('=').unwrap() + 1;
            if last == line {
                for end in
                    [name_end - 1, name_end, equals, (equals + 2).min(text.len()), text.len() - 1]
                {
                    let cut = text.get(..end).unwrap_or(indent);
                    self.add(&expected, &replaced(&lines, line, Some(cut)), Some(line));
                }
            }
        }
        for (line, text) in lines.iter().enumerate() {
            if !text.trim().is_empty() && text.trim().bytes().all(|byte| b"}])".contains(&byte)) {
                self.add(&expected, &replaced(&lines, line, None), Some(line));
            }
        }
    }

    fn add(&mut self, expected: &[Found], text: &str, edited: Option<usize>) {
        let mut found = HashMap::new();
        for attribute in attributes(text) {
            *found.entry(attribute.path).or_insert(0) += 1;
        }
        let (mut all, mut kept) = (0, 0);
        for attribute in expected {
            let count = found.get_mut(&attribute.path);
            let is_kept = count.is_some_and(|count| {
                *count -= 1;
                *count >= 0
            });
            if edited != Some(attribute.line) {
                all += 1;
                kept += usize::from(is_kept);
            }
        }
        let strange: i32 = found
            .iter()
            .filter(|(path, count)| **count > 0 && !path.contains("typed"))
            .map(|(_, count)| count)
            .sum();
        if std::env::var_os("SHOW_LOST").is_some() && (kept < all || strange > 0) {
            eprintln!("=== {} of {all} kept, {strange} strange\n{text}", kept);
        }
        self.files += 1;
        self.whole += usize::from(all == kept);
        self.expected += all;
        self.kept += kept;
        self.strange += usize::try_from(strange).unwrap();
    }
}

/// An attribute: the blocks around it and its name, the 0-based lines of its first and last byte.
struct Found {
    path: String,
    line: usize,
    last_line: usize,
}

fn attributes(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    walk(text.as_bytes(), &hcl::parse(text.as_bytes()).body, "", &mut found);
    found
}

fn walk(text: &[u8], body: &Body, path: &str, found: &mut Vec<Found>) {
    let line_of = |at: u32| text[..at as usize].iter().filter(|byte| **byte == b'\n').count();
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => found.push(Found {
                path: format!("{path}{}", attribute.name.text(text)),
                line: line_of(attribute.range.start),
                last_line: line_of(attribute.range.end),
            }),
            Item::Block(block) => {
                let header = String::from_utf8_lossy(block.header().of(text));
                walk(text, &block.body, &format!("{path}{header}/"), found);
            }
        }
    }
}

/// The last line of the attribute that begins in `line`.
fn lines_of(attributes: &[Found], line: usize) -> usize {
    attributes.iter().find(|attribute| attribute.line == line).unwrap().last_line
}

fn with_line(lines: &[&str], behind: usize, new: &str) -> String {
    let mut lines = lines.to_vec();
    lines.insert(behind + 1, new);
    lines.join("\n") + "\n"
}

fn replaced(lines: &[&str], line: usize, new: Option<&str>) -> String {
    let mut lines = lines.to_vec();
    match new {
        Some(new) => lines[line] = new,
        None => {
            lines.remove(line);
        }
    }
    lines.join("\n") + "\n"
}
