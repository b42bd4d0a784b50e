//! The server over D1, in a Worker.

use std::sync::Arc;

use hallpass::Auth;
use hallpass::store::StoreError;
use hallpass_d1::{D1, D1Store};
use worker::Env;

use crate::Failure;
use crate::clock::MovedClock;
use crate::mail::Outbox;
use crate::names;
use crate::options::Options;
use crate::secondary::{self, Secondary};
use crate::server::{Parts, build, counted};

/// The server, and what tests act on.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) auth: Auth,
    pub(crate) clock: MovedClock,
    pub(crate) outbox: Outbox,
    pub(crate) secondary: Option<Secondary>,
    store: D1Store,
}

impl App {
    /// Opens the database and builds the library.
    pub(crate) async fn new(env: &Env) -> Result<Self, Failure> {
        let options = Options::parse(&env.var("OPTIONS").map_err(text)?.to_string())?;
        let clock = MovedClock::default();
        let secondary = secondary::storage(&options, &clock, None).await?;
        let parts = Parts {
            clock,
            outbox: Outbox::default(),
            secondary,
            plain_tokens: env.var("PLAIN_TOKENS").map_err(text)?.to_string() == "true",
        };
        if options.database.is_none() {
            return Err(Failure::Refused("option database: a Worker has D1".to_owned()));
        }
        let store = names::store(D1::new(env.d1("DB").map_err(text)?), &options).await?;
        let builder = counted(hallpass_workers::builder(store.clone()), &store, &parts, &options);
        let auth = build(builder, &(Arc::new(store.clone()) as _), &parts, options)?;
        auth.migrate().await?;
        Ok(Self { auth, store, clock: parts.clock, outbox: parts.outbox, secondary: parts.secondary })
    }

    /// How many rows each table has.
    pub(crate) async fn counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.store.counts().await
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn text(error: worker::Error) -> String {
    error.to_string()
}
