//! Redirect targets, put together of all that URL parsers have been fooled with: none that is accepted leads a
//! browser off the list, by whichever parameter it comes.

use std::collections::BTreeSet;

use hallpass::TrustedOrigins;
use http::Method;
use serde_json::json;
use url::Url;

use crate::app::{App, Call};

const SCHEMES: &[&str] = &[
    "",
    "http:",
    "https:",
    "HtTp:",
    "http",
    "javascript:",
    "JavaScript:",
    "java\tscript:",
    "data:",
    "vbscript:",
    "blob:",
    "blob:http:",
    "ftp:",
    "file:",
    "ws:",
    "wss:",
    "about:",
    "view-source:",
    "mailto:",
    "myapp:",
    " http:",
    "\u{1}http:",
    "http:\t",
    "url:http:",
    "%68ttp:",
    "x:",
];
const SLASHES: &[&str] = &[
    "", "/", "//", "///", "////", "\\", "\\\\", "/\\", "\\/", "//\\", "/\t/", "\t//", "/\n/", "/\r/", "/%2f",
    "/%2F/", "/%5c", "%2f%2f", "/.//", "/..//", "/./", "/;//", "/%09/", "/ /", "./", "../", "//%2f",
];
const USERS: &[&str] =
    &["", "localhost:3000@", "user:localhost@", "localhost%3A3000@", "@", "http://localhost:3000@"];
const HOSTS: &[&str] = &[
    "evil.example",
    "localhost:3000",
    "localhost",
    "localhost:3001",
    "LOCALHOST:3000",
    "localhost:3000.evil.example",
    "localhost.evil.example:3000",
    "evil.example:3000",
    "evil.example\\localhost:3000",
    "evil.example#localhost:3000",
    "evil.example?localhost:3000",
    "evil.example%00localhost:3000",
    "evil.example%2flocalhost:3000",
    "localhost:3000\\evil.example",
    "localhost。evil.example",
    "ⓛocalhost:3000",
    "loc\talhost:3000",
    "127.0.0.1:3000",
    "[::1]:3000",
    "2130706433:3000",
    "0x7f.1:3000",
    "app.good.example",
    "good.example",
    "app.good.example.evil.example",
    "evilgood.example",
    "app.good.example.",
    "app。good.example",
    "app.good.example:443",
    "app.good.example:8443",
    "xn--app-.good.example",
    "evil.example/app.good.example",
    "evil.example/.good.example",
    "[::ffff:127.0.0.1]:3000",
    "",
    "a b.good.example",
    "app.good.example%2eevil.example",
    "app.good.example%40evil.example",
    "bücher.good.example",
];
const ENDS: &[&str] =
    &["", "/", "/a/../b?next=//evil.example#//evil.example", "@evil.example", "\\@evil.example", "?", "#"];

const BASE: &str = "http://localhost:3000";
const TRUSTED: &str = "https://*.good.example";
const PARAMETERS: [&str; 4] = ["callbackURL", "redirectTo", "errorCallbackURL", "newUserCallbackURL"];

/// Every text of a scheme, slashes, a user, a host and an end.
fn targets() -> impl Iterator<Item = String> {
    SCHEMES.iter().flat_map(|scheme| {
        SLASHES.iter().flat_map(move |slashes| {
            USERS.iter().flat_map(move |user| {
                HOSTS.iter().flat_map(move |host| {
                    ENDS.iter().map(move |end| format!("{scheme}{slashes}{user}{host}{end}"))
                })
            })
        })
    })
}

/// Where a browser goes that is on a page of the base URL, by the WHATWG's URL parser.
fn leads_off_the_list(target: &str) -> bool {
    let base = Url::parse(&format!("{BASE}/api/auth/any")).unwrap();
    let Ok(url) = base.join(target) else { return false };
    let is_base = url.origin() == base.origin();
    let is_below = url.scheme() == "https"
        && url.port().is_none()
        && url.host_str().is_some_and(|host| host.ends_with(".good.example"));
    let has_user = !url.username().is_empty() || url.password().is_some();
    has_user || !(is_base || is_below)
}

#[test]
fn no_target_that_is_trusted_leads_off_the_list() {
    let trusted = TrustedOrigins::new(&Url::parse(BASE).unwrap(), [TRUSTED]).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for target in targets() {
        if !trusted.trusts_redirect(&target) {
            refused += 1;
            continue;
        }
        accepted += 1;
        assert!(!leads_off_the_list(&target), "{target:?}");
    }
    assert!(accepted > 1_000 && refused > 500_000, "{accepted} of {refused}: the corpus shows little");
}

/// Every so-manyeth, and all that the list trusts are among them once for each host and end.
fn two_thousand() -> Vec<String> {
    let trusted = TrustedOrigins::new(&Url::parse(BASE).unwrap(), [TRUSTED]).unwrap();
    let count = SCHEMES.len() * SLASHES.len() * USERS.len() * HOSTS.len() * ENDS.len();
    let spread = targets().step_by(count / 1_800);
    let good = targets().filter(|target| trusted.trusts_redirect(target)).step_by(17).take(200);
    spread.chain(good).collect::<BTreeSet<_>>().into_iter().filter(|target| !target.is_empty()).collect()
}

fn encoded(target: &str) -> String {
    target.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn no_parameter_of_any_request_leads_off_the_list() {
    let app = App::with(|builder| builder.trusted_origin(TRUSTED));
    let targets = two_thousand();
    assert!(targets.len() >= 1_900, "{}", targets.len());
    let mut followed = 0;
    for target in &targets {
        let mut calls =
            vec![Call::new(Method::GET, &format!("/reset-password/x?callbackURL={}", encoded(target)))];
        for parameter in PARAMETERS {
            let body = json!({ parameter: target, "email": "a@b.co", "password": "x" });
            calls.push(Call::new(Method::GET, &format!("/ok?{parameter}={}", encoded(target))));
            calls.push(Call::new(Method::POST, "/sign-out").header("origin", BASE).json(&body));
        }
        for call in calls {
            let answer = call.send(&app).await;
            let is_refused = answer.status == 403 && answer.code().starts_with("INVALID_");
            assert!(is_refused || !leads_off_the_list(target), "{target:?}: {answer:?}");
            if let Some(location) = answer.header("location") {
                followed += 1;
                assert!(!leads_off_the_list(location), "{target:?} became {location:?}");
            }
        }
    }
    assert!(followed > 100, "{followed} answers led anywhere");
}
