//! How cookies are named and attributed, as configured.

use crate::config::{CookieOptions, CookiePatch};
use crate::cookie::{CookieAttributes, CookieDefinition};

/// The options of cookies, and whether they are secure.
#[derive(Debug, Clone)]
pub(crate) struct CookieRules {
    options: CookieOptions,
    secure: bool,
}

impl CookieRules {
    pub(crate) fn new(options: CookieOptions, secure: bool) -> Self {
        Self { options, secure }
    }

    /// The cookie that options call `key`.
    pub(crate) fn define(&self, key: &str) -> CookieDefinition {
        let (options, secure) = (&self.options, self.secure);
        let special = options.overrides.get(key);
        let mut attributes =
            CookieAttributes { secure, domain: options.domain.clone(), ..CookieAttributes::default() };
        options.attributes.apply(&mut attributes);
        if let Some(special) = special {
            special.attributes.apply(&mut attributes);
        }
        let prefix = if secure { "__Secure-" } else { "" };
        let name = match special.and_then(|special| special.name.as_ref()) {
            Some(name) => format!("{prefix}{name}"),
            None => format!("{prefix}{}.{key}", options.prefix),
        };
        CookieDefinition::new(name, attributes)
    }
}

impl CookieDefinition {
    /// With other attributes.
    pub(crate) fn patched(self, patch: &CookiePatch) -> Self {
        let (name, mut attributes) = self.into_parts();
        patch.apply(&mut attributes);
        Self::new(name, attributes)
    }
}
