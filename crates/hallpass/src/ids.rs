//! What ids look like that are made here.

use crate::auth::Auth;
use crate::random::{SecureRandom, alphanumeric};

/// What the ids of new rows look like: better-auth's `advanced.database.generateId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum IdFormat {
    /// 32 characters of `a-z A-Z 0-9`, as better-auth makes them unless told otherwise.
    #[default]
    Alphanumeric,
    /// A UUID of version 4 (RFC 9562), in lower case: `generateId: "uuid"`. On PostgreSQL better-auth then makes columns of the type
    /// `uuid`, which take no other ids.
    Uuid,
}

impl IdFormat {
    /// The text of a new id.
    pub fn generate(self, random: &dyn SecureRandom) -> String {
        match self {
            Self::Alphanumeric => alphanumeric(random, 32),
            Self::Uuid => uuid(random),
        }
    }
}

impl Auth {
    /// An id for a new row, of whatever type, in the [format](crate::AuthBuilder::ids) of this app.
    pub fn new_id<Id: From<String>>(&self) -> Id {
        Id::from(self.schema().id_format().generate(self.random()))
    }
}

fn uuid(random: &dyn SecureRandom) -> String {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes);
    let random = u128::from_be_bytes(bytes);
    // https://www.rfc-editor.org/rfc/rfc9562#section-5.4
    let number = random & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{number:032x}");
    let mut text = String::with_capacity(36);
    for (at, digit) in hex.char_indices() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[derive(Debug)]
    struct Only(u8);

    impl SecureRandom for Only {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_uuid_is_of_version_4_and_else_random() {
        assert_eq!(IdFormat::Uuid.generate(&Only(0)), "00000000-0000-4000-8000-000000000000");
        assert_eq!(IdFormat::Uuid.generate(&Only(0xff)), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_ne!(IdFormat::Uuid.generate(&SystemRandom), IdFormat::Uuid.generate(&SystemRandom));
    }
}
