//! A change to the records, as plugins are asked and told of it.

use std::fmt::{self, Debug};

use crate::model::{Account, Session, User, Verification};
use crate::plugin::SignInMethod;
use crate::store::UserChange;
use crate::types::{AccountId, StoredToken, UserId};

/// A change to the records: about to be made ([`Plugin::before_change`](super::Plugin::before_change), where what
/// is to be written can still be changed) or made ([`Plugin::after_change`](super::Plugin::after_change)).
///
/// Records that have expired are swept away without being told of.
#[non_exhaustive]
pub enum Change<'a> {
    /// A user comes into being.
    CreateUser {
        /// The user.
        user: &'a mut User,
        /// The way to sign in that comes with the user, if one does.
        account: Option<&'a Account>,
        /// How the user signs up, who is signed in by it then unless something forbids it; none where the app or a
        /// plugin makes the user by itself.
        method: Option<SignInMethod>,
    },
    /// A user is changed.
    UpdateUser {
        /// Who.
        user: &'a UserId,
        /// What is changed.
        change: &'a mut UserChange,
    },
    /// A user goes, with accounts and sessions.
    DeleteUser {
        /// Who.
        user: &'a UserId,
    },
    /// A user gets a way to sign in.
    CreateAccount {
        /// The account.
        account: &'a mut Account,
    },
    /// A password is replaced, or its hash by a better one of the same password.
    UpdatePassword {
        /// Whose.
        user: &'a UserId,
        /// The account that holds it.
        account: &'a AccountId,
        /// Whether the password stays and only its hash is another.
        is_rehash: bool,
    },
    /// A way to sign in goes.
    DeleteAccount {
        /// The account.
        account: &'a Account,
    },
    /// A session comes into being: somebody signs in.
    CreateSession {
        /// Whose.
        user: &'a User,
        /// The session.
        session: &'a mut Session,
    },
    /// A session is changed: its expiry is moved, or its additional fields are set.
    UpdateSession {
        /// The session as it will be.
        session: &'a mut Session,
    },
    /// A session ends: somebody signs out, it is revoked …
    DeleteSession {
        /// The session.
        session: &'a Session,
        /// Why.
        reason: SessionEnd,
    },
    /// All sessions of a user end.
    DeleteSessions {
        /// Whose.
        user: &'a UserId,
        /// The one that goes on.
        except: Option<&'a StoredToken>,
        /// Why.
        reason: SessionEnd,
    },
    /// Something is left to be proven once.
    CreateVerification {
        /// The verification.
        verification: &'a mut Verification,
    },
    /// A verification that was taken goes back, with what has changed in it: a code that was guessed wrong, or looked at
    /// only. A refusal ends it, for it was taken.
    UpdateVerification {
        /// The verification.
        verification: &'a mut Verification,
    },
    /// A verification is taken, to be acted on once.
    TakeVerification {
        /// What it is looked up by: a secret, until it is taken.
        identifier: &'a str,
    },
}

/// Why a session ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionEnd {
    /// The user signs out. Of a [stateless](crate::Auth::stateless) server too, where it is told of whoever sends
    /// the cookies: of a copy of them again.
    SignedOut,
    /// The user ends it from a list of sessions, or the app does.
    Revoked,
    /// Another session takes its place in the browser.
    Replaced,
    /// The user's password is another.
    PasswordChanged,
    /// The user's address is proven for the first time: who was signed in before may have been somebody else.
    EmailProven,
    /// The user has more sessions than [there may be](crate::SessionOptions::max_per_user).
    TooMany,
    /// The sign-in that began it turned out not to stand.
    Undone,
}

impl Debug for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut with =
            |name, field, value: &dyn Debug| f.debug_struct(name).field(field, value).finish_non_exhaustive();
        match self {
            Self::CreateUser { user, .. } => with("CreateUser", "user", &user.id),
            Self::UpdateUser { user, .. } => with("UpdateUser", "user", user),
            Self::DeleteUser { user } => with("DeleteUser", "user", user),
            Self::CreateAccount { account } => with("CreateAccount", "account", account),
            Self::UpdatePassword { user, .. } => with("UpdatePassword", "user", user),
            Self::DeleteAccount { account } => with("DeleteAccount", "account", account),
            Self::CreateSession { session, .. } => with("CreateSession", "session", session),
            Self::UpdateSession { session } => with("UpdateSession", "session", session),
            Self::DeleteSession { session, .. } => with("DeleteSession", "session", session),
            Self::DeleteSessions { user, .. } => with("DeleteSessions", "user", user),
            // What they are looked up by opens them.
            Self::CreateVerification { .. } => f.write_str("CreateVerification"),
            Self::UpdateVerification { .. } => f.write_str("UpdateVerification"),
            Self::TakeVerification { .. } => f.write_str("TakeVerification"),
        }
    }
}
