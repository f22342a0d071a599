//! Regular expressions in Go's syntax (RE2), as `regex`, `regexall` and `replace` take them, rewritten for the `regex`
//! crate.
//!
//! The two dialects are close relatives. What differs: Go's `\d`, `\w`, `\s` and `\b` are ASCII; inside `[…]` Go knows
//! no nesting and no set operations; a `{` that begins no repetition is a literal; Go has `\Q…\E` and octal escapes;
//! Go refuses a repetition of a repetition, more than 1000 repetitions, and the `x` flag.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// Larger programs are refused, as an expression of nested repetitions may grow without bound.
const SIZE_LIMIT: usize = 1 << 20;
const NEST_LIMIT: u32 = 200;
const MAX_REPETITIONS: u32 = 1000;

/// Compiles an expression.
///
/// # Errors
/// What is wrong with it, as half a sentence.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = Translator { rest: pattern.chars().peekable(), out: String::new() }.run()?;
    RegexBuilder::new(&translated).size_limit(SIZE_LIMIT).nest_limit(NEST_LIMIT).build().map_err(
        |error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            _ => "it is not a regular expression".to_owned(),
        },
    )
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
}

impl Translator<'_> {
    fn run(mut self) -> Result<String, String> {
        let mut repeated = false;
        while let Some(c) = self.rest.next() {
            match c {
                '*' | '+' | '?' => {
                    self.repetition(c.to_string(), repeated)?;
                    repeated = true;
                    continue;
                }
                '{' => {
                    if let Some(count) = self.count() {
                        check_count(&count)?;
                        self.repetition(count, repeated)?;
                        repeated = true;
                        continue;
                    }
                    self.out.push_str("\\{");
                }
                '}' | ']' => self.literal(c),
                '[' => self.class()?,
                '\\' => self.escape()?,
                '(' => self.group()?,
                _ => self.out.push(c),
            }
            repeated = false;
        }
        Ok(self.out)
    }

    /// Writes a repetition and the `?` that makes it lazy.
    fn repetition(&mut self, operator: String, repeated: bool) -> Result<(), String> {
        if repeated {
            return Err(format!("`{operator}` repeats a repetition"));
        }
        self.out.push_str(&operator);
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        Ok(())
    }

    /// Takes the rest of `{n}`, `{n,}` or `{n,m}`; nothing where the brace begins no repetition.
    fn count(&mut self) -> Option<String> {
        let is_count = |c: &char| c.is_ascii_digit() || *c == ',';
        let inside: String = self.rest.clone().take_while(is_count).collect();
        let closed = self.rest.clone().nth(inside.len()) == Some('}');
        let (low, high) = inside.split_once(',').unwrap_or((&inside, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !closed || low.is_empty() || !digits(low) || !digits(high) {
            return None;
        }
        for _ in 0..=inside.len() {
            self.rest.next();
        }
        Some(format!("{{{inside}}}"))
    }

    /// The inside of a group's opening: Go knows the flags `imsU` and named groups.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        if matches!(self.rest.peek(), Some('P' | '<')) {
            return Ok(());
        }
        while let Some(flag) = self.rest.next_if(|c| !matches!(c, ':' | ')')) {
            if !matches!(flag, 'i' | 'm' | 's' | 'U' | '-') {
                return Err(format!("`(?{flag}` is not supported"));
            }
            self.out.push(flag);
        }
        Ok(())
    }

    /// An escape outside a class.
    fn escape(&mut self) -> Result<(), String> {
        match self.rest.next() {
            None => Err("it ends in a backslash".to_owned()),
            Some('Q') => {
                self.quoted();
                Ok(())
            }
            Some(c @ ('b' | 'B')) => {
                // Go's word boundary looks at ASCII letters. `\B` by bytes could split a character, so it stays.
                self.out.push_str(if c == 'b' { "(?-u:\\b)" } else { "\\B" });
                Ok(())
            }
            Some(c @ ('A' | 'z')) => {
                self.out.extend(['\\', c]);
                Ok(())
            }
            Some(c) => self.class_escape(c),
        }
    }

    /// `\Q…\E`, or to the end of the pattern.
    fn quoted(&mut self) {
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            self.literal(c);
        }
    }

    /// An escape that may stand inside a class as well.
    fn class_escape(&mut self, c: char) -> Result<(), String> {
        let ascii = match c {
            'd' => "[0-9]",
            'D' => "[^0-9]",
            'w' => "[0-9A-Za-z_]",
            'W' => "[^0-9A-Za-z_]",
            's' => "[\\t\\n\\f\\r ]",
            'S' => "[^\\t\\n\\f\\r ]",
            'a' | 'f' | 't' | 'n' | 'r' | 'v' => {
                self.out.extend(['\\', c]);
                return Ok(());
            }
            'p' | 'P' | 'x' => return self.code(c),
            '0'..='7' => return self.octal(c),
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => {
                self.literal(c);
                return Ok(());
            }
            _ => return Err(format!("`\\{c}` is not an escape")),
        };
        self.out.push_str(ascii);
        Ok(())
    }

    /// `\pL`, `\p{Greek}`, `\x41`, `\x{41}`: the crate reads them alike.
    fn code(&mut self, c: char) -> Result<(), String> {
        self.out.extend(['\\', c]);
        let Some(first) = self.rest.next() else { return Err(format!("`\\{c}` is not complete")) };
        self.out.push(first);
        if first == '{' {
            for inside in self.rest.by_ref() {
                self.out.push(inside);
                if inside == '}' {
                    return Ok(());
                }
            }
            return Err(format!("`\\{c}{{` is not closed"));
        }
        Ok(())
    }

    /// `\0`, `\07`, `\123`: a lone digit other than 0 would be a back reference, which neither dialect has.
    fn octal(&mut self, first: char) -> Result<(), String> {
        let mut value = first.to_digit(8).unwrap_or_default();
        let mut digits = 1;
        while digits < 3
            && let Some(digit) = self.rest.next_if(|c| c.is_digit(8))
        {
            value = value * 8 + digit.to_digit(8).unwrap_or_default();
            digits += 1;
        }
        match char::from_u32(value) {
            Some(c) if digits > 1 || first == '0' => {
                self.literal(c);
                Ok(())
            }
            _ => Err(format!("`\\{first}` is not an escape")),
        }
    }

    /// A class, behind its `[`.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        // The last item may be the lower end of a range.
        let mut range_may_follow = false;
        while let Some(c) = self.rest.next() {
            match c {
                ']' if !first => {
                    self.out.push(']');
                    return Ok(());
                }
                '-' if range_may_follow && !matches!(self.rest.peek(), Some(']') | None) => {
                    if matches!(self.shorthand_ahead(), Some(true)) {
                        return Err("a range ends in a class".to_owned());
                    }
                    self.out.push('-');
                    let end = self.rest.next().unwrap_or(']');
                    self.item(end)?;
                    range_may_follow = false;
                }
                '[' if self.rest.peek() == Some(&':') => {
                    self.posix(c);
                    range_may_follow = false;
                }
                _ => {
                    let shorthand = c == '\\'
                        && matches!(
                            self.rest.peek(),
                            Some('d' | 'D' | 'w' | 'W' | 's' | 'S' | 'p' | 'P')
                        );
                    self.item(c)?;
                    range_may_follow = !shorthand;
                }
            }
            first = false;
        }
        Err("a `[` is not closed".to_owned())
    }

    /// Is the next item one that stands for several characters?
    fn shorthand_ahead(&self) -> Option<bool> {
        let mut ahead = self.rest.clone();
        let escaped = ahead.next()? == '\\';
        Some(escaped && matches!(ahead.next()?, 'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'p' | 'P'))
    }

    fn item(&mut self, c: char) -> Result<(), String> {
        if c == '\\' {
            let Some(escaped) = self.rest.next() else {
                return Err("it ends in a backslash".to_owned());
            };
            return self.class_escape(escaped);
        }
        self.literal(c);
        Ok(())
    }

    /// `[:alpha:]`; a literal bracket where it is no such class.
    fn posix(&mut self, bracket: char) {
        let is_name = |c: &char| c.is_ascii_alphabetic() || *c == '^';
        let name: String = self.rest.clone().skip(1).take_while(is_name).collect();
        let after: String = self.rest.clone().skip(1 + name.len()).take(2).collect();
        if after != ":]" {
            self.literal(bracket);
            return;
        }
        self.out.push('[');
        for _ in 0..name.len() + 3 {
            self.out.extend(self.rest.next());
        }
    }

    fn literal(&mut self, c: char) {
        if c.is_ascii_punctuation() {
            self.out.push('\\');
        }
        // `<` and `>` may not be escaped, and mean nothing by themselves.
        if matches!(c, '<' | '>') {
            self.out.pop();
        }
        self.out.push(c);
    }
}

fn check_count(count: &str) -> Result<(), String> {
    let numbers: Vec<Option<u32>> = count
        .trim_matches(['{', '}'])
        .split(',')
        .filter(|text| !text.is_empty())
        .map(|text| text.parse().ok().filter(|number| *number <= MAX_REPETITIONS))
        .collect();
    match numbers.as_slice() {
        [Some(_)] => Ok(()),
        [Some(low), Some(high)] if low <= high => Ok(()),
        _ => Err(format!("`{count}` repeats too often")),
    }
}

#[cfg(test)]
mod tests {
    use super::compile;

    fn first<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
        compile(pattern).unwrap().find(text).map(|found| found.as_str())
    }

    #[test]
    fn classes_are_those_of_go() {
        assert_eq!(first(r"\d+", "a٣4"), Some("4"));
        assert_eq!(first("[[a]+", "x[a"), Some("[a"));
        assert_eq!(first("[&&]", "&"), Some("&"));
        assert_eq!(first(r"[^\d]", "1a"), Some("a"));
        assert_eq!(first(r"[\w-]+", "é a-b"), Some("a-b"));
        assert_eq!(first("[]a]+", "]a"), Some("]a"));
        assert_eq!(first("[[:alpha:]_]+", "1a_b"), Some("a_b"));
        assert_eq!(first(r"\bb", "éb"), Some("b"));
        assert_eq!(first(r"[*]", "a*"), Some("*"));
        assert_eq!(first("[<>a-c]+", "b<"), Some("b<"));
    }

    #[test]
    fn braces_and_escapes_are_those_of_go() {
        for (pattern, text) in
            [("a{", "a{"), ("a{,2}", "a{,2}"), (r"\Qa.b\E", "a.b"), (r"\x41\x{42}", "AB")]
        {
            assert_eq!(first(pattern, text), Some(text), "{pattern}");
        }
        assert_eq!(first(r"\101", "A"), Some("A"));
        assert_eq!(first(r"a{2}", "aaa"), Some("aa"));
        assert_eq!(first(r"\pL+", "1é"), Some("é"));
        assert_eq!(first("(?i)É", "é"), Some("é"));
        assert_eq!(first(r"\_", "_"), Some("_"));
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for pattern in [
            "(", "a**", "a{1001}", "a{3,2}", "(?x)a", r"\Z", r"\1", r"[a-\d]", "[a", r"\", "*a",
            "(?P<n", r"\h", "[b-a]",
        ] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
        assert_eq!(compile(&"(a{1000}){1000}".repeat(2)).unwrap_err(), "the pattern is too large");
    }
}
