//! The plugins that come with hallpass and have fields or tables, by name.

use anyhow::Result;
use clap::ValueEnum;
use hallpass::AuthBuilder;
use hallpass::plugins::{Anonymous, LastLoginMethod, Username};
use hallpass_jwt::{Jwt, JwtOptions, MemoryJwkStore};

/// A plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Named {
    /// The field isAnonymous of users.
    Anonymous,
    /// The table jwks.
    Jwt,
    /// The field lastLoginMethod of users, for apps that store it in the database.
    LastLoginMethod,
    /// The fields username and displayUsername of users.
    Username,
}

/// The plugins, each once, so that what they declare is known to the database.
pub(crate) fn add(mut builder: AuthBuilder, plugins: &[Named]) -> Result<AuthBuilder> {
    let mut added = Vec::new();
    for plugin in plugins {
        if added.contains(plugin) {
            continue;
        }
        added.push(*plugin);
        builder = match plugin {
            Named::Anonymous => builder.plugin(Anonymous::new()),
            // What it keeps in its table is not looked at here, only that there is such a table.
            Named::Jwt => builder.plugin(Jwt::new(MemoryJwkStore::new(), JwtOptions::default())?),
            Named::LastLoginMethod => builder.plugin(LastLoginMethod::new().store_in_database()),
            Named::Username => builder.plugin(Username::new()),
        };
    }
    Ok(builder)
}
