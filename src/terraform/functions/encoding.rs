//! The functions between values and texts in other forms: JSON, YAML, CSV, base64, URLs.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use flate2::{Compress, Compression, Crc, FlushCompress};

use super::invocation::{Invocation, error};
use super::signature::{Function, Kind, Outcome, Parameter, any, string};
use super::{csv, decode, yaml};
use crate::origin::HopKind;
use crate::value::{Rope, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("base64decode", &[string("str")], Kind::String, base64_decode),
    Function::new("base64encode", &[string("str")], Kind::String, base64_encode),
    Function::new("base64gzip", &[string("str")], Kind::String, base64_gzip),
    Function::new("csvdecode", &[string("str")], Kind::Any, csv::decode),
    Function::new("jsondecode", &[string("str").unknown()], Kind::Any, decode::json_decode)
        .nullable(),
    Function::new("jsonencode", &[ENCODED], Kind::String, json_encode),
    Function::new(
        "textdecodebase64",
        &[string("source"), string("encoding")],
        Kind::String,
        text_decode,
    ),
    Function::new(
        "textencodebase64",
        &[string("string"), string("encoding")],
        Kind::String,
        text_encode,
    ),
    Function::new("urlencode", &[string("str")], Kind::String, url_encode),
    Function::new("yamldecode", &[string("src")], Kind::Any, decode::yaml_decode).nullable(),
    Function::new("yamlencode", &[any("value").null().unknown()], Kind::String, yaml_encode),
];

const ENCODED: Parameter = any("val").null().unknown();

/// The argument is kept, so that its parts keep their origins; the text is made only where somebody asks for it.
fn json_encode(call: &Invocation<'_>) -> Outcome {
    let argument = call.argument(0)?;
    if argument.is_wholly_known() && argument.has_infinity() {
        return Err(error(0, "JSON has no infinite numbers"));
    }
    // The argument keeps its own way: each leaf is told with it.
    let origin = call.origin().through(HopKind::Function, call.function.name, call.call.span);
    Ok(Value::rope(Rope::json(argument.clone()), origin))
}

fn yaml_encode(call: &Invocation<'_>) -> Outcome {
    let argument = call.argument(0)?;
    if !argument.is_wholly_known() {
        return Ok(call.unknown(Type::String, [argument]));
    }
    let text = yaml::encode(argument).map_err(|message| call.failure(message))?;
    call.string(text, 0)
}

fn base64_encode(call: &Invocation<'_>) -> Outcome {
    let encoded = BASE64_STANDARD.encode(call.text(0)?.as_bytes());
    call.string(encoded, 0)
}

fn base64_decode(call: &Invocation<'_>) -> Outcome {
    let bytes = decode_base64(&call.text(0)?).ok_or_else(|| error(0, "it is not base64"))?;
    let text = String::from_utf8(bytes).map_err(|_| error(0, "it does not encode UTF-8 text"))?;
    call.string(text, 0)
}

/// As Go reads it: line breaks are skipped, and what the last character has too many bits is ignored.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
    let engine = GeneralPurpose::new(&STANDARD, CONFIG);
    engine.decode(text.replace(['\r', '\n'], "")).ok()
}

/// Written as Go's `gzip` package frames it. The compressed bytes of a long text may differ from Terraform's, as each
/// compressor finds other repetitions.
fn base64_gzip(call: &Invocation<'_>) -> Outcome {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];
    let text = call.text(0)?;
    let mut compressor = Compress::new(Compression::default(), false);
    let mut compressed = Vec::with_capacity(text.len() + 64);
    compressor
        .compress_vec(text.as_bytes(), &mut compressed, FlushCompress::Sync)
        .map_err(|_| call.failure("the text can't be compressed"))?;
    let mut crc = Crc::new();
    crc.update(text.as_bytes());
    let bytes = [
        &HEADER[..],
        &compressed,
        &LAST_BLOCK,
        &crc.sum().to_le_bytes(),
        &crc.amount().to_le_bytes(),
    ]
    .concat();
    call.string(BASE64_STANDARD.encode(bytes), 0)
}

/// An encoding of text by its IANA name.
enum Encoding {
    Utf8,
    Utf16 {
        big_endian: bool,
        byte_order_mark: bool,
    },
    Latin1,
    Ascii,
    /// One that Terraform knows and this tool does not.
    Other,
}

impl Encoding {
    fn of(name: &str) -> Option<Self> {
        let utf16 = |big_endian, byte_order_mark| Some(Self::Utf16 { big_endian, byte_order_mark });
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "utf-16" => utf16(true, true),
            "utf-16be" => utf16(true, false),
            "utf-16le" => utf16(false, false),
            "iso-8859-1" | "latin1" | "l1" => Some(Self::Latin1),
            "us-ascii" | "ascii" => Some(Self::Ascii),
            _ => {
                const FAMILIES: [&str; 10] = [
                    "iso-8859-",
                    "windows-",
                    "cp",
                    "ibm",
                    "koi8-",
                    "euc-",
                    "gb",
                    "big5",
                    "shift_jis",
                    "iso-2022-",
                ];
                FAMILIES.iter().any(|family| name.starts_with(family)).then_some(Self::Other)
            }
        }
    }

    /// `None` where the encoding lacks a character.
    fn encode(&self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Utf16 { big_endian, byte_order_mark } => {
                let mark = byte_order_mark.then_some(0xFEFF);
                let units = mark.into_iter().chain(text.encode_utf16());
                let bytes =
                    |unit: u16| if *big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
                Some(units.flat_map(bytes).collect())
            }
            Self::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
            Self::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Self::Other => None,
        }
    }

    fn decode(&self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Self::Utf16 { big_endian, byte_order_mark } => {
                let (pairs, rest) = bytes.as_chunks::<2>();
                let little = *byte_order_mark && bytes.starts_with(&[0xFF, 0xFE]);
                let unit = |pair: &[u8; 2]| {
                    if *big_endian && !little {
                        u16::from_be_bytes(*pair)
                    } else {
                        u16::from_le_bytes(*pair)
                    }
                };
                let units: Vec<u16> = pairs.iter().map(unit).collect();
                let units =
                    units.strip_prefix(&[0xFEFF]).filter(|_| *byte_order_mark).unwrap_or(&units);
                rest.is_empty().then(|| String::from_utf16(units).ok())?
            }
            Self::Latin1 => Some(bytes.iter().copied().map(char::from).collect()),
            Self::Ascii => {
                bytes.is_ascii().then(|| bytes.iter().copied().map(char::from).collect())
            }
            Self::Other => None,
        }
    }
}

fn text_encode(call: &Invocation<'_>) -> Outcome {
    let name = call.text(1)?;
    match Encoding::of(&name) {
        None => Err(error(1, format!("`{name}` is not the name of an encoding"))),
        Some(Encoding::Other) => Ok(call.unknown(Type::String, [])),
        Some(encoding) => match encoding.encode(&call.text(0)?) {
            Some(bytes) => call.string(BASE64_STANDARD.encode(bytes), 0),
            None => Err(error(0, format!("`{name}` lacks some of its characters"))),
        },
    }
}

fn text_decode(call: &Invocation<'_>) -> Outcome {
    let name = call.text(1)?;
    let Some(encoding) = Encoding::of(&name) else {
        return Err(error(1, format!("`{name}` is not the name of an encoding")));
    };
    let bytes = decode_base64(&call.text(0)?).ok_or_else(|| error(0, "it is not base64"))?;
    match encoding {
        Encoding::Other => Ok(call.unknown(Type::String, [])),
        encoding => match encoding.decode(&bytes) {
            Some(text) => call.string(text, 0),
            None => Err(error(0, format!("it does not encode text in `{name}`"))),
        },
    }
}

/// As in the query of a URL: a space is `+`.
fn url_encode(call: &Invocation<'_>) -> Outcome {
    let mut out = String::new();
    for byte in call.text(0)?.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte))
            }
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    call.string(out, 0)
}
