//! Where things are kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hallpass::{Auth, AuthBuilder};
use hallpass_sqlite::{Sqlite, SqliteStore};

/// A builder over the store of `DATABASE_URL`, with its tables, and its file if it has one.
pub(crate) async fn in_database(url: &str) -> anyhow::Result<(AuthBuilder, Option<PathBuf>)> {
    #[cfg(feature = "postgres")]
    if url.starts_with("postgres") {
        let pool = sqlx::PgPool::connect(url).await?;
        let store = hallpass_sqlx::PostgresStore::new(hallpass_sqlx::Postgres::new(pool));
        store.migrate().await?;
        // There may be several processes: what can be guessed at is counted for all of them together.
        let counts = store.storage(hallpass::clock::SystemClock::default());
        return Ok((Auth::builder(store).rate_limit_storage(counts).default_limit_in_memory(), None));
    }
    let database = Sqlite::open(url)?;
    let file = database.path().map(Path::to_path_buf);
    let store = SqliteStore::new(database);
    store.migrate().await?;
    Ok((Auth::builder(store), file))
}

/// Has sessions, links and codes under way, and the counts of limits in the Redis of `REDIS_URL`, if it is set; links and
/// codes in the database as well, which says whether one was used.
#[cfg(feature = "redis")]
pub(crate) async fn in_redis(auth: AuthBuilder, urls: Option<&str>) -> anyhow::Result<AuthBuilder> {
    use hallpass::{SecondaryOptions, VerificationPlacement};
    use hallpass_redis::RedisBuilder;

    let Some(urls) = urls else { return Ok(auth) };
    let redis = match urls.split(',').collect::<Vec<_>>().as_slice() {
        [url] => RedisBuilder::server(url),
        nodes => RedisBuilder::cluster(nodes.iter().copied()),
    };
    let verifications = VerificationPlacement::AlsoInDatabase;
    let options = SecondaryOptions { verifications, ..SecondaryOptions::default() };
    let redis = redis.connect().await?;
    Ok(auth.rate_limit_storage(redis.clone()).secondary_storage(redis, options))
}

/// There is none in this build, and the settings say so.
#[cfg(not(feature = "redis"))]
#[expect(clippy::unused_async, reason = "as with the feature")]
pub(crate) async fn in_redis(auth: AuthBuilder, _urls: Option<&str>) -> anyhow::Result<AuthBuilder> {
    Ok(auth)
}

/// Once an hour what has expired goes.
pub(crate) async fn swept(auth: Auth) {
    let mut hour = tokio::time::interval(Duration::from_secs(3600));
    loop {
        hour.tick().await;
        if let Err(error) = auth.sweep().await {
            eprintln!("quickstart: what has expired was not swept: {error}");
        }
    }
}
