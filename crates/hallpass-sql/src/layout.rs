//! The two physical layouts of better-auth databases.

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
