//! Links: those that are mailed, and targets that get something added.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::auth::Auth;
use crate::error::Error;

/// What JavaScript's `encodeURIComponent` leaves as it is.
pub(crate) const COMPONENT: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// JavaScript's `encodeURIComponent(text)`.
pub(crate) fn encode_component(text: &str) -> String {
    utf8_percent_encode(text, &COMPONENT).to_string()
}

impl Auth {
    /// The link of a mail about `path?token=…`, with where to go after it; without that, the site's root.
    pub(crate) fn token_link(&self, path: &str, token: &str, callback: Option<&str>) -> String {
        let callback = callback.filter(|callback| !callback.is_empty()).unwrap_or("/");
        self.url(&format!("{path}?token={token}&callbackURL={}", encode_component(callback)))
    }

    /// `target`, which the caller has checked, absolute.
    pub(crate) fn absolute(&self, target: &str) -> Result<String, Error> {
        self.absolute_url(target).map(Into::into)
    }

    fn absolute_url(&self, target: &str) -> Result<Url, Error> {
        let url = Url::parse(&self.url("")).and_then(|base| base.join(target));
        url.map_err(|_| Error::Internal("a trusted target is no URL"))
    }

    /// [`absolute`](Self::absolute), with a field of its query set.
    pub(crate) fn target_with(&self, target: &str, name: &str, value: &str) -> Result<String, Error> {
        let mut url = self.absolute_url(target)?;
        let others: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let mut is_set = false;
        {
            // As URLSearchParams.set has it: in the place of the first of that name, and the others go.
            let mut pairs = url.query_pairs_mut();
            pairs.clear();
            for (there, old) in others {
                if there != name {
                    pairs.append_pair(&there, &old);
                } else if !is_set {
                    pairs.append_pair(name, value);
                    is_set = true;
                }
            }
            if !is_set {
                pairs.append_pair(name, value);
            }
        }
        Ok(url.into())
    }
}

/// `target` with a field added at the end of its query, before the fragment, the query otherwise as it was.
/// `None` when it is neither an absolute URL nor a path from the root.
pub(crate) fn with_field(target: &str, name: &str, value: &str) -> Option<String> {
    let field = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    let is_relative = target.starts_with('/');
    let nowhere = Url::parse("https://nowhere.invalid").ok()?;
    let mut url = if is_relative { nowhere.join(target).ok()? } else { Url::parse(target).ok()? };
    if is_relative && url.origin() != nowhere.origin() {
        return None;
    }
    let query = match url.query() {
        None | Some("") => field,
        Some(query) if query.ends_with('&') => format!("{query}{field}"),
        Some(query) => format!("{query}&{field}"),
    };
    url.set_query(Some(&query));
    if is_relative {
        return url.as_str().strip_prefix("https://nowhere.invalid").map(str::to_owned);
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_encoded_as_javascript_does() {
        assert_eq!(encode_component("/a b?c=d&e#é-_.!~*'()"), "%2Fa%20b%3Fc%3Dd%26e%23%C3%A9-_.!~*'()");
    }

    #[test]
    fn a_field_is_added_before_the_fragment_and_the_query_stays_as_it_was() {
        for (target, expected) in [
            ("/", "/?error=X"),
            ("/a?b=%20c#d", "/a?b=%20c&error=X#d"),
            ("/a?b&", "/a?b&error=X"),
            ("https://h.example", "https://h.example/?error=X"),
            ("myapp://cb/x?y", "myapp://cb/x?y&error=X"),
        ] {
            assert_eq!(with_field(target, "error", "X").as_deref(), Some(expected), "{target}");
        }
        for none in ["x", "", "//h.example"] {
            assert_eq!(with_field(none, "error", "X"), None, "{none}");
        }
    }
}
