//! The program, run as a person runs it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod running;
#[cfg(all(feature = "postgres", feature = "redis"))]
mod shared;

use std::fs;
use std::process::{Command, Output};

use running::{Running, directory, program};

#[test]
fn who_signed_up_can_sign_in_after_a_restart_by_either_name_of_the_machine() {
    let directory = directory("restart");
    let who = r#"{"name":"Ada","email":"ada@example.com","password":"correct horse"}"#;
    let first = Running::start(&directory);
    let page = first.send("GET /", "", "");
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("<title>hallpass quickstart</title>"),
        "{page}"
    );
    let local = format!("http://localhost:{}", first.port);
    let signed_up = first.send("POST /api/auth/sign-up/email", &local, who);
    assert!(signed_up.starts_with("HTTP/1.1 200"), "{signed_up}");
    let cookie =
        |answer: &str| answer.lines().any(|line| line.starts_with("set-cookie: better-auth.session_token="));
    assert!(cookie(&signed_up), "{signed_up}");
    drop(first);

    let second = Running::start(&directory);
    let numeric = format!("http://127.0.0.1:{}", second.port);
    let signed_in = second.send("POST /api/auth/sign-in/email", &numeric, who);
    assert!(signed_in.starts_with("HTTP/1.1 200") && cookie(&signed_in), "{signed_in}");
    let refused = second.send("POST /api/auth/sign-in/email", "http://evil.example", who);
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
}

#[test]
fn the_secret_is_kept_for_its_owner_and_used_again() {
    let directory = directory("secret");
    let secret = directory.join("quickstart.secret");
    drop(Running::start(&directory));
    let kept = fs::read_to_string(&secret).unwrap();
    assert!(kept.len() >= 32);
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&secret).unwrap().permissions()) & 0o777,
        0o600
    );
    drop(Running::start(&directory));
    assert_eq!(fs::read_to_string(&secret).unwrap(), kept);
}

#[test]
fn an_empty_secret_ends_it_with_an_error_that_names_the_file() {
    let directory = directory("empty-secret");
    let secret = directory.join("quickstart.secret");
    drop(Running::start(&directory));
    fs::write(&secret, "").unwrap();
    let Output { status, stderr, .. } = program(&directory).output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("quickstart.secret") && stderr.contains("has 0 characters"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_a_request_to_terminate_end_it_with_success() {
    for signal in ["INT", "TERM"] {
        let mut running = Running::start(&directory(signal));
        let kill = format!("kill -{signal} {}", running.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let status = running.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{status}");
    }
}

#[test]
fn settings_that_cannot_be_followed_end_it_with_code_2() {
    for (name, value) in [
        ("DATABASE_URL", "mysql://localhost/app"),
        // Without the features, or without a secret.
        ("DATABASE_URL", "postgres://localhost/app"),
        ("REDIS_URL", if cfg!(feature = "redis") { "localhost" } else { "redis://localhost" }),
    ] {
        let Output { status, stderr, .. } = program(&directory("refusal")).env(name, value).output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(name), "{stderr}");
    }
}

#[test]
fn the_app_is_forty_lines() {
    assert!(include_str!("../../src/main.rs").lines().count() <= 40);
}
