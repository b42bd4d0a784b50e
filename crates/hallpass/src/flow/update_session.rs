//! Changing the additional fields of a session.

use serde::Serialize;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::model::{Extra, Session};
use crate::reply::Reply;
use crate::schema::input::{self, Writer};
use crate::schema::{FieldOrder, SessionView};
use crate::session::CurrentSession;
use crate::shape::Shape;

impl Auth {
    /// Sets additional fields of the caller's own session, those that are not for clients too, and gives the
    /// session as it is then. `null` takes a field away; what is not declared is refused.
    ///
    /// # Errors
    /// [`Error::NothingToUpdate`] when nothing is to be changed; [`Error::SessionLost`] when the session has
    /// ended meanwhile: the browser should then get [`sign_out_cookies`](Self::sign_out_cookies).
    /// [`Error::Invalid`], [`Error::InvalidField`] and [`Error::UndeclaredField`] for what is set;
    /// whatever a plugin says; [`Error::Store`].
    pub async fn update_session(&self, current: &CurrentSession, extra: Extra) -> Result<Session, Error> {
        let extra = input::at_change(self.schema().session_fields(), extra, Writer::App)?;
        Ok(change(self, current, extra).await?.0)
    }
}

/// Sets fields that were checked.
async fn change(auth: &Auth, current: &CurrentSession, extra: Extra) -> Result<(Session, FieldOrder), Error> {
    if extra.is_empty() {
        return Err(Error::NothingToUpdate);
    }
    auth.change_session(&current.session, extra).await?.ok_or(Error::SessionLost)
}

/// `POST /update-session`.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::post("/update-session", handle)
        .summary("Changes additional fields of the session")
        .body(Shape::new().record())
        .session(SessionNeed::Session)
}

#[derive(Serialize)]
struct Answer<'a> {
    session: SessionView<'a>,
}

async fn handle(mut request: Request) -> Result<Reply, Error> {
    let given = std::mem::take(&mut request.body);
    let auth = &request.auth;
    let extra = input::at_change(auth.schema().session_fields(), given, Writer::Client)?;
    let current = request.signed_in()?;
    let (session, order) = match change(auth, current, extra).await {
        Err(error @ Error::SessionLost) => {
            return Ok(Reply::error(&error).cookies(auth.sign_out_cookies(&request.headers)));
        }
        changed => changed?,
    };
    let changed = current.clone().with_session(session, order);
    let reply = Reply::json(&Answer { session: changed.view(auth.schema()).session() });
    Ok(changed.again(reply, auth, &request.headers))
}
