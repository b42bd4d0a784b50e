//! Databases that have lost something, are half migrated, or are of another version: what is said, and that nothing is
//! lost. The same on every database.

use std::error::Error;

use hallpass::store::{SchemaStore, UserStore as _, VerificationStore as _};
use hallpass_sql::{Dialect, MigrateError, Remedy, SqlConnection, SqlStore, Statement};
use hallpass_testing::samples::{NOW, user};

/// Everything that is said of an error.
fn shown(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

async fn run<C: SqlConnection>(store: &SqlStore<C>, template: &str) {
    store.connection().execute(Statement::new(store.sql(template))).await.unwrap();
}

/// A migrated database with a user in it.
async fn with_a_user<C: SqlConnection>(store: &SqlStore<C>) {
    store.migrate().await.unwrap();
    let (ada, account) = user("ada");
    store.create_user(&ada, Some(&account)).await.unwrap();
}

/// That the database is as it was, and goes on.
async fn is_whole<C: SqlConnection>(store: &SqlStore<C>) {
    assert_eq!(store.plan().await.unwrap(), []);
    SchemaStore::migrate(store).await.unwrap();
    let (ada, account) = user("ada");
    assert_eq!(store.credential_by_email(&ada.email).await.unwrap(), Some((ada, Some(account))));
    let (bob, account) = user("bob");
    store.create_user(&bob, Some(&account)).await.unwrap();
    assert_eq!(store.take_verification("nothing", NOW).await.unwrap(), None);
}

/// A table that is gone is no empty one.
pub(crate) async fn a_dropped_table_is_named_and_not_made_anew<C: SqlConnection>(store: SqlStore<C>) {
    with_a_user(&store).await;
    run(&store, "drop table [.verification]").await;
    let refused = store.take_verification("reset", NOW).await.unwrap_err();
    assert_eq!(Remedy::of(&refused), Some(Remedy::Tables), "{}", shown(&refused));
    assert!(shown(&refused).contains("hallpass doctor"), "{}", shown(&refused));
    for error in [store.plan().await.map(drop).unwrap_err(), store.migrate().await.map(drop).unwrap_err()] {
        assert!(
            matches!(&error, MigrateError::TableGone { table, .. } if table == "verification"),
            "{error:?}"
        );
        assert!(error.to_string().contains("restore it from a backup"), "{error}");
    }
    run(&store, "delete from [.hallpass_migrations]").await;
    store.migrate().await.unwrap();
    is_whole(&store).await;
}

/// Nor is a column.
pub(crate) async fn a_column_that_is_gone_is_named<C: SqlConnection>(store: SqlStore<C>) {
    with_a_user(&store).await;
    run(&store, "alter table [.account] drop column [scope]").await;
    let (ada, _) = user("ada");
    let refused = store.credential_by_email(&ada.email).await.unwrap_err();
    assert_eq!(Remedy::of(&refused), Some(Remedy::Tables), "{}", shown(&refused));
    assert!(shown(&refused).contains("scope"), "{}", shown(&refused));
    let error = store.plan().await.unwrap_err();
    let is_named = |table: &str, columns: &str| table == "account" && columns == "scope";
    assert!(
        matches!(&error, MigrateError::ColumnsGone { table, columns, .. } if is_named(table, columns)),
        "{error:?}"
    );
    run(&store, "alter table [.account] add column [scope] text").await;
    is_whole(&store).await;
}

/// What a later version did is told, and what a plugin did that is not here is not.
pub(crate) async fn a_database_of_a_newer_version_is_told_and_left_alone<C: SqlConnection>(
    store: SqlStore<C>,
) {
    with_a_user(&store).await;
    run(&store, "insert into [.hallpass_migrations] ({id}) values ('plugin/0001')").await;
    is_whole(&store).await;
    run(&store, "insert into [.hallpass_migrations] ({id}) values ('core/9999')").await;
    for error in [store.plan().await.map(drop).unwrap_err(), store.migrate().await.map(drop).unwrap_err()] {
        assert!(
            matches!(&error, MigrateError::Newer { migrations, .. } if migrations == "core/9999"),
            "{error:?}"
        );
        assert!(error.to_string().contains("run that version or a later one"), "{error}");
    }
    let (ada, _) = user("ada");
    assert!(store.user(&ada.id).await.unwrap().is_some(), "who does not migrate goes on");
    let error = SchemaStore::migrate(&store).await.unwrap_err();
    assert!(shown(&error).contains("core/9999"), "{}", shown(&error));
}

/// What cannot be filled is found before somebody signs up.
pub(crate) async fn a_column_that_nobody_fills_is_named_at_start<C: SqlConnection>(store: SqlStore<C>) {
    store.migrate().await.unwrap();
    run(&store, "alter table [.user] add column [tier] integer not null").await;
    let (ada, account) = user("ada");
    // MariaDB fills it by itself, in a column that was added so.
    let created = store.create_user(&ada, Some(&account)).await;
    if store.connection().dialect() != Dialect::MySql {
        let refused = created.unwrap_err();
        assert_eq!(Remedy::of(&refused), Some(Remedy::UnknownColumn), "{}", shown(&refused));
    }
    assert_eq!(store.unknown_required_columns().await.unwrap(), ["user.tier"]);
    let error = SchemaStore::migrate(&store).await.unwrap_err();
    assert!(
        shown(&error).contains("user.tier") && shown(&error).contains("give it a default"),
        "{}",
        shown(&error)
    );
    run(&store, "alter table [.user] drop column [tier]").await;
    store.delete_user(&ada.id).await.unwrap();
    with_a_user(&store).await;
    is_whole(&store).await;
}

/// However far another run came, the next one goes on.
pub(crate) async fn a_migration_that_ended_in_the_middle_is_taken_up<C: SqlConnection>(store: SqlStore<C>) {
    let plan = store.plan().await.unwrap();
    let statements: Vec<_> = plan.iter().flat_map(|step| step.sql.clone()).collect();
    assert!(statements.len() > 4, "{statements:?}");
    for sql in statements.iter().take(statements.len() / 2) {
        store.connection().execute(Statement::new(sql.as_str())).await.unwrap();
        let left = store.plan().await.unwrap();
        assert!(!left.is_empty(), "half of it is taken for all of it");
    }
    with_a_user(&store).await;
    is_whole(&store).await;
}

/// A test of each, over a database that `$fresh` makes.
macro_rules! damage_tests {
    ($fresh:expr; $($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let (_kept, store) = $fresh.await;
            crate::damage::$name(store).await;
        }
    )*};
    ($fresh:expr) => {
        crate::damage::damage_tests! { $fresh;
            a_dropped_table_is_named_and_not_made_anew
            a_column_that_is_gone_is_named
            a_database_of_a_newer_version_is_told_and_left_alone
            a_column_that_nobody_fills_is_named_at_start
            a_migration_that_ended_in_the_middle_is_taken_up
        }
    };
}

pub(crate) use damage_tests;
