//! Lists in PostgreSQL's binary format, as JSON.
//!
//! A list is how many dimensions it has, whether it has NULLs, the type of its values, and of each dimension how long it is and
//! where it begins; then the values, each after its length.
//! <https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/arrayfuncs.c>

use hallpass_sql::Value;
use serde_json::Value as Json;
use sqlx::postgres::{PgTypeInfo, PgTypeKind};

use super::values::{Kind, decode as decode_one};

/// The length that a NULL has.
const NULL: i32 = -1;

/// A JSON array of texts or numbers as a list.
pub(super) fn encode(json: &str, of: Kind, list: &PgTypeInfo) -> Option<Vec<u8>> {
    let PgTypeKind::Array(each) = list.kind() else { return None };
    let values: Vec<Json> = serde_json::from_str(json).ok()?;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&i32::from(!values.is_empty()).to_be_bytes());
    bytes.extend_from_slice(&i32::from(values.contains(&Json::Null)).to_be_bytes());
    bytes.extend_from_slice(&each.oid()?.0.to_be_bytes());
    if !values.is_empty() {
        bytes.extend_from_slice(&i32::try_from(values.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(&1_i32.to_be_bytes());
    }
    for value in values {
        if value.is_null() {
            bytes.extend_from_slice(&NULL.to_be_bytes());
            continue;
        }
        let one = encode_one(&value, of)?;
        bytes.extend_from_slice(&i32::try_from(one.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(&one);
    }
    Some(bytes)
}

fn encode_one(value: &Json, of: Kind) -> Option<Vec<u8>> {
    Some(match of {
        Kind::Int2 => i16::try_from(value.as_i64()?).ok()?.to_be_bytes().into(),
        Kind::Int4 => i32::try_from(value.as_i64()?).ok()?.to_be_bytes().into(),
        Kind::Int8 => value.as_i64()?.to_be_bytes().into(),
        Kind::Float4 => (value.as_f64()? as f32).to_be_bytes().into(),
        Kind::Float8 => value.as_f64()?.to_be_bytes().into(),
        Kind::Text => value.as_str()?.into(),
        _ => return None,
    })
}

/// A list as a JSON array.
pub(super) fn decode(mut bytes: &[u8], of: Kind) -> Option<String> {
    let dimensions = number(&mut bytes)?;
    bytes.split_off(..8)?;
    if dimensions == 0 {
        return Some("[]".to_owned());
    }
    let length = number(&mut bytes)?;
    bytes.split_off(..4)?;
    if dimensions != 1 {
        return None;
    }
    let values = (0..length).map(|_| {
        let length = number(&mut bytes)?;
        if length == NULL {
            return Some(Json::Null);
        }
        Some(match decode_one(of, bytes.split_off(..usize::try_from(length).ok()?)?)? {
            Value::Integer(number) => number.into(),
            Value::Real(number) => number.into(),
            Value::Text(text) => text.into(),
            _ => return None,
        })
    });
    Some(Json::Array(values.collect::<Option<_>>()?).to_string())
}

fn number(bytes: &mut &[u8]) -> Option<i32> {
    Some(i32::from_be_bytes(bytes.split_off(..4)?.try_into().ok()?))
}
