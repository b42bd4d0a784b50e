//! From templates to one database's own SQL.

use hallpass::clock::Timestamp;
use hallpass::store::StoreError;

use crate::connection::SqlConnection;
use crate::dialect::{Catalogue, Dialect, Moments};
use crate::layout::Layout;
use crate::statement::Statement;
use crate::value::Value;

/// Writes for one database: in its dialect, for its layout, with its tables in their schema.
#[derive(Debug, Clone)]
pub(crate) struct Renderer {
    pub(crate) dialect: Dialect,
    pub(crate) layout: Layout,
    schema: Option<Box<str>>,
}

impl Renderer {
    pub(crate) fn new(connection: &impl SqlConnection, layout: Layout) -> Self {
        let schema = connection.schema().map(Into::into);
        Self { dialect: connection.dialect(), layout, schema }
    }

    #[cfg(test)]
    pub(crate) fn plain(dialect: Dialect, layout: Layout) -> Self {
        Self { dialect, layout, schema: None }
    }

    /// Turns a template into SQL: `[.name]` is a table and `[name]` a column by its camelCase name, `{name}` a
    /// name as it stands (the alias of a result's column), `?` the next parameter. None of these characters
    /// has another use in a template.
    pub(crate) fn render(&self, template: &str) -> String {
        let mut sql = String::with_capacity(template.len() + 32);
        let mut placeholders = 0;
        let mut rest = template;
        while let Some(at) = rest.find(['[', '{', '?']) {
            let (before, marked) = rest.split_at(at);
            sql.push_str(before);
            if let Some(after) = marked.strip_prefix('?') {
                placeholders += 1;
                sql.push(self.dialect.grammar().placeholder);
                sql.push_str(&placeholders.to_string());
                rest = after;
                continue;
            }
            let (name, after) = marked.split_once([']', '}']).unwrap_or((marked, ""));
            if let Some(table) = name.strip_prefix("[.") {
                if let Some(schema) = &self.schema {
                    write_name(schema, &mut sql);
                    sql.push('.');
                }
                write_name(&self.layout.name(table), &mut sql);
            } else if let Some(column) = name.strip_prefix('[') {
                write_name(&self.layout.name(column), &mut sql);
            } else {
                write_name(name.trim_start_matches('{'), &mut sql);
            }
            rest = after;
        }
        sql.push_str(rest);
        sql
    }

    /// A moment in the form in which the database keeps it.
    pub(crate) fn moment(&self, moment: Timestamp) -> Value {
        match self.moments() {
            Moments::IsoText => Value::Text(moment.to_string()),
            Moments::Millis => Value::Integer(moment.as_millis()),
            Moments::Native => Value::Timestamp(moment),
        }
    }

    pub(crate) fn moments(&self) -> Moments {
        (self.dialect.grammar().moments)(self.layout)
    }

    /// The physical name of a table or column as queries of the catalogue give it.
    pub(crate) fn listed(&self, camel: &str) -> String {
        let name = self.layout.name(camel);
        if self.dialect.grammar().ignores_case { name.to_ascii_lowercase() } else { name }
    }

    /// A table as queries of the catalogue take it.
    fn catalogued(&self, table: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => self.layout.name(table),
            // Found by the rules for names in SQL.
            Dialect::Postgres => self.render(&format!("[.{table}]")),
        }
    }

    /// A query of the catalogue about a table, by its camelCase name.
    pub(crate) fn about(&self, table: &str, query: impl FnOnce(&Catalogue) -> &'static str) -> Statement {
        Statement::new(query(&self.dialect.grammar().catalogue)).bind(self.catalogued(table))
    }

    /// The names of the tables that the database has.
    pub(crate) async fn tables(&self, connection: &impl SqlConnection) -> Result<Vec<String>, StoreError> {
        let query = self.dialect.grammar().catalogue.tables;
        let mut rows = connection.query(query(self.schema.as_deref())).await?;
        rows.iter_mut().map(|mut row| row.text("name")).collect()
    }
}

fn write_name(name: &str, sql: &mut String) {
    sql.push('"');
    sql.push_str(&name.replace('"', "\"\""));
    sql.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str =
        "SELECT u.[emailVerified] AS {user.emailVerified} FROM [.rateLimit] AS u WHERE u.[id] = ? OR ? = 1";

    #[test]
    fn the_camel_case_layout_keeps_names() {
        assert_eq!(
            Renderer::plain(Dialect::Sqlite, Layout::CamelCase).render(TEMPLATE),
            r#"SELECT u."emailVerified" AS "user.emailVerified" FROM "rateLimit" AS u WHERE u."id" = ?1 OR ?2 = 1"#
        );
    }

    #[test]
    fn the_snake_case_layout_renames_tables_and_columns() {
        assert_eq!(
            Renderer::plain(Dialect::Sqlite, Layout::SnakeCase).render(TEMPLATE),
            r#"SELECT u."email_verified" AS "user.emailVerified" FROM "rate_limit" AS u WHERE u."id" = ?1 OR ?2 = 1"#
        );
    }

    #[test]
    fn a_schema_stands_before_tables_alone_and_its_quotes_end_nothing() {
        let schema = Some("my \"auth\"".into());
        let renderer = Renderer { schema, ..Renderer::plain(Dialect::Postgres, Layout::CamelCase) };
        assert_eq!(
            renderer.render("DELETE FROM [.session] WHERE [token] = ? RETURNING [id] AS {session.id}"),
            r#"DELETE FROM "my ""auth"""."session" WHERE "token" = $1 RETURNING "id" AS "session.id""#
        );
    }

    #[test]
    fn a_moment_has_the_form_of_dialect_and_layout() {
        let moment = Timestamp::from_millis(1_795_335_687_378);
        for (dialect, layout, expected) in [
            (Dialect::Sqlite, Layout::CamelCase, Value::from("2026-11-22T08:21:27.378Z")),
            (Dialect::Sqlite, Layout::SnakeCase, Value::from(1_795_335_687_378)),
            (Dialect::Postgres, Layout::CamelCase, Value::Timestamp(moment)),
            (Dialect::Postgres, Layout::SnakeCase, Value::Timestamp(moment)),
        ] {
            assert_eq!(Renderer::plain(dialect, layout).moment(moment), expected);
        }
    }
}
