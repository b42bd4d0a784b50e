//! The [range API](https://haveibeenpwned.com/API/v3#PwnedPasswords): all hashes that begin alike, of which the
//! server is not told which was meant.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderName, USER_AGENT};
use http::{Request, StatusCode};

use crate::hex;
use crate::http_client::HttpClient;

/// Where ranges are asked for.
#[derive(Debug)]
pub(super) struct Service {
    client: Arc<dyn HttpClient>,
    url: String,
}

/// Why there is no count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RangeError {
    /// The service is not well.
    Status(StatusCode),
    /// No answer, or none that makes sense.
    NoAnswer,
}

const ADD_PADDING: HeaderName = HeaderName::from_static("add-padding");
/// Beyond this a count is no integer of JavaScript's, and of nobody's.
const MOST: u64 = (1 << 53) - 1;

impl Service {
    pub(super) fn new(client: Arc<dyn HttpClient>) -> Self {
        Self { client, url: "https://api.pwnedpasswords.com/range/".to_owned() }
    }

    pub(super) fn at(self, url: String) -> Self {
        Self { url, ..self }
    }

    /// In how many breaches the password of this hash was seen.
    pub(super) async fn count(&self, hash: &[u8; 20]) -> Result<u64, RangeError> {
        let digits = hex::encode(hash).to_ascii_uppercase();
        let (prefix, suffix) = digits.split_at(5);
        // Padding makes all answers of about one length, so that who sees the length learns nothing of the prefix.
        let request = Request::get(format!("{}{prefix}", self.url))
            .header(ADD_PADDING, "true")
            .header(USER_AGENT, "hallpass")
            .body(Bytes::new());
        let request = request.map_err(|_| RangeError::NoAnswer)?;
        let answer = self.client.send(request).await.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "breached passwords cannot be asked for"
            );
            RangeError::NoAnswer
        })?;
        if !answer.status().is_success() {
            return Err(RangeError::Status(answer.status()));
        }
        let text = std::str::from_utf8(answer.body()).map_err(|_| RangeError::NoAnswer)?;
        count_of(text, suffix).ok_or(RangeError::NoAnswer)
    }
}

/// What the lines `SUFFIX:COUNT` say of `suffix`; `None` when they say nothing that makes sense.
fn count_of(lines: &str, suffix: &str) -> Option<u64> {
    let counts = lines.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let mut counts = counts.filter_map(|line| {
        let (found, count) = line.split_once(':')?;
        found.eq_ignore_ascii_case(suffix).then_some(count)
    });
    let Some(text) = counts.next() else { return Some(0) };
    let count = text.parse::<u64>().ok()?;
    (count <= MOST && count.to_string() == text).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_found_by_its_suffix_and_must_make_sense() {
        let lines = "0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n00D4F6E8FA6EECAD2A3AA415EEC418D38EC:2\r\n011053FD0102E94D6AE2F8B83D76FAF94F6:0";
        assert_eq!(count_of(lines, "00D4F6E8FA6EECAD2A3AA415EEC418D38EC"), Some(2));
        assert_eq!(count_of(&lines.to_lowercase(), "00D4F6E8FA6EECAD2A3AA415EEC418D38EC"), Some(2));
        assert_eq!(count_of(lines, "011053FD0102E94D6AE2F8B83D76FAF94F6"), Some(0), "padding counts nought");
        assert_eq!(count_of(lines, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"), Some(0));
        assert_eq!(count_of("", "A"), Some(0));
        for count in ["", "x", "-1", "+1", "01", "1.0", " 1", "1 ", "9007199254740992", "1e3"] {
            assert_eq!(count_of(&format!("A:{count}\r\nA:1"), "A"), None, "{count:?}");
        }
        assert_eq!(count_of("A:9007199254740991", "A"), Some(MOST));
    }
}
