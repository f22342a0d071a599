//! The functions over time: `formatdate`, `timeadd`, `timecmp`, and the two that read the clock.

use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::FunctionError;
use super::invocation::{Invocation, error};
use super::signature::{Function, Kind, Outcome, string};
use crate::value::{Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("formatdate", &[string("format"), string("time")], Kind::String, format_date),
    Function::new("plantimestamp", &[], Kind::String, now),
    Function::new("timeadd", &[string("timestamp"), string("duration")], Kind::String, time_add),
    Function::new(
        "timecmp",
        &[string("timestamp_a"), string("timestamp_b")],
        Kind::Number,
        time_compare,
    ),
    Function::new("timestamp", &[], Kind::String, now),
];

/// The time of a run is known only when it runs.
fn now(call: &Invocation<'_>) -> Outcome {
    Ok(call.unknown(Type::String, []))
}

fn format_date(call: &Invocation<'_>) -> Outcome {
    let text = format(&call.text(0)?, timestamp(call, 1)?).map_err(|message| error(0, message))?;
    call.string(text, 1)
}

fn time_add(call: &Invocation<'_>) -> Outcome {
    let (time, duration) = (timestamp(call, 0)?, call.text(1)?);
    let Some(duration) = parse_duration(&duration) else {
        return Err(error(1, format!("`{duration}` is not a duration such as `1h30m`")));
    };
    let Ok(local) = time.local.checked_add(duration) else {
        return Err(call.failure("the result lies behind the year 9999"));
    };
    call.string(Timestamp { local, ..time }.to_rfc3339(), 0)
}

fn time_compare(call: &Invocation<'_>) -> Outcome {
    let order = timestamp(call, 0)?.utc().cmp(&timestamp(call, 1)?.utc());
    Ok(Value::number(order as i64, call.origin()))
}

fn timestamp(call: &Invocation<'_>, index: usize) -> Result<Timestamp, FunctionError> {
    let text = call.text(index)?;
    Timestamp::parse(&text).ok_or_else(|| {
        error(index, format!("`{text}` is not a time such as `2006-01-02T15:04:05Z` (RFC 3339)"))
    })
}

/// A moment as it was written: the clock that shows it, and by how many minutes that clock is ahead of UTC.
#[derive(Clone, Copy, Debug)]
struct Timestamp {
    local: DateTime,
    offset: i16,
}

impl Timestamp {
    /// Reads a time in RFC 3339, strictly: two digits for each part, `T` and `Z` in upper case.
    fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        let date: crate::date::Date = date.parse().ok()?;
        let (clock, rest) = time.split_at_checked(8)?;
        let [hour, minute, second] = two_digits(clock, ':')?;
        let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        let nanoseconds = match rest.strip_suffix(zone)? {
            "" => 0,
            fraction => nanoseconds(fraction.strip_prefix('.')?)?,
        };
        let year = i16::try_from(date.year()).ok()?;
        let (month, day) = (i8::try_from(date.month()).ok()?, i8::try_from(date.day()).ok()?);
        let local = DateTime::new(year, month, day, hour, minute, second, nanoseconds).ok()?;
        Some(Self { local, offset: parse_offset(zone)? })
    }

    fn utc(self) -> Option<DateTime> {
        self.local.checked_sub(SignedDuration::from_mins(i64::from(self.offset))).ok()
    }

    /// `+01:30`, or `Z` where that stands for no offset.
    fn offset(self, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.unsigned_abs();
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }

    fn offset_or(self, utc: &str, separator: &str) -> String {
        if self.offset == 0 { utc.to_owned() } else { self.offset(separator) }
    }

    fn to_rfc3339(self) -> String {
        let (date, time) = (self.local.date(), self.local.time());
        let zone = self.offset_or("Z", ":");
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        format!(
            "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}{zone}",
            date.year(),
            date.month(),
            date.day()
        )
    }
}

/// A time as YAML allows it to be written (`2001-12-14 21:59:43`, `2024-1-1`), in the form of RFC 3339; `None` where the
/// text is no such time.
pub(super) fn from_yaml(text: &str) -> Option<String> {
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "0:0:0"));
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(zone_at)?;
    // A time that is set off by a blank, or that is missing, has no zone, any other one has.
    let zone = match (text.contains(['T', 't']), zone) {
        (false, "") => "Z",
        (true, zone) if !zone.is_empty() => zone,
        _ => return None,
    };
    let pad = |text: &str, separator: char| {
        let parts: Vec<String> = text.split(separator).map(|part| format!("{part:0>2}")).collect();
        parts.join(&separator.to_string())
    };
    let (seconds, fraction) = clock
        .split_once('.')
        .map_or((clock, String::new()), |(clock, fraction)| (clock, format!(".{fraction}")));
    let strict = format!("{}T{}{fraction}{zone}", pad(date, '-'), pad(seconds, ':'));
    Timestamp::parse(&strict).map(Timestamp::to_rfc3339)
}

/// Parts of exactly two digits.
fn two_digits<const N: usize>(text: &str, separator: char) -> Option<[i8; N]> {
    let parts: Vec<i8> = text
        .split(separator)
        .map(|part| {
            part.parse()
                .ok()
                .filter(|_| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
        })
        .collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// The digits behind the point; what is smaller than a nanosecond is dropped.
fn nanoseconds(digits: &str) -> Option<i32> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<9}").get(..9)?.parse().ok()
}

fn parse_offset(zone: &str) -> Option<i16> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, clock) = zone.split_at_checked(1)?;
    let [hours, minutes] = two_digits(clock, ':')?;
    let offset = i16::from(hours) * 60 + i16::from(minutes);
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        "+" => Some(offset),
        "-" => Some(-offset),
        _ => None,
    }
}

/// Reads a duration such as `1h30m`, `-1.5h` or `0`.
fn parse_duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut total: i128 = 0;
    loop {
        let number_end = rest.find(|c: char| c != '.' && !c.is_ascii_digit())?;
        let (number, after) = rest.split_at_checked(number_end)?;
        let unit_end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit_end)?;
        total = total.checked_add(amount(number, nanoseconds_of(unit)?)?)?;
        if after.is_empty() {
            break;
        }
        rest = after;
    }
    // Terraform counts nanoseconds in 64 bits.
    let nanoseconds = i64::try_from(if negative { -total } else { total }).ok()?;
    Some(SignedDuration::from_nanos(nanoseconds))
}

fn nanoseconds_of(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// So many units, in nanoseconds.
fn amount(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = i128::from(whole) * unit;
    let mut place = unit;
    for digit in fraction.chars() {
        // One more digit than a nanosecond has would be lost anyway.
        total += i128::from(digit.to_digit(10)?) * place / 10;
        place /= 10;
    }
    Some(total)
}

/// Writes a time by a pattern of letters: `YYYY-MM-DD'T'hh:mm:ssZ`.
fn format(pattern: &str, time: Timestamp) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = quoted(rest, &mut out)?;
        } else if first.is_ascii_alphabetic() {
            let (verb, after) = rest.split_at(rest.find(|c| c != first).unwrap_or(rest.len()));
            out.push_str(&field(verb, time)?);
            rest = after;
        } else {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(out)
}

/// Copies a quoted text, in which a doubled quote is one, and gives what follows it. `''` alone is a quote.
fn quoted<'a>(text: &'a str, out: &mut String) -> Result<&'a str, String> {
    if let Some(rest) = text.strip_prefix("''") {
        out.push('\'');
        return Ok(rest);
    }
    let mut rest = text.strip_prefix('\'').unwrap_or(text);
    while let Some((inside, after)) = rest.split_once('\'') {
        out.push_str(inside);
        match after.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Ok(after),
        }
    }
    Err("a quote is not closed".to_owned())
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// One run of the same letter.
fn field(verb: &str, time: Timestamp) -> Result<String, String> {
    let (date, clock) = (time.local.date(), time.local.time());
    let month = name(&MONTHS, date.month().saturating_sub(1));
    let weekday = name(&WEEKDAYS, date.weekday().to_sunday_zero_offset());
    let twelve = match clock.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let half = if clock.hour() < 12 { "am" } else { "pm" };
    Ok(match verb {
        "YYYY" => format!("{:04}", date.year()),
        "YY" => format!("{:02}", date.year() % 100),
        "MMMM" => month.to_owned(),
        "MMM" => month.chars().take(3).collect(),
        "MM" => format!("{:02}", date.month()),
        "M" => date.month().to_string(),
        "DD" => format!("{:02}", date.day()),
        "D" => date.day().to_string(),
        "EEEE" => weekday.to_owned(),
        "EEE" => weekday.chars().take(3).collect(),
        "hh" => format!("{:02}", clock.hour()),
        "h" => clock.hour().to_string(),
        "HH" => format!("{twelve:02}"),
        "H" => twelve.to_string(),
        "AA" => half.to_uppercase(),
        "aa" => half.to_owned(),
        "mm" => format!("{:02}", clock.minute()),
        "m" => clock.minute().to_string(),
        "ss" => format!("{:02}", clock.second()),
        "s" => clock.second().to_string(),
        "ZZZZZ" => time.offset(":"),
        "ZZZZ" => time.offset(""),
        "ZZZ" => time.offset_or("UTC", ""),
        "Z" => time.offset_or("Z", ":"),
        _ => return Err(format!("`{verb}` stands for no part of a time")),
    })
}

fn name(names: &[&'static str], index: i8) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, format, from_yaml, parse_duration};

    fn formatted(pattern: &str, time: &str) -> Result<String, String> {
        format(pattern, Timestamp::parse(time).unwrap())
    }

    #[test]
    fn only_strict_times_are_read() {
        for text in ["2024-02-29T23:59:59.123456789Z", "2024-01-01T00:00:00-08:00"] {
            assert!(Timestamp::parse(text).is_some(), "{text}");
        }
        for text in [
            "2024-02-30T05:00:00Z",
            "2024-01-01t05:00:00z",
            "2024-01-01 05:00:00Z",
            "2024-01-01T5:00:00Z",
            "2024-01-01T05:00:00,5Z",
            "2024-01-01T05:00:00.Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T23:59:60Z",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+2:00",
            "2024-01-01T00:00:00",
            "2024-01-01",
            "é024-01-01T00:00:00Z",
        ] {
            assert!(Timestamp::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn times_of_yaml_become_strict() {
        for (text, time) in [
            ("2024-1-1", Some("2024-01-01T00:00:00Z")),
            ("2024-01-01 1:02:03.5", Some("2024-01-01T01:02:03Z")),
            ("2001-12-14t21:59:43.10-05:00", Some("2001-12-14T21:59:43-05:00")),
            ("2024-01-01t00:00:00z", None),
            ("2024-01-01T00:00:00", None),
            ("1.2.3", None),
            ("24-1-1", None),
        ] {
            assert_eq!(from_yaml(text).as_deref(), time, "{text}");
        }
    }

    #[test]
    fn durations_are_sums_of_units() {
        for (text, nanoseconds) in [
            ("1h30m", 5_400_000_000_000),
            ("-1.5h", -5_400_000_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("+5µs", 5_000),
            ("0", 0),
        ] {
            let duration = parse_duration(text).map(|duration| duration.as_nanos());
            assert_eq!(duration, Some(nanoseconds), "{text}");
        }
        for text in
            ["", "1", "1d", ".s", "1h30", "1.2.3s", "-", "2562048h", "99999999999999999999h"]
        {
            assert!(parse_duration(text).is_none(), "{text}");
        }
    }

    #[test]
    fn letters_stand_for_parts() {
        let time = "2024-02-03T00:05:06Z";
        assert_eq!(
            formatted("EEE EEEE MMM MMMM M D h H aa AA m s YY", time).unwrap(),
            "Sat Saturday Feb February 2 3 0 12 am AM 5 6 24"
        );
        assert_eq!(formatted("Z ZZZ ZZZZ ZZZZZ", time).unwrap(), "Z UTC +0000 +00:00");
        assert_eq!(formatted("Z ZZZ", "2024-02-03T00:05:06-08:30").unwrap(), "-08:30 -0830");
        assert_eq!(formatted("'it''s' '' é", time).unwrap(), "it's ' é");
        for pattern in ["'abc", "Q", "YYY", "EE", "'"] {
            assert!(formatted(pattern, time).is_err(), "{pattern}");
        }
    }
}
