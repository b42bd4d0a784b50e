//! The hot parts by themselves: what each costs a request, in this process, without a network.
//!
//! Rate limits are on, with maxima that are never reached, so that their cost is in the figures.
#![expect(clippy::unwrap_used, reason = "a benchmark whose preparation fails has nothing to measure")]

mod cookie_cache;
mod data;
mod get_session;
mod routes;
mod session_cookie;
mod session_query;
mod sign_in;

use criterion::Criterion;
use tokio::runtime::Builder;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = Builder::new_current_thread().build().unwrap();
    routes::bench(&mut criterion, &runtime);
    session_cookie::bench(&mut criterion, &runtime);
    session_query::bench(&mut criterion, &runtime);
    get_session::bench(&mut criterion, &runtime);
    cookie_cache::bench(&mut criterion, &runtime);
    sign_in::bench(&mut criterion, &runtime);
    criterion.final_summary();
}
