//! What the official client sends, over a socket, to a server on this store.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::net::SocketAddr;

use hallpass::{Auth, EmailPassword};
use hallpass_redb::RedbStore;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const SIGN_UP: &str = r#"{"name":"Ada","email":"ada@example.com","password":"correct horse battery"}"#;
const SIGN_IN: &str = r#"{"email":"ada@example.com","password":"correct horse battery"}"#;

/// A server over `store`, and where it is.
async fn serve(store: RedbStore) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let auth = Auth::builder(store)
        .secret("kX8vPq2LrT5wYn7JbM3dFh6GcZ9sAe4U")
        .base_url(format!("http://{address}"))
        .email_password(EmailPassword::default());
    let app = hallpass_axum::router(auth.build().unwrap());
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(axum::serve(listener, app).into_future());
    address
}

/// Sends a request as a browser does, and gives the whole answer.
async fn send(server: SocketAddr, request: &str, cookie: &str, body: &str) -> String {
    let length = body.len();
    let text = format!(
        "{request} HTTP/1.1\r\nhost: {server}\r\norigin: http://{server}\r\ncookie: {cookie}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let mut connection = TcpStream::connect(server).await.unwrap();
    connection.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The session cookie that an answer sets.
fn cookie(answer: &str) -> &str {
    let line = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    line.split(';').next().unwrap()
}

#[tokio::test]
async fn a_user_signs_up_in_and_out_and_is_still_there_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.redb");
    let store = RedbStore::open(&file).unwrap();
    let server = serve(store).await;

    let signed_up = send(server, "POST /api/auth/sign-up/email", "", SIGN_UP).await;
    assert!(signed_up.starts_with("HTTP/1.1 200") && signed_up.contains("ada@example.com"), "{signed_up}");
    let again = send(server, "POST /api/auth/sign-up/email", "", SIGN_UP).await;
    assert!(again.starts_with("HTTP/1.1 422"), "{again}");

    let signed_in = send(server, "POST /api/auth/sign-in/email", "", SIGN_IN).await;
    assert!(signed_in.starts_with("HTTP/1.1 200"), "{signed_in}");
    let cookie = cookie(&signed_in);
    let session = send(server, "GET /api/auth/get-session", cookie, "").await;
    assert!(session.contains(r#""email":"ada@example.com""#), "{session}");

    let signed_out = send(server, "POST /api/auth/sign-out", cookie, "{}").await;
    assert!(signed_out.contains(r#"{"success":true}"#), "{signed_out}");
    let session = send(server, "GET /api/auth/get-session", cookie, "").await;
    assert!(session.ends_with("null"), "{session}");

    // A copy of the file is what a new process finds after a crash.
    let copy = folder.path().join("copy.redb");
    std::fs::copy(&file, &copy).unwrap();
    let server = serve(RedbStore::open(copy).unwrap()).await;
    let signed_in = send(server, "POST /api/auth/sign-in/email", "", SIGN_IN).await;
    assert!(signed_in.starts_with("HTTP/1.1 200"), "{signed_in}");
}

#[test]
fn a_file_that_is_open_is_refused_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.redb");
    let _open = RedbStore::open(&file).unwrap();
    let refused = RedbStore::open(&file).unwrap_err();
    let source = std::error::Error::source(&refused).unwrap().to_string();
    assert!(source.contains("already open"), "{source}");
}
