//! What D1's failures mean. It tells them by text alone, which holds names of columns and never a value.

use hallpass::store::{StoreError, StoreErrorKind};

/// What D1 says when it cannot answer now: see <https://developers.cloudflare.com/d1/observability/debug-d1/>.
const PASSING: [&str; 8] = [
    "network connection lost",
    "storage operation exceeded timeout",
    "object to be reset",
    "d1 db is overloaded",
    "d1 db exceeded its cpu time limit",
    "transient issue",
    "too many requests",
    "cannot resolve d1 db",
];

/// The failure as the contract of [`SqlConnection`](hallpass_sql::SqlConnection) tells it.
pub(crate) fn of(error: &worker::Error) -> StoreError {
    match error {
        // Its text has the stack of JavaScript in it; the cause has not.
        worker::Error::D1(error) => told(&error.cause()),
        error => told(&error.to_string()),
    }
}

pub(crate) fn unexpected(message: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Unexpected, message.to_owned())
}

fn told(text: &str) -> StoreError {
    let message = text.lines().next().unwrap_or_default();
    StoreError::new(kind(message), format!("D1: {message}"))
}

fn kind(message: &str) -> StoreErrorKind {
    let message = message.to_lowercase();
    // A foreign key, and a column that must not be null, are no conflict.
    if message.contains("unique constraint failed") || message.contains("primary key constraint failed") {
        StoreErrorKind::Conflict
    } else if PASSING.iter().any(|passing| message.contains(passing)) {
        StoreErrorKind::Unavailable
    } else {
        StoreErrorKind::Unexpected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_what_d1_says() {
        for (message, expected) in [
            ("UNIQUE constraint failed: user.email: SQLITE_CONSTRAINT", StoreErrorKind::Conflict),
            (
                "D1_ERROR: UNIQUE constraint failed: session.token: SQLITE_CONSTRAINT_UNIQUE (extended: 2067)",
                StoreErrorKind::Conflict,
            ),
            ("FOREIGN KEY constraint failed: SQLITE_CONSTRAINT", StoreErrorKind::Unexpected),
            ("NOT NULL constraint failed: user.email: SQLITE_CONSTRAINT", StoreErrorKind::Unexpected),
            ("no such table: user: SQLITE_ERROR", StoreErrorKind::Unexpected),
            ("D1_ERROR: Network connection lost.", StoreErrorKind::Unavailable),
            (
                "D1 DB storage operation exceeded timeout which caused object to be reset.",
                StoreErrorKind::Unavailable,
            ),
            ("D1 DB is overloaded. Requests queued for too long.", StoreErrorKind::Unavailable),
        ] {
            assert_eq!(told(message).kind(), expected, "{message}");
        }
    }

    #[test]
    fn no_stack_is_shown() {
        let shown = format!(
            "{:?}",
            told("no such table: user\n    at D1Database.batch (cloudflare-internal:d1-api:1)")
        );
        assert!(shown.contains("no such table: user") && !shown.contains("cloudflare-internal"), "{shown}");
    }
}
