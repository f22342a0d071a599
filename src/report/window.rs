//! What of a source a diagnostic shows: [`Windows`]. A renderer never sees a whole file, only the marked lines, with
//! long ones cut to a screen line and everything that a terminal would obey made visible.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use codespan_reporting::files::{Error, Files};

use crate::source::{FileId, SourceFile, Sources, Span, TextRange};

/// Longest line that is shown whole, and the width of the part that is shown of a longer one, in bytes.
const WIDTH: u32 = 120;
/// What is shown of a long line before the first mark, in bytes.
const LEAD: u32 = 40;

/// The shown parts of the files of one diagnostic.
pub(super) struct Windows {
    windows: Vec<Window>,
}

/// Where a mark is in the shown text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Shown {
    /// The number of the window.
    pub(super) window: usize,
    /// The bytes of its text.
    pub(super) range: Range<usize>,
}

struct Window {
    name: String,
    text: String,
    lines: Vec<Line>,
    /// The true 1-based column of each place in the text where a mark begins.
    columns: Vec<(usize, usize)>,
}

/// A shown line: its true 0-based number and its bytes in the text.
struct Line {
    number: usize,
    range: Range<usize>,
}

/// A file, and the bytes of it that are not shown.
struct View {
    file: Arc<SourceFile>,
    hidden: Vec<TextRange>,
}

/// A mark, cut to its first line.
#[derive(Clone, Copy)]
struct Mark {
    index: usize,
    range: TextRange,
}

impl Windows {
    /// Cuts windows for the spans, and tells for each where it is shown, in the same order.
    pub(super) fn new(spans: &[Span], sources: &Sources) -> (Self, Vec<Shown>) {
        let mut order: Vec<FileId> = Vec::new();
        let mut marks: BTreeMap<FileId, BTreeMap<usize, Vec<Mark>>> = BTreeMap::new();
        for (index, span) in spans.iter().enumerate() {
            let file = sources.get(span.file);
            let line = file.line_of(span.range.start);
            let visible = file.line(line);
            let start = span.range.start.min(visible.end);
            let mark = Mark {
                index,
                range: TextRange::new(start, span.range.end.clamp(start, visible.end)),
            };
            if !order.contains(&span.file) {
                order.push(span.file);
            }
            marks.entry(span.file).or_default().entry(line).or_default().push(mark);
        }
        let mut windows = Self { windows: Vec::new() };
        let mut shown = vec![Shown { window: 0, range: 0..0 }; spans.len()];
        for id in order {
            let lines = marks.remove(&id).unwrap_or_default();
            let view = View { file: sources.get(id), hidden: sources.hidden(id) };
            windows.add_file(&view, lines, &mut shown);
        }
        (windows, shown)
    }

    fn add_file(&mut self, view: &View, lines: BTreeMap<usize, Vec<Mark>>, shown: &mut [Shown]) {
        let file = &view.file;
        let mut main = Window::of(file);
        let mut asides = Vec::new();
        let main_number = self.windows.len();
        let mut last: Option<usize> = None;
        for (line, marks) in lines {
            if let Some(between) = last.filter(|last| last + 2 == line).map(|last| last + 1) {
                main.show(view, between, beginning(file.line(between)), &[]);
            }
            last = Some(line);
            for (number, (part, marks)) in parts(file.line(line), marks).into_iter().enumerate() {
                let (window, places) = match number {
                    0 => (main_number, main.show(view, line, part, &marks)),
                    _ => {
                        let mut aside = Window::of(file);
                        let places = aside.show(view, line, part, &marks);
                        asides.push(aside);
                        (main_number + asides.len(), places)
                    }
                };
                for (mark, range) in marks.iter().zip(places) {
                    if let Some(place) = shown.get_mut(mark.index) {
                        *place = Shown { window, range };
                    }
                }
            }
        }
        self.windows.push(main);
        self.windows.append(&mut asides);
    }

    fn get(&self, id: usize) -> Result<&Window, Error> {
        self.windows.get(id).ok_or(Error::FileMissing)
    }
}

/// The parts of a line that are shown, with the marks in each.
fn parts(line: TextRange, mut marks: Vec<Mark>) -> Vec<(TextRange, Vec<Mark>)> {
    if line.len() <= WIDTH {
        return vec![(line, marks)];
    }
    marks.sort_by_key(|mark| mark.range.start);
    let mut parts: Vec<(TextRange, Vec<Mark>)> = Vec::new();
    for mark in marks {
        match parts.last_mut() {
            Some((part, inside)) if mark.range.end <= part.end => inside.push(mark),
            _ => {
                let start = mark.range.start.saturating_sub(LEAD).max(line.start);
                let part = TextRange::new(start, start.saturating_add(WIDTH).min(line.end));
                let end = mark.range.end.min(part.end);
                parts.push((
                    part,
                    vec![Mark { range: TextRange::new(mark.range.start, end), ..mark }],
                ));
            }
        }
    }
    parts
}

fn beginning(line: TextRange) -> TextRange {
    TextRange::new(line.start, line.end.min(line.start.saturating_add(WIDTH)))
}

impl Window {
    fn of(file: &SourceFile) -> Self {
        Self {
            name: visible(file.path()),
            text: String::new(),
            lines: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// Adds a part of a line; tells where the marks are in the text.
    fn show(
        &mut self,
        view: &View,
        line: usize,
        part: TextRange,
        marks: &[Mark],
    ) -> Vec<Range<usize>> {
        let file = &view.file;
        let whole = file.line(line);
        let part = whole_characters(part, file.text());
        let begin = self.text.len();
        if part.start > whole.start {
            self.text.push('…');
        }
        let places = self.push_visible(view, part);
        if part.end < whole.end {
            self.text.push('…');
        }
        let number = usize::try_from(file.base().line.saturating_sub(1)).unwrap_or_default() + line;
        self.lines.push(Line { number, range: begin..self.text.len() });
        self.text.push('\n');
        let place_of = |offset: u32| {
            let at = places.partition_point(|(source, _)| *source < offset);
            places.get(at).or(places.last()).map_or(begin, |(_, shown)| *shown)
        };
        let ranges = marks.iter().map(|mark| place_of(mark.range.start)..place_of(mark.range.end));
        let ranges: Vec<_> = ranges.collect();
        for (mark, range) in marks.iter().zip(&ranges) {
            let column = file.position(mark.range.start).column;
            self.columns.push((range.start, usize::try_from(column).unwrap_or(usize::MAX)));
        }
        ranges
    }

    /// Adds the bytes of `part` in visible form; pairs of source offset and text offset, the end included.
    fn push_visible(&mut self, view: &View, part: TextRange) -> Vec<(u32, usize)> {
        let mut places = Vec::new();
        let mut offset = part.start;
        for chunk in part.of(view.file.text()).utf8_chunks() {
            for character in chunk.valid().chars() {
                places.push((offset, self.text.len()));
                match view.hidden.iter().any(|hidden| hidden.contains(offset)) {
                    true => self.text.push('•'),
                    false => push_visible(&mut self.text, character),
                }
                offset += u32::try_from(character.len_utf8()).unwrap_or_default();
            }
            if !chunk.invalid().is_empty() {
                places.push((offset, self.text.len()));
                self.text.push(char::REPLACEMENT_CHARACTER);
                offset += u32::try_from(chunk.invalid().len()).unwrap_or_default();
            }
        }
        places.push((offset, self.text.len()));
        places
    }
}

/// Moves both ends of a range back to where characters begin.
fn whole_characters(range: TextRange, text: &[u8]) -> TextRange {
    let back = |offset: u32| {
        let is_inside = |at: &u32| text.get(*at as usize).is_some_and(|byte| byte & 0xC0 == 0x80);
        (offset.saturating_sub(3)..=offset).rev().find(|at| !is_inside(at)).unwrap_or(offset)
    };
    TextRange::new(back(range.start), back(range.end))
}

/// Text with everything made visible that a terminal would obey.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|character| push_visible(&mut shown, character));
    shown
}

/// Control characters become their pictures; what reorders or hides text becomes its code point.
fn push_visible(text: &mut String, character: char) {
    match character {
        '\t' => text.push(character),
        '\u{0}'..='\u{1F}' => text.extend(char::from_u32(0x2400 + character as u32)),
        '\u{7F}' => text.push('\u{2421}'),
        '\u{80}'..='\u{9F}'
        | '\u{AD}'
        | '\u{61C}'
        | '\u{180E}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}' => text.push_str(&format!("<U+{:04X}>", character as u32)),
        _ => text.push(character),
    }
}

impl<'a> Files<'a> for Windows {
    type FileId = usize;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.get(id)?.name)
    }

    fn source(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.get(id)?.text)
    }

    fn line_index(&'a self, id: usize, byte_index: usize) -> Result<usize, Error> {
        let lines = &self.get(id)?.lines;
        let line =
            lines.get(lines.partition_point(|line| line.range.end < byte_index)).or(lines.last());
        line.map(|line| line.number).ok_or(Error::FileMissing)
    }

    fn line_range(&'a self, id: usize, line_index: usize) -> Result<Range<usize>, Error> {
        let mut lines = self.get(id)?.lines.iter();
        let line = lines.find(|line| line.number == line_index);
        line.map(|line| line.range.clone())
            .ok_or(Error::LineTooLarge { given: line_index, max: line_index })
    }

    fn column_number(
        &'a self,
        id: usize,
        _line_index: usize,
        byte_index: usize,
    ) -> Result<usize, Error> {
        let columns = &self.get(id)?.columns;
        Ok(columns.iter().find(|(at, _)| *at == byte_index).map_or(1, |(_, column)| *column))
    }
}

#[cfg(test)]
mod tests {
    use codespan_reporting::files::Files;

    use super::{Shown, Windows, visible};
    use crate::source::{Sources, Span};

    fn marked<'a>(windows: &'a Windows, shown: &Shown) -> &'a str {
        windows.source(shown.window).unwrap().get(shown.range.clone()).unwrap()
    }

    #[test]
    fn a_line_of_megabytes_costs_a_screen_line() {
        let sources = Sources::new();
        let text = format!("{}\"*\"{}", "é".repeat(1_000_000), "x".repeat(1_000_000));
        let id = sources.add("long.tf", text.as_bytes());
        let (windows, shown) = Windows::new(&[Span::new(id, 2_000_000, 2_000_003)], &sources);
        let source = windows.source(0).unwrap();
        assert_eq!(marked(&windows, &shown[0]), "\"*\"");
        assert!(source.starts_with("…é") && source.ends_with("x…\n") && source.len() < 200);
        assert_eq!(windows.location(0, shown[0].range.start).unwrap().column_number, 1_000_001);
    }

    #[test]
    fn marks_far_apart_in_one_line_get_windows_of_their_own() {
        let sources = Sources::new();
        let id = sources.add("long.json", "0123456789".repeat(100).as_bytes());
        let spans = [Span::new(id, 900, 903), Span::new(id, 5, 8), Span::new(id, 9, 12)];
        let (windows, shown) = Windows::new(&spans, &sources);
        let text = |n: usize| marked(&windows, &shown[n]);
        assert_eq!((text(0), text(1), text(2)), ("012", "567", "901"));
        assert_eq!(shown[1].window, shown[2].window);
        assert_ne!(shown[0].window, shown[1].window);
    }

    #[test]
    fn a_mark_over_several_lines_is_cut_to_the_first() {
        let sources = Sources::new();
        let id = sources.add("a.tf", *b"one {\n  two\n}\n");
        let (windows, shown) = Windows::new(&[Span::new(id, 0, 13)], &sources);
        assert_eq!(marked(&windows, &shown[0]), "one {");
    }

    #[test]
    fn hidden_bytes_are_not_shown() {
        let sources = Sources::new();
        let id = sources.add("a.tf", *b"a = \"secret\"\n");
        sources.hide(Span::new(id, 5, 11));
        let (windows, shown) = Windows::new(&[Span::new(id, 4, 12)], &sources);
        assert_eq!(marked(&windows, &shown[0]), "\"••••••\"");
    }

    #[test]
    fn what_a_terminal_obeys_is_made_visible() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}b\u{7f}\u{0}"), "a␛[31m<U+202E>b␡␀");
    }
}
