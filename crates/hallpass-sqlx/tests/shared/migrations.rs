//! What migrations do on every server.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use hallpass::model::User;
use hallpass::schema::{ExtraField, Schema};
use hallpass::store::{SchemaStore as _, StoreErrorKind, UserStore as _};
use hallpass_sql::{MigrateError, SqlConnection, SqlStore};
use hallpass_testing::samples::user;

/// The core's.
pub(crate) const ALL: [&str; 5] =
    ["core/0001", "core/0002", "core/0003", "core/0004", "schema/hallpass_storage"];

/// Of an empty database, and one with better-auth's own tables: `seen` is what a client sees of the tables of each.
pub(crate) async fn make_what_better_auth_makes_and_nothing_in_its_way<C: SqlConnection>(
    (ours, seen): (SqlStore<C>, impl AsyncFn() -> BTreeSet<String>),
    (theirs, seen_of_theirs): (SqlStore<C>, impl AsyncFn() -> BTreeSet<String>),
) {
    let planned: Vec<_> = ours.plan().await.unwrap().into_iter().map(|migration| migration.id).collect();
    assert_eq!(planned, ALL);
    assert_eq!(seen().await, BTreeSet::new(), "a plan changes nothing");
    assert_eq!(ours.migrate().await.unwrap(), ALL);
    assert_eq!(ours.migrate().await.unwrap(), Vec::<String>::new());

    let (made, expected) = (seen().await, seen_of_theirs().await);
    let missing: Vec<_> = expected.difference(&made).collect();
    assert_eq!(missing, Vec::<&String>::new(), "{made:#?}");
    let more: Vec<_> = made.difference(&expected).filter(|it| !it.contains("hallpass_")).collect();
    assert_eq!(more, Vec::<&String>::new());

    // And theirs gets what ours has.
    theirs.migrate().await.unwrap();
    assert_eq!(seen_of_theirs().await, made);
}

/// `open` gives a store of a connection of its own to one empty database.
pub(crate) async fn run_by_many_at_once_are_each_run_by_one<C: SqlConnection>(
    open: impl Fn() -> SqlStore<C>,
) {
    let schema = Schema::new().user_field(ExtraField::text("handle").unique());
    let tasks = (0..8).map(|_| {
        let store = open();
        store.declare(&schema).unwrap();
        tokio::spawn(async move { store.migrate().await.unwrap() })
    });
    let mut applied: Vec<_> = join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
    applied.sort();
    assert_eq!(applied, [&ALL[..], &["schema/user.handle"]].concat());
}

/// Of a store whose tables lack what must be unique, and in which `ada` is twice until `one_goes`.
pub(crate) async fn name_the_rows_in_the_way<C: SqlConnection>(
    store: &SqlStore<C>,
    ada: User,
    texts: impl AsyncFn(&str) -> Vec<String>,
    one_goes: impl AsyncFn(),
) {
    let error = store.migrate().await.unwrap_err();
    let MigrateError::DuplicateRows { table, columns, groups, query, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((table.as_str(), columns.as_str(), *groups), ("user", "email", 1));
    assert_eq!(texts(query).await, ["ada@example.com"]);
    one_goes().await;
    assert_eq!(store.migrate().await.unwrap(), ALL[3..]);
    let (mut bob, _) = user("bob");
    bob.email = ada.email;
    assert_eq!(store.create_user(&bob, None).await.unwrap_err().kind(), StoreErrorKind::Conflict);
}

/// PostgreSQL cuts longer names of indexes, and MySQL refuses them.
pub(crate) async fn keep_fields_unique_whose_long_names_begin_alike<C: SqlConnection>(store: &SqlStore<C>) {
    let name = |end: &str| format!("{}{end}", "aLongName0".repeat(6));
    let field = |end: &str| ExtraField::text(name(end)).unique();
    store.declare(&Schema::new().user_field(field("One")).user_field(field("Two"))).unwrap();
    store.migrate().await.unwrap();
    assert!(store.plan().await.unwrap().is_empty());
    for end in ["One", "Two"] {
        let mut users = [format!("ada{end}"), format!("bob{end}")].map(|name| user(&name).0);
        for user in &mut users {
            user.extra.insert(name(end), "taken".into());
        }
        store.create_user(&users[0], None).await.unwrap();
        let refused = store.create_user(&users[1], None).await.map_err(|error| error.kind());
        assert_eq!(refused, Err(StoreErrorKind::Conflict), "{end}");
    }
}
