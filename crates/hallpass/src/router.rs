//! Which endpoint a path and method mean. Built once, by `build()`.

use std::collections::HashMap;
use std::sync::Arc;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::endpoint::Endpoint;
use crate::glob;

/// The declared endpoints by path. Paths match exactly: no other case, no trailing or doubled slash,
/// no dot segments, no encoded separators, so that a limit or a block has no second spelling.
#[derive(Debug, Default)]
pub(crate) struct Router {
    exact: HashMap<&'static str, Vec<Arc<Endpoint>>>,
    patterns: Vec<Arc<Endpoint>>,
    /// All of them, in the order in which they were added.
    all: Vec<Arc<Endpoint>>,
}

/// What the `:name` segments of a path stand for.
pub(crate) type Params = Vec<(&'static str, String)>;

/// An endpoint, and what its segments stand for.
pub(crate) type Route = (Arc<Endpoint>, Params);

impl Router {
    /// Adds an endpoint. `Err` when its path and one of its methods are taken, or its path is none that a
    /// request could ask for.
    pub(crate) fn add(&mut self, endpoint: Endpoint) -> Result<(), &'static str> {
        let path = endpoint.path;
        if !path.starts_with('/') || path.ends_with('/') || path.contains("//") {
            return Err(path);
        }
        // Names of segments do not tell paths apart.
        let shape = |path: &'static str| {
            path.split('/').map(|segment| if segment.starts_with(':') { ":" } else { segment })
        };
        let overlaps = |there: &Arc<Endpoint>| {
            shape(there.path).eq(shape(path))
                && there.methods.iter().any(|method| endpoint.methods.contains(method))
        };
        let siblings =
            if path.contains("/:") { &mut self.patterns } else { self.exact.entry(path).or_default() };
        if siblings.iter().any(overlaps) {
            return Err(path);
        }
        let endpoint = Arc::new(endpoint);
        siblings.push(Arc::clone(&endpoint));
        self.all.push(endpoint);
        Ok(())
    }

    /// Every endpoint, in the order in which they were added.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.all.iter().map(|endpoint| &**endpoint)
    }

    /// Whether an endpoint is declared with this path, or with one that `pattern` matches.
    pub(crate) fn has(&self, pattern: &str) -> bool {
        self.endpoints().any(|endpoint| glob::matches_path(pattern, endpoint.path))
    }

    /// The endpoint that answers `method` on `path`, the part of the URL's path after the base path.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Route> {
        let exact = self.exact.get(path).into_iter().flatten();
        if let Some(endpoint) = exact.into_iter().find(|endpoint| endpoint.methods.contains(method)) {
            return Some((Arc::clone(endpoint), Vec::new()));
        }
        self.patterns.iter().find_map(|endpoint| {
            let params = endpoint.methods.contains(method).then(|| params(endpoint.path, path))??;
            Some((Arc::clone(endpoint), params))
        })
    }
}

/// What the `:name` segments of `pattern` stand for in `path`, percent-decoded; `None` if it does not
/// match, or if a segment is empty or no UTF-8.
fn params(pattern: &'static str, path: &str) -> Option<Params> {
    let mut found = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(segment), Some(text)) => match segment.strip_prefix(':') {
                Some(name) if !text.is_empty() => {
                    found.push((name, percent_decode_str(text).decode_utf8().ok()?.into_owned()));
                }
                _ if segment == text => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::reply::Reply;

    fn router() -> Router {
        let mut router = Router::default();
        for (method, path) in [
            (Method::GET, "/ok"),
            (Method::POST, "/ok"),
            (Method::GET, "/reset/:token"),
            (Method::POST, "/reset/new"),
        ] {
            router.add(Endpoint::new(method, path, async |_| Ok::<_, Error>(Reply::json(&())))).unwrap();
        }
        router
    }

    #[test]
    fn only_the_declared_spelling_of_a_path_is_found() {
        let router = router();
        assert!(router.find(&Method::GET, "/ok").is_some());
        for path in
            ["", "/", "/OK", "/ok/", "//ok", "/./ok", "/%6fk", "/ok%2f", "/ok/x", "ok", "/reset/", "/reset"]
        {
            assert!(router.find(&Method::GET, path).is_none(), "{path}");
        }
        assert!(router.find(&Method::PUT, "/ok").is_none());
    }

    #[test]
    fn named_segments_are_decoded_and_never_empty() {
        let (_, params) = router().find(&Method::GET, "/reset/a%2Fb").unwrap();
        assert_eq!(params, [("token", "a/b".to_owned())]);
        assert!(router().find(&Method::GET, "/reset/a/b").is_none());
        assert!(router().find(&Method::GET, "/reset/%ff").is_none());
    }

    #[test]
    fn a_path_of_another_method_does_not_hide_a_pattern() {
        let (endpoint, params) = router().find(&Method::GET, "/reset/new").unwrap();
        assert_eq!((endpoint.path, params), ("/reset/:token", vec![("token", "new".to_owned())]));
        assert_eq!(router().find(&Method::POST, "/reset/new").unwrap().0.path, "/reset/new");
    }

    #[test]
    fn a_taken_path_and_method_is_refused_and_so_is_no_path() {
        for path in ["/ok", "/reset/:other", "ok", "", "/", "/a//b", "/a/"] {
            let again = Endpoint::get(path, async |_| Ok::<_, Error>(Reply::json(&())));
            assert_eq!(router().add(again), Err(path));
        }
        let other = Endpoint::get("/reset/new", async |_| Ok::<_, Error>(Reply::json(&())));
        assert_eq!(router().add(other), Ok(()));
    }
}
