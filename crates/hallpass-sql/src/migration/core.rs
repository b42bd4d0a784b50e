//! The migrations of the core's tables.

use super::index::{Index, Name};
use super::{Migration, unique};
use crate::dialect::Dialect;
use crate::layout::Layout;

/// The name of the table in which migrations are recorded.
pub(super) const RECORDED_IN: &str = "hallpass_migrations";

/// The migration that makes the core's tables.
pub(super) const TABLES: &str = "core/0001";

/// The ids that are recorded.
pub(super) const APPLIED: &str = "SELECT {id} FROM [.hallpass_migrations]";

/// Records a migration; a second time it fails.
pub(super) const RECORD: &str = "INSERT INTO [.hallpass_migrations] ({id}) VALUES (?)";

/// The same in a script, with the id in its place.
pub(super) const RECORDED: &str = "INSERT INTO [.hallpass_migrations] ({id}) VALUES ('<id>')";

/// The core's migrations in the order of their ids. What one of them says is never changed once it
/// was released: a database that has run it does not run it again.
pub(super) fn migrations(dialect: Dialect, layout: Layout) -> Vec<Migration> {
    let tables = dialect.grammar().tables;
    vec![
        Migration { id: TABLES, statements: tables(layout), indexes: vec![], unique: vec![] },
        Migration { id: "core/0002", statements: &[], indexes: vec![identities()], unique: vec![] },
        Migration { id: "core/0003", statements: &[], indexes: expiry(), unique: vec![] },
        Migration { id: "core/0004", statements: &[], indexes: vec![], unique: unique::of_tables() },
    ]
}

/// An identity at a provider belongs to one user. better-auth has no such rule, so this one can fail on
/// a database that it filled; then the operator decides, because guessing could give an account away.
fn identities() -> Index {
    // A subject of OpenID Connect has 255 characters at most.
    let columns = [("providerId", 191), ("accountId", 255)];
    Index::new(ours("identity"), "account", columns.map(|(name, most)| (name, Some(most)))).unique()
}

/// For sweeping out what has expired without reading whole tables.
fn expiry() -> Vec<Index> {
    vec![
        Index::new(ours("expiry"), "session", [("expiresAt", None)]),
        Index::new(ours("expiry"), "verification", [("expiresAt", None)]),
    ]
}

fn ours(name: &str) -> Name {
    Name::Ours(name.to_owned())
}
