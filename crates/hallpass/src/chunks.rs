//! One value in several cookies: `name.0`, `name.1` …, because browsers keep none of more than 4 KiB.

use std::borrow::Cow;
use std::time::Duration;

use http::HeaderMap;

use crate::cookie::{self, CookieDefinition};

/// The most bytes of a cookie with its attributes, as in better-auth: a little less than Safari keeps.
const LONGEST_COOKIE: usize = 4050;
/// The most chunks, as in better-auth.
const MOST_CHUNKS: usize = 100;

/// The number of the chunk that a cookie called `name` is of `base`: in its one spelling.
fn index(base: &str, name: &str) -> Option<u64> {
    let text = name.strip_prefix(base)?.strip_prefix('.')?;
    // JavaScript's safe integers.
    let index = text.parse().ok().filter(|index: &u64| *index < 1 << 53)?;
    (index.to_string() == text).then_some(index)
}

/// Whether a cookie called `name` is `base` or a chunk of it.
pub(crate) fn is_part(base: &str, name: &str) -> bool {
    name == base || index(base, name).is_some()
}

/// The whole value that a request brings: the cookie's own, or else its chunks' in the order of their numbers.
pub(crate) fn join<'a>(headers: &'a HeaderMap, base: &str) -> Option<Cow<'a, str>> {
    if let Some(value) = cookie::value(headers, base).filter(|value| !value.is_empty()) {
        return Some(value);
    }
    let mut chunks: Vec<(u64, &str)> = Vec::new();
    for (name, value) in cookie::pairs(headers) {
        let Some(index) = index(base, name) else { continue };
        let at = chunks.partition_point(|(known, _)| *known < index);
        match chunks.get_mut(at) {
            Some(chunk) if chunk.0 == index => chunk.1 = value,
            _ => chunks.insert(at, (index, value)),
        }
    }
    let whole: String = chunks.iter().map(|(_, value)| cookie::decoded(value)).collect();
    (!whole.is_empty()).then_some(Cow::Owned(whole))
}

/// The cookies of one value that a browser gets: a name, and a value or none for one that has to go. In the order
/// in which better-auth names them: first those that the browser has, then new ones.
#[derive(Debug, Default)]
pub(crate) struct Chunks<'a>(Vec<(Cow<'a, str>, Option<&'a str>)>);

impl<'a> Chunks<'a> {
    /// Those that the browser has, all to go.
    pub(crate) fn of(headers: Option<&'a HeaderMap>, base: &str) -> Self {
        let mut chunks = Self::default();
        for (name, _) in headers.into_iter().flat_map(cookie::pairs) {
            if is_part(base, name) && !chunks.0.iter().any(|(known, _)| known == name) {
                chunks.0.push((Cow::Borrowed(name), None));
            }
        }
        chunks
    }

    /// Puts `value` in their place, in as many as it takes. A value that would take too many is left out.
    pub(crate) fn put(&mut self, cookie: &CookieDefinition, value: &'a str, max_age: Option<Duration>) {
        let base = cookie.name();
        let size = LONGEST_COOKIE.saturating_sub(cookie.overhead(&format!("{base}.99"), max_age));
        if value.len() <= size {
            self.set(Cow::Owned(base.to_owned()), value);
        } else if size > 0 && value.is_ascii() && value.len().div_ceil(size) <= MOST_CHUNKS {
            let mut rest = value;
            for number in 0.. {
                let (chunk, after) = rest.split_at(size.min(rest.len()));
                self.set(Cow::Owned(format!("{base}.{number}")), chunk);
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
        }
    }

    fn set(&mut self, name: Cow<'a, str>, value: &'a str) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some(cookie) => cookie.1 = Some(value),
            None => self.0.push((name, Some(value))),
        }
    }
}

impl<'a> IntoIterator for Chunks<'a> {
    type Item = (Cow<'a, str>, Option<&'a str>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
