use std::sync::Arc;

use hallpass::password::{InlineHasher, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::store::Store;
use hallpass::{AddressPolicy, Auth, AuthBuilder};

use crate::{Fetch, WaitUntil, WorkerClock};

/// A builder that has what a Worker has: its clock, `fetch`, `waitUntil`, passwords hashed on the request's own CPU time, and the
/// client's address from `cf-connecting-ip`, which Cloudflare writes over whatever a client sends.
pub fn builder(store: impl Store) -> AuthBuilder {
    let hasher = InlineHasher::new(PasswordScheme::default(), Arc::new(SystemRandom::default()));
    let builder = Auth::builder(store)
        .clock(WorkerClock::default())
        .http_client(Fetch::default())
        .background_tasks(WaitUntil::default())
        .password_hasher(hasher);
    match AddressPolicy::header("cf-connecting-ip") {
        Ok(policy) => builder.client_address(policy),
        // It is the name of a header.
        Err(_) => builder,
    }
}
