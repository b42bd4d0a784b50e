CREATE TABLE IF NOT EXISTS "hallpass_migrations" ("id" text NOT NULL PRIMARY KEY, "applied_at" text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));

-- core/0001
create table if not exists "user" ("id" text not null primary key, "name" text not null, "email" text not null unique, "emailVerified" integer not null, "image" text, "createdAt" date not null, "updatedAt" date not null);
create table if not exists "session" ("id" text not null primary key, "expiresAt" date not null, "token" text not null unique, "createdAt" date not null, "updatedAt" date not null, "ipAddress" text, "userAgent" text, "userId" text not null references "user" ("id") on delete cascade);
create table if not exists "account" ("id" text not null primary key, "accountId" text not null, "providerId" text not null, "userId" text not null references "user" ("id") on delete cascade, "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" date, "refreshTokenExpiresAt" date, "scope" text, "password" text, "createdAt" date not null, "updatedAt" date not null);
create table if not exists "verification" ("id" text not null primary key, "identifier" text not null, "value" text not null, "expiresAt" date not null, "createdAt" date not null, "updatedAt" date not null);
create index if not exists "session_userId_idx" on "session" ("userId");
create index if not exists "account_userId_idx" on "account" ("userId");
create index if not exists "verification_identifier_idx" on "verification" ("identifier");
INSERT INTO "hallpass_migrations" ("id") VALUES ('core/0001');

-- core/0002
create unique index if not exists "hallpass_account_identity" on "account" ("providerId", "accountId");
INSERT INTO "hallpass_migrations" ("id") VALUES ('core/0002');

-- core/0003
create index if not exists "hallpass_session_expiry" on "session" ("expiresAt");
create index if not exists "hallpass_verification_expiry" on "verification" ("expiresAt");
INSERT INTO "hallpass_migrations" ("id") VALUES ('core/0003');

-- core/0004
INSERT INTO "hallpass_migrations" ("id") VALUES ('core/0004');

-- schema/hallpass_storage
create table "hallpass_storage" ("key" text not null primary key, "value" text not null, "expiresAt" integer) without rowid;
create index if not exists "hallpass_storage_expiry" on "hallpass_storage" ("expiresAt");
