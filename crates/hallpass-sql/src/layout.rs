//! The two physical layouts of better-auth databases.

use hallpass::clock::Timestamp;
use hallpass::store::{StoreError, StoreErrorKind};

use crate::connection::SqlConnection;
use crate::dates;
use crate::dialect::Dialect;
use crate::statement::Statement;
use crate::value::Value;

/// How tables name their columns and keep their moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Layout {
    /// camelCase names, moments as ISO 8601 text: what better-auth's own migrations make.
    #[default]
    CamelIso,
    /// snake_case names, moments as whole milliseconds since the Unix epoch: what better-auth's
    /// generator for Drizzle makes.
    SnakeMillis,
}

impl Layout {
    /// Which layout the database's `user` table has; `None` if there is no such table, or one of neither
    /// layout.
    ///
    /// # Errors
    /// The database cannot be read, or a few rows of it show moments in another form than the layout's:
    /// then the source is [`UnsupportedDates`](crate::UnsupportedDates).
    pub async fn detect(connection: &impl SqlConnection) -> Result<Option<Self>, StoreError> {
        let sql = match connection.dialect() {
            Dialect::Sqlite => "SELECT name FROM pragma_table_info('user')",
        };
        let mut rows = connection.query(Statement::new(sql)).await?;
        let mut layout = None;
        for mut row in rows.iter_mut() {
            match row.text("name")?.as_str() {
                "emailVerified" => layout = layout.or(Some(Self::CamelIso)),
                "email_verified" => layout = layout.or(Some(Self::SnakeMillis)),
                _ => {}
            }
        }
        let Some(layout) = layout else { return Ok(None) };
        match dates::mismatch(connection, layout, &tables(connection).await?).await? {
            None => Ok(Some(layout)),
            Some(mismatch) => Err(StoreError::new(StoreErrorKind::Unexpected, mismatch)),
        }
    }

    /// The layout in words.
    pub(crate) fn described(self) -> &'static str {
        match self {
            Self::CamelIso => "camelCase names with ISO 8601 text",
            Self::SnakeMillis => "snake_case names with milliseconds",
        }
    }

    /// The form in which a moment is kept.
    pub fn moment(self, moment: Timestamp) -> Value {
        match self {
            Self::CamelIso => Value::Text(moment.to_string()),
            Self::SnakeMillis => Value::Integer(moment.as_millis()),
        }
    }

    /// Turns a template into the database's own SQL: `[name]` is a table or column by its camelCase
    /// name, `{name}` a name as it stands (the alias of a result's column), `?` the next parameter. None
    /// of these characters has another use in a template.
    pub(crate) fn render(self, dialect: Dialect, template: &str) -> String {
        let mut sql = String::with_capacity(template.len() + 32);
        let mut placeholders = 0;
        let mut rest = template;
        while let Some(at) = rest.find(['[', '{', '?']) {
            let (before, marked) = rest.split_at(at);
            sql.push_str(before);
            if let Some(after) = marked.strip_prefix('?') {
                placeholders += 1;
                dialect.write_placeholder(placeholders, &mut sql);
                rest = after;
                continue;
            }
            let (name, after) = marked.split_once([']', '}']).unwrap_or((marked, ""));
            match name.strip_prefix('[') {
                Some(name) => dialect.write_name(&self.name(name), &mut sql),
                None => dialect.write_name(name.trim_start_matches('{'), &mut sql),
            }
            rest = after;
        }
        sql.push_str(rest);
        sql
    }

    /// The physical name of a table or column.
    pub(crate) fn name(self, camel: &str) -> String {
        match self {
            Self::CamelIso => camel.to_owned(),
            Self::SnakeMillis => {
                let mut snake = String::with_capacity(camel.len() + 4);
                for letter in camel.chars() {
                    if letter.is_ascii_uppercase() {
                        snake.push('_');
                    }
                    snake.push(letter.to_ascii_lowercase());
                }
                snake
            }
        }
    }
}

/// The names of the tables that the database has, in lower case.
pub(crate) async fn tables(connection: &impl SqlConnection) -> Result<Vec<String>, StoreError> {
    let sql = match connection.dialect() {
        Dialect::Sqlite => "SELECT lower(name) AS name FROM sqlite_master WHERE type = 'table'",
    };
    let mut rows = connection.query(Statement::new(sql)).await?;
    rows.iter_mut().map(|mut row| row.text("name")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str =
        "SELECT u.[emailVerified] AS {user.emailVerified} FROM [rateLimit] AS u WHERE u.[id] = ? OR ? = 1";

    #[test]
    fn the_camel_case_layout_keeps_names_and_writes_iso_text() {
        assert_eq!(
            Layout::CamelIso.render(Dialect::Sqlite, TEMPLATE),
            r#"SELECT u."emailVerified" AS "user.emailVerified" FROM "rateLimit" AS u WHERE u."id" = ?1 OR ?2 = 1"#
        );
        let moment = Layout::CamelIso.moment(Timestamp::from_millis(1_795_335_687_378));
        assert_eq!(moment, Value::from("2026-11-22T08:21:27.378Z"));
    }

    #[test]
    fn the_snake_case_layout_renames_columns_and_writes_milliseconds() {
        assert_eq!(
            Layout::SnakeMillis.render(Dialect::Sqlite, TEMPLATE),
            r#"SELECT u."email_verified" AS "user.emailVerified" FROM "rate_limit" AS u WHERE u."id" = ?1 OR ?2 = 1"#
        );
        assert_eq!(Layout::SnakeMillis.moment(Timestamp::from_millis(42)), Value::Integer(42));
    }
}
