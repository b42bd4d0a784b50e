//! Plugins that sign in by what is mailed.

use std::time::Duration;

use hallpass::RateLimit;
use hallpass::plugins::{EmailOtp, MagicLink};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    window: u64,
    max: u64,
}

impl Limit {
    fn read(&self) -> RateLimit {
        RateLimit::new(self.max, Duration::from_secs(self.window))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MagicLinkOptions {
    expires_in: Option<u64>,
    #[serde(default)]
    disable_sign_up: bool,
    rate_limit: Option<Limit>,
}

pub(super) fn magic_link(options: &MagicLinkOptions) -> MagicLink {
    let mut plugin = MagicLink::new();
    if let Some(seconds) = options.expires_in {
        plugin = plugin.expires_in(Duration::from_secs(seconds));
    }
    if let Some(limit) = &options.rate_limit {
        plugin = plugin.limit(limit.read());
    }
    if options.disable_sign_up { plugin.without_sign_up() } else { plugin }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EmailOtpOptions {
    otp_length: Option<usize>,
    expires_in: Option<u64>,
    allowed_attempts: Option<u32>,
    #[serde(default, rename = "sendVerificationOnSignUp")]
    send_on_sign_up: bool,
    #[serde(default)]
    disable_sign_up: bool,
    #[serde(default)]
    override_default_email_verification: bool,
    #[serde(default)]
    change_email: ChangeEmail,
    rate_limit: Option<Limit>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangeEmail {
    #[serde(default)]
    enabled: bool,
    #[serde(default)]
    verify_current_email: bool,
}

pub(super) fn email_otp(options: &EmailOtpOptions) -> EmailOtp {
    let mut plugin = EmailOtp::new();
    if let Some(digits) = options.otp_length {
        plugin = plugin.length(digits);
    }
    if let Some(seconds) = options.expires_in {
        plugin = plugin.expires_in(Duration::from_secs(seconds));
    }
    if let Some(attempts) = options.allowed_attempts {
        plugin = plugin.attempts(attempts);
    }
    if options.send_on_sign_up {
        plugin = plugin.send_on_sign_up();
    }
    if options.override_default_email_verification {
        plugin = plugin.replace_verification_links();
    }
    if options.change_email.enabled {
        plugin = plugin.change_email(options.change_email.verify_current_email);
    }
    if let Some(limit) = &options.rate_limit {
        plugin = plugin.limit(limit.read());
    }
    if options.disable_sign_up { plugin.without_sign_up() } else { plugin }
}
