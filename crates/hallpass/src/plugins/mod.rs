//! The plugins that need no tables of their own. Each is added by
//! [`AuthBuilder::plugin`](crate::AuthBuilder::plugin), and answers as better-auth's plugin of the same id.

mod anonymous;
mod bearer;
mod captcha;
mod custom_session;
mod email_otp;
mod have_i_been_pwned;
mod last_login_method;
mod magic_link;
mod multi_session;
mod one_time_token;
mod open_api;
mod username;

pub use self::anonymous::{Anonymous, OnLink};
pub use self::bearer::Bearer;
pub use self::captcha::{Captcha, CaptchaProvider};
pub use self::custom_session::{CustomSession, ShowSession};
pub use self::email_otp::{CodePurpose, EmailOtp, SignInCode, VerifiedByCode};
pub use self::have_i_been_pwned::{HaveIBeenPwned, InvalidOfflineList, OfflineList};
pub use self::last_login_method::LastLoginMethod;
pub use self::magic_link::{FollowedMagicLink, MagicLink, MagicLinkError, SendMagicLink};
pub use self::multi_session::{MultiSession, Revoked};
pub use self::one_time_token::OneTimeToken;
pub use self::open_api::{OpenApi, ReferenceScript};
pub use self::username::{SignInUsername, Username};
