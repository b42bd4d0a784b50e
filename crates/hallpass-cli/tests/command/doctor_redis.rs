//! What the doctor says of Redis.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Site, run_with};

/// A Redis of a test's own, by a socket in its folder unless its arguments say otherwise.
struct Redis {
    folder: TempDir,
    process: Child,
}

impl Redis {
    fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments)
    }

    fn start_in(folder: TempDir, arguments: &[&str]) -> Self {
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--unixsocket"]).arg(folder.path().join("socket"));
        command.arg("--dir").arg(folder.path()).args(arguments).stdin(Stdio::null());
        let started = command.stdout(Stdio::piped()).spawn();
        // `cargo xtask test --only nextest` installs it.
        let mut process = started.unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.any(|line| line.contains("ready to accept connections at")), "it has ended");
        Self { folder, process }
    }

    fn url(&self) -> String {
        format!("redis+unix://{}", self.folder.path().join("socket").display())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// What is said of Redis, as state, text and remedy; and the exit code.
fn doctor(folder: &Path, url: &str, environment: &[(&str, &str)]) -> (i32, Vec<[String; 3]>) {
    let arguments = ["--json", "--database", "sqlite:app.db", "doctor", "--redis", url];
    let run = run_with(folder, &arguments, environment);
    assert!(!(run.out.clone() + &run.err).contains("hunter"), "{run:?}");
    let findings: Vec<Value> = serde_json::from_str(&run.out).unwrap();
    let of_redis = findings.iter().filter(|finding| finding["about"] == "redis");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let shown = of_redis.map(|finding| ["state", "found", "remedy"].map(|name| text(&finding[name])));
    (run.code, shown.collect())
}

#[tokio::test]
async fn settings_that_lose_sessions_are_told_with_what_to_set() {
    let site = Site::new().await;
    for (arguments, code, expected) in [
        (
            &["--maxmemory-policy", "allkeys-lru", "--appendonly", "yes"][..],
            1,
            ["problem", "maxmemory-policy allkeys-lru", "set `maxmemory-policy noeviction`"],
        ),
        (&[], 0, ["notice", "keeps nothing on disk", "set `appendonly yes`"]),
        (&["--save", "3600 1"], 0, ["notice", "keeps snapshots only", "set `appendonly yes`"]),
        (&["--appendonly", "yes"], 0, ["good", "keeps what it is given", ""]),
    ] {
        let redis = Redis::start(arguments);
        let (exit, found) = doctor(site.folder.path(), &redis.url(), &[]);
        let [found] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(exit, code, "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{arguments:?}: {found}");
        }
    }
}

#[tokio::test]
async fn a_cluster_is_looked_at_node_by_node_by_the_address_of_any() {
    let site = Site::new().await;
    let urls = std::env::var("HALLPASS_TEST_REDIS_CLUSTER").unwrap();
    let (first, _) = urls.split_once(',').unwrap();
    for named in [first, &urls] {
        let (exit, found) = doctor(site.folder.path(), named, &[]);
        assert_eq!((exit, found.len()), (0, 3), "{found:?}");
        assert!(found.iter().all(|[state, found, _]| state == "notice" && found.contains("keeps nothing")));
    }
}

#[tokio::test]
async fn what_cannot_be_reached_is_a_problem_and_no_password_is_shown() {
    let site = Site::new().await;
    let redis = Redis::start(&["--requirepass", "hunter2"]);
    let nobody = format!("redis+unix://{}/nobody", redis.folder.path().display());
    let wrong = format!("{}?pass=hunter3", redis.url());
    for (url, expected) in [
        (nobody.as_str(), "cannot be reached"),
        (&wrong, "refused the user or the password"),
        ("hunter2", "must read `redis://"),
        ("http://ada:hunter2@localhost", "must read `redis://"),
    ] {
        let (exit, found) = doctor(site.folder.path(), url, &[]);
        let [[state, text, remedy]] = found.as_slice() else { panic!("{found:?}") };
        assert!(
            exit == 1 && state == "problem" && text.contains(expected) && !remedy.is_empty(),
            "{found:?}"
        );
    }
    let right = format!("{}?pass=hunter2", redis.url());
    assert_eq!(doctor(site.folder.path(), &right, &[]).0, 0);
}

#[tokio::test]
async fn a_server_behind_tls_is_reached_if_its_certificate_is_trusted_and_for_that_name() {
    let site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    for (name, text) in
        [("ca.pem", authority.pem()), ("server.pem", certificate.pem()), ("server.key", key.serialize_pem())]
    {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (certificate, key, ca) = (file("server.pem"), file("server.key"), file("ca.pem"));
    let port = port.to_string();
    let _redis = Redis::start(&[
        "--bind",
        "127.0.0.1",
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &ca,
        "--tls-auth-clients",
        "no",
        "--appendonly",
        "yes",
    ]);
    let trusted = [("SSL_CERT_FILE", ca.as_str())];
    let by_name = format!("rediss://localhost:{port}");
    let (exit, found) = doctor(site.folder.path(), &by_name, &trusted);
    assert!(exit == 0 && found[0][0] == "good", "{found:?}");
    for (url, environment) in [(&by_name, &[][..]), (&format!("rediss://127.0.0.1:{port}"), &trusted[..])] {
        let (exit, found) = doctor(site.folder.path(), url, environment);
        assert!(exit == 1 && found[0][1].contains("cannot be reached"), "{url}: {found:?}");
    }
}
