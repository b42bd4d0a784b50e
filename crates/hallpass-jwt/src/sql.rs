//! Keys in the table `jwks` of a better-auth database.

use async_trait::async_trait;
use hallpass::clock::Timestamp;
use hallpass::store::StoreError;
use hallpass_sql::{Row, SqlConnection, SqlStore, Statement, Value};

use crate::store::{JwkStore, StoredKey};

const KEYS: &str = "SELECT [id] AS {id}, [publicKey] AS {publicKey}, [privateKey] AS {privateKey}, \
     [createdAt] AS {createdAt}, [expiresAt] AS {expiresAt}, [alg] AS {alg}, [crv] AS {crv} FROM [.jwks] \
     ORDER BY [createdAt], [id]";

/// One statement, so that of servers that start at once one makes the key.
const ADD: &str = "INSERT INTO [.jwks] ([id], [publicKey], [privateKey], [createdAt], [expiresAt], [alg], [crv]) \
     SELECT ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM [.jwks] AS j WHERE COALESCE(j.[alg], ?) = ? \
     AND (j.[expiresAt] IS NULL OR j.[expiresAt] > ?))";

#[async_trait]
impl<C: SqlConnection> JwkStore for SqlStore<C> {
    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        let mut rows = self.connection().query(Statement::new(self.sql(KEYS))).await?;
        rows.iter_mut().map(|mut row| read(&mut row)).collect()
    }

    async fn add_key(&self, key: &StoredKey, until: Timestamp, unnamed: &str) -> Result<bool, StoreError> {
        let params: Vec<Value> = vec![
            key.id.as_str().into(),
            key.public_key.as_str().into(),
            key.private_key.as_str().into(),
            self.moment(key.created_at),
            key.expires_at.map(|moment| self.moment(moment)).into(),
            key.alg.as_deref().into(),
            key.crv.as_deref().into(),
            unnamed.into(),
            key.alg.as_deref().unwrap_or(unnamed).into(),
            self.moment(until),
        ];
        let statement = Statement::with(&self.sql(ADD), params);
        let results = self.connection().batch(self.in_turn("jwks", vec![statement])).await?;
        Ok(results.last().is_some_and(|added| added.affected() > 0))
    }
}

fn read(row: &mut Row<'_>) -> Result<StoredKey, StoreError> {
    Ok(StoredKey {
        id: row.text("id")?,
        public_key: row.text("publicKey")?,
        private_key: row.text("privateKey")?,
        created_at: row.moment("createdAt")?,
        expires_at: row.optional_moment("expiresAt")?,
        alg: row.optional_text("alg")?,
        crv: row.optional_text("crv")?,
    })
}
