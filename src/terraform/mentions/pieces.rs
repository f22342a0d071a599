//! The name of ECR in the bytes of expressions, also where it is put together from pieces: [`may_name`].

use crate::syntax::hcl::ast::{Expr, ExprKind};

/// May these bytes of an expression name ECR, be the piece that completes its name, or hide that behind escapes?
pub(super) fn may_name(bytes: &[u8]) -> bool {
    memchr::memchr3_iter(b'r', b'R', b'\\', bytes).any(|at| {
        if bytes.get(at) == Some(&b'\\') {
            return bytes.get(at + 1).is_some_and(|next| next.eq_ignore_ascii_case(&b'u'));
        }
        if bytes.get(..at).is_some_and(|before| ends_with(before, b"ec")) {
            return bytes.get(at + 1).is_none_or(|next| !next.is_ascii_alphabetic());
        }
        completes_name(bytes, at)
    })
}

/// Stands the last piece of ECR's name in these bytes, as of one that is cut in two?
pub(crate) fn has_last_piece(bytes: &[u8]) -> bool {
    memchr::memchr2_iter(b'r', b'R', bytes).any(|at| completes_name(bytes, at))
}

/// Is the `r` at this offset the last piece of a name that is cut in two, or the end of it, as in `cr:*` and `r:*`?
fn completes_name(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    let start = if ends_with(before, b"c") { at - 1 } else { at };
    ends_piece(bytes.get(at + 1..).unwrap_or_default()) && begins_piece(bytes, start)
}

fn ends_with(bytes: &[u8], end: &[u8]) -> bool {
    let start = bytes.len().checked_sub(end.len());
    start.and_then(|start| bytes.get(start..)).is_some_and(|it| it.eq_ignore_ascii_case(end))
}

/// Does a piece of a text begin at this offset? It does so behind a quote, an interpolation, a verb of `format`, a line
/// break, and white space that an interpolation takes away.
fn begins_piece(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    let solid = before.trim_ascii_end();
    let space = before.get(solid.len()..).unwrap_or_default();
    if !space.is_empty() {
        return solid.ends_with(b"~}") || space.contains(&b'\n');
    }
    match solid {
        [] | [.., b'"' | b'}'] => true,
        [before @ .., b's' | b'v' | b'q' | b'x' | b'X'] => {
            let is_flag = |byte: &u8| byte.is_ascii_digit() || b"+-# .*".contains(byte);
            let start = before.iter().rfind(|byte| !is_flag(byte));
            matches!(start, Some(b'%' | b']'))
        }
        _ => false,
    }
}

/// May the name of ECR end before these bytes, or be followed by another piece?
fn ends_piece(rest: &[u8]) -> bool {
    let solid = rest.trim_ascii_start();
    let is_broken = || rest.iter().take(rest.len() - solid.len()).any(|byte| *byte == b'\n');
    match rest.first() {
        None | Some(b':' | b'-' | b'"' | b'$' | b'%') => true,
        Some(byte) if byte.is_ascii_whitespace() => {
            solid.starts_with(b"${~") || solid.starts_with(b"%{~") || is_broken()
        }
        Some(_) => false,
    }
}

/// Is this key of an object a piece that completes the name of ECR, written without quotes?
pub(super) fn is_bare_piece(key: &Expr, text: &[u8]) -> bool {
    let ExprKind::Variable(name) = &key.kind else { return false };
    let name = name.range.of(text);
    name.eq_ignore_ascii_case(b"r") || name.eq_ignore_ascii_case(b"cr")
}

/// May a function of this name bring in a text that does not stand in the expression, or take away what keeps the
/// pieces of a name apart?
pub(super) fn brings_text(function: &[u8]) -> bool {
    let is = |word: &[u8]| function.starts_with(word) || function.ends_with(word);
    let cuts = ["replace", "substr", "strrev", "regex", "split", "trim"];
    is(b"file")
        || is(b"base64")
        || function == b"yamldecode"
        || cuts.iter().any(|cut| function.starts_with(cut.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::may_name;

    #[test]
    fn the_word_is_found_in_bytes() {
        for yes in [
            "\"ecr:*\"",
            "[\"ECR\"]",
            "ecr-public:Get",
            "${ecr}",
            "\\u0065cr:*",
            "ecr",
            "\"cr:*\"",
            "\"${local.e}cr:*\"",
            "[\"e\", \"c\", \"R\"]",
            "\"${local.ec}r-public:*\"",
            "format(\"%scr:*\", local.e)",
            "format(\"%[2]sr${\"\"}:*\", local.ec)",
            "format(\"%-2scr:*\", local.e)",
            "format(\"%xr:*\", 236)",
            "\"e${\"\" ~}  cr:*\"",
            "\"${local.ec}r  ${~ \":*\"}\"",
            "chomp(<<-E\n  cr\nE\n)",
        ] {
            assert!(may_name(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            "secretsmanager:*",
            "kms:Decrypt",
            "c",
            "ec",
            "\"ssm:GetParameter\"",
            "[for r in var.rules : r.name]",
            "[\n  for r in var.rules : r.name\n]",
            "\"role:x\"",
        ] {
            assert!(!may_name(no.as_bytes()), "{no}");
        }
    }
}
