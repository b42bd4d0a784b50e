//! Changing what a user is called and looks like.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::model::User;
use crate::reply::Reply;
use crate::session::SetCookies;
use crate::shape::{Kind, Part, Shape, is_truthy};
use crate::store::UserChange;
use crate::types::UserId;

/// What to change of a user: what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..UpdateUser::default()")]
pub struct UpdateUser {
    /// The name shown to people.
    pub name: Option<String>,
    /// The picture; `Some(None)` takes it away.
    pub image: Option<Option<String>>,
}

impl Auth {
    /// Changes a user, and gives the user as it is then; `None` if there is no such user.
    ///
    /// # Errors
    /// [`Error::NothingToUpdate`] when nothing is to be changed; whatever a plugin says; [`Error::Store`].
    pub async fn update_user(&self, user: &UserId, update: UpdateUser) -> Result<Option<User>, Error> {
        if update == UpdateUser::default() {
            return Err(Error::NothingToUpdate);
        }
        let UpdateUser { name, image } = update;
        let change = UserChange { name, image, updated_at: self.now(), ..UserChange::default() };
        self.change_user(user, change).await
    }
}

/// `POST /update-user`.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::post("/update-user", handle)
        .summary("Changes the user's name and picture")
        .body(Shape::new().record().mention("name", Kind::String).mention("image", Kind::NullableString))
        .session(SessionNeed::Session)
}

#[derive(Deserialize)]
struct Body {
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    image: Option<Option<String>>,
}

/// Tells `null`, which takes the picture away, from nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

async fn handle(mut request: Request) -> Result<Reply, Error> {
    // An address is changed by proving the new one, on a route of its own.
    if request.body.get("email").is_some_and(is_truthy) {
        return Err(Error::EmailNotUpdatable);
    }
    // As in better-auth the fields are looked at last.
    let shape = Shape::new().optional("name", Kind::String).optional("image", Kind::NullableString);
    let fields = Value::Object(std::mem::take(&mut request.body));
    request.body = shape.check(Part::Body, Some(fields)).map_err(Error::Invalid)?;
    let Body { name, image } = request.body()?;
    let current = request.signed_in()?;
    let update = UpdateUser { name, image };
    request.auth.update_user(&current.user.id, update).await?.ok_or(Error::Unauthorized)?;
    // The browser gets its session anew, as with better-auth, whose cookie may hold a copy of the user.
    let inner = request.auth.inner();
    let mut cookies = SetCookies::default();
    let remember = !inner.cookies.is_unremembered(&request.headers);
    inner.cookies.set(&mut cookies, &current.token, remember, Some(&request.headers));
    Ok(Reply::json(&json!({"status": Value::Bool(true)})).cookies(cookies).keeps(current.clone()))
}
