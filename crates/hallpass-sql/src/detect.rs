//! Which layout a database has.

use std::fmt;

use hallpass::store::{StoreError, StoreErrorKind};

use crate::connection::SqlConnection;
use crate::dates;
use crate::ids;
use crate::layout::Layout;
use crate::names::Names;
use crate::record::CORE;
use crate::renderer::Renderer;

/// That a database does not tell which layout it has, or that its tables have plural names of which nothing was said.
///
/// The layout is said by [`SqlStore::in_layout`](crate::SqlStore::in_layout), and names by
/// [`SqlStore::with_names`](crate::SqlStore::with_names), instead of being detected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct AmbiguousLayout {
    /// What there is for each.
    evidence: Vec<Evidence>,
}

/// What a database has of one layout and not of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Evidence {
    layout: Layout,
    is_plural: bool,
    /// `user.email_verified`, as the database names them.
    columns: Vec<String>,
}

impl AmbiguousLayout {
    /// Whether something speaks for the layout of tables that are named so, in singular or plural.
    pub fn has(&self, layout: Layout, names: &Names) -> bool {
        let speaks =
            |evidence: &Evidence| evidence.layout == layout && evidence.is_plural == names.is_plural();
        self.evidence.iter().any(speaks)
    }
}

impl fmt::Display for AmbiguousLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the database does not tell how its tables are to be read: ")?;
        for Evidence { layout, is_plural, columns } in &self.evidence {
            let layout = match layout {
                Layout::CamelCase => "camelCase",
                Layout::SnakeCase => "snake_case",
            };
            let plural = if *is_plural { " and plural tables" } else { "" };
            write!(f, "for {layout} names{plural} speak {}; ", columns.join(", "))?;
        }
        f.write_str(
            "say the layout (`SqlStore::in_layout`, `--layout` of the command), and with it what is called otherwise, plural \
             tables too (`SqlStore::with_names`, `--name` and `--plural`)",
        )
    }
}

/// How the columns of the core's tables are named whose names tell the layouts apart.
#[derive(Default)]
struct Found {
    /// Whether there are users.
    has_users: bool,
    /// The tables that have several columns of a layout alone.
    tables: usize,
    camel: Vec<String>,
    snake: Vec<String>,
    /// Of which both names are there.
    both: Vec<(String, String)>,
}

impl Layout {
    /// Which layout the database's tables have; `None` if there is no table `user`, or one that is none of
    /// better-auth's.
    ///
    /// # Errors
    /// The database cannot be read; or columns speak for either layout, or for plural tables, then the source is
    /// [`AmbiguousLayout`]; or a few rows show moments in another form than the layout's, then it is
    /// [`UnsupportedDates`](crate::UnsupportedDates); or ids are numbers, then it is
    /// [`UnsupportedIds`](crate::UnsupportedIds).
    pub async fn detect(connection: &impl SqlConnection) -> Result<Option<Self>, StoreError> {
        Self::detect_named(connection, &Names::new()).await
    }

    /// The same for tables that have names of their own.
    ///
    /// # Errors
    /// As [`detect`](Self::detect).
    pub async fn detect_named(
        connection: &impl SqlConnection,
        names: &Names,
    ) -> Result<Option<Self>, StoreError> {
        let found = Found::look(connection, names).await?;
        let has_users = found.has_users;
        let mut evidence = found.evidence(names.is_plural());
        if names.is_empty() {
            // What else is called `users` may be anybody's, but not with such sessions and accounts beside it.
            let plural = Found::look(connection, &Names::new().plural()).await?;
            if plural.tables >= 3 {
                evidence.extend(plural.evidence(true));
            }
        }
        let layout = match &*evidence {
            [] if !has_users => return Ok(None),
            [one] if one.is_plural == names.is_plural() => one.layout,
            _ => return Err(StoreError::new(StoreErrorKind::Unexpected, AmbiguousLayout { evidence })),
        };
        let renderer = Renderer::new(connection, layout, names.clone());
        let tables = renderer.tables(connection).await?;
        if let Some(mismatch) = dates::mismatch(connection, &renderer, &tables).await? {
            return Err(StoreError::new(StoreErrorKind::Unexpected, mismatch));
        }
        match ids::misfit(connection, &renderer, None).await? {
            None => Ok(Some(layout)),
            Some(unsupported) => Err(StoreError::new(StoreErrorKind::Unexpected, unsupported)),
        }
    }
}

impl Found {
    async fn look(connection: &impl SqlConnection, names: &Names) -> Result<Self, StoreError> {
        let [camel, snake] = [Layout::CamelCase, Layout::SnakeCase]
            .map(|layout| Renderer::new(connection, layout, names.clone()));
        let mut found = Self::default();
        for (table, columns) in CORE {
            // The core's tables have one name in both layouts.
            let mut rows = connection.query(camel.about(table, |catalogue| catalogue.columns)).await?;
            let there: Vec<_> = rows.iter_mut().map(|mut row| row.text("name")).collect::<Result<_, _>>()?;
            let has = |name: &str| there.iter().any(|other| other == name);
            if table == "user" {
                let [camel, snake] =
                    [&camel, &snake].map(|form| has(&form.listed_column(table, "emailVerified")));
                found.has_users = camel || snake;
            }
            let before = found.camel.len() + found.snake.len();
            for column in columns {
                let [in_camel, in_snake] = [&camel, &snake].map(|form| form.listed_column(table, column));
                if in_camel == in_snake {
                    continue;
                }
                let named =
                    |form: &Renderer| format!("{}.{}", form.table(table), form.column(Some(table), column));
                match (has(&in_camel), has(&in_snake)) {
                    (true, false) => found.camel.push(named(&camel)),
                    (false, true) => found.snake.push(named(&snake)),
                    (true, true) => found.both.push((named(&camel), named(&snake))),
                    (false, false) => {}
                }
            }
            // One alone, such as `users.emailVerified`, another library has too.
            let told = found.camel.len() + found.snake.len() - before;
            found.tables += usize::from(told >= 2);
        }
        Ok(found)
    }

    /// What speaks for each layout: of columns of which both names are there, neither is it that does, unless there are no
    /// others.
    fn evidence(self, is_plural: bool) -> Vec<Evidence> {
        if !self.has_users {
            return Vec::new();
        }
        let (mut camel, mut snake) = (self.camel, self.snake);
        if camel.is_empty() && snake.is_empty() {
            (camel, snake) = self.both.into_iter().unzip();
        }
        [(Layout::CamelCase, camel), (Layout::SnakeCase, snake)]
            .into_iter()
            .filter(|(_, columns)| !columns.is_empty())
            .map(|(layout, columns)| Evidence { layout, is_plural, columns })
            .collect()
    }
}
