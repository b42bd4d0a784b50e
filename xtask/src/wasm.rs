//! The core and its SQL compile for Cloudflare Workers.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::apt;
use crate::command::{capture, find, run};
use crate::project::Project;

const TARGET: &str = "wasm32-unknown-unknown";

/// The crates that promise to know no runtime and no operating system.
const CRATES: [&str; 4] = ["hallpass", "hallpass-axum", "hallpass-jwt", "hallpass-sql"];

/// A compiler that can check for the target.
#[derive(Debug)]
pub(crate) enum Compiler {
    /// Cargo's own, with the target installed.
    WithTarget,
    /// A compiler that lies beside the sources of the standard library, which cargo builds first.
    WithSources(PathBuf),
}

impl Compiler {
    /// Has `cargo` build for the target, in a folder of its own, since two compilers may be in play; and says where what it makes
    /// will be, each profile in a folder of its name.
    pub(crate) fn target(&self, project: &Project, cargo: &mut Command) -> Result<PathBuf> {
        let folder = project.target.join("wasm");
        cargo.args(["--target", TARGET, "--target-dir"]).arg(&folder).env_remove("RUSTFLAGS");
        if let Self::WithSources(rustc) = self {
            cargo.args(["-Z", "build-std=std,panic_abort"]);
            cargo.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker(project)?);
        }
        Ok(folder.join(TARGET))
    }
}

/// What links for the target: of rustup's compiler, or Debian's.
fn linker(project: &Project) -> Result<PathBuf> {
    let sysroot = print(&mut project.command("rustc"), "sysroot").context("there is no rustc")?;
    let host = capture(project.command("rustc").arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let own = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
    let found = [own, PathBuf::from("/usr/bin/rust-lld"), PathBuf::from("/usr/bin/wasm-ld")];
    found.into_iter().find(|linker| linker.is_file()).context("no rust-lld, and no wasm-ld (Debian: lld)")
}

/// Checks the crates for the target.
pub(crate) fn step(project: &Project) -> Result<String> {
    let compiler = compiler(project)?;
    let mut check = project.cargo(["check", "--locked"]);
    compiler.target(project, &mut check)?;
    for name in CRATES {
        check.args(["--package", name]);
    }
    // Which source of randomness a Worker has is the final crate's choice, and there is none here.
    check.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", r#"--cfg getrandom_backend="unsupported""#);
    let how = match &compiler {
        Compiler::WithTarget => "with the installed target".to_owned(),
        Compiler::WithSources(rustc) => {
            format!("by {}, with its standard library built from source", rustc.display())
        }
    };
    run(&mut check)?;
    Ok(format!("{} {how}", CRATES.join(", ")))
}

/// The first that is there, else the first that can be had: rustup's target, or Debian's compiler for the
/// web with the sources of the standard library.
pub(crate) fn compiler(project: &Project) -> Result<Compiler> {
    if let Some(compiler) = installed(project) {
        return Ok(compiler);
    }
    if find("rustup").is_some() {
        println!("{TARGET} is not installed; asking rustup for it");
        match capture(project.command("rustup").args(["target", "add", TARGET])) {
            Ok(_) => return installed(project).context("rustup added the target, and it is not there"),
            Err(error) => println!("rustup could not: {}", error.root_cause()),
        }
    }
    apt::install(&["rustc-web", "rust-web-src"])
        .with_context(|| format!("`rustup target add {TARGET}` is the other way"))?;
    installed(project).context("Debian's rustc-web is older than this workspace's rust-version")
}

fn installed(project: &Project) -> Option<Compiler> {
    let libraries = print(project.command("rustc").args(["--target", TARGET]), "target-libdir");
    if libraries.is_some_and(|folder| holds_standard_library(&folder)) {
        return Some(Compiler::WithTarget);
    }
    ["rustc", "/usr/bin/rustc"].into_iter().map(PathBuf::from).find_map(|rustc| {
        let sysroot = print(&mut Command::new(&rustc), "sysroot")?;
        let has_sources = sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file();
        let version = capture(Command::new(&rustc).arg("--version")).ok()?;
        (has_sources && is_new_enough(&version)).then_some(Compiler::WithSources(rustc))
    })
}

fn print(rustc: &mut Command, what: &str) -> Option<PathBuf> {
    capture(rustc.args(["--print", what])).ok().map(|path| PathBuf::from(path.trim()))
}

fn holds_standard_library(folder: &Path) -> bool {
    let Ok(files) = folder.read_dir() else { return false };
    files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Whether `rustc --version` is at least the workspace's `rust-version`.
fn is_new_enough(version_line: &str) -> bool {
    release(version_line).is_some_and(|release| Some(release) >= minor(env!("CARGO_PKG_RUST_VERSION")))
}

fn release(version_line: &str) -> Option<(u32, u32)> {
    minor(version_line.split_whitespace().nth(1)?)
}

fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    Some((parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_compiler_is_not_used_and_a_newer_one_is() {
        assert!(!is_new_enough("rustc 1.85.0 (4d91de4e4 2025-02-17) (built from a source tarball)"));
        assert!(is_new_enough("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"));
        assert!(is_new_enough("rustc 2.0.0-nightly"));
        assert!(!is_new_enough("no compiler at all"));
    }
}
