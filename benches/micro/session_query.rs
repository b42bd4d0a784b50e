//! The query of every request: a session with its user, by the token's hash, from SQLite.

use criterion::{BatchSize, Criterion};
use hallpass::store::SessionStore as _;
use hallpass::types::TokenForms;
use tokio::runtime::Runtime;

use crate::data::Filled;

pub(crate) fn bench(criterion: &mut Criterion, runtime: &Runtime) {
    criterion.bench_function("session query, 100,000 in SQLite", |bencher| {
        let filled = Filled::get(runtime);
        let mut sessions = filled.sessions();
        // Both forms, as every request asks for them.
        let mut forms = || {
            sessions.next().map(|(token, _)| TokenForms::new(token.hashed(), Some(token.plain()))).unwrap()
        };
        assert!(runtime.block_on(filled.store.session(&forms())).unwrap().is_some());
        bencher.to_async(runtime).iter_batched(
            forms,
            |forms| async move { filled.store.session(&forms).await },
            BatchSize::SmallInput,
        );
    });
}
