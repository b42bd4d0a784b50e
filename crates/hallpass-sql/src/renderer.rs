//! From templates to one database's own SQL.

use hallpass::clock::Timestamp;
use hallpass::store::StoreError;

use crate::connection::SqlConnection;
use crate::dialect::{Catalogue, Dialect, Grammar, Moments};
use crate::layout::Layout;
use crate::names::Names;
use crate::scope;
use crate::statement::Statement;
use crate::value::Value;

/// Writes for one database: in its dialect, for its layout, with its tables in their schema.
#[derive(Debug, Clone)]
pub(crate) struct Renderer {
    dialect: Dialect,
    /// The dialect's. Taken where the connection says which it is, so that a program has those of its databases alone.
    pub(crate) grammar: &'static Grammar,
    pub(crate) layout: Layout,
    pub(crate) names: Names,
    schema: Option<Box<str>>,
}

impl Renderer {
    pub(crate) fn new(connection: &impl SqlConnection, layout: Layout, names: Names) -> Self {
        let schema = connection.schema().map(Into::into);
        let dialect = connection.dialect();
        Self { dialect, grammar: dialect.grammar(), layout, names, schema }
    }

    #[cfg(test)]
    pub(crate) fn plain(dialect: Dialect, layout: Layout) -> Self {
        Self { dialect, grammar: dialect.grammar(), layout, names: Names::new(), schema: None }
    }

    /// Turns a template into SQL: `[.name]` is a table and `[name]` a column by its camelCase name, of the table that
    /// [`scope::owners`] finds, `{name}` a name as it stands (the alias of a result's column), `{.table_name}` one that
    /// begins with that of a table (`{.a_table.name}` where the table's has a `_`), `?` the next parameter, and ` == ` between two operands without spaces outside of
    /// parentheses says that they are the same text to the byte. None of these has another use in a template.
    pub(crate) fn render(&self, template: &str) -> String {
        let mut sql = String::with_capacity(template.len() + 32);
        let mut numbers = Numbers { placeholders: 0, owners: scope::owners(template).into_iter() };
        let mut rest = template;
        while let Some((before, after)) = rest.split_once(" == ") {
            let (before, left) = before.split_at(before.rfind([' ', '(']).map_or(0, |at| at + 1));
            let (right, after) = after.split_at(end_of_operand(after));
            self.write(before, &mut numbers, &mut sql);
            let [left, right] = [left, right].map(|operand| {
                let mut sql = String::new();
                self.write(operand, &mut numbers, &mut sql);
                sql
            });
            sql.push_str(&(self.grammar.equal)(&left, &right));
            rest = after;
        }
        self.write(rest, &mut numbers, &mut sql);
        sql
    }

    /// Writes a part of a template in which nothing is compared to the byte.
    fn write(&self, template: &str, numbers: &mut Numbers<'_>, sql: &mut String) {
        let grammar = self.grammar;
        let mut rest = template;
        while let Some(at) = rest.find(['[', '{', '?']) {
            let (before, marked) = rest.split_at(at);
            sql.push_str(before);
            if let Some(after) = marked.strip_prefix('?') {
                numbers.placeholders += 1;
                sql.push(grammar.placeholder);
                sql.push_str(&numbers.placeholders.to_string());
                rest = after;
                continue;
            }
            let (name, after) = marked.split_once([']', '}']).unwrap_or((marked, ""));
            if let Some(table) = name.strip_prefix("[.") {
                if let Some(schema) = &self.schema {
                    write_name(schema, grammar.quote, sql);
                    sql.push('.');
                }
                write_name(&self.table(table), grammar.quote, sql);
            } else if let Some(column) = name.strip_prefix('[') {
                let owner = numbers.owners.next().flatten();
                let column = column.split_once('.').map_or(column, |(_, column)| column);
                write_name(&self.column(owner, column), grammar.quote, sql);
            } else if let Some((table, rest)) =
                name.strip_prefix("{.").and_then(|name| name.split_once('.').or_else(|| name.split_once('_')))
            {
                write_name(&self.derived(table, rest), grammar.quote, sql);
            } else {
                write_name(name.trim_start_matches('{'), grammar.quote, sql);
            }
            rest = after;
        }
        sql.push_str(rest);
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
        (self.grammar.moments)(self.layout)
    }

    /// The physical name of a table.
    pub(crate) fn table(&self, table: &str) -> String {
        self.names.of_table(table, self.layout)
    }

    /// The physical name of a column.
    pub(crate) fn column(&self, table: Option<&str>, column: &str) -> String {
        self.names.of_column(table, column, self.layout)
    }

    /// The name of something that belongs to a table, an index or a rule, as better-auth names it: after the table, and
    /// after a column that is called otherwise. Other tables in one schema have so others.
    pub(crate) fn derived(&self, table: &str, rest: &str) -> String {
        /// With what stands before it, no longer than PostgreSQL takes.
        const MOST: usize = 50;
        let column = rest.split_once('_').filter(|(column, _)| self.names.has_column(table, column));
        let rest = column.map_or_else(
            || rest.to_owned(),
            |(column, rest)| format!("{}_{rest}", self.column(Some(table), column)),
        );
        if !self.names.renames(table, self.layout) {
            return format!("{table}_{rest}");
        }
        let mut name = self.table(table);
        while name.len() + rest.len() > MOST && name.pop().is_some() {}
        format!("{name}_{rest}")
    }

    /// The physical name of a table as queries of the catalogue give it.
    pub(crate) fn listed_table(&self, table: &str) -> String {
        self.listed(self.table(table))
    }

    /// The physical name of a column as queries of the catalogue give it.
    pub(crate) fn listed_column(&self, table: &str, column: &str) -> String {
        self.listed(self.column(Some(table), column))
    }

    fn listed(&self, name: String) -> String {
        match self.dialect {
            // Its own lower() knows no other letters.
            Dialect::Sqlite => name.to_ascii_lowercase(),
            Dialect::MySql => name.to_lowercase(),
            Dialect::Postgres => name,
        }
    }

    /// A table as queries of the catalogue take it.
    fn catalogued(&self, table: &str) -> String {
        match self.dialect {
            Dialect::Sqlite | Dialect::MySql => self.table(table),
            // Found by the rules for names in SQL.
            Dialect::Postgres => self.render(&format!("[.{table}]")),
        }
    }

    /// A query of the catalogue about a table, by its camelCase name.
    pub(crate) fn about(&self, table: &str, query: impl FnOnce(&Catalogue) -> &'static str) -> Statement {
        Statement::new(query(&self.grammar.catalogue)).bind(self.catalogued(table))
    }

    /// The names of the tables that the database has.
    pub(crate) async fn tables(&self, connection: &impl SqlConnection) -> Result<Vec<String>, StoreError> {
        let query = self.grammar.catalogue.tables;
        let mut rows = connection.query(query(self.schema.as_deref())).await?;
        rows.iter_mut().map(|mut row| row.text("name")).collect()
    }
}

/// What goes on from one part of a template to the next.
struct Numbers<'t> {
    placeholders: usize,
    /// The tables of the columns that are still to come.
    owners: std::vec::IntoIter<Option<&'t str>>,
}

/// Where an operand ends: at a space, or at a parenthesis that was open before it.
fn end_of_operand(text: &str) -> usize {
    let mut open = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => open += 1,
            ')' | ' ' | ',' if open == 0 => return at,
            ')' => open -= 1,
            _ => {}
        }
    }
    text.len()
}

fn write_name(name: &str, quote: char, sql: &mut String) {
    sql.push(quote);
    for letter in name.chars() {
        if letter == quote {
            sql.push(quote);
        }
        sql.push(letter);
    }
    sql.push(quote);
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
    fn texts_are_the_same_to_the_byte_whatever_the_databases_collation() {
        let template =
            "SELECT 1 WHERE ([token] == ? OR a.[id] == COALESCE(?, [id])) AND ? = 1 AND NOT ([userId] == ?)";
        assert_eq!(
            Renderer::plain(Dialect::Postgres, Layout::CamelCase).render(template),
            r#"SELECT 1 WHERE ("token" = $1 OR a."id" = COALESCE($2, "id")) AND $3 = 1 AND NOT ("userId" = $4)"#
        );
        let exactly = |left: &str, right: &str| {
            let bytes = |text| format!("CAST(CONVERT({text} USING utf8mb4) AS binary)");
            format!("({left} = {right} AND {} = {})", bytes(left), bytes(right))
        };
        assert_eq!(
            Renderer::plain(Dialect::MySql, Layout::CamelCase).render(template),
            format!(
                "SELECT 1 WHERE ({} OR {}) AND ?3 = 1 AND NOT ({})",
                exactly("`token`", "?1"),
                exactly("a.`id`", "COALESCE(?2, `id`)"),
                exactly("`userId`", "?4")
            )
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
            (Dialect::MySql, Layout::CamelCase, Value::Timestamp(moment)),
            (Dialect::MySql, Layout::SnakeCase, Value::Timestamp(moment)),
        ] {
            assert_eq!(Renderer::plain(dialect, layout).moment(moment), expected);
        }
    }
}
