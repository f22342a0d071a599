//! Names for findings that stay when lines move: [`Fingerprints`].

use std::collections::HashMap;

use crate::source::{Sources, Span};

/// Gives out fingerprints; findings that are alike in all that counts are numbered in order.
#[derive(Default)]
pub(super) struct Fingerprints {
    seen: HashMap<u64, u32>,
}

impl Fingerprints {
    /// A name made from the check, the file, the resource (without module path and instance keys, so that a new
    /// instance changes nothing) and the marked text.
    pub(super) fn of(
        &mut self,
        check: &str,
        address: &str,
        place: Span,
        sources: &Sources,
    ) -> String {
        let file = sources.get(place.file);
        let mut hash = Fnv::default();
        for part in [check.as_bytes(), file.path().as_bytes(), block_name(address).as_bytes()] {
            hash.write(part);
            hash.write(&[0]);
        }
        place
            .range
            .of(file.text())
            .split(u8::is_ascii_whitespace)
            .for_each(|word| hash.write(word));
        let count = self.seen.entry(hash.0).or_default();
        *count += 1;
        match count {
            1 => format!("{:016x}", hash.0),
            _ => format!("{:016x}-{count}", hash.0),
        }
    }
}

/// `type.name` of `module.m["k"].type.name["key"]`; a logical id stays as it is.
fn block_name(address: &str) -> String {
    let (mut names, mut depth, mut quoted, mut escaped) = (vec![String::new()], 0, false, false);
    for character in address.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth -= 1,
            '.' if depth == 0 => names.push(String::new()),
            _ if depth == 0 => names.last_mut().into_iter().for_each(|name| name.push(character)),
            _ => {}
        }
    }
    names.split_off(names.len().saturating_sub(2)).join(".")
}

/// The FNV-1a hash: the same everywhere and for ever, which the standard library's hashers do not promise.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::block_name;

    #[test]
    fn the_block_is_named_without_its_instances() {
        assert_eq!(block_name("aws_ecr_repository.a"), "aws_ecr_repository.a");
        assert_eq!(
            block_name("module.m[\"x.y\"].aws_ecr_repository.a[\"k.][\\\"]\"]"),
            "aws_ecr_repository.a"
        );
        assert_eq!(block_name("Repository"), "Repository");
    }
}
