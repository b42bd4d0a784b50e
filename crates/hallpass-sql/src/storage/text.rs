//! The text of every statement of the storage, made once.

use std::sync::Arc;

use crate::dialect::Locks;
use crate::renderer::Renderer;

/// What is left of an INSERT that has a row in its way, and the row that was to be inserted.
struct Upsert {
    /// Names the row that is there.
    alias: &'static str,
    on: &'static str,
    /// The value and the end that were to be inserted.
    value: &'static str,
    end: &'static str,
    /// One more than the counter that is there, as a text.
    next: &'static str,
    /// The row as it then is.
    returning: &'static str,
}

const STANDARD: Upsert = Upsert {
    alias: " AS s",
    on: "ON CONFLICT ([hallpass_storage.key]) DO UPDATE SET",
    value: "excluded.[hallpass_storage.value]",
    end: "excluded.[hallpass_storage.expiresAt]",
    next: "CAST(CAST(s.[value] AS bigint) + 1 AS text)",
    returning: " RETURNING [hallpass_storage.value] AS {value}, [hallpass_storage.expiresAt] AS {expiresAt}",
};

/// What is set first is what the next sees.
const MYSQL: Upsert = Upsert {
    alias: "",
    on: "ON DUPLICATE KEY UPDATE",
    value: "VALUES([hallpass_storage.value])",
    end: "VALUES([hallpass_storage.expiresAt])",
    next: "CAST(CAST([hallpass_storage.value] AS signed) + 1 AS char)",
    returning: "",
};

/// The text of every statement of the storage, in one dialect. An empty one is of what the dialect does without. Keys
/// are compared byte for byte by their column.
pub(super) struct Text {
    pub(super) get: Arc<str>,
    pub(super) set: Arc<str>,
    pub(super) delete: Arc<str>,
    pub(super) take: Arc<str>,
    /// The row of a key, for this transaction alone.
    pub(super) lock: Arc<str>,
    pub(super) increment: Arc<str>,
    pub(super) set_if_absent: Arc<str>,
    pub(super) delete_if_expired: Arc<str>,
    pub(super) insert: Arc<str>,
    pub(super) compare_and_set: Arc<str>,
    pub(super) compare_and_delete: Arc<str>,
    pub(super) delete_expired: Arc<str>,
}

impl Text {
    pub(super) fn new(renderer: &Renderer) -> Self {
        let grammar = renderer.grammar;
        let render = |template: &str| -> Arc<str> { renderer.render(template).into() };
        let where_it_returns =
            |template: &str| if grammar.returns { render(template) } else { Arc::default() };
        let elsewhere = |template: &str| if grammar.returns { Arc::default() } else { render(template) };
        let Upsert { alias, on, value, end, next, returning } =
            if grammar.returns { STANDARD } else { MYSQL };
        let there = if grammar.returns { "s.[expiresAt]" } else { "[hallpass_storage.expiresAt]" };
        let insert = format!(
            "INSERT INTO [.hallpass_storage]{alias} \
             ([hallpass_storage.key], [hallpass_storage.value], [hallpass_storage.expiresAt])"
        );
        let replace = format!("[hallpass_storage.value] = {value}, [hallpass_storage.expiresAt] = {end}");
        let live = "([expiresAt] IS NULL OR [expiresAt] > ?)";
        let update = grammar.locks.as_ref().unwrap_or(&Locks::NONE).update;
        Self {
            get: render(&format!(
                "SELECT [value] AS {{value}} FROM [.hallpass_storage] WHERE [key] = ? AND {live}"
            )),
            set: render(&format!("{insert} VALUES (?, ?, ?) {on} {replace}")),
            delete: render("DELETE FROM [.hallpass_storage] WHERE [key] = ?"),
            take: where_it_returns(&format!("DELETE FROM [.hallpass_storage] WHERE [key] = ?{returning}")),
            lock: elsewhere(&format!(
                "SELECT [value] AS {{value}}, [expiresAt] AS {{expiresAt}} FROM [.hallpass_storage] \
                 WHERE [key] = ?{update}"
            )),
            // A counter has an end: what has none is none, and gives place to one.
            increment: render(&format!(
                "{insert} VALUES (?, '1', ?) {on} \
                 [hallpass_storage.value] = CASE WHEN {there} > ? THEN {next} ELSE {value} END, \
                 [hallpass_storage.expiresAt] = CASE WHEN {there} > ? THEN {there} ELSE {end} END{returning}"
            )),
            set_if_absent: where_it_returns(&format!(
                "{insert} VALUES (?, ?, ?) {on} {replace} WHERE s.[expiresAt] <= ?{returning}"
            )),
            delete_if_expired: elsewhere(
                "DELETE FROM [.hallpass_storage] WHERE [key] = ? AND [expiresAt] <= ?",
            ),
            insert: elsewhere(&format!("{insert} VALUES (?, ?, ?)")),
            compare_and_set: render(&format!(
                "UPDATE [.hallpass_storage] SET [value] = ?, [expiresAt] = ? WHERE [key] = ? AND [value] == ? AND {live}"
            )),
            compare_and_delete: render(&format!(
                "DELETE FROM [.hallpass_storage] WHERE [key] = ? AND [value] == ? AND {live}"
            )),
            delete_expired: render(&(grammar.sweep)("[.hallpass_storage]", "[key]")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::layout::Layout;
    use crate::names::Names;

    fn all(renderer: &Renderer) -> [Arc<str>; 12] {
        let text = Text::new(renderer);
        [
            text.get,
            text.set,
            text.delete,
            text.take,
            text.lock,
            text.increment,
            text.set_if_absent,
            text.delete_if_expired,
            text.insert,
            text.compare_and_set,
            text.compare_and_delete,
            text.delete_expired,
        ]
    }

    #[test]
    fn every_statement_is_fully_rendered_with_the_names_that_were_given() {
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
            let mut renderer = Renderer::plain(dialect, Layout::SnakeCase);
            renderer.names = Names::new()
                .table("hallpass_storage", "counts")
                .column("hallpass_storage", "key", "k")
                .column("hallpass_storage", "value", "v")
                .column("hallpass_storage", "expiresAt", "e");
            for sql in all(&renderer) {
                assert!(!sql.contains(['[', ']', '{', '}']) && !sql.contains("  "), "{sql}");
                assert!(!sql.contains("=="), "{sql}");
                let quote = dialect.grammar().quote;
                for name in ["key", "expires_at", "hallpass_storage"] {
                    assert!(!sql.contains(&format!("{quote}{name}{quote}")), "{name}: {sql}");
                }
            }
        }
    }

    #[test]
    fn a_counter_is_counted_in_one_statement() {
        assert_eq!(
            &*Text::new(&Renderer::plain(Dialect::Postgres, Layout::SnakeCase)).increment,
            r#"INSERT INTO "hallpass_storage" AS s ("key", "value", "expires_at") VALUES ($1, '1', $2) ON CONFLICT ("key") DO UPDATE SET "value" = CASE WHEN s."expires_at" > $3 THEN CAST(CAST(s."value" AS bigint) + 1 AS text) ELSE excluded."value" END, "expires_at" = CASE WHEN s."expires_at" > $4 THEN s."expires_at" ELSE excluded."expires_at" END RETURNING "value" AS "value", "expires_at" AS "expiresAt""#
        );
    }
}
