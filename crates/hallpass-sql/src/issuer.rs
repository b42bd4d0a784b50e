//! The column `issuer` of accounts, which better-auth had from 1.7.0 to 1.7.2 and then gave up.
//!
//! There every account must have one, and accounts are found by it. Where a database has the column, it is written, so that these
//! versions go on to find what hallpass adds.

use std::sync::atomic::{AtomicU8, Ordering};

use hallpass::store::{StoreError, StoreErrorKind};

use crate::connection::SqlConnection;
use crate::rows::Rows;
use crate::statement::Statement;
use crate::store::SqlStore;

/// The column.
pub(crate) const ISSUER: &str = "issuer";

/// Whether accounts have the column, once that was looked up.
#[derive(Debug, Default)]
pub(crate) struct HasIssuer(AtomicU8);

const NO: u8 = 1;
const YES: u8 = 2;

/// What better-auth 1.7.2 writes for an account of this provider. Those that say an issuer of their own are providers of OpenID
/// Connect, of which hallpass has none yet.
pub(crate) fn issuer_of(provider: &str) -> String {
    match provider {
        "credential" | "siwe" => format!("local:{provider}"),
        _ => format!("local:oauth:{}", encoded(provider)),
    }
}

/// As JavaScript's `encodeURIComponent`.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

impl<C: SqlConnection> SqlStore<C> {
    /// Runs a batch that adds an account, made for accounts with or without the column. Which they are is looked up the first
    /// time, and anew where it fails as it would if the column came or went meanwhile.
    pub(crate) async fn add_by(
        &self,
        batch: impl Fn(bool) -> Vec<Statement>,
    ) -> Result<Vec<Rows>, StoreError> {
        let known = match self.issuer().0.load(Ordering::Relaxed) {
            0 => self.look_for_issuer().await?,
            known => known == YES,
        };
        match self.connection().batch(batch(known)).await {
            Err(error) if error.kind() == StoreErrorKind::Unexpected => {
                if self.look_for_issuer().await? == known {
                    return Err(error);
                }
                self.connection().batch(batch(!known)).await
            }
            outcome => outcome,
        }
    }

    async fn look_for_issuer(&self) -> Result<bool, StoreError> {
        let column = self.renderer().listed_column("account", ISSUER);
        let query = self.renderer().about("account", |catalogue| catalogue.columns);
        let mut rows = self.connection().query(query).await?;
        let names = rows.iter_mut().map(|mut row| row.text("name")).collect::<Result<Vec<_>, _>>()?;
        let has = names.contains(&column);
        if !names.is_empty() {
            self.issuer().0.store(if has { YES } else { NO }, Ordering::Relaxed);
        }
        Ok(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_what_better_auth_1_7_2_writes() {
        for (provider, expected) in [
            ("credential", "local:credential"),
            ("siwe", "local:siwe"),
            ("github", "local:oauth:github"),
            ("my idp/é!", "local:oauth:my%20idp%2F%C3%A9!"),
        ] {
            assert_eq!(issuer_of(provider), expected);
        }
    }
}
