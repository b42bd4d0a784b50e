//! Why migrations could not be run.

use hallpass::store::{StoreError, StoreErrorKind};

use crate::dates::UnsupportedDates;
use crate::ids::UnsupportedIds;

/// That migrations could not be run. Those before the one that failed stay; that one left nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// Rows that are alike in columns that must be unique, which the schema of an adopted database did not
    /// exclude. Which row is the right one, only the app's operator can tell: two of them may belong to two
    /// people.
    #[error(
        "{groups} values of ({columns}) stand in more than one row of table `{table}`, so that a request could \
         reach either row. List them by `{query}`, {remedy}, and migrate again"
    )]
    #[non_exhaustive]
    DuplicateRows {
        /// The table.
        table: String,
        /// The columns that must be unique together, separated by commas.
        columns: String,
        /// How many values have more than one row.
        groups: u64,
        /// A query that lists them.
        query: String,
        /// What to do with them.
        remedy: &'static str,
    },
    /// Users for whom better-auth asks for more than a password, or whom it keeps out, where this version
    /// of hallpass would not. Nothing was changed.
    #[error(
        "{users} users have {feature}, which this version does not enforce: it would let them in by their password \
         alone. List them by `{query}`. Take it off these users, or give them no session by \
         `SqlStore::keep_out_two_factor_and_bans`, or let them in by \
         `SqlStore::danger_ignore_two_factor_and_bans`"
    )]
    #[non_exhaustive]
    NotEnforced {
        /// What is not enforced: `two-factor on` or `a ban`.
        feature: &'static str,
        /// How many users it concerns.
        users: u64,
        /// A query that lists them.
        query: String,
    },
    /// Moments in another form than the layout's. Nothing was changed.
    #[error(transparent)]
    UnsupportedDates(UnsupportedDates),
    /// Ids of another type than those that are made. Nothing was changed.
    #[error(transparent)]
    UnsupportedIds(UnsupportedIds),
    /// A newer version of hallpass has migrated the database. Nothing was changed.
    #[error(
        "a newer version of hallpass has migrated this database (it ran {migrations}, of which this one knows nothing): \
         run that version or a later one"
    )]
    #[non_exhaustive]
    Newer {
        /// The migrations of which this version knows nothing, separated by commas.
        migrations: String,
    },
    /// A table that hallpass had made is not there any more. Nothing was changed: an empty one would look as if nobody
    /// had ever signed up.
    #[error(
        "table `{table}` was made here by {migration}, and is gone: restore it from a backup, or, to begin with an empty \
         one, delete the rows of `hallpass_migrations` and migrate again"
    )]
    #[non_exhaustive]
    TableGone {
        /// The table.
        table: String,
        /// The migration that made it.
        migration: &'static str,
    },
    /// A table lacks columns that it has in every database of better-auth's or hallpass's. Nothing was changed.
    #[error(
        "table `{table}` has no column {columns}: restore it from a backup, or add what is missing as `hallpass generate` \
         writes it, and migrate again"
    )]
    #[non_exhaustive]
    ColumnsGone {
        /// The table.
        table: String,
        /// What it lacks, separated by commas.
        columns: String,
    },
    /// Columns that must not be empty, have no default, and are none of hallpass's or the app's: no row could be added.
    #[error(
        "{columns} must not be NULL, has no default, and is not filled by this app: give it a default or let it be NULL, \
         declare it as an additional field, or add the plugin that it is of"
    )]
    #[non_exhaustive]
    UnknownColumns {
        /// The columns as `table.column`, separated by commas.
        columns: String,
    },
    /// The database failed.
    #[error("migration {id}")]
    #[non_exhaustive]
    Failed {
        /// The migration that failed.
        id: String,
        /// How.
        source: StoreError,
    },
    /// The schema, the rows that are sampled, or what has been run could not be read.
    #[error("cannot read what the database has")]
    Unreadable(#[source] StoreError),
}

impl MigrateError {
    /// What callers of every store tell apart.
    pub(crate) fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Failed { source, .. } | Self::Unreadable(source) => source.kind(),
            Self::DuplicateRows { .. }
            | Self::NotEnforced { .. }
            | Self::UnsupportedDates(_)
            | Self::UnsupportedIds(_)
            | Self::Newer { .. }
            | Self::TableGone { .. }
            | Self::ColumnsGone { .. }
            | Self::UnknownColumns { .. } => StoreErrorKind::Unexpected,
        }
    }
}
