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
        let failed = |error: MigrateError| StoreError::new(error.kind(), error);
        let applied = Self::migrate(self).await.map_err(failed)?;
        // By now everything is declared that there is.
        self.refuse_unknown_columns().await.map_err(failed)?;
        Ok(applied)
    }
}
