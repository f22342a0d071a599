//! `Fn::Cidr`: a block of addresses cut into smaller ones.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::evaluate::{Call, Evaluator};
use super::value::{Data, Value, for_each_arm};
use crate::origin::Origin;

/// The service makes at most this many blocks.
const MAX_BLOCKS: u128 = 256;

/// `Fn::Cidr` with a block, a count, and how many bits each new block leaves to its hosts.
pub(super) fn cidr<'a>(evaluator: &mut Evaluator<'a>, call: Call<'a>) -> Value {
    let takes = "a block of addresses, a count and a number of bits";
    let Some(parts @ ([_, _] | [_, _, _])) = evaluator.argument_items(call) else {
        return evaluator.misuse(call, takes);
    };
    let arguments = parts.iter().map(|part| evaluator.value(part)).collect();
    for_each_arm(arguments, call.span, &mut |arguments| {
        if let Some(why) = arguments.iter().find_map(Value::why) {
            return Value::unknown(why.clone(), call.span);
        }
        let texts: Vec<String> = arguments.iter().filter_map(Value::as_known).collect();
        let blocks = match texts.as_slice() {
            [block, count] => blocks(block, count, None),
            [block, count, bits] => blocks(block, count, Some(bits)),
            _ => None,
        };
        let Some(blocks) = blocks else { return evaluator.misuse(call, takes) };
        let origin = Origin::at(call.span);
        let items = blocks.iter().map(|block| Value::computed(block, origin.clone())).collect();
        Value::new(Data::List(items), origin.clone())
    })
}

/// The first `count` blocks inside of `block`.
fn blocks(block: &str, count: &str, host_bits: Option<&str>) -> Option<Vec<String>> {
    let (address, prefix) = block.split_once('/')?;
    let (prefix, count): (u32, u128) = (prefix.parse().ok()?, count.parse().ok()?);
    let (address, width) = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
        (Ok(v4), _) => (u128::from(v4.to_bits()), u32::BITS),
        (_, Ok(v6)) => (v6.to_bits(), u128::BITS),
        (Err(_), Err(_)) => return None,
    };
    let own_bits = width.checked_sub(prefix)?;
    let host_bits = match host_bits {
        Some(bits) => bits.parse::<u32>().ok()?,
        None => 64,
    };
    let new_bits = own_bits.checked_sub(host_bits)?;
    if count > MAX_BLOCKS || (new_bits < 128 && count > 1 << new_bits) {
        return None;
    }
    let first =
        address.checked_shr(own_bits).and_then(|bits| bits.checked_shl(own_bits)).unwrap_or(0);
    let write = |index: u128| {
        let bits = first | index.checked_shl(host_bits).unwrap_or(0);
        let address = match u32::try_from(bits) {
            Ok(v4) if width == u32::BITS => Ipv4Addr::from_bits(v4).to_string(),
            Ok(_) | Err(_) => Ipv6Addr::from_bits(bits).to_string(),
        };
        format!("{address}/{}", width - host_bits)
    };
    Some((0..count).map(write).collect())
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn blocks_are_cut_in_order() {
        let v4 = blocks("192.168.0.0/24", "3", Some("5"));
        assert_eq!(v4.unwrap(), ["192.168.0.0/27", "192.168.0.32/27", "192.168.0.64/27"]);
        let v6 = blocks("2001:db8::/56", "2", Some("64"));
        assert_eq!(v6.unwrap(), ["2001:db8::/64", "2001:db8:0:1::/64"]);
        assert_eq!(blocks("10.0.0.0/24", "9", Some("5")), None);
        assert_eq!(blocks("10.0.0.0/33", "1", Some("5")), None);
        assert_eq!(blocks("::/0", "1", Some("129")), None);
        assert_eq!(blocks("10.0.0.0/8", "1", None), None);
    }
}
