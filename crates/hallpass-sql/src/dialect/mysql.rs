//! MySQL and MariaDB, in the syntax that both have.

use hallpass::IdFormat;
use hallpass::schema::{Column, FieldKind};

use super::{Catalogue, Grammar, Indexes, Locks, Moments, plain};
use crate::layout::Layout;
use crate::statement::Statement;

pub(super) static GRAMMAR: Grammar = Grammar {
    placeholder: '?',
    quote: '`',
    equal: exactly,
    truths: ["false", "true"],
    // A text column takes no literal as its default, and what a backslash is in a literal is a setting.
    text_default: |text| {
        if text.contains('\\') {
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            format!("(convert(0x{hex} using utf8mb4))")
        } else {
            format!("('{}')", text.replace('\'', "''"))
        }
    },
    moments: |_| Moments::Native,
    as_text: plain,
    id: |_| "varchar(36)",
    kind,
    tables,
    // MySQL 8 reads those of a column, and makes nothing of them.
    references_stand_apart: true,
    indexes: Indexes {
        create: "index",
        takes_prefixes: true,
        named: Some(
            "SELECT DISTINCT CAST(index_name AS char) AS name FROM information_schema.statistics \
             WHERE table_schema = DATABASE() AND table_name = ?1",
        ),
    },
    returns: false,
    // Bytes are the same where a collation, of any kind, would take no notice of a space at the end.
    storage: &["create table [.hallpass_storage] ([key] varbinary(512) not null primary key, \
                [value] longtext character set utf8mb4 collate utf8mb4_bin not null, [expiresAt] bigint, \
                index {.hallpass_storage.expiry} ([expiresAt]))"],
    sweep: |table, _| format!("DELETE FROM {table} WHERE [expiresAt] < ? ORDER BY [expiresAt] LIMIT ?"),
    records: "CREATE TABLE IF NOT EXISTS [.hallpass_migrations] ({id} varchar(255) NOT NULL PRIMARY KEY, \
              {applied_at} timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3))",
    catalogue: Catalogue {
        tables: |_| {
            Statement::new(
                "SELECT LOWER(CAST(table_name AS char)) AS name FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
            )
        },
        columns: "SELECT LOWER(CAST(column_name AS char)) AS name, LOWER(CAST(column_type AS char)) AS kind FROM information_schema.columns \
                  WHERE table_schema = DATABASE() AND table_name = ?1",
        required: "SELECT LOWER(CAST(column_name AS char)) AS name FROM information_schema.columns \
                   WHERE table_schema = DATABASE() AND table_name = ?1 AND is_nullable = 'NO' \
                   AND column_default IS NULL AND extra NOT LIKE '%auto_increment%' \
                   AND COALESCE(generation_expression, '') = ''",
        indexed: "SELECT LOWER(CAST(COALESCE(column_name, '') AS char)) AS name \
                  FROM information_schema.statistics \
                  WHERE table_schema = DATABASE() AND table_name = ?1 AND seq_in_index = 1",
        // An expression has no column.
        unique: "SELECT CAST(index_name AS char) AS rule, LOWER(CAST(COALESCE(column_name, '') AS char)) AS part \
                 FROM information_schema.statistics \
                 WHERE table_schema = DATABASE() AND table_name = ?1 AND non_unique = 0 ORDER BY 1",
    },
    locks: Some(Locks {
        // MariaDB has no FOR SHARE.
        share: " LOCK IN SHARE MODE",
        update: " FOR UPDATE",
        // A name has 64 characters at most and no case. It is the whole server's.
        text: "SELECT GET_LOCK(SHA2(CONCAT(DATABASE(), '/', ?), 256), 30) AS {taken}",
    }),
};

/// By its collation first, so that an index serves; most collations take no notice of case, accents and spaces at
/// the end.
fn exactly(left: &str, right: &str) -> String {
    let bytes = |text| format!("CAST(CONVERT({text} USING utf8mb4) AS binary)");
    format!("({left} = {right} AND {} = {})", bytes(left), bytes(right))
}

fn kind(_: Layout, _: IdFormat, column: &Column) -> &'static str {
    match column.kind() {
        // better-auth makes an `integer`, and takes this one too; JavaScript's numbers need not be whole.
        FieldKind::Number => "double",
        FieldKind::Boolean => "boolean",
        FieldKind::Moment => "timestamp(3)",
        FieldKind::Json | FieldKind::TextList | FieldKind::NumberList => "json",
        // An index has no place for what has no length.
        _ if column.is_unique() => "varchar(255)",
        _ if column.reference().is_some() => "varchar(36)",
        _ if column.is_indexed() => "varchar(255)",
        _ => "text",
    }
}

fn tables(layout: Layout) -> &'static [&'static str] {
    match layout {
        Layout::CamelCase => CAMEL_CASE,
        Layout::SnakeCase => SNAKE_CASE,
    }
}

/// What better-auth 1.7.25 itself makes, so that it finds nothing to do in a database that hallpass made. Each table
/// comes with its indexes, because each statement is a transaction.
const CAMEL_CASE: &[&str] = &[
    "create table if not exists [.user] ([id] <id> not null primary key, [name] varchar(255) not null, \
     [email] varchar(255) not null unique, [emailVerified] boolean not null, [image] text, \
     [createdAt] timestamp(3) default CURRENT_TIMESTAMP(3) not null, \
     [updatedAt] timestamp(3) default CURRENT_TIMESTAMP(3) not null)",
    "create table if not exists [.session] ([id] <id> not null primary key, \
     [expiresAt] timestamp(3) not null, [token] varchar(255) not null unique, \
     [createdAt] timestamp(3) default CURRENT_TIMESTAMP(3) not null, [updatedAt] timestamp(3) not null, \
     [ipAddress] text, [userAgent] text, [userId] varchar(36) not null, \
     index {.session_userId_idx} ([userId]), foreign key ([userId]) references [.user] ([id]) on delete cascade)",
    "create table if not exists [.account] ([id] <id> not null primary key, [accountId] text not null, \
     [providerId] text not null, [userId] varchar(36) not null, [accessToken] text, [refreshToken] text, \
     [idToken] text, [accessTokenExpiresAt] timestamp(3) null, [refreshTokenExpiresAt] timestamp(3) null, \
     [scope] text, [password] text, [createdAt] timestamp(3) default CURRENT_TIMESTAMP(3) not null, \
     [updatedAt] timestamp(3) not null, \
     index {.account_userId_idx} ([userId]), foreign key ([userId]) references [.user] ([id]) on delete cascade)",
    "create table if not exists [.verification] ([id] <id> not null primary key, \
     [identifier] varchar(255) not null, [value] text not null, [expiresAt] timestamp(3) not null, \
     [createdAt] timestamp(3) default CURRENT_TIMESTAMP(3) not null, \
     [updatedAt] timestamp(3) default CURRENT_TIMESTAMP(3) not null, \
     index {.verification_identifier_idx} ([identifier]))",
];

/// What better-auth's generator for Drizzle makes.
const SNAKE_CASE: &[&str] = &[
    "create table if not exists [.user] ([id] <id> not null primary key, [name] varchar(255) not null, \
     [email] varchar(255) not null, [emailVerified] boolean not null default false, [image] text, \
     [createdAt] timestamp(3) not null default (now()), [updatedAt] timestamp(3) not null default (now()), \
     constraint {.user_email_unique} unique ([email]))",
    "create table if not exists [.session] ([id] <id> not null primary key, \
     [expiresAt] timestamp(3) not null, [token] varchar(255) not null, \
     [createdAt] timestamp(3) not null default (now()), [updatedAt] timestamp(3) not null, [ipAddress] text, \
     [userAgent] text, [userId] varchar(36) not null, constraint {.session_token_unique} unique ([token]), \
     index {.session_userId_idx} ([userId]), constraint {.session_user_id_user_id_fk} \
     foreign key ([userId]) references [.user] ([id]) on delete cascade on update no action)",
    "create table if not exists [.account] ([id] <id> not null primary key, [accountId] text not null, \
     [providerId] text not null, [userId] varchar(36) not null, [accessToken] text, [refreshToken] text, \
     [idToken] text, [accessTokenExpiresAt] timestamp(3) null, [refreshTokenExpiresAt] timestamp(3) null, \
     [scope] text, [password] text, [createdAt] timestamp(3) not null default (now()), \
     [updatedAt] timestamp(3) not null, \
     index {.account_userId_idx} ([userId]), constraint {.account_user_id_user_id_fk} \
     foreign key ([userId]) references [.user] ([id]) on delete cascade on update no action)",
    "create table if not exists [.verification] ([id] <id> not null primary key, \
     [identifier] varchar(255) not null, [value] text not null, [expiresAt] timestamp(3) not null, \
     [createdAt] timestamp(3) not null default (now()), [updatedAt] timestamp(3) not null default (now()), \
     index {.verification_identifier_idx} ([identifier]))",
];
