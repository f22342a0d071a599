//! The functions over IP networks: `cidrhost`, `cidrnetmask`, `cidrsubnet`, `cidrsubnets`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use num_bigint::{BigInt, Sign};

use super::FunctionError;
use super::invocation::{Invocation, error};
use super::signature::{Function, Kind, Outcome, number, string};
use crate::value::{Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("cidrhost", &[string("prefix"), number("hostnum")], Kind::String, cidr_host),
    Function::new("cidrnetmask", &[string("prefix")], Kind::String, cidr_netmask),
    Function::new(
        "cidrsubnet",
        &[string("prefix"), number("newbits"), number("netnum")],
        Kind::String,
        cidr_subnet,
    ),
    Function::new("cidrsubnets", &[string("prefix")], Kind::ListOfString, cidr_subnets)
        .rest(number("newbits")),
];

fn cidr_host(call: &Invocation<'_>) -> Outcome {
    let address = host(prefix(call)?, &whole(call, 1)?).map_err(|message| error(1, message))?;
    call.string(address.to_string(), 0)
}

fn cidr_netmask(call: &Invocation<'_>) -> Outcome {
    let prefix = prefix(call)?;
    if prefix.width == 128 {
        return Err(error(0, "an IPv6 network has no netmask"));
    }
    let netmask = mask(32) & !mask(32 - prefix.length);
    call.string(prefix.address(netmask).to_string(), 0)
}

fn cidr_subnet(call: &Invocation<'_>) -> Outcome {
    let subnet = subnet(prefix(call)?, call.integer(1)?, &whole(call, 2)?);
    call.string(subnet.map_err(|message| error(2, message))?.to_string(), 0)
}

fn cidr_subnets(call: &Invocation<'_>) -> Outcome {
    let prefix = prefix(call)?;
    let mut previous = None;
    let mut subnets = Vec::new();
    for index in 1..call.arguments.len() {
        let subnet = extend(prefix, previous, call.integer(index)?)
            .map_err(|message| error(index, message))?;
        subnets.push(call.string(subnet.to_string(), 0)?);
        previous = Some(subnet);
    }
    Ok(Value::list(Type::String, subnets, call.origin()))
}

fn prefix(call: &Invocation<'_>) -> Result<Prefix, FunctionError> {
    let text = call.text(0)?;
    Prefix::parse(&text)
        .ok_or_else(|| error(0, format!("`{text}` is not a network such as `10.0.0.0/16`")))
}

fn whole(call: &Invocation<'_>, index: usize) -> Result<BigInt, FunctionError> {
    call.number(index)?.to_integer().ok_or_else(|| error(index, "a whole number is required"))
}

/// A network: an address of which only the first `length` bits count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Prefix {
    /// The address in the low `width` bits; the bits behind the prefix are 0.
    address: u128,
    /// 32 (IPv4) or 128 (IPv6).
    width: u32,
    length: u32,
}

impl Prefix {
    /// Reads `10.0.0.0/8` or `fd00::/48`. Leading zeros in a part of an IPv4 address mean nothing.
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let (address, width) = match parse_address(address)? {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length = length.parse().ok().filter(|length| digits && *length <= width)?;
        Some(Self::new(address, width, length))
    }

    const fn new(address: u128, width: u32, length: u32) -> Self {
        let kept = mask(width) & !mask(width - length);
        Self { address: address & kept, width, length }
    }

    /// The last address.
    const fn last(self) -> u128 {
        self.address | mask(self.width - self.length)
    }

    fn address(self, address: u128) -> IpAddr {
        match u32::try_from(address) {
            Ok(address) if self.width == 32 => IpAddr::V4(Ipv4Addr::from(address)),
            _ => IpAddr::V6(Ipv6Addr::from(address)),
        }
    }
}

/// As many low bits.
const fn mask(bits: u32) -> u128 {
    if bits >= 128 { u128::MAX } else { (1 << bits) - 1 }
}

fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse().ok().map(IpAddr::V6);
    }
    let parts: Vec<u8> = text
        .split('.')
        .map(|part| part.parse().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit())))
        .collect::<Option<_>>()?;
    <[u8; 4]>::try_from(parts).ok().map(|parts| IpAddr::V4(parts.into()))
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address(self.address), self.length)
    }
}

/// The address of a host; a negative number counts from the last.
fn host(prefix: Prefix, number: &BigInt) -> Result<IpAddr, String> {
    let last = mask(prefix.width - prefix.length);
    let host =
        if number.sign() == Sign::Minus { number + BigInt::from(last) + 1 } else { number.clone() };
    match u128::try_from(&host) {
        Ok(host) if host <= last => Ok(prefix.address(prefix.address | host)),
        _ => Err(format!(
            "a prefix of {} bits has no room for a host numbered {number}",
            prefix.length
        )),
    }
}

/// The subnet with this number among those that are `extension` bits longer.
fn subnet(prefix: Prefix, extension: i64, number: &BigInt) -> Result<Prefix, String> {
    let room = prefix.width - prefix.length;
    let Some(extension) = u32::try_from(extension).ok().filter(|extension| *extension <= room)
    else {
        return Err(format!("a prefix of {} bits can't be extended by {extension}", prefix.length));
    };
    match u128::try_from(number) {
        Ok(number) if number <= mask(extension) => {
            let address = number.checked_shl(room - extension).unwrap_or(0);
            Ok(Prefix::new(prefix.address | address, prefix.width, prefix.length + extension))
        }
        _ => Err(format!("{extension} more bits have no room for a subnet numbered {number}")),
    }
}

/// The first subnet of `prefix` behind `previous` that is `extension` bits longer than `prefix`.
fn extend(prefix: Prefix, previous: Option<Prefix>, extension: i64) -> Result<Prefix, String> {
    let Ok(extension @ 1..=32) = u32::try_from(extension) else {
        return Err("it must be between 1 and 32".to_owned());
    };
    let length = prefix.length + extension;
    if length > prefix.width {
        return Err(format!("a prefix of {} bits can't be extended by {extension}", prefix.length));
    }
    let rest = mask(prefix.width - length);
    let address = match previous {
        None => Some(prefix.address),
        // Rounded up to where a subnet of this length may begin.
        Some(previous) => previous
            .last()
            .checked_add(1)
            .and_then(|next| next.checked_add(rest))
            .map(|next| next & !rest),
    };
    match address {
        Some(address) if address <= prefix.last() => Ok(Prefix::new(address, prefix.width, length)),
        _ => Err(format!("the network has no room left for a subnet of {length} bits")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Prefix, extend, host, subnet};

    fn prefix(text: &str) -> Prefix {
        Prefix::parse(text).unwrap()
    }

    #[test]
    fn only_networks_are_read() {
        for (text, read) in [
            ("10.0.0.5/24", "10.0.0.0/24"),
            ("010.000.0.1/24", "10.0.0.0/24"),
            ("fd00::1/48", "fd00::/48"),
        ] {
            assert_eq!(prefix(text).to_string(), read);
        }
        for text in [
            "10.0.0/24",
            "10.0.0.0/33",
            "10.0.0.0",
            "10.0.0.0/+8",
            "256.0.0.0/8",
            "fd00::/129",
            "/8",
            "10.0.0.0/",
        ] {
            assert_eq!(Prefix::parse(text), None, "{text}");
        }
    }

    #[test]
    fn hosts_count_from_both_ends() {
        let network = prefix("10.0.0.0/24");
        for (number, address) in [(5, "10.0.0.5"), (-1, "10.0.0.255"), (-256, "10.0.0.0")] {
            assert_eq!(host(network, &number.into()).unwrap().to_string(), address);
        }
        assert!(host(network, &256.into()).is_err() && host(network, &(-257).into()).is_err());
        assert_eq!(host(prefix("::/0"), &1.into()).unwrap().to_string(), "::1");
    }

    #[test]
    fn subnets_stay_inside() {
        assert_eq!(subnet(prefix("10.0.0.0/16"), 8, &2.into()).unwrap().to_string(), "10.0.2.0/24");
        assert_eq!(
            subnet(prefix("fd00::/48"), 16, &3.into()).unwrap().to_string(),
            "fd00:0:0:3::/64"
        );
        assert_eq!(subnet(prefix("::/0"), 0, &0.into()).unwrap().to_string(), "::/0");
        for (extension, number) in [(8, 256), (17, 0), (-1, 0)] {
            assert!(subnet(prefix("10.0.0.0/16"), extension, &number.into()).is_err());
        }
    }

    #[test]
    fn subnets_in_a_row_are_aligned() {
        let network = prefix("10.0.0.0/16");
        let mut previous = None;
        for (extension, expected) in [(4, "10.0.0.0/20"), (8, "10.0.16.0/24"), (4, "10.0.32.0/20")]
        {
            let next = extend(network, previous, extension).unwrap();
            assert_eq!(next.to_string(), expected);
            previous = Some(next);
        }
        let half = extend(network, None, 1).unwrap();
        let other = extend(network, Some(half), 1).unwrap();
        assert!(extend(network, Some(other), 1).is_err() && extend(network, None, 0).is_err());
    }
}
