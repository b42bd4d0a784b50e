//! Whose column a column of a template is.

/// A part of a template between parentheses, or one query of several that are joined.
#[derive(Default)]
struct Scope<'t> {
    outer: Option<usize>,
    /// The table that stands in it without an alias, the first of them.
    table: Option<&'t str>,
    /// Each with its table.
    aliases: Vec<(&'t str, &'t str)>,
}

/// The table of each `[column]` of a template, in their order; `None` for one of no table.
///
/// `[table.column]` says it. `a.[column]` is of the table that is called so by `[.table] AS a`. Any other is of the table
/// that stands without an alias in the innermost parentheses that have one, and what follows `references [.table]`
/// in parentheses is of that one.
pub(crate) fn owners(template: &str) -> Vec<Option<&str>> {
    let mut scopes = vec![Scope::default()];
    let mut current = 0;
    let mut referred = None;
    let mut columns = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['[', '{', '(', ')', 'U']) {
        let (before, marked) = rest.split_at(at);
        let mut marks = marked.chars();
        let mark = marks.next();
        rest = marks.as_str();
        match mark {
            Some('(') => {
                scopes.push(Scope { outer: Some(current), table: referred.take(), aliases: Vec::new() });
                current = scopes.len() - 1;
            }
            Some(')') => current = scopes.get(current).and_then(|scope| scope.outer).unwrap_or(0),
            Some('U') if before.ends_with(' ') && rest.starts_with("NION ") => {
                let outer = scopes.get(current).and_then(|scope| scope.outer);
                scopes.push(Scope { outer, ..Scope::default() });
                current = scopes.len() - 1;
            }
            Some('{') => rest = rest.split_once('}').map_or("", |(_, after)| after),
            Some('[') => {
                let (name, after) = rest.split_once(']').unwrap_or((rest, ""));
                rest = after;
                if let Some(table) = name.strip_prefix('.') {
                    let Some(scope) = scopes.get_mut(current) else { continue };
                    if before.ends_with("references ") {
                        referred = Some(table);
                    } else if let Some(alias) = after.strip_prefix(" AS ") {
                        let end = alias.find(|letter: char| !is_of_alias(letter)).unwrap_or(alias.len());
                        scope.aliases.push((alias.split_at(end).0, table));
                    } else {
                        scope.table.get_or_insert(table);
                    }
                } else {
                    columns.push((current, alias_before(before), name));
                }
            }
            _ => {}
        }
    }
    columns.into_iter().map(|(scope, alias, name)| owner(&scopes, scope, alias, name)).collect()
}

fn owner<'t>(scopes: &[Scope<'t>], scope: usize, alias: Option<&str>, name: &'t str) -> Option<&'t str> {
    if let Some((table, _)) = name.split_once('.') {
        return Some(table);
    }
    let mut next = Some(scope);
    while let Some(scope) = next.and_then(|at| scopes.get(at)) {
        let found = match alias {
            Some(alias) => scope.aliases.iter().find(|(name, _)| *name == alias).map(|(_, table)| *table),
            None => scope.table,
        };
        if found.is_some() {
            return found;
        }
        next = scope.outer;
    }
    None
}

fn is_of_alias(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// The `a` of `a.` at the end.
fn alias_before(text: &str) -> Option<&str> {
    let text = text.strip_suffix('.')?;
    let start = text.rfind(|letter: char| !is_of_alias(letter)).map_or(0, |at| at + 1);
    Some(text.split_at(start).1).filter(|alias| !alias.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(template: &str) -> Vec<&str> {
        owners(template).into_iter().map(|owner| owner.unwrap_or("-")).collect()
    }

    #[test]
    fn a_column_is_of_the_table_of_its_alias_or_of_the_one_beside_it() {
        assert_eq!(of("SELECT [id], [email] AS {user.email} FROM [.user] WHERE [name] == ?"), ["user"; 3]);
        assert_eq!(
            of("SELECT s.[id], u.[id] FROM [.session] AS s JOIN [.user] AS u ON u.[id] == s.[userId]"),
            ["session", "user", "user", "session"]
        );
        assert_eq!(of("UPDATE [.user] SET [email] = COALESCE(?, [email])"), ["user"; 2]);
        assert_eq!(of("create index {a (b} on [.session] ([userId], [token](191))"), ["session"; 2]);
    }

    #[test]
    fn a_query_inside_of_another_has_a_table_of_its_own_and_sees_those_around_it() {
        assert_eq!(
            of(
                "INSERT INTO [.session] ([id], [token]) SELECT ?, ? WHERE EXISTS (SELECT 1 FROM [.user] WHERE [id] == ?)"
            ),
            ["session", "session", "user"]
        );
        assert_eq!(
            of(
                "DELETE FROM [.account] WHERE [id] = (SELECT MAX(a.[id]) FROM [.user] AS a WHERE a.[x] = 1) AND [b] = 1"
            ),
            ["account", "user", "user", "account"]
        );
        assert_eq!(
            of("SELECT 1 FROM [.user] AS u WHERE EXISTS (SELECT 1 FROM [.account] WHERE [userId] == u.[id])"),
            ["account", "user"]
        );
    }

    #[test]
    fn joined_queries_have_each_its_own() {
        assert_eq!(of("SELECT [id] FROM [.user] UNION ALL SELECT [id] FROM [.account]"), ["user", "account"]);
        assert_eq!(
            of("(SELECT [id] FROM [.user] UNION SELECT a.[id] FROM [.account] AS a)"),
            ["user", "account"]
        );
    }

    #[test]
    fn what_is_referred_to_is_of_the_other_table() {
        assert_eq!(
            of(
                "create table [.session] ([id] text, [userId] text references [.user] ([id]) on delete cascade, [x] text)"
            ),
            ["session", "session", "user", "session"]
        );
    }

    #[test]
    fn a_table_can_be_said_and_can_be_missing() {
        assert_eq!(of("[user.email] text, a.[b], [c]"), ["user", "-", "-"]);
        assert_eq!(of("INSERT INTO [.session] ([user.id], [id])"), ["user", "session"]);
    }
}
