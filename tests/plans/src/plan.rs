//! What a database says of how it goes about a statement.

use hallpass::store::StoreError;
use hallpass_sql::{Dialect, Rows};

/// How a database goes about a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    dialect: Dialect,
    /// Its steps, as the database tells them.
    steps: Vec<String>,
}

/// What is no table: one row without a table, and tables that a statement makes for itself.
const NO_TABLES: [&str; 3] = ["CONSTANT ROW", "absent", "c"];

impl Plan {
    pub(crate) fn read(dialect: Dialect, rows: &mut Rows) -> Result<Self, StoreError> {
        let mut steps = Vec::new();
        for mut row in rows.iter_mut() {
            steps.push(match dialect {
                Dialect::Postgres => row.text("QUERY PLAN")?,
                Dialect::MySql => {
                    let mut said = Vec::new();
                    for column in ["select_type", "table", "type", "key", "Extra"] {
                        said.push(row.optional_text(column)?.unwrap_or_default());
                    }
                    said.join("|")
                }
                _ => row.text("detail")?,
            });
        }
        Ok(Self { dialect, steps })
    }

    /// The steps that read a whole table or a whole index.
    pub fn scans(&self) -> Vec<String> {
        let is_scan = |at: usize, step: &str| match self.dialect {
            Dialect::Postgres => {
                let is_by_index = ["Index Scan", "Index Only Scan"].iter().any(|kind| step.contains(kind));
                step.contains("Seq Scan") || (is_by_index && !self.has_condition(at))
            }
            Dialect::MySql => {
                let mut said = step.split('|');
                let [kind, table, access] = [0; 3].map(|_| said.next().unwrap_or_default());
                // Rows are added to the table; and what is in <> is made by the statement.
                kind != "INSERT" && !table.starts_with('<') && matches!(access, "ALL" | "index")
            }
            _ => step.strip_prefix("SCAN ").is_some_and(|of| {
                !of.starts_with('(') && !NO_TABLES.iter().any(|name| of.split(" USING").next() == Some(name))
            }),
        };
        let steps = self.steps.iter().enumerate();
        steps.filter(|(at, step)| is_scan(*at, step)).map(|(_, step)| step.trim().to_owned()).collect()
    }

    /// Whether PostgreSQL looks for something in the index of this step, and does not read all of it.
    fn has_condition(&self, at: usize) -> bool {
        let of_step = self.steps.iter().skip(at + 1).take_while(|step| !step.contains("->"));
        of_step.into_iter().any(|step| step.contains("Index Cond:"))
    }
}
