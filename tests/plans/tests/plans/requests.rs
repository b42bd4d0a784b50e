//! How many statements a request takes.

use std::sync::Arc;

use bytes::Bytes;
use hallpass::password::{Argon2id, InlineHasher, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::store::Store;
use hallpass::{
    Auth, AuthBuilder, EmailPassword, MemoryStorage, MemoryStore, RateLimitOptions, SecondaryOptions,
    SessionPlacement, VerificationPlacement,
};
use hallpass_plans::Recorder;
use hallpass_sql::{SqlConnection, SqlStore};
use hallpass_testing::{FaultyStorage, FaultyStore, MockClock};
use http::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use http::{Method, Request};

use crate::databases::{mysql, postgres, sqlite};

const ADA: &str = r#"{"name": "Ada", "email": "ada@example.com", "password": "password1234"}"#;

fn auth(store: Arc<dyn Store>, configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Auth {
    let weak = Argon2id::danger_weaker_than_owasp(8, 1, 1).unwrap();
    let hasher = InlineHasher::new(PasswordScheme::Argon2id(weak), Arc::new(SystemRandom::default()));
    let builder = Auth::builder_over(store)
        .secret("better-auth-golden-secret-0123456789abcdef")
        .base_url("http://localhost:3000")
        .email_password(EmailPassword::default())
        .danger_without_rate_limit()
        .password_hasher(hasher);
    configure(builder).build().unwrap()
}

/// Sends a request, and gives the cookie that came back.
async fn send(auth: &Auth, method: Method, path: &str, cookie: &str, body: &'static str) -> String {
    let request = Request::builder().method(method).uri(format!("/api/auth{path}"));
    let request = request.header(ORIGIN, "http://localhost:3000").header(COOKIE, cookie);
    let request = request.header(CONTENT_TYPE, "application/json");
    let answer = auth.handle(request.body(Bytes::from_static(body.as_bytes())).unwrap()).await;
    assert_eq!(answer.status(), 200, "{path}: {answer:?}");
    assert_ne!(answer.body(), "null", "{path}");
    let cookie = answer.headers().get(SET_COOKIE).map(|line| line.to_str().unwrap().to_owned());
    cookie.unwrap_or_default().split(';').next().unwrap_or_default().to_owned()
}

/// The statements of each round trip that the requests took, over a database.
async fn statements<C: SqlConnection + Clone>(connection: C) {
    SqlStore::new(connection.clone()).migrate().await.unwrap();
    let recorder = Recorder::new(connection);
    let store = SqlStore::new(recorder.clone());
    let auth = auth(Arc::new(store), |builder| builder);
    let cookie = send(&auth, Method::POST, "/sign-up/email", "", ADA).await;
    let trips = async |method, path: &str, body| {
        recorder.begin();
        send(&auth, method, path, &cookie, body).await;
        recorder.calls().iter().map(Vec::len).collect::<Vec<_>>()
    };
    let dialect = recorder.dialect();
    assert_eq!(trips(Method::GET, "/get-session", "").await, [1], "{dialect:?}");
    assert_eq!(trips(Method::GET, "/list-sessions", "").await, [1, 1], "{dialect:?}");
    let other = trips(Method::POST, "/revoke-other-sessions", "{}").await;
    assert_eq!(other, [1, 1], "{dialect:?}");
    // Who it is, the session, and that the password was not taken away meanwhile.
    recorder.begin();
    send(&auth, Method::POST, "/sign-in/email", "", ADA).await;
    let sign_in: Vec<_> = recorder.calls().iter().map(Vec::len).collect();
    assert_eq!(sign_in, [1, 1, 1], "{dialect:?}");
}

/// The same where requests are counted in the database, and those against floods in memory.
async fn counted<C: SqlConnection + Clone>(connection: C) {
    SqlStore::new(connection.clone()).migrate().await.unwrap();
    let recorder = Recorder::new(connection);
    let store = SqlStore::new(recorder.clone());
    let clock = Arc::new(MockClock::new());
    let auth = auth(Arc::new(store.clone()), |builder| {
        let limits = builder.clock(Arc::clone(&clock) as Arc<_>).rate_limit(RateLimitOptions::default());
        limits.rate_limit_storage(store.storage(clock)).default_limit_in_memory()
    });
    let trips = || recorder.calls().len();
    let cookie = send(&auth, Method::POST, "/sign-up/email", "", ADA).await;
    recorder.begin();
    send(&auth, Method::GET, "/get-session", &cookie, "").await;
    let get_session = trips();
    recorder.begin();
    send(&auth, Method::POST, "/sign-in/email", "", ADA).await;
    let sign_in = trips();
    assert_eq!((get_session, sign_in), (1, 4), "{:?}", recorder.dialect());
}

#[tokio::test]
async fn who_is_signed_in_is_one_query_where_requests_are_counted_in_the_database() {
    counted(sqlite()).await;
    counted(postgres().await).await;
    counted(mysql().await).await;
}

#[tokio::test]
async fn who_is_signed_in_is_one_query_on_sqlite() {
    statements(sqlite()).await;
}

#[tokio::test]
async fn who_is_signed_in_is_one_query_on_postgres() {
    statements(postgres().await).await;
}

#[tokio::test]
async fn who_is_signed_in_is_one_query_on_mysql() {
    statements(mysql().await).await;
}

/// The calls of the storage, of which each is one command where it is Redis, and those of the database.
async fn calls(sessions: SessionPlacement) -> (Vec<&'static str>, Vec<&'static str>) {
    let clock = Arc::new(MockClock::new());
    let storage = Arc::new(FaultyStorage::new(MemoryStorage::new(clock.clone(), 1_000)));
    let database = Arc::new(FaultyStore::new(MemoryStore::new()));
    let options = SecondaryOptions { sessions, verifications: VerificationPlacement::default() };
    let auth = auth(Arc::clone(&database) as Arc<_>, |builder| {
        builder.clock(clock).secondary_storage(Arc::clone(&storage), options)
    });
    let cookie = send(&auth, Method::POST, "/sign-up/email", "", ADA).await;
    storage.disarm();
    database.disarm();
    send(&auth, Method::GET, "/get-session", &cookie, "").await;
    (storage.calls(), database.calls())
}

#[tokio::test]
async fn who_is_signed_in_is_one_query_of_a_database_that_decides_and_nothing_of_the_storage() {
    for sessions in [SessionPlacement::AlsoInDatabase, SessionPlacement::DatabaseOnly] {
        assert_eq!(calls(sessions).await, (vec![], vec!["session"]), "{sessions:?}");
    }
}

/// The session, and whether all of the user's are void: the second key is known by the first's value.
#[tokio::test]
async fn who_is_signed_in_is_two_reads_of_a_storage_that_decides_and_nothing_of_the_database() {
    for sessions in [SessionPlacement::StorageOnly, SessionPlacement::RecordedInDatabase] {
        assert_eq!(calls(sessions).await, (vec!["get", "get"], vec![]), "{sessions:?}");
    }
}
