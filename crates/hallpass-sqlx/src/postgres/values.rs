//! Values in PostgreSQL's binary format.

use std::borrow::Cow;

use hallpass::clock::Timestamp;
use hallpass_sql::Value;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgTypeKind, PgValueRef};
use sqlx::{Postgres, Type, TypeInfo as _, ValueRef as _};

use super::lists;
use crate::error::Failure;

/// What a type of the database's is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Text,
    Bytes,
    /// `timestamptz`, and `timestamp`, which is taken for UTC: both are counted alike.
    Moment,
    Jsonb,
    Uuid,
    /// A list of values of another kind, which stands here as JSON. PostgreSQL has lists of lists too; those are not read.
    List(&'static Self),
}

impl Kind {
    fn of(kind: &PgTypeInfo) -> Option<Self> {
        if let PgTypeKind::Domain(of) = kind.kind() {
            return Self::of(of);
        }
        if matches!(kind.kind(), PgTypeKind::Enum(_)) || kind.name().eq_ignore_ascii_case("citext") {
            return Some(Self::Text);
        }
        // https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/catalog/pg_type.dat
        Some(match kind.oid()?.0 {
            16 => Self::Bool,
            17 => Self::Bytes,
            20 => Self::Int8,
            21 => Self::Int2,
            23 => Self::Int4,
            // text, json, bpchar, varchar; name and unknown are in queries of the catalogue.
            25 | 114 | 1042 | 1043 | 19 | 705 => Self::Text,
            700 => Self::Float4,
            701 => Self::Float8,
            1114 | 1184 => Self::Moment,
            3802 => Self::Jsonb,
            2950 => Self::Uuid,
            // Of these better-auth's generator for Drizzle makes lists.
            1005 => Self::List(&Self::Int2),
            1007 => Self::List(&Self::Int4),
            1016 => Self::List(&Self::Int8),
            1021 => Self::List(&Self::Float4),
            1022 => Self::List(&Self::Float8),
            1009 | 1015 => Self::List(&Self::Text),
            _ => return None,
        })
    }
}

/// A parameter, for where a type is expected.
pub(super) struct Param<'v> {
    value: Cow<'v, Value>,
    kind: Kind,
    expected: PgTypeInfo,
}

/// What a parameter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is written.
    Value,
    /// Rows are found by it. No row has an id that cannot be one.
    Condition,
}

impl<'v> Param<'v> {
    /// `value` where the database expects a value of the type `expected`.
    pub(super) fn new(value: &'v Value, expected: &PgTypeInfo, used: Use) -> Result<Self, Failure> {
        let misfit = || Failure::Misfit(value.kind(), expected.name().into());
        let kind = match value {
            // Whatever the type is.
            Value::Null => Kind::Text,
            _ => Kind::of(expected).ok_or_else(misfit)?,
        };
        let given = match (value, kind) {
            (Value::Text(text), Kind::Uuid) => match uuid(text) {
                Some(bytes) => Cow::Owned(Value::Blob(bytes.to_be_bytes().into())),
                None if used == Use::Condition => Cow::Owned(Value::Null),
                None => return Err(misfit()),
            },
            (Value::Text(text), Kind::List(of)) => {
                Cow::Owned(Value::Blob(lists::encode(text, *of, expected).ok_or_else(misfit)?))
            }
            _ => Cow::Borrowed(value),
        };
        let fits = match (&*given, kind) {
            (Value::Null, _)
            | (Value::Bool(_), Kind::Bool)
            | (Value::Integer(_), Kind::Int8 | Kind::Float4 | Kind::Float8)
            | (Value::Real(_), Kind::Float4 | Kind::Float8)
            | (Value::Text(_), Kind::Text | Kind::Jsonb)
            | (Value::Blob(_), Kind::Bytes | Kind::Uuid | Kind::List(_))
            | (Value::Timestamp(_), Kind::Moment) => true,
            (Value::Integer(number), Kind::Int4) => i32::try_from(*number).is_ok(),
            (Value::Integer(number), Kind::Int2) => i16::try_from(*number).is_ok(),
            _ => false,
        };
        if fits { Ok(Self { value: given, kind, expected: expected.clone() }) } else { Err(misfit()) }
    }
}

impl Type<Postgres> for Param<'_> {
    fn type_info() -> PgTypeInfo {
        <str as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Param<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match (&*self.value, self.kind) {
            (Value::Bool(truth), _) => buffer.push(u8::from(*truth)),
            (Value::Integer(number), Kind::Int2) => {
                buffer.extend_from_slice(&i16::try_from(*number)?.to_be_bytes());
            }
            (Value::Integer(number), Kind::Int4) => {
                buffer.extend_from_slice(&i32::try_from(*number)?.to_be_bytes());
            }
            (Value::Integer(number), Kind::Float4) => {
                buffer.extend_from_slice(&(*number as f32).to_be_bytes());
            }
            (Value::Integer(number), Kind::Float8) => {
                buffer.extend_from_slice(&(*number as f64).to_be_bytes());
            }
            (Value::Integer(number), _) => buffer.extend_from_slice(&number.to_be_bytes()),
            (Value::Real(number), Kind::Float4) => buffer.extend_from_slice(&(*number as f32).to_be_bytes()),
            (Value::Real(number), _) => buffer.extend_from_slice(&number.to_be_bytes()),
            (Value::Text(text), kind) => {
                if kind == Kind::Jsonb {
                    buffer.push(JSONB_VERSION);
                }
                buffer.extend_from_slice(text.as_bytes());
            }
            (Value::Blob(bytes), _) => buffer.extend_from_slice(bytes),
            (Value::Timestamp(moment), _) => {
                buffer.extend_from_slice(&to_microseconds(*moment).to_be_bytes());
            }
            _ => return Ok(IsNull::Yes),
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.expected.clone())
    }
}

/// The first byte of every `jsonb`.
const JSONB_VERSION: u8 = 1;

/// 2000-01-01, from which PostgreSQL counts, in milliseconds since the Unix epoch.
const EPOCH: i64 = 946_684_800_000;

/// Both count more years than a [`Timestamp`] has.
fn to_microseconds(moment: Timestamp) -> i64 {
    moment.as_millis().saturating_sub(EPOCH).saturating_mul(1_000)
}

fn from_microseconds(microseconds: i64) -> Timestamp {
    Timestamp::from_millis(microseconds.div_euclid(1_000).saturating_add(EPOCH))
}

/// What a column holds.
pub(super) fn read(value: &PgValueRef<'_>) -> Result<Value, Failure> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let kind = value.type_info();
    let misfit = |what| Failure::Misfit(what, kind.name().into());
    let known = Kind::of(&kind).ok_or_else(|| misfit("what hallpass reads"))?;
    let bytes = value.as_bytes().map_err(|_| misfit("what was received"))?;
    decode(known, bytes).ok_or_else(|| misfit("what was received"))
}

pub(super) fn decode(kind: Kind, bytes: &[u8]) -> Option<Value> {
    Some(match kind {
        Kind::Bool => Value::Bool(*bytes.first()? != 0),
        Kind::Int2 => Value::Integer(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        Kind::Int4 => Value::Integer(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        Kind::Int8 => Value::Integer(i64::from_be_bytes(bytes.try_into().ok()?)),
        Kind::Float4 => number(f32::from_be_bytes(bytes.try_into().ok()?).into()),
        Kind::Float8 => number(f64::from_be_bytes(bytes.try_into().ok()?)),
        Kind::Text => Value::Text(str::from_utf8(bytes).ok()?.to_owned()),
        Kind::Jsonb => Value::Text(str::from_utf8(bytes.strip_prefix(&[JSONB_VERSION])?).ok()?.to_owned()),
        Kind::Bytes => Value::Blob(bytes.to_vec()),
        Kind::Uuid => Value::Text(written(u128::from_be_bytes(bytes.try_into().ok()?))),
        Kind::List(of) => Value::Text(lists::decode(bytes, *of)?),
        Kind::Moment => Value::Timestamp(from_microseconds(i64::from_be_bytes(bytes.try_into().ok()?))),
    })
}

/// A UUID in the one form of 36 characters in which it is written: an id in another case is nobody's, as of every store, since who
/// finds a row by it would look for its other records in vain.
fn uuid(text: &str) -> Option<u128> {
    let is_one = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        });
    is_one.then(|| u128::from_str_radix(&text.replace('-', ""), 16).ok()).flatten()
}

fn written(uuid: u128) -> String {
    let mut text = format!("{uuid:032x}");
    for at in [8, 13, 18, 23] {
        text.insert(at, '-');
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_counted_from_the_year_2000_and_read_back() {
        let moment = Timestamp::parse("2026-11-22T08:21:27.378Z").unwrap();
        assert_eq!(to_microseconds(moment), 848_650_887_378_000);
        for moment in [moment, Timestamp::parse("1815-12-10T00:00:00.001Z").unwrap()] {
            assert_eq!(from_microseconds(to_microseconds(moment)), moment);
        }
        assert_eq!(from_microseconds(848_650_887_378_999), moment, "microseconds are left out");
        assert_eq!(from_microseconds(-1), Timestamp::from_millis(EPOCH - 1));
    }

    #[test]
    fn the_ends_of_time_are_read_back() {
        for moment in [i64::MIN, i64::MAX].map(Timestamp::from_millis) {
            assert_eq!(from_microseconds(to_microseconds(moment)), moment);
        }
    }

    #[test]
    fn a_uuid_is_read_as_it_is_written_and_nothing_else_is_one() {
        let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
        assert_eq!(uuid(id).map(written).as_deref(), Some(id));
        for wrong in [
            "",
            "3f2504e04f8941d39a0c0305e82c3301",
            "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
            "{3f2504e0-4f89-41d3-9a0c-0305e82c330}",
            "3f2504e0-4f89-41d3-9a0c-0305e82c330g",
            "+f2504e0-4f89-41d3-9a0c-0305e82c3301",
            "3f2504e0-4f89-41d3-9a0c0-305e82c3301",
        ] {
            assert_eq!(uuid(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_whole_number_is_one_whatever_the_columns_type() {
        let whole = |number: f64| decode(Kind::Float8, &number.to_be_bytes());
        assert_eq!(whole(3.0), Some(Value::Integer(3)));
        assert_eq!(whole(-9_007_199_254_740_991.0), Some(Value::Integer(-9_007_199_254_740_991)));
        assert_eq!(whole(1e300), Some(Value::Real(1e300)));
        assert_eq!(whole(2.5), Some(Value::Real(2.5)));
    }
}
