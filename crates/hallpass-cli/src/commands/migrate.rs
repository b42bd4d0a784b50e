use std::process::ExitCode;

use anyhow::Result;
use hallpass_sql::PlannedMigration;
use serde_json::json;

use crate::arguments::{Database, Migrate};
use crate::connection::{Missing, Opened};
use crate::output::{Output, Unasked};

/// Shows what the database lacks, asks, and adds it.
pub(crate) async fn migrate(database: &Database, wanted: &Migrate, output: &Output) -> Result<ExitCode> {
    let missing = if wanted.dry_run { Missing::IsEmpty } else { Missing::IsMade };
    let opened = Opened::open_or(database, missing).await?;
    let plan = opened.store.plan().await?;
    if plan.is_empty() {
        output.write(&json!({"applied": []}), |_| "nothing is missing".to_owned())?;
        return Ok(ExitCode::SUCCESS);
    }
    if wanted.dry_run {
        let shown: Vec<_> = plan.iter().map(|step| json!({"id": step.id, "sql": step.sql})).collect();
        output.write(&json!({"planned": shown}), |_| script(&plan))?;
        return Ok(ExitCode::SUCCESS);
    }
    if !output.is_json() {
        eprint!("{}", script(&plan));
    }
    if !wanted.yes && !output.confirm("Apply these?", Unasked::Goes)? {
        eprintln!("nothing was changed");
        return Ok(ExitCode::FAILURE);
    }
    let applied = opened.store.migrate().await?;
    output.write(&json!({"applied": applied}), |_| format!("applied {}", applied.join(", ")))?;
    Ok(ExitCode::SUCCESS)
}

/// The statements of a plan, as a script.
pub(crate) fn script(plan: &[PlannedMigration]) -> String {
    let mut script = String::new();
    for step in plan {
        script.push_str(&format!("-- {}\n", step.id));
        for sql in &step.sql {
            script.push_str(&format!("{sql};\n"));
        }
        script.push('\n');
    }
    script
}
