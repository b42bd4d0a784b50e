//! How long what is kept may be.

use hallpass::model::Extra;
use hallpass::plugins::MagicLink;
use hallpass::schema::ExtraField;
use hallpass::{Error, SignUpEmail, UpdateUser};
use http::header::{COOKIE, HeaderMap};
use serde_json::{Value, json};

use crate::app::PASSWORD;
use crate::mail_app::MailApp;

/// UTF-16 units.
const LONGEST: usize = 8192;

fn app() -> MailApp {
    MailApp::with(|b| {
        b.user_field(ExtraField::text("motto").input())
            .user_field(ExtraField::text("nick").input().max_length(3))
            .user_field(ExtraField::text("essay").input().max_length(20_000))
            .user_field(ExtraField::json("shape").input())
            .session_field(ExtraField::text("theme").input())
            .plugin(MagicLink::new())
    })
}

fn long(more: usize) -> String {
    "a".repeat(LONGEST + more)
}

#[tokio::test]
async fn what_clients_send_to_be_kept_is_bounded() {
    let app = app();
    let body = |field: &str, value: Value| {
        let mut body = json!({"name": "A", "email": "new@example.com", "password": PASSWORD});
        body[field] = value;
        body
    };
    let cookie = app.sign_up().await.cookie();
    for field in ["name", "image", "callbackURL", "motto"] {
        let text = format!("/{}", long(0));
        let refused = app.post("/sign-up/email", body(field, json!(text))).await;
        refused.is(400, "VALIDATION_ERROR");
        let says = format!("[body.{field}] Too big: expected string to have <=8192 characters");
        assert_eq!(refused.json()["message"], says);
    }
    for field in ["name", "image", "motto"] {
        let refused = app.post_as("/update-user", &cookie, json!({field: long(1)})).await;
        refused.is(400, "VALIDATION_ERROR");
        assert_eq!(app.post_as("/update-user", &cookie, json!({field: long(0)})).await.status, 200);
        // Counted as JavaScript does: of 3 bytes, but one unit.
        let wide = "\u{6f22}".repeat(LONGEST);
        assert_eq!(app.post_as("/update-user", &cookie, json!({field: wide})).await.status, 200);
    }
    app.post_as("/update-session", &cookie, json!({"theme": long(1)})).await.is(400, "VALIDATION_ERROR");
    assert_eq!(app.post_as("/update-session", &cookie, json!({"theme": long(0)})).await.status, 200);
    let link = json!({"email": "new@example.com", "name": long(1)});
    app.post("/sign-in/magic-link", link).await.is(400, "VALIDATION_ERROR");
    let shape = json!({"shape": {"a": [long(0)]}});
    app.post_as("/update-user", &cookie, shape).await.is(400, "VALIDATION_ERROR");
    assert_eq!(app.store.counts()[0], ("user", 1));
}

#[tokio::test]
async fn a_field_says_itself_how_long_it_may_be() {
    let app = app();
    let cookie = app.sign_up().await.cookie();
    app.post_as("/update-user", &cookie, json!({"nick": "abcd"})).await.is(400, "VALIDATION_ERROR");
    assert_eq!(app.post_as("/update-user", &cookie, json!({"nick": "abc"})).await.status, 200);
    assert_eq!(app.post_as("/update-user", &cookie, json!({"essay": long(1)})).await.status, 200);
    app.post_as("/update-user", &cookie, json!({"essay": "a".repeat(20_001)}))
        .await
        .is(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn the_typed_calls_keep_no_longer_texts() {
    let app = app();
    let cookie = app.sign_up().await.cookie();
    let headers = HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]);
    let user = app.auth.session(&headers).await.unwrap().unwrap().user.id;
    let extra = |field: &str| Extra::from_iter([(field.to_owned(), json!(long(1)))]);
    let refused = [
        app.auth.sign_up_email(SignUpEmail::new(long(1), "b@example.com", PASSWORD)).await.map(drop),
        app.auth
            .update_user(&user, UpdateUser { name: Some(long(1)), ..UpdateUser::default() })
            .await
            .map(drop),
        app.auth
            .update_user(&user, UpdateUser { image: Some(Some(long(1))), ..UpdateUser::default() })
            .await
            .map(drop),
        app.auth
            .update_user(&user, UpdateUser { extra: extra("motto"), ..UpdateUser::default() })
            .await
            .map(drop),
        MagicLink::new().send(&app.auth, long_named()).await,
    ];
    for (at, refused) in refused.into_iter().enumerate() {
        assert!(matches!(refused, Err(Error::Invalid(_))), "{at}: {refused:?}");
    }
    assert_eq!(app.store.counts()[0], ("user", 1));
    assert!(app.verification_rows().is_empty());
}

fn long_named() -> hallpass::plugins::SendMagicLink {
    let mut link = hallpass::plugins::SendMagicLink::new("c@example.com");
    link.name = Some(long(1));
    link
}
