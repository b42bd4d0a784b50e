//! The steps that cargo does by itself.

use anyhow::Result;

use crate::command::run;
use crate::project::Project;

/// `cargo fmt --check`.
pub(crate) fn fmt(project: &Project) -> Result<String> {
    run(&mut project.cargo(["fmt", "--all", "--check"]))?;
    Ok(String::new())
}

/// Clippy over everything, a warning being an error.
pub(crate) fn clippy(project: &Project) -> Result<String> {
    run(project
        .cargo(["clippy", "--workspace", "--all-targets", "--all-features", "--locked"])
        .args(["--", "-D", "warnings"]))?;
    Ok(String::new())
}

/// Clippy without benches and examples.
pub(crate) fn clippy_fast(project: &Project) -> Result<String> {
    run(project
        .cargo(["clippy", "--workspace", "--lib", "--bins", "--tests"])
        .args(["--", "-D", "warnings"]))?;
    Ok(String::new())
}

/// The API's documentation, a broken link in it being an error.
pub(crate) fn rustdoc(project: &Project) -> Result<String> {
    run(project
        .cargo(["doc", "--workspace", "--no-deps", "--all-features", "--locked"])
        .env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(String::new())
}

/// The examples in the documentation. Nextest does not run them.
pub(crate) fn doctest(project: &Project) -> Result<String> {
    run(&mut project.cargo(["test", "--workspace", "--doc", "--all-features", "--locked"]))?;
    Ok(String::new())
}
