//! What a username may be, and the one form in which it is kept.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::Error;
use crate::wire_error::WireError;

type Judge = Arc<dyn Fn(&str) -> bool + Send + Sync>;
type Form = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// What is wrong with a username.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    TooShort,
    TooLong,
    Invalid,
}

impl Fault {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::TooShort => "Username is too short",
            Self::TooLong => "Username is too long",
            Self::Invalid => "Username is invalid",
        }
    }

    /// better-auth answers 400 where a name is set, and 422 where one is asked for.
    pub(super) fn refused(self, status: StatusCode) -> Error {
        let code = match self {
            Self::TooShort => "USERNAME_TOO_SHORT",
            Self::TooLong => "USERNAME_TOO_LONG",
            Self::Invalid => "INVALID_USERNAME",
        };
        Error::Refused(WireError::new(status, code, self.message()))
    }
}

/// What a username may be.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) validator: Option<Judge>,
    pub(super) normalization: Normalization,
    pub(super) validates_normalized: bool,
    pub(super) immutable: bool,
    /// `None` where users have no name to be shown beside the one they sign in by.
    pub(super) display: Option<DisplayRules>,
}

/// What the name that is shown may be.
#[derive(Clone, Default)]
pub(super) struct DisplayRules {
    pub(super) validator: Option<Judge>,
    pub(super) normalization: Option<Form>,
    pub(super) validates_normalized: bool,
}

#[derive(Clone)]
pub(super) enum Normalization {
    /// NFKC and lower case.
    Default,
    Off,
    Own(Form),
}

impl Rules {
    pub(super) fn fault(&self, username: &str) -> Option<Fault> {
        let judged =
            if self.validates_normalized { self.normalized(username) } else { Cow::Borrowed(username) };
        // As JavaScript counts.
        let length = judged.encode_utf16().count();
        let is_valid = || match &self.validator {
            Some(validator) => validator(&judged),
            None => judged.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.'),
        };
        if length < self.min {
            Some(Fault::TooShort)
        } else if length > self.max {
            Some(Fault::TooLong)
        } else if !is_valid() {
            Some(Fault::Invalid)
        } else {
            None
        }
    }

    /// The form in which a username is kept and looked up: two that look alike are one.
    pub(super) fn normalized<'n>(&self, username: &'n str) -> Cow<'n, str> {
        match &self.normalization {
            Normalization::Default => {
                Cow::Owned(username.nfkc().collect::<String>().to_lowercase().nfkc().collect())
            }
            Normalization::Off => Cow::Borrowed(username),
            Normalization::Own(form) => Cow::Owned(form(username)),
        }
    }
}

impl DisplayRules {
    pub(super) fn is_valid(&self, name: &str) -> bool {
        let Some(validator) = &self.validator else { return true };
        if self.validates_normalized { validator(&self.normalized(name)) } else { validator(name) }
    }

    pub(super) fn normalized<'n>(&self, name: &'n str) -> Cow<'n, str> {
        self.normalization.as_ref().map_or(Cow::Borrowed(name), |form| Cow::Owned(form(name)))
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("min", &self.min)
            .field("max", &self.max)
            .field("immutable", &self.immutable)
            .finish_non_exhaustive()
    }
}
