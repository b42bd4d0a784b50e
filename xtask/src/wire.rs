//! The differential harness: one scenario, better-auth and hallpass, equal answers.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::apt;
use crate::command::{capture, find, run};
use crate::postgres::Postgres;
use crate::project::Project;
use crate::redis::Redis;

/// `cargo xtask wire`: with arguments, just the harness with them.
pub(crate) fn wire(project: &Project, arguments: &[String]) -> Result<()> {
    if arguments.is_empty() {
        return step(project).map(drop);
    }
    prepare(project)?;
    harness(project, "run.mjs", arguments)
}

/// The whole harness, the takeover of databases of every layout and of a secondary storage that better-auth has filled, and
/// pages by the official clients.
pub(crate) fn step(project: &Project) -> Result<String> {
    prepare(project)?;
    // The harness itself first: that its comparisons can fail.
    run(project.command("node").args(["--test", "tests/wire/harness/", "tests/wire/walks/"]))?;
    harness(project, "run.mjs", &[])?;
    harness(project, "takeover.mjs", &[])?;
    harness(project, "takeover-storage.mjs", &[])?;
    let postgres = Postgres::start(true)?;
    harness(project, "layouts.mjs", &["--postgres".to_owned(), postgres.url()])?;
    let beside_postgres = ["--postgres".to_owned(), postgres.url()];
    harness(project, "instances.mjs", &[])?;
    harness(project, "instances.mjs", &beside_postgres)?;
    quickstart(project, &beside_postgres)?;
    for (_, urls) in Redis::start(true)?.variables() {
        let in_redis = ["--redis".to_owned(), urls];
        let alone = ["--only", "secondary-storage"].map(str::to_owned);
        harness(project, "run.mjs", &[alone.as_slice(), &in_redis].concat())?;
        harness(project, "takeover-storage.mjs", &in_redis)?;
        harness(project, "instances.mjs", &in_redis)?;
        let in_both = [in_redis.as_slice(), &beside_postgres].concat();
        harness(project, "instances.mjs", &in_both)?;
        quickstart(project, &in_both)?;
    }
    drop(postgres);
    harness(project, "pages.mjs", &[])?;
    harness(project, "options.mjs", &[])?;
    run(project
        .command("node")
        .arg("tests/wire/move.mjs")
        .arg("--binary")
        .arg(project.built("debug", "moved")))?;
    Ok(String::new())
}

fn set_up(project: &Project) -> Result<()> {
    let version = capture(project.command("node").arg("--version"))
        .context("the wire harness needs Node 20 or newer, and npm")?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|n| n.parse::<u32>().ok());
    ensure!(major >= Some(20), "the wire harness needs Node 20 or newer; this is {}", version.trim());
    // What better-sqlite3 is compiled with.
    let tools = ["python3", "make", "g++"];
    let lacking: Vec<_> = tools.into_iter().filter(|program| find(program).is_none()).collect();
    if !lacking.is_empty() {
        apt::install(&lacking)?;
    }
    run(project.command("npm").args(["--prefix", "tests/wire", "run", "setup"]))
}

/// Sets the harness up, and builds what it drives.
fn prepare(project: &Project) -> Result<()> {
    set_up(project)?;
    let mut build =
        project.cargo(["build", "--locked", "--features", "quickstart/postgres,quickstart/redis"]);
    run(build.args(["--package", "wire-server", "--package", "moved", "--package", "quickstart"]))
}

/// The main roads through the library, which a Worker has in common with a server.
const MAIN: [&str; 14] = [
    "cookie-cache",
    "delete-user",
    "origins",
    "password",
    "plugin-magic-link",
    "plugin-username",
    "reset-password",
    "routes",
    "secondary-storage",
    "session",
    "sign-",
    "unlink-account",
    "update-",
    "verify-email",
];

/// The main scenarios against the Worker whose bundle is in `bundle`, in workerd.
pub(crate) fn in_workerd(project: &Project, bundle: &Path) -> Result<()> {
    set_up(project)?;
    let mut harness = project.command("node");
    harness.args(["tests/wire/run.mjs", "--in-workerd"]).env("WORKER_WIRE_BUNDLE", bundle);
    for title in MAIN {
        harness.args(["--only", title]);
    }
    run(&mut harness)
}

/// Two processes of the example.
fn quickstart(project: &Project, arguments: &[String]) -> Result<()> {
    let mut quickstart = project.command("node");
    quickstart.arg("tests/wire/quickstart.mjs").args(arguments);
    run(quickstart.arg("--binary").arg(project.built("debug", "quickstart")))
}

fn harness(project: &Project, script: &str, arguments: &[String]) -> Result<()> {
    run(project
        .command("node")
        .arg(format!("tests/wire/{script}"))
        .arg("--server")
        .arg(project.built("debug", "wire-server"))
        .args(arguments))
}
