//! Values in MySQL's binary protocol.

use hallpass::clock::Timestamp;
use hallpass_sql::Value;
use sqlx::mysql::{MySqlArguments, MySqlValueRef};
use sqlx::{Arguments as _, Decode, MySql, Type, TypeInfo as _, ValueRef as _};

use super::codes;
use crate::error::Failure;

/// Gives a statement its next parameter.
pub(super) fn add(value: &Value, arguments: &mut MySqlArguments) -> Result<(), Failure> {
    let added = match value {
        Value::Null => arguments.add(None::<&str>),
        Value::Bool(truth) => arguments.add(*truth),
        Value::Integer(number) => arguments.add(*number),
        Value::Real(number) => arguments.add(*number),
        Value::Text(text) => arguments.add(text.as_str()),
        Value::Blob(bytes) => arguments.add(bytes.as_slice()),
        Value::Timestamp(moment) => arguments.add(written(*moment)),
        other => return Err(Failure::Misfit(other.kind(), "any of MySQL".into())),
    };
    added.map_err(sqlx::Error::Encode).map_err(codes::failure)
}

/// A moment as a literal has it: ISO 8601 without its `T` and `Z`.
fn written(moment: Timestamp) -> String {
    let mut text = moment.to_string().replace('T', " ");
    text.truncate(text.trim_end_matches('Z').len());
    text
}

/// What a column holds that is not NULL.
pub(super) fn read(value: MySqlValueRef<'_>) -> Result<Value, Failure> {
    let kind = value.type_info().into_owned();
    let misfit = |what| Failure::Misfit(what, kind.name().into());
    let read = match kind.name() {
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => {
            <i64 as Decode<MySql>>::decode(value).ok().map(Value::Integer)
        }
        "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
        | "BIGINT UNSIGNED" => {
            let number = <u64 as Decode<MySql>>::decode(value).ok();
            number.and_then(|number| i64::try_from(number).ok()).map(Value::Integer)
        }
        "FLOAT" => <f32 as Decode<MySql>>::decode(value).ok().map(|real| number(real.into())),
        "DOUBLE" => <f64 as Decode<MySql>>::decode(value).ok().map(number),
        "DECIMAL" => text(value).and_then(|text| decimal(&text)),
        "SET" | "JSON" => text(value).map(Value::Text),
        // A collation by bytes has these names too.
        _ if <str as Type<MySql>>::compatible(&kind) => text(value).map(Value::Text),
        "BINARY" | "VARBINARY" | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" => {
            bytes(value).map(|bytes| Value::Blob(bytes.to_vec()))
        }
        // Of which `datetime` has no zone, and is taken for UTC, as a connection is in it.
        "TIMESTAMP" | "DATETIME" | "DATE" => bytes(value).and_then(moment).map(Value::Timestamp),
        _ => return Err(misfit("what hallpass reads")),
    };
    read.ok_or_else(|| misfit("what was received"))
}

fn bytes<'r>(value: MySqlValueRef<'r>) -> Option<&'r [u8]> {
    <&'r [u8] as Decode<'r, MySql>>::decode(value).ok()
}

fn text(value: MySqlValueRef<'_>) -> Option<String> {
    str::from_utf8(bytes(value)?).ok().map(str::to_owned)
}

/// A number of a type that has whole ones too, as JavaScript's has.
fn number(number: f64) -> Value {
    /// Up to here every whole number has a form of its own.
    const LAST: f64 = 9_007_199_254_740_991.0;
    if number.fract() == 0.0 && number.abs() <= LAST {
        Value::Integer(number as i64)
    } else {
        Value::Real(number)
    }
}

fn decimal(text: &str) -> Option<Value> {
    match text.parse() {
        Ok(whole) => Some(Value::Integer(whole)),
        Err(_) => text.parse().ok().map(number),
    }
}

/// A moment in UTC: how many bytes follow, year, month and day, and where they are not noughts hour, minute and second,
/// and microseconds.
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html>
fn moment(bytes: &[u8]) -> Option<Timestamp> {
    let (length, bytes) = bytes.split_first()?;
    let bytes = bytes.get(..usize::from(*length))?;
    let (date, time) = bytes.split_at_checked(4)?;
    let [low, high, month, day] = *date.first_chunk()?;
    let [hour, minute, second] = time.first_chunk().copied().unwrap_or_default();
    let micros = time.get(3..).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_le_bytes);
    let (year, millis) = (u16::from_le_bytes([low, high]), micros / 1_000);
    // Months and days that are noughts are none, and those are refused.
    Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_a_literal_has_it() {
        assert_eq!(written(Timestamp::from_millis(1_795_335_687_378)), "2026-11-22 08:21:27.378");
    }

    #[test]
    fn a_moment_is_read_in_each_of_its_lengths() {
        for (bytes, expected) in [
            (&[4, 0xea, 7, 11, 22][..], Some("2026-11-22T00:00:00.000Z")),
            (&[7, 0xea, 7, 11, 22, 8, 21, 27], Some("2026-11-22T08:21:27.000Z")),
            (&[11, 0xea, 7, 11, 22, 8, 21, 27, 0x90, 0xc4, 5, 0], Some("2026-11-22T08:21:27.378Z")),
            (&[4, 0xea, 7, 0, 22], None),
            (&[4, 0xea, 7], None),
            (&[0], None),
            (&[], None),
        ] {
            assert_eq!(moment(bytes), expected.and_then(Timestamp::parse), "{bytes:?}");
        }
    }

    #[test]
    fn a_decimal_is_whole_where_it_can_be() {
        assert_eq!(decimal("9007199254740993"), Some(Value::Integer(9_007_199_254_740_993)));
        assert_eq!(decimal("7.00"), Some(Value::Integer(7)));
        assert_eq!(decimal("7.25"), Some(Value::Real(7.25)));
    }
}
