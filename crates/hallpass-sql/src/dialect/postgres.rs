//! PostgreSQL.

use hallpass::IdFormat;
use hallpass::schema::{Column, FieldKind};

use super::{Catalogue, Grammar, Indexes, Locks, Moments, equal, literal};
use crate::layout::Layout;
use crate::statement::Statement;

pub(super) static GRAMMAR: Grammar = Grammar {
    placeholder: '$',
    quote: '\"',
    equal,
    truths: ["false", "true"],
    text_default: literal,
    moments: |_| Moments::Native,
    as_text: |text| format!("{text}::text"),
    id: |ids| match ids {
        IdFormat::Uuid => "uuid default pg_catalog.gen_random_uuid()",
        _ => "text",
    },
    kind,
    tables,
    references_stand_apart: false,
    indexes: Indexes { create: "index if not exists", takes_prefixes: false, named: None },
    returns: true,
    // With room in its pages for counters to count on without touching an index.
    storage: &[
        "create table [.hallpass_storage] ([key] text collate \"C\" not null primary key, [value] text not null, \
         [expiresAt] bigint) with (fillfactor = 70)",
        "create index if not exists {.hallpass_storage.expiry} on [.hallpass_storage] ([expiresAt])",
    ],
    // The rows are locked before they are judged, so that one which is prolonged at the time stays; those that another
    // has locked are left for the next step. An array is made once, where IN could run its query for every row.
    sweep: |table, key| {
        format!(
            "DELETE FROM {table} WHERE {key} = ANY (ARRAY(SELECT {key} FROM {table} WHERE [expiresAt] < ? \
             ORDER BY [expiresAt] LIMIT ? FOR UPDATE SKIP LOCKED))"
        )
    },
    records: "CREATE TABLE IF NOT EXISTS [.hallpass_migrations] ({id} text NOT NULL PRIMARY KEY, \
              {applied_at} timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    catalogue: Catalogue {
        tables: |schema| {
            let sql = "SELECT c.relname::text AS name FROM pg_class AS c \
                       JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') \
                       AND CASE WHEN $1::text IS NULL THEN pg_table_is_visible(c.oid) \
                       AND n.nspname NOT IN ('pg_catalog', 'information_schema') ELSE n.nspname = $1::text END";
            Statement::new(sql).bind(schema)
        },
        columns: "SELECT attname::text AS name, format_type(atttypid, NULL) AS kind FROM pg_attribute \
                  WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT attisdropped",
        required: "SELECT attname::text AS name FROM pg_attribute \
                   WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT attisdropped \
                   AND attnotnull AND NOT atthasdef AND attidentity = ''",
        indexed: "SELECT COALESCE(a.attname::text, '') AS name FROM pg_index AS i \
                  LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
                  WHERE i.indrelid = to_regclass($1::text)",
        // An expression has no attribute.
        unique: "SELECT i.indexrelid::text AS rule, COALESCE(a.attname::text, '') AS part \
                 FROM pg_index AS i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, at) \
                 LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum \
                 WHERE i.indrelid = to_regclass($1::text) AND i.indisunique AND i.indisvalid \
                 AND i.indpred IS NULL AND k.at <= i.indnkeyatts ORDER BY 1",
    },
    locks: Some(Locks {
        share: " FOR SHARE",
        update: " FOR UPDATE",
        // By the hash of the text: two texts that have one wait for each other without need.
        text: "SELECT 1 AS {one} FROM pg_advisory_xact_lock(hashtextextended(?, 7021120516))",
    }),
};

fn kind(layout: Layout, ids: IdFormat, column: &Column) -> &'static str {
    match (column.kind(), layout) {
        // better-auth makes an `integer`, and takes this one too; JavaScript's numbers need not be whole.
        (FieldKind::Number, _) => "double precision",
        (FieldKind::Boolean, _) => "boolean",
        (FieldKind::Moment, Layout::CamelCase) => "timestamptz",
        (FieldKind::Moment, Layout::SnakeCase) => "timestamp",
        (FieldKind::Json | FieldKind::TextList | FieldKind::NumberList, _) => "jsonb",
        // better-auth takes every column of text that refers to another for one of ids.
        _ if ids == IdFormat::Uuid && column.reference().is_some_and(|(_, column)| column == "id") => "uuid",
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
     [email] text not null unique, [emailVerified] boolean not null, [image] text, \
     [createdAt] timestamptz default CURRENT_TIMESTAMP not null, \
     [updatedAt] timestamptz default CURRENT_TIMESTAMP not null)",
    "create table if not exists [.session] ([id] <id> not null primary key, [expiresAt] timestamptz not null, \
     [token] text not null unique, [createdAt] timestamptz default CURRENT_TIMESTAMP not null, \
     [updatedAt] timestamptz not null, [ipAddress] text, [userAgent] text, \
     [userId] <of> not null references [.user] ([id]) on delete cascade)",
    "create table if not exists [.account] ([id] <id> not null primary key, [accountId] text not null, \
     [providerId] text not null, [userId] <of> not null references [.user] ([id]) on delete cascade, \
     [accessToken] text, [refreshToken] text, [idToken] text, [accessTokenExpiresAt] timestamptz, \
     [refreshTokenExpiresAt] timestamptz, [scope] text, [password] text, \
     [createdAt] timestamptz default CURRENT_TIMESTAMP not null, [updatedAt] timestamptz not null)",
    "create table if not exists [.verification] ([id] <id> not null primary key, [identifier] text not null, \
     [value] text not null, [expiresAt] timestamptz not null, \
     [createdAt] timestamptz default CURRENT_TIMESTAMP not null, \
     [updatedAt] timestamptz default CURRENT_TIMESTAMP not null)",
    "create index if not exists {.session_userId_idx} on [.session] ([userId])",
    "create index if not exists {.account_userId_idx} on [.account] ([userId])",
    "create index if not exists {.verification_identifier_idx} on [.verification] ([identifier])",
];

/// What better-auth's generator for Drizzle makes. Its times are in UTC and say no zone.
const SNAKE_CASE: &[&str] = &[
    "create table if not exists [.user] ([id] <id> primary key not null, [name] text not null, \
     [email] text not null, [emailVerified] boolean default false not null, [image] text, \
     [createdAt] timestamp default now() not null, [updatedAt] timestamp default now() not null, \
     constraint {.user_email_unique} unique ([email]))",
    "create table if not exists [.session] ([id] <id> primary key not null, [expiresAt] timestamp not null, \
     [token] text not null, [createdAt] timestamp default now() not null, [updatedAt] timestamp not null, \
     [ipAddress] text, [userAgent] text, [userId] <of> not null, \
     constraint {.session_token_unique} unique ([token]), \
     constraint {.session_user_id_user_id_fk} foreign key ([userId]) references [.user] ([id]) \
     on delete cascade on update no action)",
    "create index if not exists {.session_userId_idx} on [.session] ([userId])",
    "create table if not exists [.account] ([id] <id> primary key not null, [accountId] text not null, \
     [providerId] text not null, [userId] <of> not null, [accessToken] text, [refreshToken] text, \
     [idToken] text, [accessTokenExpiresAt] timestamp, [refreshTokenExpiresAt] timestamp, [scope] text, \
     [password] text, [createdAt] timestamp default now() not null, [updatedAt] timestamp not null, \
     constraint {.account_user_id_user_id_fk} foreign key ([userId]) references [.user] ([id]) \
     on delete cascade on update no action)",
    "create index if not exists {.account_userId_idx} on [.account] ([userId])",
    "create table if not exists [.verification] ([id] <id> primary key not null, [identifier] text not null, \
     [value] text not null, [expiresAt] timestamp not null, [createdAt] timestamp default now() not null, \
     [updatedAt] timestamp default now() not null)",
    "create index if not exists {.verification_identifier_idx} on [.verification] ([identifier])",
];
