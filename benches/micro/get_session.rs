//! `GET /get-session` whole, from the request to the answer's bytes.

use bytes::Bytes;
use criterion::{BatchSize, Criterion};
use http::header::{COOKIE, HOST, USER_AGENT};
use http::{Request, StatusCode};
use tokio::runtime::Runtime;

use crate::data::Filled;

pub(crate) fn bench(criterion: &mut Criterion, runtime: &Runtime) {
    criterion.bench_function("get-session, 100,000 in SQLite", |bencher| {
        let filled = Filled::get(runtime);
        let mut sessions = filled.sessions();
        let mut request = || {
            let (_, cookie) = sessions.next().unwrap();
            Request::get("/api/auth/get-session")
                .header(HOST, "localhost:3000")
                .header(USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
                .header(COOKIE, cookie)
                .body(Bytes::new())
                .unwrap()
        };
        let answer = runtime.block_on(filled.auth.handle(request()));
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.body().starts_with(b"{\"session\""), "{answer:?}");
        bencher.to_async(runtime).iter_batched(
            request,
            |request| filled.auth.handle(request),
            BatchSize::SmallInput,
        );
    });
}
