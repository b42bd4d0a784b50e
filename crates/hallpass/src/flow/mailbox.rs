//! Users whose mailbox was proven just now, by a link or a code that was mailed there.

use crate::auth::Auth;
use crate::endpoint::Client;
use crate::error::Error;
use crate::flow::sessions;
use crate::model::{Extra, User};
use crate::plugin::{SessionEnd, SignInMethod};
use crate::schema::input::{self, Writer};
use crate::store::UserChange;
use crate::types::{Email, UserId};

/// What a user is created with who comes by a mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Newcomer {
    pub(crate) name: String,
    pub(crate) image: Option<String>,
    pub(crate) extra: Extra,
}

impl Newcomer {
    /// With additional fields as they are by default.
    pub(crate) fn new(auth: &Auth, name: String) -> Result<Self, Error> {
        Self::with(auth, name, None, Extra::new())
    }

    /// With what a client says.
    pub(crate) fn with(
        auth: &Auth,
        name: String,
        image: Option<String>,
        extra: Extra,
    ) -> Result<Self, Error> {
        let extra = input::at_creation(auth, auth.schema().user_fields(), extra, Writer::Client)?;
        Ok(Self { name, image, extra })
    }
}

impl Auth {
    /// Marks `email` as proven, somebody having just shown that the mailbox is theirs; `None` if the user is gone or
    /// has another address by now.
    ///
    /// Where it was not proven before, whoever signed up with it may be somebody else: the passwords and other
    /// accounts of that time, and the sessions, go first. For plugins whose proof a user did not ask for while
    /// signed in.
    ///
    /// # Errors
    /// Whatever a plugin says; [`Error::Store`]: how much has gone is then not known, and the address is not proven.
    pub async fn prove_mailbox(&self, user: &UserId, email: &Email) -> Result<Option<User>, Error> {
        let store = &self.inner().store;
        match store.user(user).await?.filter(|user| user.email == *email) {
            Some(user) if !user.email_verified => {}
            there => return Ok(there),
        }
        // First, so that no session adds an account meanwhile; and once more when no password is left by which
        // somebody could be signing in.
        sessions::end_all(self, user, None, SessionEnd::EmailProven).await?;
        for account in store.accounts_of(user).await? {
            self.delete_account(&account).await?;
        }
        sessions::end_all(self, user, None, SessionEnd::EmailProven).await?;
        self.mark_proven(user, email).await
    }

    /// Marks `email` as proven and nothing else: for proofs that whoever has the account asked for. `None` if the user
    /// is gone, or has another address by now, which nothing says is proven.
    pub(crate) async fn mark_proven(&self, user: &UserId, email: &Email) -> Result<Option<User>, Error> {
        let proven = UserChange {
            email_verified: Some(true),
            if_email: Some(email.clone()),
            updated_at: self.now(),
            ..UserChange::default()
        };
        self.change_user(user, proven).await
    }
}

/// The user of a mailbox that was proven just now.
#[derive(Debug, Clone)]
pub(crate) struct MailboxUser {
    pub(crate) user: User,
    /// Whether the user was created for it.
    pub(crate) is_new: bool,
}

/// The user of a mailbox that was proven just now, by `method`; `None` where there is none and none is to be created.
pub(crate) async fn user_of(
    auth: &Auth,
    email: &Email,
    newcomer: Option<Newcomer>,
    client: &Client,
    method: SignInMethod,
) -> Result<Option<MailboxUser>, Error> {
    let store = &auth.inner().store;
    let there = match store.user_by_email(email).await? {
        Some(there) => there,
        None => {
            let Some(Newcomer { name, image, extra }) = newcomer else { return Ok(None) };
            let new = User::new(auth.new_id(), name, email.clone(), auth.now());
            let user = User { email_verified: true, image, extra, ..new };
            match auth.create_user(user, None, client, Some(method)).await {
                Ok(user) => return Ok(Some(MailboxUser { user, is_new: true })),
                // Somebody was first, with the address or with a unique field.
                Err(error) if error.is_conflict() => {
                    store.user_by_email(email).await?.ok_or(Error::UserNotCreated)?
                }
                Err(error) => return Err(error),
            }
        }
    };
    let proven = auth.prove_mailbox(&there.id, email).await?;
    Ok(proven.map(|user| MailboxUser { user, is_new: false }))
}
