//! The same over SQLite.

use std::sync::Arc;

use hallpass_sql::SqlStore;
use hallpass_sqlite::Sqlite;

use super::connection::FaultyConnection;
use super::{AT_STATEMENTS, Place, walk};

impl Place {
    async fn on_sqlite(splits: bool) -> Self {
        let connection = FaultyConnection::new(Sqlite::in_memory().unwrap(), None, splits);
        let place = Self::over(Arc::new(SqlStore::new(connection.clone())), Arc::new(connection));
        place.app.auth.migrate().await.unwrap();
        place.app.sign_up().await;
        place
    }
}

#[tokio::test]
async fn no_fault_at_any_statement_grants_loses_or_halves_anything_on_any_route() {
    let (wrong, tried) = walk(async || Place::on_sqlite(false).await, AT_STATEMENTS).await;
    assert!(wrong.is_empty(), "{} of {tried}: {wrong:#?}", wrong.len());
    assert!(tried > 300, "{tried}");
}

#[tokio::test]
async fn a_batch_whose_statements_are_transactions_of_their_own_is_found() {
    let (wrong, _) = walk(async || Place::on_sqlite(true).await, AT_STATEMENTS).await;
    assert!(wrong.iter().any(|wrong| wrong.starts_with("/sign-up/email")), "{wrong:#?}");
}
