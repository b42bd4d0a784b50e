//! What a stateless server cannot be.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use hallpass::schema::ExtraField;
use hallpass::{
    Auth, AuthBuilder, BuildError, CookieCache, CookieCacheRefresh, MemoryStorage, MemoryStore,
    SecondaryOptions, SessionOptions,
};
use hallpass_testing::MockClock;

use crate::app::SECRET;
use crate::stateless::{DAY, cookies, session};

#[cfg(not(feature = "jwe"))]
#[test]
fn without_the_feature_the_form_of_the_cookie_must_be_said() {
    let built = Auth::stateless().secret(SECRET).base_url("https://app.example.com").build();
    assert!(matches!(built, Err(BuildError::StatelessWithoutCookies)));
}

#[test]
fn what_cannot_be_safe_or_makes_no_sense_is_refused() {
    let build = |builder: AuthBuilder, options| {
        builder.secret(SECRET).base_url("https://app.example.com").session(options)
    };
    let stateless = |options| build(Auth::stateless(), options);
    assert!(stateless(session(cookies())).build().is_ok());
    let beside = build(Auth::builder(MemoryStore::new()), session(cookies())).build();
    assert!(matches!(beside, Err(BuildError::CookieCacheRefreshBesideStore)));
    let storage = || MemoryStorage::new(Arc::new(MockClock::new()), 10);
    let beside = build(Auth::builder(MemoryStore::new()), session(cookies()))
        .secondary_storage(storage(), SecondaryOptions::default());
    assert!(matches!(beside.build(), Err(BuildError::CookieCacheRefreshBesideStore)));
    let twice = stateless(session(cookies())).secondary_storage(storage(), SecondaryOptions::default());
    assert!(matches!(twice.build(), Err(BuildError::StatelessWithStorage)));
    let counted = SessionOptions { max_per_user: NonZeroU32::new(3), ..session(cookies()) };
    assert!(matches!(stateless(counted).build(), Err(BuildError::StatelessSessionLimit)));
    let hiding = stateless(session(cookies())).user_field(ExtraField::boolean("suspended").hidden());
    assert!(matches!(hiding.build(), Err(BuildError::StatelessHiddenFields)));
    for within in [Duration::ZERO, 8 * DAY] {
        let cache = CookieCache { refresh: CookieCacheRefresh::Within(within), ..cookies() };
        let refused = stateless(session(cache)).build();
        assert!(matches!(refused, Err(BuildError::CookieCacheRefreshAge(_))), "{within:?}");
    }
}
