//! What ids a database takes.

use hallpass::IdFormat;
use hallpass::store::StoreError;

use crate::connection::SqlConnection;
use crate::record::CORE;
use crate::renderer::Renderer;

/// That a database takes other ids than those that are made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column `{column}` of table `{table}` is of the type {kind}: {remedy}")]
#[non_exhaustive]
pub struct UnsupportedIds {
    /// The table.
    pub table: String,
    /// The column, as the database names it.
    pub column: String,
    /// Its type.
    pub kind: String,
    /// What to do.
    pub remedy: &'static str,
}

/// Which ids the core's tables take; `None` if there are no such tables, or their ids are texts of any form.
///
/// # Errors
/// As the outer error, that the database cannot be read; as the inner one, that ids are numbers, which the database makes
/// itself.
pub(crate) async fn wanted(
    connection: &impl SqlConnection,
    renderer: &Renderer,
) -> Result<Result<Option<IdFormat>, UnsupportedIds>, StoreError> {
    let mut wanted = None;
    for (table, _) in CORE {
        let id = renderer.listed_column(table, "id");
        let mut rows = connection.query(renderer.about(table, |catalogue| catalogue.columns)).await?;
        for mut row in rows.iter_mut() {
            if row.text("name")? != id {
                continue;
            }
            let kind = row.text("kind")?;
            if kind == "uuid" {
                wanted = Some(IdFormat::Uuid);
            } else if is_number(&kind) {
                let (table, column) = (renderer.table(table), renderer.column(Some(table), "id"));
                return Ok(Err(UnsupportedIds { table, column, kind, remedy: NUMBERS }));
            }
        }
    }
    Ok(Ok(wanted))
}

const NUMBERS: &str = "ids that the database counts (better-auth's `generateId: \"serial\"`) are not supported, as hallpass makes ids \
                       itself. Ids have to be text, or `uuid` on PostgreSQL; `hallpass import` brings the users of such a \
                       database into a new one, from a file";

fn is_number(kind: &str) -> bool {
    let kind = kind.split(['(', ' ']).next().unwrap_or_default();
    matches!(
        kind,
        "integer" | "int" | "bigint" | "smallint" | "mediumint" | "tinyint" | "numeric" | "decimal"
    )
}

/// That ids are made which the columns do not take.
pub(crate) async fn misfit(
    connection: &impl SqlConnection,
    renderer: &Renderer,
    made: Option<IdFormat>,
) -> Result<Option<UnsupportedIds>, StoreError> {
    Ok(match wanted(connection, renderer).await? {
        Err(unsupported) => Some(unsupported),
        Ok(Some(IdFormat::Uuid)) if made.is_some_and(|made| made != IdFormat::Uuid) => Some(UnsupportedIds {
            table: renderer.table("user"),
            column: renderer.column(Some("user"), "id"),
            kind: "uuid".to_owned(),
            remedy: "let ids be made so by `.ids(IdFormat::Uuid)` of the builder of `Auth`",
        }),
        Ok(_) => None,
    })
}
