//! What the command line says.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use hallpass::IdFormat;
use hallpass_sql::{Dialect, Layout, Names};

use crate::plugins::Named;

/// Looks after the database of an app that uses hallpass.
///
/// Exit codes: 0 done; 1 it failed, or there is something to mend; 2 the command line is wrong.
#[derive(Debug, Parser)]
#[command(name = "hallpass", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) database: Database,
    /// Writes JSON: one value, to be read by programs.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which database, and what of it.
#[derive(Debug, Args)]
pub(crate) struct Database {
    /// Where the database is: sqlite:app.db, postgres://user@host/app, mysql://user@host/app, d1://account/database.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// The schema that the tables are in, of a PostgreSQL database. By default the first of the search path.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) schema: Option<String>,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

/// How tables look.
#[derive(Debug, Args)]
pub(crate) struct Shape {
    /// How tables and columns are named. By default it is what the database has, and camel for a new one.
    #[arg(long, global = true, value_enum)]
    pub(crate) layout: Option<LayoutName>,
    /// What the database calls a table, as user=people, or a column, as user.email=email_address; may be given several times.
    #[arg(long = "name", global = true, value_name = "WHAT=NAME", value_parser = named)]
    pub(crate) names: Vec<Name>,
    /// Tables that have no other name end in an s: users, sessions.
    #[arg(long, global = true)]
    pub(crate) plural: bool,
    /// What ids look like. By default it is what the database takes, and text for a new one.
    #[arg(long, global = true, value_enum)]
    pub(crate) ids: Option<Ids>,
    /// A plugin whose fields and tables belong to the database; may be given several times.
    #[arg(long = "plugin", global = true, value_enum, value_name = "NAME")]
    pub(crate) plugins: Vec<Named>,
}

/// What ids look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ids {
    /// 32 letters and digits, in columns of text.
    Text,
    /// UUIDs, on PostgreSQL in columns of the type uuid: better-auth's generateId "uuid".
    Uuid,
}

impl From<Ids> for IdFormat {
    fn from(ids: Ids) -> Self {
        match ids {
            Ids::Text => Self::Alphanumeric,
            Ids::Uuid => Self::Uuid,
        }
    }
}

impl Shape {
    /// What is called otherwise than in the layout.
    pub(crate) fn names(&self) -> Names {
        let names = if self.plural { Names::new().plural() } else { Names::new() };
        self.names.iter().cloned().fold(names, |names, Name { table, column, name }| match column {
            None => names.table(table, name),
            Some(column) => names.column(table, column, name),
        })
    }
}

/// What a table or one of its columns is called.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    table: String,
    column: Option<String>,
    name: String,
}

fn named(text: &str) -> Result<Name, &'static str> {
    let (what, name) = text.split_once('=').ok_or("write TABLE=NAME or TABLE.COLUMN=NAME")?;
    let (table, column) = match what.split_once('.') {
        Some((table, column)) => (table, Some(column.to_owned())),
        None => (what, None),
    };
    Ok(Name { table: table.to_owned(), column, name: name.to_owned() })
}

/// The two layouts of better-auth databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LayoutName {
    /// emailVerified: better-auth's own migrations.
    Camel,
    /// email_verified: better-auth with Drizzle.
    Snake,
}

impl From<LayoutName> for Layout {
    fn from(name: LayoutName) -> Self {
        match name {
            LayoutName::Camel => Self::CamelCase,
            LayoutName::Snake => Self::SnakeCase,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a new secret for HALLPASS_SECRET.
    Secret,
    /// Shows what the database lacks, and adds it.
    Migrate(Migrate),
    /// Writes the SQL that makes the tables, for databases that are migrated by other means.
    Generate(Generate),
    /// Looks the database and the environment over, and says what to mend.
    Doctor(Doctor),
    /// Brings users in, from a file or from another database.
    Import(Import),
    /// Finds, verifies, signs out, deletes and exports users.
    #[command(subcommand)]
    Users(Users),
    /// Lists, ends and sweeps sessions.
    #[command(subcommand)]
    Sessions(Sessions),
    /// Writes the completions of a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Writes the manual pages into a directory.
    Man {
        /// The directory, which is there.
        directory: PathBuf,
    },
}

/// What to look over beside the database.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Where Redis is: redis://user:password@host:6379/0, rediss://… or redis+unix:///path. Of a Cluster some of its nodes, with
    /// commas between.
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) redis: Option<String>,
}

/// How to migrate.
#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Shows the plan and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Asks nothing before it begins. Where no terminal is read from, nothing is asked either way.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// What SQL to write.
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// The database that it is for.
    #[arg(long = "for", value_enum, value_name = "DATABASE")]
    pub(crate) target: Target,
    /// Where to write it; a file that is there already is not overwritten. By default to the output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

/// A database that SQL is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// SQLite.
    Sqlite,
    /// Cloudflare D1, to be put into the directory of `wrangler d1 migrations`.
    D1,
    /// PostgreSQL, from version 15 on.
    Postgres,
    /// MySQL 8 and MariaDB.
    Mysql,
}

impl From<Target> for Dialect {
    fn from(target: Target) -> Self {
        match target {
            Target::Sqlite | Target::D1 => Self::Sqlite,
            Target::Postgres => Self::Postgres,
            Target::Mysql => Self::MySql,
        }
    }
}

/// Which users to bring in.
///
/// All are read and checked before anything is written. Of a user a file says email and, if it likes, id, name,
/// emailVerified, image, createdAt, updatedAt, password (a hash) and the additional fields; names are taken in any case, with
/// or without underscores.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A JSON file (a list, or an object a line) or a CSV file with a line of names.
    #[arg(conflicts_with = "from")]
    pub(crate) file: Option<PathBuf>,
    /// Another database, of better-auth or of hallpass: users with their accounts.
    #[arg(long, value_name = "URL")]
    pub(crate) from: Option<String>,
    /// The schema of that database.
    #[arg(long, value_name = "NAME", requires = "from", conflicts_with = "file")]
    pub(crate) from_schema: Option<String>,
    /// The layout of that database, where it does not tell.
    #[arg(long, value_enum, requires = "from", conflicts_with = "file")]
    pub(crate) from_layout: Option<LayoutName>,
    /// What that database calls a table or a column, as --name says it of the other.
    #[arg(long = "from-name", value_name = "WHAT=NAME", value_parser = named, requires = "from", conflicts_with = "file")]
    pub(crate) from_names: Vec<Name>,
    /// Tables of that database end in an s.
    #[arg(long, requires = "from", conflicts_with = "file")]
    pub(crate) from_plural: bool,
    /// Brings live sessions too: who is signed in stays so, if the app has the same secret.
    #[arg(long, requires = "from", conflicts_with = "file")]
    pub(crate) with_sessions: bool,
    /// What the file is. By default its name tells.
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// What the file calls a field, as email=Mail; may be given several times.
    #[arg(long = "field", value_name = "FIELD=NAME", value_parser = renamed)]
    pub(crate) fields: Vec<(String, String)>,
    /// Leaves out what the file says beside the fields of users.
    #[arg(long)]
    pub(crate) ignore_unknown: bool,
    /// Leaves users alone whose address is there already.
    #[arg(long)]
    pub(crate) skip_existing: bool,
    /// Imports the others where some users cannot be imported. Those are told either way.
    #[arg(long)]
    pub(crate) skip_mistakes: bool,
    /// Reads and checks, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What a file of users is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A list of objects, or an object a line.
    Json,
    /// A line of names, and a line for each user.
    Csv,
}

fn renamed(text: &str) -> Result<(String, String), &'static str> {
    let (field, name) = text.split_once('=').ok_or("write FIELD=NAME")?;
    Ok((field.to_owned(), name.to_owned()))
}

/// What to do with users.
#[derive(Debug, Subcommand)]
pub(crate) enum Users {
    /// Finds users by a part of their address or name, or by their id.
    Find {
        /// The part, or the id.
        text: String,
        /// How many at most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Takes a user's address for proven.
    Verify {
        /// The user's address or id.
        user: String,
    },
    /// Signs a user out everywhere.
    Revoke {
        /// The user's address or id.
        user: String,
    },
    /// Deletes a user with accounts and sessions.
    Delete {
        /// The user's address or id.
        user: String,
        /// Asks nothing. Needed where no terminal is read from.
        #[arg(long, short)]
        yes: bool,
    },
    /// Writes what is kept of a user as JSON; no password, token or secret is in it.
    Export {
        /// The user's address or id.
        user: String,
    },
}

/// What to do with sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum Sessions {
    /// Lists the sessions of a user that are alive.
    List {
        /// The user's address or id.
        user: String,
    },
    /// Ends one session.
    Revoke {
        /// The user's address or id.
        user: String,
        /// The session's id, as it is listed.
        session: String,
    },
    /// Deletes the sessions and verifications that have expired.
    Sweep,
}
