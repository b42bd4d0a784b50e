//! What is kept beyond the core: additional fields of users and sessions, and tables of plugins.
//!
//! A field is declared once, by the app ([`AuthBuilder::user_field`](crate::AuthBuilder::user_field)) or by a
//! plugin ([`Plugin::schema`](crate::plugin::Plugin::schema)). The declaration is what the database's columns,
//! the checks of what clients send, and the answers are made from. Nothing here knows a database.

mod column;
mod field;
pub(crate) mod input;
pub(crate) mod kept;
mod names;
mod view;

pub use column::{Column, FieldKind, Table};
pub use field::ExtraField;
pub(crate) use view::FieldOrder;
pub use view::{SessionView, UserView};

pub(crate) use names::SchemaProblem;

use crate::ids::IdFormat;

/// Fields of users and sessions, and tables.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    user: Vec<ExtraField>,
    session: Vec<ExtraField>,
    tables: Vec<Table>,
    ids: IdFormat,
}

impl Schema {
    /// Nothing beyond the core.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a field of users.
    #[must_use]
    pub fn user_field(mut self, field: ExtraField) -> Self {
        self.user.push(field);
        self
    }

    /// With a field of sessions.
    #[must_use]
    pub fn session_field(mut self, field: ExtraField) -> Self {
        self.session.push(field);
        self
    }

    /// With a table of a plugin's own.
    #[must_use]
    pub fn table(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }

    /// With ids that look like this.
    #[must_use]
    pub fn ids(mut self, ids: IdFormat) -> Self {
        self.ids = ids;
        self
    }

    /// What ids look like.
    pub fn id_format(&self) -> IdFormat {
        self.ids
    }

    /// The fields of users, in the order of answers.
    pub fn user_fields(&self) -> &[ExtraField] {
        &self.user
    }

    /// The fields of sessions, in the order of answers.
    pub fn session_fields(&self) -> &[ExtraField] {
        &self.session
    }

    /// The tables beside the core's.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Whether there are fields that clients never see. A [cached](crate::CurrentSession::is_cached) session comes without
    /// them.
    pub fn has_hidden_fields(&self) -> bool {
        self.user.iter().chain(&self.session).any(|field| !field.is_returned())
    }

    /// Whether a store keeps the same for both: columns and tables, whatever clients may do with them.
    pub fn is_kept_as(&self, other: &Self) -> bool {
        fn columns(fields: &[ExtraField]) -> impl Iterator<Item = &Column> {
            fields.iter().map(ExtraField::column)
        }
        columns(&self.user).eq(columns(&other.user))
            && columns(&self.session).eq(columns(&other.session))
            && self.tables == other.tables
            && self.ids == other.ids
    }

    /// Adds what others declare.
    pub(crate) fn extend(&mut self, other: Self) {
        self.user.extend(other.user);
        self.session.extend(other.session);
        self.tables.extend(other.tables);
        if other.ids != IdFormat::default() {
            self.ids = other.ids;
        }
    }
}
