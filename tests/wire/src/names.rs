//! better-auth's `modelName` and `fields`, as hallpass names tables and columns, and the layout of what is there.

use hallpass_sql::{Layout, Names, SqlConnection, SqlStore};

use crate::Failure;
use crate::options::Options;

/// The store of a database: what is there is as it is, and what is made is as better-auth's own migrations make it.
pub(crate) async fn store<C: SqlConnection>(
    connection: C,
    options: &Options,
) -> Result<SqlStore<C>, Failure> {
    let names = names(options);
    let layout = Layout::detect_named(&connection, &names).await?.unwrap_or_default();
    Ok(SqlStore::with_names(connection, layout, names)?)
}

fn names(options: &Options) -> Names {
    let mut names = if options.use_plural { Names::new().plural() } else { Names::new() };
    let Options { user, session, account, verification, .. } = options;
    for (table, name, fields) in [
        ("user", &user.model_name, &user.fields),
        ("session", &session.model_name, &session.fields),
        ("account", &account.model_name, &account.fields),
        ("verification", &verification.model_name, &verification.fields),
    ] {
        if let Some(name) = name {
            names = names.table(table, if options.use_plural { format!("{name}s") } else { name.clone() });
        }
        names = fields.iter().fold(names, |names, (column, name)| names.column(table, column, name));
    }
    names
}
