//! `POST /sign-up/email`.

use hallpass::events::SecurityEvent;
use hallpass::store::{SessionStore as _, UserStore as _};
use hallpass::types::Email;
use hallpass::{EmailPassword, EmailVerification, Error, SignUpEmail, SignedUp};
use http::Method;
use serde_json::json;

use crate::app::{App, Call, PASSWORD};

#[tokio::test]
async fn a_new_user_is_created_and_signed_in() {
    let app = App::new();
    let body = json!({"name": "A", "email": "Test@Example.com", "password": PASSWORD, "role": "admin", "emailVerified": true});
    let answer = app.post("/sign-up/email", body).await;
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    let id = answer.json()["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!((token.len(), id.len()), (32, 32));
    assert_eq!(
        answer.text(),
        format!(
            r#"{{"token":"{token}","user":{{"name":"A","email":"test@example.com","emailVerified":false,"image":null,"createdAt":"{now}","updatedAt":"{now}","id":"{id}"}}}}"#,
            now = app.auth_now(),
        )
    );
    let [cookie] = answer.set_cookies()[..] else { panic!("{answer:?}") };
    assert!(cookie.starts_with(&format!("better-auth.session_token={token}.")), "{cookie}");
    assert!(cookie.ends_with("; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    assert!(matches!(
        app.events.events()[..],
        [SecurityEvent::UserCreated { .. }, SecurityEvent::SignedIn { .. }]
    ));
}

impl App {
    fn auth_now(&self) -> hallpass::clock::Timestamp {
        hallpass::clock::Clock::now(&*self.clock)
    }
}

#[tokio::test]
async fn nothing_usable_is_stored() {
    let app = App::new();
    let token = app.sign_up().await.json()["token"].as_str().unwrap().to_owned();
    let email = Email::parse("test@example.com").unwrap();
    let (_, account) = app.store.credential_by_email(&email).await.unwrap().unwrap();
    assert!(account.unwrap().password.unwrap().as_str().starts_with("$argon2id$"));
    let plain = hallpass::types::SessionToken::parse(&token).unwrap();
    assert!(app.store.session(&plain.plain().into()).await.unwrap().is_none());
    assert!(app.store.session(&plain.hashed().into()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_taken_address_is_refused_in_any_case_of_letters() {
    let app = App::new();
    app.sign_up().await;
    let again = json!({"name": "B", "email": "TEST@example.COM", "password": PASSWORD});
    app.post("/sign-up/email", again).await.is(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
    assert_eq!((app.rows("user"), app.rows("account")), (1, 1));
}

#[tokio::test]
async fn where_addresses_are_hidden_a_taken_one_is_answered_like_a_free_one() {
    for options in [
        EmailPassword { require_email_verification: true, ..EmailPassword::default() },
        EmailPassword { auto_sign_in: false, ..EmailPassword::default() },
    ] {
        let app = App::with(|builder| {
            builder
                .email_password(options)
                .email_verification(EmailVerification { left_to_app: true, ..EmailVerification::default() })
        });
        let body = json!({"name": "A", "email": "a@b.co", "password": PASSWORD});
        let (first, second) =
            (app.post("/sign-up/email", body.clone()).await, app.post("/sign-up/email", body).await);
        for answer in [&first, &second] {
            assert_eq!(answer.status.as_u16(), 200);
            assert!(answer.json()["token"].is_null() && answer.set_cookies().is_empty());
        }
        let shape = |answer: &crate::app::Answer| {
            let mut json = answer.json();
            json["user"]["id"] = "ID".into();
            (json.to_string(), answer.headers.clone())
        };
        assert_eq!(shape(&first), shape(&second));
        assert_ne!(first.json()["user"]["id"], second.json()["user"]["id"]);
        assert_eq!(app.rows("verification"), 1, "the second wrote too, so that it took as long");
        assert_eq!(app.auth.sweep().await.unwrap().verifications, 1);
        assert_eq!((app.rows("user"), app.rows("account"), app.rows("session")), (1, 1, 0));
    }
}

#[tokio::test]
async fn lengths_are_counted_in_utf_16_units() {
    let app = App::new();
    let with = |password: String| json!({"name": "A", "email": "a@b.co", "password": password});
    app.post("/sign-up/email", with("1234567".to_owned())).await.is(400, "PASSWORD_TOO_SHORT");
    app.post("/sign-up/email", with("x".repeat(129))).await.is(400, "PASSWORD_TOO_LONG");
    // 64 emoji are 128 units, 65 are 130.
    app.post("/sign-up/email", with("🔑".repeat(65))).await.is(400, "PASSWORD_TOO_LONG");
    assert_eq!(app.post("/sign-up/email", with("🔑".repeat(64))).await.status.as_u16(), 200);
    assert_eq!(app.rows("user"), 1);
}

#[tokio::test]
async fn every_bad_field_is_named_and_nothing_is_created() {
    let app = App::new();
    let answer = app.post("/sign-up/email", json!({"email": "bad", "rememberMe": "no"})).await;
    assert_eq!(
        answer.json()["message"],
        "[body.name] Invalid input: expected string, received undefined; [body.email] Invalid email address; \
         [body.password] Invalid input: expected string, received undefined; \
         [body.rememberMe] Invalid input: expected boolean, received string"
    );
    answer.is(400, "VALIDATION_ERROR");
    assert_eq!(app.rows("user"), 0);
}

#[tokio::test]
async fn forms_are_taken_and_their_values_are_text() {
    let app = App::new();
    let form = |body: &'static str| {
        Call::new(Method::POST, "/sign-up/email").body("application/x-www-form-urlencoded", body).send(&app)
    };
    form("name=A&email=a%40b.co&password=password1234&rememberMe=false").await.is(400, "VALIDATION_ERROR");
    assert_eq!(form("name=A&email=a%40b.co&password=password1234").await.status.as_u16(), 200);
}

#[tokio::test]
async fn switched_off_it_says_so() {
    let off = App::with(|b| b.email_password(EmailPassword { sign_up: false, ..EmailPassword::default() }));
    let body = json!({"name": "A", "email": "a@b.co", "password": PASSWORD});
    off.post("/sign-up/email", body).await.is(400, "EMAIL_PASSWORD_SIGN_UP_DISABLED");
}

#[tokio::test]
async fn an_unremembered_session_lasts_a_day_and_as_long_as_the_browser() {
    let app = App::new();
    let body = json!({"name": "A", "email": "a@b.co", "password": PASSWORD, "rememberMe": false});
    let answer = app.post("/sign-up/email", body).await;
    let cookies = answer.set_cookies();
    assert!(cookies.len() == 2 && cookies.iter().all(|line| !line.contains("Max-Age")), "{cookies:?}");
    assert!(cookies[1].starts_with("better-auth.dont_remember=true."), "{cookies:?}");
    let session = Call::new(Method::GET, "/get-session").cookie(&answer.cookie()).send(&app).await.json();
    let span =
        |name: &str| hallpass::clock::Timestamp::parse(session["session"][name].as_str().unwrap()).unwrap();
    assert_eq!(span("createdAt").until(span("expiresAt")).as_secs(), 86_400);
}

#[tokio::test]
async fn the_typed_call_does_the_same_without_http() {
    let app = App::new();
    let signed_up = app.auth.sign_up_email(SignUpEmail::new("A", "a@b.co", PASSWORD)).await.unwrap();
    let SignedUp::SignedIn(signed_in) = signed_up else { panic!() };
    assert_eq!(app.store.user(&signed_in.user.id).await.unwrap().unwrap(), signed_in.user);
    assert_eq!(signed_in.cookies(&app.auth, None).len(), 1);
    let again = app.auth.sign_up_email(SignUpEmail::new("A", "a@b.co", PASSWORD)).await;
    assert!(matches!(again, Err(Error::EmailTaken)));
    let bad = app.auth.sign_up_email(SignUpEmail::new("A", "nope", PASSWORD)).await;
    assert!(matches!(bad, Err(Error::InvalidEmail)));
}
