//! The declared shape of a body or a query: what is checked before a handler runs, what the handler
//! is then given, and what an OpenAPI document says.
//!
//! Messages are those of zod 4 in English, which better-auth's clients get.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use crate::types::Email;

/// An object with named fields. Unknown fields are dropped, unless it is [open](Shape::open).
#[derive(Debug, Clone, Default)]
pub struct Shape {
    fields: Vec<Field>,
    mentioned: Vec<Field>,
    open: bool,
    is_record: bool,
    optional: bool,
}

/// One field of a [`Shape`].
#[derive(Debug, Clone)]
pub struct Field {
    name: &'static str,
    kind: Kind,
    required: bool,
    /// The field whose text stands in for this one.
    stand_in: Option<&'static str>,
    min_length: usize,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Text.
    String,
    /// Text that is a password. How long it may be is a rule of its own
    /// ([`EmailPassword::max_password_length`](crate::EmailPassword::max_password_length)).
    Password,
    /// Text, or `null`.
    NullableString,
    /// Text that is an e-mail address.
    Email,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// An object of any fields.
    Record,
    /// Any text, of which only the empty one is `false`: how better-auth reads flags in a query.
    Flag,
    /// Anything.
    Any,
}

/// Where the input came from, as messages call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The request's body.
    Body,
    /// The request's query.
    Query,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Query => "query",
        }
    }
}

/// What is wrong with one field. Displays as a line of better-auth's message:
/// `[body.email] Invalid email address`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    part: Part,
    field: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
}

impl Issue {
    pub(crate) fn new(
        part: Part,
        field: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { part, field: Some(field.into()), message: message.into() }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "[{}.{field}] {}", self.part.name(), self.message),
            None => write!(f, "[{}] {}", self.part.name(), self.message),
        }
    }
}

impl Shape {
    /// An object without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a required field.
    #[must_use]
    pub fn field(mut self, name: &'static str, kind: Kind) -> Self {
        self.fields.push(Field { name, kind, required: true, stand_in: None, min_length: 0 });
        self
    }

    /// With a field that is required unless there is a text of another name, declared after it.
    #[must_use]
    pub fn field_or(mut self, name: &'static str, kind: Kind, stand_in: &'static str) -> Self {
        self.fields.push(Field { name, kind, required: true, stand_in: Some(stand_in), min_length: 0 });
        self
    }

    /// With a required text of at least `length` UTF-16 units, of kind [`String`](Kind::String) or
    /// [`Password`](Kind::Password).
    #[must_use]
    pub fn text_of_at_least(mut self, name: &'static str, kind: Kind, length: usize) -> Self {
        self.fields.push(Field { name, kind, required: true, stand_in: None, min_length: length });
        self
    }

    /// With a field that may be absent (but not `null`).
    #[must_use]
    pub fn optional(mut self, name: &'static str, kind: Kind) -> Self {
        self.fields.push(Field { name, kind, required: false, stand_in: None, min_length: 0 });
        self
    }

    /// With an optional field that is left to the handler to check, of a body that is [open](Self::open): for
    /// documents.
    #[must_use]
    pub fn mention(mut self, name: &'static str, kind: Kind) -> Self {
        self.mentioned.push(Field { name, kind, required: false, stand_in: None, min_length: 0 });
        self
    }

    /// Keeps fields that are not declared: additional user fields come this way.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// Is [open](Self::open), and called a record where it is something else: how better-auth declares a body
    /// that may hold any fields.
    #[must_use]
    pub fn record(mut self) -> Self {
        self.open = true;
        self.is_record = true;
        self
    }

    /// May be absent as a whole.
    #[must_use]
    pub fn absent_is_empty(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The fields, in their order, and those that are mentioned.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().chain(&self.mentioned)
    }

    /// Whether undeclared fields are kept.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether it may be absent as a whole.
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// Checks `input` and keeps of it what is declared.
    ///
    /// # Errors
    /// One [`Issue`] for everything that is wrong, in the order of the declaration.
    pub fn check(&self, part: Part, input: Option<Value>) -> Result<Map<String, Value>, Vec<Issue>> {
        let mut given = match input {
            Some(Value::Object(map)) => map,
            None if self.optional => return Ok(Map::new()),
            other => {
                let received = other.as_ref().map_or("undefined", kind_of);
                let issue = |expected: &str| Issue {
                    part,
                    field: None,
                    message: Cow::Owned(format!("Invalid input: expected {expected}, received {received}")),
                };
                return Err(match (self.is_record, self.open) {
                    (true, _) => vec![issue("record")],
                    // better-auth declares such bodies as an object and a record; both complain.
                    (false, true) => vec![issue("object"), issue("record")],
                    (false, false) => vec![issue("object")],
                });
            }
        };
        let mut issues = Vec::new();
        let mut kept = Map::new();
        for field in &self.fields {
            let value = given.shift_remove(field.name);
            // zod holds the least length against whatever has a length.
            let is_short_array =
                matches!(&value, Some(Value::Array(items)) if items.len() < field.min_length);
            if value.is_none()
                && field.stand_in.is_some_and(|other| given.get(other).is_some_and(Value::is_string))
            {
                continue;
            }
            match field.check(value) {
                Ok(Some(value)) => {
                    kept.insert(field.name.to_owned(), value);
                }
                Ok(None) => {}
                Err(message) => issues.push(Issue::new(part, field.name, message)),
            }
            if is_short_array {
                let message = format!("Too small: expected array to have >={} items", field.min_length);
                issues.push(Issue::new(part, field.name, message));
            }
        }
        if self.open {
            kept.extend(given);
        }
        if issues.is_empty() { Ok(kept) } else { Err(issues) }
    }
}

impl Field {
    /// The name on the wire.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it holds.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it must be there.
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// The least UTF-16 units of a text.
    pub fn min_length(&self) -> usize {
        self.min_length
    }

    fn check(&self, value: Option<Value>) -> Result<Option<Value>, Cow<'static, str>> {
        if let Some(Value::String(text)) = &value
            && self.kind != Kind::Password
        {
            within(text, MAX_TEXT)?;
        }
        let Some(value) = value else {
            return if self.required && self.kind != Kind::Any {
                Err(self.mismatch("undefined"))
            } else {
                Ok(None)
            };
        };
        match (self.kind, value) {
            (Kind::Any, value) => Ok(Some(value)),
            (Kind::NullableString, value @ (Value::String(_) | Value::Null)) => Ok(Some(value)),
            (Kind::Flag, value) => Ok(Some(Value::Bool(is_truthy(&value)))),
            (Kind::Boolean, value @ Value::Bool(_))
            | (Kind::Number, value @ Value::Number(_))
            | (Kind::Record, value @ Value::Object(_)) => Ok(Some(value)),
            (Kind::OneOf(texts), Value::String(text)) if texts.contains(&text.as_str()) => {
                Ok(Some(Value::String(text)))
            }
            (Kind::Email, Value::String(text)) => {
                if Email::is_valid(&text) {
                    Ok(Some(Value::String(text)))
                } else {
                    Err(Cow::Borrowed("Invalid email address"))
                }
            }
            (Kind::String | Kind::Password, Value::String(text)) => {
                if text.encode_utf16().take(self.min_length).count() < self.min_length {
                    Err(Cow::Owned(format!(
                        "Too small: expected string to have >={} characters",
                        self.min_length
                    )))
                } else {
                    Ok(Some(Value::String(text)))
                }
            }
            (_, other) => Err(self.mismatch(kind_of(&other))),
        }
    }

    fn mismatch(&self, received: &str) -> Cow<'static, str> {
        let expected = match self.kind {
            Kind::String | Kind::Password | Kind::NullableString | Kind::Email => "string",
            Kind::Boolean => "boolean",
            Kind::Number => "number",
            Kind::Record => "record",
            Kind::OneOf(texts) => {
                let texts: Vec<_> = texts.iter().map(|text| format!("\"{text}\"")).collect();
                return Cow::Owned(format!("Invalid option: expected one of {}", texts.join("|")));
            }
            Kind::Flag | Kind::Any => "nonoptional",
        };
        Cow::Owned(format!("Invalid input: expected {expected}, received {received}"))
    }
}

/// The most UTF-16 units of a text that clients send, but for what is declared otherwise: what is kept of it goes into
/// every answer about its user.
pub(crate) const MAX_TEXT: usize = 8192;

/// Refuses a text of more than `longest` UTF-16 units, in zod's words.
pub(crate) fn within(text: &str, longest: usize) -> Result<(), Cow<'static, str>> {
    // No text has more units than bytes.
    if text.len() <= longest || text.encode_utf16().take(longest.saturating_add(1)).count() <= longest {
        return Ok(());
    }
    Err(Cow::Owned(format!("Too big: expected string to have <={longest} characters")))
}

/// JavaScript's `Boolean(value)`.
pub(crate) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64().is_some_and(|n| n != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// What zod calls a value.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests;
