//! The flows, one file each: the typed call on [`Auth`](crate::Auth) and the endpoint that wraps it.

pub(crate) mod get_session;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
pub(crate) mod status;
pub(crate) mod sweep;

use crate::endpoint::Endpoint;

/// The endpoints of the core.
pub(crate) fn endpoints() -> [Endpoint; 6] {
    [
        status::ok_endpoint(),
        status::error_endpoint(),
        sign_up::endpoint(),
        sign_in::endpoint(),
        sign_out::endpoint(),
        get_session::endpoint(),
    ]
}
