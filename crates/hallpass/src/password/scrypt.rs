//! better-auth's password hashes: scrypt as `salt:key`, both in lower-case hex.

use ::scrypt::Params;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::SALT_LEN;
use super::{HashError, Password, PasswordHash};
use crate::hex;

const LOG_N: u8 = 14;
const R: u32 = 16;
const P: u32 = 1;
const KEY_LEN: usize = 64;

/// A new hash of `password`.
pub(super) fn hash(password: &Password, salt: [u8; SALT_LEN]) -> Result<PasswordHash, HashError> {
    let salt = hex::encode(&salt);
    let key = key_in_hex(password, &salt)?;
    Ok(PasswordHash::new(format!("{salt}:{}", *key)))
}

/// A stored hash, taken apart.
pub(super) struct Stored<'a> {
    salt: &'a str,
    key: &'a str,
}

impl<'a> Stored<'a> {
    /// `None` for a text that is no such hash. better-auth writes one spelling only, so that is what is
    /// read.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (salt, key) = text.split_once(':')?;
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (salt.len() == 2 * SALT_LEN && key.len() == 2 * KEY_LEN && is_hex(salt) && is_hex(key))
            .then_some(Self { salt, key })
    }

    pub(super) fn matches(&self, password: &Password) -> Result<bool, HashError> {
        let key = key_in_hex(password, self.salt)?;
        Ok(key.as_bytes().ct_eq(self.key.as_bytes()).into())
    }
}

/// The salt is the hex *text*, not the bytes that it stands for: better-auth hands the string to
/// scrypt.
fn key_in_hex(password: &Password, salt: &str) -> Result<Zeroizing<String>, HashError> {
    let params = Params::new(LOG_N, R, P).map_err(|error| HashError::Failed(error.to_string().into()))?;
    let mut key = Zeroizing::new([0; KEY_LEN]);
    ::scrypt::scrypt(password.expose().as_bytes(), salt.as_bytes(), &params, key.as_mut_slice())
        .map_err(|error| HashError::Failed(error.into()))?;
    Ok(Zeroizing::new(hex::encode(key.as_slice())))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by better-auth 1.7.25 from "pässword".
    const SALT: &str = "000102030405060708090a0b0c0d0e0f";
    const KEY: &str = "4d0d283f7449d979c31a602cc9bd620e5f53848f484c4bcb2177ed3e814eb13c6103504113a34cc637e58fdfc43bade04dbfd45dea9c309439dcc920e4d0e51d";

    #[test]
    fn a_hash_is_to_the_byte_what_better_auth_makes() {
        let salt = std::array::from_fn(|index| index as u8);
        assert_eq!(hash(&"pa\u{308}ssword".into(), salt).unwrap().as_str(), format!("{SALT}:{KEY}"));
    }

    #[test]
    fn the_last_digit_of_the_key_counts() {
        let altered = format!("{SALT}:{}e", &KEY[..127]);
        let stored = Stored::parse(&altered).unwrap();
        assert!(!stored.matches(&"p\u{e4}ssword".into()).unwrap());
    }

    #[test]
    fn every_other_shape_is_refused() {
        for text in [
            String::new(),
            SALT.to_owned(),
            format!("{SALT}:"),
            format!(":{KEY}"),
            format!("{KEY}:{SALT}"),
            format!("{SALT}:{KEY}:"),
            format!("{SALT}:{KEY}0"),
            format!("{SALT}:{}", &KEY[1..]),
            format!("{}:{KEY}", &SALT[1..]),
            format!("{SALT}0:{KEY}"),
            format!(" {SALT}:{KEY}"),
            format!("{SALT}:{KEY}\n"),
            format!("{SALT}:{}", KEY.to_uppercase()),
            format!("{SALT}:{}g", &KEY[1..]),
            format!("{SALT}:{}\u{e4}", &KEY[2..]),
            format!("{}\u{e4}:{KEY}", &SALT[2..]),
        ] {
            assert!(Stored::parse(&text).is_none(), "{text:?}");
        }
    }
}
