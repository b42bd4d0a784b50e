//! Nothing usable is left behind: no password and no token in the database's files or in the log, in whatever
//! spelling.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hallpass::mailer::MailKind;
use hallpass::{Auth, EmailPassword, SignInEmail, SignUpEmail, UserDeletion};
use hallpass_sqlite::{Sqlite, SqliteStore};
use hallpass_testing::{ImmediateTasks, StubMailer};
use http::header::{COOKIE, HeaderMap, HeaderValue};
use tracing_subscriber::fmt::MakeWriter;

use crate::process::SECRET;

const PASSWORD: &str = "a planted password, 0123456789";

/// A log that is kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The spellings in which a secret would give itself away.
fn spellings(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut found = vec![secret.to_owned(), hex.to_uppercase(), hex];
    // Base64 of the secret within a longer text, at each of the three alignments, without the uncertain ends.
    for skip in 0..3 {
        let bytes = secret.as_bytes().get(skip..).unwrap();
        let whole = bytes.get(..bytes.len() / 3 * 3).unwrap();
        found.extend([STANDARD_NO_PAD.encode(whole), URL_SAFE_NO_PAD.encode(whole)]);
    }
    found
}

fn assert_absent(secret: &str, place: &str, bytes: &[u8]) {
    for spelling in spellings(secret) {
        let needle = spelling.as_bytes();
        let is_there = bytes.windows(needle.len()).any(|window| window == needle);
        assert!(!is_there, "a secret, spelt {spelling:?}, is in {place}");
    }
}

fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect()
}

#[tokio::test]
async fn no_password_and_no_token_is_in_a_file_or_a_log() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::new(Sqlite::open(directory.path().join("at-rest.db")).unwrap());
    store.migrate().await.unwrap();
    let (mailer, tasks) = (Arc::new(StubMailer::new()), Arc::new(ImmediateTasks::new()));
    let auth = Auth::builder(store.clone())
        .secret(SECRET)
        .base_url("http://localhost:3000")
        .email_password(EmailPassword::default())
        .user_deletion(UserDeletion { by_mail: true, ..UserDeletion::default() })
        .mailer(Arc::clone(&mailer))
        .background_tasks(Arc::clone(&tasks))
        .build()
        .unwrap();
    auth.sign_up_email(SignUpEmail::new("A", "planted@example.com", PASSWORD)).await.unwrap();
    let signed_in = auth.sign_in_email(SignInEmail::new("planted@example.com", PASSWORD)).await.unwrap();
    let wrong = "a planted wrong password 987654";
    auth.sign_in_email(SignInEmail::new("planted@example.com", wrong)).await.unwrap_err();
    // Over HTTP too, good and bad, so that everything that logs has logged.
    let cookie = signed_in.cookies(&auth, None).remove(0);
    let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&pair).unwrap())]);
    let request = |method: &str, path: &str, body: String| {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("http://localhost:3000/api/auth{path}"))
            .header("content-type", "application/json")
            .header("origin", "http://localhost:3000")
            .body(body.into())
            .unwrap();
        request.headers_mut().extend(headers.clone());
        auth.handle(request)
    };
    for password in [PASSWORD, wrong] {
        let body = serde_json::json!({"email": "planted@example.com", "password": password, "callbackURL": "//evil"});
        request("POST", "/sign-in/email", body.to_string()).await;
    }
    assert_eq!(request("GET", "/get-session", String::new()).await.status(), 200);
    assert_eq!(
        request("POST", "/sign-in/email", format!("{{\"password\":\"{PASSWORD}\"")).await.status(),
        400
    );

    // Tokens that were mailed, followed and not, and mails that were not sent.
    let body = r#"{"email":"planted@example.com","redirectTo":"/new"}"#.to_owned();
    for path in ["/request-password-reset", "/send-verification-email", "/delete-user"] {
        for refuses in [false, true] {
            mailer.refuse(refuses);
            request("POST", path, body.clone()).await;
            // What is done beside the answer waits for the disk.
            tasks.finish().await;
        }
    }
    let mails = mailer.take();
    let mailed: Vec<String> = mails.iter().filter_map(|mail| mail.token.clone()).collect();
    assert_eq!(mailed.len(), 3);
    for mail in &mails {
        let url = mail.url.as_deref().unwrap().strip_prefix("http://localhost:3000/api/auth").unwrap();
        request("GET", &url.replace("%2F", "//evil"), String::new()).await;
        if mail.kind != MailKind::DeleteAccount {
            request("GET", url, String::new()).await;
        }
    }

    let logged = log.0.lock().unwrap().clone();
    assert!(logged.windows(11).any(|window| window == b"get-session"), "the log has content");
    let files = files(directory.path());
    assert!(files.iter().any(|(_, bytes)| bytes.windows(19).any(|window| window == b"planted@example.com")));
    let mailed = mailed.iter().map(String::as_str);
    for secret in [PASSWORD, wrong, signed_in.token.expose(), SECRET].into_iter().chain(mailed) {
        assert_absent(secret, "the log", &logged);
        for (name, bytes) in &files {
            assert_absent(secret, name, bytes);
        }
    }
}
