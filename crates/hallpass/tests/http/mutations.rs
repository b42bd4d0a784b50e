//! Requests that browsers send, damaged at random: nothing panics, nothing is the server's fault, and no answer
//! is kept by a cache.
//!
//! The requests are kept in `tests/corpus/requests.txt`. The damage follows from a seed, so that a failure comes
//! again: `HALLPASS_FUZZ_SEED` names another than the fixed one, `HALLPASS_FUZZ_CASES` how many are tried.

use bytes::Bytes;
use hallpass::endpoint::Endpoint;
use http::{Request, Uri};

use crate::full_app::everything;
use crate::mail_app::MailApp;

const CORPUS: &str = include_str!("../corpus/requests.txt");

/// What is put into requests: what parsers look for.
const PIECES: &[&str] = &[
    "\0",
    "\r\n",
    ";",
    "=",
    "%",
    "%00",
    "%2f",
    "%ff",
    "\\",
    "//",
    "..",
    "?",
    "&",
    "#",
    "\"",
    "{",
    "[",
    "]",
    "}",
    ",",
    ":",
    "null",
    "true",
    "-1",
    "1e400",
    "18446744073709551616",
    "\\ud83d",
    "\u{feff}",
    "é",
    "\u{202e}",
    "sha256:",
    "__proto__",
    "better-auth.session_token=",
    ".",
    "@",
    " ",
    "\t",
    "application/json",
    "[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
];

/// Numbers that follow from a seed (xorshift64*, Vigna 2016).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % end.max(1)
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// The request with one thing done to it.
fn damage(text: &mut Vec<u8>, others: &[&str], numbers: &mut Numbers) {
    let at = numbers.below(text.len() + 1);
    let end = (at + numbers.below(12)).min(text.len());
    match numbers.below(7) {
        0 => drop(text.drain(at..end)),
        1 => {
            let again: Vec<u8> = text[at..end].repeat(1 + numbers.below(40));
            text.splice(at..at, again);
        }
        2 => {
            let piece = PIECES[numbers.below(PIECES.len())].as_bytes();
            text.splice(at..at, piece.iter().copied());
        }
        3 => {
            let piece = PIECES[numbers.below(PIECES.len())].as_bytes();
            text.splice(at..end, piece.iter().copied());
        }
        4 if at < text.len() => text[at] ^= 1 << numbers.below(8),
        5 => text.truncate(at),
        _ => {
            let other = others[numbers.below(others.len())].as_bytes();
            let from = numbers.below(other.len());
            text.splice(at..end, other[from..].iter().copied());
        }
    }
}

/// What a server would hand on of these bytes; `None` where it would refuse them itself.
fn read(text: &[u8]) -> Option<Request<Bytes>> {
    let blank = text.windows(2).position(|two| two == b"\n\n")?;
    let (head, body) = (&text[..blank], &text[blank + 2..]);
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut words = lines.next()?.splitn(3, |byte| *byte == b' ');
    let (method, target) = (words.next()?, Uri::try_from(words.next()?).ok()?);
    let mut request = Request::builder().method(method).uri(target);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        request = request.header(&line[..colon], line[colon + 1..].trim_ascii());
    }
    request.body(Bytes::copy_from_slice(body.trim_ascii_end())).ok()
}

/// Whether a request is one to this endpoint.
fn is_of(endpoint: &Endpoint, request: &Request<Bytes>) -> bool {
    let Some(path) = request.uri().path().strip_prefix("/api/auth") else { return false };
    let (declared, sent): (Vec<_>, Vec<_>) =
        (endpoint.path().split('/').collect(), path.split('/').collect());
    let is_one = |(declared, sent): (&&str, &&str)| declared.starts_with(':') || declared == sent;
    endpoint.methods().contains(request.method())
        && declared.len() == sent.len()
        && declared.iter().zip(&sent).all(is_one)
}

#[tokio::test]
async fn damaged_requests_are_refused_or_answered() {
    let (seed, cases) = (setting("HALLPASS_FUZZ_SEED", 1), setting("HALLPASS_FUZZ_CASES", 20_000));
    let app = MailApp::with(|builder| everything(builder).0);
    let cookies = app.sign_up().await.cookie();
    let session =
        cookies.split("; ").find_map(|pair| pair.strip_prefix("better-auth.session_token=")).unwrap();
    let requests: Vec<&str> = CORPUS.split("----\n").collect();
    let mut unseen: Vec<_> = app.auth.endpoints().collect();
    for request in &requests {
        let whole = read(request.as_bytes()).unwrap_or_else(|| panic!("{request}"));
        let is_options = whole.method() == "OPTIONS";
        unseen.retain(|endpoint| !is_of(endpoint, &whole));
        let answer = app.auth.handle(whole).await;
        // What is no route has nothing to say.
        let is_none = !is_options && answer.status() == 404 && answer.body().is_empty();
        assert!(!is_none, "no such route: {request}");
    }
    let unseen: Vec<_> = unseen.into_iter().map(Endpoint::path).collect();
    assert!(unseen.is_empty(), "the corpus has no request to {unseen:?}");
    // Xorshift stands still at nought.
    let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut answered, mut granted) = (0, 0);
    for case in 0..cases {
        let mut text = requests[numbers.below(requests.len())].replace("SESSION", session).into_bytes();
        for _ in 0..numbers.below(5) {
            damage(&mut text, &requests, &mut numbers);
        }
        let Some(request) = read(&text) else { continue };
        let shown = || format!("seed {seed}, case {case}: {}", String::from_utf8_lossy(&text));
        let answer = app.auth.handle(request).await;
        answered += 1;
        granted += u64::from(answer.status() == 200);
        assert!(!answer.status().is_server_error(), "{}: {}", answer.status(), shown());
        assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store", "{}", shown());
        if let Some(location) = answer.headers().get("location") {
            assert!(
                location.as_bytes().starts_with(b"/") && !location.as_bytes().starts_with(b"//")
                    || location.as_bytes().starts_with(b"http://localhost:3000/"),
                "{}",
                shown()
            );
        }
    }
    assert!(
        answered > cases / 2 && granted > cases / 50,
        "{answered} answered, {granted} granted: too much was damaged"
    );
}
