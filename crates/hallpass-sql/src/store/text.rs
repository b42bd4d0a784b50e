//! The text of every statement of the store, made once.

use std::sync::Arc;

use hallpass::schema::Schema;

use crate::dialect::Locks;
use crate::issuer::ISSUER;
use crate::record::{ACCOUNT, Table, Tables, VERIFICATION};
use crate::renderer::Renderer;
use crate::unenforced;

macro_rules! statements {
    (|$user:ident, $session:ident, $grammar:ident, $locks:ident| $($name:ident: $template:expr;)*) => {
        /// The text of every statement of the store, in one dialect and layout, for one schema.
        pub(super) struct Text {
            pub(super) tables: Tables,
            /// By the name of the field.
            user_by_field: Vec<(String, Arc<str>)>,
            $(pub(super) $name: Arc<str>,)*
        }

        impl Text {
            pub(super) fn new(renderer: &Renderer, schema: &Schema) -> Self {
                let tables = Tables::new(schema);
                let Tables { user: $user, session: $session } = &tables;
                let $grammar = renderer.grammar;
                let $locks = $grammar.locks.as_ref().unwrap_or(&Locks::NONE);
                let user_by_field = $user.extra.unique().map(|name| {
                    let template = format!("SELECT {} FROM [.user] AS u WHERE u.[{name}] == ?", $user.of("u"));
                    (name.to_owned(), renderer.render(&template).into())
                });
                Self {
                    user_by_field: user_by_field.collect(),
                    $($name: renderer.render(&$template).into(),)*
                    tables,
                }
            }

            /// Each by its name; an empty text is of what the dialect does without.
            pub(super) fn all(&self) -> Vec<(&str, &str)> {
                let by_field = self.user_by_field.iter().map(|(field, sql)| (&**field, &**sql));
                by_field.chain([$((stringify!($name), &*self.$name),)*]).collect()
            }
        }
    };
}

// Placeholders stand in the order of the parameters, each used once. Where a row must exist for another
// to be added, the INSERT asks for it itself, because adopted tables may lack the foreign key; and keeps it, where
// the database would let others change it meanwhile.
statements! {
    |user, session, grammar, locks|
    create_user: format!("{} VALUES ({})", user.insert(), user.placeholders());
    user: format!("SELECT {} FROM [.user] AS u WHERE u.[id] == ?", user.of("u"));
    user_by_email: format!("SELECT {} FROM [.user] AS u WHERE u.[email] == ?", user.of("u"));
    credential_by_email: format!(
        "SELECT {}, {} FROM [.user] AS u LEFT JOIN [.account] AS a ON a.[userId] == u.[id] \
         AND a.[providerId] == 'credential' AND a.[accountId] == {} WHERE u.[email] == ? LIMIT 1",
        user.of("u"),
        ACCOUNT.of("a"),
        (grammar.as_text)("u.[id]")
    );
    update_user: format!(
        "UPDATE [.user] SET [name] = COALESCE(?, [name]), [email] = COALESCE(?, [email]), \
         [emailVerified] = COALESCE(?, [emailVerified]), [image] = CASE WHEN ? THEN ? ELSE [image] END, \
         [updatedAt] = ?{} WHERE [id] == ? AND [email] == COALESCE(?, [email]) \
         AND [emailVerified] = COALESCE(?, [emailVerified]){}",
        user.changes(),
        grammar.returning(&user.returned())
    );
    lock_user: format!("SELECT 1 AS {{one}} FROM [.user] WHERE [id] == ?{}", locks.update);
    delete_user: "DELETE FROM [.user] WHERE [id] == ?";
    delete_accounts_of: "DELETE FROM [.account] WHERE [userId] == ?";

    create_account: format!("{} VALUES ({})", ACCOUNT.insert(), ACCOUNT.placeholders());
    create_account_with_issuer: format!(
        "{} VALUES ({}, ?)",
        ACCOUNT.insert_with(ISSUER),
        ACCOUNT.placeholders()
    );
    add_account: format!(
        "{} SELECT {} WHERE EXISTS (SELECT 1 FROM [.user] WHERE [id] == ?{})",
        ACCOUNT.insert(),
        ACCOUNT.placeholders(),
        locks.share
    );
    add_account_with_issuer: format!(
        "{} SELECT {}, ? WHERE EXISTS (SELECT 1 FROM [.user] WHERE [id] == ?{})",
        ACCOUNT.insert_with(ISSUER),
        ACCOUNT.placeholders(),
        locks.share
    );
    account_by_provider: format!(
        "SELECT {} FROM [.account] AS a WHERE a.[providerId] == ? AND a.[accountId] == ? \
         ORDER BY a.[createdAt], a.[id] LIMIT 1",
        ACCOUNT.of("a")
    );
    accounts_of: format!(
        "SELECT {} FROM [.account] AS a WHERE a.[userId] == ? ORDER BY a.[createdAt], a.[id]",
        ACCOUNT.of("a")
    );
    replace_password_hash: "UPDATE [.account] SET [password] = ?, [updatedAt] = ? WHERE [id] == ? AND [password] == ?";
    delete_account: "DELETE FROM [.account] WHERE [id] == ?";
    lock_user_of_account: format!(
        "SELECT 1 AS {{one}} FROM [.user] WHERE [id] = (SELECT a.[userId] FROM [.account] AS a WHERE a.[id] == ?){}",
        locks.update
    );
    // MySQL lets no subquery read the table that rows are deleted from, unless it is a table of its own in between.
    delete_account_unless_last: "DELETE FROM [.account] WHERE [id] == ? AND 1 < (SELECT c.{accounts} FROM \
         (SELECT COUNT(*) AS {accounts} FROM [.account] AS o JOIN [.account] AS a ON a.[userId] == o.[userId] \
         WHERE a.[id] == ?) AS c)";

    // Every sign-in ends here, so here nobody passes of whom better-auth would ask for more than a password.
    create_session: format!(
        "{} SELECT {} FROM {} WHERE EXISTS (SELECT 1 FROM [.user] WHERE [id] == ? AND {}{})",
        session.insert(),
        session.placeholders(),
        unenforced::ABSENT,
        unenforced::NONE,
        locks.share
    );
    create_session_of_anybody: format!(
        "{} SELECT {} WHERE EXISTS (SELECT 1 FROM [.user] WHERE [id] == ?{})",
        session.insert(),
        session.placeholders(),
        locks.share
    );
    may_have_session: format!(
        "SELECT 1 AS {{one}} FROM {} WHERE EXISTS (SELECT 1 FROM [.user] WHERE [id] == ? AND {})",
        unenforced::ABSENT,
        unenforced::NONE
    );
    session: session_by_token(user, session);
    // One token form is looked up after the other, and the second only if the first finds nothing, where
    // IN would look both up and sort them first: 5 against 8 microseconds on SQLite.
    session_of_two: format!(
        "{} UNION ALL {} LIMIT 1",
        session_by_token(user, session),
        session_by_token(user, session)
    );
    touch_session: "UPDATE [.session] SET [expiresAt] = ?, [updatedAt] = ? WHERE [token] == ?";
    update_session: format!(
        "UPDATE [.session] SET [updatedAt] = ?{} WHERE [token] == ?{}",
        session.changes(),
        grammar.returning(&session.returned())
    );
    delete_session: "DELETE FROM [.session] WHERE ([token] == ? OR [token] == ?)";
    sessions_of: format!(
        "SELECT {} FROM [.session] AS s WHERE s.[userId] == ? AND s.[expiresAt] > ? \
         ORDER BY s.[createdAt] DESC, s.[id]",
        session.of("s")
    );
    delete_sessions_of: "DELETE FROM [.session] WHERE [userId] == ?";
    delete_other_sessions_of: "DELETE FROM [.session] WHERE [userId] == ? AND NOT ([token] == ?)";
    delete_expired_sessions: (grammar.sweep)("[.session]", "[id]");

    // better-auth adds a row beside older ones of the same identifier, and goes by the newest alone. So
    // does this: an older row is not live, even if it would expire later.
    verification: newest_verification(&VERIFICATION.of("v"));
    take_verification: format!(
        "DELETE FROM [.verification] WHERE [identifier] == ? AND ({}) > ?{}",
        newest_verification("v.[expiresAt]"),
        grammar.returning(&VERIFICATION.returned())
    );
    lock_verification: format!("SELECT v.[id] FROM [.verification] AS v WHERE v.[identifier] == ?{}", locks.update);
    take_verification_read: format!(
        "DELETE FROM [.verification] WHERE [identifier] == ? AND (SELECT n.[verification.id] FROM ({}) AS n) = ?",
        newest_verification("v.[id]")
    );
    delete_verification: "DELETE FROM [.verification] WHERE [identifier] == ?";
    create_verification: format!("{} VALUES ({})", VERIFICATION.insert(), VERIFICATION.placeholders());
    delete_older_verifications: "DELETE FROM [.verification] WHERE [identifier] == ? AND [createdAt] < ?";
    restore_verification: format!(
        "{} SELECT {} WHERE NOT EXISTS (SELECT 1 FROM [.verification] WHERE [identifier] == ?)",
        VERIFICATION.insert(),
        VERIFICATION.placeholders()
    );
    delete_expired_verifications: (grammar.sweep)("[.verification]", "[id]");

    lock_text: locks.text;

    counts: "SELECT 'user' AS {table}, COUNT(*) AS {count} FROM [.user] \
             UNION ALL SELECT 'account', COUNT(*) FROM [.account] \
             UNION ALL SELECT 'session', COUNT(*) FROM [.session] \
             UNION ALL SELECT 'verification', COUNT(*) FROM [.verification]";
}

fn newest_verification(columns: &str) -> String {
    format!(
        "SELECT {columns} FROM [.verification] AS v WHERE v.[identifier] == ? \
         ORDER BY v.[createdAt] DESC, v.[id] DESC LIMIT 1"
    )
}

fn session_by_token(user: &Table, session: &Table) -> String {
    format!(
        "SELECT {}, {} FROM [.session] AS s JOIN [.user] AS u ON u.[id] == s.[userId] WHERE s.[token] == ?",
        session.of("s"),
        user.of("u")
    )
}

impl Text {
    /// The query for a user by a field that is unique.
    pub(super) fn user_by_field(&self, field: &str) -> Option<&Arc<str>> {
        self.user_by_field.iter().find(|(name, _)| name == field).map(|(_, sql)| sql)
    }
}

#[cfg(test)]
mod tests {
    use hallpass::schema::ExtraField;

    use super::*;
    use crate::dialect::Dialect;
    use crate::layout::Layout;

    fn text(dialect: Dialect, layout: Layout) -> Text {
        Text::new(&Renderer::plain(dialect, layout), &schema())
    }

    fn schema() -> Schema {
        Schema::new()
            .user_field(ExtraField::text("nickName").unique())
            .session_field(ExtraField::boolean("darkMode"))
    }

    #[test]
    fn every_statement_is_fully_rendered() {
        for (dialect, layout) in [
            (Dialect::Sqlite, Layout::CamelCase),
            (Dialect::Sqlite, Layout::SnakeCase),
            (Dialect::Postgres, Layout::CamelCase),
            (Dialect::Postgres, Layout::SnakeCase),
            (Dialect::MySql, Layout::CamelCase),
            (Dialect::MySql, Layout::SnakeCase),
        ] {
            for (name, sql) in text(dialect, layout).all() {
                assert!(!sql.contains(['[', ']', '{', '}']), "{name}: {sql}");
                assert!(!sql.contains("  ") && !sql.contains("=="), "{name}: {sql}");
                assert!(dialect != Dialect::MySql || !sql.contains("RETURNING"), "{name}: {sql}");
            }
        }
    }

    #[test]
    fn no_text_is_compared_by_a_collation() {
        for (name, sql) in text(Dialect::MySql, Layout::CamelCase).all() {
            let conditions = sql.split_once(" WHERE ").map_or("", |(_, conditions)| conditions);
            for column in [
                "id",
                "email",
                "token",
                "identifier",
                "userId",
                "providerId",
                "accountId",
                "password",
                "nickName",
            ] {
                for comparison in [" = ?", " <> ", " IN ", " = COALESCE"] {
                    for (at, _) in conditions.match_indices(&format!("`{column}`{comparison}")) {
                        let alias = |letter: char| letter == '.' || letter.is_ascii_lowercase();
                        let is_exact = comparison.starts_with(" = ")
                            && conditions[..at].trim_end_matches(alias).ends_with('(');
                        assert!(is_exact, "{name}: {column}{comparison} in {sql}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_layout_changes_names_of_columns_and_not_of_results() {
        let camel = text(Dialect::Sqlite, Layout::CamelCase);
        let snake = text(Dialect::Sqlite, Layout::SnakeCase);
        assert!(camel.session.contains(r#"s."expiresAt" AS "session.expiresAt""#), "{}", camel.session);
        assert!(snake.session.contains(r#"s."expires_at" AS "session.expiresAt""#), "{}", snake.session);
        assert!(snake.session.contains(r#"u."nick_name" AS "user.nickName""#), "{}", snake.session);
        assert!(snake.update_session.contains(r#""dark_mode" = CASE WHEN ?2"#), "{}", snake.update_session);
        assert_eq!(
            &*snake.touch_session,
            r#"UPDATE "session" SET "expires_at" = ?1, "updated_at" = ?2 WHERE "token" = ?3"#
        );
    }
}
