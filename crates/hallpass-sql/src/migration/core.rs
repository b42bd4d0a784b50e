//! The migrations of the core's tables.

use super::{Migration, unique};
use crate::layout::Layout;

/// The table in which migrations are recorded.
pub(super) const RECORDS: &str = "CREATE TABLE IF NOT EXISTS {hallpass_migrations} ({id} text NOT NULL PRIMARY KEY, \
     {applied_at} text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))";

/// The name of that table.
pub(super) const RECORDED_IN: &str = "hallpass_migrations";

/// The ids that are recorded.
pub(super) const APPLIED: &str = "SELECT {id} FROM {hallpass_migrations}";

/// Records a migration; a second time it fails.
pub(super) const RECORD: &str = "INSERT INTO {hallpass_migrations} ({id}) VALUES (?)";

/// The core's migrations in the order of their ids. What one of them says is never changed once it
/// was released: a database that has run it does not run it again.
pub(super) fn migrations(layout: Layout) -> Vec<Migration> {
    let tables = match layout {
        Layout::CamelIso => CAMEL_ISO_TABLES,
        Layout::SnakeMillis => SNAKE_MILLIS_TABLES,
    };
    vec![
        Migration { id: "core/0001", statements: tables, unique: vec![] },
        Migration { id: "core/0002", statements: UNIQUE_IDENTITIES, unique: vec![] },
        Migration { id: "core/0003", statements: EXPIRY_INDEXES, unique: vec![] },
        Migration { id: "core/0004", statements: &[], unique: unique::of_tables() },
    ]
}

/// What better-auth 1.7.25 itself makes, so that it finds nothing to do in a database that hallpass made.
const CAMEL_ISO_TABLES: &[&str] = &[
    "create table if not exists [user] ([id] text not null primary key, [name] text not null, \
     [email] text not null unique, [emailVerified] integer not null, [image] text, [createdAt] date not null, \
     [updatedAt] date not null)",
    "create table if not exists [session] ([id] text not null primary key, [expiresAt] date not null, \
     [token] text not null unique, [createdAt] date not null, [updatedAt] date not null, [ipAddress] text, \
     [userAgent] text, [userId] text not null references [user] ([id]) on delete cascade)",
    "create table if not exists [account] ([id] text not null primary key, [accountId] text not null, \
     [providerId] text not null, [userId] text not null references [user] ([id]) on delete cascade, \
     [accessToken] text, [refreshToken] text, [idToken] text, [accessTokenExpiresAt] date, \
     [refreshTokenExpiresAt] date, [scope] text, [password] text, [createdAt] date not null, \
     [updatedAt] date not null)",
    "create table if not exists [verification] ([id] text not null primary key, [identifier] text not null, \
     [value] text not null, [expiresAt] date not null, [createdAt] date not null, [updatedAt] date not null)",
    "create index if not exists {session_userId_idx} on [session] ([userId])",
    "create index if not exists {account_userId_idx} on [account] ([userId])",
    "create index if not exists {verification_identifier_idx} on [verification] ([identifier])",
];

/// What better-auth's generator for Drizzle and SQLite makes.
const SNAKE_MILLIS_TABLES: &[&str] = &[
    "create table if not exists [user] ([id] text primary key not null, [name] text not null, \
     [email] text not null, [emailVerified] integer default false not null, [image] text, \
     [createdAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, \
     [updatedAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null)",
    "create unique index if not exists {user_email_unique} on [user] ([email])",
    "create table if not exists [session] ([id] text primary key not null, [expiresAt] integer not null, \
     [token] text not null, \
     [createdAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, \
     [updatedAt] integer not null, [ipAddress] text, [userAgent] text, [userId] text not null, \
     foreign key ([userId]) references [user] ([id]) on update no action on delete cascade)",
    "create unique index if not exists {session_token_unique} on [session] ([token])",
    "create index if not exists {session_userId_idx} on [session] ([userId])",
    "create table if not exists [account] ([id] text primary key not null, [accountId] text not null, \
     [providerId] text not null, [userId] text not null, [accessToken] text, [refreshToken] text, \
     [idToken] text, [accessTokenExpiresAt] integer, [refreshTokenExpiresAt] integer, [scope] text, \
     [password] text, [createdAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, \
     [updatedAt] integer not null, \
     foreign key ([userId]) references [user] ([id]) on update no action on delete cascade)",
    "create index if not exists {account_userId_idx} on [account] ([userId])",
    "create table if not exists [verification] ([id] text primary key not null, [identifier] text not null, \
     [value] text not null, [expiresAt] integer not null, \
     [createdAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, \
     [updatedAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null)",
    "create index if not exists {verification_identifier_idx} on [verification] ([identifier])",
];

/// An identity at a provider belongs to one user. better-auth has no such rule, so this one can fail on
/// a database that it filled; then the operator decides, because guessing could give an account away.
const UNIQUE_IDENTITIES: &[&str] = &[
    "create unique index if not exists {hallpass_account_identity} on [account] ([providerId], [accountId])",
];

/// For sweeping out what has expired without reading whole tables.
const EXPIRY_INDEXES: &[&str] = &[
    "create index if not exists {hallpass_session_expiry} on [session] ([expiresAt])",
    "create index if not exists {hallpass_verification_expiry} on [verification] ([expiresAt])",
];
