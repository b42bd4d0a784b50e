//! Requests that are no endpoint's.

use bytes::Bytes;
use criterion::{BatchSize, Criterion};
use hallpass::MemoryStore;
use http::Request;
use tokio::runtime::Runtime;

use crate::data;

pub(crate) fn bench(criterion: &mut Criterion, runtime: &Runtime) {
    let auth = data::auth(MemoryStore::new());
    criterion.bench_function("unknown path", |bencher| {
        bencher.to_async(runtime).iter_batched(
            || Request::get("/api/auth/no-such-endpoint").body(Bytes::new()).unwrap(),
            |request| auth.handle(request),
            BatchSize::SmallInput,
        );
    });
}
