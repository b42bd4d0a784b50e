//! Every statement, on every database, in both layouts: by an index.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::store::SessionStore as _;
use hallpass_plans::Recorder;
use hallpass_sql::{Dialect, Layout, SqlConnection, SqlStore, Statement};
use hallpass_testing::samples::NOW;

use crate::databases::{LAYOUTS, fill, mysql, postgres, sqlite};
use crate::workload::{accounts_with_issuers, every_method, set_up};

/// What rightly reads a whole table, by its name, and why. Migrations look for rows that are twice, and
/// the command's `users find` for a part of a name: no request does.
const READ_ALL: [(&str, &str); 1] = [("counts", "how many rows there are: the doctor's, and no request's")];

/// The table of a handful of keys, kept in memory and read whole once in a while.
const KEYS: &str = "jwks";

/// Statements that the store makes for every database, and does not run on this one.
fn unused(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::MySql => &["take_verification"],
        Dialect::Postgres => &["take_verification_read", "lock_verification"],
        // One batch runs after the other.
        _ => &["take_verification_read", "lock_verification", "lock_user", "lock_user_of_account"],
    }
}

/// Runs everything, and fails for each statement that reads a whole table, or that was not run.
async fn check<C: SqlConnection + Clone>(connection: C, layout: Layout) {
    let dialect = connection.dialect();
    let plain = SqlStore::in_layout(connection.clone(), layout);
    set_up(&plain).await;
    if dialect == Dialect::MySql {
        fill(&plain).await;
    }
    let recorder = Recorder::new(connection);
    let store = SqlStore::in_layout(recorder.clone(), layout);
    set_up(&store).await;
    let before: BTreeSet<_> = recorder.plans().into_keys().collect();
    every_method(&store).await;
    // As better-auth 1.7.0 to 1.7.2 had it. A store looks once whether it is there.
    let column = plain.sql("ALTER TABLE [.account] ADD COLUMN [issuer] varchar(255)");
    plain.connection().execute(Statement::new(column)).await.unwrap();
    accounts_with_issuers(&SqlStore::in_layout(recorder.clone(), layout)).await;
    let plans = recorder.plans();

    let names: BTreeMap<_, _> = store.statements().into_iter().map(|(name, sql)| (sql, name)).collect();
    let mut faults = Vec::new();
    for (sql, plan) in plans.iter().filter(|(sql, _)| !before.contains(*sql)) {
        let scans = plan.scans();
        let name = names.get(sql.as_str()).copied().unwrap_or("of a plugin");
        let is_excepted = READ_ALL.iter().any(|(known, _)| *known == name) || sql.contains(KEYS);
        if !scans.is_empty() && !is_excepted {
            faults.push(format!("{name} reads a whole table:\n  {sql}\n  {scans:?}\n  {plan:?}"));
        }
    }
    for (sql, name) in &names {
        let is_excepted = unused(dialect).contains(name) || READ_ALL.iter().any(|(known, _)| known == name);
        if plans.contains_key(*sql) == is_excepted {
            faults.push(format!("{name}: was {}run:\n  {sql}", if is_excepted { "" } else { "not " }));
        }
    }
    assert!(faults.is_empty(), "{dialect:?}, {layout:?}:\n{}", faults.join("\n"));
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_on_sqlite() {
    for layout in LAYOUTS {
        check(sqlite(), layout).await;
    }
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_on_postgres() {
    for layout in LAYOUTS {
        check(postgres().await, layout).await;
    }
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_on_mysql() {
    for layout in LAYOUTS {
        check(mysql().await, layout).await;
    }
}

/// What is said of a sweep where its index is missing.
async fn without_its_index<C: SqlConnection + Clone>(connection: C, drop: &str) -> Vec<String> {
    let plain = SqlStore::new(connection.clone());
    set_up(&plain).await;
    if connection.dialect() == Dialect::MySql {
        fill(&plain).await;
    }
    connection.execute(Statement::new(drop)).await.unwrap();
    let recorder = Recorder::new(connection);
    SqlStore::new(recorder.clone()).delete_expired_sessions(NOW, 1_000).await.unwrap();
    recorder.plans().into_values().flat_map(|plan| plan.scans()).collect()
}

#[tokio::test]
async fn a_missing_index_is_noticed_on_every_database() {
    let drop = "drop index \"hallpass_session_expiry\"";
    let on_sqlite = without_its_index(sqlite(), drop).await;
    assert_eq!(on_sqlite, ["SCAN session"]);
    let on_postgres = without_its_index(postgres().await, drop).await;
    assert!(on_postgres.iter().any(|scan| scan.contains("Seq Scan on session")), "{on_postgres:?}");
    let on_mysql =
        without_its_index(mysql().await, "drop index `hallpass_session_expiry` on `session`").await;
    assert!(on_mysql.iter().any(|scan| scan.contains("session|ALL")), "{on_mysql:?}");
}

#[tokio::test]
async fn an_index_that_is_read_whole_counts_as_a_table_that_is() {
    let connection = postgres().await;
    set_up(&SqlStore::new(connection.clone())).await;
    let recorder = Recorder::new(connection);
    let sql = "SELECT \"id\" FROM \"session\" ORDER BY \"expiresAt\" LIMIT 10";
    recorder.query(Statement::new(sql)).await.unwrap();
    let scans: Vec<_> = recorder.plans().into_values().flat_map(|plan| plan.scans()).collect();
    assert_eq!(scans.len(), 1, "{scans:?}");
}

/// What is missing after every index by which rows are looked up was dropped, and after it was made anew as told.
async fn dropped_and_made<C: SqlConnection + Clone>(
    connection: C,
    layout: Layout,
    drops: &[&str],
) -> Vec<String> {
    let store = SqlStore::in_layout(connection, layout);
    set_up(&store).await;
    assert_eq!(store.missing_indexes().await.unwrap(), [], "{layout:?}");
    for drop in drops {
        store.connection().execute(Statement::new(*drop)).await.unwrap();
    }
    let missing = store.missing_indexes().await.unwrap();
    for index in &missing {
        store.connection().execute(Statement::new(index.sql.as_str())).await.unwrap();
    }
    assert_eq!(store.missing_indexes().await.unwrap(), [], "{layout:?}");
    missing.into_iter().map(|index| format!("{}.{}", index.table, index.column)).collect()
}

#[tokio::test]
async fn an_index_that_was_dropped_is_told_with_what_makes_it_anew() {
    let drops = ["drop index \"hallpass_account_identity\"", "drop index \"session_userId_idx\""];
    let expected = ["session.userId", "account.providerId"];
    assert_eq!(dropped_and_made(sqlite(), Layout::CamelCase, &drops).await, expected);
    assert_eq!(dropped_and_made(postgres().await, Layout::CamelCase, &drops).await, expected);
    let expected = ["session.user_id", "account.provider_id"];
    assert_eq!(dropped_and_made(sqlite(), Layout::SnakeCase, &drops).await, expected);
    let drops = [
        "drop index `hallpass_account_identity` on `account`",
        "drop index `hallpass_session_expiry` on `session`",
    ];
    let expected = ["session.expires_at", "account.provider_id"];
    assert_eq!(dropped_and_made(mysql().await, Layout::SnakeCase, &drops).await, expected);
}
