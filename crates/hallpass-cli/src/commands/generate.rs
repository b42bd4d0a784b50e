use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::arguments::Generate;
use crate::connection::Opened;
use crate::output::Output;

/// Writes the SQL of all migrations, with the records of those that are recorded: a database that has run it has
/// nothing left to migrate.
pub(crate) async fn generate(wanted: &Generate, output: &Output) -> Result<ExitCode> {
    let new = Opened::new(wanted.target.into(), &wanted.shape)?;
    let script = new.store.script().await?;
    let Some(path) = &wanted.output else {
        output.write(&json!({"sql": script}), |_| script.clone())?;
        return Ok(ExitCode::SUCCESS);
    };
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(script.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))?;
    output.write(&json!({"file": path}), |_| format!("wrote {}", path.display()))?;
    Ok(ExitCode::SUCCESS)
}
