//! `POST /sign-in/email` whole but for the hash: routing, checks, two statements, cookies. The database is in
//! memory, so that what is measured is not the disk.

use bytes::Bytes;
use criterion::{BatchSize, Criterion};
use hallpass_sqlite::{Sqlite, SqliteStore};
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{Request, StatusCode};
use tokio::runtime::Runtime;

use crate::data;

pub(crate) fn bench(criterion: &mut Criterion, runtime: &Runtime) {
    criterion.bench_function("sign-in without the hash, SQLite in memory", |bencher| {
        let store = SqliteStore::new(Sqlite::in_memory().unwrap());
        runtime.block_on(store.migrate()).unwrap();
        let auth = data::auth(store);
        runtime.block_on(data::sign_up(&auth, 0)).unwrap();
        let body = format!(r#"{{"email":"{}","password":"{}"}}"#, data::email(0), data::PASSWORD);
        let body = Bytes::from(body);
        let request = || {
            Request::post("/api/auth/sign-in/email")
                .header(HOST, "localhost:3000")
                .header(ORIGIN, data::BASE_URL)
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone())
                .unwrap()
        };
        assert_eq!(runtime.block_on(auth.handle(request())).status(), StatusCode::OK);
        bencher.to_async(runtime).iter_batched(
            request,
            |request| auth.handle(request),
            BatchSize::SmallInput,
        );
    });
}
