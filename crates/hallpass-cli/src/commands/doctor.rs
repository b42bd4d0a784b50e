mod redis;

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use hallpass::random::SystemRandom;
use hallpass::{Auth, MemoryStore, random};
use hallpass_sql::{SqlConnection as _, Statement};
use hallpass_sqlx::MySql;
use serde::Serialize;

use crate::arguments::{Database, Doctor};
use crate::connection::{Connection, Opened};
use crate::output::Output;

/// What was looked at, and what came of it.
#[derive(Debug, Serialize)]
struct Finding {
    state: State,
    about: &'static str,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    /// Worth a look; it works all the same.
    Notice,
    /// It does not work, or is not safe.
    Problem,
}

impl Finding {
    fn good(about: &'static str, found: impl Into<String>) -> Self {
        Self { state: State::Good, about, found: found.into(), remedy: None }
    }

    fn notice(about: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Notice, about, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn problem(about: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Problem, about, found: found.into(), remedy: Some(remedy.into()) }
    }
}

/// Looks everything over; the exit code is 1 if there is a problem.
pub(crate) async fn doctor(database: &Database, wanted: &Doctor, output: &Output) -> Result<ExitCode> {
    let mut findings = vec![secret(), base_url()];
    match Opened::open(database).await {
        Ok(opened) => findings.extend(look_over(&opened).await),
        Err(error) => {
            findings.push(Finding::problem("database", told(error.as_ref()), "correct it, and ask again"));
        }
    }
    if let Some(redis) = wanted.redis.as_deref().filter(|redis| !redis.is_empty()) {
        findings.extend(redis::look_over(redis).await);
    }
    output.write(&findings, |findings| findings.iter().map(line).collect())?;
    let has_problem = findings.iter().any(|finding| finding.state == State::Problem);
    Ok(if has_problem { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        told = format!("{told}: {cause}");
        source = cause.source();
    }
    told
}

fn line(finding: &Finding) -> String {
    let mark = match finding.state {
        State::Good => "ok     ",
        State::Notice => "notice ",
        State::Problem => "PROBLEM",
    };
    let remedy = finding.remedy.as_ref().map(|remedy| format!("\n          {remedy}")).unwrap_or_default();
    format!("{mark}  {}: {}{remedy}\n", finding.about, finding.found)
}

fn secret() -> Finding {
    const ABOUT: &str = "secret";
    let Ok(secret) = env::var("HALLPASS_SECRET") else {
        return Finding::notice(
            ABOUT,
            "HALLPASS_SECRET is not set here",
            "if the app reads it from there: `hallpass secret` makes one",
        );
    };
    match Auth::builder(MemoryStore::new()).secret(secret).base_url("https://app.example.com").build() {
        Ok(_) => Finding::good(ABOUT, "HALLPASS_SECRET is one that the app can start with"),
        // It tells what is wrong, and nothing of the secret.
        Err(error) => Finding::problem(
            ABOUT,
            error.to_string(),
            "`hallpass secret` makes a new one; keep the old one as an older secret, so that nobody is signed out",
        ),
    }
}

fn base_url() -> Finding {
    const ABOUT: &str = "base URL";
    let Ok(url) = env::var("BASE_URL") else {
        return Finding::notice(ABOUT, "BASE_URL is not set here", "if the app reads it from there: set it");
    };
    let secret = random::alphanumeric(&SystemRandom::default(), 64);
    match Auth::builder(MemoryStore::new()).secret(secret).base_url(&url).build() {
        Err(error) => Finding::problem(ABOUT, error.to_string(), "set it to the public https URL"),
        Ok(_) if url.starts_with("https:") => Finding::good(ABOUT, url),
        // Without TLS the app starts for this machine alone.
        Ok(_) => Finding::notice(
            ABOUT,
            format!("{url} is of this machine alone"),
            "give it the public URL in production",
        ),
    }
}

async fn look_over(opened: &Opened) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !opened.is_set_up {
        findings.push(Finding::problem(
            "tables",
            "there is no table of users",
            "`hallpass migrate` makes it",
        ));
        return findings;
    }
    findings.push(Finding::good("tables", format!("{:?}", opened.store.layout())));
    match opened.store.plan().await {
        Ok(plan) if plan.is_empty() => {
            findings.push(Finding::good("migrations", "nothing is missing"));
            findings.extend(indexes(opened).await);
        }
        Ok(plan) => {
            let ids: Vec<_> = plan.iter().map(|step| step.id.as_str()).collect();
            findings.push(Finding::problem(
                "migrations",
                format!("missing: {}", ids.join(", ")),
                "`hallpass migrate --dry-run` shows them, `hallpass migrate` runs them",
            ));
        }
        // Its message says what to do.
        Err(error) => findings.push(Finding::problem("migrations", told(&error), "as it says")),
    }
    match opened.store.counts().await {
        Ok(counts) => {
            let counts: Vec<_> = counts.iter().map(|(table, rows)| format!("{rows} of {table}")).collect();
            findings.push(Finding::good("rows", counts.join(", ")));
        }
        Err(error) => findings.push(Finding::problem("rows", told(&error), "the tables cannot be read")),
    }
    // A database that cannot be read has said so.
    if let Ok(unknown) = opened.store.unknown_required_columns().await
        && !unknown.is_empty()
    {
        findings.push(Finding::notice(
            "columns",
            format!("{} must not be NULL and have no default", unknown.join(", ")),
            "if the app does not declare them, nobody can sign up: give them a default",
        ));
    }
    match opened.store.connection() {
        Connection::Sqlite(sqlite) => {
            findings.extend(sqlite.path().map(|path| Finding::good("file", path.display().to_string())));
        }
        Connection::MySql(mysql) => findings.extend(collation(mysql).await),
        Connection::Postgres(_) | Connection::D1(_) | Connection::Nothing(_) => {}
    }
    findings
}

/// The indexes that somebody dropped after they were made.
async fn indexes(opened: &Opened) -> Vec<Finding> {
    const ABOUT: &str = "indexes";
    match opened.store.missing_indexes().await {
        Ok(missing) if missing.is_empty() => vec![Finding::good(ABOUT, "all are there")],
        Ok(missing) => {
            let findings = missing.into_iter().map(|index| {
                let found =
                    format!("none for {}.{}: each time, the whole table is read", index.table, index.column);
                Finding::problem(ABOUT, found, format!("{};", index.sql))
            });
            findings.collect()
        }
        Err(error) => vec![Finding::problem(ABOUT, error.to_string(), "the database cannot be read")],
    }
}

/// What the database takes for one. hallpass compares to the byte whatever it is; rules for unique columns go by it.
async fn collation(mysql: &MySql) -> Option<Finding> {
    const ABOUT: &str = "collation";
    let query = Statement::new("SELECT @@character_set_database AS charset, @@collation_database AS name");
    let mut rows = mysql.query(query).await.ok()?;
    let mut row = rows.first_mut()?;
    let (charset, name) = (row.text("charset").ok()?, row.text("name").ok()?);
    Some(if charset != "utf8mb4" {
        Finding::notice(
            ABOUT,
            format!("new tables keep {charset}, which has no place for most of the world's letters"),
            "before the tables are made: alter database … character set utf8mb4 collate utf8mb4_bin",
        )
    } else if name.ends_with("_bin") {
        Finding::good(ABOUT, name)
    } else {
        Finding::notice(
            ABOUT,
            format!("with {name}, an address is taken too where another differs by accents alone"),
            "for a new database without tables of better-auth's: alter database … collate utf8mb4_bin",
        )
    })
}
