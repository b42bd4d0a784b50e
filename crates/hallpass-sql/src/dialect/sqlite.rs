//! SQLite.

use hallpass::IdFormat;
use hallpass::schema::{Column, FieldKind};

use super::{Catalogue, Grammar, Indexes, Moments, equal, literal, plain};
use crate::layout::Layout;
use crate::statement::Statement;

pub(super) static GRAMMAR: Grammar = Grammar {
    placeholder: '?',
    quote: '\"',
    equal,
    truths: ["0", "1"],
    text_default: literal,
    moments,
    as_text: plain,
    id: |_| "text",
    kind,
    tables,
    references_stand_apart: false,
    indexes: Indexes { create: "index if not exists", takes_prefixes: false, named: None },
    returns: true,
    storage: &[
        "create table [.hallpass_storage] ([key] text not null primary key, [value] text not null, \
         [expiresAt] integer) without rowid",
        "create index if not exists {.hallpass_storage.expiry} on [.hallpass_storage] ([expiresAt])",
    ],
    // Nothing changes a row between the two, because one batch runs after the other.
    sweep: |table, key| {
        format!(
            "DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE [expiresAt] < ? \
             ORDER BY [expiresAt] LIMIT ?)"
        )
    },
    records: "CREATE TABLE IF NOT EXISTS [.hallpass_migrations] ({id} text NOT NULL PRIMARY KEY, \
              {applied_at} text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))",
    catalogue: Catalogue {
        tables: |_| Statement::new("SELECT lower(name) AS name FROM sqlite_master WHERE type = 'table'"),
        columns: "SELECT lower(name) AS name, lower(type) AS kind FROM pragma_table_info(?1)",
        // A primary key of whole numbers fills itself.
        required: "SELECT lower(name) AS name FROM pragma_table_info(?1) \
                   WHERE \"notnull\" = 1 AND dflt_value IS NULL AND NOT (pk = 1 AND lower(type) = 'integer')",
        indexed: "SELECT lower(COALESCE(i.name, '')) AS name \
                  FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i WHERE i.seqno = 0",
        // A primary key of whole numbers has no index. An expression has no name.
        unique: "SELECT l.name AS rule, lower(COALESCE(i.name, '')) AS part \
                 FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i \
                 WHERE l.\"unique\" = 1 AND l.partial = 0 \
                 UNION ALL SELECT '', lower(name) FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY 1",
    },
    locks: None,
};

fn moments(layout: Layout) -> Moments {
    match layout {
        Layout::CamelCase => Moments::IsoText,
        Layout::SnakeCase => Moments::Millis,
    }
}

fn kind(layout: Layout, _: IdFormat, column: &Column) -> &'static str {
    match (column.kind(), layout) {
        (FieldKind::Number | FieldKind::Boolean, _) | (FieldKind::Moment, Layout::SnakeCase) => "integer",
        (FieldKind::Moment, Layout::CamelCase) => "date",
        _ => "text",
    }
}

fn tables(layout: Layout) -> &'static [&'static str] {
    match layout {
        Layout::CamelCase => CAMEL_CASE,
        Layout::SnakeCase => SNAKE_CASE,
    }
}

/// What better-auth 1.7.25 itself makes, so that it finds nothing to do in a database that hallpass made.
const CAMEL_CASE: &[&str] = &[
    "create table if not exists [.user] ([id] <id> not null primary key, [name] text not null, \
     [email] text not null unique, [emailVerified] integer not null, [image] text, [createdAt] date not null, \
     [updatedAt] date not null)",
    "create table if not exists [.session] ([id] <id> not null primary key, [expiresAt] date not null, \
     [token] text not null unique, [createdAt] date not null, [updatedAt] date not null, [ipAddress] text, \
     [userAgent] text, [userId] text not null references [.user] ([id]) on delete cascade)",
    "create table if not exists [.account] ([id] <id> not null primary key, [accountId] text not null, \
     [providerId] text not null, [userId] text not null references [.user] ([id]) on delete cascade, \
     [accessToken] text, [refreshToken] text, [idToken] text, [accessTokenExpiresAt] date, \
     [refreshTokenExpiresAt] date, [scope] text, [password] text, [createdAt] date not null, \
     [updatedAt] date not null)",
    "create table if not exists [.verification] ([id] <id> not null primary key, [identifier] text not null, \
     [value] text not null, [expiresAt] date not null, [createdAt] date not null, [updatedAt] date not null)",
    "create index if not exists {.session_userId_idx} on [.session] ([userId])",
    "create index if not exists {.account_userId_idx} on [.account] ([userId])",
    "create index if not exists {.verification_identifier_idx} on [.verification] ([identifier])",
];

/// What better-auth's generator for Drizzle and SQLite makes.
const SNAKE_CASE: &[&str] = &[
    "create table if not exists [.user] ([id] <id> primary key not null, [name] text not null, \
     [email] text not null, [emailVerified] integer default false not null, [image] text, \
     [createdAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, \
     [updatedAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null)",
    "create unique index if not exists {.user_email_unique} on [.user] ([email])",
    "create table if not exists [.session] ([id] <id> primary key not null, [expiresAt] integer not null, \
     [token] text not null, \
     [createdAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, \
     [updatedAt] integer not null, [ipAddress] text, [userAgent] text, [userId] text not null, \
     foreign key ([userId]) references [.user] ([id]) on update no action on delete cascade)",
    "create unique index if not exists {.session_token_unique} on [.session] ([token])",
    "create index if not exists {.session_userId_idx} on [.session] ([userId])",
    "create table if not exists [.account] ([id] <id> primary key not null, [accountId] text not null, \
     [providerId] text not null, [userId] text not null, [accessToken] text, [refreshToken] text, \
     [idToken] text, [accessTokenExpiresAt] integer, [refreshTokenExpiresAt] integer, [scope] text, \
     [password] text, [createdAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, \
     [updatedAt] integer not null, \
     foreign key ([userId]) references [.user] ([id]) on update no action on delete cascade)",
    "create index if not exists {.account_userId_idx} on [.account] ([userId])",
    "create table if not exists [.verification] ([id] <id> primary key not null, [identifier] text not null, \
     [value] text not null, [expiresAt] integer not null, \
     [createdAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, \
     [updatedAt] integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null)",
    "create index if not exists {.verification_identifier_idx} on [.verification] ([identifier])",
];
