//! Whether the moments in a database have the form that its layout says.
//!
//! A moment is read in any form, but SQL compares what is stored: a number is less than every text, so in
//! the wrong layout a sweep would delete sessions that live.

use hallpass::clock::Timestamp;
use hallpass::store::StoreError;

use crate::connection::SqlConnection;
use crate::dialect::Moments;
use crate::renderer::Renderer;
use crate::statement::Statement;
use crate::value::Value;

/// That a column holds moments in a form in which hallpass would compare them wrongly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "column `{column}` of table `{table}` holds {found}, where with its names hallpass holds {expected}: supported \
     are on SQLite camelCase names with ISO 8601 text in UTC, and snake_case names with whole milliseconds since the \
     Unix epoch; on PostgreSQL columns of type timestamptz, or timestamp in UTC; on MySQL and MariaDB of type timestamp, or \
     datetime in UTC"
)]
#[non_exhaustive]
pub struct UnsupportedDates {
    /// The table.
    pub table: String,
    /// The column, as the database names it.
    pub column: String,
    /// What it holds, in words: its form, and never the value.
    pub found: &'static str,
    /// What it should hold, in words.
    pub expected: &'static str,
}

/// A table and its moments. What expires is compared in SQL, so of these tables the rows that expire first
/// and last are looked at: SQLite sorts by kind before value, so if both are in order, all are. That is
/// cheap by the indexes of `core/0003`. Of the others one row is looked at.
const MOMENTS: [(&str, &[&str], &[&str]); 4] = [
    ("user", &["createdAt", "updatedAt"], &["LIMIT 1"]),
    ("account", &["accessTokenExpiresAt", "refreshTokenExpiresAt", "createdAt", "updatedAt"], &["LIMIT 1"]),
    ("session", &["expiresAt", "createdAt", "updatedAt"], EXTREMES),
    ("verification", &["expiresAt", "createdAt", "updatedAt"], EXTREMES),
];

const EXTREMES: &[&str] = &["ORDER BY t.[expiresAt] LIMIT 1", "ORDER BY t.[expiresAt] DESC LIMIT 1"];

/// Looks at a few rows of each of `tables` that has moments, and gives the first column in disorder.
pub(crate) async fn mismatch(
    connection: &impl SqlConnection,
    renderer: &Renderer,
    tables: &[String],
) -> Result<Option<UnsupportedDates>, StoreError> {
    for (table, columns, samples) in
        MOMENTS.iter().filter(|(name, ..)| tables.contains(&renderer.listed_table(name)))
    {
        let selected: Vec<_> = columns.iter().map(|name| format!("t.[{name}] AS {{{name}}}")).collect();
        for sample in *samples {
            let template = format!("SELECT {} FROM [.{table}] AS t {sample}", selected.join(", "));
            let mut rows = connection.query(Statement::new(renderer.render(&template))).await?;
            let Some(mut row) = rows.first_mut() else { break };
            for column in *columns {
                if let Some(found) = misfit(renderer.moments(), &row.take(column)?) {
                    let (table, column) = (renderer.table(table), renderer.column(Some(table), column));
                    let expected = described(renderer.moments());
                    return Ok(Some(UnsupportedDates { table, column, found, expected }));
                }
            }
        }
    }
    Ok(None)
}

fn described(moments: Moments) -> &'static str {
    match moments {
        Moments::IsoText => "ISO 8601 text",
        Moments::Millis => "whole milliseconds",
        Moments::Native => "the database's own type of moments",
    }
}

/// What a value is, if it is no moment in this form.
fn misfit(moments: Moments, value: &Value) -> Option<&'static str> {
    /// 1973 in seconds, and the second day of 1970 in milliseconds. What is smaller was put there to be
    /// long past, and is that in either unit.
    const FIRST_SECONDS: i64 = 100_000_000;
    /// The year 5138 in seconds, and 1973 in milliseconds.
    const FIRST_MILLIS: i64 = 100_000_000_000;
    /// The last of the year 9999 in milliseconds, and 1978 in microseconds.
    const LAST_MILLIS: i64 = 253_402_300_799_999;
    match (moments, value) {
        (_, Value::Null | Value::Timestamp(_)) => None,
        (Moments::Native, value) => Some(value.kind()),
        (_, Value::Integer(FIRST_SECONDS..FIRST_MILLIS)) => Some("seconds since the Unix epoch"),
        (_, Value::Integer(number)) if *number > LAST_MILLIS => {
            Some("whole numbers too large for milliseconds since the Unix epoch")
        }
        (Moments::Millis, Value::Integer(_)) => None,
        (Moments::IsoText, Value::Integer(_)) => Some("milliseconds since the Unix epoch"),
        (_, Value::Text(text)) if !text.ends_with('Z') || Timestamp::parse(text).is_none() => {
            Some("text that is not ISO 8601 in UTC")
        }
        (Moments::IsoText, Value::Text(_)) => None,
        (Moments::Millis, Value::Text(_)) => Some("ISO 8601 text"),
        (_, Value::Bool(_) | Value::Real(_) | Value::Blob(_)) => Some(value.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_fits_one_layout_alone() {
        let (iso, millis) = (Value::from("2026-11-22T08:21:27.378Z"), Value::from(1_795_335_687_378));
        assert_eq!(misfit(Moments::IsoText, &iso), None);
        assert_eq!(misfit(Moments::Millis, &millis), None);
        assert_eq!(misfit(Moments::IsoText, &millis), Some("milliseconds since the Unix epoch"));
        assert_eq!(misfit(Moments::Millis, &iso), Some("ISO 8601 text"));
    }

    #[test]
    fn what_fits_no_layout_is_told_by_its_form() {
        for moments in [Moments::IsoText, Moments::Millis] {
            for (value, expected) in [
                (Value::from(1_795_335_687), "seconds"),
                (Value::from(1_795_335_687_378_000), "too large"),
                (Value::from("2026-11-22 08:21:27"), "not ISO 8601"),
                (Value::from("2026-11-22T08:21:27+02:00"), "not ISO 8601 in UTC"),
                (Value::from("1795335687378"), "not ISO 8601"),
                (Value::Real(1_795_335_687.5), "floating-point"),
                (Value::Blob(Vec::new()), "bytes"),
            ] {
                let found = misfit(moments, &value).unwrap();
                assert!(found.contains(expected), "{moments:?}: {found}");
            }
        }
    }

    #[test]
    fn the_ends_of_time_and_nothing_at_all_fit() {
        for millis in [0, 1, -62_135_596_800_000, 253_402_300_799_999] {
            assert_eq!(misfit(Moments::Millis, &Value::from(millis)), None, "{millis}");
        }
        for moments in [Moments::IsoText, Moments::Millis] {
            assert_eq!(misfit(moments, &Value::Null), None);
        }
    }
}
