//! bcrypt: `$2b$12$` and 53 characters, the first 22 of which are the salt.

use base64::alphabet::BCRYPT;
use base64::engine::{Engine as _, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq as _;

use crate::password::Password;

/// The costs that are granted: at 15 a hash takes two seconds or so.
const COSTS: std::ops::RangeInclusive<u32> = 4..=15;
/// What implementations leave of a longer password.
const LONGEST: usize = 72;

/// With whatever the last character has in the bits that say nothing: implementations differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// A stored hash, taken apart.
pub(in crate::password) struct Stored {
    cost: u32,
    salt: [u8; 16],
    key: [u8; 23],
}

impl Stored {
    pub(super) fn parse(text: &str) -> Option<Self> {
        // These three are one algorithm under several names; `2x` is a broken one.
        let rest = ["$2a$", "$2b$", "$2y$"].into_iter().find_map(|prefix| text.strip_prefix(prefix))?;
        let (cost, rest) = rest.split_once('$')?;
        let is_cost = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
        let cost = cost.parse().ok().filter(|cost| is_cost && COSTS.contains(cost))?;
        let (salt, key) = rest.split_at_checked(22)?;
        let bytes = |text: &str| BASE64.decode(text).ok();
        Some(Self { cost, salt: bytes(salt)?.try_into().ok()?, key: bytes(key)?.try_into().ok()? })
    }

    pub(super) fn matches(&self, password: &Password) -> bool {
        let password = password.expose().as_bytes();
        // Other implementations stop at a NUL, so what was hashed is not known. It takes as long as any.
        let is_text = !password.contains(&0);
        let mut ended = zeroize::Zeroizing::new(Vec::with_capacity(password.len() + 1));
        ended.extend_from_slice(password);
        ended.push(0);
        ended.truncate(LONGEST);
        let key = bcrypt::bcrypt(self.cost, self.salt, &ended);
        key.get(..self.key.len()).is_some_and(|key| key.ct_eq(&self.key).into()) && is_text
    }
}
