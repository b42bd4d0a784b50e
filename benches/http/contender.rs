//! The servers that are compared, and how each is made and started.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use hallpass_benches::filled::SECRET;

/// A server that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    /// better-auth on Node, by `better-auth-server.mjs`.
    BetterAuth,
    /// `examples/quickstart`, built for release.
    Hallpass,
    /// The same, over the PostgreSQL database that [`POSTGRES`] names, which is empty.
    HallpassPostgres,
}

/// The variable that names the database.
const POSTGRES: &str = "HALLPASS_BENCH_POSTGRES";

impl Contender {
    /// In the order in which they are measured and shown.
    pub(crate) const ALL: [Self; 3] = [Self::BetterAuth, Self::Hallpass, Self::HallpassPostgres];

    /// Whether it is measured unless told otherwise.
    pub(crate) fn is_usual(self) -> bool {
        self != Self::HallpassPostgres
    }

    /// The URL of the database of [`Self::HallpassPostgres`].
    pub(crate) fn postgres() -> Result<String> {
        env::var(POSTGRES)
            .with_context(|| format!("{POSTGRES} names no database: `cargo xtask bench http` starts one"))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BetterAuth => "better-auth",
            Self::Hallpass => "hallpass",
            Self::HallpassPostgres => "hallpass-postgres",
        }
    }

    /// Its version, and that of what it runs on.
    pub(crate) fn version(self) -> Result<String> {
        match self {
            Self::BetterAuth => {
                let manifest = project().join("tests/wire/node_modules/better-auth/package.json");
                let manifest: serde_json::Value = serde_json::from_str(&fs::read_to_string(manifest)?)?;
                let version = manifest.get("version").and_then(|v| v.as_str()).context("no version")?;
                let node = Command::new("node").arg("--version").output()?.stdout;
                let node = String::from_utf8_lossy(&node);
                Ok(format!("{version}, Node {}", node.trim().trim_start_matches('v')))
            }
            Self::Hallpass | Self::HallpassPostgres => Ok(env!("CARGO_PKG_VERSION").to_owned()),
        }
    }

    /// Its database in `folder`.
    pub(crate) fn database(folder: &Path) -> PathBuf {
        folder.join("auth.db")
    }

    /// Builds or installs it.
    pub(crate) fn prepare(self) -> Result<()> {
        let command = match self {
            Self::BetterAuth => {
                let mut npm = Command::new("npm");
                npm.args(["--prefix", "tests/wire", "run", "--silent", "setup"]);
                npm
            }
            Self::Hallpass | Self::HallpassPostgres => {
                let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
                cargo.args(["build", "--release", "--package", "quickstart"]);
                if self == Self::HallpassPostgres {
                    cargo.args(["--features", "postgres"]);
                }
                cargo
            }
        };
        eprintln!("preparing {} …", self.name());
        self.run(command)
    }

    /// Makes its tables in `folder`, where that is not done by the server itself.
    pub(crate) fn migrate(self, folder: &Path) -> Result<()> {
        match self {
            Self::BetterAuth => {
                let mut node = self.node(folder);
                node.arg("--migrate");
                self.run(node)
            }
            Self::Hallpass | Self::HallpassPostgres => Ok(()),
        }
    }

    /// The command that serves on `port` of the loopback address, with its database in `folder`; with sessions also in
    /// cookies if it is `caching`.
    pub(crate) fn serve(self, port: u16, folder: &Path, target: &Path, caching: bool) -> Result<Command> {
        let database = match self {
            Self::HallpassPostgres => Self::postgres()?,
            Self::BetterAuth | Self::Hallpass => format!("sqlite:{}", Self::database(folder).display()),
        };
        Ok(match self {
            Self::BetterAuth => {
                let mut node = self.node(folder);
                node.args(["--port", &port.to_string()]);
                if caching {
                    node.arg("--cookie-cache");
                }
                node
            }
            Self::Hallpass | Self::HallpassPostgres => {
                let program =
                    target.join("release").join("quickstart").with_extension(env::consts::EXE_EXTENSION);
                let mut quickstart = Command::new(program);
                quickstart
                    .env("PORT", port.to_string())
                    .env("DATABASE_URL", database)
                    .env("HALLPASS_SECRET", SECRET)
                    .env("RATE_LIMIT", "off")
                    .env("COOKIE_CACHE", if caching { "on" } else { "off" })
                    .env_remove("BASE_URL")
                    .env_remove("REDIS_URL")
                    .current_dir(folder);
                quickstart
            }
        })
    }

    fn node(self, folder: &Path) -> Command {
        let mut node = Command::new("node");
        node.arg(project().join("benches/better-auth-server.mjs"))
            .arg("--modules")
            .arg(project().join("tests/wire"))
            .arg("--database")
            .arg(Self::database(folder))
            .env("NODE_ENV", "production")
            .env("BETTER_AUTH_SECRET", SECRET);
        node
    }

    fn run(self, mut command: Command) -> Result<()> {
        let name = self.name();
        command.current_dir(project()).stdin(Stdio::null());
        let status = command.status().with_context(|| format!("cannot start what prepares {name}"))?;
        ensure!(status.success(), "preparing {name} failed: {status}");
        Ok(())
    }
}

/// The root of the project.
fn project() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).join("..")
}
