//! The plugin `jwt`, through `Auth::handle` and by its calls.

mod app;
mod better_auth;
mod endpoints;
mod keys;
mod verify;
