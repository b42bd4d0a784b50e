//! The program as a process, and requests to it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// An empty directory of the test's own.
pub(crate) fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&path));
    fs::create_dir_all(&path).unwrap();
    path
}

pub(crate) fn program(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    command.current_dir(directory).env_clear().env("PORT", "0");
    command
}

/// A process of it, and its port.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) port: String,
}

impl Running {
    pub(crate) fn start(directory: &Path) -> Self {
        Self::of(&mut program(directory))
    }

    pub(crate) fn of(program: &mut Command) -> Self {
        let mut child = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("listening on http://localhost:").unwrap().to_owned();
        Self { child, port }
    }

    /// The whole answer, head and body.
    pub(crate) fn send(&self, line: &str, origin: &str, body: &str) -> String {
        self.send_with(line, origin, "", body)
    }

    /// The same, of who has these cookies.
    pub(crate) fn send_with(&self, line: &str, origin: &str, cookie: &str, body: &str) -> String {
        let mut socket = TcpStream::connect(format!("127.0.0.1:{}", self.port)).unwrap();
        let length = body.len();
        let head = format!(
            "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\norigin: {origin}\r\n\
             cookie: {cookie}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
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
