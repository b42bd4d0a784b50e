//! What a store has to know of a field: its column.

use std::borrow::Cow;

use serde_json::Value;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldKind {
    /// Text: better-auth's `string`.
    Text,
    /// A number, whole or not: `number`.
    Number,
    /// `true` or `false`: `boolean`.
    Boolean,
    /// A moment, as ISO 8601 text: `date`.
    Moment,
    /// Any JSON but `null`: `json`.
    Json,
    /// A list of texts: `string[]`.
    TextList,
    /// A list of numbers: `number[]`.
    NumberList,
}

/// A column of a table, by its camelCase name: what a store needs to keep a field.
///
/// Nothing and `null` are the same: a record that was read has no nulls among its additional fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub(super) name: Cow<'static, str>,
    pub(super) kind: FieldKind,
    pub(super) required: bool,
    pub(super) unique: bool,
    pub(super) indexed: bool,
    pub(super) default: Option<Value>,
    pub(super) references: Option<(Cow<'static, str>, Cow<'static, str>)>,
}

impl Column {
    /// A column that may hold nothing.
    pub fn new(name: impl Into<Cow<'static, str>>, kind: FieldKind) -> Self {
        Self {
            name: name.into(),
            kind,
            required: false,
            unique: false,
            indexed: false,
            default: None,
            references: None,
        }
    }

    /// Must hold something.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// No two rows hold the same; any number of them may hold nothing.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Rows are looked up by it.
    #[must_use]
    pub fn indexed(mut self) -> Self {
        self.indexed = true;
        self
    }

    /// Holds what `column` of a row of `table` holds, and the row goes when that one does.
    #[must_use]
    pub fn references(
        mut self,
        table: impl Into<Cow<'static, str>>,
        column: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.references = Some((table.into(), column.into()));
        self
    }

    /// The name, in camelCase.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it holds.
    pub fn kind(&self) -> FieldKind {
        self.kind
    }

    /// Whether it must hold something.
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// Whether no two rows hold the same.
    pub fn is_unique(&self) -> bool {
        self.unique
    }

    /// Whether rows are looked up by it.
    pub fn is_indexed(&self) -> bool {
        self.indexed
    }

    /// What rows hold that were there before the column was.
    pub fn default(&self) -> Option<&Value> {
        self.default.as_ref()
    }

    /// The table and column that it refers to.
    pub fn reference(&self) -> Option<(&str, &str)> {
        self.references.as_ref().map(|(table, column)| (&**table, &**column))
    }
}

/// A table of a plugin's own, by its camelCase name. Beside its columns it has `id`, a text and its primary
/// key.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    name: Cow<'static, str>,
    columns: Vec<Column>,
}

impl Table {
    /// A table with nothing but its `id`.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), columns: Vec::new() }
    }

    /// With a column.
    #[must_use]
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// The name, in camelCase.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns beside `id`.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
}
