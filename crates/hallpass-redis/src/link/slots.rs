//! Which slot a key is in, and which node has it.

use redis::Value;

use crate::error::Failure;

/// How many there are, in every cluster.
const SLOTS: u16 = 16_384;

/// A run of slots, both ends included, and the address of their master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first: u16,
    pub(crate) last: u16,
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// The slot of a key: of what is between the first `{` and the next `}`, if that is something.
/// <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags>
pub(crate) fn slot(key: &[u8]) -> u16 {
    let tag = key.iter().position(|byte| *byte == b'{').and_then(|open| {
        let after = key.get(open + 1..)?;
        let close = after.iter().position(|byte| *byte == b'}')?;
        after.get(..close).filter(|tag| !tag.is_empty())
    });
    crc16(tag.unwrap_or(key)) % SLOTS
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ (u16::from(*byte) << 8), |sum, _| {
            if sum & 0x8000 == 0 { sum << 1 } else { (sum << 1) ^ 0x1021 }
        })
    })
}

/// Reads what a node answers to `CLUSTER SLOTS`. A node that does not say its own host is the one at `host`.
pub(crate) fn ranges(answer: &Value, host: &str) -> Result<Vec<Range>, Failure> {
    let Value::Array(runs) = answer else { return Err(Failure::Unreadable("slots")) };
    let read = runs.iter().map(|run| {
        let Value::Array(run) = run else { return None };
        let [Value::Int(first), Value::Int(last), Value::Array(master), ..] = run.as_slice() else {
            return None;
        };
        let [name, Value::Int(port), ..] = master.as_slice() else { return None };
        let name = match name {
            Value::BulkString(name) if !matches!(name.as_slice(), b"" | b"?") => {
                String::from_utf8(name.clone()).ok()?
            }
            _ => host.to_owned(),
        };
        let [first, last, port] = [*first, *last, *port].map(u16::try_from);
        Some(Range { first: first.ok()?, last: last.ok()?, host: name, port: port.ok()? })
    });
    read.collect::<Option<Vec<_>>>().ok_or(Failure::Unreadable("slots"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_slots_that_redis_puts_them_in() {
        // The check value of CRC-16/XMODEM, and what `CLUSTER KEYSLOT` gives.
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot(b"foo"), 12_182);
        assert_eq!(slot(b""), 0);
        assert_eq!(slot(b"{user1000}.following"), slot(b"user1000"));
        assert_eq!(slot(b"foo{{bar}}zap"), slot(b"{bar"));
        assert_eq!(slot(b"foo{bar}{zap}"), slot(b"bar"));
        assert_eq!(slot(b"foo{}{bar}"), crc16(b"foo{}{bar}") % SLOTS);
        assert_eq!(slot(b"foo{bar"), crc16(b"foo{bar") % SLOTS);
    }

    #[test]
    fn an_answer_that_is_no_list_of_slots_is_refused() {
        let run = |port| {
            let master = Value::Array(vec![Value::BulkString(b"".to_vec()), Value::Int(port)]);
            Value::Array(vec![Value::Array(vec![Value::Int(0), Value::Int(5), master])])
        };
        let range = Range { first: 0, last: 5, host: "here".to_owned(), port: 7_000 };
        assert_eq!(ranges(&run(7_000), "here").unwrap(), [range]);
        for bad in [run(70_000), run(-1), Value::Nil, Value::Array(vec![Value::Nil])] {
            ranges(&bad, "here").unwrap_err();
        }
    }
}
