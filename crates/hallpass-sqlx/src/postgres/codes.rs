//! What an SQLSTATE means: <https://www.postgresql.org/docs/15/errcodes-appendix.html>.

use hallpass::store::StoreErrorKind;
use hallpass_sql::Remedy;
use sqlx::postgres::PgDatabaseError;

use crate::error::Failure;

/// Whether the transaction was rolled back for a reason that need not come again: it could not be serialized,
/// was in a deadlock, or a column's type was changed under a prepared statement.
pub(super) fn is_retryable(code: &str) -> bool {
    matches!(code, "40001" | "40P01" | CHANGED)
}

/// `feature_not_supported`: of a prepared statement, "cached plan must not change result type".
pub(super) const CHANGED: &str = "0A000";

pub(super) fn kind(code: &str) -> StoreErrorKind {
    match code {
        "23505" => StoreErrorKind::Conflict,
        // Canceled, by a timeout too; a lock not had in time; not the primary any more.
        "57014" | "55P03" | "25006" => StoreErrorKind::Unavailable,
        // Connections, rollbacks, resources, operators' doings, the system.
        code if ["08", "40", "53", "57P", "58"].iter().any(|class| code.starts_with(class)) => {
            StoreErrorKind::Unavailable
        }
        _ => StoreErrorKind::Unexpected,
    }
}

pub(super) fn remedy(code: &str, _: &str) -> Option<Remedy> {
    Some(match code {
        "42P01" | "42703" => Remedy::Tables,
        "23502" => Remedy::UnknownColumn,
        "3D000" | "3F000" => Remedy::Database,
        // The latter also for who may not connect so, without TLS for one; its message says that.
        "28P01" | "28000" => Remedy::Password,
        "42501" => Remedy::Permission,
        "25006" => Remedy::ReadOnly,
        "53100" => Remedy::Space,
        "55P03" => Remedy::Lock,
        "53300" => Remedy::Connections,
        code if ["08", "57P"].iter().any(|class| code.starts_with(class)) => Remedy::Server,
        _ => return None,
    })
}

pub(super) fn failure(error: sqlx::Error) -> Failure {
    let sqlx::Error::Database(error) = error else { return Failure::of_driver(error) };
    let Ok(error) = error.try_downcast::<PgDatabaseError>() else {
        return Failure::Driver("it is not the one for PostgreSQL");
    };
    // Details can hold values, and so can the messages about data and those of the database's own functions.
    let is_telling = ["08", "0A", "23", "25", "28", "3D", "3F", "40", "42", "53", "55", "57", "58"]
        .iter()
        .any(|class| error.code().starts_with(class));
    Failure::Refused {
        code: error.code().to_owned(),
        message: is_telling.then(|| error.message().to_owned()),
        constraint: error.constraint().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_the_kind() {
        for (code, expected) in [
            ("23505", StoreErrorKind::Conflict),
            ("23503", StoreErrorKind::Unexpected),
            ("23502", StoreErrorKind::Unexpected),
            ("42P01", StoreErrorKind::Unexpected),
            ("22P02", StoreErrorKind::Unexpected),
            ("28P01", StoreErrorKind::Unexpected),
            ("08006", StoreErrorKind::Unavailable),
            ("40001", StoreErrorKind::Unavailable),
            ("53300", StoreErrorKind::Unavailable),
            ("57P01", StoreErrorKind::Unavailable),
            ("57014", StoreErrorKind::Unavailable),
            ("57000", StoreErrorKind::Unexpected),
            ("25006", StoreErrorKind::Unavailable),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }
}
