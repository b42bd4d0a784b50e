//! argon2id (RFC 9106) in PHC form: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`.

use ::argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::SALT_LEN;
use super::scratch::Scratch;
use super::{HashError, Password, PasswordHash};

const TAG_LEN: usize = 32;

/// Settings that OWASP holds equal, as (memory in KiB, passes): whatever is at least one of them is
/// strong enough. <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id>
const OWASP: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// The parameters of argon2id: how much a guess costs.
///
/// The default is OWASP's: 19 MiB, two passes, one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2id {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Argon2id {
    /// The most memory that is granted to one hash, in KiB: 256 MiB.
    pub const MAX_MEMORY_KIB: u32 = 256 * 1024;
    /// The most passes that are granted to one hash.
    pub const MAX_PASSES: u32 = 16;
    /// The most lanes that are granted to one hash. They are computed one after the other, on one
    /// thread.
    pub const MAX_LANES: u32 = 16;

    /// Parameters of at least the strength that OWASP asks for: 46 MiB with one pass, 19 MiB with two,
    /// 12 MiB with three, 9 MiB with four or 7 MiB with five.
    ///
    /// # Errors
    ///
    /// [`Argon2idError::TooWeak`] below that, [`Argon2idError::OutOfRange`] above what is granted to
    /// one hash.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, Argon2idError> {
        let parameters = Self::danger_weaker_than_owasp(memory_kib, passes, lanes)?;
        if !OWASP.iter().any(|&(memory, count)| memory_kib >= memory && passes >= count) {
            return Err(Argon2idError::TooWeak);
        }
        Ok(parameters)
    }

    /// Parameters of any strength, for tests that hash much and guard nothing. Never for the passwords
    /// of people.
    ///
    /// # Errors
    ///
    /// [`Argon2idError::OutOfRange`] for less than 8 KiB a lane, a zero, or more than is granted to one
    /// hash.
    pub const fn danger_weaker_than_owasp(
        memory_kib: u32,
        passes: u32,
        lanes: u32,
    ) -> Result<Self, Argon2idError> {
        if passes == 0
            || passes > Self::MAX_PASSES
            || lanes == 0
            || lanes > Self::MAX_LANES
            || memory_kib < 8 * lanes
            || memory_kib > Self::MAX_MEMORY_KIB
        {
            return Err(Argon2idError::OutOfRange);
        }
        Ok(Self { memory_kib, passes, lanes })
    }

    /// Memory of one hash in KiB (`m`).
    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory (`t`).
    #[must_use]
    pub const fn passes(self) -> u32 {
        self.passes
    }

    /// Lanes (`p`).
    #[must_use]
    pub const fn lanes(self) -> u32 {
        self.lanes
    }

    /// What a hash costs, in hashes with the default parameters, at least 1.
    pub(super) fn cost(self) -> usize {
        let work = |parameters: Self| parameters.memory_kib as usize * parameters.passes as usize;
        work(self).div_ceil(work(Self::default()))
    }

    fn tag(
        self,
        algorithm: Algorithm,
        password: &Password,
        salt: &[u8],
        tag: &mut [u8],
        scratch: &mut Scratch,
    ) -> Result<(), HashError> {
        let failed = |error: ::argon2::Error| HashError::Failed(error.into());
        let params =
            Params::new(self.memory_kib, self.passes, self.lanes, Some(tag.len())).map_err(failed)?;
        let blocks = scratch.blocks(params.block_count())?;
        Argon2::new(algorithm, Version::V0x13, params)
            .hash_password_into_with_memory(password.expose().as_bytes(), salt, tag, blocks)
            .map_err(failed)
    }
}

impl Default for Argon2id {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

/// Why [`Argon2id`] parameters were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Argon2idError {
    /// Weaker than OWASP's minimum.
    #[error("weaker than OWASP's minimum for argon2id, which is 19456 KiB with two passes or its equal")]
    TooWeak,
    /// A parameter that argon2 does not have, or more than is granted to one hash.
    #[error("argon2id takes 1 to 16 passes, 1 to 16 lanes, and from 8 KiB a lane to 256 MiB of memory")]
    OutOfRange,
}

/// A new hash of `password`.
pub(super) fn hash(
    parameters: Argon2id,
    password: &Password,
    salt: [u8; SALT_LEN],
    scratch: &mut Scratch,
) -> Result<PasswordHash, HashError> {
    let mut tag = Zeroizing::new([0; TAG_LEN]);
    parameters.tag(Algorithm::Argon2id, password, &salt, tag.as_mut_slice(), scratch)?;
    let Argon2id { memory_kib, passes, lanes } = parameters;
    let (salt, tag) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(tag.as_slice()));
    Ok(PasswordHash::new(format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${tag}")))
}

/// A stored hash, taken apart.
pub(super) struct Stored {
    algorithm: Algorithm,
    parameters: Argon2id,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

impl Stored {
    /// `None` for a text that is no such hash, or one that asks for more than is granted: whoever can
    /// write to the database must not be able to make the server run out of memory.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (algorithm, fields) = text.strip_prefix('$')?.split_once("$v=19$")?;
        let algorithm = match algorithm {
            "argon2id" => Algorithm::Argon2id,
            // Of other systems.
            "argon2i" => Algorithm::Argon2i,
            _ => return None,
        };
        let mut fields = fields.split('$');
        let (parameters, salt, tag) = (fields.next()?, fields.next()?, fields.next()?);
        if fields.next().is_some() {
            return None;
        }
        let mut parameters = parameters.split(',');
        let memory_kib = number(parameters.next()?.strip_prefix("m=")?)?;
        let passes = number(parameters.next()?.strip_prefix("t=")?)?;
        let lanes = number(parameters.next()?.strip_prefix("p=")?)?;
        if parameters.next().is_some() {
            return None;
        }
        Some(Self {
            algorithm,
            parameters: Argon2id::danger_weaker_than_owasp(memory_kib, passes, lanes).ok()?,
            salt: bytes(salt, 8..=64)?,
            tag: bytes(tag, 16..=64)?,
        })
    }

    pub(super) const fn parameters(&self) -> Argon2id {
        self.parameters
    }

    /// Whether it is of the algorithm of new hashes, with salt and tag of their length, or more.
    pub(super) fn is_current(&self) -> bool {
        self.algorithm == Algorithm::Argon2id && self.salt.len() >= SALT_LEN && self.tag.len() >= TAG_LEN
    }

    pub(super) fn matches(&self, password: &Password, scratch: &mut Scratch) -> Result<bool, HashError> {
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        self.parameters.tag(self.algorithm, password, &self.salt, tag.as_mut_slice(), scratch)?;
        Ok(tag.as_slice().ct_eq(&self.tag).into())
    }
}

/// A decimal as the PHC format has it: no sign, no leading zero.
pub(super) fn number(digits: &str) -> Option<u32> {
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    canonical.then(|| digits.parse().ok())?
}

fn bytes(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok().filter(|bytes| length.contains(&bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::testing::WEAK;

    fn matches(text: &str, password: &str) -> bool {
        let stored = Stored::parse(text).expect("a hash");
        stored.matches(&password.into(), &mut Scratch::for_one_hash()).expect("verifies")
    }

    #[test]
    fn hashes_of_the_reference_implementation_verify() {
        // Made with argon2-cffi 25.1 (the C reference implementation).
        for (password, text) in [
            (
                "p\u{e4}ssword",
                "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$5/W87cqWDElP2gtnTIq/qDSP1zopANxZLonkobS2XWw",
            ),
            (
                "p\u{e4}ssword",
                "$argon2id$v=19$m=64,t=1,p=2$AAECAwQFBgcICQoLDA0ODw$IeWtZOXQPqK+/xxs6SYo/yaiOAcpYfe6yaX49gaPP1Y",
            ),
            (
                "correct horse battery staple",
                "$argon2id$v=19$m=32,t=3,p=1$c2FsdHNhbHQ$xcwDGcnfuuWyu8tc0jVMr4JZw8AdYZJ5R3c3V+9LuyY",
            ),
        ] {
            assert!(matches(text, password), "{text}");
            assert!(!matches(text, "password"), "{text}");
        }
    }

    #[test]
    fn a_hash_is_to_the_byte_what_the_reference_implementation_makes() {
        let salt = std::array::from_fn(|index| index as u8);
        let mut scratch = Scratch::for_one_hash();
        // The second time, the memory still holds what the first time left in it.
        for _ in 0..2 {
            let hash = hash(Argon2id::default(), &"pa\u{308}ssword".into(), salt, &mut scratch).unwrap();
            assert_eq!(
                hash.as_str(),
                "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$5/W87cqWDElP2gtnTIq/qDSP1zopANxZLonkobS2XWw"
            );
        }
    }

    #[test]
    fn a_short_salt_or_tag_is_not_full() {
        let mut scratch = Scratch::for_one_hash();
        let new = hash(WEAK, &"password".into(), [1; SALT_LEN], &mut scratch).unwrap();
        assert!(Stored::parse(new.as_str()).unwrap().is_current());
        let short_salt =
            "$argon2id$v=19$m=32,t=3,p=1$c2FsdHNhbHQ$xcwDGcnfuuWyu8tc0jVMr4JZw8AdYZJ5R3c3V+9LuyY";
        assert!(!Stored::parse(short_salt).unwrap().is_current());
        let short_tag = "$argon2id$v=19$m=32,t=3,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw";
        assert!(!Stored::parse(short_tag).unwrap().is_current());
    }

    #[test]
    fn every_other_shape_is_refused() {
        const SALT: &str = "AAECAwQFBgcICQoLDA0ODw";
        const TAG: &str = "5/W87cqWDElP2gtnTIq/qDSP1zopANxZLonkobS2XWw";
        assert!(Stored::parse(&format!("$argon2id$v=19$m=64,t=1,p=1${SALT}${TAG}")).is_some());
        for text in [
            format!("argon2id$v=19$m=64,t=1,p=1${SALT}${TAG}"),
            format!("$argon2d$v=19$m=64,t=1,p=1${SALT}${TAG}"),
            format!("$ARGON2ID$v=19$m=64,t=1,p=1${SALT}${TAG}"),
            format!("$argon2id$v=16$m=64,t=1,p=1${SALT}${TAG}"),
            format!("$argon2id$m=64,t=1,p=1${SALT}${TAG}"),
            format!("$argon2id$v=19$${SALT}${TAG}"),
            format!("$argon2id$v=19$t=1,m=64,p=1${SALT}${TAG}"),
            format!("$argon2id$v=19$m=64,t=1${SALT}${TAG}"),
            format!("$argon2id$v=19$m=64,t=1,p=1,keyid=AA${SALT}${TAG}"),
            format!("$argon2id$v=19$m=,t=1,p=1${SALT}${TAG}"),
            format!("$argon2id$v=19$m=+64,t=1,p=1${SALT}${TAG}"),
            format!("$argon2id$v=19$m=064,t=1,p=1${SALT}${TAG}"),
            format!("$argon2id$v=19$m=64,t=0,p=1${SALT}${TAG}"),
            format!("$argon2id$v=19$m=64,t=1,p=0${SALT}${TAG}"),
            format!("$argon2id$v=19$m=7,t=1,p=1${SALT}${TAG}"),
            format!("$argon2id$v=19$m=64,t=1,p=9${SALT}${TAG}"),
            format!("$argon2id$v=19$m=64,t=1,p=1${SALT}"),
            format!("$argon2id$v=19$m=64,t=1,p=1${SALT}$"),
            format!("$argon2id$v=19$m=64,t=1,p=1$${TAG}"),
            format!("$argon2id$v=19$m=64,t=1,p=1${SALT}${TAG}$"),
            format!("$argon2id$v=19$m=64,t=1,p=1${SALT}==${TAG}"),
            format!("$argon2id$v=19$m=64,t=1,p=1${SALT}${TAG}="),
            format!("$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBg${TAG}"),
            format!("$argon2id$v=19$m=64,t=1,p=1${SALT}$AAECAwQFBgcICQoLDA0O"),
            format!("$argon2id$v=19$m=64,t=1,p=1${SALT}${}", "A".repeat(87)),
            format!("$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0OD!${TAG}"),
            format!("$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODz${TAG}"),
            format!("$argon2id$v=19$m=64,t=1,p=1${SALT}${TAG}\n"),
        ] {
            assert!(Stored::parse(&text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_hash_that_asks_for_too_much_is_not_run() {
        for parameters in [
            "m=4194304,t=1,p=1",
            "m=262145,t=1,p=1",
            "m=4294967296,t=1,p=1",
            "m=99999999999999999999,t=1,p=1",
            "m=64,t=17,p=1",
            "m=64,t=4294967295,p=1",
            "m=262144,t=1,p=17",
            "m=262144,t=1,p=16777215",
            "m=262144,t=1,p=4294967295",
        ] {
            let text = format!(
                "$argon2id$v=19${parameters}$AAECAwQFBgcICQoLDA0ODw$5/W87cqWDElP2gtnTIq/qDSP1zopANxZLonkobS2XWw"
            );
            assert!(Stored::parse(&text).is_none(), "{parameters}");
        }
    }

    #[test]
    fn parameters_weaker_than_owasp_are_refused() {
        for (memory, passes) in [(47_103, 1), (19_455, 2), (12_287, 3), (9_215, 4), (7_167, 5), (7_167, 16)] {
            assert_eq!(Argon2id::new(memory, passes, 1), Err(Argon2idError::TooWeak), "{memory} {passes}");
        }
        for (memory, passes) in OWASP {
            assert!(Argon2id::new(memory, passes, 1).is_ok(), "{memory} {passes}");
        }
        assert_eq!(Argon2id::new(19_456, 2, 1), Ok(Argon2id::default()));
        assert_eq!(Argon2id::new(262_145, 2, 1), Err(Argon2idError::OutOfRange));
    }

    #[test]
    fn cost_is_measured_in_default_hashes() {
        assert_eq!(WEAK.cost(), 1);
        assert_eq!(Argon2id::default().cost(), 1);
        assert_eq!(Argon2id::new(65_536, 3, 4).unwrap().cost(), 6);
    }
}
