//! Plugins that ask others, whose fakes run on this machine.

use hallpass::plugins::{Captcha, CaptchaProvider, HaveIBeenPwned};
use serde::Deserialize;

use crate::Failure;
use crate::loopback;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CaptchaOptions {
    provider: Provider,
    secret_key: String,
    #[serde(rename = "siteVerifyURLOverride")]
    site_verify_url: Option<String>,
    #[serde(default)]
    endpoints: Vec<String>,
    site_key: Option<String>,
    min_score: Option<f64>,
    expected_action: Option<String>,
    #[serde(default)]
    allowed_hostnames: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Provider {
    #[serde(rename = "cloudflare-turnstile")]
    CloudflareTurnstile,
    #[serde(rename = "google-recaptcha")]
    GoogleRecaptcha,
    HCaptcha,
    CaptchaFox,
}

pub(super) fn captcha(options: CaptchaOptions) -> Captcha {
    let provider = match options.provider {
        Provider::CloudflareTurnstile => CaptchaProvider::CloudflareTurnstile,
        Provider::GoogleRecaptcha => CaptchaProvider::GoogleRecaptcha,
        Provider::HCaptcha => CaptchaProvider::HCaptcha,
        Provider::CaptchaFox => CaptchaProvider::CaptchaFox,
    };
    let mut captcha = Captcha::new(provider, options.secret_key, loopback::client())
        .endpoints(options.endpoints)
        .allowed_hostnames(options.allowed_hostnames);
    if let Some(url) = options.site_verify_url {
        captcha = captcha.verify_url(url);
    }
    if let Some(key) = options.site_key {
        captcha = captcha.site_key(key);
    }
    if let Some(score) = options.min_score {
        captcha = captcha.min_score(score);
    }
    if let Some(action) = options.expected_action {
        captcha = captcha.expected_action(action);
    }
    captcha
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PwnedOptions {
    custom_password_compromised_message: Option<String>,
    /// No option of better-auth's: where the fake of the service is.
    #[serde(rename = "rangeURLOverride")]
    range_url: Option<String>,
}

pub(super) fn have_i_been_pwned(options: PwnedOptions) -> Result<HaveIBeenPwned, Failure> {
    let url = options.range_url.ok_or_else(|| {
        Failure::Refused(
            "option plugins.have-i-been-pwned: there is no service without rangeURLOverride".to_owned(),
        )
    })?;
    let plugin = HaveIBeenPwned::new(loopback::client()).range_url(url);
    Ok(match options.custom_password_compromised_message {
        Some(message) => plugin.message(message),
        None => plugin,
    })
}
