//! Which sessions were ended, for a server whose cookies may tell of sessions that it never had.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::{MemoryStore, Tables};
use crate::clock::Timestamp;
use crate::model::Session;
use crate::types::{StoredToken, TokenForms};

impl MemoryStore {
    /// An empty store that remembers the end of sessions until they would have expired.
    pub(crate) fn remembering_ends() -> Self {
        let tables = Tables { ended: Some(HashMap::new()), ..Tables::default() };
        Self { tables: Arc::new(Mutex::new(tables)) }
    }

    /// Whether the session is here, or was ended here.
    pub(crate) fn knows_session(&self, token: &TokenForms) -> bool {
        let tables = self.lock();
        let is_ended = |form| tables.ended.as_ref().is_some_and(|ended| ended.contains_key(form));
        tables.session_key(token).is_some()
            || is_ended(token.written())
            || token.other().is_some_and(is_ended)
    }

    /// Remembers the end of a session that may never have been here.
    pub(crate) fn remember_end(&self, session: &Session) {
        self.lock().remember_end(session.token.clone(), session.expires_at);
    }
}

impl Tables {
    fn remember_end(&mut self, token: StoredToken, expires_at: Timestamp) {
        if let Some(ended) = &mut self.ended {
            ended.insert(token, expires_at);
        }
    }

    /// Ends the sessions that are `meant`, and says how many there were.
    pub(super) fn end_sessions(&mut self, meant: impl Fn(&StoredToken, &Session) -> bool) -> usize {
        let ended: Vec<_> = self.sessions.extract_if(|token, session| meant(token, session)).collect();
        let count = ended.len();
        for (token, session) in ended {
            self.remember_end(token, session.expires_at);
        }
        count
    }
}
