//! What D1's failures mean. It tells them by text alone, which holds names of columns and never a value.

use hallpass::store::{StoreError, StoreErrorKind};
use hallpass_sql::Remedy;

/// What D1 says when it cannot answer now: see <https://developers.cloudflare.com/d1/observability/debug-d1/>.
const PASSING: [&str; 9] = [
    "network connection lost",
    "storage operation exceeded timeout",
    "object to be reset",
    "d1 db is overloaded",
    "d1 db exceeded its cpu time limit",
    "d1 db reset because its code was updated",
    "transient issue",
    "too many requests",
    "cannot resolve d1 db",
];

/// What to do about a failure, by what D1 says of it.
const REMEDIES: [(&str, Remedy); 15] = [
    ("no such table", Remedy::D1Tables),
    ("no such column", Remedy::D1Tables),
    ("has no column named", Remedy::D1Tables),
    ("not null constraint failed", Remedy::UnknownColumn),
    ("overloaded", Remedy::Overloaded),
    ("too many requests", Remedy::Overloaded),
    ("exceeded its cpu time limit", Remedy::Overloaded),
    ("exceeded timeout", Remedy::Overloaded),
    ("statement too long", Remedy::TooLarge),
    ("string or blob too big", Remedy::TooLarge),
    ("too many sql variables", Remedy::TooLarge),
    ("exceeded maximum db size", Remedy::D1Space),
    ("database or disk is full", Remedy::D1Space),
    ("authentication error", Remedy::D1Token),
    ("not authorized", Remedy::D1Token),
];

/// The failure as the contract of [`SqlConnection`](hallpass_sql::SqlConnection) tells it.
#[cfg(feature = "binding")]
pub(crate) fn of(error: &worker::Error) -> StoreError {
    match error {
        // Its text has the stack of JavaScript in it; the cause has not.
        worker::Error::D1(error) => told(&error.cause()),
        error => told(&error.to_string()),
    }
}

/// What a Worker says that has no such binding.
#[cfg(feature = "binding")]
pub(crate) fn no_binding(name: &str, error: &worker::Error) -> StoreError {
    let said = error.to_string();
    let said = said.lines().next().unwrap_or_default();
    with_remedy(
        StoreErrorKind::Unexpected,
        Some(Remedy::D1Binding),
        &format!("there is no database `{name}`: {said}"),
    )
}

pub(crate) fn unexpected(message: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Unexpected, message.to_owned())
}

/// What D1 said.
pub(crate) fn told(text: &str) -> StoreError {
    let message = text.lines().next().unwrap_or_default();
    let said = message.to_lowercase();
    let remedy = REMEDIES.iter().find(|(part, _)| said.contains(part)).map(|(_, remedy)| *remedy);
    with_remedy(kind(&said), remedy, message)
}

pub(crate) fn with_remedy(kind: StoreErrorKind, remedy: Option<Remedy>, message: &str) -> StoreError {
    let message = format!("D1: {message}");
    match remedy {
        Some(remedy) => remedy.advise(kind, message),
        None => StoreError::new(kind, message),
    }
}

/// By what D1 says, in small letters.
fn kind(said: &str) -> StoreErrorKind {
    // A foreign key, and a column that must not be null, are no conflict.
    if said.contains("unique constraint failed") || said.contains("primary key constraint failed") {
        StoreErrorKind::Conflict
    } else if PASSING.iter().any(|passing| said.contains(passing)) {
        StoreErrorKind::Unavailable
    } else {
        StoreErrorKind::Unexpected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_remedies_are_told_by_what_d1_says() {
        use StoreErrorKind::{Conflict, Unavailable, Unexpected};
        for (message, kind, remedy) in [
            ("UNIQUE constraint failed: user.email: SQLITE_CONSTRAINT", Conflict, None),
            (
                "D1_ERROR: UNIQUE constraint failed: session.token: SQLITE_CONSTRAINT_UNIQUE (extended: 2067)",
                Conflict,
                None,
            ),
            ("FOREIGN KEY constraint failed: SQLITE_CONSTRAINT", Unexpected, None),
            (
                "NOT NULL constraint failed: user.email: SQLITE_CONSTRAINT",
                Unexpected,
                Some(Remedy::UnknownColumn),
            ),
            ("no such table: user: SQLITE_ERROR", Unexpected, Some(Remedy::D1Tables)),
            ("table user has no column named role: SQLITE_ERROR", Unexpected, Some(Remedy::D1Tables)),
            ("D1_ERROR: Network connection lost.", Unavailable, None),
            (
                "D1 DB storage operation exceeded timeout which caused object to be reset.",
                Unavailable,
                Some(Remedy::Overloaded),
            ),
            ("D1 DB is overloaded. Requests queued for too long.", Unavailable, Some(Remedy::Overloaded)),
            ("Statement too long: SQLITE_TOOBIG", Unexpected, Some(Remedy::TooLarge)),
            ("Exceeded maximum DB size.", Unexpected, Some(Remedy::D1Space)),
        ] {
            let error = told(message);
            assert_eq!((error.kind(), Remedy::of(&error)), (kind, remedy), "{message}");
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
