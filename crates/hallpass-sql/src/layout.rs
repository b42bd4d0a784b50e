//! The two physical layouts of better-auth databases.

use hallpass::store::{StoreError, StoreErrorKind};

use crate::connection::SqlConnection;
use crate::dates;
use crate::renderer::Renderer;

/// How tables name their columns. On SQLite the layout also says how they keep their moments; PostgreSQL and MySQL have
/// types of their own for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Layout {
    /// camelCase names: what better-auth's own migrations make. On SQLite, moments are ISO 8601 text; on
    /// PostgreSQL `timestamptz`, on MySQL `timestamp(3)`.
    #[default]
    CamelCase,
    /// snake_case names: what better-auth's generator for Drizzle makes. On SQLite, moments are whole
    /// milliseconds since the Unix epoch; on PostgreSQL `timestamp`, in UTC, on MySQL `timestamp(3)`.
    SnakeCase,
}

impl Layout {
    /// Which layout the database's `user` table has; `None` if there is no such table, or one of neither
    /// layout.
    ///
    /// # Errors
    /// The database cannot be read, or a few rows of it show moments in another form than the layout's:
    /// then the source is [`UnsupportedDates`](crate::UnsupportedDates).
    pub async fn detect(connection: &impl SqlConnection) -> Result<Option<Self>, StoreError> {
        for layout in [Self::CamelCase, Self::SnakeCase] {
            let renderer = Renderer::new(connection, layout);
            let mut rows = connection.query(renderer.about("user", |catalogue| catalogue.columns)).await?;
            let names = rows.iter_mut().map(|mut row| row.text("name"));
            if !names.collect::<Result<Vec<_>, _>>()?.contains(&renderer.listed("emailVerified")) {
                continue;
            }
            let tables = renderer.tables(connection).await?;
            return match dates::mismatch(connection, &renderer, &tables).await? {
                None => Ok(Some(layout)),
                Some(mismatch) => Err(StoreError::new(StoreErrorKind::Unexpected, mismatch)),
            };
        }
        Ok(None)
    }

    /// The physical name of a table or column.
    pub(crate) fn name(self, camel: &str) -> String {
        match self {
            Self::CamelCase => camel.to_owned(),
            Self::SnakeCase => {
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
