//! Passwords: how they are read, hashed and verified.
//!
//! New hashes are argon2id in PHC form. better-auth's scrypt hashes are verified as well and come back
//! as [`Verdict::RightButOutdated`], so that the next sign-in replaces them. [`PasswordScheme::Scrypt`]
//! makes such hashes instead, for an app that runs beside a better-auth server on one database.
//! Hashes that came with the users of another system are verified and replaced too: argon2i, scrypt in PHC form,
//! PBKDF2 as Django, passlib and the PHC form write it, and by the feature `bcrypt` bcrypt.
//!
//! A hash costs tens of milliseconds of CPU by intent. [`HashPool`] does that work on a few threads of
//! its own behind a bounded queue, so that a flood of sign-ins neither blocks the async workers nor
//! grows without end.

mod argon2;
mod hash;
mod hasher;
mod imported;
mod inline;
mod job;
mod pool;
mod scheme;
mod scratch;
mod scrypt;
mod text;
mod workers;

#[cfg(test)]
mod testing;

pub use self::argon2::{Argon2id, Argon2idError};
pub use self::hash::{HashForm, PasswordHash};
pub use self::hasher::{HashError, PasswordHasher, Verdict};
pub use self::inline::InlineHasher;
pub use self::pool::HashPool;
pub use self::scheme::PasswordScheme;
pub use self::text::Password;

/// Bytes of salt in a new hash, in either scheme (RFC 9106 §3.1 recommends 16).
const SALT_LEN: usize = 16;
