//! The program, run as a person runs it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// An empty directory of the test's own.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&path));
    fs::create_dir_all(&path).unwrap();
    path
}

fn program(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    command.current_dir(directory).env_clear().env("PORT", "0");
    command
}

struct Running {
    child: Child,
    port: String,
}

impl Running {
    fn start(directory: &Path) -> Self {
        let mut child = program(directory).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("listening on http://localhost:").unwrap().to_owned();
        Self { child, port }
    }

    /// The whole answer, head and body.
    fn send(&self, line: &str, origin: &str, body: &str) -> String {
        let mut socket = TcpStream::connect(format!("127.0.0.1:{}", self.port)).unwrap();
        let length = body.len();
        let head = format!(
            "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\norigin: {origin}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        socket.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

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
    for (name, value) in [("DATABASE_URL", "postgres://localhost/app"), ("REDIS_URL", "redis://localhost")] {
        let Output { status, stderr, .. } = program(&directory("refusal")).env(name, value).output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(name), "{stderr}");
    }
}

#[test]
fn the_app_is_forty_lines() {
    assert!(include_str!("../src/main.rs").lines().count() <= 40);
}
