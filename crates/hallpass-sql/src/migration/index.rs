//! Indexes, and whether one is there already.

use hallpass::store::StoreError;

use crate::connection::SqlConnection;
use crate::renderer::Renderer;

/// How an index is called, after its table.
#[derive(Debug, Clone)]
pub(super) enum Name {
    /// `hallpass_table_name`.
    Ours(String),
    /// As better-auth calls it.
    Theirs(String),
}

/// An index that a migration makes.
#[derive(Debug, Clone)]
pub(super) struct Index {
    name: Name,
    table: String,
    /// By their names, each with how many characters of a long text go into an index where not all can.
    columns: Vec<(String, Option<u16>)>,
    is_unique: bool,
}

impl Index {
    pub(super) fn new<'n>(
        name: Name,
        table: &str,
        columns: impl IntoIterator<Item = (&'n str, Option<u16>)>,
    ) -> Self {
        let columns = columns.into_iter().map(|(name, most)| (name.to_owned(), most)).collect();
        Self { name, table: table.to_owned(), columns, is_unique: false }
    }

    pub(super) fn unique(self) -> Self {
        Self { is_unique: true, ..self }
    }

    /// The SQL that makes it; does nothing where it is there already, if the dialect can say so.
    pub(super) fn create(&self, renderer: &Renderer) -> String {
        let indexes = &renderer.grammar.indexes;
        let columns = self.columns.iter().map(|(name, most)| match most {
            Some(most) if indexes.takes_prefixes => format!("[{name}]({most})"),
            _ => format!("[{name}]"),
        });
        renderer.render(&format!(
            "create {}{} {{{}}} on [.{}] ({})",
            if self.is_unique { "unique " } else { "" },
            indexes.create,
            self.name(renderer),
            self.table,
            columns.collect::<Vec<_>>().join(", ")
        ))
    }

    /// Whether it is there, where [`create`](Self::create) would fail for it.
    pub(super) async fn is_in_the_way(
        &self,
        connection: &impl SqlConnection,
        renderer: &Renderer,
    ) -> Result<bool, StoreError> {
        let Some(named) = renderer.grammar.indexes.named else { return Ok(false) };
        let mut rows = connection.query(renderer.about(&self.table, |_| named)).await?;
        let mut names = rows.iter_mut().map(|mut row| row.text("name"));
        names.try_fold(false, |found, name| Ok(found || name?.eq_ignore_ascii_case(&self.name(renderer))))
    }

    fn name(&self, renderer: &Renderer) -> String {
        match &self.name {
            Name::Ours(rest) => fitting(format!("hallpass_{}", renderer.derived(&self.table, rest))),
            Name::Theirs(name) => fitting(name.clone()),
        }
    }
}

/// A name no longer than PostgreSQL takes, which cuts longer ones: two that begin alike would be one, and the second never
/// made. MySQL takes one more, and refuses longer ones.
fn fitting(mut name: String) -> String {
    const MOST: usize = 63;
    if name.len() <= MOST {
        return name;
    }
    // FNV-1a, so that a name is the same in every version.
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    while name.len() > MOST - 9 && name.pop().is_some() {}
    format!("{name}_{hash:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_to_what_databases_take_and_stay_apart() {
        let long = |end: &str| fitting(format!("hallpass_user_{}{end}", "\u{e4}".repeat(40)));
        for end in ["a", "b"] {
            assert!(long(end).len() <= 63 && long(end).starts_with("hallpass_user_\u{e4}"), "{}", long(end));
        }
        assert_ne!(long("a"), long("b"));
        assert_eq!(fitting("n".repeat(63)), "n".repeat(63));
        // Names are in databases: they stay as they are.
        let name = format!("hallpass_{}", "x".repeat(60));
        assert_eq!(fitting(name), format!("hallpass_{}_be2168f4", "x".repeat(45)));
    }
}
