//! What people at a terminal see: questions, and how far something is. The terminal is `script`'s, of util-linux.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::common::{EMAIL, PASSWORD, Site};

impl Site {
    /// The command at a terminal at which `typed` is typed, and all that is shown there.
    fn at_terminal(&self, arguments: &str, typed: &str) -> (i32, String) {
        let command = format!("'{}' --database sqlite:app.db {arguments}", env!("CARGO_BIN_EXE_hallpass"));
        let mut script = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .current_dir(self.folder.path())
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .env_remove("DATABASE_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("script of util-linux: {error}"));
        script.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let output = script.wait_with_output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

#[tokio::test]
async fn a_user_is_deleted_when_it_is_confirmed_and_not_otherwise() {
    let site = Site::new().await;
    for (typed, is_deleted) in
        [("n\n", false), ("\n", false), ("yes please\n", false), ("\u{4}", false), ("y\n", true)]
    {
        let (code, shown) = site.at_terminal(&format!("users delete {EMAIL}"), typed);
        assert!(shown.contains(EMAIL) && shown.contains("[y/N]"), "{typed:?}: {shown}");
        let rows = site.rows().await;
        assert_eq!(rows.first() == Some(&0), is_deleted, "{typed:?}: {code} {shown}");
        assert_eq!(code == 0, is_deleted, "{typed:?}: {shown}");
    }
}

#[tokio::test]
async fn a_plan_is_applied_when_it_is_confirmed_and_not_otherwise() {
    let site = Site::new().await;
    let (code, shown) = site.at_terminal("migrate --plugin username", "n\n");
    assert!(code == 1 && shown.contains("username") && shown.contains("nothing was changed"), "{shown}");
    let (code, shown) = site.at_terminal("migrate --plugin username", "y\n");
    assert!(code == 0 && shown.contains("applied"), "{shown}");
    // Whoever said so beforehand, or reads by a program, is asked nothing.
    for arguments in ["migrate --yes --plugin jwt", "--json migrate --plugin anonymous"] {
        let (code, shown) = site.at_terminal(arguments, "");
        assert!(code == 0 && !shown.contains("[y/N]") && shown.contains("applied"), "{shown}");
    }
}

#[tokio::test]
async fn how_far_an_import_is_is_shown_to_people_and_to_nobody_else() {
    let site = Site::new().await;
    let users = |from: u32| {
        let rows = (from..from + 300).map(|number| format!("user{number}@example.com\n"));
        format!("email\n{}", rows.collect::<String>())
    };
    fs::write(site.folder.path().join("users.csv"), users(0)).unwrap();
    let (code, shown) = site.at_terminal("import users.csv", "");
    assert!(code == 0 && shown.contains("imported 300 users"), "{shown}");
    for part in ["checking", "importing", " of 300"] {
        assert!(shown.contains(part), "{part}: {shown:?}");
    }
    fs::write(site.folder.path().join("users.csv"), users(300)).unwrap();
    let (code, shown) = site.at_terminal("--json import users.csv", "");
    assert!(code == 0 && !shown.contains(" of 300") && shown.contains("\"imported\": 300"), "{shown}");
    let piped = site.import("users.csv", &users(600), &[]);
    assert_eq!((piped.code, piped.err.as_str()), (0, ""), "{piped:?}");
    assert!(site.auth.sign_in_email(hallpass::SignInEmail::new(EMAIL, PASSWORD)).await.is_ok());
}
