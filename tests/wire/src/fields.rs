//! better-auth's `additionalFields`, as hallpass declares them.

use hallpass::AuthBuilder;
use hallpass::schema::{ExtraField, FieldKind};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Failure;
use crate::options::Options;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Field {
    #[serde(rename = "type")]
    kind: Kind,
    required: Option<bool>,
    default_value: Option<Value>,
    input: Option<bool>,
    returned: Option<bool>,
    #[serde(default)]
    unique: bool,
    #[serde(default)]
    index: bool,
}

#[derive(Deserialize)]
enum Kind {
    #[serde(rename = "string")]
    String,
    #[serde(rename = "number")]
    Number,
    #[serde(rename = "boolean")]
    Boolean,
    #[serde(rename = "date")]
    Date,
    #[serde(rename = "json")]
    Json,
    #[serde(rename = "string[]")]
    StringList,
    #[serde(rename = "number[]")]
    NumberList,
}

/// Declares the fields of both records.
pub(crate) fn declare(builder: AuthBuilder, options: &Options) -> Result<AuthBuilder, Failure> {
    let builder =
        fields("user", &options.user.additional_fields)?.into_iter().fold(builder, AuthBuilder::user_field);
    Ok(fields("session", &options.session.additional_fields)?
        .into_iter()
        .fold(builder, AuthBuilder::session_field))
}

fn fields(record: &str, declared: &Map<String, Value>) -> Result<Vec<ExtraField>, Failure> {
    declared.iter().map(|(name, given)| field(&format!("{record}.additionalFields"), name, given)).collect()
}

fn field(path: &str, name: &str, given: &Value) -> Result<ExtraField, Failure> {
    let refused = |reason: &str| Failure::Refused(format!("option {path}.{name}: {reason}"));
    let given: Field = serde_json::from_value(given.clone()).map_err(|error| refused(&error.to_string()))?;
    let kind = match given.kind {
        Kind::String => FieldKind::Text,
        Kind::Number => FieldKind::Number,
        Kind::Boolean => FieldKind::Boolean,
        Kind::Date => FieldKind::Moment,
        Kind::Json => FieldKind::Json,
        Kind::StringList => FieldKind::TextList,
        Kind::NumberList => FieldKind::NumberList,
    };
    let mut field = ExtraField::new(name.to_owned(), kind);
    match given.required {
        Some(false) => {}
        Some(true) => field = field.required(),
        // better-auth then makes the column NOT NULL, and does not look whether the field was sent.
        None if given.default_value.is_none() => return Err(refused("`required` must be said")),
        None => field = field.required(),
    }
    if let Some(value) = given.default_value {
        field = field.default_value(value);
    }
    if given.input != Some(false) {
        field = field.input();
    }
    if given.returned == Some(false) {
        field = field.hidden();
    }
    if given.unique {
        field = field.unique();
    }
    if given.index {
        field = field.indexed();
    }
    Ok(field)
}
