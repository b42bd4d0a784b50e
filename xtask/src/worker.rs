//! Cloudflare Workers: the example, built, served and used in workerd; and the conformance suite there.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{capture, run};
use crate::conformance::{self, Suites};
use crate::project::Project;
use crate::{wasm, wire};

/// A Worker of this workspace.
struct Worker {
    package: &'static str,
    /// The script around the module, in `tests/worker`.
    shim: &'static str,
    /// The folder of its bundle, in `target/worker`.
    bundle: &'static str,
    /// What is built at once with it, so that both are made of the same parts.
    with: &'static [&'static str],
}

const EXAMPLE: Worker =
    Worker { package: "worker-example", shim: "shim.mjs", bundle: "bundle", with: AT_ONCE };

/// The conformance suite over D1.
const SUITE: Worker =
    Worker { package: "worker-suite", shim: "suite/shim.mjs", bundle: "suite", with: AT_ONCE };

/// Auth and nothing else, whose size is measured.
const SMALLEST: Worker =
    Worker { package: "worker-smallest", shim: "shim.mjs", bundle: "smallest", with: AT_ONCE };

/// The one that hashes for the example.
const HASHING: Worker =
    Worker { package: "worker-hashing", shim: "hashing-shim.mjs", bundle: "hashing", with: AT_ONCE };

/// Those that are made of the same parts.
const AT_ONCE: &[&str] = &["worker-example", "worker-hashing", "worker-suite", "worker-smallest"];

/// The server of the differential tests.
const WIRE: Worker = Worker { package: "wire-server", shim: "shim.mjs", bundle: "wire", with: &[] };

/// What the tool is made of, which must be of the version of `wasm-bindgen`: each reads what the other wrote.
const BINDGEN: &str = "wasm-bindgen-cli-support";

/// The most that the smallest module may weigh once `wasm-opt` made it small, in thousands of bytes: as it is, and by gzip.
const LARGEST: [&str; 2] = ["1240", "545"];

/// `cargo xtask worker`: builds the example and serves it until it is stopped; with `--build` it only builds; with
/// `--build-hashing` the one that hashes for it, and with `--build-wire` the server of the differential tests.
pub(crate) fn worker(project: &Project, arguments: &[String]) -> Result<()> {
    let only_builds = match arguments {
        [] => false,
        [flag] if flag == "--build" => true,
        [flag] if flag == "--build-hashing" => {
            println!("{}", build(project, &HASHING)?.display());
            return Ok(());
        }
        [flag] if flag == "--build-wire" => {
            println!("{}", build(project, &WIRE)?.display());
            return Ok(());
        }
        _ => bail!("`worker` takes nothing, `--build`, `--build-hashing`, or `--build-wire`"),
    };
    let bundle = build(project, &EXAMPLE)?;
    if only_builds {
        println!("{}", bundle.display());
        return Ok(());
    }
    let mut serve = project.command("node");
    serve.arg("tests/worker/serve.mjs").arg(&bundle).arg(project.target.join("worker/data"));
    serve.arg(env::var("PORT").unwrap_or_else(|_| "8787".to_owned()));
    run(&mut serve)
}

/// The example is used in workerd by better-auth's client, the conformance suite runs there over D1, and the command over D1's API.
pub(crate) fn step(project: &Project) -> Result<String> {
    let (example, suite) = (build(project, &EXAMPLE)?, build(project, &SUITE)?);
    run(&mut project.cargo(["build", "--locked", "--package", "hallpass-cli"]))?;
    let command = project.target.join("debug/hallpass").with_extension(env::consts::EXE_EXTENSION);
    let report = project.target.join("worker/junit.xml");
    // What an earlier run left is not what ran in this one.
    if report.exists() {
        fs::remove_file(&report).with_context(|| format!("cannot remove {}", report.display()))?;
    }
    let smallest = build(project, &SMALLEST)?;
    let mut size = project.command("node");
    run(size.arg("tests/worker/size.mjs").arg(smallest.join("index_bg.wasm")).args(LARGEST))?;
    let mut tests = project.command("node");
    tests.args(["--test", "--test-reporter", "spec", "--test-reporter-destination", "stdout"]);
    tests.args(["--test-reporter", "junit", "--test-reporter-destination"]).arg(&report);
    tests.arg("tests/worker/").env("WORKER_BUNDLE", example).env("WORKER_SUITE_BUNDLE", suite);
    tests.env("WORKER_SMALLEST_BUNDLE", smallest).env("WORKER_HASHING_BUNDLE", build(project, &HASHING)?);
    tests.env("HALLPASS_COMMAND", command);
    let outcome = run(&mut tests);
    let told = fs::read_to_string(&report).with_context(|| format!("node left no {}", report.display()))?;
    let suites = Suites::in_workerd(&conformance::of_node(&told));
    println!("\n{suites}");
    // That a test failed says more than that one did not run.
    outcome?;
    let told = suites.whole()?;
    wire::in_workerd(project, &build(project, &WIRE)?)?;
    Ok(told)
}

/// What a request costs in workerd, beside better-auth: a table, plots and figures. `--quick` only shows that it works.
pub(crate) fn bench(project: &Project, arguments: &[String]) -> Result<()> {
    let (smallest, example) = (build(project, &SMALLEST)?, build(project, &EXAMPLE)?);
    let mut figures = project.command("node");
    figures.arg("tests/worker/figures.mjs").args([smallest, example, project.target.join("bench")]);
    run(figures.args(arguments))
}

/// The bundle of a Worker, a folder.
fn build(project: &Project, worker: &Worker) -> Result<PathBuf> {
    set_up(project)?;
    let bindgen = bindgen(project)?;

    let compiler = wasm::compiler(project)?;
    let mut cargo = project.cargo(["build", "--locked", "--profile", "worker"]);
    cargo.args(["--lib", "--package", worker.package]);
    for package in worker.with.iter().filter(|package| **package != worker.package) {
        cargo.args(["--package", package]);
    }
    let folder = compiler.target(project, &mut cargo)?;
    run(&mut cargo)?;

    let module = folder.join("worker").join(worker.package.replace('-', "_")).with_extension("wasm");
    let made = project.target.join("worker");
    let (scripts, bundle) = (made.join("bindgen").join(worker.bundle), made.join(worker.bundle));
    run(Command::new(bindgen).arg(module).arg(&scripts))?;
    let mut bundler = project.command("node");
    run(bundler.arg("tests/worker/bundle.mjs").args([&scripts, &bundle]).arg(worker.shim))?;
    Ok(bundle)
}

/// What Workers are bundled and run by.
fn set_up(project: &Project) -> Result<()> {
    let version = capture(project.command("node").arg("--version"))
        .context("a Worker is bundled by Node 20 or newer, with npm")?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|n| n.parse::<u32>().ok());
    ensure!(major >= Some(20), "a Worker is bundled by Node 20 or newer; this is {}", version.trim());
    if is_set_up(project)? {
        return Ok(());
    }
    run(project.command("npm").args(["--prefix", "tests/worker", "ci", "--ignore-scripts", "--no-progress"]))
}

/// Whether npm has installed what the lock file says.
fn is_set_up(project: &Project) -> Result<bool> {
    let folder = project.root.join("tests/worker");
    let modified = |file: &Path| file.metadata().and_then(|metadata| metadata.modified()).ok();
    let installed = modified(&folder.join("node_modules/.package-lock.json"));
    let wanted = modified(&folder.join("package-lock.json"));
    ensure!(wanted.is_some(), "tests/worker/package-lock.json is missing");
    Ok(installed >= wanted)
}

/// The tool that writes a module's JavaScript, built once.
fn bindgen(project: &Project) -> Result<PathBuf> {
    let locked = |lock: &Path, name: &str| -> Result<String> {
        let text = fs::read_to_string(lock).with_context(|| lock.display().to_string())?;
        let entry = text.split("[[package]]").find(|entry| entry.contains(&format!("name = \"{name}\"\n")));
        let line = entry.and_then(|entry| entry.lines().find(|line| line.starts_with("version")));
        Ok(line.with_context(|| format!("{} has no {name}", lock.display()))?.to_owned())
    };
    let tool = project.root.join("tests/worker/bindgen");
    let (ours, its) = (
        locked(&project.root.join("Cargo.lock"), "wasm-bindgen")?,
        locked(&tool.join("Cargo.lock"), BINDGEN)?,
    );
    ensure!(
        ours == its,
        "{BINDGEN} has {ours} in Cargo.lock, and {its} in tests/worker/bindgen/Cargo.lock: one version for both"
    );
    let target = project.target.join("tools/worker-bindgen");
    let mut cargo = project.cargo(["build", "--locked", "--release", "--manifest-path"]);
    run(cargo.arg(tool.join("Cargo.toml")).arg("--target-dir").arg(&target))?;
    Ok(target.join("release/worker-bindgen").with_extension(env::consts::EXE_EXTENSION))
}
