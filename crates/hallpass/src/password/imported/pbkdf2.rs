//! PBKDF2 (RFC 8018) as Django (`pbkdf2_sha256$600000$salt$key`), passlib (`$pbkdf2-sha256$29000$salt$key`) and the PHC
//! form (`$pbkdf2-sha256$i=600000,l=32$salt$key`) write it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::password::Password;
use crate::password::argon2::number;

/// The most iterations that are granted: a second or so. OWASP asks for 1,400,000 of SHA-1, and fewer of the others.
/// <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#pbkdf2>
const MAX_ITERATIONS: u32 = 2_000_000;

#[derive(Clone, Copy)]
enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    /// In bytes.
    const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// A stored hash, taken apart.
pub(in crate::password) struct Stored {
    digest: Digest,
    iterations: u32,
    salt: Vec<u8>,
    key: Vec<u8>,
}

impl Stored {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let stored = match text.strip_prefix("$pbkdf2") {
            Some(rest) => Self::modular(rest)?,
            None => Self::django(text)?,
        };
        ((1..=MAX_ITERATIONS).contains(&stored.iterations)
            && (1..=1024).contains(&stored.salt.len())
            // A key longer than its digest costs as much again for each block, and is no harder to guess by.
            && (16..=stored.digest.length()).contains(&stored.key.len()))
        .then_some(stored)
    }

    /// Of passlib's form and the PHC form, what comes after `$pbkdf2`.
    fn modular(text: &str) -> Option<Self> {
        let [digest, parameters, salt, key] = fields(text)?;
        let digest = match digest {
            "" | "-sha1" => Digest::Sha1,
            "-sha256" => Digest::Sha256,
            "-sha512" => Digest::Sha512,
            _ => return None,
        };
        // passlib writes `.` for `+`.
        let bytes = |text: &str| STANDARD_NO_PAD.decode(text.replace('.', "+")).ok();
        let key = bytes(key)?;
        let iterations = match parameters.strip_prefix("i=") {
            None => number(parameters)?,
            Some(parameters) => {
                let (iterations, length) = parameters.split_once(",l=").unwrap_or((parameters, ""));
                if !length.is_empty() && number(length)? as usize != key.len() {
                    return None;
                }
                number(iterations)?
            }
        };
        Some(Self { digest, iterations, salt: bytes(salt)?, key })
    }

    /// Django takes the salt's text for the salt.
    fn django(text: &str) -> Option<Self> {
        let [digest, iterations, salt, key] = fields(text)?;
        let digest = match digest {
            "pbkdf2_sha1" => Digest::Sha1,
            "pbkdf2_sha256" => Digest::Sha256,
            _ => return None,
        };
        Some(Self {
            digest,
            iterations: number(iterations)?,
            salt: salt.as_bytes().to_vec(),
            key: STANDARD.decode(key).ok()?,
        })
    }

    pub(super) fn matches(&self, password: &Password) -> bool {
        let mut key = Zeroizing::new(vec![0; self.key.len()]);
        let (password, salt, out) = (password.expose().as_bytes(), &*self.salt, key.as_mut_slice());
        match self.digest {
            Digest::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, self.iterations, out),
            Digest::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, self.iterations, out),
            Digest::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, self.iterations, out),
        }
        key.as_slice().ct_eq(&self.key).into()
    }
}

fn fields(text: &str) -> Option<[&str; 4]> {
    let mut fields = text.split('$');
    let found = [fields.next()?, fields.next()?, fields.next()?, fields.next()?];
    fields.next().is_none().then_some(found)
}
