//! What becomes of the copy of a session in the browser, on routes other than `/get-session`.

use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use hallpass::mailer::MailKind;
use hallpass::{CookieCache, EmailVerification, SessionOptions};
use http::Method;
use serde_json::json;

use crate::app::{Answer, Call, PASSWORD};
use crate::mail_app::{MailApp, path_of};

const MINUTE: Duration = Duration::from_secs(60);

fn caching() -> MailApp {
    MailApp::with(|b| {
        let cache = Some(CookieCache::default());
        b.session(SessionOptions {
            cookie_cache: cache,
            update_age: Duration::ZERO,
            ..SessionOptions::default()
        })
        .email_verification(EmailVerification { auto_sign_in: true, ..EmailVerification::default() })
    })
}

/// The cookies that an answer sets or takes away.
fn about(answer: &Answer) -> Vec<String> {
    let lines = answer.set_cookies().into_iter();
    lines.map(|line| line.trim_start_matches("better-auth.").split('=').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_young_copy_tells_who_asks_for_a_mail_and_stays_as_it_is() {
    let app = caching();
    let cookie = app.sign_up().await.cookie();
    let ask = |email: &str| app.post_as("/send-verification-email", &cookie, json!({"email": email}));
    let sent = ask("test@example.com").await;
    assert_eq!((sent.status.as_u16(), about(&sent)), (200, vec![]));
    ask("other@example.com").await.is(400, "EMAIL_MISMATCH");
    app.clock.advance(6 * MINUTE);
    // One that has expired is taken away, and made anew with the session that was kept alive.
    let sent = ask("test@example.com").await;
    assert_eq!(about(&sent), ["session_data", "session_token", "session_data"]);
}

#[tokio::test]
async fn whoever_follows_a_link_has_the_proof_in_the_copy_at_once() {
    let app = caching();
    let cookie = app.sign_up().await.cookie();
    app.post("/send-verification-email", json!({"email": "test@example.com"})).await;
    app.clock.advance(MINUTE);
    let followed =
        Call::new(Method::GET, &path_of(&app.mail(MailKind::VerifyEmail))).cookie(&cookie).send(&app).await;
    assert_eq!(about(&followed), ["session_token", "session_data"]);
    let shown = Call::new(Method::GET, "/get-session").cookie(&followed.cookie()).send(&app).await;
    assert_eq!(shown.json()["user"]["emailVerified"], true);
    // When it was changed is told as the store has it; the fields stay in the order of the copy.
    assert_ne!(shown.json()["user"]["createdAt"], shown.json()["user"]["updatedAt"]);
    let copy =
        followed.cookie().split("session_data=").nth(1).map(|value| BASE64_URL_SAFE_NO_PAD.decode(value));
    let copy = String::from_utf8(copy.unwrap().unwrap()).unwrap();
    assert!(copy.contains(r#""user":{"id":"#), "{copy}");
}

#[tokio::test]
async fn a_copy_of_an_ended_session_proves_an_address_for_nobody_who_is_signed_in() {
    let app = caching();
    let (here, there) = (app.sign_up().await.cookie(), app.sign_in(PASSWORD).await.cookie());
    app.post("/send-verification-email", json!({"email": "test@example.com"})).await;
    app.post_as("/revoke-other-sessions", &there, json!({})).await;
    let path = path_of(&app.mail(MailKind::VerifyEmail));
    let followed = Call::new(Method::GET, &path).cookie(&here).send(&app).await;
    let token =
        |cookie: &str| cookie.split("; ").find(|pair| pair.contains("session_token")).map(str::to_owned);
    // A session of its own, and not the ended one anew.
    assert!(token(&followed.cookie()).is_some_and(|given| Some(given) != token(&here)), "{followed:?}");
}

#[tokio::test]
async fn a_session_that_is_replaced_at_once_is_not_kept_alive_in_the_browser() {
    let app = caching();
    let cookie = app.sign_up().await.cookie();
    app.clock.advance(MINUTE);
    let change =
        json!({"currentPassword": PASSWORD, "newPassword": "another password", "revokeOtherSessions": true});
    let changed = app.post_as("/change-password", &cookie, change).await;
    assert_eq!(about(&changed), ["session_data", "session_token", "session_data"]);
    assert!(!changed.set_cookies().iter().any(|line| cookie.contains(line.split(';').next().unwrap())));
}
