//! Passwords that are known from breaches are refused.

mod offline;
mod range;

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use sha1::{Digest as _, Sha1};

pub use self::offline::{InvalidOfflineList, OfflineList};
use self::range::{RangeError, Service};
use crate::auth::Auth;
use crate::error::Error;
use crate::http_client::HttpClient;
use crate::password::Password;
use crate::plugin::Plugin;
use crate::wire_error::WireError;

/// Refuses new passwords that are known from breaches: those that [Have I Been Pwned](https://haveibeenpwned.com)
/// knows, or those of an [`OfflineList`], or both. Asked wherever a password is about to be stored (NIST SP 800-63B
/// §3.1.1.2 wants it); a password that is in use already goes on.
///
/// The service is told the first five of the forty digits of the password's SHA-1 hash, which hundreds of passwords
/// share, and nothing of the user. When it does not answer, the password is refused with 500.
#[derive(Debug)]
pub struct HaveIBeenPwned {
    service: Option<Service>,
    list: Option<OfflineList>,
    message: Cow<'static, str>,
}

impl HaveIBeenPwned {
    const MESSAGE: &'static str =
        "The password you entered has been compromised. Please choose a different password.";

    /// Asks the service, by way of `client`.
    pub fn new(client: impl HttpClient) -> Self {
        let service = Service::new(Arc::new(client));
        Self { service: Some(service), list: None, message: Cow::Borrowed(Self::MESSAGE) }
    }

    /// Asks no service, only the list.
    pub fn offline(list: OfflineList) -> Self {
        Self { service: None, list: Some(list), message: Cow::Borrowed(Self::MESSAGE) }
    }

    /// Looks into this list first: what is in it needs no service, and is refused when the service is away too.
    #[must_use]
    pub fn with_list(mut self, list: OfflineList) -> Self {
        self.list = Some(list);
        self
    }

    /// Asks a service of the same kind at another address, one's own copy for one. The hash's five digits are
    /// appended: `https://pwned.example.com/range/`.
    #[must_use]
    pub fn range_url(mut self, url: impl Into<String>) -> Self {
        self.service = self.service.map(|service| service.at(url.into()));
        self
    }

    /// Says something else to who brings such a password.
    #[must_use]
    pub fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// Whether a password is known, for the app's own code.
    ///
    /// # Errors
    /// [`Error::Refused`] with 500 when the service gives no good answer.
    pub async fn is_compromised(&self, password: &Password) -> Result<bool, Error> {
        let hash = digest(password.expose());
        if self.list.as_ref().is_some_and(|list| list.has(&hash)) {
            return Ok(true);
        }
        let Some(service) = &self.service else { return Ok(false) };
        service.count(&hash).await.map(|count| count > 0).map_err(|error| {
            let text = match error {
                RangeError::Status(status) => {
                    format!("Failed to check password. Status: {}", status.as_u16()).into()
                }
                RangeError::NoAnswer => Cow::Borrowed("Failed to check password. Please try again later."),
            };
            Error::Refused(WireError::message_only(StatusCode::INTERNAL_SERVER_ERROR, text))
        })
    }
}

#[async_trait]
impl Plugin for HaveIBeenPwned {
    fn id(&self) -> &'static str {
        "have-i-been-pwned"
    }

    async fn check_password(&self, _: &Auth, password: &Password) -> Result<(), Error> {
        if !self.is_compromised(password).await? {
            return Ok(());
        }
        let (status, message) = (StatusCode::BAD_REQUEST, self.message.clone());
        Err(Error::Refused(WireError::with_message(status, "PASSWORD_COMPROMISED", message)))
    }
}

/// What breached passwords are known by. Nothing here rests on SHA-1 being strong.
fn digest(password: &str) -> [u8; 20] {
    Sha1::digest(password.as_bytes()).into()
}
