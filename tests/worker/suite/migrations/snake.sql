CREATE TABLE IF NOT EXISTS "hallpass_migrations" ("id" text NOT NULL PRIMARY KEY, "applied_at" text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));

-- core/0001
create table if not exists "user" ("id" text primary key not null, "name" text not null, "email" text not null, "email_verified" integer default false not null, "image" text, "created_at" integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, "updated_at" integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null);
create unique index if not exists "user_email_unique" on "user" ("email");
create table if not exists "session" ("id" text primary key not null, "expires_at" integer not null, "token" text not null, "created_at" integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, "updated_at" integer not null, "ip_address" text, "user_agent" text, "user_id" text not null, foreign key ("user_id") references "user" ("id") on update no action on delete cascade);
create unique index if not exists "session_token_unique" on "session" ("token");
create index if not exists "session_userId_idx" on "session" ("user_id");
create table if not exists "account" ("id" text primary key not null, "account_id" text not null, "provider_id" text not null, "user_id" text not null, "access_token" text, "refresh_token" text, "id_token" text, "access_token_expires_at" integer, "refresh_token_expires_at" integer, "scope" text, "password" text, "created_at" integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, "updated_at" integer not null, foreign key ("user_id") references "user" ("id") on update no action on delete cascade);
create index if not exists "account_userId_idx" on "account" ("user_id");
create table if not exists "verification" ("id" text primary key not null, "identifier" text not null, "value" text not null, "expires_at" integer not null, "created_at" integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null, "updated_at" integer default (cast(unixepoch('subsecond') * 1000 as integer)) not null);
create index if not exists "verification_identifier_idx" on "verification" ("identifier");
INSERT INTO "hallpass_migrations" ("id") VALUES ('core/0001');

-- core/0002
create unique index if not exists "hallpass_account_identity" on "account" ("provider_id", "account_id");
INSERT INTO "hallpass_migrations" ("id") VALUES ('core/0002');

-- core/0003
create index if not exists "hallpass_session_expiry" on "session" ("expires_at");
create index if not exists "hallpass_verification_expiry" on "verification" ("expires_at");
INSERT INTO "hallpass_migrations" ("id") VALUES ('core/0003');

-- core/0004
INSERT INTO "hallpass_migrations" ("id") VALUES ('core/0004');

-- schema/hallpass_storage
create table "hallpass_storage" ("key" text not null primary key, "value" text not null, "expires_at" integer) without rowid;
create index if not exists "hallpass_storage_expiry" on "hallpass_storage" ("expires_at");
