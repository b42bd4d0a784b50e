//! Each feature brings its own driver and no other.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::Command;

/// The packages that one needs who takes this feature alone.
fn packages(feature: &str) -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--package", "hallpass-sqlx", "--edges", "normal,build", "--prefix", "none"])
        .args(["--no-default-features", "--features", feature, "--locked", "--offline"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn a_feature_brings_its_driver_and_no_other() {
    const DRIVERS: [(&str, &[&str]); 3] = [
        ("mysql", &["sqlx-mysql"]),
        ("postgres", &["sqlx-postgres"]),
        ("sqlite", &["sqlx-sqlite", "libsqlite3-sys"]),
    ];
    for (feature, own) in DRIVERS {
        let packages = packages(feature);
        for (other, drivers) in DRIVERS {
            for driver in drivers {
                let is_there = packages.iter().any(|package| package == driver);
                assert_eq!(is_there, own.contains(driver), "{driver} of {other}, by the feature {feature}");
            }
        }
    }
    let without = packages("");
    assert!(
        !without.iter().any(|package| package.starts_with("sqlx-") && package != "sqlx-core"),
        "{without:?}"
    );
}
