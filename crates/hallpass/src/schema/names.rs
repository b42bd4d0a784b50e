//! What `build()` holds against declarations.

use super::input::typed;
use super::{Column, ExtraField, FieldKind, Schema};

/// A declaration that is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SchemaProblem {
    /// `user.role`, or the name of a table.
    pub(crate) field: String,
    /// What is wrong, and what to do.
    pub(crate) problem: &'static str,
}

/// Names that a user's record, or the body of a sign-up, has already.
const OF_USERS: &[&str] = &[
    "id",
    "name",
    "email",
    "emailVerified",
    "image",
    "createdAt",
    "updatedAt",
    "password",
    "rememberMe",
    "callbackURL",
    "redirectTo",
    "errorCallbackURL",
    "newUserCallbackURL",
];
/// Names that a session's record, or the body of a change, has already.
const OF_SESSIONS: &[&str] = &[
    "id",
    "expiresAt",
    "token",
    "createdAt",
    "updatedAt",
    "ipAddress",
    "userAgent",
    "userId",
    "callbackURL",
    "redirectTo",
    "errorCallbackURL",
    "newUserCallbackURL",
];
const OF_TABLES: &[&str] = &["user", "account", "session", "verification", "hallpassMigrations"];

impl Schema {
    /// The first declaration that cannot be.
    pub(crate) fn problem(&self) -> Option<SchemaProblem> {
        of_fields("user", &self.user, OF_USERS)
            .or_else(|| of_fields("session", &self.session, OF_SESSIONS))
            .or_else(|| self.tables_problem())
    }

    fn tables_problem(&self) -> Option<SchemaProblem> {
        for (at, table) in self.tables.iter().enumerate() {
            let problem = |problem| Some(SchemaProblem { field: table.name().to_owned(), problem });
            let before = self.tables.iter().take(at).map(super::Table::name);
            if let Some(found) = of_name(table.name(), before.chain(OF_TABLES.iter().copied())) {
                return problem(found);
            }
            for (at, column) in table.columns().iter().enumerate() {
                let before = table.columns().iter().take(at).map(Column::name);
                if let Some(found) = of_name(column.name(), before.chain(["id"])) {
                    let field = format!("{}.{}", table.name(), column.name());
                    return Some(SchemaProblem { field, problem: found });
                }
            }
        }
        None
    }
}

fn of_fields(table: &str, fields: &[ExtraField], core: &[&str]) -> Option<SchemaProblem> {
    for (at, field) in fields.iter().enumerate() {
        let before = fields.iter().take(at).map(ExtraField::name);
        let column = field.column();
        let found = of_name(field.name(), before.chain(core.iter().copied())).or_else(|| {
            if column.is_unique() && (table != "user" || column.kind() != FieldKind::Text) {
                Some("only a text of users can be unique")
            } else if column.is_unique() && field.has_default() {
                Some("it is unique, so it can have no default")
            } else if column.default().is_some_and(|default| typed(column.kind(), default.clone()).is_err()) {
                Some("its default is not of its kind")
            } else if table == "session" && column.is_required() && !field.has_default() {
                Some("nobody is asked for it when a session begins: give it a default, or take `required` back")
            } else {
                None
            }
        });
        if let Some(problem) = found {
            return Some(SchemaProblem { field: format!("{table}.{}", field.name()), problem });
        }
    }
    None
}

fn of_name<'a>(name: &str, mut taken: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.len() <= 50
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Some("a name has up to 50 letters, digits and underscores, and begins with a letter");
    }
    // One column in every layout: `nickName`, `nickname` and `nick_name` are one.
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let name = plain(name);
    taken
        .any(|other| plain(other) == name)
        .then_some("the name is taken: declare it once, under another name")
}
