use hallpass::Error;
use hallpass::jwt::{Claims, Hs256};
use hallpass::types::Secret;
use hallpass_jwt::{Jwt, JwtOptions, KeyType, MemoryJwkStore, TokenPayload};
use serde_json::{Value, json};

use crate::app::{App, SECRET, part};

#[tokio::test]
async fn a_token_tells_the_user_and_is_checked_by_the_jwks() {
    let app = App::new(JwtOptions::default());
    let cookie = app.sign_up().await;
    let session = app.json("/get-session", &cookie).await;
    let token = app.token(&cookie).await;
    let key = app.json("/jwks", "").await["keys"][0].clone();

    assert_eq!(part(&token, 0).to_string(), json!({"alg": "EdDSA", "kid": key["kid"]}).to_string());
    let mut expected = json!({"iat": 1_767_225_600});
    let claims = expected.as_object_mut().unwrap();
    claims.extend(session["user"].as_object().unwrap().clone());
    claims.insert("sub".to_owned(), session["user"]["id"].clone());
    claims.insert("exp".to_owned(), json!(1_767_226_500));
    claims.insert("iss".to_owned(), json!("http://localhost:3000"));
    claims.insert("aud".to_owned(), json!("http://localhost:3000"));
    assert_eq!(part(&token, 1).to_string(), expected.to_string());

    let names: Vec<_> = key.as_object().unwrap().keys().collect();
    assert_eq!(names, ["alg", "crv", "x", "kty", "kid"]);
    assert_eq!(app.jwt.verify(&app.auth, &token).await.unwrap()["sub"], session["user"]["id"]);
}

#[tokio::test]
async fn the_session_carries_a_token_only_for_who_is_signed_in() {
    let app = App::new(JwtOptions::default());
    let cookie = app.sign_up().await;
    let answer = app.get("/get-session", &cookie).await;
    let token = answer.headers()["set-auth-jwt"].to_str().unwrap();
    assert_eq!(answer.headers()["access-control-expose-headers"], "set-auth-jwt");
    assert!(app.jwt.verify(&app.auth, token).await.is_ok());
    let nobody = app.get("/get-session", "").await;
    assert_eq!((nobody.status().as_u16(), &nobody.body()[..]), (200, &b"null"[..]));
    assert!(!nobody.headers().contains_key("set-auth-jwt"));
    assert!(!nobody.headers().contains_key("access-control-expose-headers"));
    assert_eq!(app.get("/token", "").await.status(), 401);

    let quiet = App::new(JwtOptions { session_header: false, ..JwtOptions::default() });
    let cookie = quiet.sign_up().await;
    assert!(!quiet.get("/get-session", &cookie).await.headers().contains_key("set-auth-jwt"));
}

#[tokio::test]
async fn the_jwks_is_where_it_is_configured_and_nowhere_else() {
    let app = App::new(JwtOptions { jwks_path: "/.well-known/jwks.json", ..JwtOptions::default() });
    assert_eq!(app.json("/.well-known/jwks.json", "").await["keys"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/jwks", "").await.status(), 404);
    let app = App::new(JwtOptions { published_elsewhere: true, ..JwtOptions::default() });
    assert_eq!(app.get("/jwks", "").await.status(), 404);
}

#[tokio::test]
async fn es256_is_there_for_who_asks() {
    let app = App::new(JwtOptions { key_type: KeyType::P256, ..JwtOptions::default() });
    let token = app.token(&app.sign_up().await).await;
    assert_eq!(part(&token, 0)["alg"], "ES256");
    let key = app.json("/jwks", "").await["keys"][0].clone();
    assert_eq!((&key["alg"], &key["kty"], &key["crv"]), (&json!("ES256"), &json!("EC"), &json!("P-256")));
    assert!(app.jwt.verify(&app.auth, &token).await.is_ok());
}

struct Roles;

#[async_trait::async_trait]
impl TokenPayload for Roles {
    async fn payload(&self, _: &hallpass::Auth, session: &hallpass::CurrentSession) -> Result<Claims, Error> {
        let claims =
            json!({"email": session.user.email, "roles": ["reader"], "exp": 1_767_225_660, "sub": "x"});
        Ok(claims.as_object().cloned().unwrap_or_default())
    }

    async fn subject(&self, session: &hallpass::CurrentSession) -> Result<String, Error> {
        Ok(format!("user:{}", session.user.email))
    }
}

#[tokio::test]
async fn the_payload_and_the_subject_can_be_defined() {
    let options = JwtOptions {
        issuer: Some("https://auth.example.com".to_owned()),
        audience: Some(["api", "files"].into()),
        ..JwtOptions::default()
    };
    let jwt = Jwt::new(MemoryJwkStore::new(), options).unwrap().payload(Roles);
    let app = App::with(jwt, MemoryJwkStore::new());
    let token = app.token(&app.sign_up().await).await;
    let expected = json!({
        "iat": 1_767_225_600, "email": "test@example.com", "roles": ["reader"], "exp": 1_767_225_660,
        "sub": "user:test@example.com", "iss": "https://auth.example.com", "aud": ["api", "files"],
    });
    assert_eq!(part(&token, 1).to_string(), expected.to_string());
    assert!(app.jwt.verify(&app.auth, &token).await.is_ok());
}

#[tokio::test]
async fn a_function_can_define_the_payload() {
    let jwt = Jwt::new(MemoryJwkStore::new(), JwtOptions::default()).unwrap();
    let app = App::with(
        jwt.define_payload(|session| {
            Claims::from_iter([("name".to_owned(), Value::from(&*session.user.name))])
        }),
        MemoryJwkStore::new(),
    );
    let token = app.token(&app.sign_up().await).await;
    let claims = part(&token, 1);
    let names: Vec<_> = claims.as_object().unwrap().keys().collect();
    assert_eq!(names, ["iat", "name", "sub", "exp", "iss", "aud"]);
}

#[tokio::test]
async fn a_key_of_ones_own_signs_and_is_not_published() {
    let jwt = Jwt::signed_by(Hs256::new(&Secret::from(SECRET)), JwtOptions::default()).unwrap();
    let app = App::with(jwt, MemoryJwkStore::new());
    let token = app.token(&app.sign_up().await).await;
    assert_eq!(part(&token, 0), json!({"alg": "HS256"}));
    assert!(app.jwt.verify(&app.auth, &token).await.is_ok());
    assert_eq!(app.get("/jwks", "").await.status(), 404);
}

#[tokio::test]
async fn the_typed_call_gives_the_public_keys_where_the_plugin_publishes_them() {
    let app = App::new(JwtOptions::default());
    let jwks = app.jwt.jwks(&app.auth).await.unwrap().unwrap();
    assert_eq!(jwks, app.json("/jwks", "").await);
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 1);
    assert!(jwks["keys"][0].get("d").is_none(), "{jwks}");
    let elsewhere = App::new(JwtOptions { published_elsewhere: true, ..JwtOptions::default() });
    assert_eq!(elsewhere.jwt.jwks(&elsewhere.auth).await.unwrap(), None);
    let own = Jwt::signed_by(Hs256::new(&Secret::from(SECRET)), JwtOptions::default()).unwrap();
    let own = App::with(own, MemoryJwkStore::new());
    assert_eq!(own.jwt.jwks(&own.auth).await.unwrap(), None);
}
