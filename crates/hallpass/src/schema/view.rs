//! Records as clients see them.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use super::{ExtraField, Schema};
use crate::model::{Extra, Session, User};
use crate::types::SessionToken;

/// A user as clients see it: the core's fields and, in the order of their declaration, the additional ones
/// that are for clients. One that the user does not have is `null`.
#[derive(Clone, Copy)]
pub struct UserView<'a> {
    user: &'a User,
    fields: &'a [ExtraField],
    order: FieldOrder,
}

/// A session with its token, as its own client sees it.
#[derive(Clone, Copy)]
pub struct SessionView<'a> {
    session: &'a Session,
    token: &'a str,
    fields: &'a [ExtraField],
    order: FieldOrder,
}

/// In which order fields are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldOrder {
    /// As better-auth's store gives them: the id last.
    Stored,
    /// As better-auth's parser of cached sessions gives them: the core's first.
    Cached,
}

impl<'a> UserView<'a> {
    pub(crate) fn in_order(self, order: FieldOrder) -> Self {
        Self { order, ..self }
    }

    pub(crate) fn record(self) -> &'a User {
        self.user
    }
}

impl<'a> SessionView<'a> {
    pub(crate) fn in_order(self, order: FieldOrder) -> Self {
        Self { order, ..self }
    }

    pub(crate) fn record(self) -> &'a Session {
        self.session
    }

    pub(crate) fn token(self) -> &'a str {
        self.token
    }
}

impl User {
    /// The user as clients see it. `schema` is [`Auth::schema`](crate::Auth::schema).
    pub fn view<'a>(&'a self, schema: &'a Schema) -> UserView<'a> {
        UserView { user: self, fields: schema.user_fields(), order: FieldOrder::Stored }
    }
}

impl Session {
    /// The session as its own client sees it, with the token that this client presented. `schema` is
    /// [`Auth::schema`](crate::Auth::schema).
    pub fn view<'a>(&'a self, token: &'a SessionToken, schema: &'a Schema) -> SessionView<'a> {
        self.view_as(token.expose(), schema)
    }

    /// The session with `token` in the place of its token.
    pub(crate) fn view_as<'a>(&'a self, token: &'a str, schema: &'a Schema) -> SessionView<'a> {
        SessionView { session: self, token, fields: schema.session_fields(), order: FieldOrder::Stored }
    }
}

impl Serialize for UserView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let user = self.user;
        let mut map = serializer.serialize_map(None)?;
        if self.order == FieldOrder::Cached {
            map.serialize_entry("id", &user.id)?;
            map.serialize_entry("createdAt", &user.created_at)?;
            map.serialize_entry("updatedAt", &user.updated_at)?;
            map.serialize_entry("email", &user.email)?;
            map.serialize_entry("emailVerified", &user.email_verified)?;
            map.serialize_entry("name", &user.name)?;
            map.serialize_entry("image", &user.image)?;
            additional(&mut map, self.fields, &user.extra)?;
            return map.end();
        }
        map.serialize_entry("name", &user.name)?;
        map.serialize_entry("email", &user.email)?;
        map.serialize_entry("emailVerified", &user.email_verified)?;
        map.serialize_entry("image", &user.image)?;
        map.serialize_entry("createdAt", &user.created_at)?;
        map.serialize_entry("updatedAt", &user.updated_at)?;
        additional(&mut map, self.fields, &user.extra)?;
        map.serialize_entry("id", &user.id)?;
        map.end()
    }
}

impl Serialize for SessionView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let session = self.session;
        let mut map = serializer.serialize_map(None)?;
        if self.order == FieldOrder::Cached {
            map.serialize_entry("id", &session.id)?;
            map.serialize_entry("createdAt", &session.created_at)?;
            map.serialize_entry("updatedAt", &session.updated_at)?;
            map.serialize_entry("userId", &session.user_id)?;
            map.serialize_entry("expiresAt", &session.expires_at)?;
            map.serialize_entry("token", self.token)?;
            map.serialize_entry("ipAddress", &session.ip_address)?;
            map.serialize_entry("userAgent", &session.user_agent)?;
            additional(&mut map, self.fields, &session.extra)?;
            return map.end();
        }
        map.serialize_entry("expiresAt", &session.expires_at)?;
        map.serialize_entry("token", self.token)?;
        map.serialize_entry("createdAt", &session.created_at)?;
        map.serialize_entry("updatedAt", &session.updated_at)?;
        map.serialize_entry("ipAddress", &session.ip_address)?;
        map.serialize_entry("userAgent", &session.user_agent)?;
        map.serialize_entry("userId", &session.user_id)?;
        additional(&mut map, self.fields, &session.extra)?;
        map.serialize_entry("id", &session.id)?;
        map.end()
    }
}

fn additional<M: SerializeMap>(map: &mut M, fields: &[ExtraField], extra: &Extra) -> Result<(), M::Error> {
    for field in fields.iter().filter(|field| field.is_returned()) {
        map.serialize_entry(field.name(), extra.get(field.name()).unwrap_or(&Value::Null))?;
    }
    Ok(())
}

impl fmt::Debug for UserView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UserView").field(&self.user.id).finish()
    }
}

impl fmt::Debug for SessionView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionView").field(&self.session.id).finish()
    }
}
