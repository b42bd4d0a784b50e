//! Changing what a user is called and looks like, and additional fields.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::model::{Extra, User};
use crate::reply::Reply;
use crate::schema::input::{self, Writer};
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
    /// Additional fields to set, those that are not for clients too; `null` takes one away. What is not
    /// declared is refused.
    pub extra: Extra,
}

impl Auth {
    /// Changes a user, and gives the user as it is then; `None` if there is no such user.
    ///
    /// # Errors
    /// [`Error::NothingToUpdate`] when nothing is to be changed; [`Error::UserNotUpdated`] when another user has
    /// the same in a unique field; [`Error::Invalid`], [`Error::InvalidField`] and [`Error::UndeclaredField`] for
    /// additional fields; whatever a plugin says; [`Error::Store`].
    pub async fn update_user(&self, user: &UserId, update: UpdateUser) -> Result<Option<User>, Error> {
        let extra = input::at_change(self.schema().user_fields(), update.extra, Writer::App)?;
        let change = checked(self, UpdateUser { extra, ..update })?;
        self.change_user(user, change).await.map_err(taken)
    }
}

/// What is to be written of an update whose additional fields were checked.
fn checked(auth: &Auth, update: UpdateUser) -> Result<UserChange, Error> {
    if update == UpdateUser::default() {
        return Err(Error::NothingToUpdate);
    }
    let UpdateUser { name, image, extra } = update;
    Ok(UserChange { name, image, extra, updated_at: auth.now(), ..UserChange::default() })
}

fn taken(error: Error) -> Error {
    if error.is_conflict() { Error::UserNotUpdated } else { error }
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
    let mut fields = std::mem::take(&mut request.body);
    let core = ["name", "image"].into_iter().filter_map(|name| fields.shift_remove_entry(name)).collect();
    let extra = input::at_change(request.auth.schema().user_fields(), fields, Writer::Client)?;
    // As in better-auth the core's fields are looked at last.
    let shape = Shape::new().optional("name", Kind::String).optional("image", Kind::NullableString);
    request.body = shape.check(Part::Body, Some(Value::Object(core))).map_err(Error::Invalid)?;
    let Body { name, image } = request.body()?;
    let current = request.signed_in()?;
    let change = checked(&request.auth, UpdateUser { name, image, extra })?;
    let changed = request.auth.change_signed_in(&current.user, change).await.map_err(taken)?;
    let (user, order) = changed.ok_or(Error::Unauthorized)?;
    let changed = current.clone().with_user(user, order);
    let reply = Reply::json(&json!({"status": Value::Bool(true)}));
    Ok(changed.again(reply, &request.auth, &request.headers))
}
