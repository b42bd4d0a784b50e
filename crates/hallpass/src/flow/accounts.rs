//! The accounts by which a user signs in.

use serde::Serialize;

use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::endpoint::{Endpoint, Request, SessionNeed};
use crate::error::Error;
use crate::model::Account;
use crate::reply::Reply;
use crate::types::{AccountId, UserId};

impl Auth {
    /// The accounts of a user, oldest first.
    ///
    /// # Errors
    /// [`Error::Store`] when the store fails.
    pub async fn accounts_of(&self, user: &UserId) -> Result<Vec<Account>, Error> {
        Ok(self.inner().store.accounts_of(user).await?)
    }
}

/// An account as its user sees it: no token and no hash.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountView<'a> {
    account_id: &'a str,
    provider_id: &'a str,
    user_id: &'a UserId,
    created_at: Timestamp,
    updated_at: Timestamp,
    id: &'a AccountId,
    scopes: Vec<&'a str>,
}

impl<'a> From<&'a Account> for AccountView<'a> {
    fn from(account: &'a Account) -> Self {
        let scopes = account.scope.as_deref().unwrap_or_default().split(',').map(str::trim);
        Self {
            account_id: &account.account_id,
            provider_id: &account.provider_id,
            user_id: &account.user_id,
            created_at: account.created_at,
            updated_at: account.updated_at,
            id: &account.id,
            scopes: scopes.filter(|scope| !scope.is_empty()).collect(),
        }
    }
}

/// `GET /list-accounts`.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::get("/list-accounts", list)
        .summary("Lists the accounts by which the user signs in")
        .session(SessionNeed::Session)
}

async fn list(request: Request) -> Result<Reply, Error> {
    let accounts = request.auth.accounts_of(&request.signed_in()?.user.id).await?;
    Ok(Reply::json(&accounts.iter().map(AccountView::from).collect::<Vec<_>>()))
}
