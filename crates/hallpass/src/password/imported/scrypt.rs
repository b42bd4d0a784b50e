//! scrypt (RFC 7914) in PHC form: `$scrypt$ln=16,r=8,p=1$salt$key`.

use ::scrypt::Params;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::password::argon2::number;
use crate::password::{Argon2id, HashError, Password};

/// The most blocks that are mixed: twice what OWASP asks for.
/// <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt>
const MAX_BLOCKS: u64 = 2 << 20;

/// A stored hash, taken apart.
pub(in crate::password) struct Stored {
    params: Params,
    salt: Vec<u8>,
    key: Vec<u8>,
}

impl Stored {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.strip_prefix("$scrypt$")?.split('$');
        let (parameters, salt, key) = (fields.next()?, fields.next()?, fields.next()?);
        let mut parameters = parameters.split(',');
        let log_n = u8::try_from(number(parameters.next()?.strip_prefix("ln=")?)?).ok()?;
        let r = number(parameters.next()?.strip_prefix("r=")?)?;
        let p = number(parameters.next()?.strip_prefix("p=")?)?;
        if fields.next().is_some() || parameters.next().is_some() {
            return None;
        }
        let blocks = 1_u64.checked_shl(log_n.into())?.checked_mul(r.into())?;
        // These add to the memory beside the blocks, of 128 bytes each.
        if r > 32
            || p > 16
            || blocks / 8 > Argon2id::MAX_MEMORY_KIB.into()
            || blocks.checked_mul(p.into())? > MAX_BLOCKS
        {
            return None;
        }
        let bytes = |text: &str| STANDARD_NO_PAD.decode(text).ok();
        let (salt, key) = (bytes(salt)?, bytes(key)?);
        if !(1..=64).contains(&salt.len()) || !(16..=64).contains(&key.len()) {
            return None;
        }
        Some(Self { params: Params::new(log_n, r, p).ok()?, salt, key })
    }

    pub(super) fn matches(&self, password: &Password) -> Result<bool, HashError> {
        let mut key = Zeroizing::new(vec![0; self.key.len()]);
        ::scrypt::scrypt(password.expose().as_bytes(), &self.salt, &self.params, &mut key)
            .map_err(|error| HashError::Failed(error.into()))?;
        Ok(key.as_slice().ct_eq(&self.key).into())
    }
}
