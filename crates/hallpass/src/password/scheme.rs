//! Which hashes are made, and how a stored one is recognised.

use super::SALT_LEN;
use super::scratch::Scratch;
use super::{Argon2id, HashError, Password, PasswordHash, Verdict, argon2, imported, scrypt};

/// How new passwords are hashed.
///
/// It decides about new hashes only. Stored hashes of every scheme here are verified whichever is
/// current; those of another scheme or with other parameters are [`Verdict::RightButOutdated`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordScheme {
    /// argon2id in PHC form: the default.
    Argon2id(Argon2id),
    /// better-auth's scrypt (N = 16384, r = 16, p = 1, `salt:key` in hex).
    ///
    /// For an app that shares its database with a better-auth server, which reads nothing else. It
    /// costs four times the CPU of the default argon2id.
    Scrypt,
}

impl PasswordScheme {
    /// A new hash of `password`.
    pub(super) fn hash(
        self,
        password: &Password,
        salt: [u8; SALT_LEN],
        scratch: &mut Scratch,
    ) -> Result<PasswordHash, HashError> {
        match self {
            Self::Argon2id(parameters) => argon2::hash(parameters, password, salt, scratch),
            Self::Scrypt => scrypt::hash(password, salt),
        }
    }

    /// Whether `password` is that of `hash`, and `hash` what this scheme would make today.
    pub(super) fn verify(
        self,
        password: &Password,
        hash: &PasswordHash,
        scratch: &mut Scratch,
    ) -> Result<Verdict, HashError> {
        let (right, current) = if let Some(stored) = argon2::Stored::parse(hash.as_str()) {
            (
                stored.matches(password, scratch)?,
                self == Self::Argon2id(stored.parameters()) && stored.is_current(),
            )
        } else if let Some(stored) = scrypt::Stored::parse(hash.as_str()) {
            (stored.matches(password)?, self == Self::Scrypt)
        } else if let Some(stored) = imported::Stored::parse(hash.as_str()) {
            (stored.matches(password)?, false)
        } else {
            return Err(HashError::Malformed);
        };
        Ok(match (right, current) {
            (false, _) => Verdict::Wrong,
            (true, true) => Verdict::Right,
            (true, false) => Verdict::RightButOutdated,
        })
    }

    /// What a hash costs, in hashes of the default argon2id, at least 1.
    pub(super) fn cost(self) -> usize {
        match self {
            Self::Argon2id(parameters) => parameters.cost(),
            Self::Scrypt => 4,
        }
    }
}

impl Default for PasswordScheme {
    fn default() -> Self {
        Self::Argon2id(Argon2id::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::testing::WEAK;

    const BETTER_AUTH: &str = "000102030405060708090a0b0c0d0e0f:4d0d283f7449d979c31a602cc9bd620e5f53848f484c4bcb2177ed3e814eb13c6103504113a34cc637e58fdfc43bade04dbfd45dea9c309439dcc920e4d0e51d";

    fn verify(scheme: PasswordScheme, password: &str, hash: &str) -> Result<Verdict, HashError> {
        scheme.verify(&password.into(), &PasswordHash::new(hash), &mut Scratch::for_one_hash())
    }

    fn hash(scheme: PasswordScheme, password: &str) -> String {
        scheme
            .hash(&password.into(), [7; SALT_LEN], &mut Scratch::for_one_hash())
            .expect("hashes")
            .into_string()
    }

    #[test]
    fn a_hash_of_the_current_scheme_is_right() {
        for scheme in [PasswordScheme::Argon2id(WEAK), PasswordScheme::Scrypt] {
            let hash = hash(scheme, "correct horse");
            assert_eq!(verify(scheme, "correct horse", &hash).unwrap(), Verdict::Right);
            assert_eq!(verify(scheme, "correct hors", &hash).unwrap(), Verdict::Wrong);
        }
    }

    #[test]
    fn a_better_auth_hash_is_outdated_where_argon2id_is_current() {
        let argon2id = PasswordScheme::Argon2id(WEAK);
        for spelling in ["p\u{e4}ssword", "pa\u{308}ssword"] {
            assert_eq!(verify(argon2id, spelling, BETTER_AUTH).unwrap(), Verdict::RightButOutdated);
        }
        assert_eq!(verify(argon2id, "passw\u{f6}rd", BETTER_AUTH).unwrap(), Verdict::Wrong);
        assert_eq!(verify(PasswordScheme::Scrypt, "p\u{e4}ssword", BETTER_AUTH).unwrap(), Verdict::Right);
    }

    #[test]
    fn an_argon2id_hash_is_outdated_where_scrypt_or_other_parameters_are_current() {
        let stored = hash(PasswordScheme::Argon2id(WEAK), "correct horse");
        let other = Argon2id::danger_weaker_than_owasp(64, 2, 1).unwrap();
        for scheme in [PasswordScheme::Scrypt, PasswordScheme::Argon2id(other), PasswordScheme::default()] {
            assert_eq!(verify(scheme, "correct horse", &stored).unwrap(), Verdict::RightButOutdated);
            assert_eq!(verify(scheme, "wrong horse", &stored).unwrap(), Verdict::Wrong);
        }
    }

    #[test]
    fn a_hash_of_no_known_scheme_is_malformed() {
        for text in
            ["", ":", "password", "$2b$12$abcdefghijklmnopqrstuu", "$argon2id$", "$argon2id$v=19", "a:b"]
        {
            let error = verify(PasswordScheme::default(), "password", text).unwrap_err();
            assert!(matches!(error, HashError::Malformed), "{text:?}");
        }
    }
}
