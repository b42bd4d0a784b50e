//! JSON as JavaScript's `JSON.stringify(JSON.parse(text))` writes it: what better-auth signs again when it checks
//! what was signed here.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// The text of a value. Strings come out alike from both; numbers and the order of an object's keys do not.
pub(crate) fn to_string(value: &impl Serialize) -> Option<String> {
    let value = in_order(serde_json::to_value(value).ok()?);
    let mut text = Vec::with_capacity(1024);
    value.serialize(&mut Serializer::with_formatter(&mut text, JavaScript)).ok()?;
    String::from_utf8(text).ok()
}

/// Keys that are array indices come first and in ascending order (ECMA-262 §10.1.11.1).
fn in_order(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(in_order).collect()),
        Value::Object(fields) => {
            let mut indices = BTreeMap::new();
            let mut others = Vec::new();
            for (key, value) in fields {
                let value = in_order(value);
                match index(&key) {
                    Some(index) => drop(indices.insert(index, (key, value))),
                    None => others.push((key, value)),
                }
            }
            Value::Object(indices.into_values().chain(others).collect())
        }
        scalar => scalar,
    }
}

/// The array index that a key is: `0`, `1` … up to 2³² − 2, in its one spelling.
fn index(key: &str) -> Option<u32> {
    let index = key.parse().ok().filter(|index: &u32| *index < u32::MAX)?;
    (index.to_string() == key).then_some(index)
}

/// Numbers as `Number.prototype.toString` gives them.
struct JavaScript;

impl Formatter for JavaScript {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(number(value).as_bytes())
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of JavaScript's has 53 bits")]
    fn write_i64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        self.write_f64(writer, value as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of JavaScript's has 53 bits")]
    fn write_u64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.write_f64(writer, value as f64)
    }
}

/// ECMA-262 §6.1.6.1.20 in base 10. Both take the fewest digits that mean this number and no other.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let scientific = format!("{:e}", value.abs());
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let Ok(exponent) = exponent.parse::<i32>() else { return scientific };
    let digits = mantissa.replace('.', "");
    // The value is 0.d₁d₂… × 10ⁿ.
    let n = exponent + 1;
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    match n {
        _ if count <= n && n <= 21 => format!("{sign}{digits}{}", zeros(n - count)),
        1..=21 => {
            let (whole, fraction) = digits.split_at(usize::try_from(n).unwrap_or_default());
            format!("{sign}{whole}.{fraction}")
        }
        -5..=0 => format!("{sign}0.{}{digits}", zeros(-n)),
        _ => {
            let plus = if exponent < 0 { '-' } else { '+' };
            format!("{sign}{mantissa}e{plus}{}", exponent.unsigned_abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        // By Node 22: JSON.stringify(JSON.parse(text)).
        for (text, written) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("1.0", "1"),
            ("-1.50", "-1.5"),
            ("100", "100"),
            ("1e2", "100"),
            ("123456789012345680000", "123456789012345680000"),
            ("1e20", "100000000000000000000"),
            ("1e21", "1e+21"),
            ("1.5e21", "1.5e+21"),
            ("123456789.125", "123456789.125"),
            ("0.000001", "0.000001"),
            ("0.0000015", "0.0000015"),
            ("0.0000001", "1e-7"),
            ("1.25e-9", "1.25e-9"),
            ("5e-324", "5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("9007199254740993", "9007199254740992"),
            ("-9007199254740993", "-9007199254740992"),
            ("18446744073709551615", "18446744073709552000"),
            ("1795335687378", "1795335687378"),
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(to_string(&value).unwrap(), written, "{text}");
        }
    }

    #[test]
    fn strings_and_keys_are_written_as_javascript_writes_them() {
        // By Node 22, likewise.
        let text = r#"{"b":"\u0000\u0001\b\f\n\r\t\u001f\u007f\"\\\/ä\u2028👋\ud83d\udc4b","2":{"01":1,"1":2,"z":3,"0":4},"a":[{"b":1,"1":2}],"10":1,"4294967295":2,"4294967294":3,"-1":4}"#;
        let written = "{\"2\":{\"0\":4,\"1\":2,\"01\":1,\"z\":3},\"10\":1,\"4294967294\":3,\"b\":\"\\u0000\\u0001\\b\\f\\n\\r\\t\\u001f\u{7f}\\\"\\\\/ä\u{2028}👋👋\",\"a\":[{\"1\":2,\"b\":1}],\"4294967295\":2,\"-1\":4}";
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(to_string(&value).unwrap(), written);
    }
}
