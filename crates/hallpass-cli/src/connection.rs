//! The database that the command line names.

use std::env;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use async_trait::async_trait;
use hallpass::random::SystemRandom;
use hallpass::store::StoreError;
use hallpass::{Auth, IdFormat, random};
use hallpass_d1::D1Http;
use hallpass_sql::{AmbiguousLayout, Dialect, Layout, Names, Rows, SqlConnection, SqlStore, Statement};
use hallpass_sqlite::{OpenError, Sqlite, SqliteOptions};
use hallpass_sqlx::{MySql, Postgres};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::arguments::{Database, Shape};
use crate::https::Https;
use crate::plugins;

/// How long a server that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A database of any kind.
#[derive(Debug)]
pub(crate) enum Connection {
    Sqlite(Sqlite),
    Postgres(Postgres),
    MySql(MySql),
    D1(D1Http),
    /// A new one that is not there yet: it has nothing, and nothing is changed in it.
    Nothing(Dialect),
}

#[async_trait]
impl SqlConnection for Connection {
    fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(sqlite) => sqlite.dialect(),
            Self::Postgres(postgres) => postgres.dialect(),
            Self::MySql(mysql) => mysql.dialect(),
            Self::D1(d1) => d1.dialect(),
            Self::Nothing(dialect) => *dialect,
        }
    }

    fn schema(&self) -> Option<&str> {
        match self {
            Self::Postgres(postgres) => postgres.schema(),
            Self::Sqlite(_) | Self::MySql(_) | Self::D1(_) | Self::Nothing(_) => None,
        }
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.batch(statements).await,
            Self::Postgres(postgres) => postgres.batch(statements).await,
            Self::MySql(mysql) => mysql.batch(statements).await,
            Self::D1(d1) => d1.batch(statements).await,
            Self::Nothing(_) => Ok(statements.iter().map(|_| Rows::default()).collect()),
        }
    }

    async fn query(&self, statement: Statement) -> Result<Rows, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.query(statement).await,
            Self::Postgres(postgres) => postgres.query(statement).await,
            Self::MySql(mysql) => mysql.query(statement).await,
            Self::D1(d1) => d1.query(statement).await,
            Self::Nothing(_) => Ok(Rows::default()),
        }
    }
}

/// An open database: its store, and the flows over it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) store: SqlStore<Connection>,
    pub(crate) auth: Auth,
    /// Whether it has the core's tables.
    pub(crate) is_set_up: bool,
}

impl Opened {
    /// Opens the database that is there.
    pub(crate) async fn open(wanted: &Database) -> Result<Self> {
        Self::open_or(wanted, Missing::Fails).await
    }

    /// Opens the database, or does what is to be done where it is missing.
    pub(crate) async fn open_or(wanted: &Database, missing: Missing) -> Result<Self> {
        let Some(url) = wanted.database.as_deref().filter(|url| !url.is_empty()) else {
            bail!("say which database: --database sqlite:app.db, or DATABASE_URL")
        };
        let connection = connect(url, wanted.schema.as_deref(), missing)?;
        let names = wanted.shape.names();
        let asked = wanted.shape.layout.map(Layout::from);
        let found = match Layout::detect_named(&connection, &names).await {
            // It was said because the database does not tell.
            Err(error) if asked.is_some_and(|asked| is_ambiguous(&error, asked, &names)) => asked,
            found => found?,
        };
        if let (Some(found), Some(asked)) = (found, asked)
            && found != asked
        {
            bail!("the database has the other layout: leave --layout out")
        }
        let layout = found.or(asked).unwrap_or_default();
        let store = SqlStore::with_names(connection, layout, names)?;
        let ids = match (wanted.shape.ids, found) {
            (Some(asked), _) => asked.into(),
            (None, Some(_)) => store.id_format().await?,
            (None, None) => IdFormat::default(),
        };
        let (store, auth) = over(store, ids, &wanted.shape)?;
        Ok(Self { store, auth, is_set_up: found.is_some() })
    }

    /// Opens a database that has the tables.
    pub(crate) async fn open_set_up(wanted: &Database) -> Result<Self> {
        let opened = Self::open(wanted).await?;
        if !opened.is_set_up {
            bail!("the database has no table of users in either layout: `hallpass migrate` makes it")
        }
        Ok(opened)
    }

    /// A database that is not there yet.
    pub(crate) fn new(dialect: Dialect, shape: &Shape) -> Result<Self> {
        let layout = shape.layout.map(Layout::from).unwrap_or_default();
        let nothing = Connection::Nothing(dialect);
        let store = SqlStore::with_names(nothing, layout, shape.names())?;
        let ids = shape.ids.map(IdFormat::from).unwrap_or_default();
        let (store, auth) = over(store, ids, shape)?;
        Ok(Self { store, auth, is_set_up: false })
    }
}

/// Whether a database has what speaks for a layout, and what speaks against it.
fn is_ambiguous(error: &StoreError, layout: Layout, names: &Names) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<AmbiguousLayout>());
    source.is_some_and(|ambiguous| ambiguous.has(layout, names))
}

/// What is done where the database is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Fails,
    IsMade,
    /// It is taken for an empty one, and none is made.
    IsEmpty,
}

fn connect(url: &str, schema: Option<&str>, missing: Missing) -> Result<Connection> {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme);
    if schema.is_some() && !matches!(scheme, Some("postgres" | "postgresql")) {
        bail!("--schema is of PostgreSQL databases")
    }
    match scheme {
        Some("sqlite") => {
            let options = SqliteOptions::default().create_if_missing(missing == Missing::IsMade);
            match (options.open(url), missing) {
                (Ok(sqlite), _) => Ok(Connection::Sqlite(sqlite)),
                (Err(OpenError::Missing { .. }), Missing::IsEmpty) => {
                    Ok(Connection::Nothing(Dialect::Sqlite))
                }
                (Err(OpenError::Missing { path, .. }), _) => {
                    bail!("there is no database file {}: `hallpass migrate` makes it", path.display())
                }
                (Err(error), _) => Err(error.into()),
            }
        }
        Some("postgres" | "postgresql") => {
            // Neither the URL nor what is said of it is shown: it may hold a password.
            let options: PgConnectOptions = url.parse().map_err(|_| {
                anyhow!("the URL of the database is not of the form postgres://user@host/name")
            })?;
            let pool =
                PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_lazy_with(options);
            let postgres = Postgres::new(pool);
            Ok(Connection::Postgres(match schema {
                Some(schema) => postgres.in_schema(schema),
                None => postgres,
            }))
        }
        Some("mysql" | "mariadb") => {
            let options: MySqlConnectOptions = url
                .parse()
                .map_err(|_| anyhow!("the URL of the database is not of the form mysql://user@host/name"))?;
            if options.get_database().is_none() {
                bail!("the URL names no database: write mysql://user@host/name")
            }
            let pool = MySqlPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
            Ok(Connection::MySql(MySql::new(pool.connect_lazy_with(options))))
        }
        Some("d1") => Ok(Connection::D1(d1(url)?)),
        // The rest of it may hold a password.
        Some(scheme) => {
            bail!(
                "databases of {scheme:?} are not in this version: write sqlite:PATH, postgres://user@host/name, \
                 mysql://user@host/name or d1://account/database"
            )
        }
        None => bail!("the database is to be a URL, such as sqlite:{url}"),
    }
}

/// A database of Cloudflare's, by the variables that wrangler takes too.
fn d1(url: &str) -> Result<D1Http> {
    let ids = url.strip_prefix("d1://").and_then(|ids| ids.split_once('/'));
    let Some((account, database)) = ids else {
        bail!(
            "the URL of the database is not of the form d1://account/database: `wrangler d1 list` has their ids"
        )
    };
    let Some(token) = env::var("CLOUDFLARE_API_TOKEN").ok().filter(|token| !token.is_empty()) else {
        bail!("a token with the permission D1 Edit is wanted in CLOUDFLARE_API_TOKEN")
    };
    let api = env::var("CLOUDFLARE_API_BASE_URL").ok().filter(|api| !api.is_empty());
    Ok(match api {
        Some(api) => D1Http::at(&api, Https::new()?, account, database, token)?,
        None => D1Http::new(Https::new()?, account, database, token)?,
    })
}

/// The flows over a store. No token is made or read by them, so the secret is a new one; users with two-factor or a ban
/// are the app's to see to.
fn over(store: SqlStore<Connection>, ids: IdFormat, shape: &Shape) -> Result<(SqlStore<Connection>, Auth)> {
    let builder = Auth::builder_over(Arc::new(store.clone()))
        .secret(random::alphanumeric(&SystemRandom::default(), 64))
        .base_url("http://localhost:3000")
        .ids(ids);
    let auth = plugins::add(builder, &shape.plugins)?.build()?;
    Ok((store, auth))
}
