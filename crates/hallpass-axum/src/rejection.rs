//! Errors as answers.

use std::error::Error as StdError;
use std::fmt;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hallpass::Error;
use hallpass::reply::Reply;

/// An [`Error`] as the endpoints answer it: status, `{"message":…,"code":…}`, `no-store`. Causes that
/// are the server's fault go to the log and not to the client.
///
/// The extractors reject with it, and a handler that calls [`Auth`](hallpass::Auth) can return it:
/// ```
/// # use axum::extract::State;
/// # use hallpass::{Auth, SignInEmail};
/// # use hallpass_axum::Rejection;
/// async fn sign_in(State(auth): State<Auth>, password: String) -> Result<String, Rejection> {
///     let signed_in = auth.sign_in_email(SignInEmail::new("ada@example.com", password)).await?;
///     Ok(format!("Hello, {}!", signed_in.user.name))
/// }
/// ```
#[derive(Debug)]
pub struct Rejection(Error);

impl Rejection {
    /// What went wrong.
    pub fn error(&self) -> &Error {
        &self.0
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.0.log();
        Reply::error(&self.0).into_response().map(Body::from)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Rejection {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
