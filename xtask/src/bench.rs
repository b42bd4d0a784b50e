//! Benchmarks: the hot parts by criterion, whether times tell who is a user, whole servers side by side over HTTP, and what
//! happens as the store grows; and what a request costs in a Worker.

use anyhow::{Result, bail};

use crate::command::run;
use crate::postgres::Postgres;
use crate::project::Project;
use crate::worker;

/// Names the server to the benchmarks.
const POSTGRES: &str = "HALLPASS_BENCH_POSTGRES";

/// What `bench http` calls hallpass over PostgreSQL.
const OVER_POSTGRES: &str = "hallpass-postgres";

/// `cargo xtask bench [micro|http|timing|scale|worker] [args…]`.
pub(crate) fn bench(project: &Project, arguments: &[String]) -> Result<()> {
    match arguments {
        [] => {
            micro(project, &[])?;
            timing(project, &[])?;
            http(project, &[])?;
            scale(project, &[])?;
            worker::bench(project, &[])
        }
        [kind, rest @ ..] if kind == "micro" => micro(project, rest),
        [kind, rest @ ..] if kind == "http" => http(project, rest),
        [kind, rest @ ..] if kind == "timing" => timing(project, rest),
        [kind, rest @ ..] if kind == "scale" => scale(project, rest),
        [kind, rest @ ..] if kind == "worker" => worker::bench(project, rest),
        [other, ..] => {
            bail!(
                "`bench` takes `micro`, `timing`, `http`, `scale` or `worker`, then arguments for it; not `{other}`"
            )
        }
    }
}

fn micro(project: &Project, arguments: &[String]) -> Result<()> {
    run(project.cargo(["bench", "--package", "hallpass-benches", "--bench", "micro", "--"]).args(arguments))
}

fn timing(project: &Project, arguments: &[String]) -> Result<()> {
    run(project
        .cargo(["run", "--release", "--package", "hallpass-benches", "--bin", "timing", "--"])
        .args(arguments))
}

fn http(project: &Project, arguments: &[String]) -> Result<()> {
    let command = &mut project.cargo([
        "run",
        "--release",
        "--package",
        "hallpass-benches",
        "--bin",
        "http-comparison",
        "--",
    ]);
    // Gone when this ends.
    let postgres = match arguments.iter().any(|argument| argument == OVER_POSTGRES) {
        true => Some(Postgres::start_durable(true)?),
        false => None,
    };
    run(command.args(arguments).envs(postgres.as_ref().map(|postgres| (POSTGRES, postgres.url()))))
}

fn scale(project: &Project, arguments: &[String]) -> Result<()> {
    let postgres = Postgres::start_durable(true)?;
    run(project
        .cargo(["run", "--release", "--package", "hallpass-benches", "--bin", "scale", "--"])
        .args(arguments)
        .env(POSTGRES, postgres.url()))
}
