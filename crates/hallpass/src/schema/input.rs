//! What is set, held against the declaration.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use super::column::FieldKind;
use super::field::ExtraField;
use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::model::Extra;
use crate::shape::{Issue, MAX_TEXT, Part, is_truthy, kind_of, within};

/// Who sets fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// A client: only fields that are for clients, and what is not declared is dropped, as in better-auth.
    Client,
    /// The app's own code: every declared field.
    App,
}

/// What a record is created with: what is given, else defaults. Fields are looked at in the order of their
/// declaration, and the first that is wrong is told.
pub(crate) fn at_creation(
    auth: &Auth,
    fields: &[ExtraField],
    given: Extra,
    writer: Writer,
) -> Result<Extra, Error> {
    let mut given = declared(fields, given, writer)?;
    let mut kept = Map::new();
    for field in fields {
        let value = match given.shift_remove(field.name()) {
            Some(_) if writer == Writer::Client && !field.is_input() && field.has_default() => None,
            Some(value) => accept(field, value, writer)?,
            None => None,
        };
        let value = match value {
            Some(value) => value,
            None => match made(auth, field)? {
                Some(value) => value,
                None if field.column().is_required() => {
                    return Err(Error::MissingField(field.name().to_owned()));
                }
                None => continue,
            },
        };
        kept.insert(field.name().to_owned(), value);
    }
    Ok(kept)
}

/// Gives a new record the defaults of fields about which nothing was said: `null` is said.
pub(crate) fn complete(auth: &Auth, fields: &[ExtraField], extra: &mut Extra) -> Result<(), Error> {
    for field in fields {
        if !extra.contains_key(field.name())
            && let Some(value) = made(auth, field)?
        {
            extra.insert(field.name().to_owned(), value);
        }
    }
    Ok(())
}

fn made(auth: &Auth, field: &ExtraField) -> Result<Option<Value>, Error> {
    let Some(value) = field.made(auth) else { return Ok(None) };
    let value = if value.is_null() { Ok(value) } else { typed(field.column().kind(), value) };
    value.map(Some).map_err(|_| Error::Internal("the default of a field is not of its kind"))
}

/// What of a record is changed; `null` takes a field away.
pub(crate) fn at_change(fields: &[ExtraField], given: Extra, writer: Writer) -> Result<Extra, Error> {
    let mut given = declared(fields, given, writer)?;
    let mut kept = Map::new();
    for field in fields {
        let Some(value) = given.shift_remove(field.name()) else { continue };
        if let Some(value) = accept(field, value, writer)? {
            kept.insert(field.name().to_owned(), value);
        }
    }
    Ok(kept)
}

/// Refuses names and pictures that are longer than any text that clients may send: of the app's own code too.
pub(crate) fn check_texts(name: Option<&str>, image: Option<&str>) -> Result<(), Error> {
    for (field, text) in [("name", name), ("image", image)] {
        let too_long = |problem| Error::Invalid(vec![Issue::new(Part::Body, field, problem)]);
        text.map_or(Ok(()), |text| within(text, MAX_TEXT)).map_err(too_long)?;
    }
    Ok(())
}

fn declared(fields: &[ExtraField], given: Extra, writer: Writer) -> Result<Extra, Error> {
    let unknown = given.keys().find(|name| fields.iter().all(|field| field.name() != *name));
    match unknown {
        Some(unknown) if writer == Writer::App => Err(Error::UndeclaredField(unknown.clone())),
        _ => Ok(given),
    }
}

/// The value as it is to be kept; `None` where a client's is to be ignored.
fn accept(field: &ExtraField, value: Value, writer: Writer) -> Result<Option<Value>, Error> {
    if writer == Writer::Client && !field.is_input() {
        // As in better-auth, whose clients send back what they have of a form.
        return if is_truthy(&value) {
            Err(Error::FieldNotAllowed(field.name().to_owned()))
        } else {
            Ok(None)
        };
    }
    if value.is_null() && !field.column().is_required() {
        return Ok(Some(Value::Null));
    }
    let value = typed(field.column().kind(), value).map_err(|(item, problem)| {
        let path = match item {
            None => field.name().to_owned(),
            Some(item) => format!("{}.{item}", field.name()),
        };
        Error::Invalid(vec![Issue::new(Part::Body, path, problem)])
    })?;
    let too_long = |problem| Error::Invalid(vec![Issue::new(Part::Body, field.name().to_owned(), problem)]);
    field.check_length(&value).map_err(too_long)?;
    match field.kept(value) {
        Ok(value) => Ok(Some(value)),
        Err(message) => Err(Error::InvalidField(message)),
    }
}

/// What is wrong with a value, in zod's words: in which item, if it is a list, and what.
type Problem = (Option<usize>, Cow<'static, str>);

/// The value in the one form in which its kind is kept.
pub(super) fn typed(kind: FieldKind, value: Value) -> Result<Value, Problem> {
    let mismatch = |at, expected: &str, value: &Value| {
        let received = kind_of(value);
        Err((at, Cow::Owned(format!("Invalid input: expected {expected}, received {received}"))))
    };
    let items = |items: Vec<Value>, expected: &str, is_good: fn(&Value) -> bool| match items
        .iter()
        .enumerate()
        .find(|(_, item)| !is_good(item))
    {
        None => Ok(Value::Array(items)),
        Some((at, odd)) => mismatch(Some(at), expected, odd),
    };
    match (kind, value) {
        (FieldKind::Text, value @ Value::String(_)) | (FieldKind::Boolean, value @ Value::Bool(_)) => {
            Ok(value)
        }
        (FieldKind::Json, value) if !value.is_null() => Ok(value),
        (FieldKind::Number, Value::Number(number)) => Ok(Value::Number(plain(number))),
        (FieldKind::Moment, Value::String(text)) => match Timestamp::parse(&text) {
            Some(moment) => Ok(Value::String(moment.to_string())),
            None => Err((None, "Invalid ISO datetime".into())),
        },
        (FieldKind::TextList, Value::Array(list)) => items(list, "string", Value::is_string),
        (FieldKind::NumberList, Value::Array(list)) => items(list, "number", Value::is_number),
        (kind, value) => {
            let expected = match kind {
                FieldKind::Text => "string",
                FieldKind::Number => "number",
                FieldKind::Boolean => "boolean",
                FieldKind::Moment => "date",
                FieldKind::Json => "json",
                FieldKind::TextList | FieldKind::NumberList => "array",
            };
            mismatch(None, expected, &value)
        }
    }
}

/// A whole number without a fraction, as JavaScript has it: `1.0` is `1`.
fn plain(number: Number) -> Number {
    /// JavaScript's `Number.MAX_SAFE_INTEGER`.
    const EXACT: f64 = 9_007_199_254_740_991.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "whole, and of fewer than 54 bits")]
            Number::from(float as i64)
        }
        _ => number,
    }
}
