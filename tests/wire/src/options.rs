//! better-auth's options, as far as hallpass has them. A field that is not here is refused by name.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Failure;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Options {
    #[serde(rename = "baseURL")]
    pub(crate) base_url: BaseUrl,
    pub(crate) base_path: Option<String>,
    pub(crate) secret: Option<String>,
    #[serde(default)]
    pub(crate) secrets: Vec<VersionedSecret>,
    /// `null`: none.
    #[serde(default = "memory")]
    pub(crate) database: Option<String>,
    /// `usePlural` of better-auth's adapter.
    #[serde(default)]
    pub(crate) use_plural: bool,
    #[serde(default)]
    pub(crate) email_and_password: EmailAndPassword,
    /// `memory`: see [`crate::secondary`].
    pub(crate) secondary_storage: Option<String>,
    #[serde(default)]
    pub(crate) verification: Verification,
    #[serde(default)]
    pub(crate) email_verification: EmailVerification,
    #[serde(default)]
    pub(crate) user: User,
    #[serde(default)]
    pub(crate) account: Account,
    #[serde(default)]
    pub(crate) session: Session,
    #[serde(default)]
    pub(crate) trusted_origins: Vec<String>,
    #[serde(default)]
    pub(crate) disabled_paths: Vec<String>,
    #[serde(default)]
    pub(crate) rate_limit: RateLimit,
    #[serde(default)]
    pub(crate) advanced: Advanced,
    #[serde(default, rename = "onAPIError")]
    pub(crate) on_api_error: OnApiError,
    /// Read by [`crate::plugins`].
    #[serde(default)]
    pub(crate) plugins: Vec<Value>,
}

/// The address, or the hosts that the server answers at.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum BaseUrl {
    Static(String),
    Dynamic(DynamicBaseUrl),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DynamicBaseUrl {
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) fallback: String,
    /// The same at every host.
    pub(crate) protocol: String,
}

impl BaseUrl {
    /// The address of whoever was not asked by another.
    pub(crate) fn main(&self) -> &str {
        match self {
            Self::Static(url) => url,
            Self::Dynamic(DynamicBaseUrl { fallback, .. }) => fallback,
        }
    }

    /// Whether the fallback has the protocol of the hosts.
    pub(crate) fn has_one_protocol(&self) -> bool {
        match self {
            Self::Static(_) => true,
            Self::Dynamic(DynamicBaseUrl { fallback, protocol, .. }) => {
                fallback.split("://").next() == Some(protocol)
            }
        }
    }

    /// The hosts.
    pub(crate) fn hosts(&self) -> &[String] {
        match self {
            Self::Static(_) => &[],
            Self::Dynamic(DynamicBaseUrl { allowed_hosts, .. }) => allowed_hosts,
        }
    }
}

fn memory() -> Option<String> {
    Some("memory".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct VersionedSecret {
    pub(crate) version: u32,
    pub(crate) value: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EmailAndPassword {
    #[serde(default)]
    pub(crate) enabled: bool,
    #[serde(default)]
    pub(crate) disable_sign_up: bool,
    #[serde(default)]
    pub(crate) require_email_verification: bool,
    pub(crate) min_password_length: Option<usize>,
    pub(crate) max_password_length: Option<usize>,
    pub(crate) auto_sign_in: Option<bool>,
    #[serde(default)]
    pub(crate) password: OwnHashing,
    /// A callback; so are those below that are named for a mail. `true`: there is one.
    #[serde(default)]
    pub(crate) send_reset_password: bool,
    pub(crate) reset_password_token_expires_in: Option<u64>,
    /// Absent: what hallpass does by itself, which is not what better-auth does.
    pub(crate) revoke_sessions_on_password_reset: Option<bool>,
    #[serde(default)]
    pub(crate) on_existing_user_sign_up: bool,
}

/// Callbacks in place of better-auth's hashing. What they do is the server's own matter; here it is cheap.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnHashing {
    #[serde(default)]
    pub(crate) hash: bool,
    #[serde(default)]
    pub(crate) verify: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EmailVerification {
    #[serde(default)]
    pub(crate) send_verification_email: bool,
    pub(crate) send_on_sign_up: Option<bool>,
    #[serde(default)]
    pub(crate) send_on_sign_in: bool,
    #[serde(default)]
    pub(crate) auto_sign_in_after_verification: bool,
    pub(crate) expires_in: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) model_name: Option<String>,
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, String>,
    /// In the order of the file, which is the order of answers.
    #[serde(default)]
    pub(crate) additional_fields: Map<String, Value>,
    #[serde(default)]
    pub(crate) delete_user: DeleteUser,
    #[serde(default)]
    pub(crate) change_email: ChangeEmail,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ChangeEmail {
    #[serde(default)]
    pub(crate) enabled: bool,
    #[serde(default)]
    pub(crate) send_change_email_confirmation: bool,
    #[serde(default)]
    pub(crate) update_email_without_verification: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DeleteUser {
    #[serde(default)]
    pub(crate) enabled: bool,
    #[serde(default)]
    pub(crate) send_delete_account_verification: bool,
    pub(crate) delete_token_expires_in: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) model_name: Option<String>,
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) account_linking: AccountLinking,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AccountLinking {
    #[serde(default)]
    pub(crate) allow_unlinking_all: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Session {
    pub(crate) model_name: Option<String>,
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, String>,
    /// Likewise.
    #[serde(default)]
    pub(crate) additional_fields: Map<String, Value>,
    pub(crate) expires_in: Option<u64>,
    pub(crate) update_age: Option<u64>,
    pub(crate) fresh_age: Option<u64>,
    #[serde(default)]
    pub(crate) disable_session_refresh: bool,
    #[serde(default)]
    pub(crate) defer_session_refresh: bool,
    #[serde(default)]
    pub(crate) store_session_in_database: bool,
    #[serde(default)]
    pub(crate) preserve_session_in_database: bool,
    #[serde(default)]
    pub(crate) cookie_cache: CookieCache,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Verification {
    pub(crate) model_name: Option<String>,
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) store_in_database: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CookieCache {
    /// Off, or on where there is no store.
    pub(crate) enabled: Option<bool>,
    pub(crate) max_age: Option<u64>,
    pub(crate) strategy: Option<CookieCacheStrategy>,
    pub(crate) version: Option<String>,
    /// Of no use beside a database, where better-auth too passes it over.
    pub(crate) refresh_cache: Option<RefreshCache>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
pub(crate) enum RefreshCache {
    Switched(bool),
    UpdateAge {
        #[serde(rename = "updateAge")]
        update_age: Option<u64>,
    },
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CookieCacheStrategy {
    #[default]
    Compact,
    Jwt,
    Jwe,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RateLimit {
    pub(crate) enabled: Option<bool>,
    pub(crate) window: Option<u64>,
    pub(crate) max: Option<u64>,
    /// By path or glob, the first that fits counting: the order of the file matters.
    #[serde(default)]
    custom_rules: Map<String, Value>,
    pub(crate) storage: Option<RateLimitStorage>,
}

impl RateLimit {
    /// The rules, in the order of the file.
    pub(crate) fn rules(&self) -> Result<Vec<(String, CustomRule)>, Failure> {
        let rules = self.custom_rules.iter().map(|(path, rule)| {
            let rule = serde_json::from_value(rule.clone());
            let rule =
                rule.map_err(|_| Failure::Refused(format!("option rateLimit.customRules[{path:?}]")))?;
            Ok((path.clone(), rule))
        });
        rules.collect()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RateLimitStorage {
    Memory,
    Database,
    SecondaryStorage,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum CustomRule {
    Limit { window: u64, max: u64 },
    Off(bool),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Ids {
    pub(crate) generate_id: Option<GenerateId>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GenerateId {
    Uuid,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Advanced {
    #[serde(default)]
    pub(crate) database: Ids,
    pub(crate) use_secure_cookies: Option<bool>,
    pub(crate) cookie_prefix: Option<String>,
    #[serde(default)]
    pub(crate) cross_sub_domain_cookies: CrossSubDomainCookies,
    #[serde(default)]
    pub(crate) cookies: BTreeMap<String, Cookie>,
    #[serde(default)]
    pub(crate) default_cookie_attributes: CookieAttributes,
    #[serde(default)]
    pub(crate) ip_address: IpAddress,
    #[serde(default)]
    pub(crate) skip_trailing_slashes: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CrossSubDomainCookies {
    #[serde(default)]
    pub(crate) enabled: bool,
    pub(crate) domain: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Cookie {
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) attributes: CookieAttributes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CookieAttributes {
    pub(crate) secure: Option<bool>,
    pub(crate) http_only: Option<bool>,
    pub(crate) same_site: Option<SameSite>,
    pub(crate) path: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) partitioned: Option<bool>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SameSite {
    #[serde(alias = "Strict")]
    Strict,
    #[serde(alias = "Lax")]
    Lax,
    #[serde(alias = "None")]
    None,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct IpAddress {
    pub(crate) ip_address_headers: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) disable_ip_tracking: bool,
    pub(crate) ipv6_subnet: Option<u8>,
    #[serde(default)]
    pub(crate) trusted_proxies: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OnApiError {
    #[serde(rename = "errorURL")]
    pub(crate) error_url: Option<String>,
}

impl Options {
    /// Reads the options. What hallpass lacks is refused with its name.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let mut json = serde_json::Deserializer::from_str(text);
        serde_path_to_error::deserialize(&mut json).map_err(|error| refused("", &error))
    }
}

/// Refuses an option of the part of the file that is called `within`, by its name.
pub(crate) fn refused(within: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Failure {
    let reason = error.inner().to_string();
    // The path ends at the object; the unknown field's name is in the reason.
    let field = reason.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    let path = error.path().to_string();
    let mut steps: Vec<&str> =
        [within, &path].into_iter().filter(|step| !matches!(*step, "" | ".")).collect();
    steps.extend(field.filter(|field| !path.ends_with(field)));
    Failure::Refused(format!("option {}: {reason}", steps.join(".")))
}
