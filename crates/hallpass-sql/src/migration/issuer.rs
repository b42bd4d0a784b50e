//! The column `issuer` of accounts, made one that better-auth from 1.7.3 on can leave out.

use hallpass::store::StoreError;

use super::PlannedMigration;
use crate::connection::SqlConnection;
use crate::dialect::{Catalogue, Dialect};
use crate::issuer::ISSUER;
use crate::statement::Statement;
use crate::store::SqlStore;

/// What the column is called while SQLite gets it anew.
const NEXT: &str = "hallpass_issuer";

impl<C: SqlConnection> SqlStore<C> {
    /// Lets the column be empty, where each account must have one. better-auth 1.7.25 serves no request before; 1.7.2 goes on as
    /// it did. No value is lost.
    pub(super) async fn issuer_undone(
        &self,
        tables: &[String],
    ) -> Result<Option<PlannedMigration>, StoreError> {
        if !tables.contains(&self.renderer().listed_table("account")) {
            return Ok(None);
        }
        let name = self.renderer().listed_column("account", ISSUER);
        let about = |query: fn(&Catalogue) -> &'static str| self.renderer().about("account", query);
        let mut required = self.connection().query(about(|catalogue| catalogue.required)).await?;
        let mut is_required = false;
        for mut row in required.iter_mut() {
            is_required |= row.text("name")? == name;
        }
        if !is_required {
            return Ok(None);
        }
        let mut kind = String::new();
        let mut columns = self.connection().query(about(|catalogue| catalogue.columns)).await?;
        for mut row in columns.iter_mut() {
            if row.text("name")? == name {
                kind = row.text("kind")?;
            }
        }
        if self.connection().dialect() == Dialect::MySql {
            kind += &self.collation_of_issuer(&name).await?;
        }
        let own = |template: &str| self.sql(template).to_string();
        let sql = match self.connection().dialect() {
            Dialect::Postgres => {
                vec![own("alter table [.account] alter column [account.issuer] drop not null")]
            }
            Dialect::MySql => vec![own("alter table [.account] modify [account.issuer] ") + &kind + " null"],
            Dialect::Sqlite => self.issuer_anew(&name).await?,
        };
        Ok(Some(PlannedMigration { id: "schema/account.issuer".to_owned(), sql }))
    }

    /// What MySQL would give up unless it is said again: by which collation texts of the column are compared.
    async fn collation_of_issuer(&self, name: &str) -> Result<String, StoreError> {
        let collations = "SELECT LOWER(CAST(column_name AS char)) AS name, \
                          CAST(COALESCE(CONCAT(' character set ', character_set_name, ' collate ', collation_name), '') \
                          AS char) AS collation FROM information_schema.columns \
                          WHERE table_schema = DATABASE() AND table_name = ?1";
        let mut rows = self.connection().query(self.renderer().about("account", |_| collations)).await?;
        for mut row in rows.iter_mut() {
            if row.text("name")? == name {
                return row.text("collation");
            }
        }
        Ok(String::new())
    }

    /// SQLite changes no column, so another takes its place, with the indexes that it is in.
    async fn issuer_anew(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let indexes = "SELECT name AS name, sql AS made FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL \
                       AND lower(tbl_name) = lower(?1) AND EXISTS \
                       (SELECT 1 FROM pragma_index_info(sqlite_master.name) AS i WHERE lower(i.name) = ?2)";
        let query = Statement::new(indexes).bind(self.renderer().table("account")).bind(name);
        let mut rows = self.connection().query(query).await?;
        let own = |template: &str| self.sql(template).to_string();
        let mut sql = vec![
            own(&format!("alter table [.account] add column {{{NEXT}}} text")),
            own(&format!("update [.account] set {{{NEXT}}} = [issuer]")),
        ];
        let mut made_again = Vec::new();
        for mut row in rows.iter_mut() {
            let name = row.text("name")?;
            sql.push(format!("drop index \"{}\"", name.replace('"', "\"\"")));
            // As it was written, so no template.
            made_again.push(row.text("made")?);
        }
        sql.push(own("alter table [.account] drop column [account.issuer]"));
        sql.push(own(&format!("alter table [.account] rename column {{{NEXT}}} to [account.issuer]")));
        sql.extend(made_again);
        Ok(sql)
    }
}
