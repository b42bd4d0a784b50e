//! Additional fields of users and sessions.

use hallpass::model::Extra;
use hallpass::plugins::LastLoginMethod;
use hallpass::schema::ExtraField;
use hallpass::{Auth, AuthBuilder, BuildError, EmailPassword, Error, MemoryStore, SignUpEmail, UpdateUser};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{App, Call, PASSWORD, SECRET};

fn fields(builder: AuthBuilder) -> AuthBuilder {
    builder
        .user_field(
            ExtraField::text("nickName")
                .input()
                .check(|value| if value == "admin" { Err("Not that one".into()) } else { Ok(()) }),
        )
        .user_field(
            ExtraField::text("handle")
                .input()
                .unique()
                .transform(|value| value.as_str().map(str::to_lowercase).into()),
        )
        .user_field(ExtraField::text("role").required().default_value("member"))
        .user_field(ExtraField::number("credit").default_value(0).hidden())
        .session_field(ExtraField::text("theme").input())
        .session_field(ExtraField::text("origin").default_value("web"))
        .session_field(ExtraField::text("secret").hidden())
}

fn extra(value: Value) -> Extra {
    serde_json::from_value(value).unwrap()
}

fn ada(more: Value) -> Value {
    let mut body = json!({"name": "Ada", "email": "ada@example.com", "password": PASSWORD});
    body.as_object_mut().unwrap().extend(extra(more));
    body
}

#[tokio::test]
async fn the_fields_of_plugins_come_before_those_of_the_app() {
    let app = App::with(|b| fields(b).plugin(LastLoginMethod::new().store_in_database()));
    let answer = app.post("/sign-up/email", ada(json!({}))).await;
    let text = answer.text();
    let of = |field: &str| text.find(&format!("\"{field}\":")).unwrap_or_else(|| panic!("{field}: {text}"));
    assert!(of("updatedAt") < of("lastLoginMethod") && of("lastLoginMethod") < of("nickName"), "{text}");
}

async fn session_of(app: &App, cookie: &str) -> Value {
    Call::new(Method::GET, "/get-session").cookie(cookie).send(app).await.json()
}

#[tokio::test]
async fn declared_fields_reach_the_store_and_the_answers_but_hidden_ones_no_client() {
    let app = App::with(fields);
    let answer = app.post("/sign-up/email", ada(json!({"nickName": "Countess", "theme": "dark"}))).await;
    let user = &answer.json()["user"];
    assert_eq!(user["nickName"], "Countess");
    assert_eq!((&user["handle"], &user["role"]), (&Value::Null, &json!("member")));
    assert_eq!((user.get("credit"), user.get("theme")), (None, None));
    let names: Vec<_> = user.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names[6..], ["nickName", "handle", "role", "id"]);

    let shown = session_of(&app, &answer.cookie()).await;
    assert_eq!(shown["user"], *user);
    assert_eq!((&shown["session"]["theme"], &shown["session"]["origin"]), (&Value::Null, &json!("web")));
    assert_eq!(shown["session"].get("secret"), None);
}

#[tokio::test]
async fn a_client_sets_only_what_is_for_clients() {
    let app = App::with(fields);
    for (given, code) in [
        (json!({"nickName": 1}), "VALIDATION_ERROR"),
        (json!({"nickName": ["x"]}), "VALIDATION_ERROR"),
        (json!({"nickName": "admin"}), "VALIDATION_ERROR"),
    ] {
        app.post("/sign-up/email", ada(given)).await.is(400, code);
    }
    assert_eq!(app.rows("user"), 0);
    // At sign-up a default stands where a client sends its own; afterwards the client is told.
    let answer = app.post("/sign-up/email", ada(json!({"role": "admin", "credit": 1000}))).await;
    assert_eq!(answer.json()["user"]["role"], "member");
    let cookie = answer.cookie();
    for given in [json!({"role": "admin"}), json!({"credit": 1}), json!({"name": "Eve", "role": "admin"})] {
        app.post_as("/update-user", &cookie, given).await.is(400, "FIELD_NOT_ALLOWED");
    }
    let answer = app.post_as("/update-user", &cookie, json!({"role": "", "nickName": "admin"})).await;
    assert_eq!(answer.json()["message"], "Not that one");
    let shown = session_of(&app, &cookie).await;
    assert_eq!((&shown["user"]["role"], &shown["user"]["name"]), (&json!("member"), &json!("Ada")));
    for given in [json!({"origin": "x"}), json!({"secret": "x"})] {
        app.post_as("/update-session", &cookie, given).await.is(400, "FIELD_NOT_ALLOWED");
    }
}

#[tokio::test]
async fn a_field_that_must_be_there_is_asked_for() {
    let app = App::with(|builder| builder.user_field(ExtraField::text("country").input().required()));
    let refused = app.post("/sign-up/email", ada(json!({}))).await;
    refused.is(400, "MISSING_FIELD");
    assert_eq!(refused.json()["message"], "country is required");
    app.post("/sign-up/email", ada(json!({"country": null}))).await.is(400, "VALIDATION_ERROR");
    assert_eq!(app.rows("user"), 0);
    let answer = app.post("/sign-up/email", ada(json!({"country": "DE"}))).await;
    assert_eq!(answer.json()["user"]["country"], "DE");
    app.post_as("/update-user", &answer.cookie(), json!({"country": null})).await.is(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn a_taken_value_of_a_unique_field_is_refused_whether_or_not_the_address_is_taken() {
    for hides in [false, true] {
        let app = App::with(|builder| {
            fields(builder).email_password(EmailPassword { auto_sign_in: !hides, ..EmailPassword::default() })
        });
        assert_eq!(app.post("/sign-up/email", ada(json!({"handle": "Ada"}))).await.status, StatusCode::OK);
        for email in ["bob@example.com", "ada@example.com"] {
            let mut body = ada(json!({"handle": "ADA"}));
            body["email"] = json!(email);
            let refused = app.post("/sign-up/email", body).await;
            let code = if hides || email.starts_with("bob") {
                "FAILED_TO_CREATE_USER"
            } else {
                "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"
            };
            refused.is(422, code);
        }
        assert_eq!(app.rows("user"), 1);
    }
    let app = App::with(fields);
    app.post("/sign-up/email", ada(json!({"handle": "ada"}))).await;
    let mut body = ada(json!({"handle": "bob"}));
    body["email"] = json!("bob@example.com");
    let bob = app.post("/sign-up/email", body).await.cookie();
    app.post_as("/update-user", &bob, json!({"handle": "Ada", "name": "Eve"}))
        .await
        .is(422, "FAILED_TO_UPDATE_USER");
    let shown = session_of(&app, &bob).await;
    assert_eq!((&shown["user"]["handle"], &shown["user"]["name"]), (&json!("bob"), &json!("Ada")));
}

#[tokio::test]
async fn a_made_up_user_looks_like_one_that_is_real() {
    let app = App::with(|builder| {
        fields(builder).email_password(EmailPassword { auto_sign_in: false, ..EmailPassword::default() })
    });
    let mut answers = Vec::new();
    for _ in 0..2 {
        let mut user = app.post("/sign-up/email", ada(json!({"nickName": "x"}))).await.json()["user"].clone();
        user["id"] = Value::Null;
        answers.push(user);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(app.rows("user"), 1);
}

#[tokio::test]
async fn a_session_is_changed_in_its_fields_and_not_when_it_is_gone() {
    let app = App::with(fields);
    let cookie = app.post("/sign-up/email", ada(json!({}))).await.cookie();
    let answer = app.post_as("/update-session", &cookie, json!({"theme": "dark", "more": 1})).await;
    assert_eq!(answer.json()["session"]["theme"], "dark");
    assert_eq!(answer.set_cookies().len(), 1);
    assert_eq!(session_of(&app, &cookie).await["session"], answer.json()["session"]);
    for given in [json!({}), json!({"more": 1}), json!({"secret": null})] {
        let refused = app.post_as("/update-session", &cookie, given).await;
        assert_eq!(refused.json()["message"], "No fields to update");
    }
    app.post_as("/update-session", &cookie, json!({"theme": 1})).await.is(400, "VALIDATION_ERROR");
    let taken_away = app.post_as("/update-session", &cookie, json!({"theme": null})).await;
    assert_eq!(taken_away.json()["session"]["theme"], Value::Null);
    app.post("/update-session", json!({"theme": "dark"})).await.is(401, "UNAUTHORIZED");
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Profile {
    nick_name: Option<String>,
    role: String,
}

#[tokio::test]
async fn the_apps_own_code_sets_and_reads_every_declared_field() {
    let app = App::with(fields);
    let mut new = SignUpEmail::new("Ada", "ada@example.com", PASSWORD);
    new.extra = extra(json!({"role": "admin", "credit": 7}));
    let signed_up = app.auth.sign_up_email(new.clone()).await.unwrap();
    let profile: Profile = signed_up.user().extra().unwrap();
    assert_eq!(profile, Profile { nick_name: None, role: "admin".to_owned() });
    let id = &signed_up.user().id;
    let change = UpdateUser { extra: extra(json!({"credit": 8, "role": "member"})), ..UpdateUser::default() };
    let user = app.auth.update_user(id, change).await.unwrap().unwrap();
    assert_eq!((&user.extra["credit"], &user.extra["role"]), (&json!(8), &json!("member")));

    new.extra = extra(json!({"rolle": "admin"}));
    let refused = app.auth.sign_up_email(new).await;
    assert!(matches!(refused, Err(Error::UndeclaredField(name)) if name == "rolle"));
}

#[tokio::test]
async fn what_a_record_holds_is_in_no_debug_output() {
    let app = App::with(fields);
    let mut new = SignUpEmail::new("Ada", "ada@example.com", PASSWORD);
    new.extra = extra(json!({"credit": 73_311_337}));
    let signed_up = app.auth.sign_up_email(new).await.unwrap();
    let shown = format!("{signed_up:?}");
    assert!(shown.contains("credit") && !shown.contains("73311337"), "{shown}");
}

#[test]
fn a_declaration_that_cannot_be_is_refused_with_its_name() {
    let refused = |configure: fn(AuthBuilder) -> AuthBuilder, field: &str| {
        let error =
            configure(Auth::builder(MemoryStore::new()).secret(SECRET).base_url("http://localhost:3000"))
                .build()
                .unwrap_err();
        assert!(
            matches!(&error, BuildError::Schema { field: named, .. } if named == field),
            "{field}: {error}"
        );
    };
    refused(|b| b.user_field(ExtraField::text("email")), "user.email");
    refused(|b| b.user_field(ExtraField::text("e_mail")), "user.e_mail");
    refused(|b| b.user_field(ExtraField::text("password")), "user.password");
    refused(|b| b.user_field(ExtraField::text("x").input()).user_field(ExtraField::number("X")), "user.X");
    refused(|b| b.user_field(ExtraField::text("a b")), "user.a b");
    refused(|b| b.user_field(ExtraField::text("")), "user.");
    refused(|b| b.user_field(ExtraField::text("x\" --")), "user.x\" --");
    refused(|b| b.user_field(ExtraField::number("x").unique()), "user.x");
    refused(|b| b.user_field(ExtraField::number("x").default_value("one")), "user.x");
    refused(|b| b.session_field(ExtraField::text("token")), "session.token");
    refused(|b| b.session_field(ExtraField::text("x").unique()), "session.x");
    refused(|b| b.session_field(ExtraField::text("x").required()), "session.x");
}

#[test]
fn two_sets_of_fields_over_one_store_are_refused() {
    let store = MemoryStore::new();
    let build = |field: &'static str| {
        let builder = Auth::builder(store.clone()).secret(SECRET).base_url("http://localhost:3000");
        builder.user_field(ExtraField::text(field)).build()
    };
    build("one").unwrap();
    build("one").unwrap();
    assert!(matches!(build("two"), Err(BuildError::StoreInUse(_))));
}
