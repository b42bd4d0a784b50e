//! What the environment says.

mod secret;

use std::env::{self, VarError};
use std::path::Path;

use anyhow::Context as _;
use hallpass::random::{SystemRandom, alphanumeric};
use hallpass::{CookieCache, SessionOptions};

/// The settings, checked.
pub(crate) struct Settings {
    /// `DATABASE_URL`.
    pub(crate) database: String,
    /// `REDIS_URL`.
    pub(crate) redis: Option<String>,
    /// `PORT`; 0 takes a free one.
    pub(crate) port: u16,
    /// Whether requests are limited: `RATE_LIMIT` is not `off`.
    pub(crate) rate_limit: bool,
    cookie_cache: Option<CookieCache>,
    base_url: Option<String>,
    secret: Option<String>,
}

/// A variable that cannot be followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{0} is not UTF-8")]
    NotText(&'static str),
    #[error("PORT must be a number from 0 to 65535, and is {0:?}")]
    Port(String),
    #[error(
        "DATABASE_URL must begin with `sqlite:`, as `sqlite:quickstart.db`, or with `postgres:`, for which the feature \
         `postgres` is needed"
    )]
    Database,
    #[error("HALLPASS_SECRET must be set where DATABASE_URL names no file beside which one can be kept")]
    Secret,
    #[error(
        "REDIS_URL must begin with `redis:`, `rediss:` or `redis+unix:`, and the feature `redis` is needed for it"
    )]
    Redis,
    #[error("COOKIE_CACHE must be `on` or `off`, and is {0:?}")]
    CookieCache(String),
    #[error("RATE_LIMIT must be `on` or `off`, and is {0:?}")]
    RateLimit(String),
}

impl Refusal {
    /// Says why, and ends the process with code 2.
    pub(crate) fn exit(self) -> ! {
        eprintln!("quickstart: {self}");
        std::process::exit(2)
    }
}

impl Settings {
    /// Reads the environment; a variable that is empty is as one that is not set.
    pub(crate) fn from_env() -> Result<Self, Refusal> {
        Self::from(|name| match env::var(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(Refusal::NotText(name)),
        })
    }

    fn from(var: impl Fn(&'static str) -> Result<Option<String>, Refusal>) -> Result<Self, Refusal> {
        let database = var("DATABASE_URL")?.unwrap_or_else(|| "sqlite:quickstart.db".to_owned());
        let secret = var("HALLPASS_SECRET")?;
        let begins = |url: &str, schemes: &[&str]| schemes.iter().any(|scheme| url.starts_with(scheme));
        if !begins(&database, &["sqlite:"]) {
            if !cfg!(feature = "postgres") || !begins(&database, &["postgres:", "postgresql:"]) {
                return Err(Refusal::Database);
            }
            // Each process would make one of its own.
            if secret.is_none() {
                return Err(Refusal::Secret);
            }
        }
        let redis = var("REDIS_URL")?;
        if let Some(url) = &redis
            && !(cfg!(feature = "redis") && begins(url, &["redis:", "rediss:", "redis+unix:"]))
        {
            return Err(Refusal::Redis);
        }
        let port = var("PORT")?.unwrap_or_else(|| "3000".to_owned());
        let rate_limit = match var("RATE_LIMIT")?.as_deref() {
            None | Some("on") => true,
            Some("off") => {
                eprintln!("quickstart: RATE_LIMIT=off: passwords can be guessed at full speed");
                false
            }
            Some(other) => return Err(Refusal::RateLimit(other.to_owned())),
        };
        let cookie_cache = match var("COOKIE_CACHE")?.as_deref() {
            None | Some("off") => None,
            Some("on") => Some(CookieCache::default()),
            Some(other) => return Err(Refusal::CookieCache(other.to_owned())),
        };
        Ok(Self {
            database,
            redis,
            port: port.parse().map_err(|_| Refusal::Port(port))?,
            rate_limit,
            cookie_cache,
            base_url: var("BASE_URL")?,
            secret,
        })
    }

    /// Where browsers find the server, which listens on `port`.
    pub(crate) fn base_url(&self, port: u16) -> String {
        self.base_url.clone().unwrap_or_else(|| format!("http://localhost:{port}"))
    }

    /// Who is signed in is also kept in a cookie: `COOKIE_CACHE` is `on`.
    pub(crate) fn session(&self) -> SessionOptions {
        SessionOptions { cookie_cache: self.cookie_cache.clone(), ..SessionOptions::default() }
    }

    /// Whether browsers are on this machine, where a server has several names.
    pub(crate) fn is_local(&self) -> bool {
        self.base_url.is_none()
    }

    /// `HALLPASS_SECRET`, or else the one that is kept beside the database, which is made at the first
    /// start. One for a database in memory lasts as long.
    pub(crate) fn secret(&self, database: Option<&Path>) -> anyhow::Result<String> {
        if let Some(secret) = &self.secret {
            return Ok(secret.clone());
        }
        let made = || alphanumeric(&SystemRandom::default(), 43);
        let Some(database) = database else { return Ok(made()) };
        let path = database.with_file_name("quickstart.secret");
        let kept = secret::keep(&path, made).with_context(|| format!("the secret in {}", path.display()))?;
        if kept.is_new {
            eprintln!(
                "quickstart: HALLPASS_SECRET is not set, so a secret was made and is kept in {}. \
                 Who reads it can sign in as anyone.",
                path.display()
            );
        }
        Ok(kept.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(vars: &[(&str, &str)]) -> Result<Settings, String> {
        let var =
            |name: &str| vars.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        Settings::from(|name| Ok(var(name))).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn an_empty_environment_is_enough() {
        let settings = settings(&[]).unwrap();
        assert_eq!((settings.database.as_str(), settings.port), ("sqlite:quickstart.db", 3000));
        assert!(settings.rate_limit && settings.is_local());
        assert_eq!(settings.base_url(3000), "http://localhost:3000");
    }

    #[test]
    fn redis_and_another_database_are_taken_where_they_are_built_in() {
        let secret = ("HALLPASS_SECRET", "0123456789012345678901234567890123456789");
        let postgres = settings(&[("DATABASE_URL", "postgres://db/app"), secret]);
        assert_eq!(postgres.is_ok(), cfg!(feature = "postgres"));
        assert_eq!(settings(&[("REDIS_URL", "redis://localhost")]).is_ok(), cfg!(feature = "redis"));
    }

    #[test]
    fn what_cannot_be_followed_is_refused_by_name() {
        for (name, value) in [
            ("DATABASE_URL", "postgres://user:hunter2@db/app"),
            ("DATABASE_URL", "quickstart.db"),
            ("DATABASE_URL", "mysql://user:hunter2@db/app"),
            ("REDIS_URL", "http://:hunter2@localhost"),
            ("COOKIE_CACHE", "yes"),
            ("PORT", "65536"),
            ("PORT", "http"),
            ("RATE_LIMIT", "no"),
        ] {
            let refusal = settings(&[(name, value)]).map(|_| ()).unwrap_err();
            assert!(refusal.contains(name), "{refusal}");
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }
}
