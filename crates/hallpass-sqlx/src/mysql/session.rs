//! The settings of a connection without which values would be written or read wrongly.

use sqlx::Row as _;
use sqlx::mysql::MySqlConnection;

use super::codes;
use crate::error::Failure;

/// Each is true where it is as it has to be. A daylight saving time would make moments ambiguous, so a time zone is
/// known by its name and not by its offset now.
const FITS: &str = "SELECT \
    @@session.time_zone IN ('+00:00', 'UTC', 'Etc/UTC') \
        OR (@@session.time_zone = 'SYSTEM' AND @@system_time_zone = 'UTC'), \
    @@session.character_set_client = 'utf8mb4' AND @@session.character_set_connection = 'utf8mb4' \
        AND @@session.character_set_results = 'utf8mb4', \
    @@session.sql_mode LIKE '%STRICT_ALL_TABLES%' OR @@session.sql_mode LIKE '%STRICT_TRANS_TABLES%', \
    @@session.autocommit = 1";

/// What to mend where one is false.
const REMEDIES: [&str; 4] = [
    "they are not in UTC: leave `MySqlConnectOptions::timezone` as it is",
    "they do not speak utf8mb4: leave `MySqlConnectOptions::charset` as it is",
    "they would cut a text that is too long for its column: add STRICT_TRANS_TABLES to the server's sql_mode",
    "what they run is not committed: leave autocommit on",
];

pub(super) async fn look_over(connection: &mut MySqlConnection) -> Result<(), Failure> {
    let row = sqlx::query(FITS).persistent(false).fetch_one(connection).await.map_err(codes::failure)?;
    for (at, remedy) in REMEDIES.iter().enumerate() {
        if !row.try_get::<bool, _>(at).map_err(codes::failure)? {
            return Err(Failure::Unfit(remedy));
        }
    }
    Ok(())
}
