//! Secrets, completions, manuals, and what is wrong.

use std::process::Command;

use crate::common::{Site, run};

#[test]
fn a_secret_is_long_and_another_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (run(folder.path(), &["secret"]), run(folder.path(), &["secret"]));
    assert_eq!((one.code, one.out.trim().len()), (0, 44));
    assert_ne!(one.out, other.out);
}

#[test]
fn shells_and_manuals_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let completions = run(folder.path(), &["completions", shell]);
        assert_eq!(completions.code, 0);
        for command in ["migrate", "import", "skip-existing", "sweep"] {
            assert!(completions.out.contains(command), "{shell}: {command}");
        }
    }
    assert_eq!(run(folder.path(), &["completions", "tcsh"]).code, 2);
    assert_eq!(run(folder.path(), &["man", "."]).code, 0);
    for page in ["hallpass.1", "hallpass-import.1", "hallpass-users-find.1"] {
        let page = std::fs::read_to_string(folder.path().join(page)).unwrap();
        assert!(page.contains(".SH NAME"), "{page}");
    }
    let nowhere = run(folder.path(), &["man", "missing"]);
    assert!(nowhere.code == 1 && nowhere.err.contains("missing"), "{nowhere:?}");
}

#[tokio::test]
async fn what_is_wrong_is_said_with_a_code_and_without_a_secret() {
    let site = Site::new().await;
    for (arguments, code, said) in [
        (&["--database", "mssql://ada:hunter2@db/app", "doctor"][..], 1, "mssql"),
        (&["--database", "mysql://ada:hunter2@localhost/app?socket=/nowhere", "doctor"], 1, "PROBLEM"),
        (&["--database", "mysql://ada:hunter2@:x/app", "doctor"], 1, "mysql://user@host"),
        (&["--database", "mysql://ada:hunter2@localhost", "doctor"], 1, "names no database"),
        (&["--database", "postgres://ada:hunter2@localhost/app?host=/nowhere", "doctor"], 1, "PROBLEM"),
        (&["--database", "postgres://ada:hunter2@:x/app", "doctor"], 1, "postgres://user@host"),
        (&["--database", "sqlite:app.db", "--schema", "auth", "doctor"], 1, "PostgreSQL"),
        (&["doctor"], 1, "--database"),
        (&["--database", "app.db", "doctor"], 1, "sqlite:app.db"),
        (&["--database", "sqlite:app.db", "--layout", "snake", "doctor"], 1, "layout"),
        (&["--database", "sqlite:missing.db", "sessions", "sweep"], 1, "hallpass migrate"),
        (&["users"], 2, "Usage"),
        (&["secret", "--plugin", "none"], 2, "username"),
    ] {
        let run = run(site.folder.path(), arguments);
        let all = format!("{}{}", run.out, run.err);
        assert!(run.code == code && all.contains(said) && !all.contains("hunter2"), "{arguments:?}: {run:?}");
    }
    let good = "kC4pVx7TnW2qLz9RbY6mHd3fJs8gAe5uQ1tNv0iZoX4=";
    for (secret, url, code) in [
        (good, "https://app.example.com", 0),
        (good, "http://localhost:3000", 0),
        ("too short", "https://app.example.com", 1),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "https://app.example.com", 1),
        (good, "http://localhost.evil.example", 1),
        (good, "app.example.com", 1),
    ] {
        let doctor = Command::new(env!("CARGO_BIN_EXE_hallpass"))
            .args(["--database", "sqlite:app.db", "doctor"])
            .current_dir(site.folder.path())
            .env("HALLPASS_SECRET", secret)
            .env("BASE_URL", url)
            .output()
            .unwrap();
        let out = String::from_utf8_lossy(&doctor.stdout);
        assert!(doctor.status.code() == Some(code) && !out.contains(secret), "{secret} {url}: {out}");
    }
}
