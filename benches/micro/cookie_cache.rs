//! `GET /get-session` answered by the browser's cookie, from the request to the answer's bytes.

use bytes::Bytes;
use criterion::{BatchSize, Criterion};
use hallpass::{CookieCache, CookieCacheStrategy, MemoryStore, SessionOptions};
use http::header::{COOKIE, HOST, USER_AGENT};
use http::{Request, StatusCode};
use tokio::runtime::Runtime;

use crate::data::{auth_with, cookies, sign_up};

pub(crate) fn bench(criterion: &mut Criterion, runtime: &Runtime) {
    for (name, strategy) in [
        ("compact", CookieCacheStrategy::Compact),
        ("jwt", CookieCacheStrategy::Jwt),
        ("jwe", CookieCacheStrategy::Jwe),
    ] {
        let cache = CookieCache { strategy, ..CookieCache::default() };
        let session = SessionOptions { cookie_cache: Some(cache), ..SessionOptions::default() };
        let auth = auth_with(MemoryStore::new(), session);
        let signed_in = runtime.block_on(sign_up(&auth, 0)).unwrap();
        let cookies = cookies(&auth, &signed_in);
        let request = || {
            Request::get("/api/auth/get-session")
                .header(HOST, "localhost:3000")
                .header(USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
                .header(COOKIE, &cookies)
                .body(Bytes::new())
                .unwrap()
        };
        let answer = runtime.block_on(auth.handle(request()));
        assert_eq!(answer.status(), StatusCode::OK);
        // The order of a cached session: it was not the store that told.
        assert!(answer.body().starts_with(b"{\"session\":{\"id\""), "{answer:?}");
        criterion.bench_function(&format!("get-session, cookie cache, {name}"), |bencher| {
            bencher.to_async(runtime).iter_batched(
                request,
                |request| auth.handle(request),
                BatchSize::SmallInput,
            );
        });
    }
}
