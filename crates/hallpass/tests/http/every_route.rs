//! What must hold on every route that there is, generated from the table of routes: a route that is added later is
//! tested with the others.

use std::collections::BTreeSet;
use std::time::Duration;

use hallpass::endpoint::{Endpoint, SessionNeed};
use hallpass::model::{Account, Session, User};
use hallpass::plugins::{Bearer, MultiSession, OneTimeToken};
use hallpass::shape::{Field, Kind, Shape};
use hallpass::store::Store;
use hallpass::types::Email;
use hallpass::{ChangeEmail, RedirectParameter};
use http::Method;
use serde_json::{Map, Value, json};

use crate::app::{Answer, App, Call, PASSWORD};
use crate::mail_app::MailApp;

/// With everything on that adds routes.
fn app() -> MailApp {
    MailApp::with(|builder| {
        builder
            .allow_user_deletion()
            .change_email(ChangeEmail::default())
            .plugin(Bearer::new())
            .plugin(MultiSession::new())
            .plugin(OneTimeToken::new())
    })
}

/// Every route with each of its methods.
fn routes(app: &App) -> Vec<(Method, Endpoint)> {
    let all: Vec<_> = app.auth.endpoints().cloned().collect();
    all.into_iter()
        .flat_map(|endpoint| {
            let methods = endpoint.methods().to_vec();
            methods.into_iter().map(move |method| (method, endpoint.clone()))
        })
        .collect()
}

/// A value that the declaration takes.
fn sample(field: &Field) -> Value {
    match field.kind() {
        Kind::Email => json!("somebody@example.com"),
        Kind::OneOf(texts) => json!(texts.first()),
        Kind::Boolean => json!(true),
        Kind::Number => json!(1),
        Kind::Record => json!({}),
        _ => json!("text"),
    }
}

/// The required fields of a shape, and of the optional ones `named`.
fn filled(shape: Option<&Shape>, named: Option<(&str, &Value)>) -> Map<String, Value> {
    let required = shape.into_iter().flat_map(Shape::fields).filter(|field| field.is_required());
    let mut filled: Map<_, _> = required.map(|field| (field.name().to_owned(), sample(field))).collect();
    if let Some((name, value)) = named {
        filled.insert(name.to_owned(), value.clone());
    }
    filled
}

fn encoded(query: &Map<String, Value>) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query {
        text.append_pair(name, value.as_str().map_or(value.to_string(), str::to_owned).as_str());
    }
    text.finish()
}

/// Sends what the declaration takes, in the form that it takes it.
async fn send(
    app: &App,
    (method, endpoint): &(Method, Endpoint),
    cookie: &str,
    body: Map<String, Value>,
    query: Map<String, Value>,
) -> Answer {
    let path: Vec<_> =
        endpoint.path().split('/').map(|part| if part.starts_with(':') { "text" } else { part }).collect();
    let target = format!("{}?{}", path.join("/"), encoded(&query));
    let mut call = Call::new(method.clone(), &target).header("origin", "http://localhost:3000");
    if !cookie.is_empty() {
        call = call.cookie(cookie);
    }
    if *method != Method::GET {
        call = call.json(&Value::Object(body));
    }
    call.send(app).await
}

/// A user, and all that is the user's.
#[derive(Debug, PartialEq)]
struct Belongings {
    user: Option<User>,
    accounts: Vec<Account>,
    sessions: Vec<Session>,
}

async fn belongings(app: &App, user: &User) -> Belongings {
    let store: &dyn Store = app.auth.store();
    Belongings {
        user: store.user(&user.id).await.unwrap(),
        accounts: store.accounts_of(&user.id).await.unwrap(),
        sessions: store.sessions_of(&user.id, app.auth.now()).await.unwrap(),
    }
}

/// Signs somebody up, and gives the cookie and the user.
async fn sign_up(app: &App, name: &str) -> (String, User) {
    let email = format!("{name}@example.com");
    let answer =
        app.post("/sign-up/email", json!({"name": name, "email": email, "password": PASSWORD})).await;
    let user = app.auth.store().user_by_email(&Email::parse(&email).unwrap()).await.unwrap().unwrap();
    (answer.cookie(), user)
}

#[tokio::test]
async fn nobody_can_touch_what_is_anothers_by_any_id_on_any_route() {
    let app = app();
    let (_, victim) = sign_up(&app, "victim").await;
    let before = belongings(&app, &victim).await;
    let ids = [
        json!(victim.id),
        json!(victim.email),
        json!(before.accounts[0].id),
        json!(before.accounts[0].account_id),
        json!(before.sessions[0].id),
        json!(before.sessions[0].token.as_str()),
    ];
    let mut tried = 0;
    for (number, route) in routes(&app).into_iter().enumerate() {
        let endpoint = &route.1;
        let fields = |shape: Option<&Shape>| -> Vec<String> {
            shape.into_iter().flat_map(Shape::fields).map(|field| field.name().to_owned()).collect()
        };
        let names: BTreeSet<String> = fields(endpoint.body_shape())
            .into_iter()
            .chain(fields(endpoint.query_shape()))
            .chain(["id", "userId", "accountId", "sessionId", "token"].map(str::to_owned))
            .collect();
        for name in names {
            for id in &ids {
                // An attacker each: some routes end the session or delete the user.
                let (cookie, _) = sign_up(&app, &format!("attacker{number}x{tried}")).await;
                let body = filled(endpoint.body_shape(), Some((&name, id)));
                let query = filled(endpoint.query_shape(), Some((&name, id)));
                let answer = send(&app, &route, &cookie, body, query).await;
                assert!(!answer.status.is_server_error(), "{} {name}={id}: {answer:?}", endpoint.path());
                assert_eq!(before, belongings(&app, &victim).await, "{} {name}={id}", endpoint.path());
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

#[tokio::test]
async fn what_a_user_may_not_set_is_set_on_no_route() {
    let app = app();
    for (number, route) in routes(&app).into_iter().enumerate() {
        let (cookie, user) = sign_up(&app, &format!("user{number}")).await;
        let mut body = filled(route.1.body_shape(), None);
        for (name, value) in [
            ("id", json!("chosen")),
            ("userId", json!("chosen")),
            ("role", json!("admin")),
            ("emailVerified", json!(true)),
            ("banned", json!(false)),
            ("createdAt", json!("2001-01-01T00:00:00.000Z")),
            ("extra", json!({"role": "admin"})),
            ("user", json!({"emailVerified": true, "role": "admin"})),
            ("expiresAt", json!("2999-01-01T00:00:00.000Z")),
        ] {
            body.entry(name).or_insert(value);
        }
        let query = filled(route.1.query_shape(), None);
        send(&app, &route, &cookie, body.clone(), query.clone()).await;
        send(&app, &route, "", body, query).await;
        let path = route.1.path();
        if let Some(now) = app.auth.store().user(&user.id).await.unwrap() {
            assert!(!now.email_verified, "{path}");
            assert_eq!((now.created_at, &now.extra), (user.created_at, &user.extra), "{path}");
        }
        let chosen = app.auth.store().user(&"chosen".into()).await.unwrap();
        assert_eq!(chosen, None, "{path}");
        for session in app.auth.store().sessions_of(&user.id, app.auth.now()).await.unwrap() {
            assert!(session.expires_at <= app.auth.now().plus(Duration::from_secs(7 * 86_400)), "{path}");
            assert_ne!(session.id.as_str(), "chosen", "{path}");
        }
    }
}

/// Targets that lead off the site, by one parser or another.
const OFF_SITE: &[&str] = &[
    "https://evil.example",
    "http://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%2f/evil.example",
    "/%5cevil.example",
    "/.//evil.example",
    "https:evil.example",
    "https:///evil.example",
    "http://localhost:3000@evil.example",
    "http://localhost:3000.evil.example",
    "http://evil.example#http://localhost:3000",
    "javascript:alert(1)//evil",
    "data:text/html,evil",
    "vbscript:evil",
    "http://localhost:3000\r\nlocation: http://evil.example",
    "\u{0}http://evil.example",
    " //evil.example",
    "http://localhost:3001/evil",
    "evil",
    "ftp://localhost:3000/evil",
];

#[tokio::test]
async fn no_route_leads_off_the_site_by_any_parameter() {
    let app = app();
    let mut refused = 0;
    for (number, route) in routes(&app).into_iter().enumerate() {
        let (cookie, _) = sign_up(&app, &format!("user{number}")).await;
        for (parameter, _) in RedirectParameter::ALL {
            for target in OFF_SITE {
                for is_in_query in [true, false] {
                    let named = Some((parameter, json!(target)));
                    let of =
                        |wanted: bool| named.as_ref().filter(|_| wanted).map(|(name, value)| (*name, value));
                    let body = filled(route.1.body_shape(), of(!is_in_query));
                    let query = filled(route.1.query_shape(), of(is_in_query));
                    let answer = send(&app, &route, &cookie, body, query).await;
                    let told = answer.header("location").unwrap_or_default().to_owned() + answer.text();
                    let case = format!("{} {parameter}={target:?}", route.1.path());
                    assert!(!told.contains("evil"), "{case}: {told}");
                    let is_refused = answer.status == 403 && answer.text().contains("\"INVALID_");
                    refused += usize::from(is_refused);
                    // Only what a route does not read at all, the body of a GET for one, may pass unrefused.
                    assert!(is_refused || !is_in_query, "{case}: {answer:?}");
                }
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[tokio::test]
async fn every_answer_of_every_route_stays_out_of_caches() {
    let app = app();
    for route in routes(&app) {
        for cookie in ["", "better-auth.session_token=forged.x"] {
            let (body, query) = (filled(route.1.body_shape(), None), filled(route.1.query_shape(), None));
            let whole = send(&app, &route, cookie, body, query).await;
            let empty = send(&app, &route, cookie, Map::new(), Map::new()).await;
            for answer in [whole, empty] {
                assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", route.1.path());
                assert!(!answer.status.is_server_error(), "{}: {answer:?}", route.1.path());
            }
        }
    }
}

#[tokio::test]
async fn routes_that_need_a_session_do_nothing_without_one() {
    let app = app();
    let (cookie, user) = sign_up(&app, "user").await;
    app.auth.revoke_sessions(&user.id).await.unwrap();
    let before = belongings(&app, &user).await;
    let mut needing = 0;
    for route in routes(&app).into_iter().filter(|(_, route)| route.session_need() != SessionNeed::None) {
        needing += 1;
        for cookie in ["", &cookie, "better-auth.session_token=forged.x"] {
            let (body, query) = (filled(route.1.body_shape(), None), filled(route.1.query_shape(), None));
            let answer = send(&app, &route, cookie, body, query).await;
            assert_eq!(answer.status, 401, "{}: {answer:?}", route.1.path());
        }
        assert_eq!(before, belongings(&app, &user).await, "{}", route.1.path());
    }
    assert!(needing >= 10, "{needing}");
}
