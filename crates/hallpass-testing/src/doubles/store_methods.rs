//! The one list of what a store's methods take and give, for doubles and tests that pass them on.

/// Gives every method of a store that is no matter of its schema, by trait, to the macro named in it.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_methods {
    ($then:ident) => {
        $then! {
                UserStore {
                    create_user(user: &User, account: Option<&Account>) -> ();
                    create_user_with_session(user: &User, account: Option<&Account>, session: &Session) -> Option<bool>;
                    user(id: &UserId) -> Option<User>;
                    user_by_email(email: &Email) -> Option<User>;
                    credential_by_email(email: &Email) -> Option<(User, Option<Account>)>;
                    update_user(id: &UserId, change: &UserChange) -> Option<User>;
                    user_by_field(field: &str, value: &str) -> Option<User>;
                    delete_user(id: &UserId) -> bool;
                }
                AccountStore {
                    add_account(account: &Account) -> bool;
                    account_by_provider(provider_id: &str, account_id: &str) -> Option<Account>;
                    accounts_of(user: &UserId) -> Vec<Account>;
                    replace_password_hash(account: &AccountId, from: &PasswordHash, to: &PasswordHash, now: Timestamp) -> bool;
                    delete_account(id: &AccountId) -> bool;
                    delete_account_unless_last(id: &AccountId) -> bool;
                }
                SessionStore {
                    create_session(session: &Session) -> bool;
                    may_have_session(user: &UserId) -> bool;
                    session(token: &TokenForms) -> Option<(Session, User)>;
                    touch_session(token: &StoredToken, expires_at: Timestamp, updated_at: Timestamp) -> bool;
                    update_session(token: &StoredToken, extra: &Extra, updated_at: Timestamp) -> Option<Session>;
                    delete_session(token: &TokenForms) -> bool;
                    sessions_of(user: &UserId, now: Timestamp) -> Vec<Session>;
                    delete_sessions_of(user: &UserId, except: Option<&StoredToken>) -> u64;
                    delete_expired_sessions(now: Timestamp, limit: u32) -> u64;
                }
                VerificationStore {
                    put_verification(verification: &Verification) -> ();
                    restore_verification(verification: &Verification) -> bool;
                    verification(identifier: &str, now: Timestamp) -> Option<Verification>;
                    take_verification(identifier: &str, now: Timestamp) -> Option<Verification>;
                    delete_expired_verifications(now: Timestamp, limit: u32) -> u64;
                }
        }
    };
}
