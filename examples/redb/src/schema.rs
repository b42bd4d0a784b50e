use async_trait::async_trait;
use hallpass::schema::Schema;
use hallpass::store::{SchemaStore, StoreError, StoreErrorKind};

use crate::RedbStore;

#[async_trait]
impl SchemaStore for RedbStore {
    fn declare(&self, schema: &Schema) -> Result<(), StoreError> {
        if self.schema.get_or_init(|| schema.clone()).is_kept_as(schema) {
            return Ok(());
        }
        Err(StoreError::new(StoreErrorKind::Unexpected, "another schema is declared"))
    }

    /// A record is one JSON text, whatever its fields: there is nothing to make.
    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}
