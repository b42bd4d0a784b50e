//! Taking a way to sign in from a user.

use serde_json::{Value, json};

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::model::Account;
use crate::reply::Reply;
use crate::shape::{Kind, Shape};
use crate::types::{AccountId, UserId};

impl Auth {
    /// Takes an account from a user, but not the last one, unless that is
    /// [allowed](crate::AuthBuilder::allow_unlinking_all): the user could not sign in any more.
    ///
    /// # Errors
    /// [`Error::AccountNotFound`], [`Error::LastAccount`], [`Error::Store`], and whatever a plugin says.
    pub async fn unlink_account(&self, user: &UserId, account: &AccountId) -> Result<(), Error> {
        unlink(self, user, Some(account.as_str()), None).await
    }
}

/// Unlinks the account with this id; or else that of a provider, by its id there if one is given: so better-auth's
/// clients up to version 1.6 name it.
async fn unlink(auth: &Auth, user: &UserId, id: Option<&str>, provider: Option<&str>) -> Result<(), Error> {
    let accounts = auth.inner().store.accounts_of(user).await?;
    if accounts.len() == 1 && !auth.inner().unlinks_all {
        return Err(Error::LastAccount);
    }
    let is_of_provider = |there: &&Account| {
        provider == Some(there.provider_id.as_str()) && id.is_none_or(|id| there.account_id == id)
    };
    let by_id = accounts.iter().find(|there| id == Some(there.id.as_str()));
    let account = by_id.or_else(|| accounts.iter().find(is_of_provider)).ok_or(Error::AccountNotFound)?;
    if auth.take_account(account, auth.inner().unlinks_all).await? {
        return Ok(());
    }
    // Another call may have taken it, or the only other one.
    let left = auth.inner().store.accounts_of(user).await?;
    let stays = left.iter().any(|there| there.id == account.id);
    Err(if stays { Error::LastAccount } else { Error::AccountNotFound })
}

/// `POST /unlink-account`.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::post("/unlink-account", handle)
        .summary("Takes a way to sign in from the user")
        .body(
            Shape::new().field_or("accountId", Kind::String, "providerId").optional("providerId", Kind::Any),
        )
        .session(SessionNeed::Fresh)
}

async fn handle(request: Request) -> Result<Reply, Error> {
    let text = |name| request.body.get(name).and_then(Value::as_str);
    let user = &request.signed_in()?.user.id;
    unlink(&request.auth, user, text("accountId"), text("providerId")).await?;
    Ok(Reply::json(&json!({"status": true})))
}
