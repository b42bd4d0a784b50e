use async_trait::async_trait;
use hallpass::model::Extra;
use hallpass::schema::{ExtraField, Schema};
use hallpass::store::{SchemaStore, StoreError, StoreErrorKind};
use hallpass::types::UserId;

use crate::defect::Defect::*;
use crate::store::{BrokenStore, Tables};

impl BrokenStore {
    /// The fields of a record after a change.
    pub(crate) fn kept(
        &self,
        fields: &[ExtraField],
        before: &Extra,
        change: &Extra,
    ) -> Result<Extra, StoreError> {
        let mut kept = before.clone();
        for (name, value) in change {
            match (fields.iter().any(|field| field.name() == name), value.is_null() && !self.has(NullIsKept))
            {
                (false, _) if self.has(UndeclaredFieldsAreDropped) => {}
                (false, _) => return Err(StoreError::new(StoreErrorKind::Unexpected, "no such column")),
                (true, true) => drop(kept.remove(name)),
                (true, false) => drop(kept.insert(name.clone(), value.clone())),
            }
        }
        Ok(kept)
    }

    pub(crate) fn has_taken_field(&self, tables: &Tables, id: &UserId, extra: &Extra) -> bool {
        let unique = tables.schema.user_fields().iter().filter(|field| field.column().is_unique());
        let mut taken = unique.filter_map(|field| Some((field.name(), extra.get(field.name())?))).filter(
            |(name, value)| {
                let is_nothing = *value == "" && self.has(EmptyFieldIsNotUnique);
                !value.is_null()
                    && !is_nothing
                    && tables
                        .users
                        .iter()
                        .any(|there| there.id != *id && there.extra.get(*name) == Some(value))
            },
        );
        taken.next().is_some() && !self.has(FieldIsNotUnique)
    }
}

#[async_trait]
impl SchemaStore for BrokenStore {
    fn declare(&self, schema: &Schema) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if tables.is_declared && !tables.schema.is_kept_as(schema) && !self.has(DeclaresAnew) {
            return Err(StoreError::new(StoreErrorKind::Unexpected, "another schema is declared"));
        }
        (tables.schema, tables.is_declared) = (schema.clone(), true);
        Ok(())
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        if self.has(MigratesOneAtATime) {
            if std::mem::replace(&mut self.tables().is_migrating, true) {
                return Err(StoreError::new(StoreErrorKind::Unexpected, "another migrates"));
            }
            self.lull(MigratesOneAtATime).await;
            self.tables().is_migrating = false;
        }
        Ok(Vec::new())
    }
}
