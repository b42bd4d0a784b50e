//! The plugin `username`: what the wire's scenarios cannot show.

use hallpass::plugins::{SignInUsername, Username};
use hallpass::{Error, SignUpEmail};
use serde_json::json;

use crate::app::{App, PASSWORD};

fn named(username: &str, email: &str) -> SignUpEmail {
    let mut input = SignUpEmail::new("A", email, PASSWORD);
    input.extra.insert("username".to_owned(), username.into());
    input
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_sign_ups_with_one_username_one_makes_a_user() {
    let app = App::with(|b| b.plugin(Username::new()));
    let forms = ["taken", "TAKEN", "Taken", "tAKEN"];
    let sign_up = |at: usize| {
        let (auth, input) = (app.auth.clone(), named(forms[at % 4], &format!("u{at}@example.com")));
        tokio::spawn(async move { auth.sign_up_email(input).await })
    };
    let sign_ups: Vec<_> = (0..64).map(sign_up).collect();
    let mut answers = Vec::new();
    for sign_up in sign_ups {
        answers.push(sign_up.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(Error::UserNotCreated))));
    assert_eq!((app.rows("user"), app.rows("account"), app.rows("session")), (1, 1, 1));
}

#[tokio::test]
async fn the_apps_own_code_is_held_to_the_rules() {
    let username = Username::new();
    let app = App::with(|b| b.plugin(username.clone()));
    for bad in ["ab", "a b", "ａｄａ", &"a".repeat(31)] {
        let refused = app.auth.sign_up_email(named(bad, "a@example.com")).await;
        assert!(matches!(refused, Err(Error::InvalidField(_))), "{bad}: {refused:?}");
        let refused = username.sign_in(&app.auth, SignInUsername::new(bad, PASSWORD)).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{bad}");
    }
    app.auth.sign_up_email(named("Ada", "ada@example.com")).await.unwrap();
    let signed_in = username.sign_in(&app.auth, SignInUsername::new("ADA", PASSWORD)).await.unwrap();
    assert_eq!(signed_in.user.extra["username"], "ada");
    let wrong = username.sign_in(&app.auth, SignInUsername::new("ada", "wrong password")).await;
    assert!(matches!(wrong, Err(Error::InvalidCredentials)));
}

#[tokio::test]
async fn names_in_two_writings_are_one() {
    let plugin = || Username::new().validator(|name| name.chars().all(char::is_alphanumeric));
    let app = App::with(|b| b.plugin(plugin()));
    app.auth.sign_up_email(named("Ångström", "a@example.com")).await.unwrap();
    for same in ["\u{212b}ngstro\u{308}m", "A\u{30a}NGSTRÖM", "ångström"] {
        let shown = app.post("/is-username-available", json!({"username": same})).await;
        assert!(shown.text() == r#"{"available":false}"# || shown.code() == "INVALID_USERNAME", "{same}");
    }
    let shown = app.post("/is-username-available", json!({"username": "ÅNGSTRÖM"})).await;
    assert_eq!(shown.text(), r#"{"available":false}"#);
}

#[tokio::test]
async fn functions_judge_and_form_names() {
    let plugin = Username::new()
        .normalization(|name| name.replace('.', ""))
        .display_validator(|name| !name.contains("admin"))
        .display_normalization(|name| name.trim().to_owned());
    let app = App::with(|b| b.plugin(plugin));
    let body = |email: &str, username: &str, shown: &str| json!({"name": "A", "email": email, "password": PASSWORD, "username": username, "displayUsername": shown});
    let refused = app.post("/sign-up/email", body("a@example.com", "ada", "the admin")).await;
    refused.is(400, "INVALID_DISPLAY_USERNAME");
    let user =
        app.post("/sign-up/email", body("a@example.com", "a.d.a", " Ada ")).await.json()["user"].clone();
    assert_eq!((&user["username"], &user["displayUsername"]), (&json!("ada"), &json!("Ada")));
    let taken = app.post("/sign-up/email", body("b@example.com", "ada.", "Ada")).await;
    taken.is(400, "USERNAME_IS_ALREADY_TAKEN");
}
