//! Additional fields as columns: between JSON and what a database holds.

use hallpass::clock::Timestamp;
use hallpass::model::Extra;
use hallpass::schema::{Column, ExtraField, FieldKind};
use hallpass::store::{StoreError, StoreErrorKind};
use serde_json::Value as Json;

use crate::renderer::Renderer;
use crate::rows::Row;
use crate::value::Value;

/// The columns of a table's additional fields.
#[derive(Debug, Clone)]
pub(crate) struct ExtraColumns(Vec<ExtraColumn>);

#[derive(Debug, Clone)]
struct ExtraColumn {
    column: Column,
    /// The name in results: `user.role`.
    alias: String,
}

impl ExtraColumns {
    pub(crate) const NONE: Self = Self(Vec::new());

    pub(crate) fn new(table: &str, fields: &[ExtraField]) -> Self {
        let columns = fields.iter().map(|field| ExtraColumn {
            column: field.column().clone(),
            alias: format!("{table}.{}", field.name()),
        });
        Self(columns.collect())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|extra| extra.column.name())
    }

    /// The names of those that no two rows share.
    pub(crate) fn unique(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|extra| extra.column.is_unique()).map(|extra| extra.column.name())
    }

    /// A value for each column.
    pub(crate) fn values(
        &self,
        table: &'static str,
        extra: &Extra,
        to: &Renderer,
    ) -> Result<Vec<Value>, StoreError> {
        self.refuse_undeclared(table, extra)?;
        self.0.iter().map(|each| each.value(extra.get(each.column.name()), to)).collect()
    }

    /// Parameters of [`Table::changes`](crate::record::Table::changes): for each column, whether it is to be
    /// changed, and what to.
    pub(crate) fn changes(
        &self,
        table: &'static str,
        extra: &Extra,
        to: &Renderer,
    ) -> Result<Vec<Value>, StoreError> {
        self.refuse_undeclared(table, extra)?;
        let mut params = Vec::with_capacity(2 * self.0.len());
        for each in &self.0 {
            let value = extra.get(each.column.name());
            params.push(value.is_some().into());
            params.push(each.value(value, to)?);
        }
        Ok(params)
    }

    pub(crate) fn read(&self, row: &mut Row<'_>) -> Result<Extra, StoreError> {
        let mut extra = Extra::new();
        for each in &self.0 {
            if let Some(value) = each.json(row.take(&each.alias)?)? {
                extra.insert(each.column.name().to_owned(), value);
            }
        }
        Ok(extra)
    }

    /// A field without a column is refused, because dropping it would lose it in silence.
    fn refuse_undeclared(&self, table: &'static str, extra: &Extra) -> Result<(), StoreError> {
        match extra.keys().find(|name| self.names().all(|declared| declared != *name)) {
            None => Ok(()),
            Some(field) => Err(unexpected(ExtraError::Undeclared { table, field: field.clone() })),
        }
    }
}

impl ExtraColumn {
    fn value(&self, value: Option<&Json>, to: &Renderer) -> Result<Value, StoreError> {
        let misfit =
            || unexpected(ExtraError::Misfit { column: self.alias.clone(), kind: self.column.kind() });
        let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Value::Null) };
        match (self.column.kind(), value) {
            (FieldKind::Text, Json::String(text)) => Ok(Value::Text(text.clone())),
            (FieldKind::Boolean, Json::Bool(truth)) => Ok(Value::Bool(*truth)),
            (FieldKind::Number, Json::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Ok(Value::Integer(whole)),
                (None, Some(real)) => Ok(Value::Real(real)),
                (None, None) => Err(misfit()),
            },
            (FieldKind::Moment, Json::String(text)) => {
                Timestamp::parse(text).map(|moment| to.moment(moment)).ok_or_else(misfit)
            }
            (FieldKind::Json | FieldKind::TextList | FieldKind::NumberList, value) => {
                Ok(Value::Text(wrapped(value)))
            }
            _ => Err(misfit()),
        }
    }

    /// What a column holds. better-auth does not hold what it stores against a field's kind, so what is of
    /// another is given as it is: a user who has such a value can sign in all the same.
    fn json(&self, value: Value) -> Result<Option<Json>, StoreError> {
        let kind = self.column.kind();
        Ok(match (kind, value) {
            (_, Value::Null) => None,
            (FieldKind::Boolean, Value::Integer(number)) => Some(Json::Bool(number != 0)),
            (FieldKind::Moment, Value::Integer(millis)) => {
                Some(Json::String(Timestamp::from_millis(millis).to_string()))
            }
            (FieldKind::Json | FieldKind::TextList | FieldKind::NumberList, Value::Text(text)) => {
                serde_json::from_str(&text).ok().map(unwrapped).filter(|value| !value.is_null())
            }
            (_, Value::Text(text)) => Some(Json::String(text)),
            (_, Value::Bool(truth)) => Some(Json::Bool(truth)),
            (_, Value::Integer(number)) => Some(number.into()),
            (_, Value::Real(real)) => Some(real.into()),
            (_, Value::Timestamp(moment)) => Some(Json::String(moment.to_string())),
            (_, Value::Blob(_)) => {
                return Err(unexpected(ExtraError::Misfit { column: self.alias.clone(), kind }));
            }
        })
    }
}

/// What better-auth keeps in SQLite by Drizzle is JSON in a text of JSON: it is written twice, and read as either.
fn unwrapped(value: Json) -> Json {
    inner(&value).unwrap_or(value)
}

/// A value as it is written: a text that would be taken for one of those twice written, so that it is read as it is.
fn wrapped(value: &Json) -> String {
    let text = value.to_string();
    if inner(value).is_some() { Json::String(text).to_string() } else { text }
}

/// What a text of JSON has in it, if in the end that is an array or an object.
fn inner(value: &Json) -> Option<Json> {
    let inside = serde_json::from_str::<Json>(value.as_str()?).ok()?;
    (inside.is_array() || inside.is_object() || inner(&inside).is_some()).then_some(inside)
}

fn unexpected(error: ExtraError) -> StoreError {
    StoreError::new(StoreErrorKind::Unexpected, error)
}

/// Values are not told: they may be secrets.
#[derive(Debug, thiserror::Error)]
enum ExtraError {
    #[error("table `{table}` has no column declared for the additional field `{field}`")]
    Undeclared { table: &'static str, field: String },
    #[error("`{column}` is declared as {kind:?}, and the value is of another kind")]
    Misfit { column: String, kind: FieldKind },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_json_is_read_as_the_text_that_it_was() {
        let json = serde_json::json!({"a": ["b"]});
        let once = Json::String(json.to_string());
        let twice = Json::String(once.to_string());
        let thrice = Json::String(twice.to_string());
        for value in
            [json, once, twice, thrice, "[1]".into(), "[".into(), "7".into(), "\"a\"".into(), "".into()]
        {
            let read: Json = serde_json::from_str(&wrapped(&value)).unwrap();
            assert_eq!(unwrapped(read), value);
        }
    }

    #[test]
    fn json_is_read_though_it_was_written_twice_and_texts_stay_texts() {
        for (kept, expected) in [
            (r#"["a"]"#, r#"["a"]"#),
            (r#""[\"a\"]""#, r#"["a"]"#),
            (r#""{\"a\":1}""#, r#"{"a":1}"#),
            (r#""a""#, r#""a""#),
            (r#""7""#, r#""7""#),
            (r#""[""#, r#""[""#),
        ] {
            assert_eq!(unwrapped(serde_json::from_str(kept).unwrap()).to_string(), expected, "{kept}");
        }
    }
}
