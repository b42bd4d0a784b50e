//! The session cookie: found among others, decoded, its signature verified.

use criterion::Criterion;
use hallpass::MemoryStore;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use tokio::runtime::Runtime;

use crate::data;

pub(crate) fn bench(criterion: &mut Criterion, runtime: &Runtime) {
    let auth = data::auth(MemoryStore::new());
    let session = runtime.block_on(data::sign_up(&auth, 0)).unwrap();
    let good = data::cookie(&auth, &session);
    // The signature's first letters are changed: it is computed and compared all the same.
    let forged = good.to_str().unwrap().replacen('.', ".AAAA", 2).replacen(".AAAA", ".", 1);
    let headers = |cookie: &str| {
        let value = HeaderValue::from_str(&format!("theme=dark; lang=en; {cookie}")).unwrap();
        HeaderMap::from_iter([(COOKIE, value)])
    };
    let (good, forged) = (headers(good.to_str().unwrap()), headers(&forged));
    assert!(runtime.block_on(auth.session(&good)).unwrap().is_some());
    assert!(runtime.block_on(auth.session(&forged)).unwrap().is_none());

    criterion.bench_function("cookie verified and refused", |bencher| {
        bencher.to_async(runtime).iter(|| auth.session(&forged));
    });
    criterion.bench_function("cookie verified, session in memory", |bencher| {
        bencher.to_async(runtime).iter(|| auth.session(&good));
    });
}
