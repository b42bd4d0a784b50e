//! hallpass's store over any SQL database.

mod account;
mod schema;
mod session;
mod text;
mod user;
mod verification;

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use hallpass::clock::Timestamp;
use hallpass::schema::Schema;
use hallpass::store::StoreError;

use crate::connection::SqlConnection;
use crate::issuer::HasIssuer;
use crate::layout::Layout;
use crate::names::{Names, NamesError};
use crate::renderer::Renderer;
use crate::rows::Rows;
use crate::statement::Statement;
use crate::unenforced::Unenforced;
use crate::value::Value;
use text::Text;

/// Users, accounts, sessions and verifications in the tables of a better-auth database. A clone is
/// another handle to the same store.
///
/// Every method is one statement or one batch whose own conditions decide, so the contracts of the store
/// traits hold for any number of processes on one database. A table may have more columns than
/// hallpass knows; those that are NOT NULL need a default. An additional field of a record that was not
/// declared is refused as [`Unexpected`](hallpass::store::StoreErrorKind::Unexpected).
///
/// A user whom better-auth would not let in by the password alone gets no session: this version knows
/// neither two-factor nor bans, so `create_session` gives `false` for a user with a true
/// `twoFactorEnabled` or `banned`, whether or not the ban's time is over. That holds with and without
/// [`migrate`](Self::migrate), which besides refuses a database that has such users.
pub struct SqlStore<C> {
    inner: Arc<Inner<C>>,
    unenforced: Unenforced,
    /// `None` for tables that are made elsewhere. The code that makes them is named by this pointer alone, so that a program
    /// that does not ask for it is linked without it.
    migrator: Option<Migrator<C>>,
}

type Migrator<C> = for<'a> fn(&'a SqlStore<C>) -> BoxFuture<'a, Result<Vec<String>, StoreError>>;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

struct Inner<C> {
    connection: C,
    renderer: Renderer,
    issuer: HasIssuer,
    /// Without additional fields.
    core: Text,
    /// With the declared ones, from then on.
    declared: OnceLock<Declared>,
}

struct Declared {
    schema: Schema,
    text: Text,
}

impl<C: SqlConnection> SqlStore<C> {
    /// A store in the layout that better-auth's own migrations make. Touches nothing.
    ///
    /// A new database wants [`migrate`](Self::migrate) first, and any other should have it too. A database
    /// that better-auth made works without, but then nobody sees to these:
    ///
    /// * that an identity at a provider is one user's: nothing keeps (`providerId`, `accountId`) unique;
    /// * that addresses, tokens and ids are unique, if the tables were written by hand and do not say so:
    ///   two sign-ups of one address at once would make two users;
    /// * that moments have the form of the layout: in another one a sweep deletes sessions that live;
    /// * that what has expired is found without reading whole tables;
    /// * that somebody hears of users with two-factor on or a ban. They get no session either way.
    pub fn new(connection: C) -> Self {
        Self::in_layout(connection, Layout::default())
    }

    /// A store in the given layout; [`Layout::detect`] finds out which one a database has. Touches nothing,
    /// see [`new`](Self::new).
    pub fn in_layout(connection: C, layout: Layout) -> Self {
        Self::rendered(Renderer::new(&connection, layout, Names::new()), connection).migrating()
    }

    /// As [`in_layout`](Self::in_layout), over tables that are made and changed elsewhere, as by `wrangler d1 migrations apply`.
    /// [`Auth::migrate`](hallpass::Auth::migrate) fails over it, and what it would need is no part of the program: a
    /// Worker is smaller by it.
    pub fn migrated_elsewhere(connection: C, layout: Layout) -> Self {
        Self::rendered(Renderer::new(&connection, layout, Names::new()), connection)
    }

    /// A store in the given layout, some of whose tables and columns are called otherwise. Touches nothing, see
    /// [`new`](Self::new).
    ///
    /// # Errors
    /// Something is named that is no name, is named twice, or two are called the same. A table or column that there is not is
    /// refused once the schema is known, when an [`Auth`](hallpass::Auth) is built over the store.
    pub fn with_names(connection: C, layout: Layout, names: Names) -> Result<Self, NamesError> {
        names.check(layout)?;
        Ok(Self::rendered(Renderer::new(&connection, layout, names), connection).migrating())
    }

    fn rendered(renderer: Renderer, connection: C) -> Self {
        let core = Text::new(&renderer, &Schema::new());
        let inner = Arc::new(Inner {
            connection,
            renderer,
            issuer: HasIssuer::default(),
            core,
            declared: OnceLock::new(),
        });
        Self { inner, unenforced: Unenforced::default(), migrator: None }
    }

    fn migrating(self) -> Self {
        Self { migrator: Some(|store| Box::pin(store.migrate_declared())), ..self }
    }

    /// A handle whose [`migrate`](Self::migrate) accepts users with two-factor on or a ban. They get no
    /// session: at sign-in they are told that it could not be made.
    #[must_use]
    pub fn keep_out_two_factor_and_bans(self) -> Self {
        Self { unenforced: Unenforced::KeepOut, ..self }
    }

    /// A handle that takes no notice of two-factor and bans: **users who turned two-factor on sign in by
    /// their password alone, and banned users sign in.**
    #[must_use]
    pub fn danger_ignore_two_factor_and_bans(self) -> Self {
        Self { unenforced: Unenforced::LetIn, ..self }
    }

    /// The connection, for what the store itself does not do.
    pub fn connection(&self) -> &C {
        &self.inner.connection
    }

    /// The layout.
    pub fn layout(&self) -> Layout {
        self.inner.renderer.layout
    }

    /// How tables and columns are called that do not have the layout's names.
    pub fn names(&self) -> &Names {
        &self.inner.renderer.names
    }

    /// The database's own SQL for a template, to be made once and kept: `[.name]` stands for a table and
    /// `[name]` for a column by its camelCase name, of the table that stands beside it, or whose alias is before it, as in
    /// `FROM [.user] AS u WHERE u.[email] == ?`; `[table.name]` says of which. `{name}` stands for a name that is taken as it stands (the alias
    /// of a result's column), `?` for the next parameter. ` == ` says that two texts are the same to the byte, where
    /// `=` leaves that to the database, which on MySQL takes `a` for `A`; its operands have no spaces outside of
    /// parentheses. None of these has another use in a template.
    pub fn sql(&self, template: &str) -> Arc<str> {
        self.renderer().render(template).into()
    }

    /// A moment in the form in which the database keeps it.
    pub fn moment(&self, moment: Timestamp) -> Value {
        self.renderer().moment(moment)
    }

    /// `batch` as one that runs when no other under the same `name` does, and sees what they did: for
    /// conditions that no row decides, such as that there is none. Where batches run one after the other
    /// anyway, it stays as it is.
    pub fn in_turn(&self, name: &str, batch: Vec<Statement>) -> Vec<Statement> {
        self.after(&self.text().lock_text, name, batch)
    }

    /// How many rows each of the core's tables has: for diagnostics. It reads whole tables.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut rows = self.inner.connection.query(Statement::with(&self.text().counts, vec![])).await?;
        rows.iter_mut()
            .map(|mut row| Ok((row.text("table")?, u64::try_from(row.integer("count")?).unwrap_or(0))))
            .collect()
    }

    /// Name and text of every statement that the store's methods run, to ask the database how it goes about each. Some
    /// are of other databases alone.
    pub fn statements(&self) -> Vec<(&str, &str)> {
        let mut all = self.text().all();
        all.retain(|(_, sql)| !sql.is_empty());
        all
    }

    pub(crate) fn renderer(&self) -> &Renderer {
        &self.inner.renderer
    }

    pub(crate) fn issuer(&self) -> &HasIssuer {
        &self.inner.issuer
    }

    pub(crate) fn unenforced(&self) -> Unenforced {
        self.unenforced
    }

    /// The schema that was declared.
    pub(crate) fn declared(&self) -> Option<&Schema> {
        self.inner.declared.get().map(|declared| &declared.schema)
    }

    /// `batch` after the statement that locks by this parameter, where the database has locks.
    fn after(&self, lock: &Arc<str>, by: &str, mut batch: Vec<Statement>) -> Vec<Statement> {
        if self.renderer().grammar.locks.is_some() {
            batch.insert(0, Statement::with(lock, vec![by.into()]));
        }
        batch
    }

    /// Runs an UPDATE of one row, and gives the row as it then is: by the statement itself where it can, else by the
    /// query `updated` in the same transaction.
    async fn update(&self, update: Statement, updated: Statement) -> Result<Rows, StoreError> {
        if self.renderer().grammar.returns {
            return self.connection().execute(update).await;
        }
        let mut results = self.connection().batch(vec![update, updated]).await?.into_iter();
        match (results.next(), results.next()) {
            (Some(update), Some(updated)) if update.affected() > 0 => Ok(updated),
            _ => Ok(Rows::default()),
        }
    }

    fn text(&self) -> &Text {
        self.inner.declared.get().map_or(&self.inner.core, |declared| &declared.text)
    }
}

impl<C> Clone for SqlStore<C> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), unenforced: self.unenforced, migrator: self.migrator }
    }
}

impl<C: fmt::Debug> fmt::Debug for SqlStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore")
            .field("connection", &self.inner.connection)
            .field("layout", &self.inner.renderer.layout)
            .finish_non_exhaustive()
    }
}
