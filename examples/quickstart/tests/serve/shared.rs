//! Two processes behind one PostgreSQL database and one Redis are one.

use hallpass_redis::redis;

use crate::running::{Running, directory, program};

const SECRET: &str = "a-secret-that-both-processes-are-told-0123456789";
const WHO: &str = r#"{"name":"Ada","email":"ada@example.com","password":"correct horse"}"#;
const WRONG: &str = r#"{"email":"ada@example.com","password":"a wrong guess"}"#;

/// A server that the tests were given.
fn server(variable: &str) -> String {
    let url = std::env::var(variable);
    url.map_err(|_| format!("{variable} names no server: `cargo xtask test --only nextest` starts one"))
        .unwrap()
}

/// Places of the test's own: a schema, and a numbered database of Redis.
async fn places() -> (String, String) {
    let postgres = server("HALLPASS_TEST_POSTGRES");
    let schema = format!("quickstart_{}", std::process::id());
    let pool = sqlx::PgPool::connect(&postgres).await.unwrap();
    let create = format!("drop schema if exists {schema} cascade; create schema {schema}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&pool).await.unwrap();
    let joint = if postgres.contains('?') { '&' } else { '?' };

    let redis = server("HALLPASS_TEST_REDIS");
    let redis = if redis.starts_with("redis+unix:") { format!("{redis}?db=7") } else { format!("{redis}/7") };
    let mut connection =
        redis::Client::open(redis.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("FLUSHDB").query_async(&mut connection).await.unwrap();
    (format!("{postgres}{joint}options[search_path]={schema}"), redis)
}

#[tokio::test]
async fn two_processes_share_sessions_and_limits() {
    let (postgres, redis) = places().await;
    let directory = directory("shared");
    let start = || {
        let mut program = program(&directory);
        program.env("DATABASE_URL", &postgres).env("REDIS_URL", &redis).env("HALLPASS_SECRET", SECRET);
        Running::of(program.env("BASE_URL", "http://localhost"))
    };
    let both = [start(), start()];
    let [first, second] = &both;
    let origin = "http://localhost";
    let sign_up = first.send("POST /api/auth/sign-up/email", origin, WHO);
    let set = sign_up.lines().find_map(|line| line.strip_prefix("set-cookie: better-auth.session_token="));
    let token = set.ok_or(&sign_up).unwrap().split(';').next().unwrap().to_owned();
    let cookie = format!("better-auth.session_token={token}");
    let is_signed_in = |process: &Running| {
        let answer = process.send_with("GET /api/auth/get-session", origin, &cookie, "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer.contains("ada@example.com")
    };
    assert!(is_signed_in(second), "the other process does not know the session");
    let sign_out = second.send_with("POST /api/auth/sign-out", origin, &cookie, "{}");
    assert!(sign_out.starts_with("HTTP/1.1 200"), "{sign_out}");
    assert!(!is_signed_in(first), "a session that one process ended lives in the other");

    // Three in ten seconds, whoever is asked.
    let guesses = both.iter().cycle().take(8).map(|process| {
        let answer = process.send("POST /api/auth/sign-in/email", origin, WRONG);
        answer.split(' ').nth(1).unwrap().to_owned()
    });
    let statuses: Vec<_> = guesses.collect();
    assert_eq!(statuses, ["401", "401", "401", "429", "429", "429", "429", "429"]);
}
