//! A wire server that runs, and requests to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const SECRET: &str = "a-secret-of-the-wire-tests-0123456789abcdef";

/// The options of most tests: a file, no rate limits.
pub(crate) fn options(database: &Path) -> Value {
    json!({
        "baseURL": "http://localhost:3000",
        "secret": SECRET,
        "database": format!("sqlite:{}", database.display()),
        "emailAndPassword": {"enabled": true},
        "rateLimit": {"enabled": false},
    })
}

/// Writes the options file into `directory` and gives its path.
pub(crate) fn write_options(directory: &Path, options: &Value) -> PathBuf {
    let path = directory.join("options.json");
    std::fs::write(&path, options.to_string()).unwrap();
    path
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(directory: &Path, options: &Value) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wire-server"))
            .args(["--port", "0", "--control-port", "0", "--options"])
            .arg(write_options(directory, options))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").expect("the server says where it listens");
        Self { address: address.parse().unwrap(), child }
    }

    /// Ends the process as a power cut would, as far as a process can be ended so: SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Posts JSON and gives status and body; `None` if the server went away meanwhile.
pub(crate) fn post(address: SocketAddr, path: &str, body: &Value) -> Option<(u16, String)> {
    let body = body.to_string();
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let head = format!(
        "POST /api/auth{path} HTTP/1.1\r\nhost: localhost:3000\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// A sign-up's body.
pub(crate) fn sign_up(email: &str) -> Value {
    json!({"name": "A", "email": email, "password": "password1234"})
}
