//! Hashes that other systems made, which came with their users. They are verified and never made.
//!
//! What such a hash costs is bounded: whoever can write to the database must not be able to hold the server up.

#[cfg(feature = "bcrypt")]
mod bcrypt;
mod pbkdf2;
mod scrypt;

use super::{HashError, HashForm, Password};

/// A stored hash, taken apart.
pub(super) enum Stored {
    #[cfg(feature = "bcrypt")]
    Bcrypt(bcrypt::Stored),
    Pbkdf2(pbkdf2::Stored),
    Scrypt(scrypt::Stored),
}

impl Stored {
    /// `None` for a text that is no such hash, or one that asks for more than is granted.
    pub(super) fn parse(text: &str) -> Option<Self> {
        #[cfg(feature = "bcrypt")]
        if let Some(stored) = bcrypt::Stored::parse(text) {
            return Some(Self::Bcrypt(stored));
        }
        pbkdf2::Stored::parse(text)
            .map(Self::Pbkdf2)
            .or_else(|| scrypt::Stored::parse(text).map(Self::Scrypt))
    }

    pub(super) fn matches(&self, password: &Password) -> Result<bool, HashError> {
        match self {
            #[cfg(feature = "bcrypt")]
            Self::Bcrypt(stored) => Ok(stored.matches(password)),
            Self::Pbkdf2(stored) => Ok(stored.matches(password)),
            Self::Scrypt(stored) => stored.matches(password),
        }
    }

    pub(super) const fn form(&self) -> HashForm {
        match self {
            #[cfg(feature = "bcrypt")]
            Self::Bcrypt(_) => HashForm::Bcrypt,
            Self::Pbkdf2(_) => HashForm::Pbkdf2,
            Self::Scrypt(_) => HashForm::Scrypt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::scratch::Scratch;
    use crate::password::{PasswordHash, PasswordScheme, Verdict};

    const PASSWORD: &str = "correct horse battery";
    const HASHES: &[(HashForm, &str)] = &[
        // By argon2-cffi 25.1.
        (
            HashForm::Argon2,
            "$argon2i$v=19$m=64,t=2,p=1$0Pq/N0boHcMYw3gvxXhvrQ$bCABaU8IkUYj8IfX7vovqTV7rMybvHQ4DLeI1SfCUiY",
        ),
        // By passlib 1.7.
        (
            HashForm::Pbkdf2,
            "$pbkdf2-sha256$1000$XstZy5mT0lrr/V.rdS4lRA$pf6JBjoVY16poisLRKfFxGXymQJoXKVE1XwHjpqUUto",
        ),
        (
            HashForm::Pbkdf2,
            "$pbkdf2-sha512$1000$4hxjDCGk1Pq/t3aOUeqd8w$on4GejbjnAxgn4/RtUL.l3YWVb38V/KcfWUQYsn8Xmyn5dz7drQJLXVBavGYoVBRKJ65Zb6yvvRbzTDnFw0aUw",
        ),
        (HashForm::Pbkdf2, "$pbkdf2$1000$AgCAsBaiNKbU.l/LmTMGwA$1mQeErge9szCU987/43h.Blb9Fg"),
        (
            HashForm::Scrypt,
            "$scrypt$ln=8,r=8,p=1$i5Fyzrm3NsYYg3DOGSPkfA$hm3NrYnYip84fLqQrcmMkVi9hj0078ynPmzlCQVfDlI",
        ),
        // By Django 5.
        (HashForm::Pbkdf2, "pbkdf2_sha256$1000$seasalt2$/AgPzJG5e6Yv25JIyxyWfNnB6QXmfp0Y+BEGfC3zoJE="),
        (HashForm::Pbkdf2, "pbkdf2_sha1$1000$seasalt2$ZXKgkKtGgMyeFjSN97n9NWVUzUU="),
        // By OpenSSL, in PHC form.
        (
            HashForm::Pbkdf2,
            "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4",
        ),
        // By bcrypt 3.2 for Python.
        #[cfg(feature = "bcrypt")]
        (HashForm::Bcrypt, "$2b$05$oZHsoUqXoMJicKEH6JqtYOnigmCpozgIHPTWUUf9o9hBew4K.o62a"),
    ];

    fn verify(password: &str, hash: &str) -> Result<Verdict, HashError> {
        let hash = PasswordHash::new(hash);
        PasswordScheme::default().verify(&password.into(), &hash, &mut Scratch::for_one_hash())
    }

    #[test]
    fn hashes_of_other_systems_verify_and_are_outdated() {
        for (form, hash) in HASHES {
            assert_eq!(PasswordHash::new(*hash).form(), Some(*form), "{hash}");
            assert_eq!(verify(PASSWORD, hash).unwrap(), Verdict::RightButOutdated, "{hash}");
            for wrong in ["correct horse batterz", "correct horse batter", "", "Correct horse battery"] {
                assert_eq!(verify(wrong, hash).unwrap(), Verdict::Wrong, "{hash}");
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_asks_for_too_much_is_no_hash() {
        let cut = HASHES.iter().flat_map(|(_, hash)| [&hash[1..], &hash[..12]]).map(str::to_owned);
        let more = HASHES.iter().map(|(_, hash)| format!("{hash}$x"));
        let dear = [
            "$pbkdf2-sha256$2000001$XstZy5mT0lrr/V.rdS4lRA$pf6JBjoVY16poisLRKfFxGXymQJoXKVE1XwHjpqUUto",
            "$pbkdf2-sha256$0$XstZy5mT0lrr/V.rdS4lRA$pf6JBjoVY16poisLRKfFxGXymQJoXKVE1XwHjpqUUto",
            "$pbkdf2-sha256$1000$XstZy5mT0lrr/V.rdS4lRA$pf6JBjoVY1",
            "$pbkdf2-md5$1000$XstZy5mT0lrr/V.rdS4lRA$pf6JBjoVY16poisLRKfFxGXymQJoXKVE1XwHjpqUUto",
            "pbkdf2_sha256$5000000$seasalt2$/AgPzJG5e6Yv25JIyxyWfNnB6QXmfp0Y+BEGfC3zoJE=",
            "$pbkdf2-sha256$i=1000,l=16$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4",
            "$scrypt$ln=22,r=8,p=1$i5Fyzrm3NsYYg3DOGSPkfA$hm3NrYnYip84fLqQrcmMkVi9hj0078ynPmzlCQVfDlI",
            "$scrypt$ln=17,r=8,p=3$i5Fyzrm3NsYYg3DOGSPkfA$hm3NrYnYip84fLqQrcmMkVi9hj0078ynPmzlCQVfDlI",
            "$scrypt$ln=1,r=1048576,p=1$i5Fyzrm3NsYYg3DOGSPkfA$hm3NrYnYip84fLqQrcmMkVi9hj0078ynPmzlCQVfDlI",
            "$scrypt$ln=4,r=1,p=65536$i5Fyzrm3NsYYg3DOGSPkfA$hm3NrYnYip84fLqQrcmMkVi9hj0078ynPmzlCQVfDlI",
            "$scrypt$ln=8,r=8,p=1$$hm3NrYnYip84fLqQrcmMkVi9hj0078ynPmzlCQVfDlI",
            "$pbkdf2$1000$AgCAsBaiNKbU.l/LmTMGwA$on4GejbjnAxgn4/RtUL.l3YWVb38V/KcfWUQYsn8Xmyn5dz7drQJLXVBavGYoVBRKJ65Zb6yvvRbzTDnFw0aUw",
            "$scrypt$ln=99,r=8,p=1$i5Fyzrm3NsYYg3DOGSPkfA$hm3NrYnYip84fLqQrcmMkVi9hj0078ynPmzlCQVfDlI",
            "$argon2d$v=19$m=64,t=2,p=1$0Pq/N0boHcMYw3gvxXhvrQ$bCABaU8IkUYj8IfX7vovqTV7rMybvHQ4DLeI1SfCUiY",
            "$argon2i$v=19$m=9999999,t=2,p=1$0Pq/N0boHcMYw3gvxXhvrQ$bCABaU8IkUYj8IfX7vovqTV7rMybvHQ4DLeI1SfCUiY",
            "$2b$16$oZHsoUqXoMJicKEH6JqtYOnigmCpozgIHPTWUUf9o9hBew4K.o62a",
            "$2b$5$oZHsoUqXoMJicKEH6JqtYOnigmCpozgIHPTWUUf9o9hBew4K.o62a",
            "$2x$05$oZHsoUqXoMJicKEH6JqtYOnigmCpozgIHPTWUUf9o9hBew4K.o62a",
            "$2b$05$oZHsoUqXoMJicKEH6JqtYOnigmCpozgIHPTWUUf9o9hBew4K.o62aa",
        ];
        for text in cut.chain(more).chain(dear.map(str::to_owned)) {
            assert!(PasswordHash::new(text.as_str()).form().is_none(), "{text}");
            assert!(matches!(verify(PASSWORD, &text), Err(HashError::Malformed)), "{text}");
        }
    }

    /// As the system that made the hash has it: the password is found right, and hashed whole then.
    #[cfg(feature = "bcrypt")]
    #[test]
    fn of_a_password_bcrypt_knows_the_first_72_bytes_and_the_other_names_are_the_same() {
        let hash = "$2b$04$NRrb9aBqbPzQHMIBjTwW7eGN/zJNQfV1lAX7IoiWps7HmHyjK/bSu";
        for name in ["$2a$", "$2b$", "$2y$"] {
            let hash = hash.replacen("$2b$", name, 1);
            assert!(verify(&"x".repeat(80), &hash).unwrap().is_right());
            assert!(!verify(&"x".repeat(71), &hash).unwrap().is_right());
        }
        assert!(!verify(&format!("{}\0", "x".repeat(80)), hash).unwrap().is_right());
    }
}
