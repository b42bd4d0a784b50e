//! The options of what goes by mail, plain structs with safe defaults.

use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// Proving addresses by mail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..EmailVerification::default()")]
pub struct EmailVerification {
    /// Whether verification mails are sent at all, where there is a mailer. Default: yes.
    pub enabled: bool,
    /// Whether signing up sends one. Default: where a proven address is required to sign in.
    pub send_on_sign_up: Option<bool>,
    /// Whether a sign-in that is refused for want of a proven address sends one. Default: no.
    pub send_on_sign_in: bool,
    /// Whether who follows the link is signed in by it. Default: no.
    pub auto_sign_in: bool,
    /// How long the link is good. Default: 1 hour.
    pub expires_in: Duration,
    /// That the app proves addresses by means of its own, or asks for every verification mail itself: `build()`
    /// then takes a required verification for which nothing sends a mail. Default: no.
    pub left_to_app: bool,
}

impl Default for EmailVerification {
    fn default() -> Self {
        Self {
            enabled: true,
            send_on_sign_up: None,
            send_on_sign_in: false,
            auto_sign_in: false,
            expires_in: HOUR,
            left_to_app: false,
        }
    }
}

/// Setting a new password by mail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..PasswordReset::default()")]
pub struct PasswordReset {
    /// Whether it can be asked for, where there are passwords and a mailer. Default: yes.
    pub enabled: bool,
    /// How long the link is good. Default: 1 hour.
    pub expires_in: Duration,
    /// Whether the user's sessions go on, and with them whoever has stolen one. Default: no, every session ends.
    pub keeps_sessions: bool,
    /// The page where the new password is typed in, for requests that name none: an absolute URL of a trusted
    /// origin, or a path from the root. It gets `?token=…`. Default: none, and a request must name it.
    pub page: Option<String>,
}

impl Default for PasswordReset {
    fn default() -> Self {
        Self { enabled: true, expires_in: HOUR, keeps_sessions: false, page: None }
    }
}

/// How users change their address.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..ChangeEmail::default()")]
pub struct ChangeEmail {
    /// Whether a proven address is asked first, before the new one gets its verification mail: who has stolen a
    /// session alone cannot move the account to a mailbox of their own. Default: yes.
    pub confirm_at_old_address: bool,
    /// Whether an address that was never proven is replaced at once. Default: no.
    pub update_unverified: bool,
}

impl Default for ChangeEmail {
    fn default() -> Self {
        Self { confirm_at_old_address: true, update_unverified: false }
    }
}

/// How users delete themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built with ..UserDeletion::default()")]
pub struct UserDeletion {
    /// Whether it takes a link that is mailed, in place of the password or a fresh session. Default: no.
    pub by_mail: bool,
    /// How long the link is good. Default: 1 day.
    pub expires_in: Duration,
}

impl Default for UserDeletion {
    fn default() -> Self {
        Self { by_mail: false, expires_in: 24 * HOUR }
    }
}

/// The longest that a mailed link may be good.
pub(crate) const LONGEST_LINK: Duration = Duration::from_secs(30 * 24 * 3600);
