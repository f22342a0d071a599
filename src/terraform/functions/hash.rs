//! The functions that make checksums, of texts and of files, and those that stand close to them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};

use super::filesystem;
use super::invocation::{Invocation, error};
use super::signature::{Function, Kind, Outcome, number, string};
use crate::value::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("base64sha256", &[string("str")], Kind::String, |call| {
        text(call, base64::<Sha256>)
    }),
    Function::new("base64sha512", &[string("str")], Kind::String, |call| {
        text(call, base64::<Sha512>)
    }),
    Function::new("bcrypt", &[string("str")], Kind::String, unpredictable).rest(number("cost")),
    Function::new("filebase64sha256", &[string("path")], Kind::String, |call| {
        file(call, base64::<Sha256>)
    }),
    Function::new("filebase64sha512", &[string("path")], Kind::String, |call| {
        file(call, base64::<Sha512>)
    }),
    Function::new("filemd5", &[string("path")], Kind::String, |call| file(call, hex::<Md5>)),
    Function::new("filesha1", &[string("path")], Kind::String, |call| file(call, hex::<Sha1>)),
    Function::new("filesha256", &[string("path")], Kind::String, |call| file(call, hex::<Sha256>)),
    Function::new("filesha512", &[string("path")], Kind::String, |call| file(call, hex::<Sha512>)),
    Function::new("md5", &[string("str")], Kind::String, |call| text(call, hex::<Md5>)),
    Function::new(
        "rsadecrypt",
        &[string("ciphertext"), string("privatekey")],
        Kind::String,
        rsa_decrypt,
    ),
    Function::new("sha1", &[string("str")], Kind::String, |call| text(call, hex::<Sha1>)),
    Function::new("sha256", &[string("str")], Kind::String, |call| text(call, hex::<Sha256>)),
    Function::new("sha512", &[string("str")], Kind::String, |call| text(call, hex::<Sha512>)),
    Function::new("uuid", &[], Kind::String, unpredictable),
    Function::new("uuidv5", &[string("namespace"), string("name")], Kind::String, uuid_v5),
];

fn text(call: &Invocation<'_>, checksum: fn(&[u8]) -> String) -> Outcome {
    call.string(checksum(call.text(0)?.as_bytes()), 0)
}

fn file(call: &Invocation<'_>, checksum: fn(&[u8]) -> String) -> Outcome {
    match filesystem::read(call, 0)? {
        Ok(file) => call.string(checksum(&file.bytes), 0),
        Err(unreadable) => Ok(unreadable),
    }
}

fn hex<D: Digest>(bytes: &[u8]) -> String {
    base16(&D::digest(bytes))
}

fn base64<D: Digest>(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(D::digest(bytes))
}

fn base16(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Another value at each call.
fn unpredictable(call: &Invocation<'_>) -> Outcome {
    Ok(call.unknown(Type::String, []))
}

/// Decryption is not done: what a policy says never hangs on a secret key. Only what can't be a ciphertext is refused.
fn rsa_decrypt(call: &Invocation<'_>) -> Outcome {
    let ciphertext = call.text(0)?;
    if BASE64_STANDARD.decode(ciphertext.as_bytes()).is_err() {
        return Err(error(0, "it must be base64-encoded"));
    }
    if !call.text(1)?.contains("-----BEGIN") {
        return Err(error(1, "it is not a key in PEM form"));
    }
    Ok(call.unknown(Type::String, []))
}

/// RFC 9562 section 5.5: the SHA-1 checksum of a namespace and a name, cut to 16 bytes.
fn uuid_v5(call: &Invocation<'_>) -> Outcome {
    let namespace = call.text(0)?;
    let Some(namespace) = namespace_id(&namespace) else {
        return Err(error(
            0,
            format!("`{namespace}` is neither `dns`, `url`, `oid`, `x500` nor a UUID"),
        ));
    };
    let digest = Sha1::new()
        .chain_update(namespace.to_be_bytes())
        .chain_update(call.text(1)?.as_bytes())
        .finalize();
    let (head, _) = digest.split_at(16);
    let bits = head.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let bits = bits & !(0xF << 76) | 5 << 76;
    let bits = bits & !(0b11 << 62) | 0b10 << 62;
    let digits = format!("{bits:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    call.string(
        format!(
            "{}-{}-{}-{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32)
        ),
        1,
    )
}

/// RFC 9562 section 6.6.
fn namespace_id(name: &str) -> Option<u128> {
    const DNS: u128 = 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8;
    let offset = match name {
        "dns" => 0,
        "url" => 1,
        "oid" => 2,
        "x500" => 4,
        _ => return parse_uuid(name),
    };
    Some(DNS + (offset << 96))
}

fn parse_uuid(text: &str) -> Option<u128> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let digits = text.replace('-', "");
    let well_formed =
        lengths == [8, 4, 4, 4, 12] && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    well_formed.then(|| u128::from_str_radix(&digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::{Md5, Sha1, base64, hex, namespace_id};

    #[test]
    fn checksums_are_written_in_hex_and_base64() {
        assert_eq!(hex::<Md5>(b"a"), "0cc175b9c0f1b6a831c399e269772661");
        assert_eq!(hex::<Sha1>(b"a"), "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8");
        assert_eq!(base64::<Sha1>(b""), "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
    }

    #[test]
    fn namespaces_have_names_and_numbers() {
        assert_eq!(namespace_id("dns"), namespace_id("6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
        assert_eq!(namespace_id("x500"), namespace_id("6BA7B814-9dad-11d1-80b4-00c04fd430c8"));
        assert_eq!(namespace_id("nope"), None);
        assert_eq!(namespace_id("6ba7b8109dad11d180b400c04fd430c8"), None);
    }
}
