//! Matching with `*` and `?`, as IAM does in actions, ARNs and the `…Like` operators.

/// Does the whole `text` match? `*` stands for any run of characters, `?` for one character; all else for itself.
pub fn matches(pattern: &str, text: &str) -> bool {
    glob(pattern, text, |pattern, text| pattern == text || pattern == b'?')
}

/// The same, letters in either case.
pub fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    glob(pattern, text, |pattern, text| pattern.eq_ignore_ascii_case(&text) || pattern == b'?')
}

/// Does the pattern match every text that the pattern `other` matches? May be `false` for some that do.
pub fn covers(pattern: &str, other: &str) -> bool {
    // A wildcard of `other` is text here. Only a `*` may take its `*`, for only a `*` takes all that it stands for.
    glob(pattern, other, |pattern, text| text != b'*' && (pattern == text || pattern == b'?'))
}

/// The same, letters in either case.
pub fn covers_ignoring_case(pattern: &str, other: &str) -> bool {
    glob(pattern, other, |pattern, text| {
        text != b'*' && (pattern.eq_ignore_ascii_case(&text) || pattern == b'?')
    })
}

/// Does it hold `*` or `?`?
pub fn is_pattern(text: &str) -> bool {
    memchr::memchr2(b'*', b'?', text.as_bytes()).is_some()
}

/// Greedy, going back to the last `*` only: it can always take what an earlier one would have.
fn glob(pattern: &str, text: &str, is_one: impl Fn(u8, u8) -> bool) -> bool {
    let (mut pattern, mut text) = (pattern.as_bytes(), text.as_bytes());
    // What follows the last `*`, and what is left of the text behind what it takes now.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, text) {
            ([b'*', rest @ ..], _) => {
                (pattern, retry) = (rest, Some((rest, text)));
                continue;
            }
            ([], []) => return true,
            ([one, rest @ ..], [byte, text_rest @ ..]) if is_one(*one, *byte) => {
                pattern = rest;
                text = if *one == b'?' { behind_character(text_rest) } else { text_rest };
                continue;
            }
            _ => {}
        }
        let Some((behind_star, [_, shorter @ ..])) = retry else { return false };
        (pattern, text, retry) = (behind_star, shorter, Some((behind_star, shorter)));
    }
}

/// `text` without the continuation bytes that it begins with.
fn behind_character(text: &[u8]) -> &[u8] {
    let continuation = text.iter().take_while(|byte| **byte & 0xC0 == 0x80).count();
    text.get(continuation..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{covers, matches, matches_ignoring_case};

    /// As the definition says.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
            (Some((one, rest)), Some((c, text))) => (*one == '?' || one == c) && naive(rest, text),
            _ => false,
        }
    }

    fn words(alphabet: &[char], longest: usize) -> Vec<Vec<char>> {
        let mut words = vec![Vec::new()];
        let mut last = words.clone();
        for _ in 0..longest {
            last = last
                .iter()
                .flat_map(|w| alphabet.iter().map(|c| [w.as_slice(), &[*c]].concat()))
                .collect();
            words.extend(last.iter().cloned());
        }
        words
    }

    #[test]
    fn agrees_with_the_definition() {
        let texts = words(&['a', 'b', 'é'], 5);
        for pattern in words(&['a', 'é', '*', '?'], 5) {
            let pattern_text = String::from_iter(&pattern);
            for text in &texts {
                let expected = naive(&pattern, text);
                assert_eq!(
                    matches(&pattern_text, &String::from_iter(text)),
                    expected,
                    "{pattern:?} {text:?}"
                );
            }
        }
    }

    #[test]
    fn a_cover_matches_all_that_the_other_does() {
        let texts = words(&['a', 'b'], 4);
        let patterns: Vec<String> =
            words(&['a', '*', '?'], 4).iter().map(String::from_iter).collect();
        for pattern in &patterns {
            for other in patterns.iter().filter(|other| covers(pattern, other)) {
                for text in texts.iter().map(String::from_iter).filter(|text| matches(other, text))
                {
                    assert!(matches(pattern, &text), "`{pattern}` covers `{other}` but not {text}");
                }
            }
        }
        assert!(covers(
            "arn:aws:ecr:*:repository/*",
            "arn:aws:ecr:eu-west-1:111122223333:repository/app-*"
        ));
        assert!(!covers("a?", "a*"));
    }

    #[test]
    fn case_counts_unless_ignored() {
        assert!(!matches("ecr:*", "ECR:PutImage"));
        assert!(matches_ignoring_case("ecr:put*", "ECR:PutImage"));
    }
}
