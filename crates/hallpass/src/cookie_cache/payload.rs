//! What a cached session says, whatever the form of the cookie.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::model::{Extra, Session, User};
use crate::session::CurrentSessionView;
use crate::types::{Email, StoredToken};

/// As it is written: `{"session":{…},"user":{…},"updatedAt":…,"version":"…"}`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written<'a> {
    #[serde(flatten)]
    current: CurrentSessionView<'a>,
    updated_at: i64,
    version: &'a str,
}

impl<'a> Written<'a> {
    pub(super) fn new(current: CurrentSessionView<'a>, now: Timestamp, version: &'a str) -> Self {
        Self { current, updated_at: now.as_millis(), version }
    }
}

/// As it is read. Nothing of it is believed before its signature is verified.
#[derive(Deserialize)]
pub(super) struct Payload {
    session: Fields,
    user: Fields,
    version: Option<String>,
}

impl Payload {
    pub(super) fn new(fields: Map<String, Value>) -> Option<Self> {
        let (mut session, mut user, mut version) = (None, None, None);
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("session", Value::Object(fields)) => session = Some(Fields::from(fields)),
                ("user", Value::Object(fields)) => user = Some(Fields::from(fields)),
                ("version", Value::String(text)) => version = Some(text),
                ("session" | "user" | "version", _) => return None,
                _ => {}
            }
        }
        Some(Self { session: session?, user: user?, version })
    }

    /// The token of the session.
    pub(super) fn token(&self) -> Option<&str> {
        self.session.get("token")?.as_str()
    }

    pub(super) fn version(&self) -> &str {
        self.version.as_deref().filter(|version| !version.is_empty()).unwrap_or("1")
    }

    /// The records, if no field that they need is missing or of another type.
    pub(super) fn into_records(self, token: StoredToken) -> Option<(Session, User)> {
        let Self { mut session, mut user, .. } = self;
        session.take("token");
        let session = Session {
            id: session.text("id")?.into(),
            user_id: session.text("userId")?.into(),
            token,
            expires_at: session.moment("expiresAt")?,
            created_at: session.moment("createdAt")?,
            updated_at: session.moment("updatedAt")?,
            ip_address: session.optional_text("ipAddress")?,
            user_agent: session.optional_text("userAgent")?,
            extra: session.rest(),
        };
        let user = User {
            id: user.text("id")?.into(),
            name: user.text("name")?,
            email: Email::from_stored(user.text("email")?.to_lowercase()),
            email_verified: user.take("emailVerified")?.as_bool()?,
            image: user.optional_text("image")?,
            created_at: user.moment("createdAt")?,
            updated_at: user.moment("updatedAt")?,
            extra: user.rest(),
        };
        (session.user_id == user.id).then_some((session, user))
    }
}

/// The fields of a record, each to be taken out once; what is left is additional.
struct Fields(Vec<(String, Value)>);

impl From<Map<String, Value>> for Fields {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields.into_iter().collect())
    }
}

/// As they stand, in their order.
impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::with_capacity(12);
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Read)
    }
}

impl Fields {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(found, _)| found == name)?;
        Some(self.0.remove(at).1)
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    #[expect(clippy::option_option, reason = "the outer one is of another type")]
    fn optional_text(&mut self, name: &str) -> Option<Option<String>> {
        match self.take(name) {
            None | Some(Value::Null) => Some(None),
            Some(Value::String(text)) => Some(Some(text)),
            Some(_) => None,
        }
    }

    fn moment(&mut self, name: &str) -> Option<Timestamp> {
        Timestamp::parse(self.take(name)?.as_str()?)
    }

    fn rest(self) -> Extra {
        self.0.into_iter().collect()
    }
}
