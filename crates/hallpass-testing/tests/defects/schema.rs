use async_trait::async_trait;
use hallpass::schema::Schema;
use hallpass::store::{SchemaStore, StoreError, StoreErrorKind};

use crate::store::BrokenStore;

#[async_trait]
impl SchemaStore for BrokenStore {
    fn declare(&self, schema: &Schema) -> Result<(), StoreError> {
        let declared = &mut self.tables().schema;
        if declared.as_ref().is_some_and(|before| !before.is_kept_as(schema)) {
            return Err(StoreError::new(StoreErrorKind::Unexpected, "another schema is declared"));
        }
        *declared = Some(schema.clone());
        Ok(())
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}
