//! Who is signed in, as handlers ask it.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use hallpass::model::{Session, User};
use hallpass::types::SessionToken;
use hallpass::{Auth, CurrentSession, Error};
use http::request::Parts;

use crate::rejection::Rejection;

/// The user who is signed in, with the session; a request of nobody's is answered with 401.
///
/// It is a [`User`] by `Deref`: `user.email`. The state of the router is the [`Auth`], or gives it by
/// [`FromRef`]. The store is asked at most once a request, however many extractors there are, and not
/// at all behind [`require_session`](crate::require_session) of the same `Auth`. Unlike that guard, the
/// extractor does not prolong the session.
///
/// A request with cookies that may change something (any method but `GET`, `HEAD` and `OPTIONS`) must
/// come from a trusted origin, as it must at the endpoints, and is answered with 403 otherwise: the
/// browser of a user sends cookies for whoever asks it to. A store that fails is 500, never a
/// stranger and never a user.
#[derive(Debug, Clone)]
pub struct CurrentUser(Arc<CurrentSession>);

/// The user who is signed in, or `None`; otherwise as [`CurrentUser`].
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "handlers take it apart")]
pub struct OptionalUser(pub Option<CurrentUser>);

impl CurrentUser {
    pub(crate) fn new(current: CurrentSession) -> Self {
        Self(Arc::new(current))
    }

    /// The user.
    pub fn user(&self) -> &User {
        &self.0.user
    }

    /// The session by which the user is signed in.
    pub fn session(&self) -> &Session {
        &self.0.session
    }

    /// The token of the session, as [`Auth::sign_out`] takes it.
    pub fn token(&self) -> &SessionToken {
        &self.0.token
    }
}

impl Deref for CurrentUser {
    type Target = User;

    fn deref(&self) -> &User {
        self.user()
    }
}

/// What was found out about a request, in its extensions. Whose session it is holds only for the
/// `Auth` that was asked: an app may have several.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) auth: Auth,
    pub(crate) user: Option<CurrentUser>,
}

async fn current(parts: &mut Parts, auth: Auth) -> Result<Option<CurrentUser>, Rejection> {
    if let Some(known) = parts.extensions.get::<Known>().filter(|known| known.auth.is_same(&auth)) {
        return Ok(known.user.clone());
    }
    auth.check_origin(parts)?;
    let user = auth.session(&parts.headers).await?.map(CurrentUser::new);
    parts.extensions.insert(Known { auth, user: user.clone() });
    Ok(user)
}

impl<S> FromRequestParts<S> for CurrentUser
where
    Auth: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        current(parts, Auth::from_ref(state)).await?.ok_or_else(|| Error::Unauthorized.into())
    }
}

impl<S> FromRequestParts<S> for OptionalUser
where
    Auth: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        current(parts, Auth::from_ref(state)).await.map(Self)
    }
}
