//! What an error's number means: <https://mariadb.com/kb/en/mariadb-error-code-reference/>,
//! <https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>.

use hallpass::store::StoreErrorKind;
use hallpass_sql::Remedy;
use sqlx::mysql::MySqlDatabaseError;

use crate::error::Failure;

/// Whether the transaction was rolled back for a reason that need not come again: it was in a deadlock, what it had
/// read was changed, or a table was changed under a prepared statement.
pub(super) fn is_to_be_tried_again(code: &str) -> bool {
    matches!(code, "1213" | "1020" | "1615")
}

pub(super) fn kind(code: &str) -> StoreErrorKind {
    match code {
        "1062" | "1586" => StoreErrorKind::Conflict,
        // Too many connections, of all or of this user.
        "1040" | "1203" | "1226"
        // A lock not had in time, a deadlock, what was read has changed, a schema that keeps changing.
        | "1205" | "1213" | "1020" | "1615"
        // Canceled, by a timeout too; the connection was killed; the server is going down.
        | "1317" | "3024" | "1969" | "1927" | "1053" | "4031"
        // Not the primary any more, or not part of its cluster.
        | "1290" | "1836" | "1792" | "1047"
        // No memory, no disk.
        | "1021" | "1037" | "1038" | "1041" | "1114" | "1180"
        // The network.
        | "1158" | "1159" | "1160" | "1161" => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Unexpected,
    }
}

pub(super) fn remedy(code: &str, _: &str) -> Option<Remedy> {
    Some(match code {
        "1146" | "1054" => Remedy::Tables,
        "1364" | "1048" => Remedy::UnknownColumn,
        "1049" => Remedy::Database,
        "1045" | "1698" => Remedy::Password,
        "1044" | "1142" | "1143" | "1227" | "1370" => Remedy::Permission,
        "1290" | "1836" | "1792" => Remedy::ReadOnly,
        // No space in a table, of a disk, in a file that is written.
        "1114" | "1021" | "1026" | "3" => Remedy::Space,
        "1205" => Remedy::Lock,
        "1040" | "1203" | "1226" => Remedy::Connections,
        "1927" | "1053" | "1317" => Remedy::Server,
        "3159" => Remedy::Tls,
        _ => return None,
    })
}

pub(super) fn failure(error: sqlx::Error) -> Failure {
    let sqlx::Error::Database(error) = error else { return Failure::of_driver(error) };
    let Ok(error) = error.try_downcast::<MySqlDatabaseError>() else {
        return Failure::Driver("it is not the one for MySQL");
    };
    let code = error.number().to_string();
    Failure::Refused {
        message: is_telling(&code).then(|| error.message().to_owned()),
        constraint: constraint(error.message()).filter(|_| kind(&code) == StoreErrorKind::Conflict),
        code,
    }
}

/// Whether the message names tables, columns and limits alone. Those about values quote them, and those about syntax
/// quote the statement.
fn is_telling(code: &str) -> bool {
    matches!(
        code,
        // A column that is too short, may not be NULL or has no default; a number out of range.
        "1406" | "1048" | "1364" | "1264"
        // No such database, table or column; a key that is there already, or would be too long.
        | "1049" | "1146" | "1054" | "1060" | "1061" | "1071" | "1170"
        // What may not be done.
        | "1044" | "1045" | "1142" | "1143" | "1227" | "1370"
        // A foreign key.
        | "1451" | "1452" | "1005" | "3780"
    ) || kind(code) == StoreErrorKind::Unavailable
}

/// The index of "Duplicate entry '…' for key '…'", which stands after the value. One whose name could be a part of
/// the value is left out.
fn constraint(message: &str) -> Option<String> {
    let (_, name) = message.rsplit_once(" for key '")?;
    let name = name.strip_suffix('\'')?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_the_kind() {
        for (code, expected) in [
            ("1062", StoreErrorKind::Conflict),
            ("1586", StoreErrorKind::Conflict),
            ("1452", StoreErrorKind::Unexpected),
            ("1048", StoreErrorKind::Unexpected),
            ("1406", StoreErrorKind::Unexpected),
            ("1146", StoreErrorKind::Unexpected),
            ("1045", StoreErrorKind::Unexpected),
            ("1205", StoreErrorKind::Unavailable),
            ("1213", StoreErrorKind::Unavailable),
            ("1040", StoreErrorKind::Unavailable),
            ("1053", StoreErrorKind::Unavailable),
            ("1969", StoreErrorKind::Unavailable),
            ("3024", StoreErrorKind::Unavailable),
            ("1290", StoreErrorKind::Unavailable),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }

    #[test]
    fn an_index_is_named_and_no_part_of_a_value() {
        assert_eq!(constraint("Duplicate entry 'a@b' for key 'user.email'").as_deref(), Some("user.email"));
        assert_eq!(
            constraint("Duplicate entry 'x' for key 'y' for key 'PRIMARY'").as_deref(),
            Some("PRIMARY")
        );
        assert_eq!(constraint("Duplicate entry 'x for key 'my secret"), None);
        assert_eq!(constraint("Duplicate entry 'x for key 'my secret'"), None);
    }
}
