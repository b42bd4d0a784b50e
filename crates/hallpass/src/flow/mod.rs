//! The flows, one file each: the typed call on [`Auth`](crate::Auth) and the endpoint that wraps it.

pub(crate) mod accounts;
pub(crate) mod change_email;
pub(crate) mod delete_user;
pub(crate) mod get_session;
pub(crate) mod limits;
pub(crate) mod mailbox;
pub(crate) mod mailed_token;
pub(crate) mod password;
pub(crate) mod records;
pub(crate) mod reset_password;
pub(crate) mod seen;
pub(crate) mod session;
pub(crate) mod session_limits;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
pub(crate) mod status;
pub(crate) mod sweep;
pub(crate) mod unlink_account;
pub(crate) mod update_session;
pub(crate) mod update_user;
pub(crate) mod verification_mail;
pub(crate) mod verify_email;

use crate::endpoint::Endpoint;

/// The endpoints of the core.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let single = [
        status::ok_endpoint(),
        status::error_endpoint(),
        sign_up::endpoint(),
        sign_in::endpoint(),
        sign_out::endpoint(),
        get_session::endpoint(),
        accounts::endpoint(),
        update_session::endpoint(),
        update_user::endpoint(),
        delete_user::endpoint(),
        delete_user::callback_endpoint(),
        change_email::endpoint(),
        unlink_account::endpoint(),
        verification_mail::endpoint(),
        verify_email::endpoint(),
    ];
    single
        .into_iter()
        .chain(sessions::endpoints())
        .chain(password::endpoints())
        .chain(reset_password::endpoints())
        .collect()
}
