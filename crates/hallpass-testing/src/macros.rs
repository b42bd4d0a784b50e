//! From the lists of checks to tests: `store::list` and `storage::list` name every check once, and the
//! macro that is given to them gets all the names.

/// Makes one `#[test]` of every check of the contracts in [`hallpass::store`].
///
/// Takes a future that makes an **empty** store: anything that implements
/// [`Store`](hallpass::store::Store), or a [`StoreFixture`](crate::StoreFixture). It is run once a
/// check, on that check's runtime.
///
/// ```
/// # use hallpass::MemoryStore;
/// hallpass_testing::store_tests!(async { MemoryStore::new() });
/// ```
/// Two stores in one file go into two modules.
#[macro_export]
macro_rules! store_tests {
    ($fresh:expr) => {
        $crate::__store_checks! { [$crate::__tests] run_store_check, $fresh }
    };
}

/// Makes one `#[test]` of every check of the contracts in [`hallpass::storage`].
///
/// Takes a future that makes a [`StorageFixture`](crate::StorageFixture) around an **empty**
/// [`AtomicStorage`](hallpass::storage::AtomicStorage). It is run once a check, on that check's
/// runtime.
///
/// ```
/// # use std::sync::Arc;
/// # use hallpass::MemoryStorage;
/// # use hallpass_testing::{MockClock, StorageFixture};
/// hallpass_testing::storage_tests!(async {
///     let clock = Arc::new(MockClock::new());
///     StorageFixture::new(MemoryStorage::new(clock.clone(), 1_000), clock)
/// });
/// ```
#[macro_export]
macro_rules! storage_tests {
    ($fresh:expr) => {
        $crate::__storage_checks! { [$crate::__tests] run_storage_check, $fresh }
    };
}

/// Makes one `#[test]` of every check of the contract of `hallpass_jwt::JwkStore`.
///
/// Takes a future that makes an **empty** store of keys, or a `jwk::JwkStoreFixture`. It is run once a check, on that
/// check's runtime.
///
/// ```
/// # use hallpass_jwt::MemoryJwkStore;
/// hallpass_testing::jwk_store_tests!(async { MemoryJwkStore::new() });
/// ```
#[cfg(feature = "jwt")]
#[macro_export]
macro_rules! jwk_store_tests {
    ($fresh:expr) => {
        $crate::__jwk_checks! { [$crate::__tests] run_jwk_check, $fresh }
    };
}

/// A list of checks as tests.
#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ($run:ident, $fresh:expr; $($module:ident: [$($name:ident),* $(,)?])*) => {
        $($(
            #[test]
            fn $name() {
                $crate::$run(stringify!($name), $fresh);
            }
        )*)*
    };
}

/// A list of checks as an array, for use beside the modules that it names.
macro_rules! table {
    (; $($module:ident: [$($name:ident),* $(,)?])*) => {
        &[$($(
            $crate::Check::new(stringify!($name), |fixture| Box::pin($module::$name(fixture.into()))),
        )*)*]
    };
}

pub(crate) use table;
