//! One ordered table holds everything: rows as JSON, and beside them the keys by which they are found.

use hallpass::clock::Timestamp;
use hallpass::model::Stored;
use hallpass::store::{StoreError, StoreErrorKind};
use redb::{ReadOnlyTable, ReadableTable, Table, TableDefinition};
use serde::{Serialize, de::DeserializeOwned};

use crate::failed;

type Key = (&'static str, &'static str, &'static str);

/// Keys have three parts, so that no user's id can be read as part of another's: what it is, by what, and which.
pub(crate) const RECORDS: TableDefinition<'static, Key, &'static [u8]> = TableDefinition::new("hallpass");

/// A table within a transaction.
pub(crate) struct Records<T>(pub(crate) T);

pub(crate) type ReadRecords = Records<ReadOnlyTable<Key, &'static [u8]>>;
pub(crate) type WriteRecords<'t> = Records<Table<'t, Key, &'static [u8]>>;

impl<T: ReadableTable<Key, &'static [u8]>> Records<T> {
    /// The row of this kind with this id.
    pub(crate) fn row<R>(&self, kind: &str, id: &str) -> Result<Option<R>, StoreError>
    where
        Stored<R>: DeserializeOwned,
    {
        let Some(bytes) = self.0.get((kind, id, "")).map_err(failed)? else { return Ok(None) };
        let Stored(row) = serde_json::from_slice(bytes.value()).map_err(unreadable)?;
        Ok(Some(row))
    }

    /// The id that an index has under a key which only one row can have.
    pub(crate) fn id(&self, index: &str, by: &str, which: &str) -> Result<Option<String>, StoreError> {
        let Some(bytes) = self.0.get((index, by, which)).map_err(failed)? else { return Ok(None) };
        String::from_utf8(bytes.value().to_vec()).map(Some).map_err(unreadable)
    }

    /// The ids that an index has under a key which many rows can have.
    pub(crate) fn ids(&self, index: &str, by: &str) -> Result<Vec<String>, StoreError> {
        let mut ids = Vec::new();
        for entry in self.0.range((index, by, "")..).map_err(failed)? {
            let (key, _) = entry.map_err(failed)?;
            match key.value() {
                (found, at, id) if found == index && at == by => ids.push(id.to_owned()),
                _ => break,
            }
        }
        Ok(ids)
    }

    /// The first `limit` ids that an index by moments has before `end`.
    pub(crate) fn ids_before(
        &self,
        index: &str,
        end: Timestamp,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let range = self.0.range((index, "", "")..(index, &*sortable(end), "")).map_err(failed)?;
        let first = range.take(limit.try_into().unwrap_or(usize::MAX));
        first.map(|entry| Ok(entry.map_err(failed)?.0.value().2.to_owned())).collect()
    }
}

impl WriteRecords<'_> {
    pub(crate) fn put<R>(&mut self, kind: &str, id: &str, row: &R) -> Result<(), StoreError>
    where
        for<'a> Stored<&'a R>: Serialize,
    {
        let bytes = serde_json::to_vec(&Stored(row)).map_err(unreadable)?;
        self.point(kind, id, "", &bytes)
    }

    /// Puts something under a key of an index.
    pub(crate) fn point(&mut self, index: &str, by: &str, which: &str, at: &[u8]) -> Result<(), StoreError> {
        self.0.insert((index, by, which), at).map_err(failed)?;
        Ok(())
    }

    /// Takes a key out, of a row or of an index.
    pub(crate) fn remove(&mut self, index: &str, by: &str, which: &str) -> Result<(), StoreError> {
        self.0.remove((index, by, which)).map_err(failed)?;
        Ok(())
    }
}

/// A moment as text that sorts as moments do.
pub(crate) fn sortable(moment: Timestamp) -> String {
    format!("{:016x}", moment.as_millis().cast_unsigned() ^ (1 << 63))
}

/// What a row holds is nobody's to read in an error: only that it is not as it should be.
fn unreadable<E>(_: E) -> StoreError {
    StoreError::new(StoreErrorKind::Unexpected, "a record cannot be read or written")
}
