//! An error as the wire has it.

use std::borrow::Cow;
use std::fmt;

use http::StatusCode;

/// An error as a client gets it: status, code and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireError {
    status: StatusCode,
    code: Option<&'static str>,
    message: Option<Cow<'static, str>>,
    status_text: Option<&'static str>,
    /// Whether this is no answer of better-auth's own but one of the server around it, which says nothing.
    is_silent: bool,
}

impl WireError {
    /// An error with a code (`INVALID_OTP`) and the message that people read.
    pub const fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code: Some(code),
            message: Some(Cow::Borrowed(message)),
            status_text: None,
            is_silent: false,
        }
    }

    /// An error with nothing but its status: no body.
    pub const fn bare(status: StatusCode) -> Self {
        Self { status, code: None, message: None, status_text: None, is_silent: false }
    }

    /// An error with a message and no code.
    pub fn message_only(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: Some(message.into()), ..Self::bare(status) }
    }

    /// An error whose message is made for the occasion.
    pub fn with_message(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code: Some(code), ..Self::message_only(status, message) }
    }

    pub(crate) fn status_text_is(self, text: &'static str) -> Self {
        Self { status_text: Some(text), ..self }
    }

    pub(crate) fn silent(status: StatusCode) -> Self {
        Self { is_silent: true, status_text: status.canonical_reason(), ..Self::bare(status) }
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code that programs branch on.
    pub fn code(&self) -> Option<&'static str> {
        self.code
    }

    /// The message that people read.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The status text as better-auth sends it: the status' name (`BAD_REQUEST`), or its number where
    /// the error was found before the endpoint.
    pub fn status_text(&self) -> &'static str {
        self.status_text.unwrap_or_else(|| status_name(self.status))
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.code.or(self.message()).unwrap_or(""))
    }
}

/// The names that better-auth uses as status texts.
fn status_name(status: StatusCode) -> &'static str {
    match status.as_u16() {
        302 => "FOUND",
        400 => "BAD_REQUEST",
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        409 => "CONFLICT",
        413 => "PAYLOAD_TOO_LARGE",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        417 => "EXPECTATION_FAILED",
        422 => "UNPROCESSABLE_ENTITY",
        429 => "TOO_MANY_REQUESTS",
        431 => "REQUEST_HEADER_FIELDS_TOO_LARGE",
        500 => "INTERNAL_SERVER_ERROR",
        501 => "NOT_IMPLEMENTED",
        503 => "SERVICE_UNAVAILABLE",
        _ => status.canonical_reason().unwrap_or(""),
    }
}
