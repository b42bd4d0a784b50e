use async_trait::async_trait;
use hallpass::schema::Schema;
use hallpass::store::{SchemaStore, StoreError, StoreErrorKind};

use super::text::Text;
use super::{Declared, SqlStore};
use crate::connection::SqlConnection;
use crate::migration::MigrateError;

#[async_trait]
impl<C: SqlConnection> SchemaStore for SqlStore<C> {
    fn declare(&self, schema: &Schema) -> Result<(), StoreError> {
        self.names()
            .check_against(schema, self.layout())
            .map_err(|error| StoreError::new(StoreErrorKind::Unexpected, error))?;
        let declared = self
            .inner
            .declared
            .get_or_init(|| Declared { schema: schema.clone(), text: Text::new(self.renderer(), schema) });
        if declared.schema.is_kept_as(schema) {
            Ok(())
        } else {
            Err(StoreError::new(
                StoreErrorKind::Unexpected,
                "it keeps the additional fields and tables of another `Auth`: give this one a store that was opened anew",
            ))
        }
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        match self.migrator {
            Some(migrator) => migrator(self).await,
            None => Err(StoreError::new(
                StoreErrorKind::Unexpected,
                "this store was opened by `migrated_elsewhere`: its tables are made by what `hallpass generate` writes",
            )),
        }
    }
}

impl<C: SqlConnection> SqlStore<C> {
    pub(super) async fn migrate_declared(&self) -> Result<Vec<String>, StoreError> {
        let failed = |error: MigrateError| StoreError::new(error.kind(), error);
        let applied = self.migrate().await.map_err(failed)?;
        // By now everything is declared that there is.
        self.refuse_unknown_columns().await.map_err(failed)?;
        Ok(applied)
    }
}
