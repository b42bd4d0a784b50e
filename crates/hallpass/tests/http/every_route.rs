//! What must hold on every route that there is, generated from the table of routes: a route that is added later is
//! tested with the others.

mod requests;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use hallpass::endpoint::{Endpoint, SessionNeed};
use hallpass::model::{Account, Session, User};
use hallpass::plugin::{Head, Plugin};
use hallpass::schema::FieldKind;
use hallpass::shape::{Field, Kind, Shape};
use hallpass::store::Store;
use hallpass::types::Email;
use hallpass::{Auth, Error, RedirectParameter, WireError};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::app::{Answer, App, Call, PASSWORD};
use crate::full_app::{CAPTCHA, captcha, everything};
use crate::mail_app::MailApp;

/// With everything on that adds routes.
fn app() -> MailApp {
    MailApp::with(|builder| captcha(everything(builder).0))
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

/// A value that the declaration takes, and the route too where that can be told by the name.
fn sample(field: &Field) -> Value {
    match field.kind() {
        Kind::String if field.name().to_lowercase().ends_with("email") => json!("somebody@example.com"),
        Kind::Password => json!(PASSWORD),
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
    call = call.header(CAPTCHA, "solved");
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
    sign_up_by(app, name, PASSWORD).await
}

async fn sign_up_by(app: &App, name: &str, password: &str) -> (String, User) {
    let email = format!("{name}@example.com");
    let body = json!({"name": name, "email": email, "password": password});
    let answer =
        Call::new(Method::POST, "/sign-up/email").header(CAPTCHA, "solved").json(&body).send(app).await;
    let user = app.auth.store().user_by_email(&Email::parse(&email).unwrap()).await.unwrap().unwrap();
    (answer.cookie(), user)
}

#[tokio::test]
async fn row_6_nobody_can_touch_what_is_anothers_by_any_id_on_any_route() {
    let app = app();
    let (_, victim) = sign_up_by(&app, "victim", "known to the victim alone").await;
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

/// What nobody may say of themselves: the fields of records, what other servers call them, and those additional fields
/// that are not for clients to set.
fn forbidden_fields(app: &App) -> Map<String, Value> {
    let mut fields = json!({
        "id": "chosen",
        "userId": "chosen",
        "role": "admin",
        "emailVerified": true,
        "banned": false,
        "createdAt": "2001-01-01T00:00:00.000Z",
        "extra": {"role": "admin"},
        "user": {"emailVerified": true, "role": "admin"},
        "expiresAt": "2999-01-01T00:00:00.000Z",
    });
    let fields = fields.as_object_mut().unwrap();
    let schema = app.auth.schema();
    let additional = schema.user_fields().iter().chain(schema.session_fields());
    for field in additional.filter(|field| !field.is_input()) {
        let value = match field.column().kind() {
            FieldKind::Boolean => json!(true),
            FieldKind::Number => json!(7),
            _ => json!("chosen"),
        };
        fields.insert(field.name().to_owned(), value);
    }
    assert!(fields.contains_key("isAnonymous") && fields.contains_key("lastLoginMethod"), "{fields:?}");
    fields.clone()
}

/// Whom an answer signs in.
async fn signed_in(app: &App, answer: &Answer) -> Option<User> {
    let call = Call::new(Method::GET, "/get-session").cookie(&answer.cookie());
    let session = call.send(app).await.json();
    let id = session["user"]["id"].as_str()?;
    app.auth.store().user(&id.into()).await.unwrap()
}

#[tokio::test]
async fn what_a_user_may_not_set_is_set_on_no_route() {
    let mut signed_up = 0;
    let number_of_routes = routes(&app()).len();
    for number in 0..number_of_routes {
        let app = app();
        let route = routes(&app).remove(number);
        let (cookie, user) = sign_up(&app, "user").await;
        let mut body = filled(route.1.body_shape(), None);
        for (name, value) in forbidden_fields(&app) {
            body.entry(name).or_insert(value);
        }
        let query = filled(route.1.query_shape(), None);
        let path = route.1.path();
        for cookie in [&*cookie, ""] {
            let answer = send(&app, &route, cookie, body.clone(), query.clone()).await;
            let Some(new) = signed_in(&app, &answer).await.filter(|new| new.id != user.id) else { continue };
            // Whoever comes new by it may say as little.
            let is_anonymous = path == "/sign-in/anonymous";
            assert_eq!(new.extra.get("isAnonymous"), Some(&json!(is_anonymous)), "{path}");
            assert_ne!(new.extra.get("lastLoginMethod"), Some(&json!("chosen")), "{path}");
            assert!(!new.extra.contains_key("role") && !new.email_verified, "{path}");
            assert_eq!(new.created_at, app.auth.now(), "{path}");
            signed_up += 1;
        }
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
    assert!(signed_up >= 2, "{signed_up}");
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

#[test]
fn every_field_that_names_a_target_is_judged_as_one() {
    let judged: Vec<_> = RedirectParameter::ALL.iter().map(|(name, _)| *name).collect();
    let sounds = ["url", "uri", "callback", "redirect", "return", "next", "target", "origin", "goto"];
    let mut count = 0;
    for (_, route) in routes(&app()) {
        for field in [route.body_shape(), route.query_shape()].into_iter().flatten().flat_map(Shape::fields) {
            let name = field.name();
            let is_text = !matches!(field.kind(), Kind::Boolean);
            if is_text && sounds.iter().any(|sound| name.to_lowercase().contains(sound)) {
                assert!(judged.contains(&name), "{} {name}", route.path());
                count += 1;
            }
        }
    }
    assert!(count >= 10, "{count}");
}

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
async fn row_41_no_answer_of_any_route_may_be_cached() {
    let app = app();
    assert_eq!(app.get("/nope").await.header("cache-control"), Some("no-store"));
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
async fn row_4_who_is_said_in_an_anonymous_request_is_nobody_on_every_route() {
    let app = app();
    let (cookie, user) = sign_up_by(&app, "user", "known to the user alone").await;
    let token = cookie.split_once('=').unwrap().1.split('.').next().unwrap().to_owned();
    app.auth.revoke_sessions(&user.id).await.unwrap();
    let before = belongings(&app, &user).await;
    let said = json!({
        "userId": user.id, "id": user.id, "sub": user.id, "user": {"id": user.id}, "session": {"userId": user.id},
        "sessionToken": token, "token": token, "role": "admin", "isAdmin": true,
    });
    let mut needing = 0;
    for route in routes(&app) {
        let path = route.1.path();
        for cookie in ["", &cookie, "better-auth.session_token=forged.x"] {
            let (mut body, mut query) =
                (said.as_object().unwrap().clone(), said.as_object().unwrap().clone());
            body.extend(filled(route.1.body_shape(), None));
            query.extend(filled(route.1.query_shape(), None));
            let rows = app.store.counts();
            let answer = send(&app, &route, cookie, body, query).await;
            let new = signed_in(&app, &answer).await;
            assert_ne!(new.map(|new| new.id), Some(user.id.clone()), "{path}: {answer:?}");
            if route.1.session_need() != SessionNeed::None {
                needing += 1;
                assert_eq!(answer.status, 401, "{path}: {answer:?}");
                assert_eq!(rows, app.store.counts(), "{path}");
            }
        }
        assert_eq!(before, belongings(&app, &user).await, "{path}");
    }
    assert!(needing >= 30, "{needing}");
}

/// Admits nothing.
#[derive(Debug)]
struct Shut;

#[async_trait]
impl Plugin for Shut {
    fn id(&self) -> &'static str {
        "shut"
    }

    async fn admit(&self, _: &Auth, _: &Head<'_>) -> Result<(), Error> {
        Err(Error::Refused(WireError::new(StatusCode::FORBIDDEN, "SHUT", "Shut")))
    }
}

#[tokio::test]
async fn what_a_plugin_does_not_admit_does_nothing_on_any_route() {
    let app = MailApp::with(|builder| everything(builder).0.plugin(Shut));
    for route in routes(&app) {
        let (body, query) = (filled(route.1.body_shape(), None), filled(route.1.query_shape(), None));
        let answer = send(&app, &route, "", body, query).await;
        answer.is(403, "SHUT");
        assert_eq!(answer.set_cookies(), [""; 0], "{}", route.1.path());
    }
    assert!(app.store.counts().iter().all(|(_, rows)| *rows == 0), "{:?}", app.store.counts());
    assert!(app.mailer.take().is_empty());
}
