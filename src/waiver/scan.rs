//! Finds waivers in a text: [`waivers`].

use memchr::memmem;

use crate::date::Date;
use crate::source::{SourceFile, TextRange};

const MARK: &str = "ecrlint";

/// A waiver as it stands in a text.
#[derive(Debug)]
pub(super) struct Raw {
    /// The bytes from `ecrlint` to the end of the reason.
    pub(super) range: TextRange,
    /// The names of checks.
    pub(super) checks: Vec<(String, TextRange)>,
    /// The last day, or the bytes of what can't be read.
    pub(super) until: Result<Option<Date>, TextRange>,
    /// The reason.
    pub(super) reason: String,
    /// The 0-based lines that it counts on; `None` where it counts for the block around it.
    pub(super) lines: Option<Vec<usize>>,
}

/// How a language writes comments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Language {
    Hcl,
    Yaml,
    Json,
}

/// Where a waiver stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// In a comment behind code.
    BehindCode,
    /// In a comment that has its line to itself.
    OwnLine,
    /// In a value.
    Value,
}

/// The waivers of a text, in order.
pub(super) fn waivers(file: &SourceFile) -> impl Iterator<Item = Raw> {
    let language = language(file.path());
    let marks = memmem::find_iter(file.text(), MARK.as_bytes());
    marks.filter_map(move |at| waiver(file, language?, u32::try_from(at).ok()?))
}

fn language(path: &str) -> Option<Language> {
    match path.rsplit_once('.')?.1 {
        "tf" | "tofu" | "hcl" => Some(Language::Hcl),
        "yaml" | "yml" | "template" => Some(Language::Yaml),
        "json" => Some(Language::Json),
        _ => None,
    }
}

fn waiver(file: &SourceFile, language: Language, at: u32) -> Option<Raw> {
    let line = file.line_of(at);
    let whole = file.line(line);
    let place = place(language, TextRange::new(whole.start, at).of(file.text()))?;
    let text = std::str::from_utf8(TextRange::new(at, whole.end).of(file.text())).ok()?;
    // `ecrlint: ignore…`, or `"ecrlint": "ignore…`
    let value = text
        .strip_prefix(MARK)?
        .trim_start_matches(['"', '\''])
        .trim_start()
        .strip_prefix(':')?
        .trim_start();
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    let content = value.trim_start_matches(['"', '\'']).trim_start().strip_prefix("ignore")?;
    let end = match (place, quote) {
        (Place::Value, Some(quote)) => content.find(quote),
        (Place::Value, None) if language == Language::Json => content.find('"'),
        _ => content.find("*/"),
    };
    let start = at + length(text) - length(content);
    let content = content.get(..end.unwrap_or(content.len()))?.trim_end();
    let range = TextRange::new(at, start + length(content));
    Some(Raw { lines: lines(place, file, line), ..parse(content, start, range) })
}

/// Where the mark stands, told by what is before it on its line; `None` where it is just text.
fn place(language: Language, before: &[u8]) -> Option<Place> {
    let (mut quoted, mut escaped) = (false, false);
    let mut rest = before;
    while let Some((byte, tail)) = rest.split_first() {
        let code = before.get(..before.len() - rest.len()).unwrap_or_default();
        let opens = match language {
            Language::Hcl => *byte == b'#' || rest.starts_with(b"//") || rest.starts_with(b"/*"),
            Language::Yaml => *byte == b'#' && code.last().is_none_or(u8::is_ascii_whitespace),
            Language::Json => false,
        };
        if opens && !quoted {
            return Some(if code.trim_ascii().is_empty() {
                Place::OwnLine
            } else {
                Place::BehindCode
            });
        }
        quoted ^= *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        rest = tail;
    }
    match language {
        Language::Hcl => None,
        Language::Yaml if quoted => before.ends_with(b"\"").then_some(Place::Value),
        Language::Yaml | Language::Json => Some(Place::Value),
    }
}

/// A comment with a line to itself counts for the next line that is not such a comment.
fn lines(place: Place, file: &SourceFile, line: usize) -> Option<Vec<usize>> {
    let is_comment = |line: &usize| {
        let text = file.line(*line).of(file.text()).trim_ascii_start();
        text.starts_with(b"#") || text.starts_with(b"//")
    };
    match place {
        Place::BehindCode => Some(vec![line]),
        Place::OwnLine => {
            Some(std::iter::once(line).chain((line + 1..).find(|next| !is_comment(next))).collect())
        }
        Place::Value => None,
    }
}

/// Reads `[check, check] until=DATE -- reason`, which begins at the offset `start`.
fn parse(content: &str, start: u32, range: TextRange) -> Raw {
    let (checks, rest) =
        match content.trim_start().strip_prefix('[').and_then(|list| list.split_once(']')) {
            Some((list, rest)) => {
                let list_start = start + length(content) - length(rest) - 1 - length(list);
                let names = pieces(list, list_start, |character| character == ',');
                (names.map(|(name, range)| (name.to_owned(), range)).collect(), rest)
            }
            None => (Vec::new(), content),
        };
    let rest_start = start + length(content) - length(rest);
    let (options, reason) = rest.split_once("--").unwrap_or((rest, ""));
    let mut until = Ok(None);
    for (option, range) in pieces(options, rest_start, char::is_whitespace) {
        until = match option.strip_prefix("until=").and_then(|day| day.parse().ok()) {
            Some(day) => Ok(Some(day)),
            None => Err(range),
        };
    }
    Raw { range, checks, until, reason: reason.trim().to_owned(), lines: None }
}

/// The words of a text and their ranges; words are split at ASCII characters.
fn pieces(
    text: &str,
    start: u32,
    is_separator: fn(char) -> bool,
) -> impl Iterator<Item = (&str, TextRange)> {
    let mut at = start;
    let pieces = text.split(is_separator).map(move |piece| {
        let begin = at + length(piece) - length(piece.trim_start());
        at += length(piece) + 1;
        let word = piece.trim();
        (word, TextRange::new(begin, begin + length(word)))
    });
    pieces.filter(|(word, _)| !word.is_empty())
}

/// The length of a part of a line, in bytes.
fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Raw, waivers};
    use crate::source::Sources;

    fn scan(path: &str, text: &str) -> Vec<(Raw, String)> {
        let sources = Sources::new();
        let file = sources.get(sources.add(path, text.as_bytes()));
        let all = waivers(&file);
        all.map(|raw| {
            let shown = String::from_utf8_lossy(raw.range.of(text.as_bytes())).into_owned();
            (raw, shown)
        })
        .collect()
    }

    #[test]
    fn all_parts_are_read_with_their_places() {
        let text = "a = 1 # ecrlint: ignore[mutable-tags, x] until=2027-03-31 -- the reason -- it is long \n";
        let found = scan("a.tf", text);
        let (raw, shown) = &found[0];
        assert_eq!(
            shown,
            "ecrlint: ignore[mutable-tags, x] until=2027-03-31 -- the reason -- it is long"
        );
        let checks: Vec<&[u8]> =
            raw.checks.iter().map(|(_, range)| range.of(text.as_bytes())).collect();
        assert_eq!(checks, [&b"mutable-tags"[..], b"x"]);
        assert_eq!(raw.until.unwrap().unwrap().to_string(), "2027-03-31");
        assert_eq!(raw.reason, "the reason -- it is long");
        assert_eq!(raw.lines.as_deref(), Some(&[0][..]));
    }

    #[test]
    fn a_comment_of_its_own_counts_for_the_line_below() {
        let text = "\n  // ecrlint: ignore[x] -- y\n  # more\n  resource {\n";
        assert_eq!(scan("a.tf", text)[0].0.lines.as_deref(), Some(&[1, 3][..]));
    }

    #[test]
    fn strings_are_no_comments() {
        assert!(scan("a.tf", "a = \"# ecrlint: ignore[x] -- y\"\n").is_empty());
        assert!(scan("a.tf", "ecrlint = ignore\n").is_empty());
        assert!(scan("a.md", "# ecrlint: ignore[x] -- y\n").is_empty());
        assert_eq!(scan("a.tf", "a = \"\\\"\" /* ecrlint: ignore[x] -- y */ \n")[0].0.reason, "y");
    }

    #[test]
    fn metadata_counts_for_its_block() {
        for (path, text) in [
            ("a.json", "{\"Metadata\": {\"ecrlint\": \"ignore[x] -- y\"}}"),
            ("a.tf.json", "{\"//\": \"ecrlint: ignore[x] -- y\", \"name\": 1}"),
            ("a.yaml", "Metadata:\n  ecrlint: ignore[x] -- y\n"),
            ("a.yaml", "Metadata:\n  ecrlint: 'ignore[x] -- y'\n"),
        ] {
            let found = scan(path, text);
            let (raw, _) = &found[0];
            assert_eq!((raw.reason.as_str(), raw.lines.as_deref()), ("y", None), "{text}");
        }
        assert!(scan("a.yaml", "a: 1 # ecrlint: ignore[x] -- y\n")[0].0.lines.is_some());
    }

    #[test]
    fn what_can_not_be_read_is_kept() {
        let found = scan(
            "a.tf",
            "# ecrlint: ignore mutable-tags\n# ecrlint: ignore[x] until=tomorrow -- y\n",
        );
        assert!(found[0].0.checks.is_empty() && found[0].0.reason.is_empty());
        let text = "# ecrlint: ignore mutable-tags\n# ecrlint: ignore[x] until=tomorrow -- y\n";
        assert_eq!(found[1].0.until.unwrap_err().of(text.as_bytes()), b"until=tomorrow");
    }
}
