//! Fills a store, and asks for everything at each size.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use hallpass::password::{Argon2id, InlineHasher, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::{Auth, EmailPassword, SignUpEmail};
use hallpass_benches::connection::Connection;
use hallpass_benches::filled::{Rows, SECRET, cookie, email};
use hallpass_benches::measured::Latencies;
use hallpass_benches::stopwatch::now;
use http::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use http::{Method, Request};
use indicatif::{ProgressBar, ProgressStyle};

use crate::options::Options;
use crate::report::{Figure, Operation, Size, StoreReport};
use crate::stores::{Database, Store};

const PASSWORD: &str = "correct horse battery";
const ORIGIN_OF_ALL: &str = "http://localhost:3000";
/// How many sessions have expired when it is swept: some steps of a thousand.
const EXPIRED: u32 = 10_000;
/// Their numbers, behind those of all others.
const FIRST_EXPIRED: u32 = 3_000_000_000;

/// Fills one store, and measures it at each size.
pub(crate) async fn store(store: Store, options: &Options, folder: &Path) -> Result<StoreReport> {
    let database = Database::make(store, folder).await?;
    let hash = hash(&database).await?;
    let mut report = StoreReport { name: store.name(), sizes: Vec::new() };
    let mut there = 0;
    for &size in &options.sizes {
        let rows = Rows {
            users: there..size,
            password: Some(hash.clone()),
            sessions: there..size,
            owners: size,
            hashed: true,
            expired: false,
        };
        let seconds = fill(&database, &rows, &format!("{}: {size} users and sessions", store.name())).await?;
        there = size;
        let bytes = database.bytes().await?;
        let auth = auth(&database)?;
        let mut figures = vec![get_session(&auth, size, options.samples).await?];
        figures.push(get_session_http(&auth, size, options.samples).await?);
        figures.extend(writes(&auth, size, options.samples / 20).await?);
        drop(auth);
        let expired = Rows {
            users: 0..0,
            password: None,
            sessions: FIRST_EXPIRED..FIRST_EXPIRED + EXPIRED,
            owners: size,
            hashed: true,
            expired: true,
        };
        fill(&database, &expired, &format!("{}: {EXPIRED} expired sessions", store.name())).await?;
        figures.push(sweep(&self::auth(&database)?).await?);
        report.sizes.push(Size { sessions: size, fill_seconds: seconds, bytes, figures });
    }
    Ok(report)
}

/// The library, without limits, and with hashes that cost next to nothing: what they cost is no matter of the store.
fn auth(database: &Database) -> Result<Auth> {
    let weak = Argon2id::danger_weaker_than_owasp(8, 1, 1)?;
    let hasher = InlineHasher::new(PasswordScheme::Argon2id(weak), Arc::new(SystemRandom::default()));
    Ok(Auth::builder_over(database.open()?)
        .secret(SECRET)
        .base_url(ORIGIN_OF_ALL)
        .email_password(EmailPassword::default())
        .danger_without_rate_limit()
        .password_hasher(hasher)
        .build()?)
}

/// The hash of everybody's password.
async fn hash(database: &Database) -> Result<String> {
    let auth = auth(database)?;
    let signed_up = auth.sign_up_email(SignUpEmail::new("Ada", "first@example.com", PASSWORD)).await?;
    let accounts = database.open()?.accounts_of(&signed_up.user().id).await?;
    let hash = accounts.into_iter().find_map(|account| account.password);
    Ok(hash.context("a sign-up gave no password")?.as_str().to_owned())
}

/// Adds rows behind a progress bar, and gives the seconds that it took.
async fn fill(database: &Database, rows: &Rows, what: &str) -> Result<f64> {
    let bar = ProgressBar::new(rows.count()).with_message(what.to_owned());
    bar.set_style(ProgressStyle::with_template(
        "{msg:40} {bar:30} {human_pos} of {human_len} rows  {eta} left",
    )?);
    let start = now();
    database.fill(rows, |added| bar.inc(added)).await?;
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("{what}: {seconds:.1} s");
    Ok(seconds)
}

/// A request; gives the first cookie that is set.
async fn send(auth: &Auth, method: Method, path: &str, cookie: &str, body: String) -> Result<String> {
    let request = Request::builder().method(method).uri(format!("/api/auth{path}"));
    let request = request.header(ORIGIN, ORIGIN_OF_ALL).header(CONTENT_TYPE, "application/json");
    let request = if cookie.is_empty() { request } else { request.header(COOKIE, cookie) };
    let answer = auth.handle(request.body(Bytes::from(body))?).await;
    ensure!(
        answer.status() == 200 && answer.body() != "null",
        "{path} was answered {} {}",
        answer.status(),
        String::from_utf8_lossy(answer.body())
    );
    let line = answer.headers().get(SET_COOKIE).and_then(|line| line.to_str().ok()).unwrap_or_default();
    Ok(line.split(';').next().unwrap_or_default().to_owned())
}

/// Numbers below `size` in no order, all odd: users of even numbers have their sessions revoked.
fn odd(size: u32) -> impl Iterator<Item = u32> {
    // Prime, and so without a divisor in common with any size.
    (0_u64..).map(move |turn| ((turn * 2_654_435_761 + 1_013) % u64::from(size / 2)) as u32 * 2 + 1)
}

async fn get_session(auth: &Auth, size: u32, samples: u32) -> Result<Figure> {
    let mut latencies = Latencies::default();
    // What is compiled, cached or grown at first use is not what is measured.
    let warm_up = samples / 5;
    for (turn, number) in (0..warm_up + samples).zip(odd(size)) {
        let cookie = cookie(number)?;
        let start = now();
        send(auth, Method::GET, "/get-session", &cookie, String::new()).await?;
        if turn >= warm_up {
            latencies.push(start.elapsed());
        }
    }
    Ok(Figure::new(Operation::GetSession, latencies))
}

/// The same as a client sees it that is on the machine and has a connection.
async fn get_session_http(auth: &Auth, size: u32, samples: u32) -> Result<Figure> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let router = hallpass_axum::router(auth.clone());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let mut connection = Connection::open(port).await?;
    let mut latencies = Latencies::default();
    let warm_up = samples / 5;
    for (turn, number) in (0..warm_up + samples).zip(odd(size)) {
        let cookie = cookie(number)?;
        let request =
            format!("GET /api/auth/get-session HTTP/1.1\r\nhost: localhost:3000\r\ncookie: {cookie}\r\n\r\n");
        let start = now();
        let answer = connection.send(request.as_bytes()).await?;
        let took = start.elapsed();
        ensure!(answer.status == 200 && answer.body != b"null", "get-session was answered {}", answer.head);
        if turn >= warm_up {
            latencies.push(took);
        }
    }
    server.abort();
    Ok(Figure::new(Operation::GetSessionHttp, latencies))
}

/// Somebody signs in, lists the sessions, which are two or so, and ends them all.
async fn writes(auth: &Auth, size: u32, samples: u32) -> Result<[Figure; 3]> {
    let [mut signing_in, mut listing, mut revoking] = [(); 3].map(|()| Latencies::default());
    let warm_up = samples / 5;
    for turn in 0..warm_up + samples {
        let user = u64::from(turn) * u64::from(size / 2) / u64::from(warm_up + samples) * 2;
        let body = format!(r#"{{"email":"{}","password":"{PASSWORD}"}}"#, email(user as u32));
        let timed = |latencies: &mut Latencies, start: std::time::Instant| {
            if turn >= warm_up {
                latencies.push(start.elapsed());
            }
        };
        let start = now();
        let cookie = send(auth, Method::POST, "/sign-in/email", "", body).await?;
        timed(&mut signing_in, start);
        let start = now();
        send(auth, Method::GET, "/list-sessions", &cookie, String::new()).await?;
        timed(&mut listing, start);
        let start = now();
        send(auth, Method::POST, "/revoke-sessions", &cookie, "{}".to_owned()).await?;
        timed(&mut revoking, start);
    }
    Ok([
        Figure::new(Operation::SignIn, signing_in),
        Figure::new(Operation::ListSessions, listing),
        Figure::new(Operation::RevokeAll, revoking),
    ])
}

async fn sweep(auth: &Auth) -> Result<Figure> {
    let mut latencies = Latencies::default();
    let mut swept = 0;
    while swept < u64::from(EXPIRED) {
        let start = now();
        let step = auth.sweep_step().await?;
        latencies.push(start.elapsed());
        swept += step.sessions;
        ensure!(!step.is_done || swept == u64::from(EXPIRED), "{swept} sessions were swept");
    }
    Ok(Figure::new(Operation::SweepStep, latencies))
}
