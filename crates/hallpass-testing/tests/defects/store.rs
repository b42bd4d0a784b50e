//! A store of plain lists, which keeps every contract but for one defect.

use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard};

use hallpass::clock::Timestamp;
use hallpass::model::{Account, Session, User, Verification};
use hallpass::schema::Schema;
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass::types::UserId;

use crate::defect::Defect;

#[derive(Clone)]
pub(crate) struct BrokenStore {
    defect: Option<Defect>,
    tables: Arc<Mutex<Tables>>,
}

#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) schema: Schema,
    pub(crate) is_declared: bool,
    pub(crate) is_migrating: bool,
    pub(crate) users: Vec<User>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) verifications: Vec<Verification>,
    /// Sessions that were deleted, as a store keeps them that only marks them so.
    pub(crate) deleted: Vec<Session>,
    /// Sessions that were acknowledged and not written yet.
    pub(crate) unwritten: Vec<Session>,
    /// Users as they were when their sessions were created.
    pub(crate) users_then: Vec<User>,
}

impl Debug for BrokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has(Defect::DebugShowsTheRecords) {
            return self.tables().fmt(f);
        }
        f.debug_struct("BrokenStore").field("defect", &self.defect).finish_non_exhaustive()
    }
}

impl BrokenStore {
    pub(crate) fn new(defect: Option<Defect>) -> Self {
        Self { defect, tables: Arc::default() }
    }

    pub(crate) fn another_handle(&self) -> Self {
        if self.has(Defect::HandlesDoNotShare) { Self::new(self.defect) } else { self.clone() }
    }

    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    pub(crate) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap()
    }

    /// With `defect`, a wait between two steps that belong together.
    pub(crate) async fn lull(&self, defect: Defect) {
        if self.has(defect) {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn same(&self, stored: &str, asked: &str) -> bool {
        stored == asked || (self.has(Defect::TextIsMatchedWithoutCase) && stored.eq_ignore_ascii_case(asked))
    }

    /// Whether a record is this owner's.
    pub(crate) fn owns(&self, owner: &UserId, asked: &UserId) -> bool {
        let by_letters = self.has(Defect::OwnersAreMatchedWithoutCase);
        owner == asked || (by_letters && owner.as_str().eq_ignore_ascii_case(asked.as_str()))
    }

    pub(crate) fn text(&self, text: Option<String>) -> Option<String> {
        text.filter(|text| !(text.is_empty() && self.has(Defect::EmptyTextBecomesNone)))
    }

    pub(crate) fn time(&self, moment: Timestamp) -> Timestamp {
        let seconds = self.has(Defect::TimesAreInSeconds);
        if seconds { Timestamp::from_millis(moment.as_millis().div_euclid(1_000) * 1_000) } else { moment }
    }

    /// `found`, or what a store answers for a missing row.
    pub(crate) fn found<T>(&self, found: Option<T>) -> Result<Option<T>, StoreError> {
        if found.is_none() && self.has(Defect::MissingIsAnError) {
            return Err(StoreError::new(StoreErrorKind::Unexpected, "no rows returned"));
        }
        Ok(found)
    }

    /// Whether something expired before `now`.
    pub(crate) fn is_over(&self, expires_at: Timestamp, now: Timestamp) -> bool {
        expires_at < now || (expires_at == now && self.has(Defect::DeletesAtTheMomentOfExpiry))
    }

    /// How many that expired are deleted at once.
    pub(crate) fn at_once(&self, limit: u32) -> usize {
        match self.defect {
            Some(Defect::ExpiredAreDeletedAllAtOnce) => usize::MAX,
            Some(Defect::ExpiredAreDeletedOneShort) => limit.saturating_sub(1) as usize,
            _ => limit as usize,
        }
    }

    pub(crate) fn deleted(&self, count: usize) -> bool {
        count > 0 || self.has(Defect::DeletingAlwaysSaysTrue)
    }
}

/// Takes out the rows that `is_gone` names.
pub(crate) fn remove<T>(rows: &mut Vec<T>, is_gone: impl Fn(&T) -> bool) -> Vec<T> {
    rows.extract_if(.., |row| is_gone(row)).collect()
}
