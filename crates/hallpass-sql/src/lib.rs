//! The SQL of [hallpass], written once for every database.
//!
//! A database takes part by a [`SqlConnection`]: it runs a [`batch`](SqlConnection::batch) of
//! [`Statement`]s in one transaction, and says which [`Dialect`] it speaks. [`SqlStore`] makes a store
//! of it: users, accounts, sessions and verifications in better-auth's own tables, in either of the two
//! [`Layout`]s that better-auth databases have, and [migrations](SqlStore::migrate) for new ones. [`SqlStorage`] is a
//! key-value storage in a table beside them.
//!
//! ```
//! # use hallpass_sql::{MigrateError, SqlConnection, SqlStore};
//! # async fn example<C: SqlConnection>(connection: C) -> Result<(), MigrateError> {
//! let store = SqlStore::new(connection);
//! for migration in store.plan().await? {
//!     println!("-- {}", migration.id);
//! }
//! store.migrate().await?;
//! # Ok(())
//! # }
//! ```
//!
//! A plugin with tables of its own defines its store trait and implements it for every
//! [`SqlStore`]: it writes its statements as [templates](SqlStore::sql) and sends them to the
//! [`connection`](SqlStore::connection).
//!
//! The crate knows no driver and no runtime, and compiles for wasm32.

mod connection;
mod dates;
mod detect;
mod dialect;
mod extra;
mod ids;
mod issuer;
mod layout;
mod migration;
mod names;
mod record;
mod remedy;
mod renderer;
mod rows;
mod scope;
mod statement;
mod storage;
mod store;
mod unenforced;
mod value;

pub use connection::SqlConnection;
pub use dates::UnsupportedDates;
pub use detect::AmbiguousLayout;
pub use dialect::Dialect;
pub use ids::UnsupportedIds;
pub use layout::Layout;
pub use migration::{MigrateError, MissingIndex, PlannedMigration};
pub use names::{Names, NamesError};
pub use remedy::{Remedy, sqlite_remedy};
pub use rows::{Columns, Row, Rows};
pub use statement::Statement;
pub use storage::SqlStorage;
pub use store::SqlStore;
pub use value::Value;
