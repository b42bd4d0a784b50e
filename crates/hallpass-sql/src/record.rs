//! The records as rows: which columns each table has, how a record becomes parameters, and how it is
//! read back.
//!
//! A result's columns carry the name `table.column` whatever the layout, so that one statement can give
//! rows of two tables, and every record is read in one way. Only named columns are read, so columns of
//! which hallpass knows nothing do not disturb.

use hallpass::model::{Account, Extra, Session, User, Verification};
use hallpass::password::PasswordHash;
use hallpass::schema::{ExtraField, Schema};
use hallpass::store::StoreError;
use hallpass::types::{Email, StoredToken};

use crate::extra::ExtraColumns;
use crate::renderer::Renderer;
use crate::rows::Row;
use crate::value::Value;

/// A table and its columns, by their camelCase names.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    columns: &'static [&'static str],
    pub(crate) extra: ExtraColumns,
}

const USER: &[&str] = &["id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"];
const SESSION: &[&str] =
    &["id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId"];

const ACCOUNT_COLUMNS: &[&str] = &[
    "id",
    "accountId",
    "providerId",
    "userId",
    "accessToken",
    "refreshToken",
    "idToken",
    "accessTokenExpiresAt",
    "refreshTokenExpiresAt",
    "scope",
    "password",
    "createdAt",
    "updatedAt",
];
const VERIFICATION_COLUMNS: &[&str] = &["id", "identifier", "value", "expiresAt", "createdAt", "updatedAt"];

/// The core's tables with the columns of which it knows.
pub(crate) const CORE: [(&str, &[&str]); 4] = [
    (
        "user",
        &[
            "id",
            "name",
            "email",
            "emailVerified",
            "image",
            "createdAt",
            "updatedAt",
            // Of plugins that are looked at whether or not they are there.
            "twoFactorEnabled",
            "banned",
        ],
    ),
    ("session", SESSION),
    ("account", ACCOUNT_COLUMNS),
    ("verification", VERIFICATION_COLUMNS),
];

/// The tables of a schema that may have additional fields.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) user: Table,
    pub(crate) session: Table,
}

impl Tables {
    pub(crate) fn new(schema: &Schema) -> Self {
        Self {
            user: Table::new("user", USER).with(schema.user_fields()),
            session: Table::new("session", SESSION).with(schema.session_fields()),
        }
    }
}

pub(crate) const ACCOUNT: Table = Table::new("account", ACCOUNT_COLUMNS);

pub(crate) const VERIFICATION: Table = Table::new("verification", VERIFICATION_COLUMNS);

impl Table {
    const fn new(name: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, columns, extra: ExtraColumns::NONE }
    }

    fn with(self, fields: &[ExtraField]) -> Self {
        Self { extra: ExtraColumns::new(self.name, fields), ..self }
    }

    /// The columns, without additional ones.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().copied()
    }

    /// The columns of a SELECT, from the table under the name `alias`.
    pub(crate) fn of(&self, alias: &str) -> String {
        self.list(|column| format!("{alias}.[{column}] AS {{{}.{column}}}", self.name))
    }

    /// The columns of a RETURNING.
    pub(crate) fn returned(&self) -> String {
        self.list(|column| format!("[{column}] AS {{{}.{column}}}", self.name))
    }

    /// `INSERT INTO` and the columns.
    pub(crate) fn insert(&self) -> String {
        format!("INSERT INTO [.{}] ({})", self.name, self.list(|column| format!("[{column}]")))
    }

    /// The same with a column more.
    pub(crate) fn insert_with(&self, column: &str) -> String {
        format!("{}, [{column}])", self.insert().trim_end_matches(')'))
    }

    /// A placeholder for each column.
    pub(crate) fn placeholders(&self) -> String {
        self.list(|_| "?".to_owned())
    }

    /// The assignments of an UPDATE that leaves alone what is not to be changed, with a comma before each.
    pub(crate) fn changes(&self) -> String {
        self.extra.names().map(|name| format!(", [{name}] = CASE WHEN ? THEN ? ELSE [{name}] END")).collect()
    }

    fn list(&self, of: impl Fn(&str) -> String) -> String {
        self.columns.iter().copied().chain(self.extra.names()).map(of).collect::<Vec<_>>().join(", ")
    }
}

pub(crate) fn user_values(user: &User, table: &Table, to: &Renderer) -> Result<Vec<Value>, StoreError> {
    let mut values = vec![
        user.id.as_str().into(),
        user.name.as_str().into(),
        user.email.as_str().into(),
        user.email_verified.into(),
        user.image.as_deref().into(),
        to.moment(user.created_at),
        to.moment(user.updated_at),
    ];
    values.extend(table.extra.values(table.name, &user.extra, to)?);
    Ok(values)
}

pub(crate) fn read_user(row: &mut Row<'_>, table: &Table) -> Result<User, StoreError> {
    Ok(User {
        id: row.text("user.id")?.into(),
        name: row.text("user.name")?,
        email: Email::from_stored(row.text("user.email")?),
        email_verified: row.boolean("user.emailVerified")?,
        image: row.optional_text("user.image")?,
        created_at: row.moment("user.createdAt")?,
        updated_at: row.moment("user.updatedAt")?,
        extra: table.extra.read(row)?,
    })
}

pub(crate) fn account_values(account: &Account, to: &Renderer) -> Result<Vec<Value>, StoreError> {
    ACCOUNT.extra.values(ACCOUNT.name, &account.extra, to)?;
    Ok(vec![
        account.id.as_str().into(),
        account.account_id.as_str().into(),
        account.provider_id.as_str().into(),
        account.user_id.as_str().into(),
        account.access_token.as_deref().into(),
        account.refresh_token.as_deref().into(),
        account.id_token.as_deref().into(),
        account.access_token_expires_at.map(|moment| to.moment(moment)).into(),
        account.refresh_token_expires_at.map(|moment| to.moment(moment)).into(),
        account.scope.as_deref().into(),
        account.password.as_ref().map(PasswordHash::as_str).into(),
        to.moment(account.created_at),
        to.moment(account.updated_at),
    ])
}

/// The account of a row; `None` where a LEFT JOIN found none.
pub(crate) fn read_account(row: &mut Row<'_>) -> Result<Option<Account>, StoreError> {
    let Some(id) = row.optional_text("account.id")? else { return Ok(None) };
    Ok(Some(Account {
        id: id.into(),
        account_id: row.text("account.accountId")?,
        provider_id: row.text("account.providerId")?,
        user_id: row.text("account.userId")?.into(),
        access_token: row.optional_text("account.accessToken")?,
        refresh_token: row.optional_text("account.refreshToken")?,
        id_token: row.optional_text("account.idToken")?,
        access_token_expires_at: row.optional_moment("account.accessTokenExpiresAt")?,
        refresh_token_expires_at: row.optional_moment("account.refreshTokenExpiresAt")?,
        scope: row.optional_text("account.scope")?,
        password: row.optional_text("account.password")?.map(PasswordHash::from),
        created_at: row.moment("account.createdAt")?,
        updated_at: row.moment("account.updatedAt")?,
        extra: Extra::new(),
    }))
}

pub(crate) fn session_values(
    session: &Session,
    table: &Table,
    to: &Renderer,
) -> Result<Vec<Value>, StoreError> {
    let mut values = vec![
        session.id.as_str().into(),
        to.moment(session.expires_at),
        session.token.as_str().into(),
        to.moment(session.created_at),
        to.moment(session.updated_at),
        session.ip_address.as_deref().into(),
        session.user_agent.as_deref().into(),
        session.user_id.as_str().into(),
    ];
    values.extend(table.extra.values(table.name, &session.extra, to)?);
    Ok(values)
}

pub(crate) fn read_session(row: &mut Row<'_>, table: &Table) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.text("session.id")?.into(),
        expires_at: row.moment("session.expiresAt")?,
        token: StoredToken::from_stored(row.text("session.token")?),
        created_at: row.moment("session.createdAt")?,
        updated_at: row.moment("session.updatedAt")?,
        ip_address: row.optional_text("session.ipAddress")?,
        user_agent: row.optional_text("session.userAgent")?,
        user_id: row.text("session.userId")?.into(),
        extra: table.extra.read(row)?,
    })
}

pub(crate) fn verification_values(verification: &Verification, to: &Renderer) -> Vec<Value> {
    vec![
        verification.id.as_str().into(),
        verification.identifier.as_str().into(),
        verification.value.as_str().into(),
        to.moment(verification.expires_at),
        to.moment(verification.created_at),
        to.moment(verification.updated_at),
    ]
}

pub(crate) fn read_verification(row: &mut Row<'_>) -> Result<Verification, StoreError> {
    Ok(Verification {
        id: row.text("verification.id")?.into(),
        identifier: row.text("verification.identifier")?,
        value: row.text("verification.value")?,
        expires_at: row.moment("verification.expiresAt")?,
        created_at: row.moment("verification.createdAt")?,
        updated_at: row.moment("verification.updatedAt")?,
    })
}
