//! The library over HTTP, as `Auth::handle` answers, with time, chance and the store in the tests' hands.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod app;
mod bytes;
mod change_email;
mod change_email_races;
mod cookie_cache;
mod cookie_cache_beside;
mod cookies;
mod default_limits;
mod every_fault;
mod every_route;
mod extra_fields;
mod faults;
mod full_app;
mod lengths;
mod limits;
mod mail;
mod mail_app;
mod mail_bounds;
mod mail_faults;
mod mail_races;
mod mail_walks;
mod moments;
mod mutations;
mod origins;
mod passwords;
mod pathways;
mod peer_holes;
mod plugin_anonymous;
mod plugin_bearer;
mod plugin_captcha;
mod plugin_custom_session;
mod plugin_email_otp;
mod plugin_email_otp_bounds;
mod plugin_have_i_been_pwned;
mod plugin_last_login_method;
mod plugin_magic_link;
mod plugin_multi_session;
mod plugin_one_time_token;
mod plugin_open_api;
mod plugins;
mod races;
mod redirect_corpus;
mod reset_password;
mod secondary;
mod secondary_faults;
mod secrets;
mod session;
mod session_cache;
mod session_cache_elsewhere;
mod session_cache_lagging;
mod session_ends;
mod session_limits;
mod sessions;
mod sign_in;
mod sign_up;
mod stateless;
mod stateless_configuration;
mod stateless_memory;
mod sweep;
mod tokens;
mod transport;
mod typed_calls;
mod unsafe_configuration;
mod username;
mod users;
mod verdicts;
mod verify_email;
