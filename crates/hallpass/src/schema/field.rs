//! An additional field, as an app or a plugin declares it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::column::{Column, FieldKind};
use crate::auth::Auth;
use crate::shape::{MAX_TEXT, within};

/// What makes a default anew for each record.
type Make = Arc<dyn Fn(&Auth) -> Value + Send + Sync>;
/// What is wrong with a value, in words for its user.
type Check = Arc<dyn Fn(&Value) -> Result<(), Cow<'static, str>> + Send + Sync>;
type Transform = Arc<dyn Fn(Value) -> Value + Send + Sync>;

/// An additional field of users or sessions.
///
/// Unless more is said, a record may be without it, its client sees it, and **only the app's own code sets
/// it**: a role that anyone could give themselves by sending it would be worth nothing. better-auth has the
/// last the other way round.
///
/// ```
/// use hallpass::schema::ExtraField;
///
/// let nickname = ExtraField::text("nickname").input().check(|nickname| {
///     let is_short = nickname.as_str().is_some_and(|nickname| nickname.len() <= 32);
///     if is_short { Ok(()) } else { Err("A nickname has at most 32 characters".into()) }
/// });
/// let role = ExtraField::text("role").required().default_value("member");
/// let note = ExtraField::text("internalNote").hidden();
/// ```
#[derive(Clone)]
#[must_use = "a field is declared by giving it to the builder, or to a plugin's schema"]
pub struct ExtraField {
    column: Column,
    pub(super) input: bool,
    pub(super) returned: bool,
    max_length: usize,
    make: Option<Make>,
    check: Option<Check>,
    transform: Option<Transform>,
}

impl ExtraField {
    /// A field of this kind. The name is what the wire has, in camelCase.
    pub fn new(name: impl Into<Cow<'static, str>>, kind: FieldKind) -> Self {
        Self {
            column: Column::new(name, kind),
            input: false,
            returned: true,
            max_length: MAX_TEXT,
            make: None,
            check: None,
            transform: None,
        }
    }

    /// A text.
    pub fn text(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name, FieldKind::Text)
    }

    /// A number.
    pub fn number(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name, FieldKind::Number)
    }

    /// `true` or `false`.
    pub fn boolean(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name, FieldKind::Boolean)
    }

    /// A moment, as ISO 8601 text in UTC.
    pub fn moment(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name, FieldKind::Moment)
    }

    /// Any JSON.
    pub fn json(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name, FieldKind::Json)
    }

    /// Must be there: who signs up without it is told so, unless it has a default.
    pub fn required(mut self) -> Self {
        self.column.required = true;
        self
    }

    /// Clients may set it, at sign-up and later.
    pub fn input(mut self) -> Self {
        self.input = true;
        self
    }

    /// Clients never see it.
    pub fn hidden(mut self) -> Self {
        self.returned = false;
        self
    }

    /// No two users have the same; [`UserStore::user_by_field`](crate::store::UserStore::user_by_field) finds
    /// the one who has it. For texts of users.
    pub fn unique(mut self) -> Self {
        self.column.unique = true;
        self
    }

    /// The app looks records up by it.
    pub fn indexed(mut self) -> Self {
        self.column.indexed = true;
        self
    }

    /// What a record gets that is created without it, and what records have that were there before the field.
    pub fn default_value(mut self, value: impl Into<Value>) -> Self {
        self.column.default = Some(value.into());
        self
    }

    /// Makes what a record gets that is created without it. Time and randomness are the `Auth`'s.
    pub fn default_with(mut self, make: impl Fn(&Auth) -> Value + Send + Sync + 'static) -> Self {
        self.make = Some(Arc::new(make));
        self
    }

    /// The most UTF-16 units of what is set, of a list or of JSON as JSON text. Default: 8192; more is told as 400
    /// `VALIDATION_ERROR`. What is kept goes into every answer about its user.
    pub fn max_length(mut self, length: usize) -> Self {
        self.max_length = length;
        self
    }

    /// Holds what is set, but for `null`, against a rule beyond the field's kind. The error is told to whoever
    /// set it: 400 `VALIDATION_ERROR`.
    pub fn check(
        mut self,
        check: impl Fn(&Value) -> Result<(), Cow<'static, str>> + Send + Sync + 'static,
    ) -> Self {
        self.check = Some(Arc::new(check));
        self
    }

    /// Changes what is set, but for `null`, after it was checked: lower-cases it, trims it.
    pub fn transform(mut self, transform: impl Fn(Value) -> Value + Send + Sync + 'static) -> Self {
        self.transform = Some(Arc::new(transform));
        self
    }

    /// Refers to a column of a table, and goes with its row. For plugins.
    pub fn references(
        mut self,
        table: impl Into<Cow<'static, str>>,
        column: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.column = self.column.references(table, column);
        self
    }

    /// The name on the wire.
    pub fn name(&self) -> &str {
        self.column.name()
    }

    /// What a store has to know.
    pub fn column(&self) -> &Column {
        &self.column
    }

    /// Whether clients may set it.
    pub fn is_input(&self) -> bool {
        self.input
    }

    /// Whether clients see it.
    pub fn is_returned(&self) -> bool {
        self.returned
    }

    /// Whether a record that is created without it gets something.
    pub(super) fn has_default(&self) -> bool {
        self.make.is_some() || self.column.default.is_some()
    }

    /// What a record gets that is created without it.
    pub(super) fn made(&self, auth: &Auth) -> Option<Value> {
        self.make.as_ref().map(|make| make(auth)).or_else(|| self.column.default.clone())
    }

    /// What is wrong with a value that is too long.
    pub(super) fn check_length(&self, value: &Value) -> Result<(), Cow<'static, str>> {
        match value {
            Value::String(text) => within(text, self.max_length),
            Value::Array(_) | Value::Object(_) => within(&value.to_string(), self.max_length),
            _ => Ok(()),
        }
    }

    /// `value` as it is to be kept, or what is wrong with it.
    pub(super) fn kept(&self, value: Value) -> Result<Value, Cow<'static, str>> {
        if let Some(check) = &self.check {
            check(&value)?;
        }
        Ok(match &self.transform {
            Some(transform) => transform(value),
            None => value,
        })
    }
}

impl fmt::Debug for ExtraField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtraField")
            .field("column", &self.column)
            .field("input", &self.input)
            .field("returned", &self.returned)
            .finish_non_exhaustive()
    }
}
